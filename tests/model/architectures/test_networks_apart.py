"""Gas on its own radio and the consumers' network apart (document 001, appendix A): who sees what, and what a failure
of one medium takes away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.apart import ConsumerSide
from hht.model.communications_hub.commands import AddToDeviceLog, ReadDeviceLog, RemoveFromDeviceLog
from hht.model.communications_hub.gas_proxy import GasMirror, ReadGas
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import DeviceKind
from hht.model.electricity_meter.readings import ReadEnergy
from hht.model.features.remote_display import PressButton, ReadDisplay
from hht.model.gas_meter import GasMeter
from hht.model.han.medium import WIRE
from hht.model.han.network import HanFailure
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.portrait import portrait
from hht.model.premises import Premises, bring_to_life, load_premises, read_premises
from hht.model.premises_plan import parse_premises
from hht.model.refusal import DeviceRefusal
from hht.model.training.house_plan import links
from hht.resources import resource_path

NOON = datetime(2026, 11, 18, 12, 7, tzinfo=UTC)
DCC = Party("DCC", UserRole.DCC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return load_premises("gas-apart", clock=clock, days=2)


@pytest.fixture
def hub(home: Premises) -> CommunicationsHub:
    return home.of(CommunicationsHub)[0]


@pytest.fixture
def apart(hub: CommunicationsHub) -> ConsumerSide:
    assert hub.consumer is not None
    return hub.consumer


@pytest.fixture
def ihd(home: Premises) -> HomeDisplay:
    return home.of(HomeDisplay)[0]


@pytest.fixture
def cad(home: Premises) -> AccessDevice:
    return home.of(AccessDevice)[0]


@pytest.fixture
def gas(home: Premises) -> GasMeter:
    return home.of(GasMeter)[0]


def changed(clock: ManualClock, change: Callable[[str], str]) -> Premises:
    """The premises, its file changed."""
    text = resource_path("premises", "gas-apart.toml").read_text(encoding="utf-8")
    wanted = change(text)
    assert wanted != text
    return bring_to_life(parse_premises(wanted, name="changed", file="changed.toml"), clock=clock, days=2)


# --- who is where --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("ALT-18", "CAD-22")
def test_meters_are_on_one_network_and_displays_on_another(
    hub: CommunicationsHub, apart: ConsumerSide, ihd: HomeDisplay, gas: GasMeter
) -> None:
    meters, others = hub.network, apart.network
    assert {node.device.kind for node in meters.members.values()} == {DeviceKind.GPF, DeviceKind.ESME, DeviceKind.GSME}
    assert ihd.identity.device_id in others.members
    assert gas.identity.device_id not in others.members
    assert meters.pan_id != others.pan_id
    assert meters.log is hub.device_log
    assert ihd.identity.device_id not in hub.device_log
    assert list(others.log.entries) == [ihd.identity.device_id]


@pytest.mark.requirement("ALT-16", "ALT-17")
def test_gas_reaches_the_hub_at_868_mhz_where_at_2400_it_does_not(hub: CommunicationsHub, clock: ManualClock) -> None:
    assert hub.network.hears("gsme-1")
    single = changed(clock, lambda text: text.replace('gas = "868"', 'gas = "2400"').replace('["868"]', '["2400"]'))
    assert not single.of(CommunicationsHub)[0].network.hears("gsme-1")


def test_each_radio_keeps_to_its_band(clock: ManualClock) -> None:
    """A display that has 868 MHz only does not hear the consumers' network, though the hub has both."""
    joined = 'EE01"\njoined = true'
    home = changed(clock, lambda text: text.replace(joined, f'{joined}\nbands = ["868"]'))
    ihd = home.of(HomeDisplay)[0]
    assert ihd.collect().missing
    assert home.of(CommunicationsHub)[0].network.hears("gsme-1")


def test_no_radio_is_between_hub_and_electricity_meter(hub: CommunicationsHub) -> None:
    assert hub.network.quality("esme-1") == WIRE
    assert "esme-1" not in hub.device_log


# --- who sees what -------------------------------------------------------------------------------------------------


@pytest.mark.requirement("ALT-18")
def test_a_display_has_both_fuels_through_the_hub(ihd: HomeDisplay, home: Premises, gas: GasMeter) -> None:
    collected = ihd.collect()
    assert not collected.missing
    assert [one.meter for one in collected.electricity] == ["esme-1"]
    assert collected.electricity[0].energy.import_wh == home.device().registers()[0]
    assert collected.gas is not None
    assert 0 < collected.gas_age_s < 1800
    assert {page.title for page in ihd.pages()} >= {"Electricity now", "Electricity used", "Gas"}


