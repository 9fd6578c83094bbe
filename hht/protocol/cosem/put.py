"""SET requests and responses (Green Book 9.3.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from hht.protocol.cosem.axdr import encode
from hht.protocol.cosem.codes import DataAccessResult
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.descriptors import CosemAttribute, SelectiveAccess
from hht.protocol.cosem.fields import (
    Block,
    NextPiece,
    PieceTaken,
    Selected,
    encode_selected,
    encode_values,
    head,
    read_block,
    read_selected,
    read_values,
)
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.cosem.values import Data, Encoded

REQUEST, RESPONSE = 0xC1, 0xC5


def _encode_list(items: tuple[Selected, ...]) -> bytes:
    return encode_length(len(items)) + b"".join(encode_selected(item) for item in items)


@dataclass(frozen=True, slots=True)
class SetRequestNormal:
    """One attribute and its value."""

    KIND: ClassVar[int] = 1
    invoke: int
    attribute: CosemAttribute
    value: Data | Encoded
    access: SelectiveAccess | None = None

    def encode(self) -> bytes:
        """The octets."""
        selected = encode_selected((self.attribute, self.access))
        return head(REQUEST, self.KIND, self.invoke) + selected + encode(self.value)


@dataclass(frozen=True, slots=True)
class SetRequestWithFirstDatablock:
    """One attribute and the first piece of its value."""

    KIND: ClassVar[int] = 2
    invoke: int
    attribute: CosemAttribute
    block: Block
    access: SelectiveAccess | None = None

    def encode(self) -> bytes:
        """The octets."""
        selected = encode_selected((self.attribute, self.access))
        return head(REQUEST, self.KIND, self.invoke) + selected + self.block.encode()


@dataclass(frozen=True, slots=True)
class SetRequestWithDatablock(NextPiece):
    """The next piece."""

    TAG: ClassVar[int] = REQUEST
    KIND: ClassVar[int] = 3


@dataclass(frozen=True, slots=True)
class SetRequestWithList:
    """Several attributes and as many values."""

    KIND: ClassVar[int] = 4
    invoke: int
    items: tuple[Selected, ...]
    values: tuple[Data | Encoded, ...]

    def encode(self) -> bytes:
        """The octets."""
        return head(REQUEST, self.KIND, self.invoke) + _encode_list(self.items) + encode_values(self.values)


@dataclass(frozen=True, slots=True)
class SetRequestWithListAndFirstDatablock:
    """Several attributes and the first piece of their values."""

    KIND: ClassVar[int] = 5
    invoke: int
    items: tuple[Selected, ...]
    block: Block

    def encode(self) -> bytes:
        """The octets."""
        return head(REQUEST, self.KIND, self.invoke) + _encode_list(self.items) + self.block.encode()


@dataclass(frozen=True, slots=True)
class SetResponseNormal:
    """Done, or the reason why not."""

    KIND: ClassVar[int] = 1
    invoke: int
    result: DataAccessResult

    def encode(self) -> bytes:
        """The octets."""
        return head(RESPONSE, self.KIND, self.invoke) + bytes((self.result,))


@dataclass(frozen=True, slots=True)
class SetResponseDatablock(PieceTaken):
    """Block `block` has come; the next one, please."""

    TAG: ClassVar[int] = RESPONSE
    KIND: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class SetResponseLastDatablock:
    """The result of a value that came in blocks."""

    KIND: ClassVar[int] = 3
    invoke: int
    result: DataAccessResult
    block: int

    def encode(self) -> bytes:
        """The octets."""
        return head(RESPONSE, self.KIND, self.invoke) + bytes((self.result,)) + self.block.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class SetResponseLastDatablockWithList:
    """The results of several values that came in blocks."""

    KIND: ClassVar[int] = 4
    invoke: int
    results: tuple[DataAccessResult, ...]
    block: int

    def encode(self) -> bytes:
        """The octets."""
        results = encode_length(len(self.results)) + bytes(self.results)
        return head(RESPONSE, self.KIND, self.invoke) + results + self.block.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class SetResponseWithList:
    """One result per attribute, in order."""

    KIND: ClassVar[int] = 5
    invoke: int
    results: tuple[DataAccessResult, ...]

    def encode(self) -> bytes:
        """The octets."""
        return head(RESPONSE, self.KIND, self.invoke) + encode_length(len(self.results)) + bytes(self.results)


SetRequest: TypeAlias = (
    SetRequestNormal
    | SetRequestWithFirstDatablock
    | SetRequestWithDatablock
    | SetRequestWithList
    | SetRequestWithListAndFirstDatablock
)
SetResponse: TypeAlias = (
    SetResponseNormal
    | SetResponseDatablock
    | SetResponseLastDatablock
    | SetResponseLastDatablockWithList
    | SetResponseWithList
)


def parse_set_request(cursor: Cursor) -> SetRequest | None:
    """After the tag; None for a kind that does not exist. Raises MalformedValue."""
    kind, invoke = cursor.octet(), cursor.octet()
    if kind == SetRequestNormal.KIND:
        attribute, access = read_selected(cursor)
        return SetRequestNormal(invoke, attribute, cursor.data(), access)
    if kind == SetRequestWithFirstDatablock.KIND:
        attribute, access = read_selected(cursor)
        return SetRequestWithFirstDatablock(invoke, attribute, read_block(cursor), access)
    if kind == SetRequestWithDatablock.KIND:
        return SetRequestWithDatablock(invoke, read_block(cursor))
    if kind == SetRequestWithList.KIND:
        return SetRequestWithList(invoke, _read_list(cursor), read_values(cursor))
    if kind == SetRequestWithListAndFirstDatablock.KIND:
        return SetRequestWithListAndFirstDatablock(invoke, _read_list(cursor), read_block(cursor))
    return None


def _read_list(cursor: Cursor) -> tuple[Selected, ...]:
    return tuple(read_selected(cursor) for _index in range(cursor.count()))


def parse_set_response(cursor: Cursor) -> SetResponse | None:
    """After the tag; None for a kind that does not exist. Raises MalformedValue."""
    kind, invoke = cursor.octet(), cursor.octet()
    if kind == SetResponseNormal.KIND:
        return SetResponseNormal(invoke, DataAccessResult(cursor.octet()))
    if kind == SetResponseDatablock.KIND:
        return SetResponseDatablock(invoke, cursor.u32())
    if kind == SetResponseLastDatablock.KIND:
        return SetResponseLastDatablock(invoke, DataAccessResult(cursor.octet()), cursor.u32())
    if kind == SetResponseLastDatablockWithList.KIND:
        return SetResponseLastDatablockWithList(invoke, _read_results(cursor), cursor.u32())
    if kind == SetResponseWithList.KIND:
        return SetResponseWithList(invoke, _read_results(cursor))
    return None


def _read_results(cursor: Cursor) -> tuple[DataAccessResult, ...]:
    return tuple(DataAccessResult(octet) for octet in cursor.counted())
