"""Scenarios: what is between a device and its hub, joining, and the hub itself."""

from __future__ import annotations

from collections.abc import Callable

from hht.identifiers import InstallCode
from hht.identifiers.errors import IdentifierError
from hht.lights import Led
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.commands import AddResult, AddToDeviceLog, LogRow, ReadDeviceLog
from hht.model.communications_hub.handheld import HandheldTerminal
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.han.node import HanNode, JoinFailure, NodeState
from hht.model.radio.bands import BANDS
from hht.model.radio.medium import RadioMedium
from tests.model.faults.worlds import DCC, HALF_HOUR, Scenario, World, dual_fuel, named

CODE = InstallCode("015156FD96159409C973701EC28703EB")
MESH = '[wan]\nservice = "infill"\nsearch_s = 60\n'
REPEATER = """
[[device]]
id = "repeater-1"
kind = "repeater"
device_id = "00-DB-12-34-56-78-98-A9"
manufacturer = "HHT Training"
model = "REPEATER"
firmware = "00000001"

[device.han]
install_code = "00112233445566778899AABBCCDD9809"
joined = true

[device.at]
x = 9.0
y = 3.0
"""


def row(world: World, device: Device) -> LogRow | None:
    rows = world.hub.execute(ReadDeviceLog(), DCC)
    assert isinstance(rows, tuple)
    return next((one for one in rows if one.device_id == device.identity.device_id), None)


def node(device: Device) -> HanNode:
    assert device.node is not None
    return device.node


def heard_weakly(world: World) -> bool:
    failed = row(world, world.gsme).failed  # type: ignore[union-attr]
    world.wait(8 * HALF_HOUR)
    more = row(world, world.gsme).failed - failed  # type: ignore[union-attr]
    return more >= 8 and world.hub.network.quality("gsme-1").rssi_dbm < -90


def now_and_then(world: World) -> bool:
    heard: set[bool] = set()
    for _ten_minutes in range(18):
        world.wait(600)
        heard.add(world.hub.network.hears("cad-1"))
    return heard == {True, False}


def slow_air(world: World) -> bool:
    return world.hub.network.quality("esme-1").delay_ms > 100


def drowns_its_channel(world: World) -> bool:
    """Somebody with a scanner in the house finds it, and so do the hub's own devices."""
    medium = world.home.medium
    assert isinstance(medium, RadioMedium)
    heard = {energy.channel: energy.busy for energy in medium.scan(BANDS["2400"], "ihd-1", world.home.site.now_ms)}
    return heard[medium.channels["hub-1", "2400"]] >= 800 and slow_air(world)


def garden(text: str) -> str:
    return text.replace("x = 13.4", "x = 50.0")


def gas_late_and_lost(world: World) -> bool:
    """The gas meter at the end of the garden, at 868 MHz; the electricity meter beside the hub at 2.4 GHz."""
    gas, power = world.hub.network.quality("gsme-1"), world.hub.network.quality("esme-1")
    return gas.delay_ms > 100 and gas.success < 800 and power.delay_ms < 20


def others_on_the_cable_only(world: World) -> bool:
    network = world.hub.network
    return network.hears("esme-1") and not network.hears("ihd-1")


def gas_lost_without_repeater(world: World) -> bool:
    return world.hub.network.hears("esme-1") and not world.hub.network.hears("gsme-1")


def far_gas(text: str) -> str:
    """The gas meter of the cottage at 2.4 GHz only, with a repeater on the way."""
    return (
        text.replace('bands = ["2400", "868"]', 'bands = ["2400"]').replace('box = "metal"', 'box = "none"') + REPEATER
    )


def tries_to_join(device: Device, world: World) -> None:
    """It is off the HAN, is listed, and its button is pressed."""
    node(device).leave()
    code = node(device).install_code
    assert code is not None
    world.hub.execute(AddToDeviceLog(device.identity.device_id, device.kind, code, 900), DCC)
    node(device).locate()


def join_ends_with(failure: JoinFailure) -> Callable[[World], bool]:
    def look(world: World) -> bool:
        device = world.one(HomeDisplay)
        tries_to_join(device, world)
        world.wait(60)
        return not node(device).joined and node(device).failure is failure

    return look


def crc_does_not_fit(world: World) -> bool:
    label = node(world.one(HomeDisplay)).label
    assert label is not None
    try:
        InstallCode.parse(label.reveal())
    except IdentifierError as error:
        return error.code == "install-code-crc" and "CRC should be" in error.message
    return False


def listed_and_not_joined(world: World) -> bool:
    listed = row(world, world.esme)
    return listed is not None and listed.joined and not node(world.esme).joined


def no_electricity_on_the_display(world: World) -> bool:
    collected = world.one(HomeDisplay).collect()
    return not collected.electricity and any("not joined to one another" in why for why in collected.missing)


def joins_in_two_goes(world: World) -> bool:
    device = world.one(HomeDisplay)
    tries_to_join(device, world)
    world.wait(30)
    away = node(device).state is not NodeState.JOINED and node(device).failure is None
    world.wait(60)
    assert node(device).joined
    return away


def led(world: World, which: Led) -> tuple[str, bool]:
    """Its state, and whether it lights at all."""
    (shown,) = (one for one in world.hub.leds.shown() if one.led is which)
    return shown.state, any(shown.lit_at(moment) for moment in range(0, 5000, 100))


def nobody_reached(world: World) -> bool:
    return not world.hub.network.hears("esme-1")


def fault_shown_by(which: Led) -> Callable[[World], bool]:
    return lambda world: led(world, which)[0] == "fault" and nobody_reached(world)


