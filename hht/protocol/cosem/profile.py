"""Profiles: which rows and columns to ask for (Blue Book, Profile generic, attribute 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from hht.i18n import _
from hht.protocol.cosem.datetime import decode_datetime, encode_datetime
from hht.protocol.cosem.descriptors import SelectiveAccess
from hht.protocol.cosem.errors import MalformedValue, UnexpectedType
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.rows import ProfileDecoder, Row
from hht.protocol.cosem.values import (
    Data,
    array,
    double_long_unsigned,
    integer,
    long_unsigned,
    octets,
    structure,
)

__all__ = [
    "CLOCK_COLUMN",
    "CaptureObject",
    "EntrySelection",
    "ProfileDecoder",
    "RangeSelection",
    "Row",
    "Selection",
    "parse_selection",
    "selective_access",
]

_RANGE, _ENTRY = 1, 2


@dataclass(frozen=True, slots=True)
class CaptureObject:
    """A column of a profile."""

    class_id: int
    obis: Obis
    attribute: int
    index: int = 0

    def data(self) -> Data:
        """As structure{class, logical name, attribute, index}."""
        return structure(
            long_unsigned(self.class_id), octets(bytes(self.obis)), integer(self.attribute), long_unsigned(self.index)
        )

    @classmethod
    def from_data(cls, data: Data) -> CaptureObject:
        """From that structure. Raises UnexpectedType."""
        class_id, name, attribute, index = data.as_items(4)
        return cls(class_id.as_int(), Obis.from_bytes(name.as_bytes()), attribute.as_int(), index.as_int())


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
        return cls(octets(encode_datetime(start)), octets(encode_datetime(end)), columns=tuple(columns))

    def times(self) -> tuple[datetime, datetime] | None:
        """Start and end as aware datetimes; None where they are no times. For the meter's end."""
        try:
            start, end = (decode_datetime(value.as_bytes()).time for value in (self.start, self.end))
        except (UnexpectedType, MalformedValue):
            return None
        return None if start is None or end is None else (start, end)


@dataclass(frozen=True, slots=True)
class EntrySelection:
    """Rows `first` to `last` (from 1, oldest or as sorted; last 0: the newest), columns likewise (0: the last)."""

    first: int
    last: int = 0
    first_column: int = 1
    last_column: int = 0


Selection: TypeAlias = RangeSelection | EntrySelection | SelectiveAccess


def selective_access(selection: Selection | None) -> SelectiveAccess | None:
    """As it stands in a request."""
    if isinstance(selection, RangeSelection):
        columns = array([column.data() for column in selection.columns])
        parameters = structure(selection.restricting.data(), selection.start, selection.end, columns)
        return SelectiveAccess(_RANGE, parameters)
    if isinstance(selection, EntrySelection):
        rows = (double_long_unsigned(selection.first), double_long_unsigned(selection.last))
        columns_asked = (long_unsigned(selection.first_column), long_unsigned(selection.last_column))
        return SelectiveAccess(_ENTRY, structure(*rows, *columns_asked))
    return selection


def parse_selection(access: SelectiveAccess) -> RangeSelection | EntrySelection:
    """What a request for a profile's buffer selects. Raises UnexpectedType, ValueOutOfRange."""
    if access.selector == _RANGE:
        restricting, start, end, columns = access.parameters.as_items(4)
        chosen = tuple(CaptureObject.from_data(column) for column in columns.as_items())
        return RangeSelection(start, end, CaptureObject.from_data(restricting), chosen)
    if access.selector == _ENTRY:
        return EntrySelection(*(number.as_int() for number in access.parameters.as_items(4)))
    raise UnexpectedType(_("Selector {number} is none of a profile's.").format(number=access.selector))
