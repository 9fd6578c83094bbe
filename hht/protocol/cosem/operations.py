"""The client's operations after association: get, set, action; whole or in blocks. Plain APDUs in and out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeAlias

from hht.i18n import _
from hht.protocol.cosem.acse import Rlre
from hht.protocol.cosem.action import (
    ActionRequestNextPblock,
    ActionRequestWithPblock,
    ActionResponseNextPblock,
    ActionResponseNormal,
    ActionResponseWithPblock,
)
from hht.protocol.cosem.apdu import Apdu, parse_apdu, parse_get_response_raw
from hht.protocol.cosem.axdr import decode
from hht.protocol.cosem.channel import Channel
from hht.protocol.cosem.codes import ActionResult, DataAccessResult
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.errors import (
    BlockOutOfOrder,
    DataAccessError,
    LengthLies,
    MethodError,
    UnexpectedApdu,
    ValueOutOfRange,
    WrongInvokeId,
)
from hht.protocol.cosem.fields import Block, read_outcomes
from hht.protocol.cosem.get import (
    RESPONSE as GET_RESPONSE,
)
from hht.protocol.cosem.get import (
    GetRequestNext,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from hht.protocol.cosem.lengths import decode_length
from hht.protocol.cosem.put import (
    SetRequestWithDatablock,
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseLastDatablockWithList,
    SetResponseNormal,
    SetResponseWithList,
)
from hht.protocol.cosem.results import (
    ActionDone,
    GetListResult,
    GetResult,
    GetStreamed,
    NextRequest,
    Released,
    Result,
    SetDone,
    SetListResult,
)
from hht.protocol.cosem.values import Data, Encoded

MAX_VALUE_OCTETS = 2_000_000  # of a value that is kept whole; stream what is longer
_INVOKE_ID = 0x0F
_NORMAL_AT = 4  # in an answer with a value: after response, kind, invoke-id and choice
_BLOCK_HEAD = 3 + 5 + 5  # tag, kind, invoke-id; last flag and number; length of up to 4 octets
_LENGTH_AT = 9  # in an answer with a block: after response, kind, invoke-id, last flag, number and choice

Blocks: TypeAlias = Iterator[Block]


class Operation(Protocol):
    """One request on its way to its result."""

    def answer(self, apdu: bytes) -> Result | NextRequest:
        """What the (plain) answer means. Raises ProtocolError, CosemRefusal."""
        ...


def unexpected(message: Apdu) -> UnexpectedApdu:
    """The error for an answer to another question."""
    return UnexpectedApdu(
        _("The meter answered something else than what was asked ({kind}).").format(kind=type(message).__name__)
    )


def check_invoke(expected: int, found: int) -> None:
    """Raises WrongInvokeId unless both carry the same invoke-id."""
    if expected & _INVOKE_ID != found & _INVOKE_ID:
        raise WrongInvokeId(
            _("The answer carries invoke-id {found}, the request {expected}: it answers another request.").format(
                found=found & _INVOKE_ID, expected=expected & _INVOKE_ID
            )
        )


class Incoming:
    """Blocks of a long value in order; `number` is the last one's, `kept` what came so far."""

    def __init__(self, *, keep: bool = True) -> None:
        self.number = 0
        self.kept = bytearray()
        self._keep = keep

    def take(self, number: int, raw: bytes, *, last: bool) -> None:
        """The next block. Raises BlockOutOfOrder, LengthLies."""
        if not raw and not last:  # or a meter could keep the terminal asking for ever
            raise BlockOutOfOrder(_("Block {number} is empty, and not the last.").format(number=number))
        if number != self.number + 1:
            raise BlockOutOfOrder(
                _("Block {found} came where block {wanted} belongs.").format(found=number, wanted=self.number + 1)
            )
        self.number = number
        if not self._keep:
            return
        self.kept += raw
        if len(self.kept) > MAX_VALUE_OCTETS:
            raise LengthLies(_("A value of more than {count} octets.").format(count=MAX_VALUE_OCTETS))


