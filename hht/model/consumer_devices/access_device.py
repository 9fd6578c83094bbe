"""The consumer access device (CAD): it reads consumption and tariff and nothing else, and has no way to the WAN.

Four kinds are told apart (CAD-17); the two ways of pairing it are in
`hht.model.communications_hub.pairing`.
"""

from __future__ import annotations

import enum
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.electricity_meter.readings import EnergyShown, ReadEnergy
from hht.model.features.open_data import ReadDays, ReadHalfHours, ReadTariffInformation
from hht.model.han.network import HanFailure, HomeAreaNetwork
from hht.model.han.node import NodeState
from hht.model.refusal import DeviceRefusal
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.plans.han import HanPlan
    from hht.model.premises import Premises


ALL = (ReadHalfHours(), ReadDays(), ReadTariffInformation())


@dataclass(frozen=True, slots=True)
class HomeData:
    """What `ALL` answered: rows of half-hours, rows of days, a `TariffInformation`."""

    half_hours: object
    days: object
    tariff: object


class AccessKind(enum.StrEnum):
    """What it is at home."""

    DONGLE = "pc-dongle"
    ENHANCED_DISPLAY = "enhanced-display"
    SMART_APPLIANCE = "smart-appliance"
    HOME_AUTOMATION = "home-automation"
    BRIDGE = "bridge"


@dataclass(frozen=True, slots=True)
class AccessConfiguration:
    """A CAD as it stands in its premises. `keypad`: a passkey can be typed into it or what it is linked to;
    `uploads_s`: how often a bridge passes on what it reads, seconds (0: when asked)."""

    name: str
    identity: DeviceIdentity
    sort: AccessKind = AccessKind.DONGLE
    keypad: bool = True
    kind: DeviceKind = DeviceKind.CAD
    han: HanPlan | None = None
    uploads_s: int = 0

    def build(self, premises: Premises) -> AccessDevice:
        """The device, on its own plug."""
        from hht.model.consumer_devices.bridge import ConsumerBridge

        sort = ConsumerBridge if self.kind is DeviceKind.BRIDGE else AccessDevice
        device = sort(self, premises.site)
        if self.han is not None:
            device.node = self.han.node(device)
        return device


class AccessDevice(Device):
    """A CAD: it reads when somebody asks it."""

    kind = DeviceKind.CAD

    def __init__(self, configuration: AccessConfiguration, site: Site) -> None:
        super().__init__(site, configuration.name, configuration.identity)
        self.configuration = configuration
        self.kind = configuration.kind
        self.held: list[tuple[str, EnergyShown]] | None = None  # it hangs: what it goes on saying

    @property
    def indicator(self) -> str:
        """What the consumer sees of pairing (CAD-07): how far it is, or why it failed."""
        node = self.node
        if node is None or node.state is NodeState.OFF:
            return "off"
        if node.joined:
            return "paired" if node.partners else "on the network, not paired with a meter"
        return node.state.value if node.failure is None else f"{node.state.value}: {node.failure.value}"

    def gather(self) -> dict[str, HomeData]:
        """All consumption, export and tariff information that the HAN has (EED-06), by meter; gas by its proxy's name.
        A meter that does not answer is left out."""
        node = self.node
        network = node.network if node is not None and node.joined else None
        if node is None or network is None:
            return {}
        found: dict[str, HomeData] = {}
        for partner_id in node.partners:
            partner = network.members.get(partner_id)
            if partner is not None:
                with suppress(HanFailure, DeviceRefusal):
                    found[partner.device.name] = HomeData(
                        *(network.ask(self, partner.device, request) for request in ALL)
                    )
        return found

    def attempt(self) -> dict[str, str]:
        """It asks every meter that it was ever joined to, as it does by itself: what each said, or why it got nothing,
        by the meter's name. A device that was never joined to any asks nobody."""
        said: dict[str, str] = {}
        for network in self.node.near if self.node is not None else ():
            for partner_id, kind in self.node.partners.items() if self.node is not None else ():
                partner = network.members.get(partner_id)
                if partner is not None and partner.device.name not in said:
                    said[partner.device.name] = self._asked(network, partner.device, kind)
        return said

    def _asked(self, network: HomeAreaNetwork, meter: Device, kind: DeviceKind) -> str:
        try:
            if kind is DeviceKind.ESME:
                shown = network.ask(self, meter, ReadEnergy())
                assert isinstance(shown, EnergyShown)
                return _("{reading} Wh").format(reading=shown.import_wh)
            days = network.ask(self, meter, ReadDays())
            assert isinstance(days, tuple)
            return _("{count} days of consumption").format(count=len(days))
        except (HanFailure, DeviceRefusal) as refused:
            return _("refused: {why}").format(why=refused.message)

    def restart(self) -> None:
        """Somebody pulls it out and plugs it in again."""
        self.held = None

    def read(self) -> list[tuple[str, int, int]]:
        """(meter, Wh imported, W now) of every electricity meter that it may read."""
        return [(meter, shown.import_wh, shown.import_w) for meter, shown in self.shown()]

    def shown(self) -> list[tuple[str, EnergyShown]]:
        """What every electricity meter that it may read says now; one that does not answer is left out."""
        if self.held is not None:
            return list(self.held)
        node = self.node
        network = node.network if node is not None and node.joined else None
        if node is None or network is None:
            return []
        found: list[tuple[str, EnergyShown]] = []
        for partner_id, kind in node.partners.items():
            partner = network.members.get(partner_id)
            if kind is DeviceKind.ESME and partner is not None:
                with suppress(HanFailure):
                    answer = network.ask(self, partner.device, ReadEnergy())
                    assert isinstance(answer, EnergyShown)
                    found.append((partner.device.name, answer))
        return found
