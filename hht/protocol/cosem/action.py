"""ACTION requests and responses (Green Book 9.3.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from hht.protocol.cosem.axdr import encode
from hht.protocol.cosem.codes import ActionResult, DataAccessResult
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.descriptors import CosemMethod
from hht.protocol.cosem.fields import (
    Block,
    NextPiece,
    Outcome,
    PieceTaken,
    encode_method,
    encode_outcome,
    encode_values,
    head,
    read_block,
    read_method,
    read_outcome,
    read_values,
)
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.cosem.values import Data, Encoded

REQUEST, RESPONSE = 0xC3, 0xC7


def _encode_methods(methods: tuple[CosemMethod, ...]) -> bytes:
    return encode_length(len(methods)) + b"".join(encode_method(method) for method in methods)


@dataclass(frozen=True, slots=True)
class ActionRequestNormal:
    """One method."""

    KIND: ClassVar[int] = 1
    invoke: int
    method: CosemMethod
    parameters: Data | Encoded | None = None

    def encode(self) -> bytes:
        """The octets."""
        tail = b"\x00" if self.parameters is None else b"\x01" + encode(self.parameters)
        return head(REQUEST, self.KIND, self.invoke) + encode_method(self.method) + tail


@dataclass(frozen=True, slots=True)
class ActionRequestNextPblock:
    """The block of the answer after `block`."""

    KIND: ClassVar[int] = 2
    invoke: int
    block: int

    def encode(self) -> bytes:
        """The octets."""
        return head(REQUEST, self.KIND, self.invoke) + self.block.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class ActionRequestWithList:
    """Several methods and as many parameters."""

    KIND: ClassVar[int] = 3
    invoke: int
    methods: tuple[CosemMethod, ...]
    parameters: tuple[Data | Encoded, ...]

    def encode(self) -> bytes:
        """The octets."""
        return head(REQUEST, self.KIND, self.invoke) + _encode_methods(self.methods) + encode_values(self.parameters)


@dataclass(frozen=True, slots=True)
class ActionRequestWithFirstPblock:
    """One method and the first piece of its parameters."""

    KIND: ClassVar[int] = 4
    invoke: int
    method: CosemMethod
    block: Block

    def encode(self) -> bytes:
        """The octets."""
        return head(REQUEST, self.KIND, self.invoke) + encode_method(self.method) + self.block.encode()


@dataclass(frozen=True, slots=True)
class ActionRequestWithListAndFirstPblock:
    """Several methods and the first piece of their parameters."""

    KIND: ClassVar[int] = 5
    invoke: int
    methods: tuple[CosemMethod, ...]
    block: Block

    def encode(self) -> bytes:
        """The octets."""
        return head(REQUEST, self.KIND, self.invoke) + _encode_methods(self.methods) + self.block.encode()


@dataclass(frozen=True, slots=True)
class ActionRequestWithPblock(NextPiece):
    """The next piece of parameters."""

    TAG: ClassVar[int] = REQUEST
    KIND: ClassVar[int] = 6


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """A method's result, and what it returned."""

    result: ActionResult
    returned: Outcome | None = None

    def encode(self) -> bytes:
        """The octets."""
        tail = b"\x00" if self.returned is None else b"\x01" + encode_outcome(self.returned)
        return bytes((self.result,)) + tail


@dataclass(frozen=True, slots=True)
class ActionResponseNormal:
    """The outcome of one method."""

    KIND: ClassVar[int] = 1
    invoke: int
    outcome: ActionOutcome

    def encode(self) -> bytes:
        """The octets."""
        return head(RESPONSE, self.KIND, self.invoke) + self.outcome.encode()


@dataclass(frozen=True, slots=True)
class ActionResponseWithPblock:
    """A piece of a long return value."""

    KIND: ClassVar[int] = 2
    invoke: int
    block: Block

    def encode(self) -> bytes:
        """The octets."""
        return head(RESPONSE, self.KIND, self.invoke) + self.block.encode()