@pytest.mark.requirement("ALT-18")
def test_nothing_of_a_consumers_device_reaches_a_meter(
    home: Premises, hub: CommunicationsHub, apart: ConsumerSide, ihd: HomeDisplay, gas: GasMeter
) -> None:
    meter = home.device()
    with pytest.raises(HanFailure):
        hub.network.ask(ihd, meter, ReadEnergy())  # it is not on that network
    with pytest.raises(HanFailure):
        apart.network.ask(ihd, gas, ReadGas())  # and the gas meter is not on its own
    end_point = apart.network.members[meter.identity.device_id].device
    for request in (PressButton("enable"), ReadDisplay()):
        with pytest.raises(DeviceRefusal):
            apart.network.ask(ihd, end_point, request)
    heard = hub.device_log.entries[gas.identity.device_id].statistics.heard
    for _time in range(200):  # a rogue device floods its network
        ihd.collect()
    assert hub.device_log.entries[gas.identity.device_id].statistics.heard == heard


def test_a_consumer_access_device_is_told_no_more_than_before(
    hub: CommunicationsHub, apart: ConsumerSide, cad: AccessDevice, home: Premises
) -> None:
    _pair(hub, cad, home)
    mirror = apart.network.ask(cad, apart.network.members[hub.gpf.identity.device_id].device, ReadGas())
    assert isinstance(mirror, GasMirror)
    assert (mirror.mprn, mirror.prepayment, mirror.pages) == ("", 0, ())
    assert [meter for meter, _energy, _power in cad.read()] == ["esme-1"]


def _listed(hub: CommunicationsHub) -> list[str]:
    rows = hub.execute(ReadDeviceLog(), DCC)
    assert isinstance(rows, tuple)
    return [row.device_id for row in rows]


def _pair(hub: CommunicationsHub, cad: AccessDevice, home: Premises) -> None:
    assert cad.node is not None
    hub.pairing.press_button()
    hub.pairing.type_passkey(cad.node, hub.pairing.passkey)
    home.site.clock.jump(60)
    assert cad.node.joined


@pytest.mark.requirement("ALT-18")
def test_a_consumer_adds_a_device_and_no_supplier_has_work_with_it(
    hub: CommunicationsHub, apart: ConsumerSide, cad: AccessDevice, home: Premises
) -> None:
    listed, told = _listed(hub), len(hub.outbox)
    sent = home.wan[0].counters.sent
    _pair(hub, cad, home)
    assert cad.node is not None
    assert cad.node.network is apart.network
    assert cad.read()
    assert _listed(hub) == listed == ["00-DB-12-34-56-78-9B-A1"]
    assert (len(hub.outbox), home.wan[0].counters.sent) == (told, sent)


@pytest.mark.requirement("ALT-19")
def test_the_hubs_own_access_device_needs_no_pairing_and_no_radio(
    hub: CommunicationsHub, apart: ConsumerSide, gas: GasMeter, home: Premises
) -> None:
    cad = apart.cad
    assert cad is not None
    assert cad.indicator == "paired"
    assert cad.identity.device_id not in apart.network.log
    apart.network.jammed = True
    found = cad.gather()
    assert set(found) == {"esme-1", "hub-1-gpf"}
    assert [(meter, energy) for meter, energy, _power in cad.read()] == [("esme-1", home.device().registers()[0])]
    with pytest.raises(DeviceRefusal):
        apart.network.ask(cad, apart.network.members[home.device().identity.device_id].device, PressButton("enable"))


def test_a_hub_without_one_has_none(clock: ManualClock) -> None:
    home = changed(clock, lambda text: text.replace('cad_id = "00-DB-12-34-56-78-9B-AE"\n', ""))
    consumer = home.of(CommunicationsHub)[0].consumer
    assert consumer is not None
    assert consumer.cad is None


def test_a_supplier_can_list_and_remove_one_all_the_same(
    hub: CommunicationsHub, apart: ConsumerSide, cad: AccessDevice, home: Premises
) -> None:
    assert cad.node is not None
    assert cad.node.install_code is not None
    device_id = cad.identity.device_id
    hub.execute(AddToDeviceLog(device_id, cad.kind, cad.node.install_code, 600), DCC)
    cad.node.locate()
    home.site.clock.jump(60)
    assert cad.read()
    assert device_id not in hub.device_log
    hub.execute(RemoveFromDeviceLog(device_id), DCC)
    assert not cad.node.joined
    with pytest.raises(DeviceRefusal):
        hub.execute(RemoveFromDeviceLog(device_id), DCC)


def test_a_full_log_of_consumers_leaves_room_for_meters(clock: ManualClock) -> None:
    home = changed(clock, lambda text: text.replace('consumer = "2400"', 'consumer = "2400"\nconsumer_log = 1'))
    hub, cad = home.of(CommunicationsHub)[0], home.of(AccessDevice)[0]
    assert cad.node is not None
    hub.pairing.press_button()
    with pytest.raises(DeviceRefusal, match="full"):
        hub.pairing.type_passkey(cad.node, hub.pairing.passkey)
    assert not hub.device_log.full


