"""Seeded fault visits over the bytes of every link: a sample (``python -m tests.diagnosis`` plays a thousand)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hht.diagnosis.verdict import Outcome, State
from tests.diagnosis.__main__ import ACCEPTANCE, good, line, summary
from tests.diagnosis.truth import CASES
from tests.diagnosis.visit import Plan, Report, play

SAMPLE = range(100_000, 100_012)
WITHOUT_DESK = range(100_100, 100_106)


def case(cause: str, seed: int = 7) -> Report:
    return play(Plan.of(seed, next(one for one in CASES if one.cause == cause)))


@pytest.mark.long
def test_a_sample_of_faulty_homes_is_told_rightly() -> None:
    lines = [line(seed) for seed in SAMPLE]
    assert sum(one.first for one in lines) >= 0.85 * len(lines), summary(lines)
    assert sum(one.among for one in lines) >= 0.95 * len(lines), summary(lines)
    assert not any(one.against for one in lines)
    assert not [one.seed for one in lines if one.cleared], "the domain in which the fault is was called excluded"


@pytest.mark.soak
def test_a_thousand_faulty_homes_are_told_rightly() -> None:
    low, _dash, high = ACCEPTANCE.partition("-")
    lines = [line(seed) for seed in range(int(low), int(high) + 1)]
    assert good(lines), summary(lines)


@pytest.mark.long
def test_with_the_network_cable_out_nothing_is_guessed() -> None:
    """No desk: much cannot be told apart, and then it is not told; what is told is right."""
    told = [play(Plan.of(seed), without=("ask", "reach")) for seed in WITHOUT_DESK]
    sure = [one for one in told if one.verdict.outcome is Outcome.FOUND]
    assert len(sure) >= len(told) / 4
    assert all(one.first for one in sure), [(one.plan.seed, one.ranking) for one in sure if not one.first]


@pytest.mark.parametrize("db", [51, 52, 54])
def test_a_signal_that_is_just_too_weak_is_no_link_that_comes_and_goes(db: int) -> None:
    weak = next(one for one in CASES if one.cause == "weak-signal-electricity")
    found = play(Plan.of(9100 + db, replace(weak, amounts=(db, db))))
    assert found.first, found.ranking


def test_the_same_visit_ends_in_the_same_verdict() -> None:
    once, again = case("half-join-gas"), case("half-join-gas")
    assert once.verdict.plain() == again.verdict.plain()
    assert once.first


def test_what_a_look_read_stands_in_the_trace_of_its_link() -> None:
    found = case("clock-adrift")
    assert found.first
    reason = found.verdict.candidates[0].reasons[0]
    assert reason.reading == "meter.clock"
    (frames,) = reason.frames
    assert frames.link.startswith("emulated:home")
    assert 1 <= frames.first <= frames.last


def test_a_refused_top_up_is_never_to_be_typed_again() -> None:
    found = case("token-sold-twice")
    assert found.first
    assert found.verdict.retry == ""
    assert "lock" in found.verdict.dont[0]


def test_a_lost_wan_leaves_the_home_network_excluded_by_named_tests() -> None:
    found = case("wan-lost")
    assert found.first
    states = {one.domain.value: one for one in found.verdict.domains}
    assert states["wan"].state is State.PROVED
    assert states["centre"].state is not State.PROVED