@dataclass(frozen=True, slots=True)
class ActionResponseWithList:
    """One outcome per method, in order."""

    KIND: ClassVar[int] = 3
    invoke: int
    outcomes: tuple[ActionOutcome, ...]

    def encode(self) -> bytes:
        """The octets."""
        return head(RESPONSE, self.KIND, self.invoke) + encode_action_outcomes(self.outcomes)


@dataclass(frozen=True, slots=True)
class ActionResponseNextPblock(PieceTaken):
    """Block `block` has come; the next one, please."""

    TAG: ClassVar[int] = RESPONSE
    KIND: ClassVar[int] = 4


ActionRequest: TypeAlias = (
    ActionRequestNormal
    | ActionRequestNextPblock
    | ActionRequestWithList
    | ActionRequestWithFirstPblock
    | ActionRequestWithListAndFirstPblock
    | ActionRequestWithPblock
)
ActionResponse: TypeAlias = (
    ActionResponseNormal | ActionResponseWithPblock | ActionResponseWithList | ActionResponseNextPblock
)


def encode_action_outcomes(outcomes: tuple[ActionOutcome, ...]) -> bytes:
    """The outcomes of a list, counted: also what is cut into blocks where it is long."""
    return encode_length(len(outcomes)) + b"".join(outcome.encode() for outcome in outcomes)


def parse_action_request(cursor: Cursor) -> ActionRequest | None:
    """After the tag; None for a kind that does not exist. Raises MalformedValue."""
    kind, invoke = cursor.octet(), cursor.octet()
    if kind == ActionRequestNormal.KIND:
        method = read_method(cursor)
        return ActionRequestNormal(invoke, method, cursor.data() if cursor.flag() else None)
    if kind == ActionRequestNextPblock.KIND:
        return ActionRequestNextPblock(invoke, cursor.u32())
    if kind == ActionRequestWithList.KIND:
        return ActionRequestWithList(invoke, _read_methods(cursor), read_values(cursor))
    if kind == ActionRequestWithFirstPblock.KIND:
        return ActionRequestWithFirstPblock(invoke, read_method(cursor), read_block(cursor))
    if kind == ActionRequestWithListAndFirstPblock.KIND:
        return ActionRequestWithListAndFirstPblock(invoke, _read_methods(cursor), read_block(cursor))
    if kind == ActionRequestWithPblock.KIND:
        return ActionRequestWithPblock(invoke, read_block(cursor))
    return None


def _read_methods(cursor: Cursor) -> tuple[CosemMethod, ...]:
    return tuple(read_method(cursor) for _index in range(cursor.count()))


def _read_outcome(cursor: Cursor) -> ActionOutcome:
    result = ActionResult(cursor.octet())
    returned: Data | DataAccessResult | None = read_outcome(cursor) if cursor.flag() else None
    return ActionOutcome(result, returned)


def read_action_outcomes(cursor: Cursor) -> tuple[ActionOutcome, ...]:
    """The outcomes of a list. Raises MalformedValue."""
    return tuple(_read_outcome(cursor) for _index in range(cursor.count()))


def parse_action_response(cursor: Cursor) -> ActionResponse | None:
    """After the tag; None for a kind that does not exist. Raises MalformedValue."""
    kind, invoke = cursor.octet(), cursor.octet()
    if kind == ActionResponseNormal.KIND:
        return ActionResponseNormal(invoke, _read_outcome(cursor))
    if kind == ActionResponseWithPblock.KIND:
        return ActionResponseWithPblock(invoke, read_block(cursor))
    if kind == ActionResponseWithList.KIND:
        return ActionResponseWithList(invoke, read_action_outcomes(cursor))
    if kind == ActionResponseNextPblock.KIND:
        return ActionResponseNextPblock(invoke, cursor.u32())
    return None
