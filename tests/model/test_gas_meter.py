"""The gas meter: volume and energy, the valve and its test, waking and mirroring."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.delivery import DeliveryState
from hht.model.communications_hub.gas_proxy import GasMirror, ReadGas
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.tariff import SetGasTariff
from hht.model.features.tariff_plan import TariffPlan
from hht.model.features.tenancy import ChangeGasTenancy
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.mprn import ReadMprn, SetMprn
from hht.model.gas_meter.network_log import ReadNetworkLog, StartNetworkLog
from hht.model.gas_meter.valve import ArmValve, CloseValve
from hht.model.gas_meter.volume import Conversion, SetConversion
from hht.model.han.network import HanFailure
from hht.model.han.node import HanNode, NodeState
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, load_premises
from hht.model.refusal import DeviceRefusal

START = datetime(2026, 1, 21, 10, 12, 33, tzinfo=UTC)  # winter: the heating is on
SUPPLIER = Party("Example Gas", UserRole.GAS_SUPPLIER)
DCC = Party("DCC", UserRole.DCC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return load_premises("dual-fuel", clock=clock, days=2)


@pytest.fixture
def gas(home: Premises) -> GasMeter:
    return home.of(GasMeter)[0]


@pytest.fixture
def hub(home: Premises) -> CommunicationsHub:
    return home.of(CommunicationsHub)[0]


def codes(meter: GasMeter) -> list[int]:
    return [record.code for record in meter.event_log]


# --- volume and energy ---------------------------------------------------------------------------------------------


def test_a_cubic_metre_is_worth_what_the_bill_says() -> None:
    """1 m3 x 1.02264 x 40.0 / 3.6 = 11.3626 kWh."""
    assert Conversion(400, 102_264).energy_mws(1_000_000_000_000) == 40_905_600_000
    assert pytest.approx(11.3627, abs=0.0001) == 40_905_600_000 / 3_600_000_000


def test_a_year_adds_up_to_what_the_file_says(clock: ManualClock) -> None:
    gas = load_premises("dual-fuel", clock=clock, days=365).of(GasMeter)[0]
    assert gas.energy_mws() / 3_600_000_000 == pytest.approx(11_500, rel=0.15)


def test_winter_burns_more_than_summer() -> None:
    def month(number: int) -> int:
        clock = ManualClock(datetime(2026, number, 28, tzinfo=UTC))
        return load_premises("dual-fuel", clock=clock, days=27).of(GasMeter)[0].energy_mws()

    assert month(1) > 4 * month(7)


def test_another_calorific_value_holds_from_then_on(gas: GasMeter, clock: ManualClock) -> None:
    before = gas.energy_mws()
    gas.execute(SetConversion(Conversion(380, 102_264)), SUPPLIER)
    assert gas.energy_mws() == before
    litres = gas.volume.nl
    clock.advance(86_400)
    gas.site.catch_up()
    gas.count()
    burnt = gas.volume.nl - litres
    assert gas.energy_mws() - before == pytest.approx(Conversion(380, 102_264).energy_mws(burnt), abs=50)


@pytest.mark.parametrize(
    "conversion", [Conversion(400 * 10), Conversion(349), Conversion(400, 1), Conversion(400, 120_001)]
)
def test_a_missing_point_is_refused(gas: GasMeter, conversion: Conversion) -> None:
    with pytest.raises(DeviceRefusal):
        gas.execute(SetConversion(conversion), SUPPLIER)
    assert gas.conversion == Conversion()


@pytest.mark.parametrize(
    ("prices", "thresholds", "holds"),
    [
        (((7_000,),) * 4, (), True),
        (((7_000,),) * 5, (), False),
        (((7_000,) * 4,), (1, 2, 3), True),
        (((7_000,) * 5,), (1, 2, 3, 4), False),
        (((7_000,) * 2,) * 2, (1,), False),  # registers or blocks, never both
    ],
)
def test_four_registers_or_four_blocks(
    gas: GasMeter, prices: tuple[tuple[int, ...], ...], thresholds: tuple[int, ...], holds: bool
) -> None:
    before, plan = gas.tariff.plan, TariffPlan("gas", None, prices, 29_000, thresholds)
    if holds:
        gas.execute(SetGasTariff(plan), SUPPLIER)
        assert gas.tariff.plan == plan
        return
    with pytest.raises(DeviceRefusal, match="number of"):
        gas.execute(SetGasTariff(plan), SUPPLIER)
    assert gas.tariff.plan is before


def test_thirteen_months_of_half_hours(clock: ManualClock) -> None:
    gas = load_premises("dual-fuel", clock=clock, days=420).of(GasMeter)[0]
    assert len(gas.profile) == 420 * 48
    rows = list(gas.profile.entries(0, gas.profile.end))
    assert [row.import_wh for row in rows] == sorted(row.import_wh for row in rows)


@pytest.mark.requirement("OLC-11")
def test_six_minute_samples_where_they_are_asked_for(gas: GasMeter, clock: ManualClock) -> None:
    gas.execute(StartNetworkLog(), DCC)
    clock.advance(5 * 3600)
    samples: tuple[tuple[int, int], ...] = gas.execute(ReadNetworkLog(), SUPPLIER)  # type: ignore[assignment]
    assert len(samples) == 40
    assert {later[0] - before[0] for before, later in pairwise(samples)} == {360}
    assert sum(litres for _time, litres in samples) > 0


# --- the valve -----------------------------------------------------------------------------------------------------


def test_the_valve_is_armed_tested_and_opens(gas: GasMeter, clock: ManualClock) -> None:
    gas.execute(CloseValve(), SUPPLIER)
    closed_at = gas.litres()
    clock.advance(3600)
    assert gas.litres() == closed_at
    with pytest.raises(DeviceRefusal):
        gas.display.press("enable")
    gas.execute(ArmValve(), SUPPLIER)
    gas.display.press("enable")
    assert gas.valve.testing
    clock.advance(359)
    gas.site.catch_up()
    assert gas.supply is SupplyState.ARMED
    clock.advance(1)
    gas.site.catch_up()
    assert gas.supply is SupplyState.ENABLED
    assert AlertCode.VALVE_TESTED in codes(gas)
    clock.advance(86_400)
    assert gas.litres() > closed_at


def test_an_open_tap_closes_the_valve_again(gas: GasMeter, clock: ManualClock) -> None:
    gas.execute(CloseValve(), SUPPLIER)
    gas.execute(ArmValve(), SUPPLIER)
    gas.open_tap(200)
    gas.display.press("enable")
    clock.advance(361)
    gas.site.catch_up()
    assert (gas.supply, gas.valve.closed) == (SupplyState.ARMED, True)
    assert codes(gas)[-1] == AlertCode.SUPPLY_ARMED_UNCONTROLLED_GAS_FLOW
    gas.open_tap(0)
    gas.display.press("enable")
    clock.advance(361)
    gas.site.catch_up()
    assert gas.supply is SupplyState.ENABLED


def test_a_command_amid_the_test_ends_it(gas: GasMeter, clock: ManualClock) -> None:
    gas.execute(CloseValve(), SUPPLIER)
    gas.execute(ArmValve(), SUPPLIER)
    gas.display.press("enable")
    clock.advance(100)
    gas.execute(CloseValve(), SUPPLIER)
    clock.advance(1000)
    gas.site.catch_up()
    assert (gas.supply, gas.valve.closed) == (SupplyState.DISABLED, True)


def test_a_stuck_valve_says_so(gas: GasMeter, clock: ManualClock) -> None:
    gas.faults.add("stuck-valve")
    gas.execute(CloseValve(), SUPPLIER)
    assert codes(gas)[-1] == AlertCode.SUPPLY_DISCONNECT_FAILED
    before = gas.litres()
    clock.advance(86_400)
    assert gas.litres() > before


# --- waking and mirroring ------------------------------------------------------------------------------------------


@pytest.mark.requirement("CH-04")
def test_the_mirror_is_refreshed_every_half_hour(gas: GasMeter, hub: CommunicationsHub, clock: ManualClock) -> None:
    clock.advance((gas.next_wake_ms() - gas.site.now_ms) / 1000)
    assert hub.gpf.age_s == 0
    mirror = hub.gpf.mirror
    assert mirror is not None
    assert mirror.litres == gas.litres()
    clock.advance(1799)
    assert hub.gpf.age_s == 1799
    assert hub.gpf.mirror is mirror
    clock.advance(1)
    assert hub.gpf.age_s == 0


def display(home: Premises, hub: CommunicationsHub) -> Device:
    device = Device(home.site, "ihd-1", DeviceIdentity("00-DB-12-34-56-78-95-D0", "HHT", "IHD", "00000001"))
    device.kind = DeviceKind.IHD  # type: ignore[misc]
    node = HanNode(device, None, type_1=False)
    device.node = node
    node.state, node.network = NodeState.JOINED, hub.network
    hub.network.members[device.identity.device_id] = node
    assert hub.gpf.node is not None
    hub.gpf.node.partners[device.identity.device_id] = DeviceKind.IHD
    return device


def test_the_han_asks_the_mirror_and_never_the_meter(home: Premises, gas: GasMeter, hub: CommunicationsHub) -> None:
    ihd = display(home, hub)
    answer = hub.network.ask(ihd, hub.gpf, ReadGas())
    assert isinstance(answer, GasMirror)
    assert hub.gpf.mirror is not None
    assert (answer.litres, answer.time_ms) == (hub.gpf.mirror.litres, hub.gpf.mirror.time_ms)
    assert len(answer.stores.days) == 8
    assert gas.node is not None
    gas.node.partners[ihd.identity.device_id] = DeviceKind.IHD
    with pytest.raises(HanFailure, match="sleeps"):
        hub.network.ask(ihd, gas, ReadGas())


def test_new_people_see_nothing_of_the_old_ones(
    home: Premises, gas: GasMeter, hub: CommunicationsHub, clock: ManualClock
) -> None:
    ihd = display(home, hub)
    hub.deliveries.deliver(hub.gpf.identity.device_id, ChangeGasTenancy(home.site.now_ms), SUPPLIER)
    with pytest.raises(DeviceRefusal, match="not been heard"):
        hub.network.ask(ihd, hub.gpf, ReadGas())
    clock.advance(1800)
    home.site.catch_up()
    mirror = hub.gpf.read()
    assert sum(mirror.stores.days) == sum(mirror.stores.months) == 0
    assert mirror.stores.today <= 3000


def test_a_command_waits_for_the_next_wake(gas: GasMeter, hub: CommunicationsHub, clock: ManualClock) -> None:
    delivery = hub.deliveries.deliver(gas.identity.device_id, SetMprn("1234567810"), SUPPLIER)
    assert delivery.state is DeliveryState.WAITING
    assert gas.mprn == "3938424403"
    clock.advance(1800)
    gas.site.catch_up()
    assert delivery.state is DeliveryState.ANSWERED
    assert gas.execute(ReadMprn(), SUPPLIER) == "1234567810"
    assert hub.gpf.mirror is not None
    assert hub.gpf.mirror.mprn == "1234567810"


def test_a_meter_that_never_wakes_is_told_after_a_day(
    gas: GasMeter, hub: CommunicationsHub, clock: ManualClock
) -> None:
    gas.faults.add("never-wakes")
    delivery = hub.deliveries.deliver(gas.identity.device_id, SetMprn("1234567810"), SUPPLIER)
    clock.advance(86_400)
    gas.site.catch_up()
    assert delivery.state is DeliveryState.UNDELIVERED
    assert AlertCode.GSME_COMMAND_NOT_RETRIEVED in [alert.code for alert in hub.outbox]
    assert hub.gpf.age_s is not None
    assert hub.gpf.age_s > 84_000


def test_what_a_device_refuses_comes_back(
    home: Premises, gas: GasMeter, hub: CommunicationsHub, clock: ManualClock
) -> None:
    waiting = hub.deliveries.deliver(gas.identity.device_id, SetMprn("12"), SUPPLIER)
    clock.advance(1800)
    home.site.catch_up()
    assert (waiting.state, waiting.problem) == (DeliveryState.REFUSED, "The meter does not accept this MPRN.")
    nobody = hub.deliveries.deliver("00-DB-12-34-56-78-00-01", SetMprn("12"), SUPPLIER)
    assert nobody.state is DeliveryState.UNDELIVERED


def test_a_battery_that_runs_low_says_so(clock: ManualClock) -> None:
    home = load_premises("dual-fuel", clock=clock, days=1)
    gas = home.of(GasMeter)[0]
    gas.battery_days = 181
    clock.advance(86_400)
    home.site.catch_up()
    assert codes(gas)[-1] == AlertCode.BATTERY_LOW


def test_looking_at_a_gas_meter_changes_nothing() -> None:
    def energy(look_s: float) -> tuple[int, int, int]:
        clock = ManualClock(datetime(2026, 11, 20, 17, tzinfo=UTC))
        meter = load_premises("dual-fuel", clock=clock, days=1).of(GasMeter)[0]
        for _look in range(round(7200 / look_s)):
            clock.advance(look_s)
            meter.site.catch_up()
            meter.energy_mws()
        return meter.litres(), meter.energy_mws(), meter.tariff.cost

    assert energy(0.5) == energy(7200)
