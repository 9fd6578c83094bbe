"""Remote reads of gas from the hub's mirror while the meter sleeps: as it stood at the last wake, and how long ago."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.commands import Command
from hht.model.communications_hub.gas_reads import Mirrored
from hht.model.electricity_meter import SupplyState
from hht.model.features.billing import (
    BillingCalendar,
    ReadBillingCalendar,
    ReadGasBillingCalendar,
    ReadGasBillingLog,
    SetGasBillingCalendar,
)
from hht.model.features.profile_read import ReadGasProfile
from hht.model.features.stores import ReadGasDailyConsumption, ReadGasDailyReads
from hht.model.features.tariff import SetGasTariff
from hht.model.features.tariff_plan import TariffPlan
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.mprn import ReadMprn
from hht.model.gas_meter.registers import (
    ReadGasBlockRegisters,
    ReadGasMeterBalance,
    ReadGasRegisters,
    ReadGasTariff,
    ReadGasTouRegisters,
)
from hht.model.gas_meter.valve import CloseValve, ReadValve
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.prepayment.commands import (
    PaymentModeRead,
    ReadGasDebtPayments,
    ReadGasPaymentMode,
    ReadGasPrepaymentConfiguration,
    ReadGasPrepaymentDaily,
    ReadGasPrepaymentRegisters,
    ReadGasTopUps,
    ReadPaymentMode,
    SetGasPrepaymentMode,
)
from hht.model.prepayment.settings import ModeTerms, PaymentMode
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.use_cases import use_case
from hht.resources import resource_text
from tests.model.wan.homes import after, home_with, hub

GAS_SUPPLIER = Party("Example Gas", UserRole.GAS_SUPPLIER)
TRANSPORTER = Party("Example Pipes", UserRole.GAS_TRANSPORTER)
OTHER = Party("Somebody", UserRole.OTHER_USER)
PREPAID = '[device.prepayment]\nmode = "prepayment"\nbalance_p = 500\ntops_up_p = 1000\n'
READS: tuple[Command, ...] = (
    ReadGasPaymentMode(),
    ReadGasBillingCalendar(),
    ReadGasRegisters(),
    ReadGasTouRegisters(),
    ReadGasBlockRegisters(),
    ReadGasTariff(),
    ReadGasMeterBalance(),
    ReadValve(),
    ReadMprn(),
    ReadGasPrepaymentRegisters(),
    ReadGasTopUps(),
    ReadGasDebtPayments(),
    ReadGasPrepaymentConfiguration(),
    ReadGasPrepaymentDaily(),
    ReadGasBillingLog(),
    ReadGasDailyReads(),
    ReadGasDailyConsumption(),
    ReadGasProfile(),
)


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return home_with("[mains]\noutages = 0\n", clock, days=3)


@pytest.fixture
def gas(home: Premises) -> GasMeter:
    return home.of(GasMeter)[0]


def read(home: Premises, command: Command, sender: Party = GAS_SUPPLIER) -> Mirrored:
    answer = hub(home).gpf.execute(command, sender)
    assert isinstance(answer, Mirrored)
    return answer


def to_wake(home: Premises, gas: GasMeter, clock: ManualClock) -> None:
    """To the second after the meter's next wake."""
    after(home, clock, (gas.next_wake_ms() - home.site.now_ms) / 1000 + 1)


@pytest.mark.parametrize("command", READS, ids=lambda command: command.use_case)
def test_at_a_wake_the_mirror_says_what_the_meter_says(
    home: Premises, gas: GasMeter, clock: ManualClock, command: Command
) -> None:
    after(home, clock, 100)
    gas.wake()  # somebody presses its button
    answer = read(home, command)
    assert (answer.age_s, answer.told_ms) == (0, home.site.now_ms)
    assert answer.answer == gas.execute(command, GAS_SUPPLIER)


def test_between_wakes_everything_is_as_old_as_the_last_one(home: Premises, gas: GasMeter, clock: ManualClock) -> None:
    to_wake(home, gas, clock)
    before = {type(command): read(home, command).answer for command in READS}
    after(home, clock, 1700)  # the meter counts on, and captures a half-hour
    assert gas.litres() > before[ReadGasRegisters].litres  # type: ignore[attr-defined]
    assert len(gas.profile) > len(before[ReadGasProfile])  # type: ignore[arg-type]
    for command in READS:
        answer = read(home, command)
        assert answer.answer == before[type(command)], command.use_case
        assert answer.age_s == 1701
    to_wake(home, gas, clock)
    assert read(home, ReadGasRegisters()).answer.litres > before[ReadGasRegisters].litres  # type: ignore[attr-defined]


