"""24 months of half-hours of one meter, collected each night over the WAN, by day, week, month and year (EED-03).

A night without WAN is made up for by the next: each request asks for all that is missing. Values are register
differences in the meter's own unit (Wh; for gas litres).
"""

from __future__ import annotations

import enum
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from hht.model.agenda import DAY_MS, MINUTE_MS
from hht.model.device import DeviceKind
from hht.model.features.profile_read import ReadGasProfile, ReadImportProfile
from hht.model.parties import Party
from hht.model.wan.requests import Outcome, ServiceRequest, Transaction

if TYPE_CHECKING:
    from hht.model.wan.centre import Centre

DAY_S = 86_400
HALF_HOUR_S = 1800
KEPT_DAYS = 732  # 24 months, a leap year among them, and the day that is going on
COLLECTED_MS = 40 * MINUTE_MS  # after midnight, our own number


class Span(enum.StrEnum):
    """What may be asked for."""

    DAY = "day"
    WEEK = "week"  # from Monday
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used in a span. `of_day`: 48 sums, one of each half-hour of the day; `halves`: how many half-hours are
    known, of `expected`."""

    begins: date
    ends: date
    total: int
    of_day: tuple[int, ...]
    halves: int
    expected: int


def bounds(span: Span, day: date) -> tuple[date, date]:
    """The first day of the span that `day` is in, and the day after its last."""
    if span is Span.DAY:
        return day, day + timedelta(days=1)
    if span is Span.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    if span is Span.MONTH:
        first = day.replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1)
    return date(day.year, 1, 1), date(day.year + 1, 1, 1)


class EnergyArchive:
    """One meter's archive, kept by its supplier `party`. `since_s`: when the contract began (Unix seconds)."""

    def __init__(self, centre: Centre, device: str, party: Party, *, since_s: int = 0) -> None:
        self.centre = centre
        self.device = device
        self.party = party
        self.since_s = since_s
        self._times = array("q")
        self._registers = array("Q")
        gas = centre.devices[device].kind is DeviceKind.GSME
        self._command = ReadGasProfile if gas else ReadImportProfile
        now_ms = centre.site.agenda.now_ms
        first_ms = now_ms - now_ms % DAY_MS + DAY_MS + COLLECTED_MS
        centre.site.agenda.every(DAY_MS, self.collect, first_ms=first_ms)

    def collect(self) -> None:
        """Ask the meter for all that is missing."""
        since_s = max(self._times[-1] + 1 if self._times else 0, self.since_s)
        self.centre.request(ServiceRequest(self.party, self.device, self._command(since_s))).then(self._came)

    def _came(self, transaction: Transaction) -> None:
        if transaction.outcome is not Outcome.ANSWERED or not isinstance(transaction.answer, tuple):
            return
        for time_s, register in transaction.answer:
            if not self._times or time_s > self._times[-1]:
                self._times.append(time_s)
                self._registers.append(register)
        if self._times:
            old = bisect_left(self._times, self._times[-1] - KEPT_DAYS * DAY_S)
            del self._times[:old]
            del self._registers[:old]

    @property
    def days(self) -> int:
        """How many days back it reaches."""
        return (self._times[-1] - self._times[0]) // DAY_S if self._times else 0

    def usage(self, span: Span, day: date) -> Usage:
        """What was used in the day, week, month or year that `day` is in, as far as it is kept (UTC)."""
        begins, ends = bounds(span, day)
        low_s, high_s = _unix(begins), _unix(ends)
        of_day, total, halves = [0] * 48, 0, 0
        first = max(1, bisect_left(self._times, low_s + 1))
        for index in range(first, bisect_left(self._times, high_s + 1)):
            time_s = self._times[index]
            if time_s - self._times[index - 1] != HALF_HOUR_S:
                continue  # a gap: nobody knows in which half-hours it was used
            used = self._registers[index] - self._registers[index - 1]
            of_day[(time_s - HALF_HOUR_S) % DAY_S // HALF_HOUR_S] += used
            total, halves = total + used, halves + 1
        return Usage(begins, ends, total, tuple(of_day), halves, (high_s - low_s) // HALF_HOUR_S)


def _unix(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
