"""The load profile of a plain-text meter (P.01) while it comes: in partial blocks (R6), or whole (R5) without them.

Rows are handed out with the block whose check character vouches for them. A block that stays damaged breaks nothing
off: the rest is asked for from the last row on, by the day where the line lets nothing longer through. A meter that
answers another row than that last one is not believed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from hht.client.api import Listeners, MeterError, MeterRefused, Progress
from hht.client.profile_columns import no_such_column
from hht.client.programming_mode import ProgrammingMode
from hht.client.remarks import OnRemark, Remark
from hht.i18n import _
from hht.link import LinkTimeout
from hht.protocol.frames import FrameError
from hht.protocol.iec62056_21.data_sets import DataLine, Value, parse_line
from hht.protocol.iec62056_21.times import ProfileRow as TextRow
from hht.protocol.iec62056_21.times import ProfileRows
from hht.readings import Columns, ProfileRow
from hht.readings import profile_rows as rows_of

ADDRESS: Final = "P.01"
TRIES: Final = 3  # of questions that bring no row
_DAY: Final = timedelta(days=1)  # what is asked for at once where nothing longer comes through
_LONGEST: Final = timedelta(days=427)  # 14 months: no meter that is read in this way is known to keep more
_THOUSANDS: Final = ("Wh", "varh", "VAh")  # shown in kilo, as in COSEM
_DAMAGE: Final = frozenset(("iec-bcc", "iec-truncated", "iec-characters", "iec-command", "iec-endless", "iec-data"))


async def stream_plain_profile(
    mode: ProgrammingMode,
    start: datetime | None,
    end: datetime | None,
    listeners: Listeners,
    *,
    now: datetime | None,
    only: Sequence[str] = (),
    on_remark: OnRemark,
    on_stopping: Callable[[float], None] | None = None,
) -> int:
    """Hand out the rows from `start` (inclusive) to `end` (exclusive), oldest first; how many there were. Their times
    are without a zone where the meter does not say UTC. `now`: no rows are expected after it; None: nobody knows.

    Being cancelled, it hears the block out that is on its way (`on_stopping`: for how many seconds at most) and hands
    its rows out. Raises LinkError, MeterError, FrameError.
    """
    reading = _Reading(start, end, listeners, now, only)
    questions = _Questions(mode, reading, on_remark)
    try:
        await questions.all_rows()
    except asyncio.CancelledError:
        await mode.finish_turn(reading.take, on_stopping)
        raise
    return reading.finish()


class _Questions:
    """What is asked, and asked again."""

    def __init__(self, mode: ProgrammingMode, reading: _Reading, on_remark: OnRemark) -> None:
        self._mode, self._reading, self._remark = mode, reading, on_remark
        self._name = "R6"
        self._span: timedelta | None = None  # what is asked for at once; None: all that is missing

    async def all_rows(self) -> None:
        """Ask until everything is there. Raises what `TRIES` questions in a row ended in without a new row."""
        failed = 0
        while not self._reading.complete:
            before = self._reading.rows
            try:
                await self._ask()
                failed = 0
                if self._span is not None:  # where nothing was recorded, longer questions have short answers too
                    self._span = _DAY if self._reading.rows > before else 2 * self._span
            except (FrameError, LinkTimeout) as error:
                failed = 1 if self._reading.rows > before else failed + 1
                if failed == TRIES or not _is_damage(error):
                    raise
                self._shorter()

    async def _ask(self) -> None:
        argument = self._reading.question(self._span)
        take, on_text = self._reading.take, self._reading.on_text
        try:
            await self._mode.stream(ADDRESS, argument, name=self._name, take=take, on_text=on_text)
        except MeterRefused:
            if self._name == "R5":
                raise
            self._name = "R5"
            await self._mode.stream(ADDRESS, argument, name=self._name, take=take, on_text=on_text)
        self._reading.answered()

    def _shorter(self) -> None:
        if self._reading.can_be_cut:
            if self._span is None:
                text = _("This line damages long blocks: the rest of the profile is asked for by the day.")
                self._remark(Remark("plain-text-days", text))
            self._span = _DAY


def _is_damage(error: FrameError | LinkTimeout) -> bool:
    return isinstance(error, LinkTimeout) or error.code in _DAMAGE


class _Reading:
    """What has come, and what is missing."""

    def __init__(
        self,
        start: datetime | None,
        end: datetime | None,
        listeners: Listeners,
        now: datetime | None,
        only: Sequence[str],
    ) -> None:
        self._start, self._end, self._listeners, self._now = start, end, listeners, now
        self._only = tuple(only)
        self._parser = ProfileRows()
        self._layout: _Layout | None = None
        self._seam: ProfileRow | None = None  # the row that the present answer must begin with
        self._to: datetime | None = None  # the present question's end, exclusive; None: the whole rest
        self._at: datetime | None = None  # where the next question begins, if that is not the last row
        self._before = 0  # rows before the present question
        self._characters = 0  # of text that has been vouched for
        self._done = 0  # rows that were told of, vouched for or not
        self._begins: tuple[datetime, int] | None = None  # the first row's time (UTC), seconds between rows
        self._last: ProfileRow | None = None
        self.rows = 0  # that were handed out; nothing here keeps them
        self.complete = False

    @property
    def can_be_cut(self) -> bool:
        """The rest can be asked for in pieces: it is known where it ends, and the meter has not left UTC out."""
        return (self._tells_utc or self._last is None) and self._limit is not None

    @property
    def _tells_utc(self) -> bool:
        return self._last is not None and self._last.time.tzinfo is not None

    @property
    def _limit(self) -> datetime | None:
        return self._end or self._now

    # ------------------------------------------------------------------ asking

    def question(self, span: timedelta | None) -> str:
        """The range to ask for: the whole rest, or `span` of it, from the last row on."""
        if self.rows > self._before:
            self._at = None
        self._before = self.rows
        self._parser, self._seam = ProfileRows(), None
        first = self._at
        if first is None and self._last is not None:
            self._seam = self._last
            first = self._seam.time
        first = first or self._start
        if span is not None and self._limit is not None:
            first = first or self._limit - _LONGEST
            self._to = first + span
        else:
            self._to = None
        return f"{_written(first)};{_written(self._to or self._end)}"

    def answered(self) -> None:
        """The answer to the present question is over. Raises MeterError where it lacks the row to begin with."""
        if self._seam is not None:
            raise _another_profile()
        if self._to is None or self._limit is None or self._to > self._limit:
            self.complete = True
        elif self.rows == self._before:
            self._at = self._to  # nothing was recorded here: go on behind it

    # ------------------------------------------------------------------ hearing

    def take(self, lines: Iterable[DataLine], characters: int) -> None:
        """Lines that the meter's block check vouches for, from so many characters."""
        self._characters += characters
        fresh = [row for text in self._parser.feed(lines) if (row := self._wanted(text)) is not None]
        if fresh:
            self.rows += len(fresh)
            if self._last is None:
                self._begins = (fresh[0].time, self._parser.period_s) if fresh[0].time.tzinfo is not None else None
            self._last = fresh[-1]
            if self._listeners.on_rows is not None:
                self._listeners.on_rows(fresh)
        self._told(0, 0)

    def on_text(self, characters: int, lines: int, first_line: bytes) -> None:
        """So much of a block has arrived that nothing vouches for yet. Told where it makes a row more."""
        if self._begins is None and first_line:
            self._begins = _beginning(first_line)
        if self.rows + lines > self._done:
            self._told(characters, lines)

    def finish(self) -> int:
        """All has come: how many rows there are."""
        if self._listeners.on_progress is not None:
            self._listeners.on_progress(Progress(self.rows, self.rows, self._characters))
        return self.rows

    def _wanted(self, text: TextRow) -> ProfileRow | None:
        if self._layout is None or self._layout.cells != {name: cell.unit for name, cell in text.values.items()}:
            self._layout = _Layout(text.values, self._only)
        row = self._layout.row(text)
        if self._seam is not None:
            if row != self._seam:
                raise _another_profile()
            self._seam = None
            return None
        aware = text.time.tzinfo is not None
        outside = aware and ((self._start and text.time < self._start) or (self._end and text.time >= self._end))
        # Both ends of a question are inclusive: what stands at this one's comes with the next.
        beyond = aware and self._to is not None and text.time >= self._to
        return None if outside or beyond else row

    def _told(self, characters: int, lines: int) -> None:
        if self._listeners.on_progress is None:
            return
        total = self._total()
        seen = self.rows + lines  # the line of a header among them
        self._done = max(self._done, seen if total is None else min(seen, total))
        octets, ahead = self._characters + characters, self._done - self.rows
        self._listeners.on_progress(Progress(self._done, total, octets, unproved=ahead))

    def _total(self) -> int | None:
        """How many rows there should be, by the first of them, the period and the end; None while that is unknown."""
        ends = [end for end in (self._end, self._now) if end is not None]
        if self._begins is None or not ends:
            return None
        first, period_s = self._begins
        return max(self.rows, int((min(ends) - first).total_seconds()) // period_s + 1)


class _Layout:
    """The columns of the rows under one header: which are wanted, and how many decimals they have."""

    def __init__(self, cells: Mapping[str, Value], only: Sequence[str]) -> None:
        """Raises MeterError (code no-such-column) where a wanted column is none of them."""
        self.cells = {name: cell.unit for name, cell in cells.items()}
        if missing := [name for name in only if name not in cells]:
            raise no_such_column(missing, list(cells))
        self._names = [name for name in cells if not only or name in only]
        self._decimals = [len(cells[name].text.partition(".")[2]) for name in self._names]
        shifts = [3 if cells[name].unit in _THOUSANDS else 0 for name in self._names]
        exponents = (-decimals - shift for decimals, shift in zip(self._decimals, shifts, strict=True))
        self._columns = Columns(tuple(self._names), tuple(exponents))

    def row(self, text: TextRow) -> ProfileRow:
        """The row, its numbers whole ones of the last decimal; what is no number stays a text."""
        cells = zip(self._names, self._decimals, strict=True)
        numbers = tuple(_number(text.values[name], decimals) for name, decimals in cells)
        (row,) = rows_of((text.time,), (text.status,), (numbers,), self._columns)
        return row


def _beginning(header: bytes) -> tuple[datetime, int] | None:
    """The first row's time and the period (s) as a header says them that nobody vouches for; None where it says none,
    or not in UTC."""
    rows = ProfileRows()
    try:
        rows.feed([parse_line(header)])
    except FrameError:
        return None
    time = rows.next_time
    return None if time is None or time.tzinfo is None else (time, rows.period_s)


def _number(value: Value, decimals: int) -> int | Decimal | str | None:
    whole, _point, rest = value.text.partition(".")
    if len(rest) == decimals and whole.isascii() and whole.isdigit() and (not rest or rest.isdigit()):
        return int(whole + rest)
    number = value.number
    return (value.text or None) if number is None else number.scaleb(decimals)


def _written(time: datetime | None) -> str:
    """An end of a range, to the minute: of an aware time in UTC with its season digit, else as it stands."""
    if time is None:
        return ""
    return f"2{time.astimezone(UTC):%y%m%d%H%M}" if time.tzinfo is not None else f"{time:%y%m%d%H%M}"


def _another_profile() -> MeterError:
    return MeterError(
        _("The meter does not go on where its profile was broken off: it says something else than before."),
        remedy=_("Read it again; if it stays, keep the trace and report the meter's model."),
        code="iec-profile-changed",
    )
