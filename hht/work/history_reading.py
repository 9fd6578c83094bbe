"""What an electricity meter, and this terminal's memory of it, tell of what was used: read, kept, put together.

No more is read than what is asked for needs: of weeks, months and years the Daily Consumption Log, of days and
half-hours the profile besides, and of that only the span that is asked for (PRV-02, PRV-04). What a meter cannot hold
any more is here as far as it was kept of an earlier read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Protocol

from hht.client.api import NOBODY, ClockStatus, Listeners, MeterError, ProfileRow
from hht.client.day_buffers import BILLING, DAILY_CONSUMPTION, buffer_rows
from hht.history.buckets import Grain, Span, back
from hht.history.merging import Course, Figure, Source, differences, merged
from hht.i18n import _
from hht.protocol.cosem.errors import CosemRefusal
from hht.protocol.cosem.obis import Obis
from hht.work.kept_profile import EARLIEST, LATEST, read_kept_profile

if TYPE_CHECKING:
    from hht.client.meter_objects import ViewEntry
    from hht.client.object_reader import Buffer
    from hht.store.profile_store import ProfileStore

DAY_S: Final = 86_400
PROFILE_DAYS: Final = 397  # 13 months of half-hours (factbook 2.3)
IMPORT: Final = ("1-0:1.8.0", "1-0:1.29.0")
_RELIABLE: Final = ("", "0", ClockStatus.RELIABLE.value)


class ReadsHistory(Protocol):
    """What is needed of a meter."""

    async def association_view(self) -> list[ViewEntry]: ...
    async def read_buffer(self, obis: Obis) -> Buffer: ...
    async def stream_profile(
        self, start: datetime | None = None, end: datetime | None = None, listeners: Listeners = NOBODY
    ) -> int: ...


@dataclass(frozen=True, slots=True)
class KeptHistory:
    """What this terminal keeps of a meter: its half-hours, and its days."""

    half_hours: ProfileStore
    days: ProfileStore

    def forget(self) -> None:
        """Drop all of it: the people whose use it was want that, or have gone."""
        self.half_hours.forget()
        self.days.forget()


@dataclass(frozen=True, slots=True)
class Held:
    """What one source had: `span` of its figures, None where there are none, and then `why`."""

    source: Source
    span: Span | None
    figures: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class HistoryRead:
    """All that was found, put together, and what each source had of it. `grain`: what was asked for, and agreed to;
    `course` may be finer. `unit`: "Wh", or "l" of gas."""

    course: Course
    held: tuple[Held, ...]
    span: Span
    now_s: int
    grain: Grain
    unit: str = "Wh"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: `grain`, over so many whole local months before this one."""

    grain: Grain
    months: int
    fine: bool = field(default=False)  # the profile too, though the grain does not need it

    @property
    def needs_profile(self) -> bool:
        """Whether half-hours are read."""
        return self.fine or self.grain in (Grain.HALF_HOUR, Grain.DAY)

    def span(self, now_s: int) -> Span:
        """From the beginning of that month until now."""
        return Span(back(now_s, months=self.months), now_s)


OnSource = Callable[[Source], None]  # this one is being read now


async def read_history(
    meter: ReadsHistory,
    kept: KeptHistory | None,
    wanted: Wanted,
    now: datetime,
    listeners: Listeners = NOBODY,
    on_source: OnSource = lambda _source: None,
) -> HistoryRead:
    """Read what the meter has, keep what is new, and put it together. `now`: the meter's clock. A log that a meter does
    not show, or refuses, is told as that; raises whatever breaks the conversation off."""
    now_s = int(now.timestamp())
    span = wanted.span(now_s)
    shown = {str(entry.obis) for entry in await meter.association_view() if entry.is_object}
    reading = _Reading(meter, kept, span, now, listeners)
    if wanted.needs_profile:
        on_source(Source.PROFILE)
        await reading.profile()
    else:
        reading.kept_half_hours(before=LATEST)
    on_source(Source.DAILY_LOG)
    await reading.days(shown)
    on_source(Source.BILLING_LOG)
    await reading.billing(shown)
    return HistoryRead(merged(reading.told), tuple(reading.held), span, now_s, wanted.grain)


