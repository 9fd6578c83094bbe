"""Scenarios: what meters count, whose wires go through them, the street, bodies of meters, the gas meter."""

from __future__ import annotations

from collections.abc import Callable

from hht.identifiers import Mpan, Mprn
from hht.model.alert_codes import AlertCode
from hht.model.consumer import ApplianceShape
from hht.model.consumer_devices.displays import PrepaymentInterface
from hht.model.device import Device
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.supply import DisableSupply
from hht.model.features.notices import SendMessage
from hht.model.features.tamper import Tamper
from hht.model.gas_meter.valve import ArmValve, CloseValve
from hht.model.refusal import DeviceRefusal
from tests.model.faults.worlds import GAS_SUPPLIER, HALF_HOUR, SUPPLIER, Scenario, World, dual_fuel, named

QUIET = "[mains]\noutages = 0\n"
KETTLE_W = 3000
DAY = 86_400


def register_below_history(world: World) -> bool:
    rows = list(world.esme.profile.entries(0, world.esme.profile.end))
    return world.esme.registers()[0] < rows[-1].import_wh or rows[-1].import_wh < rows[0].import_wh


def more_than_history_accounts_for(world: World) -> bool:
    """Between the last row and now no more than a half-hour's use can lie."""
    rows = list(world.esme.profile.entries(0, world.esme.profile.end))
    return world.esme.registers()[0] - rows[-1].import_wh > 1_000_000


def kettle(world: World, seconds: float = HALF_HOUR / 2, *, at: int = 0, channel: int = 0) -> tuple[int, int]:
    """Use a kettle in the home of meter number `at`: Wh that its registers have risen by, (import, export)."""
    meters = meters_of(world)
    name = f"kettle-{world.home.site.now_ms}"
    meters[at].consumer.plug(ApplianceShape(name, KETTLE_W, channel=channel))
    before = [meter.registers() for meter in meters]
    world.wait(seconds)
    after = [meter.registers() for meter in meters]
    meters[at].consumer.use(name, False)
    world.risen = [after_one[0] - before_one[0] for before_one, after_one in zip(before, after, strict=True)]
    return after[at][0] - before[at][0], after[at][1] - before[at][1]


def meters_of(world: World) -> list[ElectricityMeter]:
    return world.home.of(ElectricityMeter)


def stands_still(world: World) -> bool:
    return kettle(world) == (0, 0) and world.esme.power_w() > 0


def counts_15_per_cent_more(world: World) -> bool:
    before = world.esme.measurement.power_w[0]
    world.esme.consumer.plug(ApplianceShape(f"heater-{world.home.site.now_ms}", KETTLE_W))
    return world.esme.measurement.power_w[0] - before == 3450


def rows_missing(world: World) -> bool:
    end = world.esme.profile.end
    world.wait(2 * HALF_HOUR)
    return world.esme.profile.end == end and world.esme.registers()[0] > 0


def exported(world: World) -> bool:
    into, out = kettle(world)
    return into == 0 and out >= 750


def two_phases_uncounted(world: World) -> bool:
    first, second = (world.esme.measurement.channels[number] for number in (0, 1))
    before = first.import_mws, second.import_mws
    kettle(world, channel=1)
    world.esme.count()
    uncounted = second.import_mws == before[1] and first.import_mws > before[0]
    return uncounted and world.esme.identity.variant == "A" and world.home.mains.phases == 3


def third_of_it(world: World) -> bool:
    before = world.esme.measurement.power_w[0]
    world.esme.consumer.plug(ApplianceShape(f"lathe-{world.home.site.now_ms}", KETTLE_W))
    return world.esme.measurement.power_w[0] - before in (999, 1000)


def second_phase_exported(world: World) -> bool:
    second = world.esme.measurement.channels[1]
    before = second.export_mws, second.import_mws
    kettle(world, channel=1)
    return second.export_mws > before[0] and second.import_mws == before[1]


def logged(device: str, *codes: AlertCode) -> Callable[[World], bool]:
    return lambda world: world.logs(world.home.find(device), *codes)