def test_what_a_command_changed_is_told_at_once_and_a_local_change_at_the_next_wake(
    home: Premises, gas: GasMeter, clock: ManualClock
) -> None:
    plan = TariffPlan("new", None, ((7_000,),), 30_000)
    hub(home).deliveries.deliver(gas.identity.device_id, SetGasTariff(plan), GAS_SUPPLIER)
    to_wake(home, gas, clock)
    assert read(home, ReadGasTariff()).answer == plan
    gas.execute(CloseValve(), GAS_SUPPLIER)  # at the meter, while it sleeps
    assert read(home, ReadValve()).answer is SupplyState.ENABLED
    to_wake(home, gas, clock)
    assert read(home, ReadValve()).answer is SupplyState.DISABLED


def test_the_proxy_answers_everybody_with_rights_and_the_meter_its_supplier_alone(
    home: Premises, gas: GasMeter, clock: ManualClock
) -> None:
    to_wake(home, gas, clock)
    assert read(home, ReadGasRegisters(), TRANSPORTER).answer
    with pytest.raises(DeviceRefusal, match="supplier alone") as refusal:
        gas.execute(ReadGasRegisters(), TRANSPORTER)
    assert refusal.value.reason is Reason.ACCESS_DENIED
    assert list(gas.security_log)[-1].code == AlertCode.SOURCE_LACKS_AUTHORITY
    with pytest.raises(DeviceRefusal, match="may not have"):
        read(home, ReadGasRegisters(), OTHER)
    assert read(home, ReadGasProfile(), OTHER).answer


def test_before_the_first_wake_there_is_nothing_to_tell(clock: ManualClock) -> None:
    home = home_with("[mains]\noutages = 0\n", clock)
    hub(home).gpf.take_over(None, since_ms=0)
    hub(home).gpf._forget()
    with pytest.raises(DeviceRefusal, match="not been heard"):
        read(home, ReadGasRegisters())


def test_a_prepaid_meters_mirror_has_its_balance_and_top_ups(clock: ManualClock) -> None:
    text = resource_text("premises", "dual-fuel.toml")
    text = text.replace("[device.gas]", f"{PREPAID}[device.gas]")
    home = bring_to_life(parse_premises(text, name="home", file="home.toml"), clock=clock, days=20)
    gas = home.of(GasMeter)[0]
    assert gas.prepayment.top_ups.accepted
    registers = read(home, ReadGasPrepaymentRegisters()).answer
    assert registers.mode is PaymentMode.PREPAYMENT  # type: ignore[attr-defined]
    assert read(home, ReadGasMeterBalance()).answer == registers.meter_balance  # type: ignore[attr-defined]
    assert read(home, ReadGasTopUps()).answer == tuple(gas.prepayment.top_ups.accepted)
    assert len(read(home, ReadGasPrepaymentDaily()).answer) == len(gas.prepayment.daily)  # type: ignore[arg-type]


def test_every_read_is_one_that_gbcs_has_of_the_proxy() -> None:
    for command in READS:
        assert "GPF" in use_case(command.use_case).devices


def test_the_mode_and_the_billing_calendar_are_read_at_either_meter(home: Premises, gas: GasMeter) -> None:
    terms = ModeTerms(disablement_threshold=-500)
    calendar = BillingCalendar(day=9, time_s=3600)
    gas.execute(SetGasPrepaymentMode(terms), GAS_SUPPLIER)
    gas.execute(SetGasBillingCalendar(calendar), GAS_SUPPLIER)
    assert gas.execute(ReadGasPaymentMode(), GAS_SUPPLIER) == PaymentModeRead(PaymentMode.PREPAYMENT, terms)
    assert gas.execute(ReadGasBillingCalendar(), GAS_SUPPLIER) == calendar
    meter, supplier = home.device(), Party("Example Energy", UserRole.IMPORT_SUPPLIER)
    assert meter.execute(ReadPaymentMode(), supplier) == PaymentModeRead(PaymentMode.CREDIT, ModeTerms())
    assert meter.execute(ReadBillingCalendar(), supplier) == BillingCalendar()
