"""Tariffs: registers, blocks, prices, cost; and what a meter keeps by the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.configuration import MeterConfiguration
from hht.model.electricity_meter.randomised_offset import UpdateRandomisedOffsetLimit
from hht.model.features.billing import BillingCalendar, ReadBillingLog, SetBillingCalendar, Snapshot
from hht.model.features.calendar import every_day
from hht.model.features.stores import ReadDailyConsumption, ReadDailyReads
from hht.model.features.tariff import (
    ReadBlockRegisters,
    ReadTariff,
    ReadTouRegisters,
    ResetBlockCounters,
    SetPrice,
    SetTariff,
)
from hht.model.features.tariff_plan import TariffPlan
from hht.model.features.tenancy import ChangeTenancy
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.premises import load_premises, read_premises
from hht.model.premises_plan import parse_premises
from hht.model.refusal import DeviceRefusal
from hht.model.site import to_ms
from tests.standalone import standalone_meter

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
NIGHT = TariffPlan("Economy", every_day(((1800, 2), (27_000, 1))), ((30_000,), (15_000,)), 50_000)
BLOCKS = TariffPlan("Blocks", None, ((40_000, 30_000, 20_000, 10_000),), 0, (1000, 2000, 5000))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MIDNIGHT)


@pytest.fixture
def configuration() -> MeterConfiguration:
    return read_premises("next-door").electricity_meters[0]


@pytest.fixture
def meter(configuration: MeterConfiguration, clock: ManualClock) -> ElectricityMeter:
    return standalone_meter(configuration, clock)


def test_each_register_gets_its_hours(meter: ElectricityMeter, clock: ManualClock) -> None:
    meter.execute(SetTariff(NIGHT), SUPPLIER)
    before = meter.execute(ReadTouRegisters(), SUPPLIER)
    assert list(before) == [1]  # type: ignore[call-overload]
    profile_end = meter.profile.end
    clock.advance(86_400)
    after: dict[int, int] = meter.execute(ReadTouRegisters(), SUPPLIER)  # type: ignore[assignment]
    rows = list(meter.profile.entries(profile_end - 1, meter.profile.end))
    night = [r for r in rows if 1800 <= r.time_s % 86_400 <= 27_000]
    assert after[2] == pytest.approx(night[-1].import_wh - night[0].import_wh, abs=1)
    total = rows[-1].import_wh - rows[0].import_wh
    assert sum(after.values()) - sum(before.values()) == pytest.approx(total, abs=2)  # type: ignore[attr-defined]


def test_what_it_costs(meter: ElectricityMeter, clock: ManualClock) -> None:
    meter.execute(SetTariff(NIGHT), SUPPLIER)
    start, registers = meter.tariff.cost, dict(meter.tariff.tou_wh)
    clock.advance(3 * 86_400)
    used = {number: wh - registers.get(number, 0) for number, wh in meter.tariff.tou_wh.items()}
    expected = used[1] * 30 + used[2] * 15 + 3 * 50_000
    assert meter.tariff.cost - start == pytest.approx(expected, abs=60)
    assert 0 <= meter.tariff.shown.cost_today <= 50_000


@settings(max_examples=30)
@given(st.lists(st.integers(1, 3_000_000_000), max_size=12))
def test_blocks_fill_in_order_and_lose_nothing(steps: list[int]) -> None:
    clock = ManualClock(MIDNIGHT)
    meter = standalone_meter(read_premises("next-door").electricity_meters[0], clock)
    meter.execute(SetTariff(BLOCKS), SUPPLIER)
    meter.execute(ResetBlockCounters(), SUPPLIER)
    blocks = meter.tariff.registers.by_block
    began, cost = sum(blocks.values()), meter.tariff.cost
    for step in steps:
        meter.measurement.channels[0].import_mws += step
        meter.tariff.give()
    total = sum(steps)
    assert sum(blocks.values()) - began == total
    left, expected = total, 0
    for size, price in zip((1000, 1000, 3000, 1 << 40), BLOCKS.prices[0], strict=True):
        part = min(left, size * 3_600_000)
        expected += part * price
        left -= part
    assert 0 <= expected // 3_600_000_000 - (meter.tariff.cost - cost) <= 1


def test_blocks_are_read_by_number(meter: ElectricityMeter, clock: ManualClock) -> None:
    meter.execute(SetTariff(BLOCKS), SUPPLIER)
    clock.advance(86_400)
    found: dict[tuple[int, int], int] = meter.execute(ReadBlockRegisters(), SUPPLIER)  # type: ignore[assignment]
    assert found[1, 1] == 1000
    assert meter.execute(ReadTariff(), SUPPLIER) == BLOCKS


@pytest.mark.requirement("ALC-11", "ALC-12")
def test_registers_and_loads_share_the_offset_where_the_meter_is_so_configured(clock: ManualClock) -> None:
    """01:00 and 7 minutes: 01:07 for both."""
    meter = load_premises("storage-heaters", clock=clock, days=1).device()
    meter.randomised_offset.number = 10_000 * 420 // 900 + 1
    both = TariffPlan("Economy", every_day(((3600, 2), (18_000, 1))), ((30_000,), (15_000,)), offset=True)
    meter.execute(UpdateRandomisedOffsetLimit(900), SUPPLIER)
    meter.execute(SetTariff(both), SUPPLIER)
    assert meter.randomised_offset.offset_s == 420
    at_seven_past = to_ms(MIDNIGHT.replace(hour=1, minute=7))
    assert meter.tariff.next_ms == at_seven_past
    assert meter.load_control.states()[2].next_ms == at_seven_past
    clock.advance(3600 + 419)
    assert meter.tariff.shown.register == 1
    clock.advance(1)
    assert meter.tariff.shown.register == 2
    meter.execute(SetTariff(TariffPlan("Economy", both.calendar, both.prices, offset=False)), SUPPLIER)
    assert meter.tariff.next_ms == to_ms(MIDNIGHT.replace(hour=5))


def test_a_tariff_dated_ahead_begins_when_it_should(meter: ElectricityMeter, clock: ManualClock) -> None:
    meter.execute(SetTariff(NIGHT), SUPPLIER, at_ms=to_ms(MIDNIGHT + timedelta(hours=3)))
    clock.advance(3 * 3600 - 1)
    assert meter.tariff.shown.name == "standard"
    clock.advance(1)
    assert meter.tariff.shown.name == "Economy"
    assert meter.tariff.register == 2


@pytest.mark.parametrize(
    "plan",
    [
        TariffPlan(prices=()),
        TariffPlan(prices=((1,),) * 49),
        TariffPlan(prices=((1, 2),)),
        TariffPlan(prices=((1, 2),) * 9, thresholds_wh=(10,)),
        TariffPlan(prices=((1, 2, 3),), thresholds_wh=(20, 10)),
        TariffPlan(prices=((-1,),)),
        TariffPlan(prices=((1,),), calendar=every_day(((0, 2),))),
        TariffPlan(standing_charge=-1),
    ],
)
def test_impossible_tariffs_are_refused_whole(meter: ElectricityMeter, plan: TariffPlan) -> None:
    with pytest.raises(DeviceRefusal):
        meter.execute(SetTariff(plan), SUPPLIER)
    with pytest.raises(DeviceRefusal):
        meter.execute(SetPrice(((1, 2),), 0), SUPPLIER)
    assert meter.tariff.plan == TariffPlan()


def test_a_file_says_it_in_pence() -> None:
    text = """
