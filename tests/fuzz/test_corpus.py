"""The corpus passes as it is, whatever once failed included; and the fuzzer finds what is wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable
from random import Random

import pytest

from hht.errors import HhtError
from tests.fuzz import corpus, growth, job
from tests.fuzz.judge import YARDSTICK_NS, Judge, yardstick
from tests.fuzz.minimise import minimise
from tests.fuzz.mutation import MAX_OCTETS, Messages, Soil, grow
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("name", sorted(TARGETS))
def test_what_our_own_encoders_say_passes(name: str) -> None:
    target = TARGETS[name]
    with Judge() as judge:
        for messages in corpus.load(target.seeds):
            assert judge.fair(target, messages).failure is None
            assert judge.weigh(target, messages).failure is None


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_something_that_our_own_encoders_say_is_taken(name: str) -> None:
    """Where a format has moved on and the corpus has not, every input is refused at the door: tests.fuzz --seeds."""
    target = TARGETS[name]
    for messages in corpus.load(target.seeds):
        with contextlib.suppress(*target.refusals):
            target.run(messages)
            return
    pytest.fail("all of its seeds are refused")


@pytest.mark.parametrize(
    ("file", "name", "messages"), corpus.found(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_once_failed_passes(file: str, name: str, messages: Messages) -> None:
    with Judge() as judge:
        for verdict in (judge.fair(TARGETS[name], messages), judge.weigh(TARGETS[name], messages)):
            assert verdict.failure is None, f"{file}: {verdict.failure}"


@pytest.mark.parametrize("name", sorted(path.stem for path in corpus.GROWN.glob("*.txt")))
def test_what_reached_far_passes(name: str) -> None:
    """And what grew for a target is within its bounds."""
    inputs = corpus.grown(name)
    assert len(inputs) <= growth.MOST_INPUTS
    assert sum(len(octets) for messages in inputs for octets in messages) <= growth.MOST_OCTETS
    with Judge() as judge:
        for messages in inputs:
            assert judge.fair(TARGETS[name], messages).failure is None


def test_the_same_seed_grows_the_same_inputs() -> None:
    target = TARGETS["hdlc-client"]
    soil = Soil(corpus.load(target.seeds), target.words, target.repair)
    one, other = Random(3), Random(3)
    inputs = [grow(soil, one) for _input in range(500)]
    assert inputs == [grow(soil, other) for _input in range(500)]
    assert len(set(inputs)) > 450
    assert all(sum(map(len, messages)) <= MAX_OCTETS for messages in inputs)


def _stumbles(messages: Messages) -> Hashable:
    if b"\x7e\xa0" in b"".join(messages):
        raise KeyError(1)
    raise HhtError("no", remedy="none")


def _loops(messages: Messages) -> Hashable:
    while any(b"\x7e" in octets for octets in messages):
        pass
    return None


def _dawdles(messages: Messages) -> Hashable:
    for _turn in range(9 if messages else 0):  # nine times what it may take
        yardstick()
    return None


def _hoards(messages: Messages) -> Hashable:
    return len([bytes(1 << 20) for _piece in range(80)]) if messages else None


@pytest.mark.parametrize(
    ("run", "kind"), [(_stumbles, "exception"), (_loops, "hang"), (_dawdles, "hang"), (_hoards, "memory")]
)
def test_what_is_wrong_is_found(
    run: Callable[[Messages], Hashable], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fuzz.judge.LONGEST_NS", YARDSTICK_NS)
    target = Target("wrong", run, "hdlc-answers")
    whole = (bytes(50), b"\x7e" + b"\x7e\xa0" * 3 + bytes(50))
    with Judge() as judge:
        attempt = judge.weigh if kind == "memory" else judge.fair
        failure = attempt(target, whole).failure
        assert failure is not None
        assert failure.kind == kind
        assert attempt(target, ()).failure is None
        if kind == "exception":
            assert minimise(judge, target, whole, failure) == (b"\x7e\xa0",)


def test_a_job_reports_each_mistake_once_and_small() -> None:
    report = job.run(Target("wrong", _stumbles, "hdlc-answers"), 1, 200)
    assert [(failure.kind, messages) for failure, messages in report.failures] == [("exception", (b"\x7e\xa0",))]
    assert report.outcomes == {("HhtError", "error")}


def test_lines_of_the_corpus() -> None:
    for messages in ((b"",), (b"\x00", b"", b"\xff"), (bytes(range(256)),)):
        assert corpus.from_line(corpus.as_line(messages)) == messages
