"""What people carry between gas meter and hub while the HAN is down, and other ways to top up."""

from __future__ import annotations

import re

import pytest

from hht.model.consumer_devices.displays import PrepaymentInterface
from hht.model.features.tariff import SetGasPrice
from hht.model.intelligent_hub.messages import WriteCutOff
from hht.model.prepayment.commands import EnterTopUp
from hht.model.refusal import DeviceRefusal
from hht.model.training.panel import panel_of, press_control
from tests.model.intelligent_hub.bench import GAS_SUPPLIER, Bench, bench

PPMID = """
[[device]]
id = "ppmid-1"
kind = "prepayment-interface"
device_id = "00-DB-12-34-56-78-9A-A4"
manufacturer = "HHT Training"
model = "TERMINAL"
firmware = "00010011"

[device.han]
install_code = "00112233445566778899AABBCCDDEE02"
joined = true
"""
BY_CODE = 'reopening = "code"'


def shown(home: Bench) -> str:
    """The reading as the gas meter shows it for the hub; "" where it does not."""
    pages = {page.title: page.lines for page in home.meter.display.pages()}
    found = [line.removeprefix("For the hub: ") for line in pages["Gas"] if line.startswith("For the hub")]
    return found[0] if found else ""


def code(home: Bench) -> str:
    """The code that the hub shows; "" where it does not."""
    pages = {page.title: page.lines for page in home.account.display.pages()}
    found = [line for line in pages["Gas credit"] if line.startswith("Code for the gas meter")]
    return found[0].split(": ")[1] if found else ""


@pytest.mark.requirement("IH-22")
def test_a_reading_typed_at_the_hub_is_charged() -> None:
    home = bench(900, burner=900)
    assert not shown(home)  # while they talk, nobody has to
    home.jam()
    home.wait(half_hours=2)
    assert home.balance == 900
    reading = shown(home)
    assert re.fullmatch(r"[0-9]{4} [0-9]{4} [0-9]{4}", reading)
    home.account.display.press("gas-reading", reading)
    assert home.balance == 900 - 90
    assert home.account.readings[-1] == (home.premises.site.now_ms, home.opening_l + 900)
    assert home.account.read().litres == home.opening_l + 900
    home.clear()
    home.wait(half_hours=1)
    assert home.balance == 900 - 135  # nothing is charged twice


@pytest.mark.requirement("IH-22")
def test_a_reading_that_is_wrong_or_old_is_refused() -> None:
    home = bench(900, burner=900)
    home.jam()
    home.wait(half_hours=1)
    old = shown(home)
    home.wait(half_hours=1)
    home.account.display.press("gas-reading", shown(home))
    with pytest.raises(DeviceRefusal, match="later reading"):
        home.account.display.press("gas-reading", old)
    higher = f"{int(old[:4]) + 1:04}{old[4:]}"
    for wrong in ("", "12", old[:-1] + "x", "12345678901234567"):
        with pytest.raises(DeviceRefusal):
            home.account.display.press("gas-reading", wrong)
    for _try in range(3):
        with pytest.raises(DeviceRefusal, match="not right"):
            home.account.display.press("gas-reading", higher)
    with pytest.raises(DeviceRefusal, match="Too many"):
        home.account.display.press("gas-reading", shown(home))
    assert home.balance == 900 - 90
    home.wait(half_hours=1)
    home.account.display.press("gas-reading", shown(home))
    assert home.balance == 900 - 135


def test_the_reading_of_another_meter_is_none_of_this_one() -> None:
    home = bench(900, burner=900)
    home.jam()
    home.wait(half_hours=1)
    foreign = home.account.codes("00-DB-12-34-56-78-9A-FF").reading(home.meter.litres())
    with pytest.raises(DeviceRefusal):
        home.account.display.press("gas-reading", foreign)


@pytest.mark.requirement("IH-23")
def test_the_hubs_code_gives_gas_back_at_the_meter() -> None:
    home = bench(45, burner=900, account=BY_CODE)
    home.wait(half_hours=2)
    assert not code(home)
    home.jam()
    home.wait(half_hours=1)
    assert re.fullmatch(r"[0-9]{6}", code(home))
    with pytest.raises(DeviceRefusal):
        home.meter.display.press("emergency")
    home.meter.display.press("emergency", code(home))
    assert home.valve == "testing"


@pytest.mark.requirement("IH-23")
def test_a_code_is_good_for_its_half_hour() -> None:
    home = bench(45, burner=900, account=BY_CODE)
    home.wait(half_hours=2)
    home.jam()
    home.wait(half_hours=1)
    before = code(home)
    home.wait(half_hours=1)
    assert code(home) != before
    with pytest.raises(DeviceRefusal, match="not right"):
        home.meter.display.press("emergency", before)
    for _try in range(2):
        with pytest.raises(DeviceRefusal, match="not right"):
            home.meter.display.press("emergency", "000000")
    with pytest.raises(DeviceRefusal, match="Too many"):
        home.meter.display.press("emergency", code(home))
    home.wait(half_hours=2)
    assert not code(home)  # the timeout has run down
    assert home.valve == "closed"


@pytest.mark.requirement("IH-25")
def test_a_terminal_at_home_tops_up_and_no_meter_is_another() -> None:
    """An enhanced display takes the payment and hands the hub what it was sold; the gas meter gets a cut-off volume, as
    ever."""
    home = bench(45, burner=900, more=PPMID)
    home.wait(half_hours=2)
    assert home.valve == "closed"
    terminal = home.premises.of(PrepaymentInterface)[0]
    firmware = home.meter.identity.firmware
    home.hub.network.ask(terminal, home.account, EnterTopUp(home.buy(500).utrn))
    home.wait(half_hours=1)
    assert home.valve == "testing"
    written = [message for _time, message in home.account.messages if isinstance(message, WriteCutOff)]
    assert written[-1].volume_nl == (home.opening_l + 450 + 5_000) * 1_000_000_000
    assert home.meter.identity.firmware == firmware


def test_a_prepayment_interface_has_the_hubs_buttons() -> None:
    home = bench(150, burner=900, more=PPMID)
    terminal = home.premises.of(PrepaymentInterface)[0]
    home.wait(half_hours=1)
    assert "Gas credit" in [page.title for page in terminal.pages()]
    names = [control.name for control in panel_of(home.premises, "ppmid-1").controls]
    assert "hub-1-gpf:emergency-credit" in names
    press_control(home.premises, "ppmid-1", "hub-1-gpf:emergency-credit")
    assert home.account.prepayment.accounts.granted == 1_000_000
    with pytest.raises(DeviceRefusal):
        press_control(home.premises, "ppmid-1", "hub-1-gpf:utrn", "1" * 20)


def test_a_price_sent_over_the_wan_reaches_the_account() -> None:
    home = bench(900, burner=0)
    delivery = home.hub.deliveries.deliver(home.account.identity.device_id, SetGasPrice(((18_000,),), 0), GAS_SUPPLIER)
    assert not delivery.problem
    home.wait(half_hours=1)
    assert home.cut_off_l == 4500
