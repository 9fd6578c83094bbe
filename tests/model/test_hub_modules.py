"""A hub of modules: its HAN radio is swapped without the hub, and its units go together or do not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.modules import ModuleUnit, Slot
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.electricity_meter.readings import ReadEnergy
from hht.model.electricity_meter.registers import ReadImportRegisters
from hht.model.exchange import Part, exchange_module
from hht.model.han.network import HanFailure
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.portrait import portrait
from hht.model.premises import Premises, load_premises
from hht.model.premises_plan import parse_premises
from hht.model.refusal import DeviceRefusal
from hht.model.training.controls import controls_of, press
from hht.model.wan.module import WanTrouble, module_status
from hht.model.wan.requests import Outcome, ServiceRequest
from hht.resources import resource_text
from tests.model.wan.homes import after, hub

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER, "90-B3-D5-1F-30-00-00-01")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 6, 17, 12, tzinfo=UTC))


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return load_premises("modular-hub", clock=clock, days=1)


def asked(home: Premises) -> object:
    """The display asks the meter for its energy, over the hub."""
    return hub(home).network.ask(home.of(HomeDisplay)[0], home.device(), ReadEnergy())


def special(home: Premises) -> str:
    return "; ".join(next(one.special for one in portrait(home).devices if one.name == "hub-1"))


def wan_read(home: Premises, clock: ManualClock) -> Outcome:
    """A supplier reads the meter over the WAN."""
    assert home.centre is not None
    sent = home.centre.request(ServiceRequest(SUPPLIER, "esme-1", ReadImportRegisters()))
    after(home, clock, 1200)
    return sent.outcome


@pytest.mark.requirement("CH-19")
def test_a_faulty_han_radio_is_swapped_and_all_the_rest_of_the_hub_stays(home: Premises, clock: ManualClock) -> None:
    box = hub(home)
    before = box.identity, box.gpf, box.network.pan_id, dict(box.device_log.entries), set(box.network.members)
    home.faults.on("han-radio-defect")
    with pytest.raises(HanFailure):
        asked(home)
    assert module_status(home.wan[0])["han"].startswith("fault")
    assert press(home, box, "swap-han", "H-0002 2.1") == "Done"
    after(home, clock, 120)
    assert asked(home)
    assert hub(home) is box
    assert before == (
        box.identity,
        box.gpf,
        box.network.pan_id,
        dict(box.device_log.entries),
        set(box.network.members),
    )
    assert "HAN module: Radio Works RW-24 H-0002" in special(home)
    assert "WAN module: Modem Works MW-LTE W-0001" in special(home)
    assert not home.faults.active()
    record, gone = home.records.exchanges[0], home.records.disposals[0]
    assert (record.part, record.old.hardware, record.new.hardware) == (Part.HAN_MODULE, "H-0001", "H-0002")
    assert (gone.device.model, gone.device.hardware) == ("RW-24", "H-0001"), "the radio alone goes back"
    assert wan_read(home, clock) is Outcome.ANSWERED
    after(home, clock, 1900)
    assert box.gpf.age_s is not None
    assert box.gpf.age_s < 1900, "the gas meter, which slept through it, comes to the same proxy"


@pytest.mark.requirement("CH-19")
def test_while_its_radio_is_out_the_han_is_silent_and_a_hub_of_one_piece_has_none_to_swap(
    home: Premises, clock: ManualClock
) -> None:
    modules = hub(home).modules
    assert modules is not None
    unit = modules.take_out(Slot.HAN)
    with pytest.raises(HanFailure):
        asked(home)
    assert module_status(home.wan[0])["han"] == "taken out"
    with pytest.raises(DeviceRefusal, match="slot is empty"):
        modules.take_out(Slot.HAN)
    modules.put_in(unit)
    with pytest.raises(DeviceRefusal, match="is in the HAN slot"):
        modules.put_in(unit)
    assert asked(home)
    whole = load_premises("dual-fuel", clock=clock, days=1)
    assert not [one.name for one in controls_of(whole, hub(whole)) if one.name.startswith("swap")]
    with pytest.raises(DeviceRefusal, match="of one piece") as why:
        exchange_module(whole, hub(whole), unit, by=SUPPLIER, why="a test")
    assert why.value.remedy == "Exchange the hub as a whole."
    with pytest.raises(DeviceRefusal, match="names no unit"):
        press(home, hub(home), "swap-han", "H-0002")


@pytest.mark.requirement("CH-26")
def test_units_pass_messages_where_the_interface_is_the_same_and_keep_them_where_it_is_not(
    home: Premises, clock: ManualClock
) -> None:
    (module,), meter = home.wan, home.device()
    assert module_status(module).keys() >= {"han", "wan"}
    assert wan_read(home, clock) is Outcome.ANSWERED, "2.1 and 2.0 go together"
    assert "versions 3.0 (HAN) and 2.0 (WAN) do not go together" in press(home, hub(home), "swap-han", "H-0003 3.0")
    after(home, clock, 120)
    assert asked(home), "within the home all is well"
    assert module.trouble is WanTrouble.INTERFACE
    assert "do not go together" in special(home)
    assert wan_read(home, clock) is Outcome.UNDELIVERED
    meter.alert(AlertCode.BATTERY_LOW)
    assert [alert.code for alert in hub(home).outbox] == [AlertCode.BATTERY_LOW], "kept for when there is a way"
    assert press(home, hub(home), "swap-wan", "W-0002 3.4") == "Done"
    after(home, clock, 120)
    assert module.trouble is WanTrouble.NONE
    assert hub(home).outbox == []
    assert wan_read(home, clock) is Outcome.ANSWERED
    parts = [record.part for record in home.records.exchanges]
    assert parts == [Part.HAN_MODULE, Part.WAN_MODULE]
    assert meter.node is not None
    assert meter.node.joined, "no join anew, whichever unit went"


@pytest.mark.requirement("CH-26")
def test_each_units_defect_is_its_own(home: Premises, clock: ManualClock) -> None:
    home.faults.on("wan-module-defect")
    after(home, clock, 60)
    assert asked(home)
    assert wan_read(home, clock) is not Outcome.ANSWERED
    unit = ModuleUnit(Slot.HAN, "Radio Works", "RW-24", "H-0002", "00010007", "2.1")
    exchange_module(home, hub(home), unit, by=SUPPLIER, why="the wrong one")
    after(home, clock, 120)
    assert wan_read(home, clock) is not Outcome.ANSWERED, "another HAN module mends no modem"
    press(home, hub(home), "swap-wan", "W-0002 2.0")
    after(home, clock, 120)
    assert wan_read(home, clock) is Outcome.ANSWERED


@pytest.mark.requirement("FUN-17")
def test_the_wan_module_alone_is_upgraded_while_the_meter_hangs_where_it_hung(
    home: Premises, clock: ManualClock
) -> None:
    (module,), meter, box = home.wan, home.device(), hub(home)
    before, identity, joined = meter.registers()[0], meter.identity, set(box.network.members)
    newer = ModuleUnit(Slot.WAN, "Modem Works", "MW-5G", "W-0100", "00030000", "2.4")
    record = exchange_module(home, box, newer, by=SUPPLIER, why="an upgrade to another technology")
    assert module.trouble is WanTrouble.SEARCHING, "its new modem looks for its WAN first"
    assert asked(home), "the home's own network has no part in it"
    after(home, clock, 600)
    assert module.trouble is WanTrouble.NONE
    assert wan_read(home, clock) is Outcome.ANSWERED
    assert (record.part, record.old.model, record.new.model) == (Part.WAN_MODULE, "MW-LTE", "MW-5G")
    assert home.device() is meter
    assert (meter.identity, meter.consumer.supplied) == (identity, [True])
    assert meter.registers()[0] > before, "it went on measuring"
    assert set(box.network.members) == joined
    assert [one.device.model for one in home.records.disposals] == ["MW-LTE"], "no meter and no hub went"


def test_what_is_wrong_with_a_unit_in_a_file_is_told() -> None:
    text = resource_text("premises", "modular-hub.toml").replace('interface = "2.0"', 'interface = "two"')
    with pytest.raises(PremisesError, match="write major and minor"):
        parse_premises(text, name="x", file="x.toml")
