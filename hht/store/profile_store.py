"""Profiles that were read before: rows in sealed chunks, and which stretch of time they answer for.

A chunk covers a stretch [from, to): every row that the meter held in it when it was read. Chunks of one profile never
overlap. The device is found by a blind index; the rows are sealed.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from hht.i18n import _
from hht.readings import ProfileRow
from hht.store.errors import SealBroken

if TYPE_CHECKING:
    from hht.store.store import Row, Store

_Plain: TypeAlias = list[Any]  # seconds since 1970, status, values as text by OBIS, and texts where there are any
_TABLE = "profile_chunks"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_CHUNK = 64 << 20  # bytes of one opened chunk; more is a damaged file


@dataclass(frozen=True, slots=True)
class Stretch:
    """The times from `start` (inclusive) to `end` (exclusive)."""

    start: datetime
    end: datetime


class ProfileStore:
    """The kept half-hourly profile of one device (`device`: its Device ID). Raises StoreError, SealBroken."""

    def __init__(self, store: Store, device: str) -> None:
        self._store = store
        self._device = store.blind_index(_TABLE, "device", device)

    def covered(self) -> list[Stretch]:
        """What is known, in order; neighbours that touch are one stretch."""
        joined: list[Stretch] = []
        for head in self._heads():
            stretch = Stretch(_time(head["from_s"]), _time(head["to_s"]))
            if joined and joined[-1].end == stretch.start:
                stretch = Stretch(joined.pop().start, stretch.end)
            joined.append(stretch)
        return joined

    def chunks(self, start: datetime, end: datetime) -> Iterator[list[ProfileRow]]:
        """The kept rows from `start` (inclusive) to `end` (exclusive), oldest first, chunk by chunk."""
        for key in self._keys(start, end):
            yield [row for row in map(_row, self._plain(key)) if start <= row.time < end]

    def count(self, start: datetime, end: datetime) -> int:
        """How many there are of them."""
        from_s, to_s = _seconds(start), _seconds(end)
        return sum(from_s <= plain[0] < to_s for key in self._keys(start, end) for plain in self._plain(key))

    def _keys(self, start: datetime, end: datetime) -> list[str]:
        from_s, to_s = _seconds(start), _seconds(end)
        return [head["key"] for head in self._heads() if head["from_s"] < to_s and head["to_s"] > from_s]

    def last_before(self, end: datetime) -> ProfileRow | None:
        """The last kept row of the stretch that ends at `end`; None where none ends there, or it holds no row."""
        to_s = _seconds(end)
        for head in reversed(self._heads()):
            if head["to_s"] == to_s:
                if rows := self._plain(head["key"]):
                    return _row(rows[-1])
                to_s = head["from_s"]
        return None

    def add(self, rows: Sequence[ProfileRow], covers: Stretch) -> None:
        """Keep `rows`, all that the meter holds in `covers`; on disk when this returns."""
        with self._store.transaction():
            number = max((int(head["number"]) for head in self._heads(order="number")), default=0) + 1
            key = f"{self._device}/{number}"
            row = {
                "key": key,
                "device": self._device,
                "number": number,
                "from_s": _seconds(covers.start),
                "to_s": _seconds(covers.end),
            }
            self._store.insert(_TABLE, row, key=key, sealed={"rows": _packed(rows)})

    def forget(self) -> None:
        """Drop everything that is kept of this device's profile."""
        with self._store.transaction() as database:
            database.execute(f"DELETE FROM {_TABLE} WHERE device = ?", [self._device])

    def _heads(self, order: str = "from_s") -> list[Row]:
        return self._store.rows(_TABLE, "device = ?", (self._device,), order=order, select="key, number, from_s, to_s")

    def _plain(self, key: str) -> list[_Plain]:
        (row,) = self._store.rows(_TABLE, "key = ?", (key,))
        return _unpacked(self._store.unseal(_TABLE, "rows", key, row))


def _packed(rows: Sequence[ProfileRow]) -> bytes:
    plain = [_as_plain(row) for row in rows]
    return zlib.compress(json.dumps(plain, separators=(",", ":")).encode(), 1)


def _as_plain(row: ProfileRow) -> _Plain:
    plain: _Plain = [_seconds(row.time), row.status, {name: str(value) for name, value in row.values.items()}]
    return [*plain, row.texts] if row.texts else plain


def _unpacked(body: bytes) -> list[_Plain]:
    """The rows of a chunk. Raises SealBroken."""
    inflater = zlib.decompressobj()
    try:
        plain: list[_Plain] = json.loads(inflater.decompress(body, _MAX_CHUNK))
        return plain
    except (zlib.error, ValueError, ArithmeticError) as error:
        raise _broken() from error


def _row(plain: _Plain) -> ProfileRow:
    try:
        seconds, status, values, *texts = plain
        return ProfileRow(_time(seconds), status, {name: Decimal(value) for name, value in values.items()}, *texts)
    except (ValueError, ArithmeticError) as error:
        raise _broken() from error


def _broken() -> SealBroken:
    return SealBroken(
        _("A kept part of a profile cannot be read."),
        remedy=_("Read the profile afresh (--fresh); copy the store for the depot."),
        code="profile-broken",
    )


def _seconds(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(seconds=1)


def _time(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)
