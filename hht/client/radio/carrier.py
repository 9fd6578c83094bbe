"""Carries the commands of a pack to devices through a tunnel (`hht.packs.delivery.CommandCarrier`)."""

from __future__ import annotations

from collections.abc import Iterable

from hht.client.radio.errors import OutcomeUnknown
from hht.client.radio.tunnel import HanTunnel
from hht.identifiers.device_id import DeviceId

GAS_WAKE_S = 35 * 60.0  # a gas meter wakes every half-hour (factbook 2.3); five minutes for it to be heard


class TunnelCarrier:
    """Through an open `tunnel`. `sleepers`: the devices that answer when they wake. `reference`: the number of the last
    message of this terminal's; each message has the next one."""

    def __init__(self, tunnel: HanTunnel, sleepers: Iterable[DeviceId] = (), *, reference: int = 0) -> None:
        self._tunnel = tunnel
        self._sleepers = frozenset(sleepers)
        self.reference = reference

    async def carry(self, device: DeviceId, command: bytes) -> bytes | None:
        """The device's answer; None where nobody knows whether it had the command.

        Raises MessageError where the hub says that the command did not get there, HubError, DongleError, LinkError.
        """
        self.reference = (self.reference + 1) & 0xFFFF
        sleeps = device in self._sleepers
        try:
            answer = await self._tunnel.send(
                device, command, reference=self.reference, sleeps=sleeps, within_s=GAS_WAKE_S if sleeps else None
            )
        except OutcomeUnknown:
            return None
        return answer.octets
