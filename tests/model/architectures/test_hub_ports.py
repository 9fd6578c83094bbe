"""A hub on the meter's wired or modular port (document 001, appendix B): its power, its data, what has to fit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.power import Feed
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.electricity_meter import SupplyState
from hht.model.electricity_meter.supply import DisableSupply, EnableSupply, ReadSupplyState
from hht.model.hub_port import MeterPort, ModulePort, PortProtocol, Tap, fit
from hht.model.plan_file import PremisesError
from hht.model.portrait import portrait
from hht.model.premises import bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.wan.requests import Outcome
from hht.resources import resource_text
from tests.model.architectures.conftest import START, Lived

Live = Callable[..., Lived]


def changed(old: str, new: str, name: str = "wired-port-hub") -> Lived:
    """A premises whose file says something else in one place."""
    text = resource_text("premises", f"{name}.toml")
    assert old in text
    clock = ManualClock(START)
    plan = parse_premises(text.replace(old, new, 1), name=name, file="test.toml")
    return Lived(bring_to_life(plan, clock=clock, days=1), clock)


@pytest.mark.requirement("CH-08", "ALT-20")
def test_with_the_contactor_open_the_hub_stays_on_and_can_close_it_again(lived: Live) -> None:
    home = lived("wired-port-hub", days=2)
    assert home.hub.power.feed is Feed.PORT
    assert home.sent("Example Energy", "esme-1", DisableSupply()).outcome is Outcome.ANSWERED
    meter = home.home.device()
    assert (meter.supply, meter.consumer.supplied) == (SupplyState.DISABLED, [False])
    before = meter.registers()
    home.wait(3_600)
    assert home.hub.powered
    assert meter.registers() == before  # what feeds the hub is not measured
    assert home.sent("Example Energy", "esme-1", ReadSupplyState()).answer is SupplyState.DISABLED
    assert home.sent("Example Energy", "esme-1", EnableSupply()).outcome is Outcome.ANSWERED
    assert meter.supply is SupplyState.ENABLED


def test_taken_from_behind_the_contactor_the_hub_goes_with_it() -> None:
    home = changed('protocol = "dlms"', 'protocol = "dlms"\ntap = "load-side"')
    assert home.hub.power.feed is Feed.PORT_BEHIND
    home.sent("Example Energy", "esme-1", DisableSupply())
    assert not home.hub.powered
    home.wait(1_200)
    later = home.sent("Example Energy", "esme-1", EnableSupply())
    assert (later.outcome, home.home.device().supply) == (Outcome.UNDELIVERED, SupplyState.DISABLED)


@pytest.mark.requirement("ALT-22")
def test_between_hub_and_meter_there_is_neither_radio_nor_join(lived: Live) -> None:
    home = lived("wired-port-hub", days=1)
    meter = home.home.device()
    assert meter.identity.device_id not in home.hub.device_log
    assert home.home.device().node is not None
    link = next(link for link in portrait(home.home).links if link.other == "esme-1")
    assert (link.by, link.state, link.rssi_dbm) == ("wire", "good", None)
    told = len(home.centre.mailboxes.of("Example Energy"))
    meter.alert(AlertCode.METER_COVER_REMOVED)
    home.wait(10)
    assert len(home.centre.mailboxes.of("Example Energy")) == told + 1
    display = home.home.of(HomeDisplay)[0]  # by radio from the hub, as ever
    assert display.collect().electricity[0].energy.import_wh == meter.registers()[0]
    assert display.collect().missing == ()


@pytest.mark.requirement("ALT-21", "CH-09", "CH-11", "CH-10")
def test_a_module_comes_out_and_goes_in_while_the_meter_supplies(lived: Live) -> None:
    home = lived("modular-meter", days=1)
    meter = home.home.device()
    before, supplied = meter.registers()[0], list(meter.consumer.supplied)
    home.hub.power.remove()
    assert (home.hub.powered, home.hub.power.fitted) == (False, False)
    assert list(meter.security_log)[-1].code == AlertCode.COMMUNICATIONS_HUB_DISCONNECTED
    home.wait(3_600)
    assert meter.supply is SupplyState.ENABLED
    assert meter.consumer.supplied == supplied
    assert meter.registers()[0] > before
    home.hub.power.fit()
    home.wait(300)
    assert home.sent("Example Energy", "esme-1", ReadSupplyState()).outcome is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("meter", "module", "modular", "power", "data"),
    [
        (MeterPort(), ModulePort(), False, "", ""),
        (None, ModulePort(), False, "no port", "no port"),
        (MeterPort(connector="RJ45"), ModulePort(), False, "RJ45 and RJ11", ""),
        (MeterPort(volts=5), ModulePort(), False, "gives 5 V", ""),
        (MeterPort(maximum_ma=300), ModulePort(draws_ma=300), False, "", ""),
        (MeterPort(maximum_ma=300), ModulePort(draws_ma=301), False, "draws 301 mA", ""),
        (MeterPort(protocol=PortProtocol.FLAG), ModulePort(), False, "", "speaks flag"),
        (MeterPort(longest_cable_cm=150), ModulePort(cable_cm=150), False, "", ""),
        (MeterPort(longest_cable_cm=150), ModulePort(cable_cm=151), False, "", "151 cm"),
        (MeterPort(), ModulePort(size_mm=(60, 80, 25)), True, "no aperture", ""),
        (MeterPort(aperture_mm=(60, 80, 25)), ModulePort(size_mm=(60, 80, 25), cable_cm=900), True, "", ""),
        (MeterPort(aperture_mm=(60, 80, 24)), ModulePort(size_mm=(60, 80, 25)), True, "60 x 80 x 25 mm", ""),
    ],
)
def test_what_a_standard_has_to_fix(
    meter: MeterPort | None, module: ModulePort, modular: bool, power: str, data: str
) -> None:
    found = fit(meter, module, modular=modular)
    assert (power in " ".join(found.power)) if power else found.power == ()
    assert (data in " ".join(found.data)) if data else found.data == ()
    assert found.tap is Tap.SUPPLY_SIDE


def test_a_hub_that_draws_too_much_has_no_power_and_the_portrait_says_why() -> None:
    home = changed("draws_ma = 350", "draws_ma = 900")
    assert not home.hub.powered
    state = next(device.state for device in portrait(home.home).devices if device.name == "hub-1")
    assert "without power" in state
    assert "900 mA" in state
    assert any("does not go with the port" in line.what for line in home.home.site.chronicle)
    assert home.sent("Example Energy", "esme-1", ReadSupplyState()).outcome is not Outcome.ANSWERED


def test_a_hub_that_speaks_otherwise_has_power_and_no_meter() -> None:
    home = changed('cable_cm = 80\nprotocol = "dlms"', 'cable_cm = 80\nprotocol = "flag"')
    assert home.hub.powered
    assert home.sent("Example Energy", "esme-1", ReadSupplyState()).outcome is Outcome.UNDELIVERED
    gas = next(link for link in portrait(home.home).links if link.other == "gsme-1")
    assert gas.state == "good"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('protocol = "dlms"', 'protocol = "morse"', "none of: dlms, flag"),
        ("maximum_ma = 500", "maximum_ma = 0", "whole number"),
        ("maximum_ma = 500", "aperture_mm = [1, 2]", "width, height and depth"),
        ("maximum_ma = 500", 'tap = "roof"', "supply-side"),
        ("cable_cm = 80", "cable = 80", "no such field"),
    ],
)
def test_a_port_that_is_wrong_is_told_where(old: str, new: str, words: str) -> None:
    with pytest.raises(PremisesError, match=words) as wrong:
        changed(old, new)
    assert wrong.value.details["line"]
