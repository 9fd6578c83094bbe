"""Prepaid gas: the same feature at a gas meter, its valve, and the mirror that a PPMID reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import Device, DeviceIdentity
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.tenancy import ChangeGasTenancy
from hht.model.gas_meter import GasMeter
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.prepayment import commands as c
from hht.model.prepayment.records import EmergencyCredit, PrepaymentShown
from hht.model.prepayment.settings import POUND, PaymentMode
from hht.model.refusal import DeviceRefusal
from hht.resources import resource_path
from tests.model.prepayment.conftest import Interface

GAS = Party("Example Gas", UserRole.GAS_SUPPLIER)
PREPAID = """[device.prepayment]
mode = "prepayment"
balance_p = 50
low_credit_threshold_p = 30
emergency_credit_threshold_p = 20
emergency_credit_limit_p = 100

[device.gas]
"""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 1, 21, 10, 12, 33, tzinfo=UTC))


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    """The dual-fuel house with 50 p of gas."""
    text = resource_path("premises", "dual-fuel.toml").read_text(encoding="utf-8")
    changed = text.replace("[device.gas]\n", PREPAID)
    assert changed != text
    plan = parse_premises(changed, name="prepaid-gas", file="prepaid-gas.toml")
    plan = replace(plan, devices=tuple(plan.devices))
    return bring_to_life(plan, clock=clock, days=1)


@pytest.fixture
def gas(home: Premises) -> GasMeter:
    return home.of(GasMeter)[0]


def test_the_valve_closes_at_the_threshold_and_opens_only_after_its_test(
    home: Premises, gas: GasMeter, clock: ManualClock
) -> None:
    accounts = gas.prepayment.accounts
    gas.execute(c.ResetGasBalance(), GAS)
    assert gas.supply is SupplyState.DISABLED
    accounts.accumulated_debt = 0
    gas.display.press("emergency-credit")
    assert gas.supply is SupplyState.ARMED
    gas.display.press("enable")
    clock.advance(600)
    home.site.catch_up()
    assert gas.supply is SupplyState.ENABLED
    while gas.supply is SupplyState.ENABLED and home.site.agenda.next_ms is not None:
        home.site.agenda.run_to(home.site.agenda.next_ms)
    gas.prepayment.settle()
    assert gas.prepayment.monitor.emergency is EmergencyCredit.EXHAUSTED
    assert accounts.used == POUND
    assert -2 <= accounts.balance <= 0  # in the millisecond, of a gas that is worth less than a thousandth of a penny
    assert gas.valve.closed


def test_the_mirror_shows_prepayment_as_old_as_the_last_wake(home: Premises, gas: GasMeter, clock: ManualClock) -> None:
    proxy = home.of(CommunicationsHub)[0].gpf
    asker = Interface(home.site, "ppmid-1", DeviceIdentity("00-DB-12-34-56-78-99-A7", "HHT", "PPMID", "00000001"))
    gas.execute(c.ResetGasBalance(), GAS)
    receipt = gas.prepayment.top_ups.vend.mint(1000)
    gas.execute(c.ApplyGasTopUp(receipt.utrn, receipt.counter, receipt.target), GAS)
    before = proxy.answer(c.ReadPrepayment(), asker)
    assert isinstance(before, PrepaymentShown)
    assert before.top_ups == ()
    gas.wake()
    after = proxy.answer(c.ReadPrepayment(), asker)
    assert after == gas.payments.shown()
    assert [one.went_to.total for one in after.top_ups] == [10 * POUND]  # type: ignore[attr-defined]
    clock.advance(1)
    proxy.execute(ChangeGasTenancy(home.site.now_ms), GAS)
    with pytest.raises(DeviceRefusal):
        proxy.answer(c.ReadPrepayment(), asker)
    gas.wake()
    assert proxy.answer(c.ReadPrepayment(), asker).top_ups == ()  # type: ignore[attr-defined]


def test_in_credit_mode_the_mirror_keeps_the_balance_of_the_wake(
    home: Premises, gas: GasMeter, clock: ManualClock
) -> None:
    proxy = home.of(CommunicationsHub)[0].gpf
    asker = Device(home.site, "ihd-1", DeviceIdentity("00-DB-12-34-56-78-99-A8", "HHT", "IHD", "00000001"))
    gas.execute(c.SetGasCreditMode(), GAS)
    gas.wake()
    then = gas.payments.shown()
    gas.execute(c.AdjustGasCreditBalance(77), GAS)
    assert gas.prepayment.accounts.credit_balance == then.registers.meter_balance + 77
    assert proxy.answer(c.ReadPrepayment(), asker) == then
    gas.execute(c.SetGasPrepaymentMode(), GAS)
    assert proxy.answer(c.ReadPrepayment(), asker).registers == then.registers  # type: ignore[attr-defined]


@pytest.mark.requirement("PPM-03", "PPM-10", "PPM-13", "FUN-06", "OLC-04")
def test_a_gas_meter_prepays_by_its_own_use_cases(gas: GasMeter, clock: ManualClock) -> None:
    gas.execute(c.ResetGasBalance(), GAS)
    gas.execute(c.AdjustGasBalance(5 * POUND), GAS)
    gas.execute(c.AdjustGasCreditBalance(-POUND), GAS)
    assert gas.execute(c.ReadGasPrepaymentRegisters(), GAS).meter_balance == 5 * POUND  # type: ignore[attr-defined]
    gas.execute(c.ManageGasDebt((c.DebtChange(POUND, POUND), c.DebtChange()), POUND, 2_000), GAS)
    assert next(page for page in gas.display.pages() if page.title == "Debt").lines[0] == (
        "Debt 1 £1.00: £1.00 a day, days left: 1"
    )
    gas.execute(c.AdjustGasBalance(-5 * POUND), GAS)
    gas.execute(c.ActivateGasEmergencyCredit(), GAS)
    receipt = gas.prepayment.top_ups.vend.mint(500)
    gas.display.press("utrn", receipt.utrn.reveal())
    with pytest.raises(DeviceRefusal, match="used before"):
        gas.execute(c.ApplyGasTopUp(receipt.utrn, receipt.counter, receipt.target), GAS)
    assert len(gas.execute(c.ReadGasTopUps(), GAS)) == len(gas.execute(c.ReadGasDebtPayments(), GAS)) == 1  # type: ignore[arg-type]
    gas.execute(c.ResetGasCreditBalance(), GAS)
    changed = replace(gas.prepayment.settings, max_credit=POUND)
    gas.execute(c.UpdateGasPrepaymentConfiguration(changed), GAS)
    assert gas.execute(c.ReadGasPrepaymentConfiguration(), GAS) == changed
    with pytest.raises(DeviceRefusal):
        gas.display.press("utrn", gas.prepayment.top_ups.vend.mint(500).utrn.reveal())
    clock.advance(86_400)
    assert len(gas.execute(c.ReadGasPrepaymentDaily(), GAS)) == 2  # type: ignore[arg-type]
    gas.execute(c.SetGasCreditMode(), GAS)
    assert gas.prepayment.mode is PaymentMode.CREDIT
