"""Profiles that were read before: rows in sealed chunks, and which stretch of time they answer for.

A chunk covers a stretch [from, to): every row that the meter held in it when it was read. Chunks of one profile never
overlap. The device is found by a blind index; the rows are sealed.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.readings import ProfileRow
from hht.store.errors import SealBroken

if TYPE_CHECKING:
    from hht.store.store import Row, Store

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

    def rows(self, start: datetime, end: datetime) -> list[ProfileRow]:
        """The kept rows from `start` (inclusive) to `end` (exclusive), oldest first."""
        kept = []
        for head in self._heads():
            if head["from_s"] < _seconds(end) and head["to_s"] > _seconds(start):
                kept += [row for row in self._open(head["key"]) if start <= row.time < end]
        return kept

    def last_before(self, end: datetime) -> ProfileRow | None:
        """The last kept row of the stretch that ends at `end`; None where none ends there, or it holds no row."""
        to_s = _seconds(end)
        for head in reversed(self._heads()):
            if head["to_s"] == to_s:
                if rows := self._open(head["key"]):
                    return rows[-1]
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

    def _open(self, key: str) -> list[ProfileRow]:
        (row,) = self._store.rows(_TABLE, "key = ?", (key,))
        return _unpacked(self._store.unseal(_TABLE, "rows", key, row))


def _packed(rows: Sequence[ProfileRow]) -> bytes:
    plain = [[_seconds(row.time), row.status, {name: str(value) for name, value in row.values.items()}] for row in rows]
    return zlib.compress(json.dumps(plain, separators=(",", ":")).encode(), 1)


def _unpacked(body: bytes) -> list[ProfileRow]:
    inflater = zlib.decompressobj()
    try:
        plain = json.loads(inflater.decompress(body, _MAX_CHUNK))
        return [
            ProfileRow(_time(seconds), status, {name: Decimal(value) for name, value in values.items()})
            for seconds, status, values in plain
        ]
    except (zlib.error, ValueError, ArithmeticError) as error:
        raise SealBroken(
            _("A kept part of a profile cannot be read."),
            remedy=_("Read the profile afresh (--fresh); copy the store for the depot."),
            code="profile-broken",
        ) from error


def _seconds(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(seconds=1)


def _time(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)
