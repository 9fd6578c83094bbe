"""Shorter ways to write a profile's rows, each a lawful value of Profile generic's buffer (Blue Book 4.3.6).

plain    array of rows with every cell: the default, and what every client understands
null     null-data for a time that is one capture period after the row before, and for a register that stood still
delta    as null, and what a register rose (or fell) by under the shortest delta type
compact  compact-array: one type per column, the shortest that holds every difference (or value, where the client did
         not agree to differences); before the first row a register counts as zero; an empty octet-string is a time
         that is one capture period after the row before
"""

from __future__ import annotations

from collections.abc import Sequence

from hht.model.electricity_meter.optical_head import ProfileForm
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.cosem.values import DataType

ROW_OCTETS = 26
CELLS = (slice(2, 16), slice(16, 21), slice(21, 26))  # each column's octets within a plain row, its tag included
_NULL = b"\x00"
_TIME_CONTENTS = slice(1, 14)  # of a time's cell: length and octets
_VALUE = DataType.DOUBLE_LONG_UNSIGNED
# tag, least, most, octets; shortest first
_SHORT = (
    (DataType.DELTA_UNSIGNED, 0, 0xFF, 1),
    (DataType.DELTA_INTEGER, -0x80, 0x7F, 1),
    (DataType.DELTA_LONG_UNSIGNED, 0, 0xFFFF, 2),
    (DataType.DELTA_LONG, -0x8000, 0x7FFF, 2),
)
_LONG = (
    (DataType.DELTA_DOUBLE_LONG_UNSIGNED, 0, 0xFFFF_FFFF, 4),
    (DataType.DELTA_DOUBLE_LONG, -0x8000_0000, 0x7FFF_FFFF, 4),
)


def for_client(form: ProfileForm, *, deltas: bool) -> ProfileForm:
    """What of `form` goes to a client that did (or did not) agree to differences."""
    return ProfileForm.NULL if form is ProfileForm.DELTA and not deltas else form


class Rows:
    """Plain rows, and what of them need not be said: `regular` marks the rows whose time follows from the row before,
    `values` has one sequence per register. All of one length."""

    def __init__(self, plain: memoryview, regular: Sequence[bool], values: Sequence[Sequence[int]]) -> None:
        self.plain = plain
        self.regular = regular
        self.values = values

    def cells(self, column: int, form: ProfileForm) -> list[bytes]:
        """One column under `form` (null or delta), a cell per row."""
        cell = CELLS[column]
        whole = [bytes(self.plain[at + cell.start : at + cell.stop]) for at in range(0, len(self.plain), ROW_OCTETS)]
        if column == 0:
            return [_NULL if regular else octets for regular, octets in zip(self.regular, whole, strict=True)]
        short = _SHORT if form is ProfileForm.DELTA else ()
        values = self.values[column - 1]
        return whole[:1] + [
            _cell(after - before, octets, short)
            for before, after, octets in zip(values, values[1:], whole[1:], strict=False)
        ]

    def contents(self, column: int, *, deltas: bool) -> tuple[int, list[bytes]]:
        """One column of a compact-array: its type, and its contents row by row."""
        if column == 0:
            times = self.cells(0, ProfileForm.NULL)
            return DataType.OCTET_STRING, [_NULL if time == _NULL else time[_TIME_CONTENTS] for time in times]
        values = self.values[column - 1]
        steps = [after - before for before, after in zip([0, *values], values, strict=False)]
        low, high = min(steps, default=0), max(steps, default=0)
        for tag, least, most, size in (*_SHORT, *_LONG) if deltas else ():
            if least <= low and high <= most:
                return tag, [step.to_bytes(size, "big", signed=least < 0) for step in steps]
        return _VALUE, [value.to_bytes(4, "big") for value in values]


def _cell(step: int, whole: bytes, short: Sequence[tuple[DataType, int, int, int]]) -> bytes:
    if step == 0:
        return _NULL
    for tag, least, most, size in short:
        if least <= step <= most:
            return bytes((tag,)) + step.to_bytes(size, "big", signed=least < 0)
    return whole


def encode_rows(rows: Rows, columns: Sequence[int], form: ProfileForm, *, deltas: bool) -> bytes:
    """The buffer's value under `form`, any but plain."""
    count = len(rows.regular)
    if form is ProfileForm.COMPACT:
        typed = [rows.contents(column, deltas=deltas) for column in columns]
        tags = bytes(tag for tag, _contents in typed)
        contents = b"".join(b"".join(row) for row in zip(*(cells for _tag, cells in typed), strict=True))
        head = bytes((DataType.COMPACT_ARRAY, DataType.STRUCTURE)) + encode_length(len(columns)) + tags
        return head + encode_length(len(contents)) + contents
    row_head = bytes((DataType.STRUCTURE, len(columns)))
    table = zip(*(rows.cells(column, form) for column in columns), strict=True)
    parts = [bytes((DataType.ARRAY,)) + encode_length(count)]
    for row in table:
        parts.append(row_head)
        parts.extend(row)
    return b"".join(parts)
