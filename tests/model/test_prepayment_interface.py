"""The prepayment interface: displays and buttons of both meters, away from them; what policy lets it do, over what."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.model.consumer_devices.displays import PrepaymentInterface, Pressed
from hht.model.device import Device
from hht.model.electricity_meter import ElectricityMeter, SupplyState
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.valve import ArmValve, CloseValve
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.premises import Premises, bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.prepayment.records import EmergencyCredit
from hht.model.prepayment.tokens import VendChannel
from hht.resources import resource_text
from tests.model.wan.homes import after, hub

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
GAS_SUPPLIER = Party("Example Gas", UserRole.GAS_SUPPLIER)
PREPAID = '\n[device.prepayment]\nmode = "prepayment"\nbalance_p = 150\n'


def home_of(clock: ManualClock, *, esme: str = "", gsme: str = "", cable: bool = False) -> Premises:
    text = resource_text("premises", "dual-fuel.toml")
    text = text.replace("[[device]]", "[mains]\noutages = 0\n\n[[device]]", 1)
    text = text.replace('kind = "electricity-meter"', f'kind = "electricity-meter"\n{esme}')
    text = text.replace('kind = "gas-meter"', f'kind = "gas-meter"\n{gsme}')
    text = text.replace("[device.energy]", f"{PREPAID}\n[device.energy]").replace(
        "[device.gas]", f"{PREPAID}\n[device.gas]"
    )
    if cable:
        text = text.replace("[mains]", "[radio]\nperfect = false\ncable = true\n\n[mains]")
        text = text.replace("joined = true", 'joined = true\nbands = ["wired"]')
    return bring_to_life(parse_premises(text, name="home", file="home.toml"), clock=clock, days=1)


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return home_of(clock, gsme='enable_over = ["wireless"]')


def ppmid(home: Premises) -> PrepaymentInterface:
    return home.of(PrepaymentInterface)[0]


def meters(home: Premises) -> tuple[ElectricityMeter, GasMeter]:
    return home.device(), home.of(GasMeter)[0]


def to_wake(home: Premises, gas: GasMeter, clock: ManualClock) -> None:
    after(home, clock, (gas.next_wake_ms() - home.site.now_ms) / 1000 + 1)


@pytest.mark.requirement("PPM-01")
def test_it_repeats_the_pages_and_the_buttons_of_both_meters(home: Premises, clock: ManualClock) -> None:
    electricity, gas = meters(home)
    to_wake(home, gas, clock)
    pages = ppmid(home).pages()
    for page in (*electricity.display.pages(), *gas.display.pages()):
        assert page.title in {other.title for other in pages}
    assert all(page in pages for page in electricity.display.pages())
    for meter in (electricity, gas):
        for button in meter.display.buttons():
            pressed = ppmid(home).press(meter, button.name, "0" * 20)
            if meter is gas:
                assert pressed.done is None  # it sleeps
                to_wake(home, gas, clock)
            assert pressed.done is not None
            assert pressed.said == meter.display.said != ""  # the meter itself answered


@pytest.mark.requirement("PPM-02")
@pytest.mark.parametrize("fuel", ["electricity", "gas"])
def test_its_three_commands(home: Premises, clock: ManualClock, fuel: str) -> None:
    electricity, gas = meters(home)
    meter: ElectricityMeter | GasMeter = electricity if fuel == "electricity" else gas

    def press(button: str, typed: str = "") -> Pressed:
        pressed = ppmid(home).press(meter, button, typed)
        if fuel == "gas":
            to_wake(home, gas, clock)
        return pressed

    meter.prepayment.settle()
    assert meter.prepayment.monitor.emergency is EmergencyCredit.AVAILABLE
    assert press("emergency-credit").done is True
    assert meter.prepayment.monitor.emergency is EmergencyCredit.ACTIVE
    receipt = meter.prepayment.top_ups.vend.mint(2000, VendChannel.PHONE)
    before = meter.prepayment.registers.meter_balance
    assert press("utrn", receipt.utrn.reveal()).done is True
    assert meter.prepayment.registers.meter_balance > before
    again = press("utrn", receipt.utrn.reveal())
    assert (again.done, bool(again.said)) == (False, True)  # once is enough
    disable_and_arm(meter)
    assert press("enable").done is True
    after(home, clock, 600)  # gas tests for leaks first
    assert meter.supply is SupplyState.ENABLED


def disable_and_arm(meter: ElectricityMeter | GasMeter) -> None:
    """As its supplier would."""
    if isinstance(meter, GasMeter):
        meter.execute(CloseValve(), GAS_SUPPLIER)
        meter.execute(ArmValve(), GAS_SUPPLIER)
    else:
        meter.execute(DisableSupply(), SUPPLIER)
        meter.execute(ArmSupply(), SUPPLIER)
    assert meter.supply is SupplyState.ARMED


@pytest.mark.requirement("PPM-05", "PPM-06")
@pytest.mark.parametrize("cable", [False, True])
@pytest.mark.parametrize("allowed", ["", '"wireless"', '"wired"', '"wireless", "wired"'])
def test_enabling_from_afar_is_a_policy_for_each_medium(clock: ManualClock, cable: bool, allowed: str) -> None:
    home = home_of(clock, esme=f"enable_over = [{allowed}]" if allowed else "enable_over = []", cable=cable)
    meter = home.device()
    disable_and_arm(meter)
    pressed = ppmid(home).press(meter, "enable")
    wanted = "wired" if cable else "wireless"
    assert hub(home).network.medium.wired is cable
    assert pressed.done is (f'"{wanted}"' in allowed)
    assert (meter.supply is SupplyState.ENABLED) is pressed.done
    if not pressed.done:
        assert f"over a {wanted} network" in pressed.said
        meter.display.press("enable")  # at the meter it always works
        assert meter.supply is SupplyState.ENABLED


def test_a_medium_that_is_none_is_refused(clock: ManualClock) -> None:
    with pytest.raises(PremisesError, match="enable_over"):
        home_of(clock, esme='enable_over = ["telepathy"]')


def test_a_press_is_answered_in_words_when_nothing_is_to_be_done(home: Premises) -> None:
    pressed = ppmid(home).press(home.device(), "enable")
    assert pressed.done is False
    assert "nothing" in pressed.said
    stranger: Device = hub(home)
    assert ppmid(home).press(stranger, "enable").done is False
