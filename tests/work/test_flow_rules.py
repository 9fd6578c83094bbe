"""The rules that no walkthrough may break, and when an answer is good."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hht.errors import HhtError
from hht.work.competence import Competence, NotCompetent, refuse_without
from hht.work.items import Choice, Ends, ItemSpec, StopSpec, fault
from hht.work.limits import limits
from hht.work.questions import AnswerError, check_answer
from hht.work.step_help import step_help
from hht.work.view import Outcome, Question, QuestionKind
from hht.work.walkthrough import WalkthroughError, load_walkthrough, parse_walkthrough, part_text, walkthrough_names
from tests.work.flow_model import GAS, HUB, job

TODAY = date(2026, 3, 2)
STOP = StopSpec("electricity-off", "Made safe", "Stop.", Outcome.MADE_SAFE, Ends.VISIT)
HEAD = """format = "hht-walkthrough/2"
name = "x"
version = 1
title = "X"
devices = ["electricity-meter"]
parts = ["reasons", "before-work", "electricity"]
"""


def problems(part: str, *changes: tuple[str, str], head: str = HEAD) -> list[str]:
    """What is wrong once `changes` are made to `part`."""

    def text(name: str) -> str:
        found = part_text(name)
        for old, new in changes if name == part else ():
            assert old in found
            found = found.replace(old, new, 1)
        return found

    try:
        parse_walkthrough(head, "x", text)
    except WalkthroughError as error:
        return [str(problem) for problem in error.details["problems"]]  # type: ignore[union-attr]
    return []


def test_the_parts_are_sound() -> None:
    assert problems("reasons") == []


@pytest.mark.parametrize(
    ("part", "old", "new", "expected"),
    [
        ("electricity", 'leave = ["make-safe"]', 'leave = ["meter-faulty"]', "must be a stop that makes safe"),
        ("before-work", '"wrong-job", "site-unsafe"]\nitems', '"meter-faulty"]\nitems', "lead past a safety item"),
        ("electricity", 'restores = "electricity"\n', "", "isolate.isolates: electricity stays off"),
        ("electricity", 'isolates = "electricity"\n', "", "load.restores: electricity is not off here"),
        ("before-work", 'good = ["tn-c-s", "tn-s", "tt"], ', "", "network/earthing.stop: no answer of it is bad"),
        (
            "electricity",
            'kind = "confirm", prompt = "Voltage indicator proved b',
            'kind = "text", prompt = "V',
            "is bad",
        ),
        ("electricity", 'limit = "voltage-dead"', 'limit = "any"', "“any” is none of the limits"),
        ("electricity", '"instruments/loop"', '"instruments/ruler"', "instruments/ruler is not asked before"),
        ("electricity", 'by = "network/earthing"', 'by = "network/earth"', "network/earth is not asked before"),
        ("electricity", 'stop = "electricity-off"', 'stop = "tea"', "“tea” is none of the stops"),
        ("electricity", 'section = "electricity"', 'section = "cellar"', "one of the sections expected"),
        ("reasons", 'ends = "visit"', 'ends = "section"', "must end the visit: the electricity is off"),
        ("reasons", 'outcome = "made-safe"\nends = "visit"', 'outcome = "abandoned"\nends = "visit"', "makes safe"),
        ("electricity", 'supply = "polyphase"', 'weather = "fair"', "when.weather: unknown"),
        ("electricity", 'when = { supply = ["single", "twin"] }', "optional = true", "cannot be optional"),
        (
            "electricity",
            'stop = "electricity-off", when = { supply = "twin" }',
            'when = { wan = "no" }',
            "wan: unknown",
        ),
    ],
)
def test_no_walkthrough_leads_past_its_own_stops(part: str, old: str, new: str, expected: str) -> None:
    found = problems(part, (old, new))
    assert any(expected in problem for problem in found), found


LOADS = HEAD.replace('"before-work", "electricity"', '"load-before", "load-control", "load-tests"')


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'leave = ["not-at-rest"]',
            'leave = ["not-at-rest", "ask-later"]',
            "ask-later would lead past switches-at-rest",
        ),
        ('"not-proved", "unsafe"]', '"customer-refused"]', "refused would lead past switches-at-rest"),
        ('proves = "switch-test"', 'proves = "tea"', "tea is the action of no earlier step"),
        ('proves = "switch-test"', "proves = 5", "proves: str expected"),
    ],
)
def test_no_walkthrough_leads_past_what_proves_a_change(old: str, new: str, expected: str) -> None:
    found = problems("load-tests", (old, new), head=LOADS)
    assert any(expected in problem for problem in found), found
    assert problems("reasons", head=LOADS) == []


def test_every_switch_that_is_moved_is_proved_to_be_back() -> None:
    moving = 0
    for name in walkthrough_names():
        steps = load_walkthrough(name).steps
        for place, step in enumerate(steps):
            if step.action.name == "switch-test":
                moving += 1
                assert any(later.proves == "switch-test" for later in steps[place:]), (name, step.id)
    assert moving >= 10


def test_occupants_are_asked_and_the_gas_smelt_before_anything_is_isolated() -> None:
    for name in walkthrough_names():
        flow = load_walkthrough(name)
        first = next((index for index, step in enumerate(flow.steps) if step.isolates), None)
        if first is None:
            continue
        before = {f"{step.id}/{item.id}": item for step in flow.steps[:first] for item in step.items}
        for item in ("occupants/medical", "arrive/smell", "arrive/carbon-monoxide", "network/cut-out"):
            assert before[item].stop is not None, (name, item)
        assert before["occupants/medical"].sealed
        assert flow.steps[first].needs
        assert {"occupants", "agree", "network"} <= set(flow.steps[first].needs)


def test_gas_is_for_the_registered_alone_and_what_follows_it_says_so() -> None:
    for name in walkthrough_names():
        steps = load_walkthrough(name).steps
        works_on_gas = any(step.section.name == "gas" for step in steps)
        for step in steps:
            if step.section.name == "gas":
                assert "gas" in step.competence, step.id
            elif step.device == "gas-meter" and works_on_gas:
                assert "gas" in step.after, f"{step.id} goes on where the gas was stopped"


def item(kind: QuestionKind, **more: Any) -> ItemSpec:
    return ItemSpec("i", kind, "Is it", **({"stop": STOP} | more))


LOOP = item(QuestionKind.MEASURE, limit="loop-impedance-tn-s", instrument="instruments/loop")
PRESSURE = item(QuestionKind.MEASURE, limit="gas-standing-pressure")
ON_RECORD = {"instruments/loop": "SN-1", "instruments/loop-until": "2026-03-02"}


@pytest.mark.parametrize(
    ("spec", "value", "answers", "code"),
    [
        (item(QuestionKind.CONFIRM), "yes", {}, ""),
        (item(QuestionKind.CONFIRM), "no", {}, "bad-answer"),
        (item(QuestionKind.CONFIRM, stop=None), "no", {}, ""),
        (item(QuestionKind.CHOICE, choices=(Choice("a", "A"), Choice("b", "B")), good=("a",)), "a", {}, ""),
        (item(QuestionKind.CHOICE, choices=(Choice("a", "A"), Choice("b", "B")), good=("a",)), "b", {}, "bad-answer"),
        (item(QuestionKind.CHECKLIST, choices=(Choice("a", "A"), Choice("b", "B"))), "a,b", {}, ""),
        (item(QuestionKind.CHECKLIST, choices=(Choice("a", "A"), Choice("b", "B"))), "b", {}, "not-ticked"),
        (item(QuestionKind.CHECKLIST, choices=(Choice("a", "A"),)), "", {}, "not-ticked"),
        (LOOP, "0.80", ON_RECORD, ""),
        (LOOP, "0.81", ON_RECORD, "out-of-limits"),
        (LOOP, "none", ON_RECORD, "missing"),
        (LOOP, "0.20", {}, "no-instrument"),
        (LOOP, "0.20", ON_RECORD | {"instruments/loop-until": "2026-03-01"}, "calibration"),
        (item(QuestionKind.MEASURE, limit_by="n/e", limit_of={"tt": "loop-impedance-tt"}), "0.1", {}, "no-limit"),
        (item(QuestionKind.MEASURE, limit_by="n/e", limit_of={"tt": "loop-impedance-tt"}), "99", {"n/e": "tt"}, ""),
        (PRESSURE, "0.0", {}, "out-of-limits"),
        (PRESSURE, "18.9", {}, "out-of-limits"),
        (PRESSURE, "30.0", {}, ""),
        (item(QuestionKind.DATE, not_past=True), "2026-03-02", {}, ""),
        (item(QuestionKind.DATE, not_past=True), "2026-03-01", {}, "past"),
        (item(QuestionKind.PHOTO), "none", {}, "missing"),
        (item(QuestionKind.PHOTO, optional=True), "none", {}, ""),
    ],
)
def test_an_answer_is_good_or_it_is_told_why_not(
    spec: ItemSpec, value: str, answers: dict[str, str], code: str
) -> None:
    found = fault(spec, value, answers, TODAY)
    assert (found.code if found else "") == code


def test_every_limit_says_where_it_is_from_and_that_nobody_verified_it() -> None:
    for limit in limits().values():
        assert limit.source
        assert not limit.verified
        assert "unverified" in limit.words
        assert limit.plausible[0] < limit.plausible[1]
        assert limit.low is not None or limit.high is not None


@pytest.mark.parametrize("earthing", ["tn-s", "tn-c-s", "tt"])
def test_no_supply_has_a_loop_of_nothing(earthing: str) -> None:
    """What a tester shows while its leads touch is asked for again: it is below every limit, and says nothing."""
    limit = limits()[f"loop-impedance-{earthing}"]
    low, high = (str(one) for one in limit.plausible)
    loop = Question("live-tests/loop", QuestionKind.MEASURE, "?", unit="Ω", plausible=(low, high))
    for text in ("0", "0.00", "-0.00"):
        with pytest.raises(HhtError) as refused:
            check_answer(loop, text)
        assert refused.value.code == "answer-implausible"
    assert check_answer(loop, "0.01") == "0.01"


MEASURE = Question("a/b", QuestionKind.MEASURE, "?", unit="Ω", plausible=("0", "2000"))
TICKS = Question("a/b", QuestionKind.CHECKLIST, "?", choices=("a", "b"))


@pytest.mark.parametrize(
    ("question", "text", "kept"),
    [
        (MEASURE, " 0.35 ", "0.35"),
        (MEASURE, "NONE", "none"),
        (MEASURE, "0,35", None),
        (MEASURE, "2001", None),
        (MEASURE, "-1", None),
        (MEASURE, "1e3", None),
        (MEASURE, "nan", None),
        (MEASURE, "٣", None),
        (TICKS, "b, a", "a,b"),
        (TICKS, "", ""),
        (TICKS, "c", None),
        (Question("a/b", QuestionKind.DATE, "?"), "2027-02-28", "2027-02-28"),
        (Question("a/b", QuestionKind.DATE, "?"), "2027-02-29", None),
        (Question("a/b", QuestionKind.DATE, "?"), "20270228", None),
        (Question("a/b", QuestionKind.SERIAL, "?"), "SN/12-3", "SN/12-3"),
        (Question("a/b", QuestionKind.SERIAL, "?"), "two  words", None),
        (Question("a/b", QuestionKind.SERIAL, "?"), "S79B 54321", "S79B 54321"),
        (Question("a/b", QuestionKind.PHOTO, "?"), "two words", None),
        (Question("a/b", QuestionKind.PHOTO, "?"), "IMG-1.jpg", None),
        (Question("a/b", QuestionKind.PHOTO, "?"), "none", None),
        (Question("a/b", QuestionKind.PHOTO, "?"), "none: 12", None),
        (Question("a/b", QuestionKind.PHOTO, "?"), "none:  too  dark", "none: too dark"),
        (Question("a/b", QuestionKind.PHOTO, "?"), "AB" * 32, "ab" * 32),
        (Question("a/b", QuestionKind.PHOTO, "?", optional=True), "none", "none"),
        (Question("a/b", QuestionKind.MPRN, "?"), "3938424403", "3938424403"),
        (Question("a/b", QuestionKind.MPRN, "?"), "3938424404", None),
    ],
)
def test_what_is_typed_is_kept_as_it_is_or_refused(question: Question, text: str, kept: str | None) -> None:
    try:
        found: str | None = check_answer(question, text)
    except HhtError as error:
        found = None if error.remedy else "no way on"
    assert found == kept


def test_a_registration_opens_what_it_is_for_until_its_last_day() -> None:
    refuse_without(("gas",), [Competence("gas", "1", TODAY)], TODAY)
    for held in ([], [Competence("electricity", "1", TODAY)], [Competence("gas", "1", date(2026, 3, 1))]):
        with pytest.raises(NotCompetent):
            refuse_without(("gas",), held, TODAY)


def test_the_job_decides_which_steps_there_are() -> None:
    flow = load_walkthrough("install-electricity")
    alone = flow.for_job(job("install-electricity"))
    with_hub = flow.for_job(job("install-electricity", HUB))
    three = flow.for_job(job("install-electricity", variant="polyphase"))
    names = {step.id for step in alone.steps}
    assert not names & {"scan-hub", "fit-hub", "hub-wan", "old-gas", "generation-meter"}
    assert {"scan-hub", "fit-hub", "hub-wan"} <= {step.id for step in with_hub.steps}
    assert [item.id for item in three.step("live-tests").items if item.id.startswith("voltage")] == [
        "voltage-l1",
        "voltage-l2",
        "voltage-l3",
    ]
    assert "rotation" not in {item.id for item in alone.step("live-tests").items}
    assert alone.step("isolate").needs == ("occupants", "agree", "network")


def test_every_step_has_help() -> None:
    for name in walkthrough_names():
        for step in load_walkthrough(name).steps:
            found = step_help(step.id)
            assert found is not None, step.id
            assert len(found.why) > 40
            assert len(found.looks) > 20
            assert len(found.wrong) > 40


def test_a_job_for_two_fuels_reads_whole() -> None:
    of = job("install-electricity", HUB, GAS, competences=["electricity", "gas"], vulnerability=["PSR-12"])
    assert [device.type for device in of.devices] == ["electricity-meter", "communications-hub", "gas-meter"]
    assert [device.type for device in of.untouched(("electricity-meter",))] == ["communications-hub", "gas-meter"]
    assert "PSR-12" not in repr(of)
    assert "3938424403" not in repr(of)


@pytest.mark.parametrize(
    ("part", "old", "new", "expected"),
    [
        (
            "electricity",
            'closes = "electricity"\n',
            "",
            "isolate.isolates: no later step closes the meter of electricity",
        ),
        ("electricity", 'closes = "electricity"', 'closes = "steam"', "seals.closes: steam is isolated by no step"),
        ("electricity", 'leave = ["label-unreadable", "unsafe"]', 'leave = ["no-access"]', "before the meter of"),
    ],
)
def test_no_walkthrough_ends_before_an_opened_meter_is_confirmed_closed(
    part: str, old: str, new: str, expected: str
) -> None:
    found = problems(part, (old, new))
    assert any(expected in problem for problem in found), found


def test_from_every_step_it_can_be_said_that_it_smells_of_gas() -> None:
    found = 0
    for name in walkthrough_names():
        for step in load_walkthrough(name).steps:
            (smell,) = [reason for reason in step.leave if reason.text == "It smells of gas"]
            assert smell.stop is not None, step.id
            assert (smell.stop.lock, smell.stop.notice, smell.stop.outcome) == (True, True, Outcome.MADE_SAFE), step.id
            assert "0800 111 999" in smell.stop.text
            found += 1
    assert found > 200


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (", everywhere = true", ""),
        ('stop = "gas-at-the-door", everywhere', 'stop = "site-unsafe", everywhere'),
    ],
)
def test_no_walkthrough_is_without_the_smell_of_gas(old: str, new: str) -> None:
    found = problems("reasons", (old, new))
    assert any("fit-meter.leave: nothing there says that it smells of gas" in problem for problem in found), found
    assert "everywhere: bool expected" in str(problems("reasons", ("everywhere = true", "everywhere = 1")))


@pytest.mark.parametrize(
    ("text", "several", "kept"),
    [
        ("08214", False, "08214"),
        (" 08214 , 00312.5 ", True, "08214,00312.5"),
        ("banana", False, None),
        ("08214 kWh", False, None),
        ("0821४", False, None),
        ("-1", False, None),
        ("1e4", False, None),
        ("08214,00312", False, None),
        ("08214,", True, None),
        ("1234567890", False, None),
        ("", False, None),
    ],
)
def test_a_typed_reading_is_digits(text: str, several: bool, kept: str | None) -> None:
    question = Question("old-electricity/reading", QuestionKind.READING, "?", several=several)
    if kept is not None:
        assert check_answer(question, text) == kept
        return
    with pytest.raises(AnswerError) as caught:
        check_answer(question, text)
    assert caught.value.code == "answer-reading"
    assert caught.value.remedy