class Get:
    """One attribute (`as_list` False) or several (True)."""

    def __init__(self, invoke: int, where: str, *, stream: bool = False, as_list: int = 0) -> None:
        self._invoke = invoke
        self._where = where
        self._stream = stream
        self._as_list = as_list  # how many attributes; 0: one, without a list
        self._incoming = Incoming(keep=not stream)

    def value_in(self, head: bytes) -> tuple[int, int] | None:
        """Where in an answer that begins with `head` (16 octets are enough) the octets of a streamed value stand: the
        whole value, or the block that is due. None: not known yet, or they are not wanted. Raises MalformedValue."""
        if not self._stream or len(head) < _LENGTH_AT + 5 or head[0] != GET_RESPONSE:
            return None
        if head[2] & _INVOKE_ID != self._invoke & _INVOKE_ID:
            return None
        if head[1] == GetResponseNormal.KIND and not self._incoming.number and head[3] == 0:
            return _NORMAL_AT, MAX_VALUE_OCTETS
        due = int.from_bytes(head[4:8], "big") == self._incoming.number + 1
        if head[1] != GetResponseWithDatablock.KIND or not due or head[8] != 0:
            return None
        length, at = decode_length(head, _LENGTH_AT)
        return at, at + length

    def answer(self, apdu: bytes) -> Result | NextRequest:
        """A value, a block of one, or a refusal."""
        if apdu[:1] != bytes((GET_RESPONSE,)):
            raise unexpected(parse_apdu(apdu))
        response = parse_get_response_raw(apdu)
        check_invoke(self._invoke, response.invoke)
        if isinstance(response, GetResponseWithDatablock):
            return self._block(response)
        if self._incoming.number and not (
            isinstance(response, GetResponseNormal) and isinstance(response.result, DataAccessResult)
        ):
            raise unexpected(response)
        if isinstance(response, GetResponseWithList) and self._as_list:
            return self._listed(tuple(r for r in response.results if not isinstance(r, Encoded)))
        if isinstance(response, GetResponseNormal) and isinstance(response.result, DataAccessResult):
            raise DataAccessError(response.result, where=self._where)
        if isinstance(response, GetResponseNormal) and isinstance(response.result, Encoded) and not self._as_list:
            raw = response.result.octets
            return GetStreamed(raw) if self._stream else GetResult(decode(raw))
        raise unexpected(response)

    def _block(self, response: GetResponseWithDatablock) -> Result | NextRequest:
        if isinstance(response.result, DataAccessResult):
            raise DataAccessError(response.result, where=self._where)
        self._incoming.take(response.number, response.result, last=response.last)
        if not response.last:
            return NextRequest(GetRequestNext(self._invoke, response.number).encode(), response.result)
        if self._stream:
            return GetStreamed(response.result)
        raw = bytes(self._incoming.kept)
        if not self._as_list:
            return GetResult(decode(raw))
        cursor = Cursor(raw)
        results = read_outcomes(cursor)
        cursor.end()
        return self._listed(results)

    def _listed(self, results: tuple[Data | DataAccessResult, ...]) -> Result:
        if len(results) != self._as_list:
            raise UnexpectedApdu(
                _("{found} results came for {wanted} attributes.").format(found=len(results), wanted=self._as_list)
            )
        return GetListResult(results)


def cut(raw: bytes, first: int, further: int, start: int = 1) -> Iterator[Block]:
    """`raw` in blocks: the first of at most `first` octets, the others of `further`; numbers from `start`."""
    position, size, number = 0, first, start
    while True:
        piece = raw[position : position + size]
        position += len(piece)
        last = position >= len(raw)
        yield Block(last, number, piece)
        if last:
            return
        number, size = number + 1, further


def cut_to_fit(raw: bytes, room: int, first_head: int, limit: int) -> Iterator[Block]:
    """`raw` in blocks for APDUs of at most `room` octets; the first has `first_head` octets beside its block. `limit`
    is the longest APDU that the meter takes, for the error's words. Raises ValueOutOfRange where nothing fits."""
    spare = 4  # the length before a block's octets may take up to four more than for none
    sizes = (room - first_head - spare, room - _BLOCK_HEAD)
    if min(sizes) < 1:
        raise ValueOutOfRange(
            _("The meter takes only {limit} octets at once; this request does not fit.").format(limit=limit),
            remedy=_("Leave it and report the meter's model."),
            code="cosem-request-too-long",
        )
    return cut(raw, *sizes)


