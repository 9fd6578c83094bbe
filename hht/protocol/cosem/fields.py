"""Fields that several services share: attribute and method names, selective access, results, blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from hht.protocol.cosem.axdr import encode
from hht.protocol.cosem.codes import DataAccessResult
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod, SelectiveAccess
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import Data, Encoded

Outcome: TypeAlias = Data | Encoded | DataAccessResult
Selected: TypeAlias = tuple[CosemAttribute, SelectiveAccess | None]


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a long value: `raw` is a part of its encoded octets. Numbers count from 1."""

    last: bool
    number: int
    raw: bytes

    def encode(self) -> bytes:
        """Last flag, number, octets."""
        return bytes((self.last,)) + self.number.to_bytes(4, "big") + encode_length(len(self.raw)) + self.raw


def head(tag: int, kind: int, invoke: int) -> bytes:
    """What a SET or ACTION message begins with: its tag, which of its kinds it is, invoke-id and priority."""
    return bytes((tag, kind, invoke))


@dataclass(frozen=True, slots=True)
class NextPiece:
    """A request that carries the next piece of a long value, and nothing else."""

    TAG: ClassVar[int]
    KIND: ClassVar[int]
    invoke: int
    block: Block

    def encode(self) -> bytes:
        """The octets."""
        return head(self.TAG, self.KIND, self.invoke) + self.block.encode()


@dataclass(frozen=True, slots=True)
class PieceTaken:
    """An answer that piece `block` has come, and that the next may."""

    TAG: ClassVar[int]
    KIND: ClassVar[int]
    invoke: int
    block: int

    def encode(self) -> bytes:
        """The octets."""
        return head(self.TAG, self.KIND, self.invoke) + self.block.to_bytes(4, "big")


def encode_attribute(attribute: CosemAttribute) -> bytes:
    """Class, logical name, attribute."""
    return (
        attribute.class_id.to_bytes(2, "big") + bytes(attribute.obis) + (attribute.attribute & 0xFF).to_bytes(1, "big")
    )


def encode_method(method: CosemMethod) -> bytes:
    """Class, logical name, method."""
    return method.class_id.to_bytes(2, "big") + bytes(method.obis) + (method.method & 0xFF).to_bytes(1, "big")


def encode_selected(selected: Selected) -> bytes:
    """An attribute, with or without selective access."""
    attribute, access = selected
    tail = b"\x00" if access is None else bytes((1, access.selector)) + encode(access.parameters)
    return encode_attribute(attribute) + tail


def encode_outcome(outcome: Outcome) -> bytes:
    """Get-Data-Result: a value or the reason why not."""
    return bytes((1, outcome)) if isinstance(outcome, DataAccessResult) else b"\x00" + encode(outcome)


def encode_outcomes(outcomes: tuple[Outcome, ...]) -> bytes:
    """The results of a list, counted: also what is cut into blocks where it is long."""
    return encode_length(len(outcomes)) + b"".join(encode_outcome(outcome) for outcome in outcomes)


def encode_values(values: tuple[Data | Encoded, ...]) -> bytes:
    """The values of a list, counted."""
    return encode_length(len(values)) + b"".join(encode(value) for value in values)


def read_attribute(cursor: Cursor) -> CosemAttribute:
    """Raises MalformedValue."""
    return CosemAttribute(cursor.u16(), Obis.from_bytes(cursor.take(6)), cursor.signed())


def read_method(cursor: Cursor) -> CosemMethod:
    """Raises MalformedValue."""
    return CosemMethod(cursor.u16(), Obis.from_bytes(cursor.take(6)), cursor.signed())


def read_selected(cursor: Cursor) -> Selected:
    """Raises MalformedValue."""
    return read_attribute(cursor), SelectiveAccess(cursor.octet(), cursor.data()) if cursor.flag() else None


def read_outcome(cursor: Cursor) -> Data | DataAccessResult:
    """Raises MalformedValue."""
    return DataAccessResult(cursor.octet()) if cursor.flag() else cursor.data()


def read_outcomes(cursor: Cursor) -> tuple[Data | DataAccessResult, ...]:
    """Raises MalformedValue."""
    return tuple(read_outcome(cursor) for _index in range(cursor.count()))


def read_values(cursor: Cursor) -> tuple[Data, ...]:
    """Raises MalformedValue."""
    return tuple(cursor.data() for _index in range(cursor.count()))


def read_block(cursor: Cursor) -> Block:
    """Raises MalformedValue."""
    return Block(cursor.flag(), cursor.u32(), cursor.counted())
