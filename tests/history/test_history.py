"""History by day, week, month and year: local days of 23, 24 and 25 hours, sources put together, nothing lost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.british_time import local_day, midnight_s
from hht.history.buckets import Grain, HistoryError, Span, back, bucket_at, bucket_name, buckets, local_clock
from hht.history.merging import Figure, Source, differences, merged
from hht.history.rows import rows_of

HOUR = 3600
DAY = 24 * HOUR


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("moment", "hours"),
    [("2026-03-29 12:00", 23), ("2026-10-25 12:00", 25), ("2026-07-01 12:00", 24), ("2026-12-25 12:00", 24)],
)
@pytest.mark.requirement("EED-03")
def test_a_local_day_has_its_own_length(moment: str, hours: int) -> None:
    assert bucket_at(at(moment), Grain.DAY).length_s == hours * HOUR


def test_weeks_months_and_years_begin_at_local_midnight() -> None:
    week, month, year = (bucket_at(at("2026-07-01 12:00"), one) for one in (Grain.WEEK, Grain.MONTH, Grain.YEAR))
    assert (week.start_s, week.end_s) == (at("2026-06-28 23:00"), at("2026-07-05 23:00"))  # Monday, summer time
    assert (month.start_s, month.end_s) == (at("2026-06-30 23:00"), at("2026-07-31 23:00"))
    assert (year.start_s, year.end_s) == (at("2026-01-01 00:00"), at("2027-01-01 00:00"))
    names = [bucket_name(one, grain) for one, grain in ((week, Grain.WEEK), (month, Grain.MONTH), (year, Grain.YEAR))]
    assert names == ["2026-W27", "2026-07", "2026"]


def test_the_hour_that_autumn_has_twice_is_told_apart() -> None:
    first, second = at("2026-10-25 00:30"), at("2026-10-25 01:30")
    assert [local_clock(one) for one in (first, second)] == ["01:30 BST", "01:30 GMT"]
    names = [bucket_name(bucket_at(one, Grain.HALF_HOUR), Grain.HALF_HOUR) for one in (first, second)]
    assert names == ["2026-10-25T01:30+01:00", "2026-10-25T01:30+00:00"]


@given(st.dates(date(2001, 1, 2), date(2090, 1, 1)))
@settings(max_examples=60)
def test_local_midnight_begins_that_day(day: date) -> None:
    assert local_day(midnight_s(day)) == day
    assert local_day(midnight_s(day) - 1) != day


@pytest.mark.parametrize("grain", list(Grain))
def test_buckets_meet_without_gap(grain: Grain) -> None:
    found = list(buckets(Span(at("2026-10-20 10:00"), at("2026-11-03 10:00")), grain))
    assert all(one.end_s == other.start_s for one, other in pairwise(found))
    assert found[0].start_s <= at("2026-10-20 10:00") < at("2026-11-03 10:00") <= found[-1].end_s


def test_how_far_back() -> None:
    assert back(at("2026-07-15 12:00"), months=24) == at("2024-06-30 23:00")
    with pytest.raises(HistoryError, match="2000"):
        back(at("2026-07-15 12:00"), months=12 * 40)


# --- putting together -------------------------------------------------------------------------------------------------


def test_a_register_that_went_back_says_nothing_of_that_span() -> None:
    assert differences([(0, 10, False), (1800, 15, False), (3600, 2, True), (5400, 4, False)]) == [
        Figure(0, 1800, 5),
        Figure(3600, 5400, 2, doubtful=True),
    ]


def test_a_day_fills_what_its_half_hours_leave_open() -> None:
    fine = [Figure(0, 1800, 3), Figure(1800, 3600, 4)]
    course = merged([(Source.PROFILE, fine), (Source.DAILY_LOG, [Figure(0, DAY, 100), Figure(DAY, 2 * DAY, 50)])])
    assert [(one.figure.start_s, one.figure.amount, one.source, one.rest) for one in course.pieces] == [
        (0, 3, Source.PROFILE, False),
        (1800, 4, Source.PROFILE, False),
        (3600, 93, Source.DAILY_LOG, True),
        (DAY, 50, Source.DAILY_LOG, False),
    ]


def test_sources_that_contradict_each_other_are_told() -> None:
    course = merged([(Source.PROFILE, [Figure(0, 1800, 300)]), (Source.DAILY_LOG, [Figure(0, DAY, 100)])])
    assert [(one.source, one.less) for one in course.conflicts] == [(Source.DAILY_LOG, 200)]
    assert [one.figure.amount for one in course.pieces] == [300]


_HALF_HOURS = st.lists(st.integers(0, 5000), min_size=1, max_size=48 * 3)


@given(_HALF_HOURS, st.sets(st.integers(0, 143), max_size=100))
@settings(max_examples=40)
def test_what_is_put_together_adds_up(amounts: list[int], lost: set[int]) -> None:
    """Whatever half-hours are lost: with whole days beside them the sum is the same."""
    amounts = amounts + [0] * (-len(amounts) % 48)
    fine = [Figure(n * 1800, (n + 1) * 1800, amount) for n, amount in enumerate(amounts)]
    days = [Figure(n * DAY, (n + 1) * DAY, sum(amounts[48 * n : 48 * n + 48])) for n in range(len(amounts) // 48)]
    kept = [one for number, one in enumerate(fine) if number not in lost]
    course = merged([(Source.PROFILE, kept), (Source.DAILY_LOG, days)])
    assert sum(one.figure.amount for one in course.pieces) == sum(amounts)
    ends = [(one.figure.start_s, one.figure.end_s) for one in course.pieces]
    assert all(before[1] == after[0] for before, after in pairwise(ends))
    assert not course.conflicts


# --- rows -------------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("EED-04")
def test_utc_days_count_to_the_local_day_that_has_most_of_them() -> None:
    begins = at("2026-07-01 00:00")
    days = [Figure(begins + n * DAY, begins + (n + 1) * DAY, 10 + n) for n in range(31)]
    course = merged([(Source.DAILY_LOG, days)])
    span = Span(at("2026-06-30 23:00"), at("2026-07-31 23:00"))
    rows = rows_of(course, Grain.DAY, span, at("2026-09-01 00:00"))
    assert [row.amount for row in rows] == [10 + n for n in range(31)]
    assert all(row.shifted and row.whole and row.sources == (Source.DAILY_LOG,) for row in rows)
    (month,) = rows_of(course, Grain.MONTH, span, at("2026-09-01 00:00"))
    assert (month.amount, month.total, month.whole) == (sum(range(10, 41)), sum(range(10, 41)), True)


def test_a_month_is_no_day() -> None:
    """What is known by the month alone is said of no day, and that it is so is told."""
    begins, ends = at("2026-01-01 00:00"), at("2026-02-01 00:00")
    course = merged([(Source.BILLING_LOG, [Figure(begins, ends, 310_000)])])
    rows = rows_of(course, Grain.DAY, Span(begins, ends), ends)
    assert all(row.amount is None and row.wider for row in rows)
    (month,) = rows_of(course, Grain.MONTH, Span(begins, ends), ends)
    assert month.amount == 310_000
    assert month.whole


def test_what_is_not_known_is_not_zero_and_the_total_goes_on() -> None:
    first = at("2026-01-01 00:00")
    course = merged([(Source.DAILY_LOG, [Figure(first, first + DAY, 7), Figure(first + 2 * DAY, first + 3 * DAY, 5)])])
    rows = rows_of(course, Grain.DAY, Span(first, first + 3 * DAY), first + 2 * DAY + HOUR)
    assert [(row.amount, row.total, row.running) for row in rows] == [(7, 7, False), (None, 7, False), (5, 12, True)]
