"""GET requests and responses (Green Book 9.3.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from hht.protocol.cosem.codes import DataAccessResult
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.descriptors import CosemAttribute, SelectiveAccess
from hht.protocol.cosem.fields import (
    Outcome,
    Selected,
    encode_outcome,
    encode_outcomes,
    encode_selected,
    read_outcome,
    read_outcomes,
    read_selected,
)
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.cosem.values import Encoded

REQUEST, RESPONSE = 0xC0, 0xC4


@dataclass(frozen=True, slots=True)
class GetRequestNormal:
    """One attribute. `invoke` is the invoke-id-and-priority octet, here as in all services."""

    KIND: ClassVar[int] = 1
    invoke: int
    attribute: CosemAttribute
    access: SelectiveAccess | None = None

    def encode(self) -> bytes:
        """The octets."""
        return bytes((REQUEST, self.KIND, self.invoke)) + encode_selected((self.attribute, self.access))


@dataclass(frozen=True, slots=True)
class GetRequestNext:
    """The block after `block` has been received."""

    KIND: ClassVar[int] = 2
    invoke: int
    block: int

    def encode(self) -> bytes:
        """The octets."""
        return bytes((REQUEST, self.KIND, self.invoke)) + self.block.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class GetRequestWithList:
    """Several attributes."""

    KIND: ClassVar[int] = 3
    invoke: int
    items: tuple[Selected, ...]

    def encode(self) -> bytes:
        """The octets."""
        items = b"".join(encode_selected(item) for item in self.items)
        return bytes((REQUEST, self.KIND, self.invoke)) + encode_length(len(self.items)) + items


@dataclass(frozen=True, slots=True)
class GetResponseNormal:
    """The value, or the reason why not."""

    KIND: ClassVar[int] = 1
    invoke: int
    result: Outcome

    def encode(self) -> bytes:
        """The octets."""
        return bytes((RESPONSE, self.KIND, self.invoke)) + encode_outcome(self.result)


@dataclass(frozen=True, slots=True)
class GetResponseWithDatablock:
    """A piece of a long value, or the reason why it is broken off. Numbers count from 1."""

    KIND: ClassVar[int] = 2
    invoke: int
    last: bool
    number: int
    result: bytes | DataAccessResult

    def encode(self) -> bytes:
        """The octets."""
        head = bytes((RESPONSE, self.KIND, self.invoke, self.last)) + self.number.to_bytes(4, "big")
        if isinstance(self.result, DataAccessResult):
            return head + bytes((1, self.result))
        return head + b"\x00" + encode_length(len(self.result)) + self.result


@dataclass(frozen=True, slots=True)
class GetResponseWithList:
    """One result per attribute, in order."""

    KIND: ClassVar[int] = 3
    invoke: int
    results: tuple[Outcome, ...]

    def encode(self) -> bytes:
        """The octets."""
        return bytes((RESPONSE, self.KIND, self.invoke)) + encode_outcomes(self.results)


GetRequest: TypeAlias = GetRequestNormal | GetRequestNext | GetRequestWithList
GetResponse: TypeAlias = GetResponseNormal | GetResponseWithDatablock | GetResponseWithList


def parse_get_request(cursor: Cursor) -> GetRequest | None:
    """After the tag; None for a kind that does not exist. Raises MalformedValue."""
    kind, invoke = cursor.octet(), cursor.octet()
    if kind == GetRequestNormal.KIND:
        return GetRequestNormal(invoke, *read_selected(cursor))
    if kind == GetRequestNext.KIND:
        return GetRequestNext(invoke, cursor.u32())
    if kind == GetRequestWithList.KIND:
        return GetRequestWithList(invoke, tuple(read_selected(cursor) for _index in range(cursor.count())))
    return None


def parse_get_response(cursor: Cursor, *, raw: bool = False) -> GetResponse | None:
    """After the tag; None for a kind that does not exist; `raw` keeps a normal value encoded. Raises MalformedValue."""
    kind, invoke = cursor.octet(), cursor.octet()
    if kind == GetResponseNormal.KIND:
        if raw and not cursor.flag():
            return GetResponseNormal(invoke, Encoded(cursor.rest()))
        if raw:
            return GetResponseNormal(invoke, DataAccessResult(cursor.octet()))
        return GetResponseNormal(invoke, read_outcome(cursor))
    if kind == GetResponseWithDatablock.KIND:
        last, number = cursor.flag(), cursor.u32()
        result = DataAccessResult(cursor.octet()) if cursor.flag() else cursor.counted()
        return GetResponseWithDatablock(invoke, last, number, result)
    if kind == GetResponseWithList.KIND:
        return GetResponseWithList(invoke, read_outcomes(cursor))
    return None
