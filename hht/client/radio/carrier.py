"""Carries the commands of a pack to devices through a tunnel (`hht.packs.way.CommandCarrier`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hht.client.radio.errors import MessageError, OutcomeUnknown
from hht.client.radio.tunnel import HanTunnel
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.packs.way import Brought, Found, Ticket

GAS_WAKE_S = 35 * 60.0  # a gas meter wakes every half-hour (factbook 2.3); five minutes for it to be heard
_MOST: Final = 1 << 16

# What the hub says in so many words: the device cannot have it.
_CERTAIN: Final = {
    "message-not-on-han": Brought.NOT_BROUGHT,
    "message-stopped": Brought.NOT_BROUGHT,
    "message-too-long": Brought.NOT_BROUGHT,  # it never left the terminal
    "message-not-whole": Brought.NOT_BROUGHT,  # blocks of it are missing: nobody has it
    "message-not-known": Brought.NEVER_HEARD,
}


class TunnelCarrier:
    """Through an open `tunnel`. `sleepers`: the devices that answer when they wake. `last`: the highest reference that
    this terminal has used; each message has the next one."""

    def __init__(self, tunnel: HanTunnel, hub: DeviceId, sleepers: Iterable[DeviceId] = (), *, last: int = 0) -> None:
        self._tunnel = tunnel
        self._way = f"han {hub}"
        self._sleepers = frozenset(sleepers)
        self._last = last

    async def ticket(self, device: DeviceId) -> Ticket:
        """The next reference. The hub is not asked whether it is free: its answer, heard late, would be taken for one
        about the message. One that it knows from another program brings that one's answer, which is refused."""
        self._last = (self._last + 1) % _MOST
        return Ticket(self._way, self._last)

    async def carry(self, device: DeviceId, command: bytes, ticket: Ticket) -> Found:
        """The device's answer, or what is known where there is none. Raises HubError, DongleError, LinkError."""
        sleeps = device in self._sleepers
        try:
            answer = await self._tunnel.send(
                device, command, reference=ticket.reference, sleeps=sleeps, within_s=GAS_WAKE_S if sleeps else None
            )
        except MessageError as error:
            return _without_answer(error)
        return Found(Brought.ANSWERED, answer.octets)

    async def hand_over(self, device: DeviceId, command: bytes, ticket: Ticket) -> Found:
        """As `carry`, to a device that sleeps, without waiting until it wakes: OPEN then, and `outcome` tells. Raises
        HubError, DongleError, LinkError."""
        try:
            answer = await self._tunnel.hand_over(device, command, reference=ticket.reference)
        except MessageError as error:
            return _without_answer(error)
        if answer is None:
            return Found(Brought.OPEN, why=_("the hub keeps it until the device wakes"))
        return Found(Brought.ANSWERED, answer.octets)

    async def outcome(self, device: DeviceId, ticket: Ticket, *, patient: bool = False) -> Found:
        """What the hub says. Raises HubError, DongleError, LinkError."""
        if ticket.way != self._way:
            return Found(Brought.OPEN, why=_("it left another way ({way})").format(way=ticket.way))
        try:
            if patient and device in self._sleepers:
                answer = await self._tunnel.collect(device, ticket.reference, within_s=GAS_WAKE_S)
            else:
                answer = await self._tunnel.settle(device, ticket.reference)
        except MessageError as error:
            return _without_answer(error)
        return Found(Brought.ANSWERED, answer.octets)


def _without_answer(error: MessageError) -> Found:
    if isinstance(error, OutcomeUnknown):
        return Found(Brought.OPEN, why=error.message)
    return Found(_CERTAIN.get(error.code, Brought.OPEN), why=error.message)
