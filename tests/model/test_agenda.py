"""What happens when, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.clock import ManualClock
from hht.model.agenda import Agenda
from hht.model.clock import SimulatedClock
from hht.model.site import Site, to_datetime, to_ms

START = datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC)


@given(st.lists(st.integers(0, 50), max_size=30))
def test_in_order_of_time_and_then_of_entry(times: list[int]) -> None:
    agenda = Agenda(0)
    seen: list[tuple[int, int]] = []
    for number, when in enumerate(times):
        agenda.at(when, lambda when=when, number=number: seen.append((when, number)))  # type: ignore[misc]
    agenda.run_to(100)
    assert seen == sorted((when, number) for number, when in enumerate(times))
    assert agenda.now_ms == 100


def test_the_past_means_now_and_cancelled_means_never() -> None:
    agenda = Agenda(1000)
    seen: list[int] = []
    agenda.at(5, lambda: seen.append(agenda.now_ms))
    never = agenda.after(10, lambda: seen.append(-1))
    never.cancel()
    assert not never.pending
    agenda.run_to(2000)
    assert seen == [1000]
    assert agenda.next_ms is None


def test_what_is_entered_by_an_action_happens_in_the_same_run() -> None:
    agenda = Agenda(0)
    seen: list[int] = []
    agenda.at(10, lambda: agenda.after(5, lambda: seen.append(agenda.now_ms)))
    agenda.run_to(20)
    assert seen == [15]


def test_periods_go_on_until_cancelled() -> None:
    agenda = Agenda(0)
    seen: list[int] = []
    beat = agenda.every(10, lambda: seen.append(agenda.now_ms), first_ms=3)
    agenda.run_to(25)
    beat.cancel()
    agenda.run_to(100)
    assert seen == [3, 13, 23]
    with pytest.raises(ValueError, match="period"):
        agenda.every(0, lambda: None)


def test_an_action_that_fails_leaves_the_agenda_usable() -> None:
    agenda = Agenda(0)
    seen: list[int] = []

    def fail() -> None:
        raise RuntimeError("a defect")

    agenda.at(1, fail)
    agenda.at(2, lambda: seen.append(2))
    with pytest.raises(RuntimeError):
        agenda.run_to(10)
    agenda.run_to(10)
    assert seen == [2]


def test_a_site_lives_through_its_history_and_then_follows_the_clock() -> None:
    manual = ManualClock(START)
    clock = SimulatedClock(manual, speed=60)
    site = Site(clock, begins=START - timedelta(hours=2))
    seen: list[datetime] = []
    site.agenda.every(3_600_000, lambda: seen.append(site.now()))
    site.live()
    assert seen == [START - timedelta(hours=1), START]
    manual.advance(60)  # an hour at sixty times
    assert site.now() == START + timedelta(hours=1)
    assert seen[-1] == START + timedelta(hours=1)
    clock.jump(7200)
    assert site.monotonic() == to_ms(START + timedelta(hours=3)) / 1000
    assert len(seen) == 5


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)))
def test_milliseconds_and_times_are_one(moment: datetime) -> None:
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
    assert to_datetime(to_ms(whole)) == whole
