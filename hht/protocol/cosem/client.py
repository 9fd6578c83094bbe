"""The client's half of a COSEM association, sans I/O: what to send, and what an answer means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from hht.i18n import _
from hht.protocol.cosem import operations
from hht.protocol.cosem.access import (
    BREAK_ON_ERROR,
    LONG_CONFIRMED,
    LONG_HIGH_PRIORITY,
    LONG_INVOKE_ID,
    AccessItem,
    AccessRequest,
)
from hht.protocol.cosem.acse import Rlrq
from hht.protocol.cosem.action import ActionRequestNormal, ActionRequestWithFirstPblock, ActionRequestWithList
from hht.protocol.cosem.agreement import Agreement
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.arriving import Arrivals
from hht.protocol.cosem.axdr import encode
from hht.protocol.cosem.blocks import WINDOW, BlockExchange
from hht.protocol.cosem.channel import Channel
from hht.protocol.cosem.codes import Conformance
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.errors import UnexpectedApdu, ValueOutOfRange
from hht.protocol.cosem.fields import Block, encode_values
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.cosem.get import GetRequestNormal, GetRequestWithList
from hht.protocol.cosem.handshake import AssociationRequest, Handshake
from hht.protocol.cosem.heard import UNASKED, notified, opened, raise_refusal
from hht.protocol.cosem.initiate import InitiateRequest
from hht.protocol.cosem.operations import Operation
from hht.protocol.cosem.operations_listed import Access, ActionList
from hht.protocol.cosem.profile import Selection, selective_access
from hht.protocol.cosem.put import (
    SetRequestNormal,
    SetRequestWithFirstDatablock,
    SetRequestWithList,
    SetRequestWithListAndFirstDatablock,
)
from hht.protocol.cosem.results import (
    AccessListResult,
    AccessOutcome,
    ActionDone,
    ActionListResult,
    Associated,
    GetListResult,
    GetResult,
    GetStreamed,
    NextRequest,
    Released,
    Result,
    SetDone,
    SetListResult,
)
from hht.protocol.cosem.values import NULL, Data, Encoded
from hht.protocol.frames import ProtocolError

__all__ = [
    "AccessListResult",
    "AccessOutcome",
    "ActionDone",
    "ActionListResult",
    "Associated",
    "AssociationRequest",
    "CosemClient",
    "GetListResult",
    "GetResult",
    "GetStreamed",
    "NextRequest",
    "Released",
    "Result",
    "SetDone",
    "SetListResult",
]

MAX_BESIDE = 256
_CONFIRMED, _HIGH_PRIORITY = 0x40, 0x80


class CosemClient:
    """One association. A method returns the APDU to send; each answer goes to `receive`, until it returns a Result.

    Where general blocks were agreed they carry what has no blocks of its own; with `window` above 0 (blocks
    taken in one stream, 63 at most) every request goes in them, and the answer comes in streams. What the meter
    sends unasked (`NextRequest.notification`) may come at any time and ends nothing.

    One operation at a time. `receive` raises DataAccessError, MethodError, AssociationRejected, ServiceRejected where
    the meter refuses, and ProtocolError (CosemError) where it breaks a rule; the operation is over then. A refusal that
    comes unprotected into a protected association is no refusal: it is an UnprotectedRefusal (a SecurityError), and
    whether what was asked has been done is not known. After a SecurityError nothing more from this line should be
    believed: release and connect again.
    """

    def __init__(
        self,
        request: AssociationRequest,
        *,
        random_bytes: Callable[[int], bytes] | None = None,
        window: int = 0,
    ) -> None:
        """`random_bytes` makes the challenge of HLS; needed for mechanism gmac only."""
        self._window = window
        self._exchange: BlockExchange | None = None
        self._long_invoke_id = 0
        self._arrivals = Arrivals()
        self._beside = 0  # notifications and late blocks in a row
        self._request = request
        self._random_bytes = random_bytes
        self._operation: _Pending | None = None
        self._associated: Associated | None = None
        self._channel: Channel | None = None
        self._invoke_id = 0

    @property
    def associated(self) -> bool:
        """The association stands."""
        return self._associated is not None

    @property
    def association(self) -> Associated:
        """What was negotiated. Raises UnexpectedApdu where there is no association."""
        if self._associated is None:
            raise UnexpectedApdu(
                _("There is no association with the meter."), remedy=_("Connect first."), code="cosem-not-associated"
            )
        return self._associated

    @property
    def _agreed(self) -> Agreement:
        return Agreement(self.association, self._channel, self._window)

    @property
    def is_ciphered(self) -> bool:
        """The ciphered application context is asked for, or stands."""
        return self._request.is_ciphered

    @property
    def counter_used(self) -> int:
        """The last invocation counter that was used under the keys; -1: none."""
        material = self._request.material
        return -1 if material is None else material.counters.next_to_send - 1

    def associate(self, max_pdu: int | None = None) -> bytes:
        """AARQ. An association that stood before is forgotten. `max_pdu`: the longest APDU that this end takes, where
        that depends on the line."""
        if max_pdu is not None:
            self._request = replace(self._request, max_pdu=max_pdu)
        self._associated = self._channel = self._exchange = None
        handshake = Handshake(self._request, self._random_bytes)
        apdu = handshake.aarq()
        self._operation = handshake
        return apdu

    def get(self, attribute: CosemAttribute, selection: Selection | None = None, *, stream: bool = False) -> bytes:
        """Read one attribute. `stream`: hand the raw value out piece by piece, keep and decode nothing."""
        self._agreed.need(Conformance.GET)
        self._agreed.need_parts(attribute, selection, Conformance.ATTRIBUTE0_WITH_GET)
        access = selective_access(selection)
        invoke = self._invoke()
        request = GetRequestNormal(invoke, attribute, access).encode()
        return self._start(operations.Get(invoke, str(attribute), stream=stream), request)

    def get_list(self, attributes: Sequence[CosemAttribute]) -> bytes:
        """Read several attributes (one at least) in one exchange."""
        self._agreed.need(Conformance.GET | Conformance.MULTIPLE_REFERENCES)
        invoke = self._invoke()
        request = GetRequestWithList(invoke, tuple((attribute, None) for attribute in attributes)).encode()
        return self._start(operations.Get(invoke, "", as_list=len(attributes)), request)

    def set(self, attribute: CosemAttribute, value: Data | Encoded, selection: Selection | None = None) -> bytes:
        """Write one attribute; in blocks where it is too long for the meter."""
        self._agreed.need(Conformance.SET)
        self._agreed.need_parts(attribute, selection, Conformance.ATTRIBUTE0_WITH_SET)
        access = selective_access(selection)
        invoke = self._invoke()
        request = SetRequestNormal(invoke, attribute, value, access).encode()
        if self._agreed.in_one(request, Conformance.BLOCK_TRANSFER_WITH_SET):
            return self._start(operations.Set(invoke, str(attribute)), request)
        self._agreed.need(Conformance.BLOCK_TRANSFER_WITH_SET)
        head = len(SetRequestWithFirstDatablock(invoke, attribute, Block(False, 1, b""), access).encode())
        first, blocks = self._agreed.cut(encode(value), head)
        request = SetRequestWithFirstDatablock(invoke, attribute, first, access).encode()
        return self._start(operations.Set(invoke, str(attribute), blocks), request)

    def set_list(self, values: Sequence[tuple[CosemAttribute, Data]]) -> bytes:
        """Write several attributes in one exchange; the meter answers for each."""
        self._agreed.need(Conformance.SET | Conformance.MULTIPLE_REFERENCES)
        invoke = self._invoke()
        items = tuple((attribute, None) for attribute, _value in values)
        listed = SetRequestWithList(invoke, items, tuple(value for _attribute, value in values))
        request = listed.encode()
        if self._agreed.in_one(request, Conformance.BLOCK_TRANSFER_WITH_SET):
            return self._start(operations.Set(invoke, "", as_list=len(values)), request)
        self._agreed.need(Conformance.BLOCK_TRANSFER_WITH_SET)
        head = len(SetRequestWithListAndFirstDatablock(invoke, items, Block(False, 1, b"")).encode())
        first, blocks = self._agreed.cut(encode_values(listed.values), head)
        request = SetRequestWithListAndFirstDatablock(invoke, items, first).encode()
        return self._start(operations.Set(invoke, "", blocks, len(values)), request)

    def action(self, method: CosemMethod, parameters: Data | Encoded | None = None) -> bytes:
        """Run one method; its parameters go in blocks where they are too long for the meter."""
        self._agreed.need(Conformance.ACTION)
        invoke = self._invoke()
        request = ActionRequestNormal(invoke, method, parameters).encode()
        if parameters is None or self._agreed.in_one(request, Conformance.BLOCK_TRANSFER_WITH_ACTION):
            return self._start(operations.Action(invoke, str(method)), request)
        self._agreed.need(Conformance.BLOCK_TRANSFER_WITH_ACTION)
        head = len(ActionRequestWithFirstPblock(invoke, method, Block(False, 1, b"")).encode())
        first, blocks = self._agreed.cut(encode(parameters), head)
        request = ActionRequestWithFirstPblock(invoke, method, first).encode()
        return self._start(operations.Action(invoke, str(method), blocks), request)

    def action_list(self, methods: Sequence[tuple[CosemMethod, Data | None]]) -> bytes:
        """Run several methods (one at least) in one exchange; None goes as null-data. The meter answers for each."""
        self._agreed.need(Conformance.ACTION | Conformance.MULTIPLE_REFERENCES)
        invoke = self._invoke()
        named = tuple(method for method, _parameters in methods)
        values = tuple(NULL if parameters is None else parameters for _method, parameters in methods)
        request = ActionRequestWithList(invoke, named, values).encode()
        return self._start(ActionList(invoke, len(methods)), request)

    def access(self, items: Sequence[tuple[AccessItem, Data | None]], *, break_on_error: bool = False) -> bytes:
        """Read, write and run several things in one exchange; each item with its value or parameters (None: none).

        `break_on_error`: what comes after the first item that fails is not done.
        """
        self._agreed.need(Conformance.ACCESS)
        named = tuple(item for item, _value in items)
        if any(getattr(item, "access", None) is not None for item in named):
            self._agreed.need(Conformance.SELECTIVE_ACCESS)
        self._long_invoke_id = self._long_invoke_id % LONG_INVOKE_ID + 1
        priority = LONG_HIGH_PRIORITY if Conformance.PRIORITY_MANAGEMENT in self.association.conformance else 0
        invoke = priority | LONG_CONFIRMED | BREAK_ON_ERROR * break_on_error | self._long_invoke_id
        values = tuple(NULL if value is None else value for _item, value in items)
        return self._start(Access(invoke, named), AccessRequest(invoke, named, values).encode())

    def release(self) -> bytes:
        """RLRQ. The association is over as soon as this is sent, whatever comes back."""
        information = b""
        if self._channel is not None:
            proposal = InitiateRequest(self._request.conformance, self._request.max_pdu).encode()
            information = self._channel.seal(proposal)
        self._operation = operations.Release(self._channel)
        self._associated = self._channel = None
        return Rlrq(0, information).encode()

    def receive(self, apdu: bytes) -> Result | NextRequest:
        """What the answer means: a result, or what to send next."""
        operation, self._operation = self._operation, None
        self._arrivals.apdu = None
        if apdu[:1] == bytes((GeneralBlock.TAG,)):
            return self._heard_block(apdu, operation)
        return self._answered(apdu, operation)

    def overhear(self, apdu: bytes) -> NextRequest:
        """A notification that came outside the connection, while an answer may be owed: it is never taken for one.

        Raises UnexpectedApdu for anything else, and ProtocolError where it is damaged or not from this meter.
        """
        plain, protected = opened(apdu, self._channel)
        believed = protected or not (self._request.is_ciphered or self._channel)
        if plain[:1] not in UNASKED or not believed:
            raise UnexpectedApdu(_("The meter sent something that nobody asked for."))
        return notified(plain, self._channel)

    def remind(self) -> NextRequest | None:
        """Nothing came for too long: what to say again; None where that would be no help (no blocks under way).

        Raises BlockOutOfOrder after a few times; the operation is over then.
        """
        exchange, operation = self._exchange, self._operation
        if exchange is None or operation is None or exchange.answered:
            return None
        self._operation = None
        blocks = exchange.remind()
        self._operation = operation
        return NextRequest(blocks[0], further=tuple(blocks[1:]))

    def _heard_block(self, apdu: bytes, operation: _Pending | None) -> Result | NextRequest:
        block = parse_apdu(apdu)
        assert isinstance(block, GeneralBlock)
        if self._associated is None or Conformance.GENERAL_BLOCK_TRANSFER not in self._associated.conformance:
            raise operations.unexpected(block)
        exchange = self._exchange
        if exchange is None or (exchange.answered and exchange.is_new(block)):
            exchange = self._exchange = BlockExchange(self._associated.max_pdu, self._window or WINDOW)
            self._arrivals.in_blocks = None
        answered = exchange.answered
        try:
            turn = exchange.hear(block)
        except ProtocolError:
            self._exchange = None
            raise
        if turn.message is not None:
            self._arrivals.in_blocks = None
            return self._answered(turn.message, operation)
        self._operation = operation
        if answered:
            self._count_beside()
            return NextRequest()  # an old block again: it has been understood
        return NextRequest(turn.send[0] if turn.send else b"", further=tuple(turn.send[1:]))

    def _answered(self, apdu: bytes, operation: _Pending | None) -> Result | NextRequest:
        plain, protected = opened(apdu, self._channel)
        if plain[:1] in UNASKED:
            self._operation = operation
            self._count_beside()
            return notified(plain, self._channel)
        if operation is None:
            raise UnexpectedApdu(_("The meter sent something that nobody asked for."))
        raise_refusal(plain, believed=protected or self._channel is None)
        result = operation.answer(plain)
        self._beside = 0
        if isinstance(result, NextRequest):
            self._operation = operation
            if self._channel is not None:
                return replace(result, apdu=self._channel.seal(result.apdu))
        elif isinstance(result, Associated) and isinstance(operation, Handshake):
            self._associated, self._channel = result, operation.channel
        return result

    def preview(self, part: bytes) -> bytes:
        """The raw octets of a streamed value that have come since the last call, while the APDU that begins with `part`
        is still arriving (b"": a general block has just been heard). In a ciphered association nothing vouches for them
        before `receive` hands them out again: they are for a screen. Raises MalformedValue."""
        operation = self._operation
        if not isinstance(operation, operations.Get):
            return b""
        return self._arrivals.take(part, self._exchange, self._channel).value(operation.value_in)

    def _count_beside(self) -> None:
        """What comes beside answers must not keep the terminal listening for ever."""
        self._beside += 1
        if self._beside > MAX_BESIDE:
            self._operation = None
            raise UnexpectedApdu(_("The meter sends notification after notification, and no answer."))

    def _start(self, operation: Operation, request: bytes) -> bytes:
        self._arrivals = Arrivals()
        limit = self.association.max_pdu
        sealed = self._channel.seal(request) if self._channel else request
        too_long = 0 < limit < len(sealed)
        if (self._window or too_long) and Conformance.GENERAL_BLOCK_TRANSFER in self.association.conformance:
            self._exchange = BlockExchange(limit, self._window or WINDOW)
            sealed = self._exchange.say(sealed)[0]  # one block, until the meter has said how many it takes
        elif too_long:
            raise ValueOutOfRange(
                _("The request is longer than the meter takes; nothing was sent."),
                remedy=_("Ask for fewer items at once."),
                code="cosem-request-too-long",
            )
        self._operation = operation
        return sealed

    def _invoke(self) -> int:
        self._invoke_id = self._invoke_id % 15 + 1
        priority = _HIGH_PRIORITY if Conformance.PRIORITY_MANAGEMENT in self.association.conformance else 0
        return priority | _CONFIRMED | self._invoke_id


_Pending: TypeAlias = Operation | Handshake | operations.Release
