"""Job files: what is accepted, and that everything wrong is named at once, by line and field."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.resources import resource_path, resource_text
from hht.work.job import Job, JobError, parse_job
from hht.work.job_check import MAX_BYTES, job_schema
from hht.work.positions import MAX_DEPTH, LocatedJson, Problem

DEMO = resource_text("jobs", "demo.json")
PLAIN: dict[str, Any] = json.loads(DEMO)


def _parse(change: Callable[[dict[str, Any]], None]) -> Job:
    plain = copy.deepcopy(PLAIN)
    change(plain)
    return parse_job(json.dumps(plain, indent=1), "test.json")


def _problems(text: str | bytes) -> list[str]:
    with pytest.raises(JobError) as caught:
        parse_job(text, "test.json")
    assert "test.json" in caught.value.message
    assert caught.value.remedy
    return [str(problem) for problem in caught.value.problems]


def _refusal(text: str | bytes) -> list[Problem]:
    """What is wrong with `text`; nothing where it is a job. Any other error is a fault of the reader."""
    try:
        parse_job(text, "broken.json")
    except JobError as error:
        return error.problems or [Problem(0, 0, "", "")]
    return []


def test_the_demo_job_reads() -> None:
    job = parse_job(DEMO, "demo.json")
    assert job.reference == "J-1042"
    assert job.training
    assert job.link == "emulated:single-element"
    assert str(job.meter.mpan) == "1200023305967"
    assert str(job.meter.device_id) == "00-DB-12-34-56-78-90-A0"
    assert (job.meter.randomised_offset_limit_s, job.meter.clock_tolerance_s) == (600, 10)
    assert job.address == "12 Specimen Street, Sampleton, ZZ9 9ZZ"
    assert parse_job(b"\xef\xbb\xbf" + DEMO.encode(), "demo.json") == job


def test_no_sample_job_takes_another_s_reference() -> None:
    """Imported together, the second would be taken for a change of the first."""
    references = [json.loads(path.read_text())["reference"] for path in resource_path("jobs").glob("*.json")]
    assert len(references) > 15
    assert len(set(references)) == len(references)


@pytest.mark.parametrize("path", sorted(resource_path("jobs").glob("*.json")), ids=lambda path: path.name)
def test_every_sample_job_reads(path: Any) -> None:
    parse_job(path.read_bytes(), path.name)


def test_the_schema_is_a_schema_and_names_itself() -> None:
    from jsonschema import Draft202012Validator

    schema = job_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_personal_data_stays_out_of_repr() -> None:
    text = repr(parse_job(DEMO, "demo.json"))
    assert not [
        secret
        for secret in ("1200023305967", "Specimen", "Example", "00-DB", "ZZ9")
        if secret in text.replace("Example Energy", "")
    ]


def test_all_problems_are_told_at_once_by_line_and_field() -> None:
    text = (
        DEMO.replace('"1200023305967"', '"1200023305969"').replace('"reference"', '"refrence"').replace("600", "1800")
    )
    problems = _problems(text)
    assert any(p.startswith("line 3, field refrence:") and "did you mean “reference”" in p for p in problems)
    assert any(p.startswith("line 1, field reference:") and "missing" in p for p in problems)
    assert any(p.startswith("line 24, field devices[0].mpan:") and "check digit is 7" in p for p in problems)
    assert any(p.startswith("line 25, field devices[0].randomised_offset_limit_s:") and "1799" in p for p in problems)
    assert len(problems) == 4
    with pytest.raises(JobError) as caught:
        parse_job(text, "x")
    places = caught.value.as_dict()["problems"]
    assert isinstance(places, list)
    assert places[-1]["line"] == 25


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "line 1, column 1: the file ends too early"),
        ("[]", "line 1, column 1: an object in braces is expected here"),
        ('{"a": 1', "line 1, column 8: a comma or “}” is expected here"),
        ('{"a": 1,}', "line 1, column 9: a field name in double quotes is expected here"),
        ("{'a': 1}", "line 1, column 2: a field name in double quotes is expected here"),
        ('{"a" 1}', "line 1, column 6: a colon is expected after the field name “a”"),
        ('{\n "a": nul}', "line 2, column 7: “n” cannot stand here"),
        ('{"a": NaN}', "line 1, column 7: “N” cannot stand here"),
        ('{"a": "x\n"}', "line 1, column 9: the text that begins here has no closing quote"),
        ('{"a": "\\x"}', "line 1, column 8: “\\x” is not an escape that JSON knows"),
        ('{"a": "\\ud800"}', "line 1, column 7: the text holds half a character (a lone surrogate)"),
        ('{"a": 01}', "line 1, column 8: a comma or “}” is expected here"),
        ('{"a": ' + "9" * 5000 + "}", "line 1, column 7: a number of 5000 characters is too long"),
        ("{} {}", "line 1, column 4: the file goes on after its end; only one object may stand in it"),
        ("[" * 100_000, f"line 1, column {MAX_DEPTH + 2}: nested deeper than {MAX_DEPTH} levels"),
        (b'{\n"a": "\xff"}', "line 2, column 7: this is not UTF-8 text"),
        (
            " " * (MAX_BYTES + 1),
            f"line 1, column 1: the file has {MAX_BYTES + 1} bytes; at most {MAX_BYTES} are allowed",
        ),
    ],
)
def test_what_is_not_json_is_placed(text: str | bytes, expected: str) -> None:
    assert _problems(text) == [expected]


def test_a_key_that_stands_twice_is_refused() -> None:
    text = DEMO.replace('"training": true,', '"training": true,\n  "training": false,')
    assert _problems(text) == ["line 6, field training: the field stands twice; only one may stay"]


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(plain: dict[str, Any]) -> None:
        *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        node: Any = plain
        for part in way:
            node = node[part]
        if isinstance(node, list) and last == len(node):
            node.append(value)
        else:
            node[last] = value

    return change


HUB = "00-DB-12-34-56-78-90-A2"


@pytest.mark.parametrize(
    ("path", "value", "field", "words"),
    [
        ("format", "hht-job/2", "format", "hht-job/1"),
        ("reference", "J 1042", "reference", "letters, digits"),
        ("reference", "J-1042\n", "reference", "control character"),
        ("training", "yes", "training", "true or false"),
        ("training", 1, "training", "true or false"),
        ("premises.postcode", "12345", "premises.postcode", "M22 0RR"),
        ("premises.address", [], "premises.address", "1 to 6"),
        ("premises.address.0", "a\u0007b", "premises.address[0]", "control character"),
        ("premises.address.0", 7, "premises.address[0]", "a text in quotes"),
        ("appointment.start", "2026-02-30T09:00:00Z", "appointment.start", "does not exist"),
        ("appointment.start", "2026-03-02T12:00:00Z", "appointment.end", "ends before it begins"),
        ("appointment.start", "tomorrow", "appointment.start", "UTC"),
        ("appointment.start", "2026-03-02T09:00:00+01:00", "appointment.start", "UTC"),
        ("devices", [], "devices", "1 to 8"),
        ("devices.0.type", "toaster", "devices[0].type", "electricity-meter"),
        ("devices.0.device_id", "00-DB-12-34-56-78-90-AG", "devices[0].device_id", "not a hex digit"),
        ("devices.0.device_id", "FF-FF-FF-FF-FF-FF-FF-FF", "devices[0].device_id", "names no device"),
        ("devices.0.mpan", 1200023305967, "devices[0].mpan", "a text in quotes"),
        ("devices.0.mpan", "1312345678111", "devices[0].mpan", "check digit is 8"),
        ("devices.0.randomised_offset_limit_s", -1, "devices[0].randomised_offset_limit_s", "0 to 1799"),
        ("devices.0.randomised_offset_limit_s", 600.5, "devices[0].randomised_offset_limit_s", "a whole number"),
        ("devices.0.randomised_offset_limit_s", "600", "devices[0].randomised_offset_limit_s", "a whole number"),
        ("devices.0.randomised_offset_limit_s", True, "devices[0].randomised_offset_limit_s", "a whole number"),
        ("devices.0.clock_tolerance_s", 0, "devices[0].clock_tolerance_s", "1 to 3600"),
        ("devices.0.password", "x", "devices[0].password", "not known"),
        ("devices.0.variant", "double", "devices[0].variant", "polyphase"),
        ("devices.1", {"type": "gas-meter", "device_id": "00-DB-12-34-56-78-90-A1"}, "devices[1].mprn", "missing"),
        (
            "devices.1",
            {"type": "gas-meter", "device_id": "00-DB-12-34-56-78-90-A1", "mprn": "3938424404"},
            "devices[1].mprn",
            "check digits should be 03",
        ),
        ("devices.1", {"type": "communications-hub", "device_id": HUB, "gpf_id": HUB}, "devices[1].gpf_id", "own"),
        ("devices.0", {"type": "in-home-display", "device_id": HUB}, "devices", "electricity meter is needed"),
        ("old_meters", [{"fuel": "coal", "serial": "1"}], "old_meters[0].fuel", "electricity"),
        ("payment_mode", "barter", "payment_mode", "prepayment"),
        ("vulnerability", ["her heart is weak"], "vulnerability[0]", "capitals"),
        ("customer.phone", "call me", "customer.phone", "digits and spaces"),
        ("link", "rm -rf", "link", "command line"),
    ],
)
def test_each_rule_is_named_with_its_field(path: str, value: Any, field: str, words: str) -> None:
    with pytest.raises(JobError) as caught:
        _parse(_set(path, value))
    found = [problem for problem in caught.value.problems if problem.path == field]
    assert len(found) == 1, [str(problem) for problem in caught.value.problems]  # each mistake is told once
    assert any(words in problem.message for problem in found), [problem.message for problem in found]


@pytest.mark.parametrize("written", ["600", "600.0", "6e2"])
def test_what_any_reader_of_the_schema_takes_for_a_whole_number_is_one(written: str) -> None:
    """JSON has no other: what the published schema lets pass elsewhere passes here."""
    from jsonschema import Draft202012Validator

    text = DEMO.replace('"randomised_offset_limit_s": 600', f'"randomised_offset_limit_s": {written}')
    assert text != DEMO or written == "600"
    Draft202012Validator(job_schema()).validate(json.loads(text))
    limit = parse_job(text, "job.json").meter.randomised_offset_limit_s
    assert (limit, type(limit)) == (600, int)


def test_the_same_device_twice_is_refused() -> None:
    with pytest.raises(JobError) as caught:
        _parse(lambda plain: plain["devices"].append(dict(plain["devices"][0])))
    assert [p.path for p in caught.value.problems] == ["devices[1]", "devices[1].device_id", "devices[1].mpan"]


def test_a_second_meter_is_refused_where_it_stands_with_a_way_on() -> None:
    second = {"type": "electricity-meter", "device_id": "00-DB-12-34-56-78-90-A1", "mpan": "1312345678118"}
    plain = copy.deepcopy(PLAIN)
    plain["devices"] += [second | {"randomised_offset_limit_s": 0}]
    text = json.dumps(plain, indent=1)
    with pytest.raises(JobError) as caught:
        parse_job(text, "two.json")
    (problem,) = caught.value.problems
    assert problem.path == "devices[1]"
    assert text.splitlines()[problem.line - 1].strip() == "{"
    assert "one electricity meter" in problem.message
    assert "job of its own" in problem.message


def test_wrong_check_digits_pass_only_in_training_and_when_allowed() -> None:
    def change(plain: dict[str, Any], **more: Any) -> None:
        plain["devices"][0]["mpan"] = "1312345678111"
        plain.update(more)

    job = _parse(lambda plain: change(plain, allow_test_identifiers=True))
    assert job.meter.mpan.test_data
    with pytest.raises(JobError) as caught:
        _parse(lambda plain: change(plain, allow_test_identifiers=True, training=False, link="optical:/dev/ttyUSB0"))
    assert {p.path for p in caught.value.problems} == {"allow_test_identifiers", "devices[0].mpan"}


def test_live_work_cannot_run_on_an_emulated_meter() -> None:
    with pytest.raises(JobError) as caught:
        _parse(_set("training", False))
    assert [p.path for p in caught.value.problems] == ["link"]


@given(st.data())
def test_any_broken_copy_is_refused_or_still_a_job(data: st.DataObject) -> None:
    """Cut, change or double any byte: an error with places, or a job; never anything else."""
    raw = bytearray(DEMO.encode())
    for _number in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        match data.draw(st.sampled_from(("cut", "change", "double"))):
            case "cut":
                del raw[place : place + data.draw(st.integers(1, 40))]
            case "change":
                raw[place] = data.draw(st.integers(0, 255))
            case _:
                raw[place:place] = raw[place : place + 20]
        if not raw:
            return
    assert all(p.line >= 1 and p.column >= 1 and p.message for p in _refusal(bytes(raw)))


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(_json)
def test_the_reader_agrees_with_the_standard_librarys(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=2)):
        assert LocatedJson(text).root.value == json.loads(text)


def _harmless(key: str, value: Any) -> bool:
    """What may stand there, odd as it is."""
    match key:
        case "training" | "allow_test_identifiers":
            return value is True
        case "customer":
            return value == {}
        case "reference" | "walkthrough" | "supplier" | "link" | "$schema":
            return isinstance(value, str) and 0 < len(value) <= 200
    return False


def test_every_field_may_be_anything_without_a_crash() -> None:
    odd: tuple[Any, ...] = (None, True, 0, -1, 1.5, "", "x" * 1000, [], {}, [[]], {"a": {}}, [None])
    for key in [*PLAIN, "link"]:
        for value in odd:
            plain = {**PLAIN, key: value}
            refused = _refusal(json.dumps(plain))
            assert refused or _harmless(key, value), (key, value)
    for key in PLAIN["devices"][0]:
        for value in odd:
            plain = {**PLAIN, "devices": [{**PLAIN["devices"][0], key: value}, value]}
            with pytest.raises(JobError):
                parse_job(json.dumps(plain), "odd.json")
