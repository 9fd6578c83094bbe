"""Profiles: which rows and columns to ask for, and rows out of the octets as they arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from hht.protocol.cosem.data import Data, Plain
from hht.protocol.cosem.descriptors import SelectiveAccess
from hht.protocol.cosem.obis import Obis


@dataclass(frozen=True, slots=True)
class CaptureObject:
    """A column of a profile."""

    class_id: int
    obis: Obis
    attribute: int
    index: int = 0


CLOCK_COLUMN = CaptureObject(8, Obis(0, 0, 1, 0, 0, 255), 2)


@dataclass(frozen=True, slots=True)
class RangeSelection:
    """Rows whose restricting column lies in [start, end], both ends included; `columns` empty means all."""

    start: Data
    end: Data
    restricting: CaptureObject = CLOCK_COLUMN
    columns: tuple[CaptureObject, ...] = ()

    @classmethod
    def between(cls, start: datetime, end: datetime, columns: Sequence[CaptureObject] = ()) -> RangeSelection:
        """By time (aware datetimes, sent as UTC, deviation 0)."""
        raise NotImplementedError

    def times(self) -> tuple[datetime, datetime] | None:
        """Start and end as aware datetimes; None where they are no times. For the meter's end."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class EntrySelection:
    """Rows `first` to `last` (from 1, oldest or as sorted; last 0: the newest), columns likewise (0: the last)."""

    first: int
    last: int = 0
    first_column: int = 1
    last_column: int = 0


Selection: TypeAlias = RangeSelection | EntrySelection | SelectiveAccess
Row: TypeAlias = tuple[Plain, ...]


class ProfileDecoder:
    """Rows out of the raw value of a profile's buffer, piece by piece.

    `columns` is the number of columns that a row must have. A cell is plain Python: int, bytes for octet-string and
    date-time, None for null-data.
    """

    def __init__(self, columns: int) -> None:
        raise NotImplementedError

    @property
    def total(self) -> int | None:
        """Rows that the array says it has; None until its head has arrived."""
        raise NotImplementedError

    def feed(self, octets: bytes) -> list[Row]:
        """The rows completed by `octets`. Raises ProtocolError."""
        raise NotImplementedError

    def finish(self) -> None:
        """The value has ended: raises Truncated or TrailingOctets if it should not have."""
        raise NotImplementedError
