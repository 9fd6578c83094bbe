"""Pairing a consumer access device, as the 2012 consultation had it in two ways (CAD-05, CAD-06).

Option 1: each hub has a ten-digit passkey, which the DCC records; somebody presses the hub's pairing button and types
the passkey into the CAD while the hub listens. Option 2 (today's): after proof of the consumer the DCC has the hub list
the device, as any other. Both end in a device that is listed, joined, and a partner of the meters it may read.

Two ways that were rejected are there to be tried, and off unless a file asks for one of them: A, a socket on the hub
(CAD-14: in a shared meter room anybody could plug in); B, a device that is trusted already introduces the new one
(CAD-15: it may have been thrown away).
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.agenda import SECOND_MS
from hht.model.device import DeviceKind
from hht.model.features.checks import require
from hht.model.han.device_log import LogEntry
from hht.model.han.node import CONSUMERS, HanNode, may_be_partners
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.seeded import mix

if TYPE_CHECKING:
    from hht.model.communications_hub.hub import CommunicationsHub

LISTENS_S = 60
JOIN_S = 120
TRUSTED = frozenset({DeviceKind.ESME, DeviceKind.IHD, DeviceKind.PPMID})  # option B's “i.e. a meter or IHD”
_DIGITS = re.compile("[0-9]{10}")


class PairingMode(enum.StrEnum):
    """Which way a hub offers."""

    REMOTE = "remote"
    PASSKEY = "passkey"
    SOCKET = "socket"
    TRUSTED = "trusted-device"


class Pairing:
    """A hub's pairing of consumers' devices. `passkey` is printed with it and known to the DCC."""

    def __init__(self, hub: CommunicationsHub, mode: PairingMode, passkey: str = "") -> None:
        self._hub = hub
        self.mode = mode
        own = hub.site.chance(f"passkey of {hub.identity.device_id}")  # another box at this place has another
        self.passkey = passkey or f"{mix(own, 0x9A55) % 10**10:010}"
        self._until_ms = 0

    @property
    def listening(self) -> bool:
        """Whether the button was pressed within the last minute."""
        return self._hub.powered and self._hub.site.now_ms < self._until_ms

    def press_button(self) -> None:
        """Somebody presses the hub's pairing button. DeviceRefusal where this hub has none that does anything."""
        require(
            self.mode is PairingMode.PASSKEY,
            _("This hub pairs no device by its button."),
            _("Ask the supplier to have the device paired."),
            reason=Reason.ACCESS_DENIED,
        )
        self._until_ms = self._hub.site.now_ms + LISTENS_S * SECOND_MS
        self._hub.site.tell(self._hub.name, "listens for a consumer's device", "its button was pressed")

    def type_passkey(self, node: HanNode, typed: str, *, keypad: bool = True) -> None:
        """The consumer types the passkey into the device. DeviceRefusal, with the reason, if that does not pair it."""
        device = node.device
        require(keypad, _("This device has no keypad for a passkey."), _("Pair it remotely, or use another device."))
        require(_DIGITS.fullmatch(typed) is not None, _("A passkey has ten digits."), _("Type all ten digits."))
        require(
            self.listening, _("The hub is not listening."), _("Press its pairing button, then type within a minute.")
        )
        if typed != self.passkey or device.kind not in CONSUMERS or node.install_code is None:
            self._until_ms = 0
            raise DeviceRefusal(
                Reason.ACCESS_DENIED,
                _("The hub does not take this passkey."),
                remedy=_("Read the passkey again; ask the supplier for a reminder."),
            )
        self._until_ms = 0
        self._admit(node)

    def plug_in(self, node: HanNode) -> None:
        """Somebody plugs the device into the hub's socket. DeviceRefusal where that is off, or the device is none of a
        consumer's."""
        require(
            self.mode is PairingMode.SOCKET and self._hub.powered,
            _("The hub's socket is off."),
            _("Ask the supplier to have the device paired."),
            reason=Reason.ACCESS_DENIED,
        )
        self._consumers_own(node)
        self._admit(node)

    def introduce(self, node: HanNode, by: HanNode) -> None:
        """A meter or display that is on the HAN already vouches for the device. DeviceRefusal where this hub asks
        nobody so, or that one is not there (any more)."""
        require(
            self.mode is PairingMode.TRUSTED,
            _("This hub takes no device at another one's word."),
            _("Ask the supplier to have the device paired."),
            reason=Reason.ACCESS_DENIED,
        )
        network = self._hub.network_of(node.device.kind)
        require(
            by.device.kind in TRUSTED and by.joined and network.hears(by.device.name),
            _("{device} is not on the HAN: it can vouch for nobody.").format(device=by.device.name),
            _("Find it and let it join again, or have the device paired by the supplier."),
            reason=Reason.TEMPORARY_FAILURE,
        )
        self._consumers_own(node)
        self._admit(node)

    @staticmethod
    def _consumers_own(node: HanNode) -> None:
        require(
            node.device.kind in CONSUMERS and node.install_code is not None,
            _("{device} is no consumer's device.").format(device=node.device.name),
            _("Have it listed by its supplier."),
            reason=Reason.ACCESS_DENIED,
        )

    def _admit(self, node: HanNode) -> None:
        """List the device, let it join, and let it and the meters know one another."""
        device = node.device
        network = self._hub.network_of(device.kind)
        log = network.log
        require(not log.full or device.identity.device_id in log, _("The Device Log is full."), _("Remove a device."))
        log.add(LogEntry(device.identity.device_id, device.kind, node.install_code, self._hub.site.agenda.now_ms))
        network.open_joining(JOIN_S)
        node.locate()
        self.befriend(node)

    def befriend(self, node: HanNode) -> None:
        """Let the device and the meters that a consumer's device may read answer one another."""
        for other in self._hub.network_of(node.device.kind).members.values():
            if may_be_partners(node.device.kind, other.device.kind):
                node.partners[other.device.identity.device_id] = other.device.kind
                other.partners[node.device.identity.device_id] = node.device.kind
