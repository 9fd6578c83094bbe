"""A file is right for the check exactly where it is right for the premises; neither ever crashes."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.emulation.meter_server import _SPEEDS
from hht.identifiers import Mpan, Mprn
from hht.model.plan_file import PremisesError
from hht.model.premises import available_premises
from hht.model.premises_plan import parse_premises, problems_in
from hht.protocol.frames import FrameError
from hht.protocol.iec62056_21 import parse_identification
from hht.resources import resource_text

ODD = ("0", "-1", '""', '"x"', "true", "[]", "[1]", '[["00:30", "00:30"]]', "2026-01-01", "1.5", "nan", '"-P1D"')
NAMES = ('["esme-1"]', '"hub-1"', '"esme-1"', '"gsme-1"', '"Example Energy"')
FIELD = re.compile(r"(\w+) = .+")


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A premises that comes along with up to three of its lines changed, dropped, or exchanged."""
    lines = resource_text("premises", f"{draw(st.sampled_from(available_premises()))}.toml").splitlines()
    for _number in range(draw(st.integers(1, 3))):
        index = draw(st.integers(0, len(lines) - 1))
        field = FIELD.fullmatch(lines[index])
        if field is not None and draw(st.booleans()):
            lines[index] = f"{field[1]} = {draw(st.sampled_from((*ODD, *NAMES)))}"
        elif draw(st.booleans()):
            del lines[index]
        else:
            other = draw(st.integers(0, len(lines) - 1))
            lines[index], lines[other] = lines[other], lines[index]
    return "\n".join(lines)


@settings(max_examples=200, deadline=None)
@given(damaged())
def test_the_check_finds_something_exactly_where_the_file_is_wrong(text: str) -> None:
    try:
        parse_premises(text, name="m", file="m.toml")
    except PremisesError as error:
        wrong = error
    else:
        assert problems_in(text, file="m.toml") == ()
        return
    problems = problems_in(text, file="m.toml")
    assert problems, wrong.message
    assert all(problem.message.startswith("m.toml") for problem in problems)
    lines = [int(str(problem.details["line"])) for problem in problems]
    assert lines == sorted(lines)


def test_a_table_that_is_not_known_is_told_before_what_it_explains() -> None:
    text = resource_text("premises", "polyphase-farm.toml").replace("[mains]", "[mians]")
    (problem,) = problems_in(text, file="m.toml")
    assert problem.details["line"] == 5
    known = "centre, description, device, fault, house, mains, party, radio, story, title, wan"
    assert problem.message == f"m.toml, line 5: mians: there is no such table here; known: {known}."
    with pytest.raises(PremisesError, match="mians"):
        parse_premises(text, name="m", file="m.toml")


def test_a_table_that_is_not_known_has_its_line_wherever_it_stands() -> None:
    text = resource_text("premises", "polyphase-farm.toml").rstrip() + "\n[[faults]]\nname = 1\n"
    (problem,) = problems_in(text, file="m.toml")
    assert (problem.details["field"], problem.details["line"]) == ("faults", text.count("\n") - 1)


def test_an_empty_title_and_a_wrong_mprn_are_told_beside_the_rest() -> None:
    text = resource_text("premises", "polyphase-farm.toml").replace("3938424403", "3938424404")
    text = re.sub("(?m)^title = .*", 'title = ""', text).replace("search_s = 300", "search_s = 0")
    told = [(problem.details["line"], problem.details["field"]) for problem in problems_in(text, file="m.toml")]
    assert told == [(2, "title"), (34, "wan.search_s"), (162, "device 4, mprn")]


def test_a_model_passes_exactly_where_a_meter_of_its_name_can_be_signed_on_to() -> None:
    text = resource_text("premises", "single-element.toml")

    def read(model: str, speed: str) -> str:
        try:
            return parse_identification(f"/HHT{speed}{model}\r\n".encode("ascii")).ident
        except FrameError:
            return ""

    for char in map(chr, range(32, 127)):
        for model in (f"AC{char}1", f"{char}1", f"1{char}"):
            fine = all(read(model, speed) == model for speed in _SPEEDS.values())
            written = json.dumps(model)  # TOML writes these as JSON does
            wrong = problems_in(text.replace('"TRAINER-1E"', written), file="m.toml")
            assert [one.details["field"] for one in wrong] == ([] if fine else ["device 1, model"]), model


@pytest.mark.parametrize("name", available_premises())
def test_the_supply_numbers_of_those_that_come_along_are_right(name: str) -> None:
    text = resource_text("premises", f"{name}.toml")
    for kind, words in ((Mprn, "mprn"), (Mpan, "mpan")):
        numbers = re.findall(rf'\b{words} = "(.+)"', text)
        assert [kind.parse(number).value for number in numbers] == numbers


def test_a_field_that_is_left_out_is_among_those_known() -> None:
    text = resource_text("premises", "polyphase-farm.toml").replace("[device.tariff]", "[device.tariff]\ncolour = 1", 1)
    (problem,) = problems_in(text, file="m.toml")
    assert "thresholds_kwh" in problem.message
    assert "weekend_switches" in problem.message


def test_what_is_wrong_at_the_other_end_in_stories_and_in_faults_is_told_beside_the_rest() -> None:
    text = resource_text("premises", "polyphase-farm.toml").replace("3938424403", "3938424404")
    text = re.sub(r"(?ms)^\[centre\].*?(?=^\[)|^\[\[(?:party|story|fault)\]\].*?(?=^\[|\Z)", "", text)
    text += """
[centre]
arbitration = "nowhere"
[[party]]
name = "P"
role = "XX"
[[party]]
name = "G"
role = "GS"
[[party]]
name = "G"
role = "ED"
[[story]]
at = "+P1D"
act = "request"
party = "P"
device = "nobody"
request = "read-profile"
[[story]]
at = "soon"
act = "change-of-supplier"
[[fault]]
name = "no-such-fault"
[[fault]]
name = "clock-adrift"
device = "gsme-1"
begins = "yesterday"
[[fault]]
name = "clock-adrift"
device = "esme-9"
"""
    told = [str(problem.details["field"]) for problem in problems_in(text, file="m.toml")]
    assert told == [
        "device 4, mprn",
        "centre.arbitration",
        "party.role",
        "party.name",
        "story.device",
        "story.at",
        "fault.name",
        "fault.begins",
        "fault.device",
    ]
    lines = [int(str(problem.details["line"])) for problem in problems_in(text, file="m.toml")]
    assert all(
        text.splitlines()[line - 1].startswith(field.split(", ")[-1].split(".")[-1])
        for line, field in zip(lines, told, strict=True)
    )


def test_names_of_others_that_are_wrong_are_told_of_each_device() -> None:
    text = resource_text("premises", "storage-heaters.toml")
    text = re.sub(r'(?m)^meter = ".*"', 'meter = "esme-7"', text)
    wrong = problems_in(text, file="m.toml")
    assert len(wrong) == text.count('meter = "esme-7"') >= 1
