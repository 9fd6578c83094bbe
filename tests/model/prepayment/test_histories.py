"""Whole histories at a meter: money is conserved through all that parties, people and time do to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hht.clock import ManualClock
from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.billing import ReadBillingLog
from hht.model.features.calendar import every_day
from hht.model.features.tariff import SetTariff
from hht.model.prepayment import commands as c
from hht.model.prepayment.settings import START, STOP, ModeTerms, PaymentMode, RecoveryPeriod
from hht.model.refusal import DeviceRefusal
from tests.model.prepayment.conftest import FLAT_RATE, SUPPLIER

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
