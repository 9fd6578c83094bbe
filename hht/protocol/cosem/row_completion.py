"""What a compressed row leaves out, taken from the row before it (Blue Book 4.3.6, Profile generic, buffer).

null-data says "as in the row before"; for the clock's column, one capture period later, with the same status. A delta
type says how much more than in the row before; before the first row every value counts as zero. In a compact-array,
whose elements are all of one type, an octet-string without octets stands in the clock's column for null-data.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from hht.i18n import _
from hht.protocol.cosem.errors import MalformedValue
from hht.protocol.cosem.values import NULL, Data, DataType, Plain

Row: TypeAlias = tuple[Plain, ...]

DELTAS = frozenset(
    {
        DataType.DELTA_INTEGER, DataType.DELTA_LONG, DataType.DELTA_DOUBLE_LONG, DataType.DELTA_UNSIGNED,
        DataType.DELTA_LONG_UNSIGNED, DataType.DELTA_DOUBLE_LONG_UNSIGNED,
    }
)  # fmt: skip
_LEAST, _MOST = -(2**63), 2**64 - 1
_DATE_TIME_OCTETS = 12
_ANY_WEEKDAY = 0xFF


class Completion:
    """Makes rows whole, one after the other. `period_s` is the capture period (None or 0: not known, or by events);
    `clock_column` is the number of the column that holds the time, None: there is none."""

    def __init__(self, period_s: int | None = None, clock_column: int | None = 0) -> None:
        self._period_s = period_s
        self._clock_column = clock_column
        self._last: Row | None = None

    def seen(self, row: Row) -> None:
        """The row before the next one, which was whole as it came."""
        self._last = row

    def complete(self, cells: Sequence[Data]) -> Row:
        """The row. Raises MalformedValue where the row before cannot tell what is left out."""
        row = tuple(self._cell(index, cell) for index, cell in enumerate(cells))
        self._last = row
        return row

    def _cell(self, index: int, cell: Data) -> Plain:
        if cell.tag is DataType.NULL or (index == self._clock_column and cell.value == b""):
            return self._left_out(index)
        if cell.tag in DELTAS:
            return self._added(index, cell.as_int())
        return cell.plain()

    def _left_out(self, index: int) -> Plain:
        if self._last is None:
            return None
        before = self._last[index]
        if index != self._clock_column or not isinstance(before, bytes) or len(before) != _DATE_TIME_OCTETS:
            return before
        if not self._period_s:
            raise MalformedValue(
                _("The meter left out the time of a row, and does not say how far apart the rows are."),
                code="cosem-row-time",
            )
        return _later(before, self._period_s)

    def _added(self, index: int, delta: int) -> int:
        before = 0 if self._last is None else self._last[index]
        if not isinstance(before, int) or isinstance(before, bool) or not _LEAST <= before + delta <= _MOST:
            raise MalformedValue(_("A difference to the row before, where that row has no number."), code="cosem-delta")
        return before + delta


def complete_rows(rows: Sequence[Sequence[Data]], completion: Completion) -> tuple[tuple[Data, ...], ...]:
    """As `Completion.complete`, with the types: what is left out or added to has the type of the row before."""
    found: list[tuple[Data, ...]] = []
    for cells in rows:
        values = completion.complete(cells)
        before = found[-1] if found else tuple(NULL for _cell in cells)
        found.append(tuple(map(_typed, cells, values, before)))
    return tuple(found)


def _typed(cell: Data, value: Plain, before: Data) -> Data:
    if cell.tag not in DELTAS and cell.tag is not DataType.NULL and (cell.value != b"" or value == b""):
        return cell
    if isinstance(value, tuple) or before.value == value:
        return before
    if before.tag is DataType.NULL:
        return Data(DataType.LONG64, value) if cell.tag in DELTAS else cell
    return Data(before.tag, value)


def _later(octets: bytes, seconds: int) -> bytes:
    """A date-time `seconds` later; hundredths, deviation and status stay."""
    year, (month, day, weekday, hour, minute, second) = int.from_bytes(octets[:2], "big"), octets[2:8]
    try:
        moment = datetime(year, month, day, hour, minute, second) + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        raise MalformedValue(
            _("The meter left out a row's time after one that is not fully given ({hex}).").format(hex=octets.hex()),
            code="cosem-row-time",
        ) from None
    date = moment.year.to_bytes(2, "big") + bytes((moment.month, moment.day))
    named = weekday if weekday == _ANY_WEEKDAY else moment.isoweekday()
    return date + bytes((named, moment.hour, moment.minute, moment.second)) + octets[8:]
