"""The consumers' network of a hub that keeps it apart from that of the meters (document 001, appendix A).

Displays and consumer access devices are on a network of their own (interface H2), with a coordinator, a radio and a
Device Log of its own; the utility network (interface M) has the meters only. Nothing passes from one to the other: for
each meter there is an end point in the hub that answers what a consumer's device may read, and asks the meter itself.
So a consumer's device is never on the meters' network, and a network that fails takes nothing from the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.consumer_devices.access_device import AccessConfiguration, AccessDevice
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.han.device_log import USUAL_CAPACITY, DeviceLog
from hht.model.han.medium import Medium
from hht.model.han.network import HanFailure, HomeAreaNetwork
from hht.model.han.node import CONSUMERS, HanNode, may_be_partners
from hht.model.han.requests import HanRequest
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.communications_hub.hub import CommunicationsHub


@dataclass(frozen=True, slots=True)
class ApartPlan:
    """`consumer_id`: the Extended PAN ID of the consumers' network; `gas`, `consumer`: the band of each radio;
    `capacity` of the consumers' Device Log; `cad_id`: the Device ID of a consumer access device that is built into the
    hub ("" for none), for the home's own network."""

    consumer_id: str
    gas: str = "868"
    consumer: str = "2400"
    capacity: int = USUAL_CAPACITY
    cad_id: str = ""


def consumer_radio(hub: str) -> str:
    """What the second radio of the hub called `hub` is called on the medium."""
    return f"{hub}-consumer"


class EndPoint(Device):
    """A meter (or the gas mirror) as the consumers' network has it: `of` answers, where the hub reaches it."""

    def __init__(self, site: Site, of: Device) -> None:
        super().__init__(site, of.name, of.identity)
        self.kind = of.kind
        self.of = of
        node = self.node = HanNode(self, None)
        of.forgets.append(lambda _since_ms: node.people_changed())

    def answer(self, request: HanRequest, asker: Device) -> object:
        """What the device itself says. HanFailure where the hub does not reach it."""
        node = self.of.node
        network = node.network if node is not None and node.joined else None
        if network is None:
            raise HanFailure(
                _("{device} is not on the HAN.").format(device=self.name),
                remedy=_("Let the meter join the hub."),
                asker=asker.name,
                target=self.name,
            )
        network.reach(self.of)
        return self.of.answer(request, asker)


class ConsumerSide:
    """The second network of one hub. Who has joined it may read at once: no supplier has work with it."""

    def __init__(self, hub: CommunicationsHub, plan: ApartPlan, medium: Medium) -> None:
        self._hub = hub
        self.plan = plan
        self.network = HomeAreaNetwork(
            hub.site, consumer_radio(hub.name), plan.consumer_id, medium, DeviceLog(plan.capacity)
        )
        self.network.joined = self._joined
        self.network.time_ms = lambda: hub.network.time_ms()
        self.show(hub.gpf)
        self.cad = self._built_in(plan.cad_id) if plan.cad_id else None

    def _built_in(self, cad_id: str) -> AccessDevice:
        """A consumer access device in the hub itself (ALT-19): nobody pairs it, and no radio is between."""
        own = self._hub.identity
        identity = DeviceIdentity(cad_id, own.manufacturer, own.model, own.firmware)
        cad = AccessDevice(AccessConfiguration(f"{self._hub.name}-cad", identity), self._hub.site)
        cad.node = HanNode(cad, None, type_1=False)
        self.network.contain(cad.node)
        self._befriend(cad.node)
        return cad

    def takes(self, kind: DeviceKind) -> bool:
        """Whether devices of this kind belong to this network (the meters' one needs no repeater)."""
        return kind in CONSUMERS or kind is DeviceKind.REPEATER

    def show(self, device: Device) -> None:
        """Let consumers' devices ask this meter, or mirror, from now on."""
        known = self.network.members.get(device.identity.device_id)
        if known is not None and isinstance(known.device, EndPoint) and known.device.of is device:
            return
        end_point = EndPoint(self._hub.site, device)
        node = end_point.node
        assert node is not None
        self.network.contain(node)
        self._befriend(node)

    def show_meters(self) -> None:
        """Every electricity meter that is on the utility network now."""
        for node in list(self._hub.network.members.values()):
            if node.device.kind is DeviceKind.ESME:
                self.show(node.device)

    def _joined(self, device_id: str) -> None:
        self._befriend(self.network.members[device_id])

    def _befriend(self, node: HanNode) -> None:
        for other in self.network.members.values():
            if may_be_partners(node.device.kind, other.device.kind):
                node.partners[other.device.identity.device_id] = other.device.kind
                other.partners[node.device.identity.device_id] = node.device.kind
