"""Premises that come along with a WAN, a centre, several meters, a bridge: what is special about each."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.commands import AddToDeviceLog, ReadDeviceLog, RemoveFromDeviceLog
from hht.model.communications_hub.gas_proxy import ReadGas
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.consumer_devices.bridge import KEPT, ConsumerBridge
from hht.model.consumer_devices.displays import HomeDisplay, PrepaymentInterface
from hht.model.device import DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.load_profile import CAPTURE_PERIOD_S
from hht.model.electricity_meter.registers import ReadExportRegisters, ReadImportRegisters, RegistersRead
from hht.model.electricity_meter.supply import DisableSupply
from hht.model.features.profile_read import ReadGasProfile, ReadImportProfile
from hht.model.features.remote_display import PressButton
from hht.model.features.stores import ReadDailyReads
from hht.model.gas_meter import GasMeter
from hht.model.han.node import JoinFailure
from hht.model.load_control_switch import LoadControlSwitch
from hht.model.parties import DCC
from hht.model.premises import bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.prepayment.settings import PaymentMode
from hht.model.refusal import DeviceRefusal
from hht.model.wan.access import Denial
from hht.model.wan.product_lists import Generation, generation
from hht.model.wan.requests import Outcome
from hht.resources import resource_text
from tests.model.architectures.conftest import START, Lived

Live = Callable[..., Lived]
DAY_S = 86_400


# --- two fuels, a WAN, the DCC ---------------------------------------------------------------------------------------


@pytest.mark.requirement("ARC-02")
def test_four_makers_devices_interwork_as_they_come(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=1)
    makers = {device.identity.manufacturer for device in home.home.plan.devices}
    kinds = {device.kind for device in home.home.plan.devices}
    assert len(makers) == 4
    assert kinds == {DeviceKind.COMMUNICATIONS_HUB, DeviceKind.ESME, DeviceKind.GSME, DeviceKind.IHD}
    display = home.home.of(HomeDisplay)[0]
    shown = display.collect()
    assert (shown.missing, len(shown.electricity)) == ((), 1)
    assert shown.electricity[0].energy.import_wh == home.home.device().registers()[0]
    assert shown.gas is not None
    assert shown.gas.meter_id == home.home.find("gsme-1").identity.device_id
    sent = home.sent("Example Gas", "gsme-1", ReadGasProfile(), wait_s=1_900)
    assert sent.outcome is Outcome.ANSWERED


@pytest.mark.requirement("FUN-01")
def test_reads_for_a_period_reach_suppliers_and_others_and_the_customer(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=3)
    meter = home.home.device()
    read = home.sent("Example Energy", "esme-1", ReadImportRegisters(), wait_s=10)
    assert isinstance(read.answer, RegistersRead)
    assert 0 <= meter.registers()[0] - read.answer.active_wh <= 50  # some seconds old
    midnight = home.home.site.now_s // DAY_S * DAY_S
    yesterday = ReadImportProfile(midnight - DAY_S + CAPTURE_PERIOD_S, midnight)
    for party in ("Example Energy", "Example Networks", "Example Services"):
        rows = home.sent(party, "esme-1", yesterday).answer
        assert isinstance(rows, tuple)
        assert [time_s for time_s, _wh in rows] == list(
            range(midnight - DAY_S + CAPTURE_PERIOD_S, midnight + 1, CAPTURE_PERIOD_S)
        )
    reads = home.sent("Example Energy", "esme-1", ReadDailyReads()).answer
    assert isinstance(reads, tuple)
    assert (midnight, rows[-1][1]) in reads  # the same register, by another way
    gas = home.sent("Example Gas", "gsme-1", ReadGasProfile(midnight - DAY_S, midnight), wait_s=1_900).answer
    assert isinstance(gas, tuple)
    assert len(gas) == 49
    customer = home.home.of(HomeDisplay)[0].collect().electricity[0]
    before = dict(reads)[midnight - DAY_S]
    assert customer.stores.days[0] == rows[-1][1] - before


def test_who_may_what_is_decided_on_the_way(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=1)
    assert home.sent("Example Services", "esme-1", DisableSupply()).code == Denial.ROLE
    assert home.sent("Example Gas", "esme-1", DisableSupply()).code == Denial.NOT_RESPONSIBLE
    assert home.sent("Example Energy", "esme-1", DisableSupply()).outcome is Outcome.ANSWERED


# --- solar, with a generation meter ----------------------------------------------------------------------------------


@pytest.mark.requirement("MIC-01", "MIC-04", "MIC-05")
def test_a_generation_meter_is_read_like_any_other(lived: Live) -> None:
    home = lived("solar-generation", days=2)
    generation, street = home.home.device("esme-2"), home.home.device("esme-1")
    made = generation.registers()[1] - generation.configuration.export_reading_wh
    sold = street.registers()[1] - street.configuration.export_reading_wh
    assert made > sold > 0  # one sun over both: the house used the rest
    assert generation.registers()[0] == generation.configuration.import_reading_wh  # nobody lives behind it
    for party, device in (("Sunny Tariffs", "esme-2"), ("Sunny Tariffs", "esme-1")):
        answer = home.sent(party, device, ReadExportRegisters()).answer
        assert isinstance(answer, RegistersRead)
        assert 0 <= home.home.device(device).registers()[1] - answer.active_wh <= 50
    stick = home.home.of(AccessDevice)[0]
    shown = dict(stick.shown())
    assert shown["esme-2"].generation
    assert not shown["esme-1"].generation
    assert shown["esme-2"].export_wh == generation.registers()[1]


@pytest.mark.requirement("MIC-02")
def test_one_hub_has_several_electricity_meters(lived: Live) -> None:
    home = lived("solar-generation", days=1)
    entries = home.hub.device_log.entries.values()
    assert [entry.kind for entry in entries].count(DeviceKind.ESME) == 2
    for device, supplier in (("esme-1", "Example Energy"), ("esme-2", "Feed-in Supply")):
        assert isinstance(home.sent(supplier, device, ReadImportRegisters()).answer, RegistersRead)
        home.home.device(device).alert(AlertCode.BATTERY_LOW)
        home.wait(10)
        notes = home.centre.mailboxes.of(supplier)
        assert {note.alert.device for note in notes if note.alert.code == AlertCode.BATTERY_LOW} == {device}


@pytest.mark.requirement("MIC-07", "ARC-21")
def test_a_generation_meter_joins_by_the_same_rules_as_any_device(lived: Live) -> None:
    home = lived("solar-generation", days=1)
    meter, log = home.home.device("esme-2"), home.hub.device_log
    node = meter.node
    assert node is not None
    code = log.entries[meter.identity.device_id].install_code
    home.hub.execute(RemoveFromDeviceLog(meter.identity.device_id), DCC)
    assert not node.joined
    home.hub.network.open_joining(120)
    node.locate()
    home.wait(60)
    assert (node.joined, node.failure) == (False, JoinFailure.NOT_LISTED)
    home.hub.execute(AddToDeviceLog(meter.identity.device_id, DeviceKind.ESME, code, 600), DCC)
    node.locate()
    home.wait(60)
    assert node.joined
    others = [entry for entry in log.entries.values() if entry.device_id != meter.identity.device_id]
    assert all(entry.joined for entry in others)


def test_each_meter_has_a_supplier_of_its_own(lived: Live) -> None:
    home = lived("solar-generation", days=1)
    assert home.sent("Example Energy", "esme-2", DisableSupply()).code == Denial.NOT_RESPONSIBLE
    assert home.sent("Feed-in Supply", "esme-2", DisableSupply()).outcome is Outcome.ANSWERED
    assert home.home.device("esme-1").registers()[0] > home.home.device("esme-1").configuration.import_reading_wh


def test_when_the_sun_is_down_nothing_is_made(lived: Live) -> None:
    home = lived("solar-generation", days=1)
    profile = home.home.device("esme-2").profile
    rows = list(profile.entries(0, len(profile)))
    nights = [row for row in rows if row.time_s % DAY_S < 3 * 3600]
    assert len({row.export_wh for row in nights if row.time_s // DAY_S == nights[-1].time_s // DAY_S}) == 1


@pytest.mark.requirement("MIC-06")
def test_the_dcc_serves_a_generation_meter_only_when_it_is_registered(lived: Live) -> None:
    assert lived("solar-generation", days=1).sent("Sunny Tariffs", "esme-2", ReadExportRegisters()).answer
    home = changed("solar-generation", 'generation = ["esme-2"]\n', "")
    sent = home.sent("Sunny Tariffs", "esme-2", ReadExportRegisters())
    assert (sent.code, "Feed-in Tariff" in sent.why) == (Denial.NOT_REGISTERED, True)
    assert home.sent("Sunny Tariffs", "esme-1", ReadExportRegisters()).answer
    stick = home.home.of(AccessDevice)[0]
    assert dict(stick.shown())["esme-2"].generation  # at home it is read all the same


@pytest.mark.requirement("MIC-08")
def test_a_smets1_hub_has_a_generation_meter_too() -> None:
    first = 'smets_version = "SMETS1 V1.2"'
    home = changed("solar-generation", 'smets_version = "SMETS V5.0"\ngbcs_version = "4.2"', first, everywhere=True)
    assert all(generation(device.identity) is Generation.SMETS1 for device in home.home.of(ElectricityMeter))
    made = home.sent("Sunny Tariffs", "esme-2", ReadExportRegisters())
    assert isinstance(made.answer, RegistersRead)
    assert made.answer.active_wh > 0
    assert dict(home.home.of(AccessDevice)[0].shown())["esme-2"].export_wh >= made.answer.active_wh


@pytest.mark.requirement("ARC-07")
def test_two_suppliers_share_a_hub_and_each_has_its_own_meter(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=1)
    power, gas = "Example Energy", "Example Gas"
    assert home.sent(power, "esme-1", ReadImportRegisters()).outcome is Outcome.ANSWERED
    assert home.sent(gas, "gsme-1", ReadGasProfile(), wait_s=1_900).outcome is Outcome.ANSWERED
    assert home.sent(power, "gsme-1", ReadGasProfile()).code == Denial.NOT_RESPONSIBLE
    assert home.sent(gas, "esme-1", ReadImportRegisters()).code == Denial.NOT_RESPONSIBLE
    for party in (power, gas):
        assert home.sent(party, "hub-1", ReadDeviceLog()).outcome is Outcome.ANSWERED
    for device, owner, other in (("esme-1", power, gas), ("gsme-1", gas, power)):
        home.home.find(device).alert(AlertCode.BATTERY_LOW)
        home.wait(10)
        assert home.centre.mailboxes.of(owner)[-1].alert.device == device
        assert device not in {note.alert.device for note in home.centre.mailboxes.of(other)}


def changed(name: str, old: str, new: str, *, everywhere: bool = False) -> Lived:
    """A premises whose file says something else."""
    text = resource_text("premises", f"{name}.toml")
    assert old in text
    clock = ManualClock(START)
    plan = parse_premises(text.replace(old, new, -1 if everywhere else 1), name=name, file="test.toml")
    return Lived(bring_to_life(plan, clock=clock, days=1), clock)


# --- a consumer bridge -----------------------------------------------------------------------------------------------


@pytest.mark.requirement("CAD-23")
def test_a_bridge_passes_on_over_the_homes_own_network(lived: Live) -> None:
    home = lived("consumer-bridge", days=1)
    bridge = home.home.of(ConsumerBridge)[0]
    count = len(bridge.passed_on)
    assert count >= 48
    times = [reading.time_ms for reading in bridge.passed_on]
    assert times == sorted(times)
    bridge.network(False)
    home.wait(3 * 1800)
    assert (len(bridge.passed_on), len(bridge.kept)) == (count, 3)
    bridge.network(True)
    assert (len(bridge.passed_on), len(bridge.kept)) == (count + 3, 0)
    bridge.upload()
    assert bridge.passed_on[-1].import_wh == home.home.device().registers()[0]


def test_a_bridge_without_its_network_keeps_two_days_and_no_more(lived: Live) -> None:
    home = lived("consumer-bridge", days=1)
    bridge = home.home.of(ConsumerBridge)[0]
    bridge.network(False)
    home.wait(3 * DAY_S)
    assert len(bridge.kept) == KEPT
    assert bridge.kept[0].time_ms > home.home.site.now_ms - (KEPT + 1) * 1_800_000


def test_nothing_comes_back_through_a_bridge(lived: Live) -> None:
    home = lived("consumer-bridge", days=1)
    bridge, meter = home.home.of(ConsumerBridge)[0], home.home.device()
    with pytest.raises(DeviceRefusal, match="read and do nothing else"):
        home.hub.network.ask(bridge, meter, PressButton("enable"))
    before = len(home.hub.outbox)
    bridge.alert(AlertCode.BATTERY_LOW)
    assert len(home.hub.outbox) == before
    mirror = home.hub.network.ask(bridge, home.hub.gpf, ReadGas())
    assert mirror.mprn == ""  # type: ignore[attr-defined]


# --- the farm --------------------------------------------------------------------------------------------------------


def test_the_farm_has_everything_at_once(lived: Live) -> None:
    home = lived("polyphase-farm", days=2)
    meter, gas = home.home.device(), home.home.of(GasMeter)[0]
    assert (meter.capabilities.phases, len(meter.measurement.channels)) == (3, 3)
    imported, exported = meter.registers()
    assert exported > meter.configuration.export_reading_wh
    night, day = meter.profile.index_at_or_after(0), len(meter.profile)
    rows = list(meter.profile.entries(night, day))
    heated = [
        after.import_wh - before.import_wh
        for before, after in pairwise(rows)
        if 2 * 3600 <= after.time_s % DAY_S <= 4 * 3600
    ]
    assert min(heated) > (6_800 + 5_100) // 2  # both heaters, all through these half-hours
    assert gas.prepayment.mode is PaymentMode.PREPAYMENT
    assert imported > meter.configuration.import_reading_wh


def test_the_farms_dryer_is_the_meters_switch_on_the_han(lived: Live) -> None:
    home = lived("polyphase-farm", days=1)
    switch, meter = home.home.of(LoadControlSwitch)[0], home.home.device()
    assert switch.closed  # 12:12 UTC: within 10:00 to 15:00
    assert meter.consumer.appliance("grain-dryer").draws
    home.wait(4 * 3600)
    assert not switch.closed
    assert not meter.consumer.appliance("grain-dryer").draws


def test_the_farms_gas_is_paid_before_and_seen_in_the_kitchen(lived: Live) -> None:
    home = lived("polyphase-farm", days=2)
    interface = home.home.of(PrepaymentInterface)[0]
    text = "\n".join(line for page in interface.pages() for line in (page.title, *page.lines))
    assert "£" in text
    assert home.home.wan[0].configuration.region == "north"
