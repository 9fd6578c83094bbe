"""Rows out of the raw octets of a profile's buffer, as they arrive.

Regular rows (the same types and lengths as the row before) are cut by one compiled layout after a check of every tag
octet; any other row goes through the general decoder. A row that is not whole yet waits for its rest.
"""

from __future__ import annotations

import struct
from copy import copy
from typing import cast

from hht.i18n import _
from hht.protocol.cosem.axdr import decode_at
from hht.protocol.cosem.compact import DEFAULT_LIMITS, Limits
from hht.protocol.cosem.compact_rows import CompactRows
from hht.protocol.cosem.errors import LengthLies, MalformedValue, TrailingOctets, Truncated, UnexpectedType
from hht.protocol.cosem.lengths import decode_length
from hht.protocol.cosem.row_completion import DELTAS, Completion, Row
from hht.protocol.cosem.scalars import FIXED
from hht.protocol.cosem.values import Data, DataType

__all__ = ["Completion", "Limits", "ProfileDecoder", "Row"]

MAX_ROW_OCTETS = 16_384
_COMPACT = bytes((DataType.COMPACT_ARRAY,))
_FEW, _MANY = 16, 4096  # rows taken at once through the layout: few after an irregular one, then more


class _Layout:
    """Fixed octets (tags, counts, lengths) and the cells between them, for rows that look alike."""

    def __init__(self, row: bytes, data: Data) -> None:
        """Raises UnexpectedType where rows like this cannot be cut by layout."""
        cells = [">"]
        fixed: dict[int, int] = {}
        head = 2  # structure tag, count below 128
        position = head
        for cell in data.as_items():
            code, skip, size = _cell_layout(cell)
            cells.append(f"{skip}x{code}")
            fixed |= {position + at: row[position + at] for at in range(skip)}
            position += skip + size
        if position != len(row) or row[1] >= 0x80:
            raise UnexpectedType(_("These rows have no regular layout."))
        fixed |= {0: row[0], 1: row[1]}
        self.size = len(row)
        self._struct = struct.Struct(cells[0] + f"{head}x" + "".join(cells[1:]))
        self._fixed = [(at, bytes((octet,))) for at, octet in sorted(fixed.items())]

    def cut(self, octets: bytes) -> list[Row]:
        """The regular rows at the beginning of `octets` (a whole number of rows long)."""
        count = len(octets) // self.size
        for at, octet in self._fixed:
            column = octets[at :: self.size]
            count = min(count, len(column) - len(column.lstrip(octet)))
        return list(self._struct.iter_unpack(octets[: count * self.size]))


def _cell_layout(cell: Data) -> tuple[str, int, int]:
    """struct code, octets before the value that must not change, size of the value."""
    layout = None if cell.tag in DELTAS else FIXED.get(cell.tag)
    if layout is not None:
        return layout.format[1:], 1, layout.size
    if cell.tag is DataType.OCTET_STRING and 0 < len(cell.as_bytes()) < 0x80:
        size = len(cell.as_bytes())
        return f"{size}s", 2, size
    raise UnexpectedType(_("These rows have no regular layout."))