def hangs(world: World) -> bool:
    return nobody_reached(world) and world.hub.powered and led(world, Led.SW) == ("running", True)


def hangs_until_switched(world: World) -> bool:
    there = hangs(world)
    world.hub.power.remove()
    world.hub.power.fit()
    assert not nobody_reached(world)
    return there


def led_dark(which: Led) -> Callable[[World], bool]:
    def look(world: World) -> bool:
        state, lights = led(world, which)
        return state not in ("off", "fault") and not lights

    return look


def only_24_ghz_heard(world: World) -> bool:
    return world.hub.network.hears("esme-1") and not world.hub.network.hears("gsme-1")


def untold_outage(world: World) -> bool:
    before = len(world.hub.outbox)
    world.home.mains.switch(False)
    world.wait(240)
    world.home.mains.switch(True)
    world.wait(7200)
    codes = [alert.code for alert in world.hub.outbox[before:] if alert.device == "hub-1"]
    return AlertCode.SUPPLY_INTERRUPTED not in codes


def dark_and_logged(world: World) -> bool:
    dark = not any(led(world, which)[1] for which in Led)
    return dark and world.logs(world.esme, AlertCode.COMMUNICATIONS_HUB_DISCONNECTED)


def case_told(world: World) -> bool:
    return world.logs(world.hub, AlertCode.TAMPER_DETECTED)


def heard_and_old(world: World) -> bool:
    world.wait(3 * HALF_HOUR)
    listed = row(world, world.gsme)
    assert listed is not None
    heard = world.home.site.now_ms - listed.last_ms < HALF_HOUR * 1000
    return heard and (world.hub.gpf.age_s or 0) > HALF_HOUR


def not_listed(world: World) -> bool:
    entries = world.hub.device_log.entries
    answer = world.hub.execute(AddToDeviceLog("00-DB-12-34-56-78-95-D0", DeviceKind.IHD, CODE, 60), DCC)
    entries.pop("00-DB-12-34-56-78-95-D0", None)
    return answer == AddResult(False, False, False)


def log_empty(world: World) -> bool:
    return world.hub.execute(ReadDeviceLog(), DCC) == () and not node(world.esme).joined


def gas_lost_by_upgrade(world: World) -> bool:
    world.wait(60)
    listed = row(world, world.gsme)
    assert listed is not None
    changed = world.hub.firmware.version != world.hub.identity.firmware
    return changed and listed.joined and not node(world.gsme).joined and node(world.esme).joined


def no_hub_answers(world: World) -> bool:
    world.hub.power.remove()
    world.wait(10)
    world.hub.power.fit()
    world.wait(60)
    identity = DeviceIdentity("00-DB-12-34-56-78-95-E0", "HHT Training", "TERMINAL", "00000001")
    terminal = HandheldTerminal(world.home.site, "terminal", identity, CODE)
    return world.hub.handheld.scan(terminal) == "" and world.hub.handheld.left_s == 0


cottage, flat = named("stone-cottage"), named("high-rise-flat")
SCENARIOS = {
    "weak-signal": Scenario(dual_fuel(), heard_weakly, "gsme-1"),
    "link-comes-and-goes": Scenario(dual_fuel(), now_and_then, "cad-1"),
    "busy-channel": Scenario(cottage, slow_air),
    "hub-never-silent": Scenario(cottage, drowns_its_channel),
    "noisy-sub-ghz": Scenario(named("stone-cottage", edit=garden), gas_late_and_lost),
    "cable-cut": Scenario(flat, others_on_the_cable_only, "ihd-1"),
    "repeater-unplugged": Scenario(named("stone-cottage", edit=far_gas), gas_lost_without_repeater),
    "wrong-install-code": Scenario(dual_fuel(), join_ends_with(JoinFailure.BAD_KEY), "ihd-1"),
    "label-misprinted": Scenario(dual_fuel(), crc_does_not_fit, "ihd-1"),
    "test-certificates": Scenario(dual_fuel(), join_ends_with(JoinFailure.UNKNOWN_ISSUER), "ihd-1"),
    "half-join": Scenario(dual_fuel(), listed_and_not_joined, "esme-1"),
    "one-sided-join": Scenario(dual_fuel(), no_electricity_on_the_display, "ihd-1"),
    "rejoins-while-joining": Scenario(dual_fuel(), joins_in_two_goes, "ihd-1"),
    "hub-defect": Scenario(dual_fuel(), fault_shown_by(Led.SW)),
    "hub-locked-up": Scenario(dual_fuel(), hangs_until_switched),
    "han-radio-defect": Scenario(dual_fuel(), fault_shown_by(Led.HAN)),
    "sub-ghz-radio-dead": Scenario(cottage, only_24_ghz_heard),
    "hub-in-metal-box": Scenario(cottage, only_24_ghz_heard),
    **{f"led-defect-{one.lower()}": Scenario(dual_fuel(top=MESH), led_dark(one)) for one in Led},
    "reserve-worn": Scenario(dual_fuel(), untold_outage),
    "hub-removed": Scenario(dual_fuel(), dark_and_logged),
    "hub-case-opened": Scenario(dual_fuel(), case_told, stays=True),
    "mirror-stuck": Scenario(dual_fuel(), heard_and_old),
    "full-device-log": Scenario(dual_fuel(), not_listed),
    "device-log-lost": Scenario(dual_fuel(), log_empty),
    "upgrade-lost-device": Scenario(dual_fuel(), gas_lost_by_upgrade),
    "window-shut": Scenario(dual_fuel(), no_hub_answers),
}
