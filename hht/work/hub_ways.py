"""How an order becomes a command at its device: from a pack that was taken along, or from the desk as it is asked.

`prepare` finds the finished command and holds it against the order; nothing has left then. `carry` brings it to its
device and says what came of it. Whoever calls both puts an intent on disk in between (`hht.work.hub_hand`).
"""

from __future__ import annotations

import base64
import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.packs.delivery import Delivery
from hht.packs.locker import EntryState, Facts
from hht.packs.pack import Entry
from hht.packs.records import RecordKind, Records
from hht.packs.way import Brought, CommandCarrier, Ticket
from hht.protocol.gbcs.answers import read_answer
from hht.protocol.gbcs.envelope import Envelope, parse
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.results import Operation, operations
from hht.work.hub_orders import HubOrder, OrderError, fits, require_fits


@dataclass(frozen=True, slots=True)
class CopyStatement:
    """What a desk says of the centre's copy of a hub's Device Log. `fingerprint` as `hht.work.hub_facts.LogCopy` has
    it, "" where the desk could not tell it; `devices` likewise; `reference`: the desk's own for it."""

    hub: DeviceId
    taken: datetime
    fingerprint: str
    devices: tuple[DeviceId, ...]
    reference: str


class HubDesk(Protocol):
    """A supplier's desk as hub work needs it. Every method raises OrderError, or the LinkError of the way to it."""

    @property
    def keys(self) -> KeyRing:
        """The public keys that it gave out: enough to check what devices sign."""
        ...

    async def command(self, order: HubOrder) -> bytes:
        """A finished command for an order: octets as they are signed, good for one delivery."""
        ...

    async def returned(self, order: HubOrder, response: Envelope) -> None:
        """The device's answer goes home (8.13)."""
        ...

    async def copy_of(self, hub: DeviceId) -> CopyStatement | None:
        """What the centre holds of the Device Log of `hub` (a CHF); None: nothing."""
        ...


class OutcomeState(enum.StrEnum):
    """What came of an order."""

    DONE = "done"
    PARTLY = "partly"  # some of its operations were refused
    REFUSED = "refused"
    UNDELIVERED = "undelivered"  # the hub says that it did not reach its device: nothing was done
    UNKNOWN = "unknown"  # it left, and nothing tells; settled by reading, never by sending again
    SEALED = "sealed"  # the device answered its recipient alone


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """What came of an order, operation by operation. `vouched`: the device's own key was held and fits its answer."""

    order: HubOrder
    state: OutcomeState
    operations: tuple[Operation, ...] = ()
    response: Envelope | None = field(default=None, repr=False)
    vouched: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command that may leave. `entry`: its place in a pack, where it comes from one; `ticket`: what it will be known
    by on its way; `ask`: the reference under which a desk is to hand it over (`command` is None until then)."""

    order: HubOrder
    command: Envelope | None = field(repr=False)
    entry: Entry | None = None
    ticket: Ticket | None = None
    ask: str = ""


class Way(Protocol):
    """See the module. Raises HhtError: from `prepare` nothing has left; from `carry` nobody knows."""

    async def prepare(self, order: HubOrder) -> Prepared:
        """The command, which does what is asked."""
        ...

    async def carry(self, prepared: Prepared) -> OrderOutcome:
        """Bring it to its device."""
        ...


class DeskWay:
    """Each command from the desk when it is needed, and each answer back to it at once."""

    def __init__(self, desk: HubDesk, carrier: CommandCarrier) -> None:
        self._desk = desk
        self._carrier = carrier

    async def prepare(self, order: HubOrder) -> Prepared:
        """Ask the desk. Raises OrderError."""
        command = parse(await self._desk.command(order))
        require_fits(order, command)
        return Prepared(order, command, ticket=await self._carrier.ticket(order.target))

    async def carry(self, prepared: Prepared) -> OrderOutcome:
        """Bring it to its device, and the answer to the desk. Raises AnswerRefused for what is no answer to it."""
        order, command, ticket = prepared.order, prepared.command, prepared.ticket
        assert command is not None
        assert ticket is not None
        found = await self._carrier.carry(order.target, command.raw, ticket)
        if found.brought is Brought.NOT_BROUGHT:
            return OrderOutcome(order, OutcomeState.UNDELIVERED, why=found.why)
        if found.brought is not Brought.ANSWERED:
            return OrderOutcome(order, OutcomeState.UNKNOWN, why=found.why or _("no answer came"))
        answer = read_answer(found.octets, command, self._desk.keys)
        await self._desk.returned(order, answer.message)
        return outcome_of(order, answer.message, vouched=answer.verdict.vouched)


async def _to_nobody(_order: HubOrder, _response: Envelope) -> None:
    """Answers stay in the pack's records until that is brought home."""


class PackWay:
    """The commands of a pack, by `hht.packs.delivery`: each once, in order."""

    def __init__(
        self,
        delivery: Delivery,
        facts: Callable[[], Facts],
        entries: tuple[Entry, ...],
        records: Records,
        returned: Callable[[HubOrder, Envelope], Awaitable[None]] = _to_nobody,
    ) -> None:
        """`facts` and `records` are those of `delivery`; `returned` is told of each answer (the training desk is, at
        once: else answers go home with the pack)."""
        self._returned = returned
        self._delivery = delivery
        self._facts = facts
        self._entries = entries
        self._records = records

    async def prepare(self, order: HubOrder) -> Prepared:
        """The first command of the pack that does it and has not left. Raises OrderError ``hub-not-in-pack``, and
        PackError where it may not go now."""
        locker = self._delivery.locker
        waiting = (EntryState.WAITING, EntryState.BLOCKED)
        for entry in self._entries:
            if fits(order, entry.message) and locker.report(entry).state in waiting:
                locker.permit(entry, self._facts())
                return Prepared(order, entry.message, entry)
        raise OrderError(
            _("No command of the pack that has not left yet does this: {words}.").format(words=order.words),
            remedy=_("Nothing was sent. Ask the desk for a pack with service request {service} to {device}.").format(
                service=order.service, device=order.target
            ),
            code="hub-not-in-pack",
        )

    async def carry(self, prepared: Prepared) -> OrderOutcome:
        """Deliver it."""
        order, entry = prepared.order, prepared.entry
        assert entry is not None
        report = await self._delivery.deliver(entry)
        if report.state is EntryState.WAITING:
            return OrderOutcome(order, OutcomeState.UNDELIVERED, why=report.why)
        told = [one for one in self._records.all() if one.entry == entry.name and one.kind is RecordKind.ANSWER]
        if report.state is EntryState.UNKNOWN or not told:
            return OrderOutcome(order, OutcomeState.UNKNOWN, why=report.why or _("no answer came"))
        response = parse(base64.b64decode(told[-1].payload["response"]))
        await self._returned(order, response)
        return outcome_of(order, response, vouched=report.vouched)


def outcome_of(order: HubOrder, response: Envelope, *, vouched: bool) -> OrderOutcome:
    """What an answer says, operation by operation."""
    try:
        found = operations(response)
    except MalformedPayload as error:
        return OrderOutcome(order, OutcomeState.SEALED, response=response, vouched=vouched, why=error.message)
    done = {operation.done for operation in found}
    state = OutcomeState.DONE
    if False in done:
        state = OutcomeState.PARTLY if True in done else OutcomeState.REFUSED
    elif None in done:
        state = OutcomeState.SEALED
    return OrderOutcome(order, state, found, response, vouched)
