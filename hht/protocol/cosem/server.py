"""The server's half of a COSEM association, sans I/O: a request in, an answer out. Never raises on what it hears."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hht.protocol.cosem.acse import Aarq, Rlre, Rlrq
from hht.protocol.cosem.action import (
    ActionOutcome,
    ActionRequest,
    ActionRequestNormal,
    ActionResponseNormal,
)
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.ciphered import Ciphered
from hht.protocol.cosem.codes import FIRST_LIGHT, ActionResult, Conformance, ServiceError, StateError
from hht.protocol.cosem.errors import CounterReplayed, NotSupported, PlaintextRefused, SecurityError
from hht.protocol.cosem.general import GeneralCiphering, GeneralSigning
from hht.protocol.cosem.get import GetRequest
from hht.protocol.cosem.handshake import REPLY_TO_HLS
from hht.protocol.cosem.initiate import ExceptionResponse
from hht.protocol.cosem.objects import ClientIdentity, ObjectModel, ServerAssociation
from hht.protocol.cosem.put import SetRequest
from hht.protocol.cosem.reception import Admitted, Reception
from hht.protocol.cosem.serving import Refused, Serving
from hht.protocol.cosem.values import Data, octets
from hht.protocol.frames import ProtocolError


@dataclass(slots=True)
class _Standing:
    """An association, or one that still waits for the client's proof."""

    admitted: Admitted
    serving: Serving
    proved: bool


class CosemServer:
    """One client's conversation with one logical device. Make one per connection (and client SAP).

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

    def receive(self, apdu: bytes) -> bytes | None:
        """The answer to `apdu`; None where none is due."""
        if not apdu:
            return None
        if apdu[0] == Aarq.TAG:
            return self._associate(apdu)
        if self._standing is None:
            return _exception(ServiceError.OPERATION_NOT_POSSIBLE)
        if self._max_pdu and len(apdu) > self._max_pdu:
            return _exception(ServiceError.PDU_TOO_LONG)
        try:
            if apdu[0] == Rlrq.TAG:
                return self._release(apdu, self._standing)
            return self._serve(apdu, self._standing)
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

    def _serve(self, apdu: bytes, standing: _Standing) -> bytes | None:
        channel = standing.admitted.channel
        if channel is not None:
            apdu, _envelope = channel.open(apdu)
        request = parse_apdu(apdu)
        if isinstance(request, Ciphered | GeneralCiphering | GeneralSigning):
            raise Refused(ServiceError.DECIPHERING_ERROR)
        if not isinstance(request, GetRequest | SetRequest | ActionRequest):
            raise Refused(ServiceError.SERVICE_NOT_SUPPORTED)
        if isinstance(request, ActionRequestNormal) and request.method == REPLY_TO_HLS:
            answer: bytes | None = self._proof(request, standing).encode()
        elif standing.proved:
            answer = standing.serving.answer(request)
        else:
            raise Refused(ServiceError.OPERATION_NOT_POSSIBLE)
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
