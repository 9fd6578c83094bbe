"""Walkthroughs as data: the shipped ones are sound, broken ones are named in full, and no path writes unidentified."""

from __future__ import annotations

import tomllib

import pytest

from hht.resources import resource_text
from hht.work.view import Outcome
from hht.work.walkthrough import (
    Walkthrough,
    WalkthroughError,
    load_walkthrough,
    parse_walkthrough,
    part_text,
    walkthrough_names,
)

NAME = "commission-electricity"
HEAD = resource_text("walkthroughs", f"{NAME}.toml")
PART = part_text("commission")
STEPS = [
    "check-job",
    "scan-meter",
    "connect",
    "identify",
    "reading-before",
    "clock",
    "write-mpan",
    "randomised-offset",
    "registers",
    "reading-after",
    "hand-over",
]


def parsed(*changes: tuple[str, str]) -> Walkthrough:
    """The commissioning with these changes, each at its first place in the head, or else in the part."""
    head, part = HEAD, PART
    for old, new in changes:
        assert old in head + part
        head, part = (head.replace(old, new, 1), part) if old in head else (head, part.replace(old, new, 1))
    return parse_walkthrough(head, NAME, lambda name: part if name == "commission" else part_text(name))


@pytest.mark.parametrize("name", walkthrough_names())
def test_every_shipped_walkthrough_is_sound(name: str) -> None:
    walkthrough = load_walkthrough(name)
    assert walkthrough.name == name
    for step in walkthrough.steps:
        assert step.title
        assert step.explanation
        assert step.leave, "every step can be left for a coded reason"
        assert 1 <= step.deadline_s <= 3600


def test_the_commissioning_has_the_steps_that_others_lean_on() -> None:
    walkthrough = load_walkthrough("commission-electricity")
    assert [step.id for step in walkthrough.steps] == STEPS
    assert [step.id for step in walkthrough.steps if step.action.writes] == ["clock", "write-mpan", "randomised-offset"]
    assert all(step.authority for step in walkthrough.steps if step.action.writes)
    assert all(step.leave_spec("unsafe") for step in walkthrough.steps)
    unsafe = walkthrough.step("identify").leave_spec("unsafe")
    assert unsafe is not None
    assert unsafe.outcome is Outcome.MADE_SAFE
    assert unsafe.ends


@pytest.mark.parametrize("name", ["no-such", "../walkthroughs/commission-electricity", "", "A", "x" * 100, "a\n"])
def test_an_unknown_walkthrough_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(WalkthroughError) as caught:
        load_walkthrough(name)
    assert caught.value.code == "walkthrough-unknown"
    assert "commission-electricity" in caught.value.remedy


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('format = "hht-walkthrough/2"', 'format = "hht-walkthrough/1"', "format: hht-walkthrough/2 expected"),
        ('name = "commission-electricity"', 'name = "other"', "name: commission-electricity expected"),
        ("version = 2", 'version = "2"', "version: int expected"),
        ("version = 2", "version = 2\ncolour = 2", "colour: unknown"),
        ('action = "clock"', 'action = "explode"', "steps[5] (clock).action: “explode” is not known"),
        ('action = "clock"', "", "steps[5].action: missing"),
        ("deadline_s = 30", "deadline_s = 0", "steps[0] (check-job).deadline_s: at least 1 s expected"),
        ('leave = ["no-access", "customer', 'leave = ["rain", "customer', "steps[0] (check-job).leave: at least one"),
        ('outcome = "abandoned"', 'outcome = "splendid"', "leave_reasons.wrong-meter.outcome: one of"),
        ('id = "scan-meter"', 'id = "check-job"', "check-job: the id stands twice"),
        ('id = "scan-meter"', 'id = "Scan meter"', "id must be lower-case"),
        ('needs = ["connect"]', 'needs = ["hand-over"]', "identify.needs: hand-over is no earlier step"),
        ('kind = "device-id"', 'kind = "riddle"', "steps[1] (scan-meter).question.kind: one of"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, expected: str) -> None:
    with pytest.raises(WalkthroughError) as caught:
        parsed((old, new))
    problems = caught.value.details["problems"]
    assert isinstance(problems, list)
    assert any(expected in problem for problem in problems), problems


def test_several_problems_are_told_at_once() -> None:
    with pytest.raises(WalkthroughError) as caught:
        parsed(('action = "clock"', 'action = "explode"'), ('outcome = "abandoned"', 'outcome = "x"'))
    assert len(str(caught.value).splitlines()) == 3


def test_what_is_not_toml_is_refused() -> None:
    with pytest.raises(WalkthroughError):
        parse_walkthrough("steps = [", "x")


@pytest.mark.parametrize("step", ["clock", "write-mpan", "randomised-offset"])
def test_no_walkthrough_may_write_to_a_meter_it_has_not_identified(step: str) -> None:
    _before, own = PART.split(f'id = "{step}"')
    needs = own[: own.index("[[steps]]")]
    with pytest.raises(WalkthroughError) as caught:
        parsed((needs, needs.replace('needs = ["identify"]', 'needs = ["connect"]')))
    assert "must need the step that identifies" in caught.value.message
    authority = next(s["authority"] for s in tomllib.loads(PART)["steps"] if s["id"] == step)
    with pytest.raises(WalkthroughError) as caught:
        parsed((f'authority = "{authority}"', ""))
    assert "whose authority" in caught.value.message
