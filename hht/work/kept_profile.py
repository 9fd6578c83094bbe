"""Reading a profile that may have been read before: only what is missing is asked for.

What was read stays where it was interrupted. A stretch that goes on from kept rows asks for the last of them again, and
one that goes up to kept rows for the first: a meter that now says something else there is another meter, has other
columns or has lost its profile, and then nothing kept is used.
That a stretch of time is known can only be said where a meter's rows go forward in time. Where they go back (a clock
that was set back, wall-clock time without its deviation, newest first), all are told as they come and none are kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from hht.client.api import NOBODY, Listeners, OnRows, Progress
from hht.i18n import _
from hht.readings import ProfileRow
from hht.store.profile_store import ProfileStore, Stretch

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2099, 12, 31, tzinfo=UTC)
BATCH: Final = 500  # rows that are sealed and synced at once: ten days
KEEP_S: Final = 10.0  # rows that came so long ago are sealed and synced though they are fewer: a slow line
_HALF_HOUR: Final = timedelta(minutes=30)  # between two rows, until they say otherwise
_INSTANT: Final = timedelta(seconds=1)


class ReadsProfile(Protocol):
    """What is needed of a meter."""

    async def stream_profile(
        self, start: datetime | None = None, end: datetime | None = None, listeners: Listeners = NOBODY
    ) -> int:
        """As `hht.client.api.Meter.stream_profile`: `start` inclusive, `end` exclusive; how many rows came."""
        ...


@dataclass(frozen=True, slots=True)
class KeptRead:
    """How many rows a profile had, and how many of them came from the meter this time."""

    rows: int
    from_meter: int


MeterTime = Callable[[], Awaitable[datetime]]  # what a meter's clock says


class _Changed(Exception):
    """The meter says something else than what was kept, or its rows go back in time behind kept ones."""


async def read_kept_profile(
    meter: ReadsProfile,
    kept: ProfileStore,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    fresh: bool = False,
    listeners: Listeners = NOBODY,
    now: datetime | None = None,
    meter_time: MeterTime | None = None,
) -> KeptRead:
    """The profile from `start` (inclusive) to `end` (exclusive), oldest first; the meter is asked for what is missing.

    Rows go to `listeners` in order as they are known, and stay nowhere else in memory; those from the meter are on disk
    every `BATCH` rows or `KEEP_S` seconds, and all that came when a read breaks off, so the next one goes on from
    there. Rows of a column without its scaler are told and not kept. `fresh`: forget what is kept. `meter_time`
    is asked where a read went on from kept rows: a clock that stands before the last row was set back, and all are read
    afresh. (Set back and forward again between two reads, it leaves rows that only `fresh` finds.)
    `now`: after that no rows are expected. Of the progress, kept rows are done from the beginning; while more than one
    stretch is missing, `total` counts what the later ones should hold. Raises whatever the meter and the store raise.
    """
    if fresh:
        kept.forget()
    reading = _Reading(meter, kept, listeners, now or LATEST, meter_time)
    try:
        return await reading.run(start or EARLIEST, end or LATEST)
    except _Changed:
        kept.forget()
        if listeners.on_afresh is not None:
            listeners.on_afresh()
    return await _Reading(meter, kept, listeners, now or LATEST, None).run(start or EARLIEST, end or LATEST)


class _Reading:
    def __init__(
        self,
        meter: ReadsProfile,
        kept: ProfileStore,
        listeners: Listeners,
        now: datetime,
        meter_time: MeterTime | None,
    ) -> None:
        self._meter, self._kept, self._listeners, self._now = meter, kept, listeners, now
        self._meter_time = meter_time
        self._rows = self._from_meter = 0
        self._last: datetime | None = None
        self._apart = _HALF_HOUR  # the latest two rows
        self._done = self._bytes = 0  # of the stretches that the meter was asked for, as it counts
        self._ahead: list[Stretch] = []  # missing, and not asked for yet
        self._known = 0  # rows that were kept before, delivered or not

    async def run(self, start: datetime, end: datetime) -> KeptRead:
        parts = list(_parts(self._kept.covered(), start, end))
        self._known = sum(self._kept.count(stretch.start, stretch.end) for stretch, known in parts if known)
        self._ahead = [stretch for stretch, known in parts if not known]
        continued = bool(self._kept.covered())
        for stretch, known in parts:
            if known:
                for rows in self._kept.chunks(stretch.start, stretch.end):
                    self._deliver(rows)
            else:
                self._ahead.pop(0)
                await self._missing(stretch, bounded=stretch.end < end, continued=continued)
        return KeptRead(self._rows, self._from_meter)

    async def _missing(self, stretch: Stretch, *, bounded: bool, continued: bool) -> None:
        seam = self._kept.last_before(stretch.start)
        edge = self._first_kept(stretch.end) if bounded else None
        known = _Known(self._rows_at(seam), self._rows_at(edge))
        filler = _Filler(self._kept, stretch, known, self._deliver, continued=continued)
        asked_from = seam.time if seam is not None else stretch.start
        told = Progress(0, None, 0)

        def progress(progress: Progress) -> None:
            nonlocal told
            told = progress if seam is None else _without_one(progress)  # the row at the seam is one that was kept
            told = told if edge is None else _up_to_the_edge(told)
            self._told(told)

        self._told(told)
        try:
            await self._meter.stream_profile(
                None if asked_from <= EARLIEST else asked_from,
                edge.time + _INSTANT if edge is not None else None if stretch.end >= LATEST else stretch.end,
                replace(
                    self._listeners,
                    on_rows=filler.take,
                    on_progress=progress,
                    on_unproved=self._unproved(seam, stretch.end),
                ),
            )
        finally:
            self._from_meter += filler.taken
            self._done, self._bytes = self._done + told.done, self._bytes + told.bytes
            filler.flush()
        filler.finish(bounded=bounded)
        if filler.goes_back and self._listeners.on_note is not None:
            self._listeners.on_note(
                _(
                    "The meter's rows do not only go forward in time: all of them are here, as the meter has them, and "
                    "none are kept for the next read."
                )
            )
        if seam is not None and not bounded and await self._was_set_back():
            raise _Changed

    def _first_kept(self, time: datetime) -> ProfileRow | None:
        """The first row of the known stretch that begins at `time`."""
        known = next((stretch for stretch in self._kept.covered() if stretch.start == time), None)
        if known is None:
            return None
        return next((rows[0] for rows in self._kept.chunks(known.start, known.end) if rows), None)

    def _rows_at(self, seam: ProfileRow | None) -> list[ProfileRow]:
        """The kept rows at the time of the last: more than one where a clock stood still or was set back a little."""
        if seam is None:
            return []
        return [row for rows in self._kept.chunks(seam.time, seam.time + _INSTANT) for row in rows]

    async def _was_set_back(self) -> bool:
        """Whether the meter's clock stands before its last row: then it has rows where nobody asked for any."""
        return self._meter_time is not None and self._last is not None and await self._meter_time() < self._last

    def _told(self, here: Progress) -> None:
        """`here` is how far the meter has come with the stretch that it was asked for."""
        if self._listeners.on_progress is None:
            return
        before = self._known + self._done
        total = None if here.total is None else before + here.total + sum(map(self._expected, self._ahead))
        self._listeners.on_progress(
            Progress(before + here.done, total, self._bytes + here.bytes, self._known, here.unproved)
        )

    def _expected(self, stretch: Stretch) -> int:
        """How many rows a stretch should hold that nobody has asked the meter for yet."""
        span = min(stretch.end, self._now) - stretch.start
        unknown = self._apart <= timedelta() or min(stretch.end, self._now) >= LATEST
        return 0 if unknown else max(0, span // self._apart)

    def _unproved(self, seam: ProfileRow | None, end: datetime) -> OnRows | None:
        hear = self._listeners.on_unproved
        if hear is None:
            return None
        after = EARLIEST if seam is None else seam.time
        return lambda rows: hear([row for row in rows if row.time < end and (seam is None or row.time > after)])

    def _deliver(self, rows: Sequence[ProfileRow]) -> None:
        if not rows:
            return
        self._rows += len(rows)
        before = rows[-2].time if len(rows) > 1 else self._last
        self._last = rows[-1].time
        if before is not None:
            self._apart = self._last - before
        if self._listeners.on_rows is not None:
            self._listeners.on_rows(rows)


@dataclass(frozen=True, slots=True)
class _Known:
    """Kept rows that the meter is asked for again: those that a stretch goes on from, and those it goes up to, each all
    of one time."""

    seam: list[ProfileRow]
    edge: list[ProfileRow]


class _Filler:
    """Puts the rows of one missing stretch into the store, batch by batch."""

    def __init__(
        self,
        kept: ProfileStore,
        stretch: Stretch,
        known: _Known,
        deliver: Callable[[Sequence[ProfileRow]], None],
        *,
        continued: bool,
    ) -> None:
        """`continued`: something is kept."""
        self._kept, self._stretch, self._deliver = kept, stretch, deliver
        self._seam, self._edge = known.seam, known.edge
        self._continued = continued
        self._covered_to = self._latest = stretch.start
        self._waiting: list[ProfileRow] = []
        self._at_seam: list[ProfileRow] = []  # what the meter has at that time
        self._at_edge: list[ProfileRow] = []
        self._beyond = not self._seam  # what comes is new
        self._changed = False
        self._fit = True  # to be kept
        self._kept_at = asyncio.get_running_loop().time()
        self.taken = self.new = 0
        self.goes_back = False

    def take(self, rows: Sequence[ProfileRow]) -> None:
        """Rows from the meter, in its order."""
        self.taken += len(rows)
        if not self._beyond:
            rows = self._beyond_the_seam(rows)
        if self._edge:
            rows = self._before_the_edge(rows)
        if self._changed:
            return  # the meter is heard to the end, so that the conversation goes on; nothing of it is used
        self._deliver(rows)
        self.new += len(rows)
        for row in rows:
            if row.time < self._latest:
                self._step_back()
            self._fit = self._fit and not row.columns.unscaled
            self._latest = row.time
        if self._fit:
            self._waiting += rows
        if len(self._waiting) >= BATCH or asyncio.get_running_loop().time() - self._kept_at >= KEEP_S:
            self.flush()

    def _step_back(self) -> None:
        """What came before may have company that is still to come, or was never asked for: it is no known stretch."""
        self._changed = self._changed or self._continued
        self._fit, self.goes_back = False, True
        self._waiting = []
        self._kept.forget()

    def _beyond_the_seam(self, rows: Sequence[ProfileRow]) -> Sequence[ProfileRow]:
        """What is new of `rows`: those after the kept ones that are there again, exactly as they were."""
        time = self._seam[-1].time
        new = next((place for place, row in enumerate(rows) if row.time > time), len(rows))
        self._at_seam += [row for row in rows[:new] if row.time == time]
        if new < len(rows):
            self._beyond = True
            self._changed = self._at_seam != self._seam
        return rows[new:]

    def _before_the_edge(self, rows: Sequence[ProfileRow]) -> Sequence[ProfileRow]:
        new = []
        for row in rows:
            if row.time < self._stretch.end:
                self._changed = self._changed or bool(self._at_edge)  # it goes back in time behind kept rows
                new.append(row)
            else:
                self._at_edge.append(row)
        return new

    def flush(self) -> None:
        """Keep what waits: it covers the time up to its last row. One row alone does not tell the order."""
        if self._waiting and (self.new > 1 or self._seam):
            self._keep(self._waiting[-1].time + _INSTANT)

    def finish(self, *, bounded: bool) -> None:
        """The meter has said all. `bounded`: kept rows follow, so nothing is missing up to them."""
        if self._changed or self._at_seam != self._seam or self._at_edge != self._edge:
            raise _Changed
        if self._waiting:
            self._keep(self._waiting[-1].time + _INSTANT)
        if bounded and self._fit and self._covered_to < self._stretch.end:
            self._keep(self._stretch.end)

    def _keep(self, to: datetime) -> None:
        self._kept.add(self._waiting, Stretch(self._covered_to, to))
        self._covered_to, self._waiting = to, []
        self._kept_at = asyncio.get_running_loop().time()


def _without_one(progress: Progress) -> Progress:
    total = None if progress.total is None else max(0, progress.total - 1)
    unproved = max(0, progress.unproved - (progress.done == progress.unproved))  # it is the first to come
    return replace(progress, done=max(0, progress.done - 1), total=total, unproved=unproved)


def _up_to_the_edge(progress: Progress) -> Progress:
    """The last row is one that was kept."""
    total = None if progress.total is None else max(0, progress.total - 1)
    done = progress.done if total is None else min(progress.done, total)
    return replace(progress, done=done, total=total, unproved=min(progress.unproved, done))


def _parts(covered: Sequence[Stretch], start: datetime, end: datetime) -> Iterator[tuple[Stretch, bool]]:
    """[start, end) cut into known and missing stretches, in order."""
    at = start
    for stretch in covered:
        if stretch.end <= at or stretch.start >= end:
            continue
        if stretch.start > at:
            yield Stretch(at, stretch.start), False
        to = min(stretch.end, end)
        yield Stretch(max(at, stretch.start), to), True
        at = to
    if at < end:
        yield Stretch(at, end), False
