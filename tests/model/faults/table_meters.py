"""Scenarios: clocks, switches, firmware and optical port of meters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hht.model.agenda import DAY_MS
from hht.model.alert_codes import AlertCode
from hht.model.electricity_meter import Item, LocalPort, TimeStatus
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.load_control import SetSwitch
from hht.model.electricity_meter.supply import DisableSupply, EnableSupply
from hht.model.features.firmware import (
    ActivateFirmware,
    ActivationResult,
    Firmware,
    FirmwareImage,
    TransferResult,
)
from hht.model.gas_meter.valve import ArmValve, CloseValve
from hht.model.refusal import DeviceRefusal, Reason
from tests.model.faults.worlds import GAS_SUPPLIER, HALF_HOUR, SUPPLIER, Scenario, World, dual_fuel, named


def refused_as_hardware_fault(world: World) -> bool:
    port = LocalPort(world.esme)
    role = port.role(17)
    assert role is not None
    assert port.read(role, Item.MODEL) == world.esme.identity.model
    try:
        port.write(role, Item.CONTACT_NAME, "Desk")
    except DeviceRefusal as refusal:
        return refusal.reason is Reason.HARDWARE_FAULT
    return False


def written_and_not_there(world: World) -> bool:
    port = LocalPort(world.esme)
    role = port.role(17)
    assert role is not None
    wanted = f"Desk {world.esme.event_log.written}"
    world.mark()
    port.write(role, Item.CONTACT_NAME, wanted)
    assert world.logs(world.esme, AlertCode.LOCAL_COMMAND_ACTIONED)
    return port.read(role, Item.CONTACT_NAME) != wanted


def clock_is_hours_slow(world: World) -> bool:
    adrift = world.esme.clock.now() - world.home.site.now()
    rows = world.esme.profile.end
    world.wait(2 * HALF_HOUR)
    missing = world.esme.profile.end == rows
    return adrift == timedelta(seconds=-11_520) and missing


def clock_is_ahead_next_day(world: World) -> bool:
    world.esme.set_clock(world.home.site.now())
    world.wait(DAY_MS / 1000)
    return timedelta(seconds=50) < world.esme.clock.now() - world.home.site.now() < timedelta(seconds=54)


def a_year_behind_after_midnight(world: World) -> bool:
    world.esme.set_clock(world.home.site.now())
    right = world.esme.clock.now() == world.home.site.now()
    world.wait(DAY_MS / 1000)
    rows = world.esme.profile.end
    world.wait(2 * HALF_HOUR)
    behind = world.home.site.now() - world.esme.clock.now()
    return right and behind == timedelta(days=365) and world.esme.profile.end == rows


def enabled_and_dark(world: World) -> bool:
    world.esme.execute(EnableSupply(), SUPPLIER)
    dark = world.esme.supply is SupplyState.ENABLED and not any(world.esme.consumer.supplied)
    world.mark()
    world.esme.execute(DisableSupply(), SUPPLIER)
    world.esme.execute(EnableSupply(), SUPPLIER)
    still = not any(world.esme.consumer.supplied)
    return dark and still and world.logs(world.esme, AlertCode.SUPPLY_CONNECT_FAILED)


def captured_as(status: TimeStatus) -> Callable[[World], bool]:
    def look(world: World) -> bool:
        world.wait(HALF_HOUR)
        end = world.esme.profile.end
        (row,) = world.esme.profile.entries(end - 1, end)
        return world.esme.clock.status is status and row.status == status

    return look


def disabled_and_powered(world: World) -> bool:
    world.esme.execute(EnableSupply(), SUPPLIER)
    world.mark()
    world.esme.execute(DisableSupply(), SUPPLIER)
    stuck = world.esme.measurement.power_w[0] > 0
    return stuck and world.logs(world.esme, AlertCode.SUPPLY_DISCONNECT_FAILED)


def valve_closed_and_gas_flows(world: World) -> bool:
    gas = world.gsme
    gas.open_tap(500)
    gas.execute(ArmValve(), GAS_SUPPLIER)
    world.mark()
    gas.execute(CloseValve(), GAS_SUPPLIER)
    before = gas.litres()
    world.wait(HALF_HOUR)
    return gas.litres() > before and world.logs(gas, AlertCode.SUPPLY_DISCONNECT_FAILED)


def mirror_is_old(world: World) -> bool:
    world.wait(4 * HALF_HOUR)
    age = world.hub.gpf.age_s
    return age is None or age > HALF_HOUR


def image(world: World, version: str) -> FirmwareImage:
    identity = world.gsme.identity
    return FirmwareImage(version, identity.manufacturer, identity.model)


def image_does_not_verify(world: World) -> bool:
    world.mark()
    result = world.gsme.firmware.receive(image(world, "00040008"))
    logged = world.logs(world.gsme, AlertCode.FIRMWARE_CHECK_FAILED, AlertCode.FIRMWARE_TRANSFER_FAILED)
    return result is TransferResult.TRANSFER_FAILED and logged


def image_does_not_start(world: World) -> bool:
    firmware: Firmware = world.gsme.firmware
    wanted = image(world, "00040009")
    assert firmware.receive(wanted) is TransferResult.COMPLETE
    answer = world.gsme.execute(ActivateFirmware(wanted.sha256), GAS_SUPPLIER)
    return answer is ActivationResult.ACTIVATION_FAILED and firmware.version != wanted.version


def more_switches(text: str) -> str:
    """Five switches, all of them in the meter."""
    extra = "".join(f'[[device.switch]]\nnumber = {n}\nlabel = "Circuit {n}"\nrating_a = 2\n\n' for n in (4, 5))
    return text.replace('device = "hcalcs-1"\n', "").replace("[[device.appliance]]", f"{extra}[[device.appliance]]", 1)


def switch_in_vain(number: int) -> Scenario:
    def look(world: World) -> bool:
        switch = world.esme.load_control.switches[number]
        world.mark()
        world.esme.execute(SetSwitch(number, not switch.closed, 30), SUPPLIER)
        return switch.wanted != switch.closed and world.logs(world.esme, AlertCode.AUXILIARY_SWITCH_FAILED)

    return Scenario(named("storage-heaters", edit=more_switches), look)


def switch_on_han_in_vain(world: World) -> bool:
    switch = world.esme.load_control.switches[3]
    world.mark()
    world.esme.execute(SetSwitch(3, not switch.closed, 30), SUPPLIER)
    return switch.wanted != switch.closed and world.logs(world.esme, AlertCode.AUXILIARY_SWITCH_FAILED)


SCENARIOS = {
    "refuses-writes": Scenario(named("single-element"), refused_as_hardware_fault),
    "forgets-writes": Scenario(named("single-element"), written_and_not_there),
    "clock-adrift": Scenario(dual_fuel(), clock_is_hours_slow, "esme-1"),
    "clock-runs-fast": Scenario(dual_fuel(), clock_is_ahead_next_day, "esme-1"),
    "date-bug": Scenario(dual_fuel(), a_year_behind_after_midnight, "esme-1"),
    "contact-burnt": Scenario(dual_fuel(), enabled_and_dark),
    "clock-invalid": Scenario(dual_fuel(), captured_as(TimeStatus.INVALID), "esme-1"),
    "clock-unreliable": Scenario(dual_fuel(), captured_as(TimeStatus.UNRELIABLE), "esme-1"),
    "stuck-contactor": Scenario(dual_fuel(), disabled_and_powered),
    **{f"stuck-switch-{number}": switch_in_vain(number) for number in range(1, 6)},
    "stuck-switch": Scenario(named("storage-heaters"), switch_on_han_in_vain),
    "stuck-valve": Scenario(dual_fuel(), valve_closed_and_gas_flows),
    "never-wakes": Scenario(dual_fuel(), mirror_is_old),
    "corrupt-firmware": Scenario(dual_fuel(), image_does_not_verify, "gsme-1"),
    "firmware-does-not-start": Scenario(dual_fuel(), image_does_not_start, "gsme-1"),
}
