"""A home whose devices read GBCS, the training desk, and hub work in a store: the carrier is the devices' own end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hht.emulation.gbcs.ends import GbcsEnds
from hht.emulation.hub_desk import TrainingHubDesk
from hht.identifiers import DeviceId
from hht.identifiers.install_code import InstallCode
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import Device
from hht.model.premises import Premises
from hht.model.refusal import DeviceRefusal
from hht.packs.way import Brought, Found, Ticket
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.store.store import Store
from hht.work.hub_hand import HubHand
from hht.work.hub_links import HanDevice, HubLinks
from hht.work.hub_records import HubRecords, log_work_of
from hht.work.hub_ways import DeskWay

NEW_PPMID, NEW_CODE = DeviceId("00DB123456780077"), InstallCode("000102030405060708090A0B0C0D0E0F")
KINDS = {kind.name: kind for kind in GbcsDeviceType}


class DirectCarrier:
    """Hands commands to the devices themselves. `meddle` may change, swallow (None) or fail what goes through."""

    def __init__(self, premises: Premises) -> None:
        self.premises = premises
        self.ends = GbcsEnds()
        self.carried: list[DeviceId] = []
        self.meddle: Callable[[DeviceId, bytes, Callable[[], bytes]], bytes | None] = lambda _device, _octets, go: go()

    async def ticket(self, device: DeviceId) -> Ticket:
        return Ticket("direct", len(self.carried) + 1)

    async def carry(self, device: DeviceId, command: bytes, ticket: Ticket) -> Found:
        self.carried.append(device)
        target = next(one for one in self.everything() if DeviceId.parse(one.identity.device_id) == device)
        try:
            octets = self.meddle(device, command, lambda: self.ends.read(target, command))
        except DeviceRefusal as refusal:
            return Found(Brought.OPEN, why=refusal.message)
        return Found(Brought.OPEN) if octets is None else Found(Brought.ANSWERED, octets)

    async def outcome(self, device: DeviceId, ticket: Ticket) -> Found:
        return Found(Brought.NEVER_HEARD)

    def everything(self) -> list[Device]:
        hubs = self.premises.of(CommunicationsHub)
        return [*self.premises.of(Device), *(hub.gpf for hub in hubs)]


class HubHome:
    """See the module."""

    def __init__(self, premises: Premises, store: Store, *, point: Callable[[str], None] | None = None) -> None:
        self.premises, self.store = premises, store
        self.carrier = DirectCarrier(premises)
        self.desk = TrainingHubDesk(premises.site.now, {NEW_PPMID: NEW_CODE})
        self.way = DeskWay(self.desk, self.carrier)
        self.records: HubRecords = log_work_of(store, str(self.chf), on_point=point)
        self.hand = HubHand(self.records, self.way)
        self.links = HubLinks(self.hand)

    @property
    def hub(self) -> CommunicationsHub:
        return self.premises.of(CommunicationsHub)[0]

    @property
    def chf(self) -> DeviceId:
        return DeviceId.parse(self.hub.identity.device_id)

    def the(self, kind: str) -> HanDevice:
        """The first device of that kind."""
        names = {"ESME": "electricity-meter", "GSME": "gas-meter", "PPMID": "prepayment-interface"}
        names |= {"GPF": "gas-proxy-function", "TYPE_2": "in-home-display"}
        found = next(one for one in self.carrier.everything() if one.kind.value == names[kind])
        return HanDevice(DeviceId.parse(found.identity.device_id), KINDS[kind])

    def model(self, device: HanDevice) -> Any:
        return next(one for one in self.carrier.everything() if DeviceId.parse(one.identity.device_id) == device.device)