def counted_next_door(world: World) -> bool:
    kettle(world, at=0)
    first, second = world.risen
    world.esme.execute(DisableSupply(), SUPPLIER)
    dark = not any(meters_of(world)[1].consumer.supplied)
    world.esme.load_switch.holds.clear()
    world.esme.load_switch.release("", "over", by_itself=True)
    return second >= 750 > first and dark


def counted_by_nobody_here(world: World) -> bool:
    before = world.esme.measurement.power_w[0]
    world.esme.consumer.plug(ApplianceShape(f"kettle-{world.home.site.now_ms}", KETTLE_W))
    same = world.esme.measurement.power_w[0] == before
    register = world.esme.registers()[0]
    world.wait(DAY)
    return same and world.esme.registers()[0] > register


def another_mpan(world: World) -> bool:
    Mpan.parse(world.esme.import_mpan)  # its check digits are good
    return world.esme.import_mpan != world.esme.configuration.import_mpan


def another_mprn(world: World) -> bool:
    Mprn.parse(world.gsme.mprn)
    world.wait(HALF_HOUR)
    mirror = world.hub.gpf.mirror
    assert mirror is not None
    return mirror.mprn == world.gsme.mprn != world.gsme.configuration.mprn


# --- the street ------------------------------------------------------------------------------------------------------


def dark_and_not_disabled(world: World) -> bool:
    """No supply, and every meter's is enabled: nobody has commanded it."""
    return not world.esme.powered and world.esme.supply is SupplyState.ENABLED


def dark_and_told(world: World) -> bool:
    before = len(world.hub.outbox)
    world.wait(200)
    told = any(
        alert.code == AlertCode.SUPPLY_INTERRUPTED and alert.device == "hub-1" for alert in world.hub.outbox[before:]
    )
    return told and not world.esme.powered and not world.hub.powered


def second_phase_off(world: World) -> bool:
    second = world.esme.measurement.channels[1]
    before = second.import_mws, world.esme.measurement.channels[0].import_mws
    world.wait(HALF_HOUR)
    world.esme.count()
    off = second.import_mws == before[0] and world.esme.measurement.channels[0].import_mws > before[1]
    return off and world.logs(world.esme, AlertCode.SUPPLY_INTERRUPTED_PHASE_2)


def phases_apart(world: World) -> bool:
    world.mark()
    world.wait(40)
    volts = [world.home.mains.steady_dv(phase) for phase in range(3)]
    logged_both = world.logs(world.esme, AlertCode.VOLTAGE_SWELL_PHASE_1, AlertCode.VOLTAGE_SAG_PHASE_2)
    return max(volts) > 2700 and min(volts) < 2000 and logged_both


def swollen(world: World) -> bool:
    world.mark()
    world.wait(40)
    return world.esme.voltage_dv() > 2530 and world.esme.voltage.state.counts["swell"] == (1,)


def sagging(world: World) -> bool:
    world.wait(40)
    return world.esme.voltage_dv() < 2160 and world.esme.voltage.state.counts["sag"] == (1,)


def short_interruptions(world: World) -> bool:
    world.mark()
    world.wait(3700)
    restored = [one for one in world.new_records(world.esme) if one.code == AlertCode.SUPPLY_OUTAGE_RESTORED]
    return len(restored) >= 3 and all(one.information == "8 s" for one in restored)


def drops_out(world: World) -> bool:
    world.mark()
    off = 0
    for _second in range(620):
        world.wait(1)
        off += not any(world.esme.consumer.supplied)
    quiet = AlertCode.SUPPLY_INTERRUPTED not in world.new_codes(world.esme)
    return world.esme.supply is SupplyState.ENABLED and 2 <= off <= 8 and quiet


# --- bodies ----------------------------------------------------------------------------------------------------------


def tampered(device: str, tamper: Tamper, code: AlertCode) -> Callable[[World], bool]:
    def look(world: World) -> bool:
        meter = world.esme if device == "esme-1" else world.gsme
        return tamper in meter.tampers.active and world.logs(meter, code)

    return look