title = "t"
[[device]]
id = "esme-1"
kind = "electricity-meter"
device_id = "00-DB-12-34-56-78-96-A0"
maker = "HHT"
manufacturer = "HHT"
model = "T"
firmware = "0002012F"
local_access = "installer"
[device.tariff]
name = "Night"
standing_charge_p = 53.35
prices_p = [27.69, 13.5]
switches = [["07:30", 1], ["00:30", 2]]
"""
    plan = parse_premises(text, name="x", file="x.toml").electricity_meters[0].tariff
    assert (plan.standing_charge, plan.prices) == (53_350, ((27_690,), (13_500,)))
    assert plan.calendar is not None
    assert plan.calendar.days["workday"].entries == ((1800, 2), (27_000, 1))
    for old, new in (("53.35", "53.35123"), ("[27.69, 13.5]", '["x"]'), ('"07:30"', '"7:30"'), (", 2]]", ", 49]]")):
        with pytest.raises(PremisesError, match=r"x\.toml, line"):
            parse_premises(text.replace(old, new), name="x", file="x.toml")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('switches = [["07:30", 1], ["00:30", 3]]', "switches: register 3 has no price: prices_p has 2."),
        ('weekend_switches = [["00:30", 3]]', "weekend_switches: register 3 has no price: prices_p has 2."),
        ("thresholds_kwh = [9, 9]", "thresholds_kwh: The block thresholds do not rise."),
        ("thresholds_kwh = [9]", "prices_p: There is not one price for each block."),
        ('switches = [["24:00", 1]]', "switches: it must be a time of day from 00:00 to 23:59, like 16:00."),
    ],
)
def test_what_does_not_fit_is_said_of_its_own_line(line: str, said: str) -> None:
    text = f"""
