"""Does one thing after the other at a hub: the intent on disk, the command out, what came of it on disk, then the next.

What left and was never heard of again stays unknown until a read settles it; it is never sent again before that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

from hht.errors import HhtError
from hht.i18n import _
from hht.protocol.gbcs.envelope import Envelope
from hht.work.hub_orders import HubOrder, OrderError
from hht.work.hub_records import HubRecord, HubRecordKind, HubRecords
from hht.work.hub_ways import OrderOutcome, OutcomeState, Way

T = TypeVar("T")


class HubWorkError(HhtError):
    """Something at a hub that cannot go on as it is."""

    default_code = "hub-work"


class HubHand:
    """Orders carried out over `way`, recorded in `records`; `on_outcome` is told of each."""

    def __init__(
        self, records: HubRecords, way: Way, on_outcome: Callable[[OrderOutcome], None] = lambda _outcome: None
    ) -> None:
        self.records = records
        self._way = way
        self._on_outcome = on_outcome

    async def do(self, order: HubOrder) -> OrderOutcome:
        """Carry out one order. Raises HhtError: where the command could not be had or does something else, nothing has
        left and nothing is recorded; where the way was lost, that is recorded."""
        prepared = await self._way.prepare(order)
        ticket, command = prepared.ticket, prepared.command
        told = {
            "order": order.name,
            "what": order.facts(),
            "counter": None if command is None else command.counter,
            "sha256": "" if command is None else hashlib.sha256(command.raw).hexdigest(),
            "ask": prepared.ask,
            "way": None if ticket is None else [ticket.way, ticket.reference],
        }
        self.records.append(HubRecordKind.INTENT, told)
        try:
            outcome = await self._way.carry(prepared)
        except OrderError as error:  # the desk had no such command: nothing left
            self.records.append(HubRecordKind.OUTCOME, _outcome_facts(_nothing_left(order, error)))
            raise
        except HhtError as error:
            self.records.append(HubRecordKind.SILENCE, {"order": order.name, "code": error.code, "why": error.message})
            raise
        self.records.append(HubRecordKind.OUTCOME, _outcome_facts(outcome))
        self._on_outcome(outcome)
        return outcome

    async def ask(self, order: HubOrder, read: Callable[[Envelope], T]) -> T:
        """Read something; what `read` makes of the answer. Raises HubWorkError ``hub-no-answer``, and as `do`."""
        outcome = await self.do(order)
        if outcome.response is None:
            remedy = _("Check that the device has power and is in reach of the hub, then read once more.")
            if outcome.state is OutcomeState.UNDELIVERED:
                remedy = _(
                    "Check its Device ID (a hub's own is its CHF ID), that it has power, and that it has joined."
                )
            raise HubWorkError(
                _("{words}: no answer came ({why}).").format(words=order.words, why=outcome.why),
                remedy=remedy,
                code="hub-no-answer",
            )
        return read(outcome.response)


def _nothing_left(order: HubOrder, error: OrderError) -> OrderOutcome:
    return OrderOutcome(order, OutcomeState.UNDELIVERED, why=error.message)


def _outcome_facts(outcome: OrderOutcome) -> dict[str, object]:
    """Of the answer itself only what it hashes to: what it says may be a copy of the hub's log."""
    response = outcome.response
    return {
        "order": outcome.order.name,
        "state": outcome.state.value,
        "operations": [{"what": one.what, "done": one.done, "words": one.words} for one in outcome.operations],
        "vouched": outcome.vouched,
        "why": outcome.why,
        "answer_sha256": "" if response is None else hashlib.sha256(response.raw).hexdigest(),
    }


def state_of(records: Iterable[HubRecord], name: str) -> OutcomeState | None:
    """What the records say of the latest command of an order; None: none has left."""
    found: OutcomeState | None = None
    for record in records:
        if record.payload.get("order") != name:
            continue
        if record.kind in (HubRecordKind.INTENT, HubRecordKind.SILENCE):
            found = OutcomeState.UNKNOWN
        elif record.kind is HubRecordKind.OUTCOME:
            found = OutcomeState(record.payload["state"])
    return found
