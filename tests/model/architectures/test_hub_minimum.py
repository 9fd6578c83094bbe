"""What every hub has to do at least (ASR-20): the emulated one is held against each row of the catalogue.

And how a configuration may take something from it, which must not be (S1E-10).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace

import pytest

from hht.clock import ManualClock
from hht.identifiers import InstallCode
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.commands import AddToDeviceLog, LogRow, ReadDeviceLog, RemoveFromDeviceLog
from hht.model.communications_hub.restrictions import restrictions
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import DeviceKind
from hht.model.electricity_meter import SupplyState
from hht.model.electricity_meter.supply import DisableSupply, ReadSupplyState
from hht.model.features.firmware import ActivateFirmware, ActivationResult, FirmwareImage, ReadFirmwareVersion
from hht.model.features.remote_display import PressButton
from hht.model.han.device_log import DeviceClass, LogEntry
from hht.model.han.node import JoinFailure
from hht.model.parties import DCC
from hht.model.portrait import portrait
from hht.model.premises import bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.refusal import DeviceRefusal
from hht.model.wan import Service
from hht.model.wan.migration import Migration, MigrationError, MigrationState
from hht.model.wan.requests import Outcome
from hht.resources import resource_text
from tests.model.architectures.conftest import START, Lived

Live = Callable[..., Lived]
Probe = Callable[[Live], None]
ROWS = {
    f"{group}.{name}"
    for group, rows in tomllib.loads(resource_text("catalogue", "hub_minimum.toml")).items()
    for name in rows
}


def home_of(lived: Live) -> Lived:
    return lived("dual-fuel-connected", days=1)


# --- physical --------------------------------------------------------------------------------------------------------


def comes_off_and_goes_on(lived: Live) -> None:
    home = home_of(lived)
    before = home.home.device().registers()[0]
    home.hub.power.remove()
    home.wait(3_600)
    assert not home.hub.powered
    assert home.home.device().registers()[0] > before
    home.hub.power.fit()
    assert home.hub.powered


def stays_on_and_is_not_measured(lived: Live) -> None:
    home = home_of(lived)
    home.sent("Example Energy", "esme-1", DisableSupply())
    before = home.home.device().registers()
    home.wait(3_600)
    assert (home.hub.powered, home.home.device().registers()) == (True, before)


def shows_five_lights(lived: Live) -> None:
    shown = home_of(lived).hub.leds.shown()
    assert len({one.led for one in shown}) == len(shown) == 5


def has_power_for_one_message(lived: Live) -> None:
    home = home_of(lived)
    home.home.mains.switch(False)
    home.wait(200)
    notes = home.centre.mailboxes.of("Example Networks")
    assert notes[-1].alert.code == AlertCode.SUPPLY_INTERRUPTED


# --- functional ------------------------------------------------------------------------------------------------------


def lets_the_listed_join_and_no_others(lived: Live) -> None:
    home = home_of(lived)
    display = home.home.of(HomeDisplay)[0]
    node = display.node
    assert node is not None
    assert isinstance(node.install_code, InstallCode)
    home.hub.execute(RemoveFromDeviceLog(display.identity.device_id), DCC)
    home.hub.network.open_joining(600)
    node.locate()
    home.wait(60)
    assert node.failure is JoinFailure.NOT_LISTED
    home.hub.execute(AddToDeviceLog(display.identity.device_id, DeviceKind.IHD, node.install_code, 600), DCC)
    home.hub.device_log.historic.clear()
    node.locate()
    home.wait(60)
    assert node.joined


def mirrors_gas_no_older_than_half_an_hour(lived: Live) -> None:
    home = home_of(lived)
    for _quarter in range(12):
        home.wait(900)
        age_s = home.hub.gpf.age_s
        assert age_s is not None
        assert age_s <= 1_800


def tells_an_outage_of_three_minutes_and_its_end(lived: Live) -> None:
    home = home_of(lived)
    mailbox = home.centre.mailboxes.of("Example Networks")
    told = len(mailbox)
    home.home.mains.switch(False)
    home.wait(170)
    home.home.mains.switch(True)
    home.wait(600)
    assert not [note for note in mailbox[told:] if note.alert.device == "hub-1"]
    home.home.mains.switch(False)
    home.wait(200)
    home.home.mains.switch(True)
    home.wait(600)
    codes = [note.alert.code for note in mailbox[told:] if note.alert.device == "hub-1"]
    assert codes == [AlertCode.SUPPLY_INTERRUPTED, AlertCode.SUPPLY_OUTAGE_RESTORED_LONG]


def takes_firmware(lived: Live) -> None:
    hub = home_of(lived).hub
    image = FirmwareImage("00030106", hub.identity.manufacturer, hub.identity.model)
    hub.images.take(image, hub.identity.device_id)
    assert hub.execute(ActivateFirmware(image.sha256), DCC) is ActivationResult.SUCCESS
    assert hub.execute(ReadFirmwareVersion(), DCC) == "00030106"


# --- interface -------------------------------------------------------------------------------------------------------


def carries_requests_and_answers(lived: Live) -> None:
    sent = home_of(lived).sent("Example Energy", "esme-1", ReadSupplyState())
    assert (sent.outcome, sent.answer) == (Outcome.ANSWERED, SupplyState.ENABLED)


def has_one_band_or_two(lived: Live) -> None:
    two = lived("polyphase-farm", days=1)
    assert two.hub.configuration.dual_band
    states = {link.other: link.state for link in portrait(two.home).links}
    assert (states["gsme-1"], states["ppmid-1"]) == ("good", "good")  # 868 MHz alone, and 2.4 GHz alone
    one = lived("consumer-bridge", days=1)
    assert not one.hub.configuration.dual_band
    assert {link.state for link in portrait(one.home).links} == {"good"}


def lets_a_terminal_in_for_an_hour(lived: Live) -> None:
    home = home_of(lived)
    home.wait(3_600)
    assert home.hub.handheld.left_s == 0
    home.home.mains.switch(False)
    home.wait(10)
    home.home.mains.switch(True)
    assert home.hub.handheld.left_s == 3_600
    home.wait(3_600)
    assert home.hub.handheld.left_s == 0


def tells_two_classes_apart(lived: Live) -> None:
    home = home_of(lived)
    classes = {entry.kind: entry.device_class for entry in home.hub.device_log.entries.values()}
    assert classes[DeviceKind.IHD] is DeviceClass.CONSUMER_ACCESS
    assert classes[DeviceKind.ESME] is classes[DeviceKind.GSME] is DeviceClass.SMART_METERING
    with pytest.raises(DeviceRefusal):
        home.hub.network.ask(home.home.of(HomeDisplay)[0], home.home.device(), PressButton("enable"))


# --- data ------------------------------------------------------------------------------------------------------------


def is_two_devices(lived: Live) -> None:
    home = home_of(lived)
    rows = {asset.kind: asset.device_id for asset in home.centre.inventory.assets.values()}
    assert rows[DeviceKind.COMMUNICATIONS_HUB] != rows[DeviceKind.GPF]
    assert home.hub.network.pan_id == rows[DeviceKind.GPF]


def is_read_from_afar_with_signals(lived: Live) -> None:
    home = home_of(lived)
    rows = home.sent("Example Energy", "hub-1", ReadDeviceLog()).answer
    assert isinstance(rows, tuple)
    assert all(isinstance(row, LogRow) and row.joined for row in rows)
    assert len(rows) == 3
    heard = next(row for row in rows if row.kind is DeviceKind.GSME)
    assert heard.rssi_dbm[0] <= heard.rssi_dbm[1] <= heard.rssi_dbm[2] < 0


def keeps_fifteen_that_left(lived: Live) -> None:
    log = home_of(lived).hub.device_log
    first = next(iter(log.entries.values()))
    ids = [f"00-DB-12-34-56-79-FF-{number:02X}" for number in range(16)]
    for device_id in ids:
        assert log.add(replace(first, device_id=device_id, link_key_of=first.install_code))
        assert isinstance(log.remove(device_id), LogEntry)
    assert list(log.historic) == ids[1:]


def keeps_what_cannot_go_out(lived: Live) -> None:
    home = home_of(lived)
    home.home.wan[0].change(service=Service.NONE)
    codes = [AlertCode.BATTERY_LOW, AlertCode.METER_COVER_REMOVED]
    for code in codes:
        home.home.device().alert(code)
        home.wait(60)
    told = len(home.centre.mailboxes.of("Example Energy"))
    home.home.wan[0].change(service=Service.CORE)
    home.wait(300)
    notes = home.centre.mailboxes.of("Example Energy")[told:]
    assert [note.alert.code for note in notes if note.alert.device == "esme-1"] == codes


PROBES: dict[str, Probe] = {
    "physical.detachable": comes_off_and_goes_on,
    "physical.unmetered": stays_on_and_is_not_measured,
    "physical.lights": shows_five_lights,
    "physical.reserve": has_power_for_one_message,
    "functional.coordinator": lets_the_listed_join_and_no_others,
    "functional.mirror": mirrors_gas_no_older_than_half_an_hour,
    "functional.outage": tells_an_outage_of_three_minutes_and_its_end,
    "functional.firmware": takes_firmware,
    "interface.wan": carries_requests_and_answers,
    "interface.han": has_one_band_or_two,
    "interface.handheld": lets_a_terminal_in_for_an_hour,
    "interface.classes": tells_two_classes_apart,
    "data.identities": is_two_devices,
    "data.devices": is_read_from_afar_with_signals,
    "data.history": keeps_fifteen_that_left,
    "data.queue": keeps_what_cannot_go_out,
}


@pytest.mark.requirement("ASR-20")
@pytest.mark.parametrize("row", sorted(ROWS))
def test_the_hub_meets_the_minimum(lived: Live, row: str) -> None:
    PROBES[row](lived)


@pytest.mark.requirement("ASR-20")
def test_every_kind_of_requirement_has_rows_and_every_row_a_probe() -> None:
    assert set(PROBES) == ROWS
    assert {row.partition(".")[0] for row in ROWS} == {"physical", "functional", "interface", "data"}


# --- what a configuration may take -----------------------------------------------------------------------------------


@pytest.mark.requirement("S1E-10")
@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("smets1-enrolled", "dual_band = false", "dual_band = false\ndevice_log = 2", "room for 2 of 3 devices"),
        ("smets1-enrolled", "dual_band = false", 'dual_band = false\nmounting = "alone"', "a socket behind the meter"),
        ("smets1-enrolled", "dual_band = false", "dual_band = false\nreserve_s = 100", "reserve of 100 s"),
        ("smets1-enrolled", "joined = true", 'joined = true\nbands = ["868"]', "no band in common with esme-1"),
    ],
)
def test_a_hub_that_restricts_its_site_is_told_and_not_migrated(name: str, old: str, new: str, words: str) -> None:
    text = resource_text("premises", f"{name}.toml")
    assert old in text
    clock = ManualClock(START)
    text = text.replace(old, new, 1).replace('smets1 = "enrolled"', 'smets1 = "active"')
    home = Lived(bring_to_life(parse_premises(text, name=name, file="test.toml"), clock=clock, days=1), clock)
    (problem,) = restrictions(home.hub, home.home.devices)
    assert words in problem
    hub = next(device for device in portrait(home.home).devices if device.name == "hub-1")
    assert f"restricts: {problem}" in hub.special
    way = Migration(home.centre, "esme-1")
    way.authorise(home.party("Early Energy"))
    with pytest.raises(MigrationError, match="restricts what the site has to do"):
        way.migrate()
    assert way.state is MigrationState.AUTHORISED


@pytest.mark.requirement("S1E-10")
@pytest.mark.parametrize("name", ["smets1-active", "smets1-dormant", "smets1-enrolled", "dual-fuel-connected"])
def test_the_hubs_that_come_along_restrict_nothing(lived: Live, name: str) -> None:
    home = lived(name, days=1)
    assert restrictions(home.hub, home.home.devices) == ()