# --- what fails when -----------------------------------------------------------------------------------------------


@pytest.mark.requirement("ALT-18")
def test_without_the_consumers_radio_metering_goes_on(
    hub: CommunicationsHub, apart: ConsumerSide, ihd: HomeDisplay, clock: ManualClock
) -> None:
    apart.network.jammed = True
    clock.advance(2 * 3600)
    collected = ihd.collect()
    assert not collected.electricity
    assert collected.gas is None
    assert len(collected.missing) == 2
    age_s = hub.gpf.age_s
    assert age_s is not None
    assert age_s < 1800


@pytest.mark.requirement("ALT-18")
def test_without_the_gas_radio_a_display_has_electricity_and_old_gas(
    hub: CommunicationsHub, ihd: HomeDisplay, clock: ManualClock, gas: GasMeter
) -> None:
    hub.network.jammed = True
    clock.advance(2 * 3600)
    collected = ihd.collect()
    assert not collected.missing
    assert collected.electricity[0].energy.import_wh > 0
    assert collected.gas_age_s >= 2 * 3600 - 1800
    assert gas.missed_wakes == 4
    hub.network.jammed = False
    clock.advance(1800)
    assert ihd.collect().gas_age_s < 1800


REPEATER = """
[[device]]
id = "repeater-1"
kind = "repeater"
device_id = "00-DB-12-34-56-78-9B-A9"
manufacturer = "HHT Training"
model = "REPEATER"
firmware = "00000001"

[device.han]
install_code = "00112233445566778899AABBCCDDEE09"
joined = true

[device.at]
x = 6
y = 6
"""


@pytest.mark.requirement("HAN-27")
def test_a_repeater_of_the_consumers_pulled_out_takes_the_display_and_no_metering(clock: ManualClock) -> None:
    far = '[device.at]\nx = 26\ny = 8\nbox = "stone"'
    home = changed(
        clock,
        lambda text: (
            text.replace(
                'firmware = "00000021"\n\n[device.at]\nroom = "living room"', f'firmware = "00000021"\n\n{far}'
            )
            + REPEATER.replace("x = 6", "x = 16")
        ),
    )
    hub, ihd = home.of(CommunicationsHub)[0], home.of(HomeDisplay)[0]
    assert ihd.collect().gas is not None
    home.faults.on("repeater-unplugged", "repeater-1")
    assert ihd.collect().gas is None
    clock.advance(3600)
    home.site.catch_up()
    age_s = hub.gpf.age_s
    assert age_s is not None
    assert age_s < 1800
    assert "repeater-1" not in {node.device.name for node in hub.network.members.values()}


def test_a_metal_box_over_the_hub_covers_both_radios(
    home: Premises, hub: CommunicationsHub, apart: ConsumerSide
) -> None:
    before = apart.network.quality("ihd-1").rssi_dbm, hub.network.quality("gsme-1").rssi_dbm
    home.faults.on("hub-in-metal-box", "hub-1")
    after = apart.network.quality("ihd-1").rssi_dbm, hub.network.quality("gsme-1").rssi_dbm
    assert after[0] < before[0]
    assert after[1] < before[1]


def test_without_power_both_are_off(hub: CommunicationsHub, apart: ConsumerSide, home: Premises) -> None:
    home.mains.switch(False)
    home.site.catch_up()
    assert not hub.network.powered
    assert not apart.network.powered
    home.mains.switch(True)
    home.site.catch_up()
    assert apart.network.powered


# --- the file, and what is shown of it -----------------------------------------------------------------------------


def test_links_and_portrait_show_both_networks(home: Premises) -> None:
    shown = portrait(home).links
    assert {(link.one, link.other) for link in shown} >= {("hub-1", "gsme-1"), ("hub-1", "ihd-1"), ("hub-1", "esme-1")}
    assert len([link for link in shown if link.other == "esme-1"]) == 1
    special = {device.name: device.special for device in portrait(home).devices}
    assert "gas at 868 MHz; consumers' devices apart, at 2400 MHz" in special["hub-1"]
    assert {link.device for link in links(home)} >= {"gsme-1", "ihd-1", "esme-1"}


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('gas = "868"', 'gas = "900"'),
        ('consumer_id = "00-DB-12-34-56-78-9B-AF"', 'consumer_id = "00-DB"'),
        ('consumer = "2400"', "consumer = 2400"),
    ],
)
def test_errors_name_the_line(line: str, wrong: str) -> None:
    text = resource_path("premises", "gas-apart.toml").read_text(encoding="utf-8").replace(line, wrong)
    with pytest.raises(PremisesError) as error:
        parse_premises(text, name="x", file="x.toml")
    at = error.value.details["line"]
    assert isinstance(at, int)
    assert text.splitlines()[at - 1] == wrong
    assert read_premises("gas-apart").title
