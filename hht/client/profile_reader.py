"""Long reads: the half-hourly profile row by row as it arrives, and the logs."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from hht.alerts import alert_meaning
from hht.client import catalogue
from hht.client.api import NOBODY, Listeners, LogEntry, MeterError, Progress
from hht.client.cosem_session import BrokenOff
from hht.client.meter_objects import MeterObjects
from hht.client.profile_columns import (
    Column,
    OnNote,
    cell_value,
    chosen_columns,
    clock_place,
    heading,
    kept_columns,
    read_columns,
)
from hht.client.row_bounds import RowBounds, expected_rows
from hht.client.values import makes_no_sense, number_of, text_of, time_of, times_of
from hht.i18n import _
from hht.protocol.cosem.errors import CosemRefusal, DataAccessError
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import ProfileDecoder, RangeSelection
from hht.protocol.cosem.rows import Completion
from hht.protocol.frames import ProtocolError
from hht.readings import ProfileRow, profile_rows

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2099, 12, 31, tzinfo=UTC)
_MOST_PERIOD_S = 366 * 86_400


async def stream_profile(
    meter: MeterObjects,
    start: datetime | None,
    end: datetime | None,
    listeners: Listeners,
    *,
    only: Sequence[str] = (),
    names: Sequence[str] = catalogue.PROFILES,
) -> int:
    """The profile between `start` (inclusive) and `end` (exclusive): rows go to `listeners` as they arrive, and nothing
    here keeps them; how many there were. `only`: OBIS codes of the columns that are wanted beside the time; none: all.
    `names`: the first of these that the meter knows is the profile.

    A meter that did not agree to selective access is asked for all of it, and the rest is dropped here. Raises
    MeterError where the meter has no such profile or column, or it cannot be understood.
    """
    name, sent, period_s = await _profile(meter, listeners.on_note, names)
    kept = kept_columns(sent, only)
    selection = None
    if meter.may_select and (start or end or only):
        if only:
            sent, kept = [sent[index] for index in sorted(kept)], kept_columns([sent[i] for i in sorted(kept)], ())
        chosen = chosen_columns(sent) if only else ()
        selection = RangeSelection.between(start or EARLIEST, end or LATEST, chosen)
    bounds = await _bounds(meter, name, start, end, period_s)
    reading = ProfileReading(sent, start, end, listeners, period_s, kept, bounds)
    while True:
        try:
            await meter.stream(catalogue.CLASS_PROFILE, name, 2, reading.take, selection, reading)
            return reading.finish()
        except BrokenOff as broken:
            last = reading.go_on(broken, selected=meter.may_select)
            if meter.may_select and last is not None:
                columns = selection.columns if selection is not None else ()
                selection = RangeSelection.between(last, end or LATEST, columns)


async def read_profile(
    meter: MeterObjects,
    start: datetime | None,
    end: datetime | None,
    listeners: Listeners = NOBODY,
    *,
    only: Sequence[str] = (),
) -> list[ProfileRow]:
    """As `stream_profile`, and every row: for who wants them all at once, and has the room."""
    rows: list[ProfileRow] = []

    def collect(some: Sequence[ProfileRow]) -> None:
        rows.extend(some)
        if listeners.on_rows is not None:
            listeners.on_rows(some)

    await stream_profile(meter, start, end, replace(listeners, on_rows=collect), only=only)
    return rows


async def _profile(
    meter: MeterObjects, on_note: OnNote | None, names: Sequence[str]
) -> tuple[Obis, list[Column], int | None]:
    """The profile's name, columns and capture period. The list of all objects is several seconds of a slow line: it is
    asked for only where the meter knows none of the names that such profiles have."""
    for candidate in names:
        if meter.view_is_known and not await meter.has(candidate):
            continue
        name = Obis.parse(candidate)
        try:
            async with meter.at_once([(catalogue.CLASS_PROFILE, name, 3), (catalogue.CLASS_PROFILE, name, 4)]):
                return name, await read_columns(meter, name, on_note), await _period_s(meter, name)
        except DataAccessError:
            if await meter.has(candidate):  # it is there, and this client may not read it
                raise
    raise MeterError(
        _("The meter shows no half-hourly profile to this client."),
        remedy=_("List what it shows: hht read LINK objects. Perhaps another client may read it."),
        code="no-profile",
    )


async def _period_s(meter: MeterObjects, name: Obis) -> int | None:
    """The capture period, by which a row's time follows where it is left out; None where the meter does not tell."""
    try:
        return number_of(await meter.get(catalogue.CLASS_PROFILE, name, 4), _("capture period"), 0, _MOST_PERIOD_S)
    except CosemRefusal:
        return None


