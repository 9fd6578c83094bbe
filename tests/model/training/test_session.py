"""The training session: time in a person's hands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hht.clock import ManualClock
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, load_premises
from hht.model.site import to_datetime, to_ms
from hht.model.training.session import Pace, TimeRefused, TrainingSession

START = datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC)
SUPPLIER = Party("Supplier", UserRole.IMPORT_SUPPLIER)


class Seconds:
    """A stopwatch that goes on by a millisecond with every look."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return self.looks / 1000


def session_of(clock: ManualClock, name: str = "dual-fuel") -> tuple[TrainingSession, Premises, Seconds]:
    premises, seconds = load_premises(name, clock=clock, days=1), Seconds()
    return TrainingSession(premises, seconds), premises, seconds


def arrive(session: TrainingSession, budget_s: float = 0.02) -> int:
    """Work until the goal is reached; how many slices it took."""
    slices = 1
    while session.work(budget_s):
        slices += 1
    return slices


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


def test_time_goes_at_the_pace_that_was_chosen(clock: ManualClock) -> None:
    session, premises, _seconds = session_of(clock)
    clock.advance(10)
    assert session.now_ms == to_ms(START + timedelta(seconds=10))
    session.set_pace(Pace.FAST)
    clock.advance(30)
    assert session.now_ms == to_ms(START + timedelta(seconds=10, minutes=30))
    session.set_pace(Pace.PAUSED)
    clock.advance(3600)
    assert session.now_ms == to_ms(START + timedelta(seconds=10, minutes=30))
    assert premises.device().time_believed() == START + timedelta(seconds=10, minutes=30)


def test_a_step_comes_to_the_end_of_the_half_hour(clock: ManualClock) -> None:
    session, premises, _seconds = session_of(clock)
    session.set_pace(Pace.PAUSED)
    rows = len(premises.device().profile)
    for minutes in (30, 60):
        session.step()
        arrive(session)
        assert session.now_ms == to_ms(START.replace(minute=0, second=0) + timedelta(minutes=minutes))
    assert len(premises.device().profile) == rows + 2
    assert session.pace is Pace.PAUSED
    assert session.goal is None


def test_a_date_is_reached_in_small_slices_and_the_pace_goes_on(clock: ManualClock) -> None:
    session, premises, seconds = session_of(clock)
    until = START + timedelta(days=30)
    session.go_to(until)
    assert session.work(0.02)
    assert START < to_datetime(session.now_ms) < until
    assert 0 < session.progress < 100
    clock.advance(5)  # the computer's time does not count on the way
    before = session.now_ms
    assert premises.site.now_ms == before
    arrive(session)
    assert abs(session.now_ms - to_ms(until)) <= 1
    assert seconds.looks > 20
    clock.advance(2)
    assert abs(session.now_ms - to_ms(until + timedelta(seconds=2))) <= 1


def test_the_same_history_whether_in_slices_or_at_once(clock: ManualClock) -> None:
    sliced, premises, _seconds = session_of(clock)
    sliced.go_to(START + timedelta(days=20))
    arrive(sliced, 0.001)
    other_clock = ManualClock(START)
    other = load_premises("dual-fuel", clock=other_clock, days=1)
    other_clock.advance(20 * 86_400)
    other.site.catch_up()
    assert premises.site.chronicle.fingerprint == other.site.chronicle.fingerprint
    assert premises.device().registers() == other.device().registers()


def test_to_the_next_thing_that_happens(clock: ManualClock) -> None:
    session, _premises, _seconds = session_of(clock, "storage-heaters")
    session.set_pace(Pace.PAUSED)
    number = session.story.written
    session.to_next_line()
    arrive(session)
    (line, *_more) = session.story.since(number)
    assert (line.where, line.why) == ("esme-1", "switch 2 closed by calendar")
    assert session.now_ms == line.time_ms
    assert session.remark == ""


def test_that_nothing_happened_is_said(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    session, _premises, _seconds = session_of(clock, "single-element")
    monkeypatch.setattr("hht.model.training.session.LOOKS_AHEAD_MS", 7_200_000)
    number = session.story.written
    session.to_next_line()
    arrive(session)
    assert session.story.since(number) == ()
    assert session.remark == "Nothing happened until 2026-11-21 12:12 UTC."
    assert session.now_ms == to_ms(START) + 7_200_000
    session.step()
    assert session.remark == ""


def test_a_goal_that_is_given_up_leaves_time_where_it_came(clock: ManualClock) -> None:
    session, _premises, _seconds = session_of(clock)
    session.go_to(START + timedelta(days=300))
    session.work(0.005)
    came = session.now_ms
    session.stop()
    assert session.goal is None
    assert not session.work(0.02)
    assert abs(session.now_ms - came) <= 1


@pytest.mark.parametrize("moment", [START, START - timedelta(days=1), START + timedelta(days=4000)])
def test_time_that_cannot_be_gone_to_is_refused(clock: ManualClock, moment: datetime) -> None:
    session, _premises, _seconds = session_of(clock)
    before = session.now_ms
    with pytest.raises(TimeRefused) as refusal:
        session.go_to(moment)
    assert refusal.value.remedy
    assert session.now_ms == before


def test_the_story_has_the_chronicle_and_the_alerts(clock: ManualClock) -> None:
    session, premises, _seconds = session_of(clock)
    number = session.story.written
    assert [line.number for line in session.story.since(0)] == list(range(1, number + 1))
    meter = premises.device()
    meter.execute(DisableSupply(), SUPPLIER)
    meter.execute(ArmSupply(), SUPPLIER)
    lines = session.story.since(number)
    assert ("supply disabled", "Supplier") in [(line.what, line.why.split(" (")[0]) for line in lines]
    assert any(line.code and line.what == "Supply armed" for line in lines), lines
    assert {line.where for line in lines} == {"esme-1"}
    assert session.story.since(session.story.written) == ()
