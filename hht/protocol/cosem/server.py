"""The server's half of a COSEM association, sans I/O: a request in, an answer out. Never raises on what it hears."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hht.protocol.cosem.access import LONG_INVOKE_ID, AccessRequest
from hht.protocol.cosem.acse import Aarq, Rlre, Rlrq
from hht.protocol.cosem.action import (
    ActionOutcome,
    ActionRequest,
    ActionRequestNormal,
    ActionResponseNormal,
)
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.blocks import BlockExchange
from hht.protocol.cosem.ciphered import Ciphered
from hht.protocol.cosem.codes import FIRST_LIGHT, ActionResult, Conformance, ServiceError, StateError
from hht.protocol.cosem.errors import CounterReplayed, NotSupported, PlaintextRefused, SecurityError
from hht.protocol.cosem.general import GeneralCiphering, GeneralSigning
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.cosem.get import GetRequest
from hht.protocol.cosem.handshake import REPLY_TO_HLS
from hht.protocol.cosem.initiate import ExceptionResponse
from hht.protocol.cosem.notifications import DataNotification, DataNotificationConfirm, EventNotification
from hht.protocol.cosem.objects import ClientIdentity, ObjectModel, ServerAssociation
from hht.protocol.cosem.put import SetRequest
from hht.protocol.cosem.reception import Admitted, Reception
from hht.protocol.cosem.serving import Refused, Serving
from hht.protocol.cosem.values import Data, octets
from hht.protocol.frames import ProtocolError

MAX_NOTICES = 32  # notifications that wait for one client
_NOT_IN_BLOCKS = (bytes((Aarq.TAG,)), bytes((Rlrq.TAG,)), bytes((GeneralBlock.TAG,)))


@dataclass(slots=True)
class _Standing:
    """An association, or one that still waits for the client's proof."""

    admitted: Admitted
    serving: Serving
    proved: bool
    exchange: BlockExchange | None = None
    further: list[bytes] = field(default_factory=list)  # blocks that follow the one just handed out
    notices: list[bytes] = field(default_factory=list)  # encoded notifications, waiting for a turn
    told: list[bytes] = field(default_factory=list)  # notifications as they leave, before the answer
    owed: set[int] = field(default_factory=set)  # long invoke-ids of notifications that are not confirmed yet