def shows_nothing(world: World) -> bool:
    repeated = world.one(PrepaymentInterface)
    world.wait(HALF_HOUR)
    return not world.gsme.display.pages() and len(repeated.pages()) > 1


def shows_a_version(world: World) -> bool:
    (first, *others) = world.esme.display.pages() or [None]
    return first is not None and first.title.startswith("V000") and not others


def cannot_be_switched_on(world: World) -> bool:
    switch = world.esme.load_switch
    switch.disable("test", "a test")
    switch.release("test", "a test is over")
    assert switch.state is SupplyState.ARMED
    try:
        world.esme.display.press("enable")
    except DeviceRefusal:
        return world.logs(world.esme, AlertCode.USER_INTERFACE_COMMAND_NOT_ACTIONED)
    return False


def dead_after_a_year(world: World) -> bool:
    world.wait(364 * DAY)
    well = len(world.esme.display.pages()) > 0
    world.wait(2 * DAY)
    return well and world.esme.display.pages() == [] and world.logs(world.esme, AlertCode.FAULT_PROGRAM_EXECUTION)


def restarts_over_a_message(world: World) -> bool:
    world.mark()
    try:
        world.esme.execute(SendMessage("Trial"), SUPPLIER)
    except DeviceRefusal:
        gone = world.esme.notices.message == ""
        return gone and world.logs(world.esme, AlertCode.FAULT_PROGRAM_EXECUTION, AlertCode.FAULT_UNEXPECTED_RESET)
    return False


def restarts(world: World) -> bool:
    world.mark()
    world.wait(3 * HALF_HOUR)
    return world.logs(world.esme, AlertCode.FAULT_UNEXPECTED_RESET, AlertCode.FAULT_WATCHDOG)


def storms(world: World) -> bool:
    sent = sent_by(world, world.esme)
    world.wait(7200)
    full = any({record.code for record in log} == {AlertCode.INTEGRITY_WARNING} for log in world.esme.logs.values())
    return full and sent_by(world, world.esme) - sent >= 100


def sent_by(world: World, device: Device) -> int:
    return sum(alert.device == device.name for alert in world.hub.outbox)


# --- gas -------------------------------------------------------------------------------------------------------------


def burnt(world: World, seconds: float = HALF_HOUR) -> tuple[int, int]:
    """Litres and Wh that the registers rise by while a tap lets 1000 litres an hour flow."""
    gas = world.gsme
    gas.open_tap(1000)
    before = gas.litres(), gas.energy_mws()
    world.wait(seconds)
    after = gas.litres(), gas.energy_mws()
    gas.open_tap(0)
    return after[0] - before[0], (after[1] - before[1]) // 3_600_000


def worth_too_much(world: World) -> bool:
    litres, energy_wh = burnt(world)
    return energy_wh * 100 // litres > 1250  # 12.78 Wh to the litre instead of 11.22


def third_of_the_gas(world: World) -> bool:
    world.gsme.execute(CloseValve(), GAS_SUPPLIER)  # nobody else burns
    world.gsme.valve.closed = False
    litres, _energy = burnt(world)
    return litres < 300


def gas_stands_still(world: World) -> bool:
    return burnt(world)[0] == 0 and world.gsme.volume.flow > 0


def gas_stands_still_and_told(world: World) -> bool:
    return burnt(world)[0] == 0 and world.logs(world.gsme, AlertCode.REVERSE_GAS_FLOW)


def closes_again(world: World) -> bool:
    gas = world.gsme
    gas.execute(CloseValve(), GAS_SUPPLIER)
    gas.execute(ArmValve(), GAS_SUPPLIER)
    world.mark()
    gas.valve.press()
    world.wait(600)
    return gas.supply is SupplyState.ARMED and world.logs(gas, AlertCode.SUPPLY_ARMED_UNCONTROLLED_GAS_FLOW)


def battery_low(world: World) -> bool:
    days = world.gsme.battery_days
    world.wait(DAY)
    return days <= 120 and world.gsme.battery_days == days - 1 and world.logs(world.gsme, AlertCode.BATTERY_LOW)


def battery_empty(world: World) -> bool:
    world.wait(3 * HALF_HOUR)
    age = world.hub.gpf.age_s
    return world.gsme.battery_days == 0 and (age is None or age > HALF_HOUR)