async def _bounds(
    meter: MeterObjects, name: Obis, start: datetime | None, end: datetime | None, period_s: int | None
) -> RowBounds:
    """How much may come. The meter is asked how much it can hold where the time that is asked for does not tell."""
    expected = expected_rows(start, end, period_s) if start and end else None
    asks = expected is None or not meter.may_select
    return RowBounds(name, await _entries(meter, name) if asks else None, expected)


async def _entries(meter: MeterObjects, name: Obis) -> int | None:
    """How many rows the buffer can hold (attribute 8), or has (7); None where the meter tells neither."""
    for number in (8, 7):
        try:
            entries = number_of(await meter.get(catalogue.CLASS_PROFILE, name, number), _("profile entries"))
        except (CosemRefusal, MeterError):
            continue
        if entries > 0:
            return entries
    return None


class ProfileReading:
    """Rows out of the pieces of one profile read."""

    def __init__(
        self,
        columns: Sequence[Column],
        start: datetime | None,
        end: datetime | None,
        listeners: Listeners,
        period_s: int | None = None,
        kept: Sequence[int] | None = None,
        bounds: RowBounds | None = None,
    ) -> None:
        """`columns` as they come; `kept` are the numbers of those that are wanted (None: all), the time's first.
        `bounds`: what may come at all (None: as much as any profile may). No row is kept here."""
        self._bounds = bounds or RowBounds(columns[0].obis)
        self._kept = kept_columns(columns, ()) if kept is None else kept
        self._width, self._period_s = len(columns), period_s
        self._clock_column = clock_place(columns)
        self._decoder = self._new_decoder()
        self._columns = heading(columns[index] for index in self._kept[1:])
        self._told_of: set[str] = set(self._columns.unscaled)  # columns about which nothing more need be said
        self._start, self._end = start, end
        self._listeners = listeners
        self._rows = 0  # that were handed on
        self._last: datetime | None = None  # the latest of them
        self._in_order = True
        self._seen = self._bytes = self._done = self._beyond = 0
        self._before = 0  # rows that were seen before the read broke off, and do not come again
        self._seam: datetime | None = None  # the last of them
        self._forget_ahead()

    def _new_decoder(self) -> ProfileDecoder:
        return ProfileDecoder(self._width, completion=Completion(self._period_s, self._clock_column))

    def go_on(self, broken: BrokenOff, *, selected: bool) -> datetime | None:
        """The read broke off and begins again after the rows that have come: at the returned time, which is that of the
        last of them (None: there is none). `selected`: only what is missing is asked for.

        Raises `broken` where the rows are not in order of time: what is missing cannot be told then.
        """
        if not self._in_order:
            raise broken
        self._forget_ahead()
        self._bounds.begin_again()
        self._decoder = self._new_decoder()
        self._seam = self._last
        self._before = self._before + self._seen - 1 if selected and self._rows else 0
        self._seen = self._beyond = 0
        return self._seam

    def _forget_ahead(self) -> None:
        self._fork: ProfileDecoder | None = None  # goes ahead of the proved octets
        self._ahead_rows: list[ProfileRow] = []
        self._ahead_seen = self._ahead_beyond = self._ahead_bytes = 0
        self._lost = False  # they made no sense: the tag, when it comes, will say what to think of them

    def take(self, piece: bytes) -> None:
        """One more piece of the encoded value."""
        self._forget_ahead()
        raw_rows = self._decoder.feed(piece)
        self._bytes += len(piece)
        self._seen += len(raw_rows)
        self._bounds.check_total(self._decoder.total)
        typed = self._typed(raw_rows) if raw_rows else []
        self._beyond += self._after_end(typed)
        rows = self._in_range(typed)
        self._bounds.check([row.time for row in typed], len(rows))
        self._handed(rows)
        self._told(self._bytes)

    def _handed(self, rows: list[ProfileRow]) -> None:
        if not rows:
            return
        self._rows += len(rows)
        times = [row.time for row in rows]
        begins = self._last is None or self._last < times[0]
        self._in_order = self._in_order and begins and all(map(operator.lt, times, islice(times, 1, None)))
        self._last = times[-1]
        if self._listeners.on_rows:
            self._listeners.on_rows(rows)

    def ahead(self, octets: bytes) -> None:
        """More of a block that nothing vouches for yet; `take` brings it again."""
        self._ahead_bytes += len(octets)
        if not self._lost:
            try:
                self._look(octets)
            except (ProtocolError, MeterError):
                self._lost = True
        self._told(self._bytes + self._ahead_bytes)

    def _look(self, octets: bytes) -> None:
        self._fork = self._fork or self._decoder.fork()
        raw_rows = self._fork.feed(octets)
        typed = self._typed(raw_rows) if raw_rows else []
        self._ahead_seen += len(typed)
        self._ahead_beyond += self._after_end(typed)
        self._ahead_rows += self._in_range(typed)
        if raw_rows and self._listeners.on_unproved:
            self._listeners.on_unproved(tuple(self._ahead_rows))

    def waiting(self, octets: int) -> None:
        """So much of a block has arrived that shows no rows before it is whole: a sign of life on a slow line."""
        self._told(self._bytes + max(octets, self._ahead_bytes))

    def _told(self, octets: int) -> None:
        if self._listeners.on_progress:
            total = self._decoder.total if self._fork is None else self._fork.total
            unwanted = self._beyond + self._ahead_beyond
            seen = self._before + self._seen - self._beyond
            unproved = self._ahead_seen - self._ahead_beyond
            self._done = max(self._done, seen)
            done = max(self._done, seen + unproved)
            whole = None if total is None else self._before + total - unwanted
            self._listeners.on_progress(Progress(done, whole, octets, unproved=unproved))

    def finish(self) -> int:
        """How many rows were handed on; raises ProtocolError when the value was cut."""
        self._decoder.finish()
        if self._listeners.on_progress and self._before + self._seen - self._beyond > self._rows:
            self._listeners.on_progress(Progress(self._rows, self._rows, self._bytes))
        return self._rows

    def _after_end(self, rows: list[ProfileRow]) -> int:
        """How many rows nobody has asked for: that at the end itself, or more where the meter cannot select."""
        end = self._end
        return 0 if end is None else sum(row.time >= end for row in rows)

    def _in_range(self, rows: list[ProfileRow]) -> list[ProfileRow]:
        """COSEM's ranges include both ends; ours exclude the last."""
        start, end = self._start or EARLIEST, self._end or LATEST
        if self._seam is not None:
            return [row for row in rows if self._seam < row.time < end]
        if start is EARLIEST and end is LATEST:
            return rows
        return [row for row in rows if start <= row.time < end]

    def _typed(self, raw_rows: Sequence[Sequence[Any]]) -> list[ProfileRow]:
        """Rows column by column: the first is the time, the others are numbers, words or nothing."""
        cells = list(zip(*raw_rows, strict=True))
        clock, *others = (cells[index] for index in self._kept)
        times, statuses = times_of(clock, _("profile"))
        numbers = [
            column if set(map(type, column)) == {int} else self._odd(at, column) for at, column in enumerate(others)
        ]
        rows_of_numbers = zip(*numbers, strict=True) if numbers else [()] * len(times)
        return profile_rows(times, statuses, rows_of_numbers, self._columns)

    def _odd(self, at: int, column: Sequence[object]) -> tuple[Decimal | int | str | None, ...]:
        """Cells that are not all whole numbers; what is no number at all is told of once."""
        found = tuple(map(cell_value, column))
        name = self._columns.names[at]
        if name not in self._told_of and any(isinstance(cell, str) for cell in found):
            self._told_of.add(name)
            if self._listeners.on_note:
                self._listeners.on_note(
                    _("Column {name} has values that are no numbers: they are shown as they came.").format(name=name)
                )
        return found


async def read_log(meter: MeterObjects, log: str) -> list[LogEntry]:
    """A log (a name of `catalogue.LOGS`), oldest first; [] where the meter does not show it."""
    obis = catalogue.LOGS[log]
    if not await meter.has(obis):
        return []
    entries = []
    for item in (await meter.get(catalogue.CLASS_PROFILE, obis, 2)).as_items():
        cells = item.as_items()
        if len(cells) < 2:
            raise makes_no_sense(_("log"))
        code = number_of(cells[1], _("event code"))
        beside = "  ".join(filter(None, map(text_of, cells[2:])))
        entries.append(LogEntry(time_of(cells[0].value, _("log"))[0], code, log, alert_meaning(code), beside))
    return entries