class CosemServer:
    """One client's conversation with one logical device. Make one per connection (and client SAP).

    After each `receive`, whatever it returned, send what `more` has until it has nothing.

    `system_title` is the meter's (8 octets), `max_pdu` the longest APDU it takes (0: no limit).
    """

    def __init__(
        self,
        objects: ObjectModel,
        associations: Sequence[ServerAssociation],
        *,
        client_sap: int,
        system_title: bytes,
        random_bytes: Callable[[int], bytes],
        max_pdu: int = 0xFFFF,
        conformance: Conformance = FIRST_LIGHT,
    ) -> None:
        self._objects = objects
        self._max_pdu = max_pdu
        row = next((row for row in associations if row.sap == client_sap), None)
        self._reception = Reception(row, client_sap, system_title, random_bytes, max_pdu, conformance)
        self._standing: _Standing | None = None

    @property
    def client(self) -> ClientIdentity | None:
        """Who is associated (and has proved itself); None otherwise."""
        if self._standing is None or not self._standing.proved:
            return None
        return self._standing.admitted.client

    @property
    def unconfirmed(self) -> frozenset[int]:
        """Long invoke-ids of notifications that the client has not confirmed yet."""
        return frozenset(self._standing.owed if self._standing else ())

    def notify(self, notice: DataNotification | EventNotification) -> bool:
        """Tell the client when its next turn comes; False where it did not agree to be told, or takes no more."""
        standing = self._standing
        event = isinstance(notice, EventNotification)
        service = Conformance.EVENT_NOTIFICATION if event else Conformance.DATA_NOTIFICATION
        if standing is None or not standing.proved or service not in standing.admitted.conformance:
            return False
        octets, channel = notice.encode(), standing.admitted.channel
        room = (standing.admitted.client_max_pdu or 0xFFFF) - (channel.most_overhead() if channel else 0)
        if len(octets) > room or len(standing.notices) >= MAX_NOTICES:
            return False
        standing.notices.append(octets)
        if isinstance(notice, DataNotification) and notice.confirmed:
            standing.owed.add(notice.long_invoke & LONG_INVOKE_ID)
        return True

    def receive(self, apdu: bytes) -> bytes | None:
        """The answer to `apdu`; None where none is due."""
        standing = self._standing
        if not apdu:
            return None
        if standing is not None and apdu[0] == GeneralBlock.TAG:
            return self._block(apdu, standing)
        if standing is None or apdu[:1] in _NOT_IN_BLOCKS:
            return self._reply(apdu)
        exchange, standing.exchange = standing.exchange, None
        answer = self._leave(self._reply(apdu), in_blocks=False)
        if answer is None:
            standing.exchange = exchange  # it was no request: what is under way goes on
        return self._first(answer)

    def _tell(self, standing: _Standing) -> None:
        """What waits to be told is sealed now, in the order in which it will leave."""
        channel = standing.admitted.channel
        standing.told += [channel.seal(notice) if channel else notice for notice in standing.notices]
        standing.notices.clear()

    def _first(self, answer: bytes | None) -> bytes | None:
        """What leaves first: a notification, then `answer`; the others leave before what `further` holds."""
        standing = self._standing
        if standing is None:
            return answer
        sent = [*standing.told, *([] if answer is None else [answer])]
        standing.told.clear()
        standing.further = [*sent[1:], *standing.further]
        return sent[0] if sent else None

    def more(self) -> bytes | None:
        """What else is to be sent now: further blocks of the answer, then notifications; None: nothing."""
        standing = self._standing
        if standing is None:
            return None
        if standing.further:
            return standing.further.pop(0)
        # A protected answer that may have to be sent again must not come after a message with a higher counter
        if not standing.notices or (standing.exchange is not None and standing.exchange.under_way):
            return None
        self._tell(standing)
        return self._first(None)

    def _leave(self, answer: bytes | None, *, in_blocks: bool) -> bytes | None:
        """`answer`, or the first of its blocks where it is longer than the client takes, or came to be asked so."""
        standing = self._standing
        if answer is None or standing is None:
            return answer
        limit, agreed = standing.admitted.client_max_pdu, standing.admitted.conformance
        too_long = 0 < limit < len(answer)
        if not (in_blocks or too_long) or Conformance.GENERAL_BLOCK_TRANSFER not in agreed:
            return answer
        if standing.exchange is None:
            standing.exchange = BlockExchange(limit, asks=False)
        first, *standing.further = standing.exchange.say(answer)
        return first

    def _block(self, apdu: bytes, standing: _Standing) -> bytes | None:
        if not standing.proved or Conformance.GENERAL_BLOCK_TRANSFER not in standing.admitted.conformance:
            return _exception(ServiceError.SERVICE_NOT_SUPPORTED)
        try:
            block = parse_apdu(apdu)
            assert isinstance(block, GeneralBlock)
            if standing.exchange is None or standing.exchange.is_new(block):
                standing.exchange = BlockExchange(standing.admitted.client_max_pdu, asks=False)
            turn = standing.exchange.hear(block)
        except ProtocolError:
            standing.exchange = None
            return _exception(ServiceError.OTHER_REASON)
        if turn.message is not None:
            if turn.message[:1] in _NOT_IN_BLOCKS:
                return self._leave(_exception(ServiceError.SERVICE_NOT_SUPPORTED), in_blocks=True)
            return self._first(self._leave(self._reply(turn.message, whole=True), in_blocks=True))
        standing.further = turn.send[1:]
        return turn.send[0] if turn.send else None

    def _reply(self, apdu: bytes, *, whole: bool = False) -> bytes | None:
        """The answer as one APDU; `whole`: it came in general blocks, and may be as long as it is."""
        if apdu[0] == Aarq.TAG:
            return self._associate(apdu)
        if self._standing is None:
            return _exception(ServiceError.OPERATION_NOT_POSSIBLE)
        if self._max_pdu and len(apdu) > self._max_pdu and not whole:
            return _exception(ServiceError.PDU_TOO_LONG)
        try:
            if apdu[0] == Rlrq.TAG:
                return self._release(apdu, self._standing)
            return self._serve(apdu, self._standing, whole=whole)
        except Refused as refused:
            return _exception(refused.error)
        except CounterReplayed as replayed:
            return ExceptionResponse(
                StateError.SERVICE_NOT_ALLOWED, ServiceError.INVOCATION_COUNTER_ERROR, replayed.received
            ).encode()
        except PlaintextRefused:
            return _exception(ServiceError.OPERATION_NOT_POSSIBLE)
        except SecurityError:
            return _exception(ServiceError.DECIPHERING_ERROR)
        except NotSupported:
            return _exception(ServiceError.SERVICE_NOT_SUPPORTED, StateError.SERVICE_UNKNOWN)
        except ProtocolError:
            return _exception(ServiceError.OTHER_REASON)

    def disconnected(self) -> None:
        """The connection below has gone: the association with it."""
        self._standing = None

    def _associate(self, apdu: bytes) -> bytes:
        self._standing = None
        answer, admitted = self._reception.answer(apdu)
        if admitted is not None:
            limit = admitted.client_max_pdu
            serving = Serving(self._objects, admitted, limit)
            self._standing = _Standing(admitted, serving, proved=not admitted.challenge)
        return answer

    def _release(self, apdu: bytes, standing: _Standing) -> bytes:
        request = parse_apdu(apdu)
        assert isinstance(request, Rlrq)
        channel = standing.admitted.channel
        information = b""
        if channel is not None:
            if request.user_information:
                channel.open(request.user_information)
            information = channel.seal(standing.admitted.response)
        self._standing = None
        return Rlre(0, information).encode()

    def _serve(self, apdu: bytes, standing: _Standing, *, whole: bool) -> bytes | None:
        channel = standing.admitted.channel
        if channel is not None:
            apdu, _envelope = channel.open(apdu)
        request = parse_apdu(apdu)
        if isinstance(request, Ciphered | GeneralCiphering | GeneralSigning):
            raise Refused(ServiceError.DECIPHERING_ERROR)
        if isinstance(request, DataNotificationConfirm):
            standing.owed.discard(request.long_invoke & LONG_INVOKE_ID)
            return None
        if not isinstance(request, GetRequest | SetRequest | ActionRequest | AccessRequest):
            raise Refused(ServiceError.SERVICE_NOT_SUPPORTED)
        if isinstance(request, ActionRequestNormal) and request.method == REPLY_TO_HLS:
            answer: bytes | None = self._proof(request, standing).encode()
        elif standing.proved:
            answer = standing.serving.answer(request, whole=whole)
        else:
            raise Refused(ServiceError.OPERATION_NOT_POSSIBLE)
        if standing.proved:
            self._tell(standing)
        return channel.seal(answer) if channel is not None and answer is not None else answer

    def _proof(self, request: ActionRequestNormal, standing: _Standing) -> ActionResponseNormal:
        """Pass 3 and 4 of HLS; one attempt."""
        given = request.parameters
        proof = given.value if isinstance(given, Data) and isinstance(given.value, bytes) else b""
        ours = b"" if standing.proved else self._reception.proof(standing.admitted, proof)
        if not ours:
            if not standing.proved:
                self._standing = None
            return ActionResponseNormal(request.invoke, ActionOutcome(ActionResult.READ_WRITE_DENIED))
        standing.proved = True
        return ActionResponseNormal(request.invoke, ActionOutcome(ActionResult.SUCCESS, octets(ours)))


def _exception(error: ServiceError, state: StateError = StateError.SERVICE_NOT_ALLOWED) -> bytes:
    return ExceptionResponse(state, error).encode()
