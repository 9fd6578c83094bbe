"""A twin-element meter: two tariffs at once on two circuits, one balance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.clock import ManualClock
from hht.model.consumer import ApplianceShape
from hht.model.electricity_meter import ElectricityMeter, SupplyState
from hht.model.electricity_meter.configuration import MeterConfiguration
from hht.model.electricity_meter.second_element import (
    BothElements,
    ReadSecondaryProfile,
    ReadSecondaryTariff,
    ReadSecondaryTouRegisters,
)
from hht.model.features.billing import ReadBillingLog, Snapshot
from hht.model.features.calendar import every_day
from hht.model.features.tariff import (
    MWS_PER_KWH,
    ReadTouRegisters,
    SetSecondaryPrice,
    SetSecondaryTariff,
    SetTariff,
)
from hht.model.features.tariff_plan import TariffPlan
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.premises_plan import parse_premises
from hht.model.prepayment.commands import AdjustBalance, SetPrepaymentMode
from hht.model.prepayment.settings import ModeTerms, PaymentMode
from hht.model.refusal import DeviceRefusal
from tests.standalone import standalone_meter

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
FLAT = TariffPlan("Flat", None, ((30_000,),), 0)
HEATING = TariffPlan("Heating", every_day(((0, 1), (6 * 3600, 2))), ((10_000,), (20_000,)), 0)
TWIN = """
title = "Twin"
[mains]
outages = 0
[[device]]
id = "esme-1"
kind = "electricity-meter"
device_id = "00-DB-12-34-56-78-AA-A0"
maker = "HHT"
manufacturer = "HHT Training"
model = "TRAINER-2E"
firmware = "0002012F"
variant = "B"
local_access = "installer"
[device.tariff]
prices_p = [25.5]
[device.secondary_tariff]
name = "Heating"
prices_p = [10, 20]
switches = [["00:00", 1], ["06:00", 2]]
"""


def plan_of(text: str = TWIN) -> MeterConfiguration:
    return parse_premises(text, name="twin", file="twin.toml").electricity_meters[0]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MIDNIGHT)


@pytest.fixture
def meter(clock: ManualClock) -> ElectricityMeter:
    quiet = replace(plan_of(), household=replace(plan_of().household, annual_wh=0, base_load_w=0))
    meter = standalone_meter(quiet, clock)
    meter.execute(SetTariff(FLAT), SUPPLIER)
    meter.execute(SetSecondaryTariff(HEATING), SUPPLIER)
    meter.consumer.plug(ApplianceShape("cooker", 1000))
    meter.consumer.plug(ApplianceShape("heater", 3000, channel=1))
    return meter


@pytest.mark.requirement("ALC-05")
def test_two_tariffs_count_two_circuits_at_once(meter: ElectricityMeter, clock: ManualClock) -> None:
    cost, today = meter.tariff.cost, meter.tariff.shown.cost_today
    clock.advance(12 * 3600)
    assert meter.execute(ReadTouRegisters(), SUPPLIER) == {1: 12_000}
    assert meter.execute(ReadSecondaryTouRegisters(), SUPPLIER) == {1: 18_000, 2: 18_000}
    expected = 12 * 30_000 + 18 * 10_000 + 18 * 20_000
    assert meter.tariff.cost - cost == expected
    assert meter.tariff.shown.cost_today - today == expected
    clock.advance(12 * 3600)
    assert meter.tariff.shown.cost_today == 0  # both days have ended


@pytest.mark.requirement("ALC-05")
def test_each_half_hour_has_a_second_value(meter: ElectricityMeter, clock: ManualClock) -> None:
    clock.advance(2 * 3600)
    meter.catch_up()
    *_before, first, second = meter.execute(ReadSecondaryProfile(), SUPPLIER)  # type: ignore[misc]
    assert second == (int(clock.now().timestamp()), first[1] + 1500)
    assert second[1] == meter.measurement.channels[1].import_mws // 3_600_000


def test_a_bill_has_both_and_ends_before_another_tariff(meter: ElectricityMeter, clock: ManualClock) -> None:
    clock.advance(3600)
    meter.execute(SetSecondaryTariff(FLAT), SUPPLIER)
    *_before, last = meter.execute(ReadBillingLog(), SUPPLIER)  # type: ignore[misc]
    assert isinstance(last, Snapshot)
    assert (last.why, last.secondary) == ("tariff", ((1, 3000),))
    assert meter.execute(ReadSecondaryTariff(), SUPPLIER) == FLAT


@pytest.mark.parametrize(
    "plan",
    [
        replace(FLAT, standing_charge=1),
        replace(FLAT, prices=((1, 2),), thresholds_wh=(1000,)),
        replace(FLAT, prices=((1,),) * 5),
    ],
)
def test_the_second_element_has_four_registers_no_blocks_no_standing_charge(
    meter: ElectricityMeter, plan: TariffPlan
) -> None:
    with pytest.raises(DeviceRefusal):
        meter.execute(SetSecondaryTariff(plan), SUPPLIER)
    assert meter.execute(ReadSecondaryTariff(), SUPPLIER) == HEATING


def test_its_price_alone_is_set(meter: ElectricityMeter, clock: ManualClock) -> None:
    cost = meter.tariff.cost
    meter.execute(SetSecondaryPrice(((40_000,), (50_000,)), 0), SUPPLIER)
    clock.advance(3600)
    assert meter.tariff.cost - cost == 30_000 + 3 * 40_000


def test_any_other_meter_knows_no_second_tariff(clock: ManualClock) -> None:
    single = standalone_meter(plan_of(TWIN.replace('variant = "B"', "").split("[device.secondary")[0]), clock)
    assert single.second_element is None
    with pytest.raises(DeviceRefusal, match="ECS01c"):
        single.execute(SetSecondaryTariff(FLAT), SUPPLIER)
    with pytest.raises(PremisesError, match="twin-element"):
        plan_of(TWIN.replace('variant = "B"', ""))


def test_the_file_says_both_tariffs(clock: ManualClock) -> None:
    configuration = plan_of()
    assert configuration.secondary_tariff is not None
    assert configuration.secondary_tariff.prices == ((10_000,), (20_000,))
    usual = standalone_meter(replace(configuration, secondary_tariff=None), clock)
    assert usual.second_element is not None
    assert usual.second_element.tariff.plan.prices == ((25_500,),)
    with pytest.raises(PremisesError, match="prices_p"):
        plan_of(TWIN.replace("prices_p = [10, 20]", "prices_p = [1, 2, 3, 4, 5]"))


def test_one_balance_pays_for_both_and_ends_in_its_millisecond(meter: ElectricityMeter, clock: ManualClock) -> None:
    meter.execute(AdjustBalance(120_000, PaymentMode.PREPAYMENT), SUPPLIER)
    meter.execute(SetPrepaymentMode(ModeTerms()), SUPPLIER)
    clock.advance(7199)  # 30 + 3 x 10 pence an hour: £1.20 are two hours
    meter.catch_up()
    assert meter.supply is SupplyState.ENABLED
    clock.advance(1)
    meter.catch_up()
    assert meter.supply is SupplyState.DISABLED
    assert meter.prepayment.accounts.balance == 0


class _Part:
    """A tariff's figures, for the arithmetic alone."""

    def __init__(self, price: int, unreported: int) -> None:
        self.plan = TariffPlan("x", None, ((price,),), 0)
        self.register, self.block, self.given_mws = 1, 0, 0
        self.unreported = unreported
        self.changed: list[object] = []

    def block_left_ms(self, _power_w: int) -> int | None:
        return None


@settings(max_examples=200, deadline=None)
@given(
    prices=st.tuples(st.integers(0, 90_000), st.integers(0, 90_000)),
    watts=st.tuples(st.integers(0, 9000), st.integers(0, 9000)),
    kept=st.tuples(st.integers(0, MWS_PER_KWH - 1), st.integers(0, MWS_PER_KWH - 1)),
    amount=st.integers(1, 400_000),
)
def test_the_millisecond_is_the_first_in_which_so_much_is_spent(
    prices: tuple[int, int], watts: tuple[int, int], kept: tuple[int, int], amount: int
) -> None:
    parts = [_Part(price, part) for price, part in zip(prices, kept, strict=True)]
    both = BothElements(parts[0], parts[1], lambda: watts[1])  # type: ignore[arg-type]

    def spent(ms: int) -> int:
        return sum((k + w * p * ms) // MWS_PER_KWH for k, w, p in zip(kept, watts, prices, strict=True))

    left_ms = both.ms_until_spent(amount, sum(watts))
    if left_ms is None:
        assert watts[0] * prices[0] + watts[1] * prices[1] == 0
    else:
        assert spent(left_ms) >= amount
        assert left_ms == 0 or spent(left_ms - 1) < amount
