"""What a way says of a command that was to leave when the terminal died: one that it never heard of, while it still
knows what was answered before, never came there. Without such a witness it may have forgotten it, and nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from hht.desk.asks import Ask
from hht.desk.kept import AskBook
from hht.desk.records import Record, RecordKind
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.packs.way import Brought, CommandCarrier, Found, Ticket

Witness = tuple[DeviceId, Ticket]
_MOST: Final = 4  # witnesses that are asked for


class RememberingCarrier:
    """`carrier`, whose memory is looked into; `witnesses`: what was answered before a message left, the latest one
    first."""

    def __init__(self, carrier: CommandCarrier, witnesses: Callable[[Ticket], Sequence[Witness]]) -> None:
        self._carrier, self._witnesses = carrier, witnesses
        self._own: set[Ticket] = set()  # of this conversation: they may still be on their way

    async def ticket(self, device: DeviceId) -> Ticket:
        """As `CommandCarrier`."""
        found = await self._carrier.ticket(device)
        self._own.add(found)
        return found

    async def carry(self, device: DeviceId, command: bytes, ticket: Ticket) -> Found:
        """As `CommandCarrier`."""
        return await self._carrier.carry(device, command, ticket)

    async def outcome(self, device: DeviceId, ticket: Ticket, *, patient: bool = False) -> Found:
        """As `CommandCarrier`; NOT_BROUGHT where a witness shows that it never came there."""
        found = await self._carrier.outcome(device, ticket, patient=patient)
        if found.brought is not Brought.NEVER_HEARD or ticket in self._own or not await self._remembers(ticket):
            return found
        found = await self._carrier.outcome(device, ticket)  # what was heard may have been said long before
        if found.brought is not Brought.NEVER_HEARD:
            return found
        return Found(Brought.NOT_BROUGHT, why=_("the way knows an earlier message, and never heard of this one"))

    async def _remembers(self, ticket: Ticket) -> bool:
        for device, earlier in self._witnesses(ticket)[:_MOST]:
            if (await self._carrier.outcome(device, earlier)).brought is Brought.ANSWERED:
                return True
        return False


def remembering(carrier: CommandCarrier, book: AskBook, job: str) -> RememberingCarrier:
    """`carrier`, with the asks of a job as witnesses."""

    def witnesses(ticket: Ticket) -> list[Witness]:
        asks = [report.ask for report in book.reports(job)]
        return _answered_before([(ask, book.records(ask.reference).all()) for ask in asks], ticket)

    return RememberingCarrier(carrier, witnesses)


def _answered_before(asked: Sequence[tuple[Ask, Sequence[Record]]], ticket: Ticket) -> list[Witness]:
    """The messages of these asks that went the same way and were answered before that one left, the latest first."""
    left = [at for _ask, records in asked for at, found in _tickets(records, RecordKind.INTENT) if found == ticket]
    if not left:
        return []
    answered = [
        (at, device, found)
        for ask, records in asked
        for at, found in _tickets(records, RecordKind.ANSWER)
        if found.way == ticket.way and at < left[-1]
        for device in (ask.device, ask.other)
        if device is not None
    ]
    return [(device, found) for _at, device, found in sorted(answered, key=lambda one: one[0], reverse=True)]


def _tickets(records: Sequence[Record], kind: RecordKind) -> Iterator[tuple[datetime, Ticket]]:
    """When records of that kind were made, and of which message."""
    gone: dict[int, Ticket] = {}
    for record in records:
        told = record.payload
        if record.kind is RecordKind.INTENT:
            gone[told["number"]] = Ticket(told["way"], told["reference"])
        if record.kind is kind and told.get("number") in gone:
            yield record.at, gone[told["number"]]


__all__ = ["RememberingCarrier", "remembering"]
