"""Days, weeks (from Monday), months and years as people at home live them: in British local time, so that a day has 23,
24 or 25 hours. Times are Unix seconds; a bucket is a span, its end exclusive."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final

from hht.british_time import local_day, local_offset_s, midnight_s
from hht.errors import HhtError
from hht.i18n import _

HALF_HOUR_S: Final = 1800


class Grain(enum.StrEnum):
    """How long each bucket is."""

    HALF_HOUR = "half-hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class HistoryError(HhtError):
    """Such a history cannot be made."""

    default_code = "history"


@dataclass(frozen=True, slots=True)
class Span:
    """From `start_s` to `end_s` (exclusive)."""

    start_s: int
    end_s: int

    @property
    def length_s(self) -> int:
        """Seconds between its ends."""
        return self.end_s - self.start_s


def bucket_at(time_s: int, grain: Grain) -> Span:
    """The bucket that `time_s` is in."""
    if grain is Grain.HALF_HOUR:
        start_s = time_s - time_s % HALF_HOUR_S
        return Span(start_s, start_s + HALF_HOUR_S)
    day = local_day(time_s)
    begins, ends = _days(day, grain)
    return Span(midnight_s(begins), midnight_s(ends))


def _days(day: date, grain: Grain) -> tuple[date, date]:
    if grain is Grain.DAY:
        return day, day + timedelta(days=1)
    if grain is Grain.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    if grain is Grain.MONTH:
        first = day.replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1)
    return date(day.year, 1, 1), date(day.year + 1, 1, 1)


def buckets(span: Span, grain: Grain) -> Iterator[Span]:
    """Every bucket that has a part of `span`, in order."""
    at_s = span.start_s
    while at_s < span.end_s:
        one = bucket_at(at_s, grain)
        yield one
        at_s = one.end_s


def back(now_s: int, *, months: int) -> int:
    """The beginning of the local month that many months before the one `now_s` is in. Raises HistoryError ``history-
    range`` beyond 2000."""
    day = local_day(now_s)
    number = day.year * 12 + day.month - 1 - months
    if number < 2000 * 12:
        raise HistoryError(
            _("No history goes back to before the year 2000."),
            remedy=_("Ask for fewer months."),
            code="history-range",
        )
    return midnight_s(date(number // 12, number % 12 + 1, 1))


def bucket_name(span: Span, grain: Grain) -> str:
    """How a bucket is called in files: 2026-10-25T01:30+01:00, 2026-10-25, 2026-W43, 2026-10, 2026."""
    day = local_day(span.start_s)
    if grain is Grain.HALF_HOUR:
        zone = timezone(timedelta(seconds=local_offset_s(span.start_s)))
        return datetime.fromtimestamp(span.start_s, zone).isoformat(timespec="minutes")
    if grain is Grain.WEEK:
        year, week, _weekday = day.isocalendar()
        return f"{year}-W{week:02}"
    return {Grain.DAY: f"{day:%Y-%m-%d}", Grain.MONTH: f"{day:%Y-%m}"}.get(grain, f"{day:%Y}")


def local_clock(time_s: int) -> str:
    """Hours and minutes there, and which of the two times it is, for autumn has an hour twice: "01:30 BST"."""
    shift = local_offset_s(time_s)
    minutes = (time_s + shift) % 86_400 // 60
    return f"{minutes // 60:02}:{minutes % 60:02} {'BST' if shift else 'GMT'}"
