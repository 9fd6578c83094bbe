"""Prepayment at an electricity meter: thresholds to the second, modes, emergency credit, debts, calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.supply import ArmSupply, EnableSupply
from hht.model.features.calendar import Calendar, DayProfile, Season, every_day
from hht.model.features.tariff import SetTariff
from hht.model.features.tenancy import ChangeTenancy
from hht.model.parties import Party, UserRole
from hht.model.prepayment.commands import (
    ActivateEmergencyCredit,
    AdjustBalance,
    ApplyTopUp,
    DebtChange,
    ManageDebt,
    ReadDebtPayments,
    ReadPrepayment,
    ReadPrepaymentConfiguration,
    ReadPrepaymentDaily,
    ReadPrepaymentRegisters,
    ReadTopUps,
    RequestEmergencyCredit,
    ResetBalance,
    SetCreditMode,
    SetPrepaymentMode,
    UpdatePrepaymentConfiguration,
)
from hht.model.prepayment.records import EmergencyCredit, PrepaymentShown
from hht.model.prepayment.settings import (
    POUND,
    START,
    STOP,
    ModeTerms,
    PaymentMode,
    PrepaymentSettings,
    Reconnection,
    RecoveryPeriod,
)
from hht.model.refusal import DeviceRefusal
from hht.model.site import to_ms
from tests.model.prepayment.conftest import A_SECOND, FLAT_RATE, NOON, SUPPLIER, Interface, codes

NO_LIMITS = PrepaymentSettings(emergency_credit_limit=0, low_credit_threshold=0)


def configure(meter: ElectricityMeter, **values: object) -> None:
    changed = replace(meter.prepayment.settings, **values)  # type: ignore[arg-type]
    meter.execute(UpdatePrepaymentConfiguration(changed), SUPPLIER)


def balance(meter: ElectricityMeter, amount: int) -> None:
    meter.execute(AdjustBalance(amount - meter.prepayment.accounts.balance), SUPPLIER)


def top_up(meter: ElectricityMeter, pence: int) -> None:
    receipt = meter.prepayment.top_ups.vend.mint(pence)
    meter.execute(ApplyTopUp(receipt.utrn, receipt.counter, receipt.target), SUPPLIER)


def shown(meter: ElectricityMeter, asker: Interface) -> PrepaymentShown:
    answer = meter.answer(ReadPrepayment(), asker)
    assert isinstance(answer, PrepaymentShown)
    return answer


# --- disablement -----------------------------------------------------------------------------------------------------


def test_the_supply_goes_off_in_the_second_in_which_credit_comes_down_to_the_threshold(
    prepaid: ElectricityMeter, clock: ManualClock
) -> None:
    configure(prepaid, emergency_credit_limit=0)
    balance(prepaid, 100 * A_SECOND)
    prepaid.consumer.use("kettle", True)
    clock.advance(99.9)
    assert prepaid.execute(ReadPrepaymentRegisters(), SUPPLIER).meter_balance == 1  # type: ignore[attr-defined]
    assert prepaid.supply is SupplyState.ENABLED
    clock.advance(0.1)
    prepaid.catch_up()
    assert prepaid.supply is SupplyState.DISABLED
    assert AlertCode.CREDIT_BELOW_DISABLEMENT_THRESHOLD in codes(prepaid)
    clock.advance(3600)
    assert prepaid.execute(ReadPrepaymentRegisters(), SUPPLIER).meter_balance == 0  # type: ignore[attr-defined]


@given(
    amount=st.integers(1, 400_000),
    threshold=st.integers(-200_000, 200_000),
    emergency=st.integers(0, 300_000),
    power_w=st.sampled_from((1, 7, 90, 1000, 23_000)),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_disablement_is_exactly_at_the_threshold(
    prepaid: ElectricityMeter, clock: ManualClock, amount: int, threshold: int, emergency: int, power_w: int
) -> None:
    """Whatever the balance, threshold and power: it is above until one millisecond before."""
    meter = prepaid
    meter.consumer.use("kettle", False)
    meter.execute(SetCreditMode(), SUPPLIER)
    meter.execute(EnableSupply(), SUPPLIER)
    meter.prepayment.accounts.granted = meter.prepayment.accounts.used = 0
    meter.prepayment.accounts.exhausted = False
    meter.execute(ResetBalance(), SUPPLIER)
    meter.execute(AdjustBalance(threshold + amount), SUPPLIER)
    configure(meter, emergency_credit_limit=0)
    meter.execute(SetPrepaymentMode(ModeTerms(disablement_threshold=threshold)), SUPPLIER)
    if emergency:
        meter.prepayment.accounts.granted = emergency
        meter.prepayment.moved("given")
    room = meter.prepayment.accounts.credit - threshold
    kettle = meter.consumer.appliance("kettle")
    kettle.shape = replace(kettle.shape, power_w=power_w)
    meter.consumer.use("kettle", True)
    meter.prepayment.settle()
    last_ms = meter.site.now_ms
    began = meter.prepayment.accounts.credit
    assert began <= room + threshold
    while meter.supply is SupplyState.ENABLED and meter.site.agenda.next_ms is not None:
        last_ms = meter.site.agenda.next_ms
        meter.site.agenda.run_to(last_ms - 1)
        meter.prepayment.settle()
        if meter.supply is SupplyState.ENABLED:
            assert meter.prepayment.accounts.credit > threshold
        meter.site.agenda.run_to(last_ms)
    assert meter.prepayment.accounts.credit == threshold


def test_what_a_supplier_enables_stays_enabled(prepaid: ElectricityMeter, clock: ManualClock) -> None:
    configure(prepaid, emergency_credit_limit=0)
    balance(prepaid, 0)
    assert prepaid.supply is SupplyState.DISABLED
    prepaid.execute(EnableSupply(), SUPPLIER)
    prepaid.consumer.use("kettle", True)
    clock.advance(7200)
    prepaid.catch_up()
    assert prepaid.supply is SupplyState.ENABLED
    top_up(prepaid, 1000)
    assert prepaid.supply is SupplyState.ENABLED
    assert not prepaid.prepayment.monitor.out


@pytest.mark.parametrize("command", [EnableSupply(), ArmSupply()])
def test_what_a_supplier_gave_back_ends_with_the_next_non_disablement_period(
    prepaid: ElectricityMeter, clock: ManualClock, command: EnableSupply | ArmSupply
) -> None:
    """At noon a supplier overrides what credit disabled; friendly hours are 13:00 to 14:00."""
    configure(prepaid, emergency_credit_limit=0, calendar=friendly(13 * 3600, 14 * 3600))
    balance(prepaid, 0)
    prepaid.execute(command, SUPPLIER)
    prepaid.load_switch.press()
    clock.advance(3599)
    prepaid.catch_up()
    assert prepaid.supply is SupplyState.ENABLED
    clock.advance(3600)
    prepaid.catch_up()
    assert prepaid.supply is SupplyState.ENABLED
    assert codes(prepaid)[-1] == AlertCode.DISABLEMENT_SUSPENDED
    clock.advance(1)
    prepaid.catch_up()
    assert prepaid.supply is SupplyState.DISABLED
    assert codes(prepaid)[-1] == AlertCode.CREDIT_BELOW_DISABLEMENT_THRESHOLD


def test_terms_set_anew_judge_credit_anew(prepaid: ElectricityMeter) -> None:
    configure(prepaid, emergency_credit_limit=0)
    balance(prepaid, -10)
    prepaid.execute(EnableSupply(), SUPPLIER)
    prepaid.execute(SetPrepaymentMode(ModeTerms(disablement_threshold=-100)), SUPPLIER)
    assert prepaid.supply is SupplyState.ENABLED
    balance(prepaid, -100)
    assert prepaid.supply is SupplyState.DISABLED
    prepaid.execute(EnableSupply(), SUPPLIER)
    prepaid.execute(SetPrepaymentMode(ModeTerms(disablement_threshold=-100)), SUPPLIER)
    assert prepaid.supply is SupplyState.DISABLED


def test_blocks_are_dearer_later_and_the_crossing_is_still_exact(prepaid: ElectricityMeter, clock: ManualClock) -> None:
    """100 Wh at 36 p and the rest at 72 p: £0.072 lasts 360 s and 180 s at 1 kW."""
    configure(prepaid, emergency_credit_limit=0)
    plan = replace(FLAT_RATE, prices=((36_000, 72_000),), thresholds_wh=(100,))
    prepaid.execute(SetTariff(plan), SUPPLIER)
    balance(prepaid, 7_200)
    prepaid.consumer.use("kettle", True)
    clock.advance(539.999)
    prepaid.catch_up()
    assert prepaid.supply is SupplyState.ENABLED
    clock.advance(0.001)
    prepaid.catch_up()
    assert prepaid.supply is SupplyState.DISABLED


def test_a_frozen_meter_neither_charges_nor_spins(prepaid: ElectricityMeter, clock: ManualClock) -> None:
    prepaid.consumer.use("kettle", True)
    prepaid.measurement.frozen = True
    prepaid.prepayment.power_changed()
    clock.advance(86_400)
    prepaid.catch_up()
    assert prepaid.prepayment.accounts.balance == 1_000_000


# --- emergency credit ------------------------------------------------------------------------------------------------


def test_emergency_credit_from_offer_to_repayment(prepaid: ElectricityMeter, clock: ManualClock) -> None:
    """£2.01: offered at £2; low at £3; used from nothing on; exhausted after £5; repaid before supply returns."""
    configure(prepaid, emergency_credit_limit=5 * POUND)
    monitor, accounts = prepaid.prepayment.monitor, prepaid.prepayment.accounts
    with pytest.raises(DeviceRefusal):
        prepaid.execute(ActivateEmergencyCredit(), SUPPLIER)
    balance(prepaid, 201_000)
    assert codes(prepaid)[-1] == AlertCode.CREDIT_LOW
    prepaid.consumer.use("kettle", True)
    clock.advance(100)
    assert codes(prepaid)[-1] == AlertCode.EMERGENCY_CREDIT_AVAILABLE
    prepaid.display.press("emergency-credit")
    assert monitor.emergency is EmergencyCredit.ACTIVE
    assert not monitor.low  # £2 and £5
    clock.advance(20_000)
    prepaid.prepayment.settle()
    assert (accounts.balance, accounts.used, accounts.credit) == (0, 0, 500_000)
    clock.advance(49_999)
    prepaid.prepayment.settle()
    assert accounts.credit == A_SECOND
    assert prepaid.supply is SupplyState.ENABLED
    clock.advance(1)
    assert codes(prepaid)[-2:] == [
        AlertCode.EMERGENCY_CREDIT_EXHAUSTED,
        AlertCode.CREDIT_BELOW_DISABLEMENT_THRESHOLD,
    ]
    top_up(prepaid, 500)
    assert prepaid.supply is SupplyState.DISABLED
    assert monitor.emergency is EmergencyCredit.AVAILABLE  # repaid: there is some again
    top_up(prepaid, 300)
    assert prepaid.supply is SupplyState.ARMED
    prepaid.display.press("enable")
    assert prepaid.supply is SupplyState.ENABLED
    assert monitor.emergency is EmergencyCredit.NONE


def test_activation_arms_a_supply_that_credit_has_disabled(prepaid: ElectricityMeter, ppmid: Interface) -> None:
    balance(prepaid, 0)
    assert prepaid.supply is SupplyState.DISABLED
    assert shown(prepaid, ppmid).emergency is EmergencyCredit.AVAILABLE
    prepaid.answer(RequestEmergencyCredit(), ppmid)
    assert prepaid.supply is SupplyState.ARMED
    assert codes(prepaid)[-3:] == [
        AlertCode.EMERGENCY_CREDIT_ACTIVATED,
        AlertCode.SUPPLY_ARMED,
        AlertCode.ARMED_ACTIVATE_EMERGENCY_CREDIT,
    ]
    with pytest.raises(DeviceRefusal):
        prepaid.answer(RequestEmergencyCredit(), ppmid)


def test_emergency_credit_that_was_not_needed_lapses_with_a_top_up(prepaid: ElectricityMeter) -> None:
    balance(prepaid, 150_000)
    prepaid.execute(ActivateEmergencyCredit(), SUPPLIER)
    assert prepaid.prepayment.accounts.credit == 150_000 + 10 * POUND
    top_up(prepaid, 1000)
    assert prepaid.prepayment.accounts.credit == 150_000 + 10 * POUND
    assert prepaid.prepayment.monitor.emergency is EmergencyCredit.NONE


# --- modes and balances ----------------------------------------------------------------------------------------------


@pytest.mark.requirement("PPM-10", "FUN-06")
def test_the_mode_is_switched_remotely_at_once_or_at_a_date_and_remembered(
    meter: ElectricityMeter, clock: ManualClock, ppmid: Interface
) -> None:
    tomorrow_ms = to_ms(NOON + timedelta(days=1))
    meter.execute(AdjustBalance(POUND), SUPPLIER)
    meter.execute(SetPrepaymentMode(ModeTerms(disablement_threshold=-POUND)), SUPPLIER, at_ms=tomorrow_ms)
    clock.advance(86_399)
    meter.catch_up()
    assert meter.prepayment.mode is PaymentMode.CREDIT
    clock.advance(1)
    assert codes(meter)[-1] == AlertCode.FUTURE_DATED_COMMAND_ACTIONED
    assert meter.prepayment.mode is PaymentMode.PREPAYMENT
    clock.advance(10)
    meter.execute(SetCreditMode(), SUPPLIER)
    changes = [(change.time_ms, change.mode, change.who) for change in shown(meter, ppmid).modes[1:]]
    assert changes == [
        (tomorrow_ms, PaymentMode.PREPAYMENT, str(SUPPLIER)),
        (tomorrow_ms + 10_000, PaymentMode.CREDIT, str(SUPPLIER)),
    ]


def test_each_mode_has_its_balance(meter: ElectricityMeter, clock: ManualClock) -> None:
    began = meter.prepayment.accounts.credit_balance
    meter.execute(AdjustBalance(10 * POUND), SUPPLIER)
    meter.consumer.use("kettle", True)
    clock.advance(3600)
    registers = meter.execute(ReadPrepaymentRegisters(), SUPPLIER)
    assert registers.meter_balance == began - 36_000  # type: ignore[attr-defined]
    meter.execute(AdjustBalance(50_000, PaymentMode.CREDIT), SUPPLIER)
    assert meter.prepayment.accounts.credit_balance == began + 14_000
    meter.execute(ResetBalance(PaymentMode.CREDIT), SUPPLIER)
    meter.execute(SetPrepaymentMode(), SUPPLIER)
    clock.advance(3600)
    registers = meter.execute(ReadPrepaymentRegisters(), SUPPLIER)
    assert registers.meter_balance == 10 * POUND - 36_000  # type: ignore[attr-defined]
    assert meter.prepayment.accounts.credit_balance == 0


def test_credit_mode_gives_back_what_credit_disabled_and_nothing_else(prepaid: ElectricityMeter) -> None:
    balance(prepaid, 0)
    assert prepaid.supply is SupplyState.DISABLED
    prepaid.execute(SetCreditMode(), SUPPLIER)
    assert prepaid.supply is SupplyState.ARMED
    prepaid.load_switch.disable("tamper", "cover")
    prepaid.execute(SetPrepaymentMode(), SUPPLIER)
    prepaid.execute(SetCreditMode(), SUPPLIER)
    assert prepaid.supply is SupplyState.DISABLED


def test_credit_mode_asks_for_nothing_in_between(meter: ElectricityMeter) -> None:
    meter.consumer.use("kettle", True)
    meter.prepayment.half_hour(meter.prepayment.meter_s(), midnight=False)
    assert meter.prepayment._crossing is None
    assert meter.prepayment.monitor._boundary is None


@pytest.mark.requirement("PPM-13")
@pytest.mark.parametrize(
    "command",
    [
        AdjustBalance(-5_001 * POUND),
        AdjustBalance(1_000 * POUND),  # £10 are there: above the Maximum Meter Balance
        SetPrepaymentMode(ModeTerms(disablement_threshold=101 * POUND)),
        ManageDebt((DebtChange(-1), DebtChange())),
        ManageDebt((DebtChange(10_001 * POUND), DebtChange())),
        ManageDebt((DebtChange(1, rate=-1), DebtChange())),
        ManageDebt((DebtChange(1, rate=101 * POUND), DebtChange())),
        ManageDebt(payment_debt=10_001 * POUND),
        ManageDebt(per_payment=10_001),
        UpdatePrepaymentConfiguration(PrepaymentSettings(emergency_credit_limit=101 * POUND)),
        UpdatePrepaymentConfiguration(PrepaymentSettings(emergency_credit_threshold=-1)),
        UpdatePrepaymentConfiguration(PrepaymentSettings(low_credit_threshold=-1)),
        UpdatePrepaymentConfiguration(PrepaymentSettings(debt_recovery_rate_cap=-1)),
        UpdatePrepaymentConfiguration(PrepaymentSettings(max_credit=1_001 * POUND)),
        UpdatePrepaymentConfiguration(PrepaymentSettings(max_meter_balance=0)),
        UpdatePrepaymentConfiguration(PrepaymentSettings(calendar=every_day(((0, 2),)))),
    ],
)
def test_amounts_that_are_not_sensible_are_never_stored(prepaid: ElectricityMeter, command: object) -> None:
    before = (prepaid.prepayment.registers, prepaid.prepayment.settings, prepaid.prepayment.monitor.terms)
    with pytest.raises(DeviceRefusal):
        prepaid.execute(command, SUPPLIER)  # type: ignore[arg-type]
    assert (prepaid.prepayment.registers, prepaid.prepayment.settings, prepaid.prepayment.monitor.terms) == before


def test_a_network_operator_changes_nothing(prepaid: ElectricityMeter) -> None:
    with pytest.raises(DeviceRefusal):
        prepaid.execute(SetCreditMode(), Party("Example Networks", UserRole.ELECTRICITY_DISTRIBUTOR))
    assert prepaid.prepayment.mode is PaymentMode.PREPAYMENT


# --- debts -----------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("OLC-04")
def test_outstanding_charges_show_amount_level_and_period(
    prepaid: ElectricityMeter, clock: ManualClock, ppmid: Interface
) -> None:
    daily, hourly = DebtChange(105_000, 35_000), DebtChange(2_500, 1_000, RecoveryPeriod.HOURLY)
    prepaid.execute(ManageDebt((daily, hourly), payment_debt=40_000, per_payment=1_000), SUPPLIER)
    first, second = shown(prepaid, ppmid).time_debts
    assert (first.amount, first.rate, first.period, first.hours_left) == (105_000, 35_000, RecoveryPeriod.DAILY, 72)
    assert (second.amount, second.rate, second.hours_left) == (2_500, 1_000, 3)
    (page,) = [page for page in prepaid.display.pages() if page.title == "Debt"]
    assert page.lines == (
        "Debt 1 £1.05: £0.35 a day, days left: 3",
        "Debt 2 £0.02: £0.01 an hour, days left: 1",
        "Debt £0.40: 10 % of each top-up, at most £20.00 a week",
    )
    clock.advance(3 * 3600)
    assert codes(prepaid)[-1] == AlertCode.TIME_DEBT_2_CLEARED
    assert prepaid.prepayment.accounts.balance == 1_000_000 - 2_500
    clock.advance(2 * 86_400)
    first, second = shown(prepaid, ppmid).time_debts
    assert (first.amount, second.amount) == (35_000, 0)
    clock.advance(86_400)
    assert AlertCode.TIME_DEBT_1_CLEARED in codes(prepaid)
    assert prepaid.prepayment.accounts.balance == 1_000_000 - 107_500
    assert shown(prepaid, ppmid).time_debts[0].hours_left == 0


@pytest.mark.parametrize("waits", [True, False])
def test_debts_wait_while_the_supply_is_off_or_emergency_credit_is_used(
    prepaid: ElectricityMeter, clock: ManualClock, waits: bool
) -> None:
    terms = ModeTerms(suspend_debt_disabled=waits, suspend_debt_emergency=waits)
    prepaid.execute(SetPrepaymentMode(terms), SUPPLIER)
    prepaid.execute(ManageDebt((DebtChange(100_000, 1_000, RecoveryPeriod.HOURLY), DebtChange())), SUPPLIER)
    balance(prepaid, 0)
    clock.advance(3 * 3600)
    prepaid.catch_up()
    accounts = prepaid.prepayment.accounts
    expected = 0 if waits else 3_000
    assert (accounts.time_debts[0].amount, accounts.accumulated_debt) == (100_000 - expected, expected)
    prepaid.execute(ActivateEmergencyCredit(), SUPPLIER)
    prepaid.display.press("enable")
    clock.advance(3600)
    prepaid.catch_up()
    expected = 0 if waits else 4_000
    assert (accounts.time_debts[0].amount, accounts.accumulated_debt) == (100_000 - expected, expected)
    assert accounts.used == 0


def test_in_credit_mode_debts_go_onto_that_balance(meter: ElectricityMeter, clock: ManualClock) -> None:
    meter.execute(ManageDebt((DebtChange(2_000, 1_000, RecoveryPeriod.HOURLY), DebtChange())), SUPPLIER)
    began = meter.prepayment.accounts.credit_balance
    clock.advance(5 * 3600)
    assert AlertCode.TIME_DEBT_1_CLEARED in codes(meter)
    assert meter.prepayment.accounts.credit_balance == began - 2_000


def test_a_share_of_each_top_up_until_the_cap_of_the_week(prepaid: ElectricityMeter, clock: ManualClock) -> None:
    """The cap is £2: from Wednesday to Sunday, and again from Monday (factbook 2.8; a manual's week)."""
    configure(prepaid, debt_recovery_rate_cap=2 * POUND)
    prepaid.execute(ManageDebt(payment_debt=350_000, per_payment=1_500), SUPPLIER)
    for _day in range(2):
        top_up(prepaid, 1000)
    clock.advance(4.5 * 86_400 - 1)  # Sunday's last second
    top_up(prepaid, 1000)
    assert [paid.amount for paid in prepaid.execute(ReadDebtPayments(), SUPPLIER)] == [150_000, 50_000]  # type: ignore[attr-defined]
    clock.advance(1)
    top_up(prepaid, 1000)
    assert prepaid.prepayment.accounts.payment_debt == 0
    assert AlertCode.PAYMENT_DEBT_CLEARED in codes(prepaid)
    payments = prepaid.execute(ReadDebtPayments(), SUPPLIER)
    assert [paid.amount for paid in payments] == [150_000, 50_000, 150_000]  # type: ignore[attr-defined]


def test_a_standing_charge_comes_at_midnight_and_is_owed_when_there_is_nothing(
    prepaid: ElectricityMeter, clock: ManualClock
) -> None:
    prepaid.execute(SetTariff(replace(FLAT_RATE, standing_charge=53_000)), SUPPLIER)
    clock.advance(12 * 3600)
    prepaid.prepayment.settle()
    assert prepaid.prepayment.accounts.balance == 947_000
    balance(prepaid, 10_000)
    clock.advance(86_400)
    prepaid.prepayment.settle()
    assert (prepaid.prepayment.accounts.balance, prepaid.prepayment.accounts.accumulated_debt) == (0, 43_000)
    assert prepaid.supply is SupplyState.DISABLED


def test_a_clock_set_ahead_collects_one_instalment_not_a_year(prepaid: ElectricityMeter) -> None:
    prepaid.execute(ManageDebt((DebtChange(POUND, 100, RecoveryPeriod.HOURLY), DebtChange(POUND, 1_000))), SUPPLIER)
    prepaid.set_clock(NOON + timedelta(days=365))
    first, second = prepaid.prepayment.accounts.time_debts
    assert (POUND - first.amount, POUND - second.amount) == (100, 1_000)
    prepaid.set_clock(NOON)
    assert (POUND - first.amount, POUND - second.amount) == (100, 1_000)


# --- non-disablement -------------------------------------------------------------------------------------------------


def friendly(start_s: int, end_s: int) -> Calendar:
    return every_day(((0, STOP), (start_s, START), (end_s, STOP)))


def test_the_supply_stays_on_to_the_last_second_of_a_non_disablement_period(
    prepaid: ElectricityMeter, clock: ManualClock, ppmid: Interface
) -> None:
    """From 13:00 to 14:00: credit is gone at 13:10."""
    configure(prepaid, emergency_credit_limit=0, calendar=friendly(13 * 3600, 14 * 3600))
    balance(prepaid, 4_200 * A_SECOND)
    prepaid.consumer.use("kettle", True)
    clock.advance(4_200)
    assert codes(prepaid)[-1] == AlertCode.DISABLEMENT_SUSPENDED
    assert shown(prepaid, ppmid).non_disablement
    clock.advance(2_999.999)
    prepaid.prepayment.settle()
    assert prepaid.supply is SupplyState.ENABLED
    assert prepaid.prepayment.accounts.balance == -2_999 * A_SECOND - 9
    clock.advance(0.001)
    prepaid.catch_up()
    assert prepaid.supply is SupplyState.DISABLED
    assert codes(prepaid)[-1] == AlertCode.CREDIT_BELOW_DISABLEMENT_THRESHOLD
    clock.advance(23 * 3600)
    prepaid.catch_up()
    assert prepaid.supply is SupplyState.DISABLED  # a period that begins later gives nothing back
    top_up(prepaid, 31)
    assert prepaid.supply is SupplyState.ARMED


@pytest.mark.parametrize(("second", "state"), [(46_799, "disabled"), (46_800, "enabled"), (50_399, "enabled")])
def test_the_edges_of_a_period(prepaid: ElectricityMeter, clock: ManualClock, second: int, state: str) -> None:
    """13:00:00 belongs to it."""
    configure(prepaid, emergency_credit_limit=0, calendar=friendly(46_800, 50_400))
    clock.advance(second - 43_200)
    balance(prepaid, 0)
    assert prepaid.supply.value == state


def test_special_days_are_protected(prepaid: ElectricityMeter, clock: ManualClock) -> None:
    christmas = datetime(2026, 11, 19, tzinfo=UTC).date()
    days = {"usual": DayProfile(((0, STOP),)), "whole": DayProfile(((0, START),))}
    calendar = Calendar(days, (Season((1, 1), ("usual",) * 7),), {christmas: "whole"})
    configure(prepaid, emergency_credit_limit=0, calendar=calendar)
    clock.advance(12 * 3600)
    balance(prepaid, 0)
    clock.advance(86_399)
    prepaid.catch_up()
    assert prepaid.supply is SupplyState.ENABLED
    clock.advance(1)
    prepaid.catch_up()
    assert prepaid.supply is SupplyState.DISABLED


def test_the_meters_own_clock_times_the_periods(prepaid: ElectricityMeter, clock: ManualClock) -> None:
    configure(prepaid, emergency_credit_limit=0, calendar=friendly(46_800, 50_400))
    balance(prepaid, 0)
    assert prepaid.supply is SupplyState.DISABLED
    prepaid.execute(EnableSupply(), SUPPLIER)
    top_up(prepaid, 100)
    prepaid.set_clock(NOON + timedelta(hours=1))
    balance(prepaid, 0)
    assert prepaid.supply is SupplyState.ENABLED
    prepaid.set_clock(NOON + timedelta(hours=2))
    assert prepaid.supply is SupplyState.DISABLED


@pytest.mark.requirement("PPM-12")
def test_paying_reconnects_at_once_where_that_is_the_policy(prepaid: ElectricityMeter) -> None:
    prepaid.prepayment.monitor.reconnection = Reconnection.IMMEDIATE
    prepaid.execute(ManageDebt((DebtChange(5_000, 5_000), DebtChange())), SUPPLIER)
    balance(prepaid, 0)
    assert prepaid.supply is SupplyState.DISABLED
    top_up(prepaid, 500)
    assert prepaid.supply is SupplyState.ENABLED


@pytest.mark.requirement("PPM-12")
@pytest.mark.parametrize("policy", Reconnection)
def test_a_vulnerable_customer_is_protected_and_reconnected(prepaid: ElectricityMeter, policy: Reconnection) -> None:
    """The supplier sends a calendar that never ends, or Credit mode."""
    prepaid.prepayment.monitor.reconnection = policy
    balance(prepaid, 0)
    expected = SupplyState.ENABLED if policy is Reconnection.IMMEDIATE else SupplyState.ARMED
    configure(prepaid, calendar=every_day(((0, START),)))
    assert prepaid.supply is expected
    assert codes(prepaid)[-1] == AlertCode.DISABLEMENT_SUSPENDED


# --- reading ---------------------------------------------------------------------------------------------------------


def test_the_daily_log_keeps_thirty_one_midnights(prepaid: ElectricityMeter, clock: ManualClock) -> None:
    prepaid.execute(SetTariff(replace(FLAT_RATE, standing_charge=1_000)), SUPPLIER)
    clock.advance(40 * 86_400)
    rows: tuple[object, ...] = prepaid.execute(ReadPrepaymentDaily(), SUPPLIER)  # type: ignore[assignment]
    assert len(rows) == 31
    assert [row.registers.meter_balance for row in rows] == [1_000_000 - 1_000 * n for n in range(10, 41)]  # type: ignore[attr-defined]
    assert all(row.time_s % 86_400 == 0 for row in rows)  # type: ignore[attr-defined]
    assert prepaid.execute(ReadPrepaymentConfiguration(), SUPPLIER) == prepaid.prepayment.settings


def test_a_new_tenant_does_not_see_the_payments_before(
    prepaid: ElectricityMeter, clock: ManualClock, ppmid: Interface
) -> None:
    top_up(prepaid, 1000)
    clock.advance(60)
    prepaid.execute(ChangeTenancy(prepaid.site.now_ms), SUPPLIER)
    clock.advance(60)
    top_up(prepaid, 500)
    assert [one.went_to.total for one in shown(prepaid, ppmid).top_ups] == [500_000]
    assert len(prepaid.execute(ReadTopUps(), SUPPLIER)) == 2  # type: ignore[arg-type]


def test_the_display_says_what_a_ppmid_says(prepaid: ElectricityMeter, ppmid: Interface) -> None:
    balance(prepaid, 150_000)
    top_up(prepaid, 30)
    facts = shown(prepaid, ppmid)
    (page,) = [page for page in prepaid.display.pages() if page.title == "Prepayment"]
    assert facts.registers.meter_balance == 180_000
    assert page.lines == (
        "Prepayment mode",
        "Balance £1.80",
        "Emergency credit: press for £10.00",
        "Credit is low",
        "Topped up £0.30",
    )
