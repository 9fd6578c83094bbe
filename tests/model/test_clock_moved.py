"""A meter whose clock is set, or goes wrong: what it times stands as its clock says from then on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hht.clock import ManualClock
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.configuration import MeterConfiguration
from hht.model.electricity_meter.maximum_demand import Demand, ResetMaximumDemand
from hht.model.features.billing import BillingCalendar, SetBillingCalendar
from hht.model.features.calendar import every_day
from hht.model.features.tariff_plan import TariffPlan
from hht.model.gas_meter import GasMeter
from hht.model.parties import Party, UserRole
from hht.model.premises import load_premises, read_premises
from tests.standalone import standalone_meter

NETWORK = Party("Example Networks", UserRole.ELECTRICITY_DISTRIBUTOR)
AFTERNOON = datetime(2026, 11, 20, 15, tzinfo=UTC)
NIGHT = TariffPlan("Economy", every_day(((1800, 2), (27_000, 1))), ((30_000,), (15_000,)), 50_000)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(AFTERNOON)


@pytest.fixture
def configuration() -> MeterConfiguration:
    return read_premises("next-door").electricity_meters[0]


def test_a_clock_that_was_ahead_is_set_right_and_the_day_register_counts(
    configuration: MeterConfiguration, clock: ManualClock
) -> None:
    meter = standalone_meter(replace(configuration, tariff=NIGHT, clock_adrift_s=36_000), clock)
    meter.catch_up()
    assert meter.tariff.register == 2  # it believes that it is one in the morning
    meter.set_clock(clock.now())
    assert meter.tariff.register == 1
    assert meter.tariff.next_ms == datetime(2026, 11, 21, 0, 30, tzinfo=UTC).timestamp() * 1000
    night_wh = meter.tariff.tou_wh[2]
    clock.advance(9 * 3600)
    assert meter.tariff.tou_wh[2] == night_wh
    clock.advance(3600)
    meter.catch_up()
    assert meter.tariff.register == 2


@pytest.mark.parametrize(("moved_h", "register"), [(10, 2), (17, 1), (-7, 1), (-10, 2), (0, 1)])
def test_the_register_is_the_one_of_the_time_it_is_set_to(
    configuration: MeterConfiguration, clock: ManualClock, moved_h: int, register: int
) -> None:
    meter = standalone_meter(replace(configuration, tariff=NIGHT, clock_adrift_s=0), clock)
    meter.set_clock(clock.now() + moved_h * HOUR)
    meter.catch_up()
    assert meter.tariff.register == register


def test_the_offset_delays_what_the_clock_was_set_to(configuration: MeterConfiguration, clock: ManualClock) -> None:
    plan = replace(NIGHT, offset=True)
    meter = standalone_meter(replace(configuration, tariff=plan, clock_adrift_s=0, offset_limit_s=1799), clock)
    delay = timedelta(seconds=meter.randomised_offset.offset_s)
    assert delay > timedelta(seconds=2)
    half = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
    meter.set_clock(half + delay - timedelta(seconds=1))
    assert meter.tariff.register == 1
    clock.advance(1)
    meter.catch_up()
    assert meter.tariff.register == 2
    meter.set_clock(half + delay - timedelta(seconds=1))
    assert meter.tariff.register == 1


def test_auxiliary_switches_follow_a_clock_that_is_set_back(clock: ManualClock) -> None:
    clock.advance(7 * 3600)
    meter = load_premises("storage-heaters", clock=clock, seed=3, days=3).device()
    meter.randomised_offset.set_limit(0)
    for moment in (datetime(2026, 11, 21, 3, tzinfo=UTC), datetime(2026, 11, 20, 22, tzinfo=UTC)):
        meter.set_clock(moment)
        meter.catch_up()
        second_s = int(moment.timestamp())
        for switch in meter.load_control.switches.values():
            assert switch.plan.calendar is not None
            assert switch.closed is bool(switch.plan.calendar.at(second_s))
        assert {switch.closed for switch in meter.load_control.switches.values()} == {moment.hour == 3}


def test_a_gas_meter_and_a_fault_likewise(clock: ManualClock) -> None:
    home = load_premises("dual-fuel", clock=clock, days=2)
    gas, meter = home.find("gsme-1"), home.device()
    assert isinstance(gas, GasMeter)
    early = (((int(AFTERNOON.timestamp()) - 2 * 3600) % 86_400, 2),)
    plan = TariffPlan("Two", every_day(((0, 1), *early)), ((30_000,), (15_000,)), 0)
    for device in (gas, meter):
        device.tariff.fit(plan)
        assert device.tariff.register == 2
    home.faults.on("clock-adrift", meter.name)  # three hours and twelve minutes slow
    assert meter.tariff.register == 1
    gas.set_clock(clock.now() - 3 * HOUR)
    assert gas.tariff.register == 1
    home.faults.off("clock-adrift", meter.name)
    assert meter.tariff.register == 2


# --- billing ---------------------------------------------------------------------------------------------------------


def billed(meter: ElectricityMeter) -> list[str]:
    return [f"{datetime.fromtimestamp(one.time_s, UTC):%m-%d %H:%M}" for one in meter.billing.snapshots]


def test_a_billing_time_that_is_leapt_over_is_due_at_once(configuration: MeterConfiguration) -> None:
    clock = ManualClock(datetime(2026, 10, 31, 23, tzinfo=UTC))
    meter = standalone_meter(replace(configuration, clock_adrift_s=0), clock, days=40)
    before = billed(meter)
    meter.set_clock(datetime(2026, 11, 1, 2, 12, tzinfo=UTC))
    assert billed(meter) == [*before, "11-01 02:12"]
    clock.advance(3 * 86_400)
    meter.catch_up()
    assert billed(meter) == [*before, "11-01 02:12"]
    clock.advance(28 * 86_400)
    meter.catch_up()
    assert billed(meter) == [*before, "11-01 02:12", "12-01 00:00"]


@pytest.mark.parametrize("back", [timedelta(minutes=3), timedelta(days=3)])
def test_a_billing_time_that_comes_again_is_not_billed_again(
    configuration: MeterConfiguration, back: timedelta
) -> None:
    clock = ManualClock(datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    meter = standalone_meter(replace(configuration, clock_adrift_s=0), clock, days=40)
    clock.advance(120)
    meter.catch_up()
    before = billed(meter)
    assert before[-1] == "11-01 00:00"
    meter.set_clock(clock.now() - back)
    clock.advance(4 * 86_400)
    meter.catch_up()
    assert billed(meter) == before
    clock.advance(30 * 86_400)
    meter.catch_up()
    assert billed(meter) == [*before, "12-01 00:00"]


def test_another_billing_calendar_bills_by_its_own_times(configuration: MeterConfiguration) -> None:
    clock = ManualClock(datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    meter = standalone_meter(replace(configuration, clock_adrift_s=0), clock, days=40)
    clock.advance(120)
    meter.execute(SetBillingCalendar(BillingCalendar(day=2)), Party("S", UserRole.IMPORT_SUPPLIER))
    clock.advance(2 * 86_400)
    meter.catch_up()
    assert billed(meter)[-2:] == ["11-01 00:00", "11-02 00:00"]


def test_midnights_that_the_clock_leaps_over_end_one_day_and_days_that_come_twice_are_charged_once(
    configuration: MeterConfiguration,
) -> None:
    plan = TariffPlan("Standing", None, ((0,),), 50_000)
    clock = ManualClock(datetime(2026, 11, 20, 9, tzinfo=UTC))
    meter = standalone_meter(replace(configuration, tariff=plan, clock_adrift_s=0), clock, days=10)
    days, paid = len(meter.prepayment.daily), meter.tariff.cost
    meter.set_clock(clock.now() + timedelta(days=5))
    assert (len(meter.prepayment.daily) - days, meter.tariff.cost - paid) == (1, 50_000)
    meter.set_clock(clock.now())
    clock.advance(5 * 86_400)
    meter.catch_up()
    assert (len(meter.prepayment.daily) - days, meter.tariff.cost - paid) == (1, 50_000)
    clock.advance(86_400)
    meter.catch_up()
    assert (len(meter.prepayment.daily) - days, meter.tariff.cost - paid) == (2, 100_000)


# --- maximum demand --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moved_s", [-36_000, -1800, -600, 600, 1800, 36_000])
def test_no_demand_is_made_of_a_half_hour_that_the_clock_spoiled(
    configuration: MeterConfiguration, moved_s: int
) -> None:
    clock = ManualClock(datetime(2026, 11, 20, 9, 10, tzinfo=UTC))
    meter = standalone_meter(replace(configuration, clock_adrift_s=0), clock, days=5)
    flowed_w = [sum(meter.measured.import_w)]
    meter.consumer.attach(lambda: None, lambda: flowed_w.append(sum(meter.measured.import_w)))
    meter.execute(ResetMaximumDemand(Demand.IMPORT), NETWORK)
    meter.set_clock(clock.now() + timedelta(seconds=moved_s))
    clock.advance(12 * 3600)
    meter.catch_up()
    assert 0 < meter.maximum_demand.registers[Demand.IMPORT].power_w <= max(flowed_w) + 2  # whole Wh at both ends


def test_a_small_correction_spoils_no_half_hour(configuration: MeterConfiguration, clock: ManualClock) -> None:
    meter = standalone_meter(replace(configuration, clock_adrift_s=0), clock, days=1)
    clock.advance(600)
    meter.execute(ResetMaximumDemand(Demand.IMPORT), NETWORK)
    meter.set_clock(clock.now() - timedelta(seconds=4))
    clock.advance(1300)
    meter.catch_up()
    kept = list(meter.profile.entries(0, 1 << 40))
    used_wh = kept[-1].import_wh - kept[-2].import_wh
    assert used_wh > 0
    assert meter.maximum_demand.registers[Demand.IMPORT].power_w == used_wh * 3600 // 1804


@pytest.mark.parametrize("name", ["clock-adrift", "register-not-new"])
def test_a_fault_makes_no_demand_that_never_was(name: str) -> None:
    clock = ManualClock(datetime(2026, 11, 20, 17, 10, tzinfo=UTC))
    home = load_premises("dual-fuel", clock=clock, days=5, seed=3)
    meter = home.device()
    meter.execute(ResetMaximumDemand(Demand.IMPORT), NETWORK)
    flowed_w = [sum(meter.measured.import_w)]
    meter.consumer.attach(lambda: None, lambda: flowed_w.append(sum(meter.measured.import_w)))
    home.faults.on(name, meter.name)
    clock.advance(6 * 3600)
    meter.catch_up()
    home.faults.off(name, meter.name)
    clock.advance(6 * 3600)
    meter.catch_up()
    assert 0 < meter.maximum_demand.registers[Demand.IMPORT].power_w <= max(flowed_w) + 2
