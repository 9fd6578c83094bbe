"""COSEM data as values: `Data` carries its type (Green Book 9.5, Blue Book 4.1.5). The codec is in `axdr`."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hht.i18n import _
from hht.protocol.cosem.errors import UnexpectedType


class DataType(enum.IntEnum):
    """The tag octet of a value."""

    NULL = 0
    ARRAY = 1
    STRUCTURE = 2
    BOOLEAN = 3
    BIT_STRING = 4
    DOUBLE_LONG = 5
    DOUBLE_LONG_UNSIGNED = 6
    OCTET_STRING = 9
    VISIBLE_STRING = 10
    UTF8_STRING = 12
    BCD = 13
    INTEGER = 15
    LONG = 16
    UNSIGNED = 17
    LONG_UNSIGNED = 18
    COMPACT_ARRAY = 19
    LONG64 = 20
    LONG64_UNSIGNED = 21
    ENUM = 22
    FLOAT32 = 23
    FLOAT64 = 24
    DATE_TIME = 25
    DATE = 26
    TIME = 27
    DELTA_INTEGER = 28
    DELTA_LONG = 29
    DELTA_DOUBLE_LONG = 30
    DELTA_UNSIGNED = 31
    DELTA_LONG_UNSIGNED = 32
    DELTA_DOUBLE_LONG_UNSIGNED = 33
    DONT_CARE = 255


TAGS: dict[int, DataType] = {int(tag): tag for tag in DataType}


@dataclass(frozen=True, slots=True)
class TypeDescription:
    """The one type of a compact-array's elements. `members` for structure, `element` and `count` for array."""

    tag: DataType
    members: tuple[TypeDescription, ...] = ()
    element: TypeDescription | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class CompactArray:
    """The value of a compact-array: `items` all of the described type."""

    description: TypeDescription
    items: tuple[Data, ...]


Value: TypeAlias = "bool | int | float | str | bytes | tuple[Data, ...] | CompactArray | None"
Plain: TypeAlias = "bool | int | float | str | bytes | tuple[Plain, ...] | None"

_INTEGERS = frozenset(
    {
        DataType.DOUBLE_LONG, DataType.DOUBLE_LONG_UNSIGNED, DataType.INTEGER, DataType.LONG, DataType.UNSIGNED,
        DataType.LONG_UNSIGNED, DataType.LONG64, DataType.LONG64_UNSIGNED, DataType.ENUM, DataType.BCD,
        DataType.DELTA_INTEGER, DataType.DELTA_LONG, DataType.DELTA_DOUBLE_LONG, DataType.DELTA_UNSIGNED,
        DataType.DELTA_LONG_UNSIGNED, DataType.DELTA_DOUBLE_LONG_UNSIGNED,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Data:
    """One value with its type.

    `value` is None for null-data and don't-care; a tuple of `Data` for array and structure; bool; int for all integers,
    enum and bcd (its one octet, signed); float; str for visible-string (ISO 8859-1, lossless), utf8-string and
    bit-string ("0101"); bytes for octet-string, date-time (12), date (5), time (4); `CompactArray`.
    """

    tag: DataType
    value: Value = None

    def as_int(self) -> int:
        """The number of an integer or enum. Raises UnexpectedType."""
        if self.tag in _INTEGERS and isinstance(self.value, int):
            return self.value
        raise self._unexpected(_("a whole number"))

    def as_bytes(self) -> bytes:
        """The octets of an octet-string, date-time, date or time. Raises UnexpectedType."""
        if isinstance(self.value, bytes):
            return self.value
        raise self._unexpected(_("an octet-string"))

    def as_items(self, count: int | None = None) -> tuple[Data, ...]:
        """The elements of an array, structure or compact-array, `count` of them if given. Raises UnexpectedType."""
        items = self.value.items if isinstance(self.value, CompactArray) else self.value
        if isinstance(items, tuple) and (count is None or len(items) == count):
            return items
        wanted = _("a list of values") if count is None else _("a list of {count} values").format(count=count)
        raise self._unexpected(wanted)

    def plain(self) -> Plain:
        """The value without its types: tuples for lists."""
        if isinstance(self.value, CompactArray):
            return tuple(item.plain() for item in self.value.items)
        if isinstance(self.value, tuple):
            return tuple(item.plain() for item in self.value)
        return self.value

    def _unexpected(self, wanted: str) -> UnexpectedType:
        name = self.tag.name.lower().replace("_", "-")
        return UnexpectedType(
            _("The meter sent {found} where {wanted} belongs.").format(found=name, wanted=wanted), found=name
        )


@dataclass(frozen=True, slots=True)
class Encoded:
    """A value that is encoded already (one whole A-XDR value), for speed."""

    octets: bytes


NULL = Data(DataType.NULL)


def null() -> Data:
    """null-data."""
    return NULL


def array(items: Sequence[Data]) -> Data:
    """array: elements of one type."""
    return Data(DataType.ARRAY, tuple(items))


def structure(*items: Data) -> Data:
    """structure: elements of any type."""
    return Data(DataType.STRUCTURE, items)


def boolean(value: bool) -> Data:
    """boolean."""
    return Data(DataType.BOOLEAN, value)


def bit_string(bits: str) -> Data:
    """bit-string from "0101"."""
    return Data(DataType.BIT_STRING, bits)


def integer(value: int) -> Data:
    """8 bits, signed."""
    return Data(DataType.INTEGER, value)


def long(value: int) -> Data:
    """16 bits, signed."""
    return Data(DataType.LONG, value)


def double_long(value: int) -> Data:
    """32 bits, signed."""
    return Data(DataType.DOUBLE_LONG, value)


def long64(value: int) -> Data:
    """64 bits, signed."""
    return Data(DataType.LONG64, value)


def unsigned(value: int) -> Data:
    """8 bits, unsigned."""
    return Data(DataType.UNSIGNED, value)


def long_unsigned(value: int) -> Data:
    """16 bits, unsigned."""
    return Data(DataType.LONG_UNSIGNED, value)


def double_long_unsigned(value: int) -> Data:
    """32 bits, unsigned."""
    return Data(DataType.DOUBLE_LONG_UNSIGNED, value)


def long64_unsigned(value: int) -> Data:
    """64 bits, unsigned."""
    return Data(DataType.LONG64_UNSIGNED, value)


def enumerated(value: int) -> Data:
    """enum, 0 to 255."""
    return Data(DataType.ENUM, value)


def octets(value: bytes) -> Data:
    """octet-string."""
    return Data(DataType.OCTET_STRING, bytes(value))


def visible(value: str) -> Data:
    """visible-string."""
    return Data(DataType.VISIBLE_STRING, value)


def utf8(value: str) -> Data:
    """utf8-string."""
    return Data(DataType.UTF8_STRING, value)


def float32(value: float) -> Data:
    """IEEE 754 single."""
    return Data(DataType.FLOAT32, value)


def float64(value: float) -> Data:
    """IEEE 754 double."""
    return Data(DataType.FLOAT64, value)


def date_time(value: bytes) -> Data:
    """date-time under its own tag, 12 octets. Most objects hold an octet-string instead."""
    return Data(DataType.DATE_TIME, bytes(value))


def date(value: bytes) -> Data:
    """date under its own tag, 5 octets."""
    return Data(DataType.DATE, bytes(value))


def time(value: bytes) -> Data:
    """time under its own tag, 4 octets."""
    return Data(DataType.TIME, bytes(value))
