"""The half-hourly profile as the bytes of a COSEM buffer, encoded once and cut where a client asks.

A row is structure{octet-string(12) date-time, double-long-unsigned, double-long-unsigned}: 26 octets, so 13 months are
494,208 octets and a range is a slice. `profile_encodings` has the shorter ways to write them.
"""

from __future__ import annotations

import itertools
import struct
from datetime import UTC, datetime

from hht.emulation.profile_encodings import CELLS, Rows, encode_rows, for_client
from hht.model.electricity_meter.load_profile import CAPTURE_PERIOD_S, LoadProfile
from hht.model.electricity_meter.optical_head import ProfileForm

COLUMNS = 3
_ARRAY, _STRUCTURE = 0x01, 0x02
_ROW = struct.Struct(">4s5s3B4sBIBI")  # tag and count; date; h, m, s; hundredths, deviation, status; two registers
_HEAD = bytes((_STRUCTURE, COLUMNS, 0x09, 12))
_UNSIGNED_32 = 0x06
_DAY_S = 86_400
_WRAPS = 1 << 32  # as the registers themselves are read (`value_codec.energy`)


def array_head(tag: int, count: int) -> bytes:
    """Tag and A-XDR length of an array or structure of `count` elements."""
    if count < 0x80:
        return bytes((tag, count))
    size = (count.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + count.to_bytes(size, "big")


class ProfileBuffer:
    """Keeps up with a `LoadProfile`; the rows are numbered as its entries are."""

    def __init__(self, profile: LoadProfile) -> None:
        self._profile = profile
        self._start = profile.first  # number of the first row in `_rows`
        self._rows = bytearray()
        self._day = -1
        self._date = b""

    def encoded(
        self,
        start: int,
        stop: int,
        columns: tuple[int, ...] | None = None,
        form: ProfileForm = ProfileForm.PLAIN,
        *,
        deltas: bool = False,
    ) -> bytes:
        """The rows `start` <= n < `stop` of those kept; `columns` picks some (numbered from 0, in order). `deltas`: the
        client agreed to differences."""
        self._keep_up()
        low = max(start, self._profile.first)
        high = max(low, min(stop, self._profile.end))
        size = _ROW.size
        rows = memoryview(self._rows)[(low - self._start) * size : (high - self._start) * size]
        form = for_client(form, deltas=deltas)
        if form is not ProfileForm.PLAIN:
            chosen = tuple(range(COLUMNS)) if columns is None else columns
            return encode_rows(self._with_steps(rows, low, high), chosen, form, deltas=deltas)
        head = array_head(_ARRAY, high - low)
        if columns is None or columns == tuple(range(COLUMNS)):
            return head + bytes(rows)
        row_head = bytes((_STRUCTURE, len(columns)))
        cells = [CELLS[column] for column in columns]
        parts = [head]
        for at in range(0, len(rows), size):
            row = rows[at : at + size]
            parts.append(row_head)
            parts.extend(bytes(row[cell]) for cell in cells)
        return b"".join(parts)

    def _with_steps(self, rows: memoryview, low: int, high: int) -> Rows:
        entries = list(self._profile.entries(low, high))
        regular = [False] + [
            (after.time_s - before.time_s, after.status) == (CAPTURE_PERIOD_S, before.status)
            for before, after in itertools.pairwise(entries)
        ]
        values = ([entry.import_wh % _WRAPS for entry in entries], [entry.export_wh % _WRAPS for entry in entries])
        return Rows(rows, regular[: len(entries)], values)

    def _keep_up(self) -> None:
        end = self._start + len(self._rows) // _ROW.size
        if end < self._profile.first:  # cleared meanwhile, or away for longer than the store is deep
            self._rows.clear()
            self._start = end = self._profile.first
        fresh = bytearray()
        for entry in self._profile.entries(end, self._profile.end):
            fresh += self._row(entry.time_s, entry.import_wh, entry.export_wh, entry.status)
        self._rows += fresh
        gone = self._profile.first - self._start
        if gone * 4 > self._profile.capacity:  # rows that nobody can ask for any more
            del self._rows[: gone * _ROW.size]
            self._start += gone

    def _row(self, time_s: int, import_wh: int, export_wh: int, status: int) -> bytes:
        day, second = divmod(time_s, _DAY_S)
        if day != self._day:
            moment = datetime.fromtimestamp(day * _DAY_S, UTC)
            self._date = struct.pack(">HBBB", moment.year, moment.month, moment.day, moment.isoweekday())
            self._day = day
        tail = bytes((0, 0, 0, status))  # no hundredths; deviation 0: UTC
        return _ROW.pack(
            _HEAD, self._date, second // 3600, second // 60 % 60, second % 60, tail,
            _UNSIGNED_32, import_wh % _WRAPS, _UNSIGNED_32, export_wh % _WRAPS,
        )  # fmt: skip