title = "t"
[[device]]
id = "esme-1"
kind = "electricity-meter"
device_id = "00-DB-12-34-56-78-96-A0"
maker = "HHT"
manufacturer = "HHT"
model = "T"
firmware = "0002012F"
local_access = "installer"
[device.tariff]
prices_p = [27.69, 13.5]
{line}
"""
    with pytest.raises(PremisesError) as wrong:
        parse_premises(text, name="x", file="x.toml")
    number = 13 if said.startswith("prices_p") else 14
    assert wrong.value.message == f"x.toml, line {number}: device 1, tariff.{said}"


# --- billing -------------------------------------------------------------------------------------------------------


def test_a_year_leaves_twelve_snapshots_that_rise(configuration: MeterConfiguration, clock: ManualClock) -> None:
    meter = standalone_meter(configuration, clock, days=500)
    log: tuple[Snapshot, ...] = meter.execute(ReadBillingLog(), SUPPLIER)  # type: ignore[assignment]
    assert len(log) == 12
    assert {datetime.fromtimestamp(entry.time_s, UTC).day for entry in log} == {1}
    assert [entry.import_wh for entry in log] == sorted(entry.import_wh for entry in log)
    assert [entry.cost for entry in log] == sorted(entry.cost for entry in log)
    assert [record.code for record in meter.event_log].count(AlertCode.BILLING_LOG_UPDATED) == 16


def test_a_change_of_tariff_or_people_ends_a_bill(meter: ElectricityMeter) -> None:
    meter.execute(SetTariff(NIGHT), SUPPLIER)
    meter.execute(ChangeTenancy(meter.site.now_ms), SUPPLIER)
    assert [entry.why for entry in meter.billing.snapshots] == ["tariff", "tenancy"]


def test_the_billing_day_is_1_to_28(meter: ElectricityMeter, clock: ManualClock) -> None:
    for day in (0, 29):
        with pytest.raises(DeviceRefusal):
            meter.execute(SetBillingCalendar(BillingCalendar(day)), SUPPLIER)
    meter.execute(SetBillingCalendar(BillingCalendar(21, 3600)), SUPPLIER)
    clock.advance(86_400 + 3599)
    meter.catch_up()
    assert not meter.billing.snapshots
    clock.advance(1)
    meter.catch_up()
    assert [entry.why for entry in meter.billing.snapshots] == ["billing calendar"]


# --- stores --------------------------------------------------------------------------------------------------------


def test_days_weeks_and_months_add_up(configuration: MeterConfiguration, clock: ManualClock) -> None:
    meter = standalone_meter(configuration, clock, days=800)
    clock.advance(10 * 3600)
    stores = meter.stores.stores()
    assert (len(stores.days), len(stores.weeks), len(stores.months)) == (8, 5, 13)
    log: tuple[tuple[int, int], ...] = meter.execute(ReadDailyConsumption(), SUPPLIER)  # type: ignore[assignment]
    assert len(log) == 731
    assert [wh for _time, wh in log[:-9:-1]] == list(stores.days)
    october = [wh for time, wh in log if datetime.fromtimestamp(time, UTC).month == 10][-31:]
    assert stores.months[0] == sum(october)
    reads: tuple[tuple[int, int], ...] = meter.execute(ReadDailyReads(), SUPPLIER)  # type: ignore[assignment]
    assert len(reads) == 31
    assert reads[-1][1] + stores.today == meter.registers()[0]


@pytest.mark.requirement("CAD-03")
def test_a_consumer_sees_nothing_from_before_moving_in(configuration: MeterConfiguration, clock: ManualClock) -> None:
    meter = standalone_meter(configuration, clock, days=60)
    clock.advance(10 * 3600)
    meter.catch_up()
    meter.execute(ChangeTenancy(meter.site.now_ms), SUPPLIER)
    clock.advance(2 * 3600)
    mine = meter.stores.stores(since_ms=meter.tenancy.since_ms)
    begun = meter.stores.stores()
    assert sum(mine.days) == sum(mine.weeks) == sum(mine.months) == 0
    assert 0 < mine.today < begun.today
    assert mine.month == mine.today
    assert begun.months[0] > 0
