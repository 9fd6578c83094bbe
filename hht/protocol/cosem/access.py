"""The access service (Green Book 9.3.9): several gets, sets and methods in one request, each with its own result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from hht.i18n import _
from hht.protocol.cosem.axdr import encode
from hht.protocol.cosem.codes import ActionResult, DataAccessResult
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod, SelectiveAccess
from hht.protocol.cosem.fields import (
    encode_attribute,
    encode_method,
    encode_values,
    read_attribute,
    read_method,
    read_values,
)
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.cosem.values import Data, Encoded

GET, SET, ACTION, GET_SELECTED, SET_SELECTED = 1, 2, 3, 4, 5
# Long-Invoke-Id-And-Priority: what its upper octet says
LONG_INVOKE_ID = 0x00FF_FFFF
SELF_DESCRIPTIVE, BREAK_ON_ERROR, LONG_CONFIRMED, LONG_HIGH_PRIORITY = 1 << 28, 1 << 29, 1 << 30, 1 << 31


@dataclass(frozen=True, slots=True)
class AccessGet:
    """Read `attribute`, or the part of it that `access` names."""

    attribute: CosemAttribute
    access: SelectiveAccess | None = None


@dataclass(frozen=True, slots=True)
class AccessSet:
    """Write `attribute`, or the part of it that `access` names."""

    attribute: CosemAttribute
    access: SelectiveAccess | None = None


@dataclass(frozen=True, slots=True)
class AccessAction:
    """Run `method`."""

    method: CosemMethod


AccessItem: TypeAlias = AccessGet | AccessSet | AccessAction
AccessResult: TypeAlias = DataAccessResult | ActionResult


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """`data` has one value per item: what is written or handed to a method, null-data for a read.

    `long_invoke` is the whole Long-Invoke-Id-And-Priority; `date_time` is 12 octets, or empty.
    """

    TAG: ClassVar[int] = 0xD9
    long_invoke: int
    items: tuple[AccessItem, ...]
    data: tuple[Data | Encoded, ...]
    date_time: bytes = b""

    def encode(self) -> bytes:
        """The octets."""
        return _head(self.TAG, self.long_invoke, self.date_time) + _encode_items(self.items) + encode_values(self.data)


@dataclass(frozen=True, slots=True)
class AccessResponse:
    """One value (null-data where there is none) and one result per item; `kinds` says of what: 1 get, 2 set, 3 action.

    `items` repeats the request where the meter describes its answer; None: it does not.
    """

    TAG: ClassVar[int] = 0xDA
    long_invoke: int
    data: tuple[Data | Encoded, ...]
    results: tuple[AccessResult, ...]
    kinds: tuple[int, ...]
    items: tuple[AccessItem, ...] | None = None
    date_time: bytes = b""

    def encode(self) -> bytes:
        """The octets."""
        described = b"\x00" if self.items is None else b"\x01" + _encode_items(self.items)
        results = b"".join(bytes(pair) for pair in zip(self.kinds, self.results, strict=True))
        return (
            _head(self.TAG, self.long_invoke, self.date_time)
            + described
            + encode_values(self.data)
            + encode_length(len(self.results))
            + results
        )


def kind_of(item: AccessItem) -> int:
    """The result's choice for `item`: 1 get, 2 set, 3 action."""
    return GET if isinstance(item, AccessGet) else SET if isinstance(item, AccessSet) else ACTION


def _head(tag: int, long_invoke: int, date_time: bytes) -> bytes:
    return bytes((tag,)) + long_invoke.to_bytes(4, "big") + encode_length(len(date_time)) + date_time


def _encode_items(items: tuple[AccessItem, ...]) -> bytes:
    return encode_length(len(items)) + b"".join(map(_encode_item, items))


def _encode_item(item: AccessItem) -> bytes:
    if isinstance(item, AccessAction):
        return bytes((ACTION,)) + encode_method(item.method)
    plain, selected = (GET, GET_SELECTED) if isinstance(item, AccessGet) else (SET, SET_SELECTED)
    if item.access is None:
        return bytes((plain,)) + encode_attribute(item.attribute)
    selection = bytes((item.access.selector,)) + encode(item.access.parameters)
    return bytes((selected,)) + encode_attribute(item.attribute) + selection


def _read_item(cursor: Cursor) -> AccessItem:
    kind = cursor.octet()
    if kind == ACTION:
        return AccessAction(read_method(cursor))
    if kind in (GET, SET):
        return (AccessGet if kind == GET else AccessSet)(read_attribute(cursor))
    if kind in (GET_SELECTED, SET_SELECTED):
        attribute = read_attribute(cursor)
        access = SelectiveAccess(cursor.octet(), cursor.data())
        return (AccessGet if kind == GET_SELECTED else AccessSet)(attribute, access)
    raise cursor.malformed(_("an access of kind {kind}").format(kind=kind))


def _read_items(cursor: Cursor) -> tuple[AccessItem, ...]:
    return tuple(_read_item(cursor) for _index in range(cursor.count()))


def _read_time(cursor: Cursor) -> bytes:
    time = cursor.counted()
    if len(time) not in (0, 12):
        raise cursor.malformed(_("a date-time of another length"))
    return time


def parse_access_request(cursor: Cursor) -> AccessRequest:
    """After the tag. Raises MalformedValue."""
    long_invoke, date_time = cursor.u32(), _read_time(cursor)
    return AccessRequest(long_invoke, _read_items(cursor), read_values(cursor), date_time)


def parse_access_response(cursor: Cursor) -> AccessResponse:
    """After the tag. Raises MalformedValue."""
    long_invoke, date_time = cursor.u32(), _read_time(cursor)
    items = _read_items(cursor) if cursor.flag() else None
    data = read_values(cursor)
    kinds, results = [], []
    for _index in range(cursor.count()):
        kind = cursor.octet()
        if kind not in (GET, SET, ACTION):
            raise cursor.malformed(_("an access of kind {kind}").format(kind=kind))
        kinds.append(kind)
        octet = cursor.octet()
        results.append(ActionResult(octet) if kind == ACTION else DataAccessResult(octet))
    return AccessResponse(long_invoke, data, tuple(results), tuple(kinds), items, date_time)
