"""Whole histories at a meter: money is conserved through all that parties, people and time do to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hht.clock import ManualClock
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.billing import ReadBillingLog
from hht.model.features.calendar import every_day
from hht.model.features.display import Display
from hht.model.features.tariff import SetTariff, Tariff, TariffPlan
from hht.model.features.tenancy import Tenancy
from hht.model.meter_clock import MeterClock, TimeStatus
from hht.model.parties import Party, UserRole
from hht.model.prepayment import Prepayment, PrepaymentOffer, PrepaymentPlan
from hht.model.prepayment import commands as c
from hht.model.prepayment.settings import POUND, START, STOP, ModeTerms, PaymentMode, RecoveryPeriod
from hht.model.refusal import DeviceRefusal
from hht.model.site import Site
from tests.model.prepayment.conftest import FLAT_RATE, NOON, SUPPLIER

CALENDAR = every_day(((0, STOP), (16 * 3600, START), (20 * 3600, STOP)))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "wait",
                "kettle",
                "type",
                "replay",
                "send",
                "emergency",
                "enable",
                "adjust",
                "debt",
                "mode",
                "calendar",
                "price",
            )
        ),
        st.integers(1, 4_000),
    ),
    min_size=5,
    max_size=40,
)


class Story:
    """One history of a meter; `expected`: what its accounts are worth if no money was lost or made."""

    def __init__(self, meter: ElectricityMeter, clock: ManualClock) -> None:
        self.meter, self.clock = meter, clock
        self.digits: list[str] = []
        self.outside = meter.prepayment.accounts.worth + meter.tariff.cost

    def do(self, what: str, number: int) -> None:
        """One step; the meter may refuse it."""
        before = self.meter.prepayment.accounts.worth + self.meter.tariff.cost
        try:
            self.outside += getattr(self, f"_{what}")(number)
        except DeviceRefusal:
            self.meter.tariff.give()
            assert self.meter.prepayment.accounts.worth + self.meter.tariff.cost == before
        self.meter.tariff.give()
        assert self.meter.prepayment.accounts.worth + self.meter.tariff.cost == self.outside

    def _wait(self, number: int) -> int:
        self.clock.advance(number * 37)
        self.meter.catch_up()
        return 0

    def _kettle(self, number: int) -> int:
        self.meter.consumer.use("kettle", bool(number % 2))
        return 0

    def _type(self, number: int) -> int:
        digits = self.meter.prepayment.top_ups.vend.mint(number).utrn.reveal()
        self.meter.display.press("utrn", digits)
        self.digits.append(digits)
        return number * 1000

    def _replay(self, number: int) -> int:
        if self.digits:
            self.meter.display.press("utrn", self.digits[number % len(self.digits)])
            pytest.fail("a token was taken twice")
        return 0

    def _send(self, number: int) -> int:
        receipt = self.meter.prepayment.top_ups.vend.mint(number)
        self.meter.execute(c.ApplyTopUp(receipt.utrn, receipt.counter, receipt.target), SUPPLIER)
        return number * 1000

    def _emergency(self, _number: int) -> int:
        self.meter.display.press("emergency-credit")
        return 0

    def _enable(self, _number: int) -> int:
        self.meter.display.press("enable")
        return 0

    def _adjust(self, number: int) -> int:
        amount = (number - 2_500) * 1000
        self.meter.execute(
            c.AdjustBalance(amount, PaymentMode.CREDIT if number % 3 else PaymentMode.PREPAYMENT), SUPPLIER
        )
        return amount

    def _debt(self, number: int) -> int:
        period = RecoveryPeriod.HOURLY if number % 2 else RecoveryPeriod.DAILY
        changes = (c.DebtChange(number * 100, number * 10, period), c.DebtChange(number, 3))
        self.meter.execute(c.ManageDebt(changes, number * 50, number), SUPPLIER)
        return -(number * 100 + number + number * 50)

    def _mode(self, number: int) -> int:
        terms = ModeTerms(bool(number & 1), bool(number & 2), (number - 2_000) * 50)
        self.meter.execute(c.SetPrepaymentMode(terms) if number % 4 else c.SetCreditMode(), SUPPLIER)
        return 0

    def _calendar(self, number: int) -> int:
        changed = replace(
            self.meter.prepayment.settings,
            calendar=CALENDAR if number % 2 else None,
            emergency_credit_limit=number * 200,
            debt_recovery_rate_cap=number * 300,
        )
        self.meter.execute(c.UpdatePrepaymentConfiguration(changed), SUPPLIER)
        return 0

    def _price(self, number: int) -> int:
        plan = replace(
            FLAT_RATE, prices=((number * 10, number * 20),), thresholds_wh=(number,), standing_charge=number * 9
        )
        self.meter.execute(SetTariff(plan), SUPPLIER)
        return 0


@given(steps=STEPS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_money_is_lost_or_made(prepaid: ElectricityMeter, clock: ManualClock, steps: list[tuple[str, int]]) -> None:
    story = Story(prepaid, clock)
    for what, number in steps:
        story.do(what, number)
        accounts, monitor = prepaid.prepayment.accounts, prepaid.prepayment.monitor
        assert 0 <= accounts.used <= max(accounts.granted, accounts.used if accounts.exhausted else 0)
        if monitor.active and not monitor.protected:
            assert monitor.out == (accounts.credit <= monitor.terms.disablement_threshold)


@given(st.text(max_size=30))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_typed_is_refused_and_changes_nothing(
    prepaid: ElectricityMeter, clock: ManualClock, text: str
) -> None:
    clock.advance(700)
    with pytest.raises(DeviceRefusal):
        prepaid.display.press("utrn", text)
    assert prepaid.prepayment.accounts.balance == 1_000_000


def test_a_change_of_mode_is_a_billing_time(prepaid: ElectricityMeter) -> None:
    for _time in range(2):  # the second time nothing changes
        prepaid.execute(c.SetCreditMode(), SUPPLIER)
    whys = [one.why for one in prepaid.execute(ReadBillingLog(), SUPPLIER)]  # type: ignore[attr-defined]
    assert whys[-3:] == ["tariff", "payment mode", "payment mode"]  # to Prepayment, and back


# --- gas -------------------------------------------------------------------------------------------------------------


class Valve:
    """What a gas meter would switch: it never opens by itself."""

    def __init__(self) -> None:
        self.state = SupplyState.ENABLED
        self.holds: dict[str, str] = {}

    def disable(self, who: str, why: str) -> None:
        self.holds[who] = why
        self.state = SupplyState.DISABLED

    def release(self, who: str, _why: str, *, by_itself: bool = False) -> None:
        assert not by_itself
        self.holds.pop(who)
        self.state = SupplyState.ARMED

    def press(self) -> None:
        self.state = SupplyState.ENABLED


class GasMeter(Device):
    """As much of one as prepayment needs."""

    kind = DeviceKind.GSME

    def __init__(self, site: Site) -> None:
        super().__init__(site, "gsme-1", DeviceIdentity("00-DB-12-34-56-78-99-B0", "HHT", "GAS", "00000001"))
        self.burnt_mws = 0
        clock = MeterClock(site, adrift_s=0, status=TimeStatus.RELIABLE)
        tenancy = Tenancy(self)
        self.display = Display(self, tenancy)
        self.tariff = Tariff(
            self, clock, TariffPlan(prices=((7_000,),), standing_charge=30_000), lambda: self.burnt_mws
        )
        self.valve = Valve()
        self.prepayment = Prepayment(self, clock, self.tariff, self.valve, PrepaymentPlan())
        PrepaymentOffer(self.prepayment, self.display, tenancy, gas=True)
        self.tariff.begin()
        self.prepayment.begin()

    def wake(self, *, midnight: bool = False) -> None:
        """Its half-hour."""
        if midnight:
            self.tariff.midnight()
        self.prepayment.half_hour(self.prepayment.meter_s(), midnight=midnight)


GAS = Party("Example Gas", UserRole.GAS_SUPPLIER)


@pytest.mark.requirement("PPM-03", "PPM-10", "PPM-13", "FUN-06", "OLC-04")
def test_a_gas_meter_prepays_by_its_own_use_cases(clock: ManualClock) -> None:
    site = Site(clock, begins=NOON)
    meter = GasMeter(site)
    site.live()
    meter.execute(c.AdjustGasBalance(5 * POUND), GAS)
    meter.execute(c.AdjustGasCreditBalance(-POUND), GAS)
    meter.execute(c.SetGasPrepaymentMode(), GAS)
    meter.execute(
        c.ManageGasDebt((c.DebtChange(POUND, POUND), c.DebtChange()), payment_debt=POUND, per_payment=2_000), GAS
    )
    meter.burnt_mws += 10 * 3_600_000_000  # 70 p
    clock.advance(43_200)
    meter.wake(midnight=True)
    assert meter.execute(c.ReadGasPrepaymentRegisters(), GAS).meter_balance == 5 * POUND - 70_000 - 30_000 - POUND  # type: ignore[attr-defined]
    meter.burnt_mws += 60 * 3_600_000_000
    meter.wake()
    assert meter.valve.state is SupplyState.DISABLED
    meter.execute(c.ActivateGasEmergencyCredit(), GAS)
    assert meter.valve.state is SupplyState.ARMED
    receipt = meter.prepayment.top_ups.vend.mint(500)
    meter.execute(c.ApplyGasTopUp(receipt.utrn, receipt.counter, receipt.target), GAS)
    assert len(meter.execute(c.ReadGasTopUps(), GAS)) == len(meter.execute(c.ReadGasDebtPayments(), GAS)) == 1  # type: ignore[arg-type]
    assert len(meter.execute(c.ReadGasPrepaymentDaily(), GAS)) == 1  # type: ignore[arg-type]
    meter.execute(c.ResetGasBalance(), GAS)
    meter.execute(c.ResetGasCreditBalance(), GAS)
    assert (meter.prepayment.accounts.balance, meter.prepayment.accounts.credit_balance) == (0, 0)
    changed = replace(meter.prepayment.settings, max_credit=POUND)
    meter.execute(c.UpdateGasPrepaymentConfiguration(changed), GAS)
    assert meter.execute(c.ReadGasPrepaymentConfiguration(), GAS) == changed
    with pytest.raises(DeviceRefusal):
        meter.display.press("utrn", meter.prepayment.top_ups.vend.mint(500).utrn.reveal())
    meter.execute(c.SetGasCreditMode(), GAS)
    assert meter.prepayment.mode is PaymentMode.CREDIT
