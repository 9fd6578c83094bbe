"""The client's operations over several items at once: the access service, and a list of methods."""

from __future__ import annotations

from hht.i18n import _
from hht.protocol.cosem.access import LONG_INVOKE_ID, AccessItem, AccessResponse, kind_of
from hht.protocol.cosem.action import (
    ActionOutcome,
    ActionRequestNextPblock,
    ActionResponseNormal,
    ActionResponseWithList,
    ActionResponseWithPblock,
    read_action_outcomes,
)
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.codes import ActionResult
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.errors import MethodError, UnexpectedApdu, WrongInvokeId
from hht.protocol.cosem.operations import Incoming, check_invoke, unexpected
from hht.protocol.cosem.results import AccessListResult, AccessOutcome, ActionListResult, NextRequest, Result
from hht.protocol.cosem.values import Data


class ActionList:
    """`count` methods; the outcomes may come in blocks."""

    def __init__(self, invoke: int, count: int) -> None:
        self._invoke = invoke
        self._count = count
        self._incoming = Incoming()

    def answer(self, apdu: bytes) -> Result | NextRequest:
        """The outcomes, a block of them, or a refusal of the whole."""
        response = parse_apdu(apdu)
        if not isinstance(response, ActionResponseNormal | ActionResponseWithList | ActionResponseWithPblock):
            raise unexpected(response)
        check_invoke(self._invoke, response.invoke)
        if isinstance(response, ActionResponseWithPblock):
            block = response.block
            self._incoming.take(block.number, block.raw, last=block.last)
            if not block.last:
                return NextRequest(ActionRequestNextPblock(self._invoke, block.number).encode(), block.raw)
            cursor = Cursor(bytes(self._incoming.kept))
            outcomes = read_action_outcomes(cursor)
            cursor.end()
            return self._listed(outcomes)
        if isinstance(response, ActionResponseWithList) and not self._incoming.number:
            return self._listed(response.outcomes)
        if isinstance(response, ActionResponseNormal) and response.outcome.result is not ActionResult.SUCCESS:
            raise MethodError(response.outcome.result)
        raise unexpected(response)

    def _listed(self, outcomes: tuple[ActionOutcome, ...]) -> Result:
        if len(outcomes) != self._count:
            raise _miscounted(len(outcomes), self._count)
        return ActionListResult(outcomes)


class Access:
    """`items` by the access service; `long_invoke` as it was sent."""

    def __init__(self, long_invoke: int, items: tuple[AccessItem, ...]) -> None:
        self._long_invoke = long_invoke
        self._items = items

    def answer(self, apdu: bytes) -> Result | NextRequest:
        """One outcome per item. Raises WrongInvokeId, UnexpectedApdu for an answer to something else."""
        response = parse_apdu(apdu)
        if not isinstance(response, AccessResponse):
            raise unexpected(response)
        found, expected = response.long_invoke & LONG_INVOKE_ID, self._long_invoke & LONG_INVOKE_ID
        if found != expected:
            raise WrongInvokeId(
                _("The answer carries invoke-id {found}, the request {expected}: it answers another request.").format(
                    found=found, expected=expected
                )
            )
        counts = (len(response.results), len(response.data))
        if counts != (len(self._items),) * 2:
            raise _miscounted(max(counts), len(self._items))
        if response.kinds != tuple(map(kind_of, self._items)) or response.items not in (None, self._items):
            raise unexpected(response)
        outcomes = []
        for result, value in zip(response.results, response.data, strict=True):
            assert isinstance(value, Data)  # decoded, not made here
            outcomes.append(AccessOutcome(result, value))
        return AccessListResult(tuple(outcomes))


def _miscounted(found: int, wanted: int) -> UnexpectedApdu:
    return UnexpectedApdu(_("{found} results came for {wanted} items.").format(found=found, wanted=wanted))
