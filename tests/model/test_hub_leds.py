"""The five LEDs of a hub as data: which state each is in, and how a model of one's own would be told apart."""

from __future__ import annotations

import pytest

from hht import lights
from hht.clock import ManualClock
from hht.identifiers import InstallCode
from hht.lights import Led, Pattern, led_table
from hht.model.communications_hub.commands import AddToDeviceLog
from hht.model.device import DeviceKind
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises
from hht.model.wan import Service
from tests.model.wan.homes import after, home_with, hub

DCC = Party("DCC", UserRole.DCC)
WAN = '[mains]\noutages = 0\n[wan]\nsearch_s = 100\nvariant = "cellular-and-mesh"\n'


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return home_with(WAN, clock)


def states(home: Premises) -> dict[str, str]:
    return {shown.led.value: shown.state for shown in hub(home).leds.shown()}


def test_a_hub_at_work(home: Premises) -> None:
    assert states(home) == {"SW": "running", "WAN": "connected", "MESH": "off", "HAN": "formed", "GAS": "heard"}
    for shown in hub(home).leds.shown():
        assert shown.meaning
        assert shown.colour == "green"
        assert not shown.verified


def test_power_search_mesh_and_joining_show(home: Premises, clock: ManualClock) -> None:
    home.mains.switch(False)
    assert set(states(home).values()) == {"off"}
    after(home, clock, 200)
    home.wan[0].change(service=Service.INFILL)
    home.mains.switch(True)
    assert (states(home)["SW"], states(home)["WAN"], states(home)["MESH"]) == ("starting", "searching", "joining")
    after(home, clock, 101)
    assert (states(home)["SW"], states(home)["WAN"], states(home)["MESH"]) == ("running", "connected", "meshed")
    hub(home).network.open_joining(60)
    assert states(home)["HAN"] == "joining"
    after(home, clock, 60)
    assert states(home)["HAN"] == "formed"
    home.wan[0].change(service=Service.NONE)
    assert states(home)["WAN"] == "off"


def test_the_gas_led_tells_a_meter_that_may_join_from_one_that_is_heard(home: Premises, clock: ManualClock) -> None:
    gas = next(device for device in home.devices if device.kind is DeviceKind.GSME)
    gas.faults.add("never-wakes")
    after(home, clock, 3601)
    assert states(home)["GAS"] == "off"
    code = InstallCode("00112233445566778899AABBCCDDEEFF")
    hub(home).execute(AddToDeviceLog("00-DB-12-34-56-78-90-C1", DeviceKind.GSME, code, 60), DCC)
    assert states(home)["GAS"] == "joining"


@pytest.mark.parametrize(
    ("fault", "led"), [("hub-defect", "SW"), ("wan-module-defect", "WAN"), ("han-radio-defect", "HAN")]
)
def test_a_defect_shows(home: Premises, fault: str, led: str) -> None:
    hub(home).faults.add(fault)
    shown = {one.led.value: one for one in hub(home).leds.shown()}
    assert (shown[led].state, shown[led].pattern.name) == ("fault", "solid")


def test_a_broken_led_is_dark_whatever_its_state(home: Premises) -> None:
    hub(home).faults.add("led-defect-WAN")
    shown = {one.led: one for one in hub(home).leds.shown()}
    assert shown[Led.WAN].state == "connected"
    assert not any(shown[Led.WAN].lit_at(time_ms) for time_ms in range(0, 5000, 100))


def test_patterns_flash_by_true_time() -> None:
    slow, solid, off = Pattern("slow", 200, 4800), Pattern("solid", 1000, 0), Pattern("off", 0, 0)
    assert [slow.lit_at(time_ms) for time_ms in (0, 199, 200, 4999, 5000)] == [True, True, False, False, True]
    assert solid.lit_at(123)
    assert not off.lit_at(0)


def test_a_model_with_a_table_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = led_table("anybody", "anything")
    text = lights.resource_text("catalogue", "hub_leds.toml")
    own = '[[table]]\nmanufacturer = "Some Maker"\nmodel = "CH-*"\nverified = true\nsource = "its manual"\n'
    own += '[table.led.SW]\ncolour = "blue"\noff = ["off", "dark"]\n'
    monkeypatch.setattr(lights, "resource_text", lambda *_parts: text.replace("[[table]]", f"{own}\n[[table]]", 1))
    lights.led_tables.cache_clear()
    try:
        assert led_table("Some Maker", "CH-2").verified
        assert led_table("Some Maker", "OTHER").source == usual.source
    finally:
        lights.led_tables.cache_clear()
