"""The server's services: get, set, action over an object model; lists, and blocks both ways. Plain APDUs in and out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from hht.protocol.cosem import action, get, put
from hht.protocol.cosem.access import AccessRequest
from hht.protocol.cosem.action import ActionOutcome
from hht.protocol.cosem.apdu import Request
from hht.protocol.cosem.association_object import ASSOCIATION, AssociationObject
from hht.protocol.cosem.axdr import decode, encode
from hht.protocol.cosem.codes import ActionResult, Conformance, DataAccessResult, ServiceError
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod, SelectiveAccess
from hht.protocol.cosem.errors import AccessDenied, CosemError, MalformedValue, UnexpectedType
from hht.protocol.cosem.fields import Block, Outcome, Selected, encode_outcomes, read_values
from hht.protocol.cosem.objects import ObjectModel
from hht.protocol.cosem.profile import Selection, parse_selection
from hht.protocol.cosem.reception import Admitted
from hht.protocol.cosem.serving_access import serve_access
from hht.protocol.cosem.values import Data, Encoded

MAX_VALUE_OCTETS = 2_000_000  # of a value that comes in blocks, and of the answer to a list
_PROFILE, _BUFFER = 7, 2
_GET_HEAD, _ACTION_HEAD = 3 + 1 + 4 + 1, 3 + 1 + 4  # before the length of a block's octets


class Refused(Exception):
    """The request as such is not served: an exception response."""

    def __init__(self, error: ServiceError) -> None:
        super().__init__(error.name)
        self.error = error


@dataclass(slots=True)
class _Leaving:
    """A long answer on its way out. `number` is the last block that was sent."""

    kind: type[get.GetResponseWithDatablock] | type[action.ActionResponseWithPblock]
    invoke: int
    raw: bytes
    position: int = 0
    number: int = 0


Finish: TypeAlias = Callable[[bytes, int], bytes]  # the whole value and the last block's number -> the answer


@dataclass(slots=True)
class _Coming:
    """A long value on its way in."""

    kind: type[put.SetRequestWithDatablock] | type[action.ActionRequestWithPblock]
    invoke: int
    finish: Finish
    raw: bytearray
    number: int = 0


class Serving:
    """Serves one association. `limit` is the longest APDU that the client takes, 0: no limit."""

    def __init__(self, objects: ObjectModel, admitted: Admitted, limit: int) -> None:
        self._objects = objects
        self._admitted = admitted
        self._client = admitted.client
        self._association = AssociationObject(objects, admitted)
        self._limit = limit
        self._whole = False
        self._leaving: _Leaving | None = None
        self._coming: _Coming | None = None

    def answer(self, request: Request, *, whole: bool = False) -> bytes | None:
        """The answer to one request; `whole`: however long (general blocks carry it). Raises Refused, ProtocolError."""
        self._whole = whole
        if isinstance(request, get.GetRequestNext):
            return self._next_block(request.invoke, request.block, get.GetResponseWithDatablock)
        if isinstance(request, action.ActionRequestNextPblock):
            return self._next_block(request.invoke, request.block, action.ActionResponseWithPblock)
        if isinstance(request, put.SetRequestWithDatablock | action.ActionRequestWithPblock):
            return self._take_block(type(request), request.invoke, request.block)
        self._leaving = self._coming = None  # a new request ends a transfer that was under way
        if isinstance(request, AccessRequest):
            self._need(Conformance.ACCESS)
            return serve_access(request, self._read, self._write, self._run).encode()
        if isinstance(request, get.GetRequestNormal | get.GetRequestWithList):
            return self._get(request)
        if isinstance(
            request,
            put.SetRequestNormal
            | put.SetRequestWithList
            | put.SetRequestWithFirstDatablock
            | put.SetRequestWithListAndFirstDatablock,
        ):
            return self._set(request)
        return self._action(request)

    # --- services

    def _need(self, services: Conformance) -> None:
        if services & ~self._admitted.conformance:
            raise Refused(ServiceError.SERVICE_NOT_SUPPORTED)

    def _get(self, request: get.GetRequestNormal | get.GetRequestWithList) -> bytes:
        self._need(Conformance.GET)
        if isinstance(request, get.GetRequestWithList):
            self._need(Conformance.MULTIPLE_REFERENCES)
            outcomes = self._read_all(request.items)
            whole = get.GetResponseWithList(request.invoke, outcomes).encode()
            raw = encode_outcomes(outcomes)
        else:
            outcome = self._read((request.attribute, request.access))
            whole = get.GetResponseNormal(request.invoke, outcome).encode()
            raw = b"" if isinstance(outcome, DataAccessResult) else encode(outcome)
        if self._in_one(whole, Conformance.BLOCK_TRANSFER_WITH_GET):
            return whole
        if Conformance.BLOCK_TRANSFER_WITH_GET not in self._admitted.conformance:
            return get.GetResponseNormal(request.invoke, DataAccessResult.DATA_BLOCK_UNAVAILABLE).encode()
        self._leaving = _Leaving(get.GetResponseWithDatablock, request.invoke, raw)
        return self._send_block(self._leaving)

    def _set(
        self,
        request: put.SetRequestNormal
        | put.SetRequestWithList
        | put.SetRequestWithFirstDatablock
        | put.SetRequestWithListAndFirstDatablock,
    ) -> bytes:
        self._need(Conformance.SET)
        invoke = request.invoke
        if isinstance(request, put.SetRequestNormal):
            item = (request.attribute, request.access)
            return put.SetResponseNormal(invoke, self._write(item, request.value)).encode()
        if isinstance(request, put.SetRequestWithList):
            self._need(Conformance.MULTIPLE_REFERENCES)
            return put.SetResponseWithList(invoke, self._write_all(request.items, request.values)).encode()
        self._need(Conformance.BLOCK_TRANSFER_WITH_SET)
        self._coming = _Coming(put.SetRequestWithDatablock, invoke, self._set_finish(request), bytearray())
        return self._take_block(put.SetRequestWithDatablock, invoke, request.block)

    def _set_finish(
        self, request: put.SetRequestWithFirstDatablock | put.SetRequestWithListAndFirstDatablock
    ) -> Finish:
        invoke = request.invoke
        if isinstance(request, put.SetRequestWithFirstDatablock):
            selected = (request.attribute, request.access)

            def one(raw: bytes, block: int) -> bytes:
                return put.SetResponseLastDatablock(invoke, self._write(selected, Encoded(raw)), block).encode()

            return one
        self._need(Conformance.MULTIPLE_REFERENCES)
        items = request.items

        def many(raw: bytes, block: int) -> bytes:
            results = self._write_all(items, _listed(raw))
            return put.SetResponseLastDatablockWithList(invoke, results, block).encode()

        return many

    def _action(
        self,
        request: action.ActionRequestNormal
        | action.ActionRequestWithList
        | action.ActionRequestWithFirstPblock
        | action.ActionRequestWithListAndFirstPblock,
    ) -> bytes:
        self._need(Conformance.ACTION)
        invoke = request.invoke
        if isinstance(request, action.ActionRequestNormal):
            return self._acted(invoke, self._run(request.method, request.parameters))
        if isinstance(request, action.ActionRequestWithList):
            self._need(Conformance.MULTIPLE_REFERENCES)
            return self._all_acted(invoke, self._run_all(request.methods, request.parameters))
        self._need(Conformance.BLOCK_TRANSFER_WITH_ACTION)
        self._coming = _Coming(action.ActionRequestWithPblock, invoke, self._action_finish(request), bytearray())
        return self._take_block(action.ActionRequestWithPblock, invoke, request.block)

    def _action_finish(
        self, request: action.ActionRequestWithFirstPblock | action.ActionRequestWithListAndFirstPblock
    ) -> Finish:
        invoke = request.invoke
        if isinstance(request, action.ActionRequestWithFirstPblock):
            method = request.method

            def one(raw: bytes, _block: int) -> bytes:
                return self._acted(invoke, self._run(method, Encoded(raw)))

            return one
        self._need(Conformance.MULTIPLE_REFERENCES)
        methods = request.methods

        def many(raw: bytes, _block: int) -> bytes:
            return self._all_acted(invoke, self._run_all(methods, _listed(raw)))

        return many

    def _acted(self, invoke: int, outcome: ActionOutcome) -> bytes:
        whole = action.ActionResponseNormal(invoke, outcome).encode()
        if self._in_one(whole, Conformance.BLOCK_TRANSFER_WITH_ACTION) or not isinstance(
            outcome.returned, Data | Encoded
        ):
            return whole
        return self._long_action(invoke, encode(outcome.returned))

    def _all_acted(self, invoke: int, outcomes: tuple[ActionOutcome, ...]) -> bytes:
        whole = action.ActionResponseWithList(invoke, outcomes).encode()
        if self._in_one(whole, Conformance.BLOCK_TRANSFER_WITH_ACTION):
            return whole
        return self._long_action(invoke, action.encode_action_outcomes(outcomes))

    def _long_action(self, invoke: int, raw: bytes) -> bytes:
        if Conformance.BLOCK_TRANSFER_WITH_ACTION not in self._admitted.conformance:
            outcome = ActionOutcome(ActionResult.DATA_BLOCK_UNAVAILABLE)
            return action.ActionResponseNormal(invoke, outcome).encode()
        self._leaving = _Leaving(action.ActionResponseWithPblock, invoke, raw)
        return self._send_block(self._leaving)

    # --- blocks

    def _in_one(self, apdu: bytes, own_blocks: Conformance) -> bool:
        """`apdu` goes as one: it fits, or general blocks carry it (where it has no blocks of its own)."""
        agreed = self._admitted.conformance
        general = self._whole or (Conformance.GENERAL_BLOCK_TRANSFER in agreed and own_blocks not in agreed)
        return general or self._limit == 0 or len(apdu) <= self._room()

    def _room(self) -> int:
        channel = self._admitted.channel
        return self._limit - (channel.overhead(self._limit) if channel else 0)

    def _send_block(self, leaving: _Leaving) -> bytes:
        of_get = leaving.kind is get.GetResponseWithDatablock
        head = _GET_HEAD if of_get else _ACTION_HEAD
        room = self._room() - head
        size = room - (1 if room <= 0x80 else 2 if room <= 0x101 else 3)  # the length before the octets
        piece = leaving.raw[leaving.position : leaving.position + size]
        leaving.position += len(piece)
        leaving.number += 1
        last = leaving.position >= len(leaving.raw)
        if last:
            self._leaving = None
        if of_get:
            return get.GetResponseWithDatablock(leaving.invoke, last, leaving.number, piece).encode()
        return action.ActionResponseWithPblock(leaving.invoke, Block(last, leaving.number, piece)).encode()

    def _next_block(self, invoke: int, block: int, kind: type) -> bytes:
        leaving = self._leaving
        of_get = kind is get.GetResponseWithDatablock
        if leaving is None or leaving.kind is not kind or leaving.invoke & 0x0F != invoke & 0x0F:
            result = DataAccessResult.NO_LONG_GET_IN_PROGRESS
            code = ActionResult.NO_LONG_ACTION_IN_PROGRESS
        elif block != leaving.number:
            self._leaving = None
            result, code = DataAccessResult.DATA_BLOCK_NUMBER_INVALID, ActionResult.LONG_ACTION_ABORTED
        else:
            return self._send_block(leaving)
        if of_get:
            return get.GetResponseWithDatablock(invoke, True, block, result).encode()
        return action.ActionResponseNormal(invoke, ActionOutcome(code)).encode()

    def _take_block(self, kind: type, invoke: int, block: Block) -> bytes:
        coming = self._coming
        if coming is None or coming.kind is not kind or coming.invoke & 0x0F != invoke & 0x0F:
            return _not_coming(kind, invoke, block)
        too_long = len(coming.raw) + len(block.raw) > MAX_VALUE_OCTETS
        if block.number != coming.number + 1 or too_long:
            self._coming = None
            return _aborted(kind, invoke, block)
        coming.number = block.number
        coming.raw += block.raw
        if block.last:
            self._coming = None
            return coming.finish(bytes(coming.raw), block.number)
        if kind is put.SetRequestWithDatablock:
            return put.SetResponseDatablock(invoke, block.number).encode()
        return action.ActionResponseNextPblock(invoke, block.number).encode()

    # --- the model

    def _read(self, item: Selected) -> Outcome:
        attribute, access = item
        try:
            if access is not None:
                self._need(Conformance.SELECTIVE_ACCESS)
            if (attribute.class_id, attribute.obis) == ASSOCIATION:
                return self._association.get(attribute)
            return self._objects.get(self._client, attribute, _selection(attribute, access))
        except AccessDenied as denied:
            return DataAccessResult(denied.result)
        except (UnexpectedType, MalformedValue):
            return DataAccessResult.TYPE_UNMATCHED
        except CosemError:
            return DataAccessResult.OTHER_REASON

    def _read_all(self, items: tuple[Selected, ...]) -> tuple[Outcome, ...]:
        """A short request must not make an answer without bounds: what is too much for one answer is refused."""
        room = MAX_VALUE_OCTETS
        outcomes: list[Outcome] = []
        for item in items:
            outcome = self._read(item) if room > 0 else DataAccessResult.OTHER_REASON
            if not isinstance(outcome, DataAccessResult):
                octets = encode(outcome)
                room -= len(octets)
                outcome = Encoded(octets) if room > 0 else DataAccessResult.OTHER_REASON
            outcomes.append(outcome)
        return tuple(outcomes)

    def _write(self, item: Selected, value: Data | Encoded) -> DataAccessResult:
        attribute, access = item
        try:
            if access is not None:
                self._need(Conformance.SELECTIVE_ACCESS)
            if (attribute.class_id, attribute.obis) == ASSOCIATION:
                return DataAccessResult.READ_WRITE_DENIED
            data = decode(value.octets) if isinstance(value, Encoded) else value
            self._objects.set(self._client, attribute, data, _selection(attribute, access))
        except AccessDenied as denied:
            return DataAccessResult(denied.result)
        except (UnexpectedType, MalformedValue):
            return DataAccessResult.TYPE_UNMATCHED
        except CosemError:
            return DataAccessResult.OTHER_REASON
        return DataAccessResult.SUCCESS

    def _write_all(
        self, items: tuple[Selected, ...], values: tuple[Data | Encoded, ...]
    ) -> tuple[DataAccessResult, ...]:
        if len(items) != len(values):
            return (DataAccessResult.OTHER_REASON,) * len(items)
        return tuple(self._write(item, value) for item, value in zip(items, values, strict=True))

    def _run(self, method: CosemMethod, parameters: Data | Encoded | None) -> ActionOutcome:
        try:
            if (method.class_id, method.obis) == ASSOCIATION:
                return ActionOutcome(ActionResult.READ_WRITE_DENIED)
            data = decode(parameters.octets) if isinstance(parameters, Encoded) else parameters
            return ActionOutcome(ActionResult.SUCCESS, self._objects.invoke(self._client, method, data))
        except AccessDenied as denied:
            return ActionOutcome(ActionResult(denied.result))
        except (UnexpectedType, MalformedValue):
            return ActionOutcome(ActionResult.TYPE_UNMATCHED)
        except CosemError:
            return ActionOutcome(ActionResult.OTHER_REASON)

    def _run_all(
        self, methods: tuple[CosemMethod, ...], parameters: tuple[Data | Encoded, ...]
    ) -> tuple[ActionOutcome, ...]:
        if len(methods) != len(parameters):
            return (ActionOutcome(ActionResult.OTHER_REASON),) * len(methods)
        return tuple(self._run(method, value) for method, value in zip(methods, parameters, strict=True))


def _selection(attribute: CosemAttribute, access: SelectiveAccess | None) -> Selection | None:
    if access is not None and (attribute.class_id, attribute.attribute) == (_PROFILE, _BUFFER):
        return parse_selection(access)
    return access


def _listed(raw: bytes) -> tuple[Data, ...]:
    cursor = Cursor(raw)
    values = read_values(cursor)
    cursor.end()
    return values


def _not_coming(kind: type, invoke: int, block: Block) -> bytes:
    if kind is put.SetRequestWithDatablock:
        result = DataAccessResult.NO_LONG_SET_IN_PROGRESS
        return put.SetResponseLastDatablock(invoke, result, block.number).encode()
    outcome = ActionOutcome(ActionResult.NO_LONG_ACTION_IN_PROGRESS)
    return action.ActionResponseNormal(invoke, outcome).encode()


def _aborted(kind: type, invoke: int, block: Block) -> bytes:
    if kind is put.SetRequestWithDatablock:
        result = DataAccessResult.DATA_BLOCK_NUMBER_INVALID
        return put.SetResponseLastDatablock(invoke, result, block.number).encode()
    return action.ActionResponseNormal(invoke, ActionOutcome(ActionResult.LONG_ACTION_ABORTED)).encode()