class _Reading:
    def __init__(
        self, meter: ReadsHistory, kept: KeptHistory | None, span: Span, now: datetime, listeners: Listeners
    ) -> None:
        self._meter, self._kept, self._span, self._now, self._listeners = meter, kept, span, now, listeners
        self.told: list[tuple[Source, list[Figure]]] = []
        self.held: list[Held] = []

    async def profile(self) -> None:
        """The span's half-hours as far as the meter has them; older ones as they were kept."""
        oldest = self._now - timedelta(days=PROFILE_DAYS)
        start = max(oldest, _moment(self._span.start_s))
        rows: list[ProfileRow] = []
        ends = replace(self._listeners, on_rows=_both(rows.extend, self._listeners.on_rows), on_afresh=rows.clear)
        end = self._now + timedelta(days=1)
        if self._kept is None:
            await self._meter.stream_profile(start, end, ends)
        else:
            await read_kept_profile(self._meter, self._kept.half_hours, start, end, listeners=ends, now=self._now)
        self._tell(Source.PROFILE, half_hours(rows))
        self.kept_half_hours(before=start + timedelta(minutes=30))

    def kept_half_hours(self, *, before: datetime) -> None:
        """Those that an earlier read left here."""
        if self._kept is None:
            return
        start = max(EARLIEST, _moment(self._span.start_s))
        if before > start:
            chunks = self._kept.half_hours.chunks(start, before)
            self._tell(Source.KEPT_PROFILE, half_hours(row for chunk in chunks for row in chunk), silent=True)

    async def days(self, shown: set[str]) -> None:
        """The Daily Consumption Log, and older days as they were kept."""
        try:
            rows = await self._buffer(DAILY_CONSUMPTION, shown, _("Daily Consumption Log"))
        except (CosemRefusal, MeterError) as refused:
            self._tell(Source.DAILY_LOG, [], refused.message)
            rows = []
        else:
            figures = [_day(moment, wh, status.value) for moment, status, wh in rows]
            self._tell(Source.DAILY_LOG, figures, _("empty"))
        if self._kept is not None:
            keep_days(self._kept.days, rows)
            known = {int(moment.timestamp()) for moment, _status, _wh in rows}
            older = [one for one in kept_days(self._kept, self._span) if one.start_s not in known]
            self._tell(Source.KEPT_DAYS, older, silent=True)

    async def billing(self, shown: set[str]) -> None:
        """The register between billing times: of what finer sources leave open."""
        readings: list[tuple[int, int, bool]] = []
        why = ""
        for obis in BILLING:
            try:
                rows = await self._buffer(obis, shown, _("Billing Data Log"))
            except (CosemRefusal, MeterError) as refused:
                why = refused.message
                continue
            readings += [(int(moment.timestamp()), wh, status not in _RELIABLE) for moment, status, wh in rows]
        self._tell(Source.BILLING_LOG, differences(sorted(readings)), why or _("no two snapshots yet"))

    async def _buffer(self, obis: str, shown: set[str], what: str) -> list[tuple[datetime, ClockStatus, int]]:
        if obis not in shown:
            raise MeterError(
                _("This meter does not show its {what} here.").format(what=what),
                remedy=_("Ask its supplier, who reads it over the WAN."),
                code="not-shown",
            )
        return buffer_rows(await self._meter.read_buffer(Obis.parse(obis)), what)

    def _tell(self, source: Source, figures: list[Figure], why: str = "", *, silent: bool = False) -> None:
        inside = [one for one in figures if one.end_s > self._span.start_s]
        self.told.append((source, inside))
        if inside or not silent:
            span = Span(inside[0].start_s, inside[-1].end_s) if inside else None
            self.held.append(Held(source, span, len(inside), "" if inside else why or _("nothing of that time")))


def half_hours(rows: Iterable[ProfileRow]) -> list[Figure]:
    """Figures between the import register's captures; where rows are missing, one figure spans the gap."""
    found = []
    for row in rows:
        name = next((one for one in IMPORT if one in row.values and one not in row.columns.unscaled), None)
        if name is not None and row.time.tzinfo is not None:
            wh = int(row.values[name] * 1000)
            found.append((int(row.time.timestamp()), wh, row.status.casefold() not in _RELIABLE))
    return differences(sorted(set(found)))


def keep_days(kept: ProfileStore, rows: Iterable[tuple[datetime, ClockStatus, int]]) -> int:
    """Keep the days that are not kept yet; how many. What is kept already stays as it was first read."""
    from hht.store.profile_store import Stretch

    covered = kept.covered()
    last = covered[-1].end if covered else EARLIEST
    new = sorted((row for row in rows if row[0] >= last), key=lambda row: row[0])
    if not new:
        return 0
    stretch = Stretch(new[0][0], new[-1][0] + timedelta(seconds=1))
    kept.add([ProfileRow(at, status.value, {_DAY: Decimal(wh) / 1000}) for at, status, wh in new], stretch)
    return len(new)


def kept_days(kept: KeptHistory, span: Span) -> list[Figure]:
    """The days of `span` that are kept, oldest first."""
    chunks = kept.days.chunks(max(EARLIEST, _moment(span.start_s)), LATEST)
    return [_kept_day(row) for chunk in chunks for row in chunk]


_DAY: Final = "day"


def _kept_day(row: ProfileRow) -> Figure:
    return _day(row.time, int(row.values[_DAY] * 1000), row.status)


def _day(begins: datetime, wh: int, status: str) -> Figure:
    start_s = int(begins.timestamp())
    return Figure(start_s, start_s + DAY_S, wh, status not in _RELIABLE)


def _moment(time_s: int) -> datetime:
    return datetime.fromtimestamp(time_s, UTC)


def _both(
    first: Callable[[Iterable[ProfileRow]], None], second: Callable[..., None] | None
) -> Callable[[Iterable[ProfileRow]], None]:
    def take(rows: Iterable[ProfileRow]) -> None:
        first(rows)
        if second is not None:
            second(rows)

    return take
