"""The consumer access device (CAD): it reads consumption and tariff and nothing else, and has no way to the WAN.

Four kinds are told apart (CAD-17); the two ways of pairing it are in
`hht.model.communications_hub.pairing`.
"""

from __future__ import annotations

import enum
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.electricity_meter.readings import EnergyShown, ReadEnergy
from hht.model.han.network import HanFailure
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.plans.han import HanPlan
    from hht.model.premises import Premises


class AccessKind(enum.StrEnum):
    """What it is at home."""

    DONGLE = "pc-dongle"
    ENHANCED_DISPLAY = "enhanced-display"
    SMART_APPLIANCE = "smart-appliance"
    HOME_AUTOMATION = "home-automation"
    BRIDGE = "bridge"


@dataclass(frozen=True, slots=True)
class AccessConfiguration:
    """A CAD as it stands in its premises. `keypad`: a passkey can be typed into it or what it is linked to."""

    name: str
    identity: DeviceIdentity
    sort: AccessKind = AccessKind.DONGLE
    keypad: bool = True
    kind: DeviceKind = DeviceKind.CAD
    han: HanPlan | None = None

    def build(self, premises: Premises) -> AccessDevice:
        """The device, on its own plug."""
        device = AccessDevice(self, premises.site)
        if self.han is not None:
            device.node = self.han.node(device)
        return device


class AccessDevice(Device):
    """A CAD. `uploaded`: what it has passed on to its owner's service; only a bridge and a home automation do so."""

    kind = DeviceKind.CAD

    def __init__(self, configuration: AccessConfiguration, site: Site) -> None:
        super().__init__(site, configuration.name, configuration.identity)
        self.configuration = configuration
        self.kind = configuration.kind
        self.indicator = "off"  # what the consumer sees of pairing (CAD-07)
        self.uploaded: list[tuple[int, int]] = []

    def read(self) -> list[tuple[str, int, int]]:
        """(meter, Wh imported, W now) of every electricity meter that it may read."""
        node = self.node
        network = node.network if node is not None and node.joined else None
        if node is None or network is None:
            return []
        found: list[tuple[str, int, int]] = []
        for partner_id, kind in node.partners.items():
            partner = network.members.get(partner_id)
            if kind is DeviceKind.ESME and partner is not None:
                with suppress(HanFailure):
                    answer = network.ask(self, partner.device, ReadEnergy())
                    assert isinstance(answer, EnergyShown)
                    found.append((partner.device.name, answer.import_wh, answer.import_w))
        return found

    def upload(self) -> None:
        """Read, and pass it on over the consumer's own internet."""
        self.uploaded += [(self.site.now_ms, energy_wh) for _meter, energy_wh, _power in self.read()]
