"""Long reads: the half-hourly profile row by row as it arrives, and the logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from hht.alerts import alert_meaning
from hht.client import catalogue
from hht.client.api import Listeners, LogEntry, MeterError, Progress
from hht.client.cosem_session import BrokenOff
from hht.client.meter_objects import MeterObjects
from hht.client.row_bounds import RowBounds, expected_rows
from hht.client.values import items_of, makes_no_sense, number_of, scaled, text_of, time_of, times_of
from hht.i18n import _
from hht.protocol.cosem.errors import CosemRefusal
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import CaptureObject, ProfileDecoder, RangeSelection
from hht.protocol.cosem.rows import Completion
from hht.protocol.frames import ProtocolError
from hht.readings import Columns, ProfileRow, profile_rows

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2099, 12, 31, tzinfo=UTC)
_MOST_PERIOD_S = 366 * 86_400


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a profile: what it holds, and how its numbers are scaled."""

    class_id: int
    obis: Obis
    attribute: int
    scaler: int = 0
    unit: str = ""


async def read_profile(
    meter: MeterObjects,
    start: datetime | None,
    end: datetime | None,
    listeners: Listeners,
    *,
    only: Sequence[str] = (),
) -> list[ProfileRow]:
    """The profile between `start` (inclusive) and `end` (exclusive); rows go to `listeners` as they arrive. `only`:
    OBIS codes of the columns that are wanted beside the time; none: all.

    A meter that did not agree to selective access is asked for all of it, and the rest is dropped here. Raises
    MeterError where the meter has no such profile or column, or it cannot be understood.
    """
    name = await _profile_name(meter)
    async with meter.at_once([(catalogue.CLASS_PROFILE, name, 3), (catalogue.CLASS_PROFILE, name, 4)]):
        sent = await _columns(meter, name)
        period_s = await _period_s(meter, name)
    kept = _kept(sent, only)
    selection = None
    if meter.may_select and (start or end or only):
        if only:
            sent, kept = [sent[index] for index in kept], range(len(kept))
        chosen = [CaptureObject(c.class_id, c.obis, c.attribute) for c in sent] if only else ()
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


async def _profile_name(meter: MeterObjects) -> Obis:
    for candidate in catalogue.PROFILES:
        if await meter.has(candidate):
            return Obis.parse(candidate)
    raise MeterError(
        _("The meter shows no half-hourly profile to this client."),
        remedy=_("List what it shows: hht read LINK objects. Perhaps another client may read it."),
        code="no-profile",
    )


async def _columns(meter: MeterObjects, name: Obis) -> list[Column]:
    columns = []
    for item in (await meter.get(catalogue.CLASS_PROFILE, name, 3)).as_items():
        class_id, obis, attribute, _index = items_of(item, 4, _("profile's columns"))
        columns.append(
            Column(number_of(class_id, _("class")), Obis.from_bytes(obis.as_bytes()), number_of(attribute, "-"))
        )
    if not columns or columns[0].class_id != catalogue.CLASS_CLOCK:
        raise makes_no_sense(_("profile's columns"))
    async with meter.at_once(meter.unknown_scales(column.obis for column in columns if _is_register(column))):
        return [await _with_scale(meter, column) for column in columns]


def _is_register(column: Column) -> bool:
    return column.class_id == catalogue.CLASS_REGISTER and column.attribute == 2


async def _with_scale(meter: MeterObjects, column: Column) -> Column:
    if not _is_register(column):
        return column
    scaler, unit = await meter.scale(column.obis)
    return replace(column, scaler=scaler, unit=unit)


def _kept(columns: Sequence[Column], only: Sequence[str]) -> Sequence[int]:
    """Numbers of the columns that are wanted, the time's first. Raises MeterError."""
    if not only:
        return range(len(columns))
    names = [str(column.obis) for column in columns[1:]]
    missing = [wanted for wanted in only if wanted not in names]
    if missing:
        raise MeterError(
            _("The profile has no column {columns}.").format(columns=", ".join(missing)),
            remedy=_("It has: {columns}.").format(columns=", ".join(names)),
            code="no-such-column",
        )
    return [0, *(number for number, name in enumerate(names, 1) if name in only)]


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
        `bounds`: what may come at all (None: as much as any profile may)."""
        self._bounds = bounds or RowBounds(columns[0].obis)
        self._kept = range(len(columns)) if kept is None else kept
        self._width, self._period_s = len(columns), period_s
        self._decoder = self._new_decoder()
        wanted = [columns[index] for index in self._kept[1:]]
        self._columns = Columns(tuple(str(c.obis) for c in wanted), tuple(map(_power, wanted)))
        self._start, self._end = start, end
        self._listeners = listeners
        self._rows: list[ProfileRow] = []
        self._seen = self._bytes = self._done = self._beyond = 0
        self._before = 0  # rows that were seen before the read broke off, and do not come again
        self._seam: datetime | None = None  # the last of them
        self._forget_ahead()

    def _new_decoder(self) -> ProfileDecoder:
        return ProfileDecoder(self._width, completion=Completion(self._period_s))

    def go_on(self, broken: BrokenOff, *, selected: bool) -> datetime | None:
        """The read broke off and begins again after the rows that have come: at the returned time, which is that of the
        last of them (None: there is none). `selected`: only what is missing is asked for.

        Raises `broken` where the rows are not in order of time: what is missing cannot be told then.
        """
        if any(later.time <= earlier.time for earlier, later in pairwise(self._rows)):
            raise broken
        self._forget_ahead()
        self._bounds.begin_again()
        self._decoder = self._new_decoder()
        self._seam = self._rows[-1].time if self._rows else None
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
        self._rows += rows
        if rows and self._listeners.on_rows:
            self._listeners.on_rows(rows)
        self._told(self._bytes)

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

    def finish(self) -> list[ProfileRow]:
        """All rows; raises ProtocolError when the value was cut."""
        self._decoder.finish()
        if self._listeners.on_progress and self._before + self._seen - self._beyond > len(self._rows):
            self._listeners.on_progress(Progress(len(self._rows), len(self._rows), self._bytes))
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
        """Rows column by column: the first is the time, the others are numbers or nothing."""
        cells = list(zip(*raw_rows, strict=True))
        clock, *others = (cells[index] for index in self._kept)
        times, statuses = times_of(clock, _("profile"))
        numbers = [column if set(map(type, column)) == {int} else tuple(map(_number, column)) for column in others]
        rows_of_numbers = zip(*numbers, strict=True) if numbers else [()] * len(times)
        return profile_rows(times, statuses, rows_of_numbers, self._columns)


def _number(cell: object) -> int | None:
    return cell if isinstance(cell, int) and not isinstance(cell, bool) else None


def _power(column: Column) -> int:
    shift = -3 if scaled(0, 0, column.unit)[1] != column.unit else 0
    return column.scaler + shift


_LOGS = {"event": catalogue.EVENT_LOG, "security": catalogue.SECURITY_LOG}


async def read_log(meter: MeterObjects, log: str) -> list[LogEntry]:
    """The "event" or "security" log, oldest first; [] where the meter does not show it."""
    obis = _LOGS[log]
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