class ProfileDecoder:
    """Rows out of the raw value of a profile's buffer, piece by piece.

    `columns` is the number of columns that a row must have. A cell is plain Python: int, bytes for octet-string and
    date-time, None for null-data. `completion` puts in what a row leaves out (null-data, differences); without it
    cells are as they came. `limits` bounds a compact-array.
    """

    def __init__(self, columns: int, *, completion: Completion | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
        self._columns = columns
        self._completion = completion
        self._limits = limits
        self._pending = bytearray()
        self._total: int | None = None
        self._done = 0
        self._compact: CompactRows | None = None
        self._layout: _Layout | None = None
        self._batch = _FEW

    @property
    def total(self) -> int | None:
        """Rows that the array says it has; None until its head has arrived (of a compact-array: its end)."""
        return self._total

    @property
    def done(self) -> int:
        """Rows decoded so far."""
        return self._done

    def fork(self) -> ProfileDecoder:
        """Another one that goes on from here by itself: for octets that may have to be taken back."""
        other = copy(self)
        other._completion = copy(self._completion)
        other._compact = None if self._compact is None else self._compact.fork()
        other._pending = bytearray(self._pending) if other._compact is None else other._compact.pending
        return other

    def feed(self, octets: bytes) -> list[Row]:
        """The rows completed by `octets`. Raises ProtocolError."""
        first = self._total is None and self._compact is None and not self._pending
        if first and octets[:1] == _COMPACT:
            self._compact, octets = CompactRows(self._limits), octets[1:]
        if self._compact is not None:
            return self._expand(self._compact, octets)
        self._pending += octets
        if self._total is None and not self._read_head():
            return []
        rows: list[Row] = []
        data = bytes(self._pending)
        at = 0
        while self._total is not None and self._done < self._total:
            taken, after = self._take(data, at)
            if not taken:
                break
            rows += taken
            self._done += len(taken)
            at = after
        del self._pending[:at]
        self._check_rest()
        return rows

    def finish(self) -> None:
        """The value has ended: raises Truncated or TrailingOctets if it should not have."""
        if self._total is None or self._done < self._total:
            raise Truncated(
                _("The profile broke off after {done} of {total} rows.").format(
                    done=self._done, total=self._total or "?"
                )
            )
        self._check_rest()

    def _check_rest(self) -> None:
        left = len(self._pending)
        if self._total is not None and self._done >= self._total and left:
            raise TrailingOctets(_("{count} octets are left over after the last row.").format(count=left))
        if left > MAX_ROW_OCTETS and self._compact is None:
            raise LengthLies(_("A row of more than {count} octets.").format(count=MAX_ROW_OCTETS))

    def _read_head(self) -> bool:
        if not self._pending:
            return False
        if self._pending[0] != DataType.ARRAY:
            raise UnexpectedType(_("The meter sent something else than a list of rows."))
        try:
            self._total, end = decode_length(bytes(self._pending[:8]), 1)
        except Truncated:
            return False
        del self._pending[:end]
        return True

    def _expand(self, compact: CompactRows, octets: bytes) -> list[Row]:
        """More of a compact-array."""
        rows = [self._row(item) for item in compact.feed(octets)]
        self._done += len(rows)
        if compact.finished:
            self._total = self._done
        self._pending = compact.pending
        self._check_rest()
        return rows

    def _take(self, data: bytes, at: int) -> tuple[list[Row], int]:
        """Some rows from `at` on, and the offset after them; none where the next row is not whole."""
        assert self._total is not None
        if self._layout is not None:
            size = self._layout.size
            count = min((len(data) - at) // size, self._total - self._done, self._batch)
            rows = self._layout.cut(data[at : at + count * size])
            if rows:
                self._batch = min(self._batch * 4, _MANY) if len(rows) == count else _FEW
                if self._completion is not None:
                    self._completion.seen(rows[-1])
                return rows, at + len(rows) * size
        try:
            item, end = decode_at(data, at)
        except Truncated:
            return [], at
        row = self._row(item)
        if self._layout is None or self._layout.size != end - at:
            self._learn(data[at:end], item)
        return [row], end

    def _learn(self, octets: bytes, item: Data) -> None:
        """Expect more rows like this one."""
        try:
            self._layout = _Layout(octets, item)
        except UnexpectedType:
            return
        self._batch = _FEW

    def _row(self, item: Data) -> Row:
        if item.tag is not DataType.STRUCTURE:
            raise MalformedValue(_("A row that is no structure."), code="cosem-row")
        cells = item.as_items()
        if len(cells) != self._columns:
            raise MalformedValue(
                _("A row of {found} columns where {wanted} belong.").format(found=len(cells), wanted=self._columns),
                code="cosem-row",
            )
        return cast("Row", item.plain()) if self._completion is None else self._completion.complete(cells)