class Set:
    """One attribute, or `as_list` of them; `blocks` are those that are still to be sent."""

    def __init__(self, invoke: int, where: str, blocks: Iterator[Block] | None = None, as_list: int = 0) -> None:
        self._invoke = invoke
        self._where = where
        self._blocks = blocks
        self._as_list = as_list
        self._sent = 1

    def answer(self, apdu: bytes) -> Result | NextRequest:
        """Done, the next block please, or a refusal."""
        response = parse_apdu(apdu)
        if isinstance(
            response,
            SetResponseNormal
            | SetResponseWithList
            | SetResponseDatablock
            | SetResponseLastDatablock
            | SetResponseLastDatablockWithList,
        ):
            check_invoke(self._invoke, response.invoke)
        if isinstance(response, SetResponseDatablock) and self._blocks is not None:
            return self._next(response.block)
        if isinstance(response, SetResponseNormal | SetResponseLastDatablock):
            return self._done(response)
        if isinstance(response, SetResponseWithList | SetResponseLastDatablockWithList) and self._as_list:
            if len(response.results) != self._as_list:
                raise unexpected(response)
            return SetListResult(response.results)
        raise unexpected(response)

    def _done(self, response: SetResponseNormal | SetResponseLastDatablock) -> Result:
        if response.result is not DataAccessResult.SUCCESS:
            raise DataAccessError(response.result, where=self._where)
        all_sent = self._blocks is None or next(self._blocks, None) is None
        if self._as_list or not all_sent or (isinstance(response, SetResponseLastDatablock) and self._blocks is None):
            raise unexpected(response)
        return SetDone()

    def _next(self, acknowledged: int) -> NextRequest:
        assert self._blocks is not None
        block = next(self._blocks, None)
        if acknowledged != self._sent or block is None:
            raise BlockOutOfOrder(
                _("The meter acknowledged block {found}, not {wanted}.").format(found=acknowledged, wanted=self._sent)
            )
        self._sent = block.number
        return NextRequest(SetRequestWithDatablock(self._invoke, block).encode())


class Action:
    """One method; `blocks` are those of its parameters that are still to be sent."""

    def __init__(self, invoke: int, where: str, blocks: Iterator[Block] | None = None) -> None:
        self._invoke = invoke
        self._where = where
        self._blocks = blocks
        self._sent = 1
        self._incoming = Incoming()

    def answer(self, apdu: bytes) -> Result | NextRequest:
        """The outcome, a block of what is returned, the next block please, or a refusal."""
        response = parse_apdu(apdu)
        if not isinstance(response, ActionResponseNormal | ActionResponseWithPblock | ActionResponseNextPblock):
            raise unexpected(response)
        check_invoke(self._invoke, response.invoke)
        if isinstance(response, ActionResponseNextPblock):
            return self._next(response)
        if isinstance(response, ActionResponseWithPblock):
            return self._block(response.block)
        outcome = response.outcome
        if outcome.result is not ActionResult.SUCCESS:
            raise MethodError(outcome.result, where=self._where)
        if isinstance(outcome.returned, DataAccessResult):
            if outcome.returned is not DataAccessResult.SUCCESS:
                raise DataAccessError(outcome.returned, where=self._where)
            return ActionDone(None)
        if self._incoming.number or isinstance(outcome.returned, Encoded):
            raise unexpected(response)
        return ActionDone(outcome.returned)

    def _next(self, response: ActionResponseNextPblock) -> NextRequest:
        block = None if self._blocks is None else next(self._blocks, None)
        if response.block != self._sent or block is None:
            raise BlockOutOfOrder(
                _("The meter acknowledged block {found}, not {wanted}.").format(found=response.block, wanted=self._sent)
            )
        self._sent = block.number
        return NextRequest(ActionRequestWithPblock(self._invoke, block).encode())

    def _block(self, block: Block) -> Result | NextRequest:
        self._incoming.take(block.number, block.raw, last=block.last)
        if block.last:
            return ActionDone(decode(bytes(self._incoming.kept)))
        return NextRequest(ActionRequestNextPblock(self._invoke, block.number).encode(), block.raw)


class Release:
    """Waits for RLRE."""

    def __init__(self, channel: Channel | None) -> None:
        self._channel = channel

    def answer(self, apdu: bytes) -> Released:
        """Raises UnexpectedApdu, SecurityError."""
        message = parse_apdu(apdu)
        if not isinstance(message, Rlre):
            raise unexpected(message)
        if self._channel is not None and message.user_information:
            self._channel.open(message.user_information)
        return Released()