def wakes_now_and_then(world: World) -> bool:
    world.mark()
    ages = []
    for _half_hour in range(24):
        world.wait(HALF_HOUR)
        ages.append(world.hub.gpf.age_s or 0)
    return max(ages) > 2 * HALF_HOUR and min(ages) <= HALF_HOUR


quiet, three_phases, alone = dual_fuel(top=QUIET), named("polyphase"), named("single-element", top=QUIET)
SCENARIOS = {
    "register-at-zero": Scenario(quiet, register_below_history, stays=True),
    "register-not-new": Scenario(quiet, more_than_history_accounts_for, stays=True),
    "register-frozen": Scenario(quiet, stands_still),
    "lying-meter": Scenario(quiet, counts_15_per_cent_more),
    "memory-fault": Scenario(quiet, rows_missing),
    "reversed-polarity": Scenario(quiet, exported),
    "wrong-variant-fitted": Scenario(three_phases, two_phases_uncounted),
    "ct-ratio-wrong": Scenario(three_phases, third_of_it),
    "ct-turned-round": Scenario(three_phases, second_phase_exported),
    "phase-rotation": Scenario(three_phases, logged("esme-1", AlertCode.PHASE_SEQUENCE_WRONG), stays=True),
    "crossed-meters": Scenario(named("two-flats", top=QUIET), counted_next_door),
    "neighbours-tails": Scenario(quiet, counted_by_nobody_here),
    "wrong-mpan": Scenario(quiet, another_mpan),
    "wrong-mprn": Scenario(quiet, another_mprn),
    "feeder-isolated": Scenario(quiet, dark_and_not_disabled),
    "power-cut": Scenario(quiet, dark_and_told),
    "phase-lost": Scenario(three_phases, second_phase_off),
    "neutral-lost": Scenario(three_phases, phases_apart),
    "voltage-high": Scenario(quiet, swollen),
    "voltage-low": Scenario(quiet, sagging),
    "loose-connection": Scenario(quiet, short_interruptions),
    "relay-chatter": Scenario(quiet, drops_out),
    "terminal-cover-off": Scenario(quiet, tampered("esme-1", Tamper.TERMINAL_COVER, AlertCode.TERMINAL_COVER_REMOVED)),
    "meter-cover-off": Scenario(quiet, tampered("esme-1", Tamper.METER_COVER, AlertCode.METER_COVER_REMOVED), "esme-1"),
    "battery-cover-off": Scenario(quiet, tampered("gsme-1", Tamper.BATTERY_COVER, AlertCode.BATTERY_COVER_REMOVED)),
    "magnet": Scenario(quiet, tampered("gsme-1", Tamper.MAGNET, AlertCode.MAGNETIC_FIELD), "gsme-1"),
    "gas-meter-tilted": Scenario(quiet, tampered("gsme-1", Tamper.TILT, AlertCode.TILT)),
    "dead-display": Scenario(quiet, shows_nothing, "gsme-1"),
    "cryptic-screen": Scenario(quiet, shows_a_version, "esme-1"),
    "dead-buttons": Scenario(quiet, cannot_be_switched_on, "esme-1"),
    "latent-defect": Scenario(alone, dead_after_a_year),
    "crashes-on-message": Scenario(quiet, restarts_over_a_message, "esme-1"),
    "unexpected-resets": Scenario(quiet, restarts, "esme-1"),
    "alert-storm": Scenario(quiet, storms, "esme-1"),
    "wrong-calorific-value": Scenario(quiet, worth_too_much),
    "counts-cubic-feet": Scenario(quiet, third_of_the_gas),
    "gas-register-frozen": Scenario(quiet, gas_stands_still),
    "gas-meter-backwards": Scenario(quiet, gas_stands_still_and_told),
    "gas-leak": Scenario(quiet, closes_again),
    "low-battery": Scenario(quiet, battery_low),
    "battery-flat": Scenario(quiet, battery_empty),
    "misses-wakes": Scenario(quiet, wakes_now_and_then),
}
