"""Whatever is done to a hub in whatever order, some things always hold."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from hht.clock import ManualClock
from hht.identifiers import InstallCode
from hht.lights import Led
from hht.model.communications_hub import CommunicationsHub, HubConfiguration
from hht.model.communications_hub.backup import RestoreDeviceLog
from hht.model.communications_hub.handheld import HandheldTerminal
from hht.model.device import DeviceIdentity, DeviceKind
from hht.model.exchange import exchange_hub
from hht.model.features.firmware import ActivateFirmware, FirmwareImage
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises
from hht.model.refusal import DeviceRefusal
from tests.model.wan.homes import home_with, hub

START = datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC)
DCC = Party("DCC", UserRole.DCC)
INSTALLER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
CODE = InstallCode("00112233445566778899AABBCCDDEEFF")
IMAGE = FirmwareImage("00030106", "HHT Training", "TRAINER-CH2")
DEEDS = ("cut", "restore", "remove", "fit", "open", "connect", "leave", "image", "activate", "join", "exchange", "case")


class Bench:
    """A home, a terminal that comes and goes, and what can be done."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.home: Premises = home_with("[mains]\noutages = 0\n[wan]\nsearch_s = 60\n[centre]\n", self.clock)
        identity = DeviceIdentity("00-DB-12-34-56-78-99-01", "HHT", "HHT", "00000001")
        self.terminal = HandheldTerminal(self.home.site, "hht-1", identity, CODE)
        self.boxes = 1
        self.copy = self.box.backups.log()

    @property
    def box(self) -> CommunicationsHub:
        return hub(self.home)

    def do(self, deed: str) -> None:
        box = self.box
        if deed in ("cut", "restore"):
            self.home.mains.switch(deed == "restore")
        elif deed == "remove":
            box.power.remove()
        elif deed == "fit":
            box.power.fit()
        elif deed == "case":
            box.power.open_case()
        elif deed == "open":
            box.network.open_joining(60)
        elif deed == "join":
            for device in self.home.devices:
                if device.node is not None:
                    device.node.locate()
        elif deed == "connect":
            box.handheld.connect(self.terminal, box.gpf.identity.device_id)
        elif deed == "leave":
            box.handheld.leave()
        elif deed == "image":
            box.images.take(IMAGE, box.identity.device_id)
        elif deed == "activate":
            box.execute(ActivateFirmware(IMAGE.sha256), DCC)
        else:
            self.exchange()

    def exchange(self) -> None:
        assert self.home.centre is not None
        with suppress(KeyError):  # a box that never had WAN: the copy of the one before it is all there is
            self.copy = self.home.centre.hub_logs[self.box.identity.device_id]
        number = self.boxes = self.boxes + 1
        identity = DeviceIdentity(f"00-DB-12-34-56-78-A0-{2 * number:02X}", "HHT Training", "TRAINER-CH2", "00030105")
        configuration = HubConfiguration("hub", identity, f"00-DB-12-34-56-78-A0-{2 * number + 1:02X}")
        new = exchange_hub(self.home, self.box, configuration, by=INSTALLER, why="a test")
        new.execute(RestoreDeviceLog(self.copy), DCC)

    def check(self) -> None:
        box = self.box
        assert [one.led for one in box.leds.shown()] == list(Led)
        assert box.network.powered <= box.powered
        assert len(box.device_log.entries) <= box.device_log.capacity
        assert len(box.outbox) <= 500
        own = self.terminal.identity.device_id
        assert own not in box.device_log.historic
        if self.terminal.node.joined and self.terminal.node.network is box.network:
            assert box.handheld.terminal is self.terminal
            assert box.handheld.left_s >= 0
            assert own in box.device_log
        assert 0 <= box.power.lasts_ms <= 300_000
        for node in box.network.members.values():
            assert node.network is box.network
        for device_id, node in box.network.members.items():
            assert device_id in box.device_log or node.device.kind is DeviceKind.GPF


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 4000)), max_size=14))
def test_what_holds_after_everything(steps: list[tuple[str, int]]) -> None:
    bench = Bench()
    for deed, seconds in steps:
        with suppress(DeviceRefusal):
            bench.do(deed)
        bench.check()
        bench.clock.advance(seconds)
        bench.home.site.catch_up()
        bench.check()
