"""Another hub takes the place of one: by the centre's copy of its logs, or by the whole one that a terminal carries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hht.clock import ManualClock
from hht.identifiers import InstallCode
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub import CommunicationsHub, HubConfiguration
from hht.model.communications_hub.backup import RestoreDeviceLog, RestoreGpfLog
from hht.model.communications_hub.commands import AddToDeviceLog, ReadDeviceLog
from hht.model.communications_hub.handheld import HandheldTerminal
from hht.model.communications_hub.pairing import PairingMode
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import DeviceIdentity, DeviceKind
from hht.model.electricity_meter import SupplyState
from hht.model.exchange import Part, exchange_hub
from hht.model.features.tenancy import ChangeGasTenancy
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.valve import CloseValve
from hht.model.han.joins import JoinMethod, JoinMethodB, JoinResult
from hht.model.han.network import HomeAreaNetwork
from hht.model.han.node import JoinFailure
from hht.model.parties import DCC, Party, UserRole
from hht.model.premises import Premises, load_premises
from hht.model.refusal import DeviceRefusal
from hht.model.wan.inventory import SmiStatus
from hht.model.wan.requests import Outcome, ServiceRequest
from hht.model.wan.sealing import canonical
from tests.model.wan.homes import after, home_with, hub

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER, "90-B3-D5-1F-30-00-00-01")
GAS_SUPPLIER = Party("Example Gas", UserRole.GAS_SUPPLIER, "90-B3-D5-1F-30-00-00-02")
INSTALLER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
NEW = DeviceIdentity("00-DB-12-34-56-78-A0-A2", "Third Maker", "CH-DUAL", "00050001", gbcs_version="4.2")
CONFIGURATION = HubConfiguration("hub-2", NEW, "00-DB-12-34-56-78-A0-A3")
CODES = ("83FED3407A939723A5C639B26916D505", "1122334455667788112233445566778A")


def exchanged(home: Premises, **changes: object) -> CommunicationsHub:
    configuration = replace(CONFIGURATION, **changes)  # type: ignore[arg-type]
    return exchange_hub(home, hub(home), configuration, by=INSTALLER, why="it does not start any more")


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return home_with("[mains]\noutages = 0\n[wan]\nsearch_s = 60\n[centre]\n", clock)


def joined(home: Premises) -> set[str]:
    return {node.device.name for node in hub(home).network.members.values() if node.device.kind is not DeviceKind.GPF}


def display(home: Premises) -> HomeDisplay:
    return next(device for device in home.of(HomeDisplay) if device.kind is DeviceKind.IHD)


def test_the_centre_restores_a_replacement_from_its_copy(home: Premises, clock: ManualClock) -> None:
    centre, gas = home.centre, home.of(GasMeter)[0]
    assert centre is not None
    before, old_id, pan = joined(home), hub(home).identity.device_id, hub(home).network.pan_id
    new = exchanged(home)
    after(home, clock, 120)
    assert hub(home) is new
    assert (new.device_log.entries, joined(home)) == ({}, set())  # it knows nobody yet
    copy = centre.hub_logs[old_id]
    assert copy.pan_id == pan == copy.gpf_id
    log = centre.request(ServiceRequest(SUPPLIER, "hub-1", RestoreDeviceLog(copy)))
    after(home, clock, 60)
    assert log.outcome is Outcome.ANSWERED
    assert new.network.pan_id == pan != new.gpf.identity.device_id
    assert joined(home) == before - {"gsme-1"}  # which sleeps
    partners = centre.request(ServiceRequest(GAS_SUPPLIER, "hub-1-gpf", RestoreGpfLog(copy)))
    after(home, clock, 1860)
    assert partners.outcome is Outcome.ANSWERED
    assert joined(home) == before
    assert new.gpf.mirror is None  # the gas meter is on the HAN, and not yet joined to the new proxy
    join = JoinMethodB(JoinMethod.B, new.gpf.identity.device_id, DeviceKind.GPF)
    asked = centre.request(ServiceRequest(GAS_SUPPLIER, "gsme-1", join))
    after(home, clock, 1860)
    assert asked.answer is JoinResult.SUCCESS
    assert new.gpf.mirror is not None
    collected = display(home).collect()
    assert collected.gas is not None
    assert collected.gas.litres <= gas.litres()
    assert collected.electricity
    assert not collected.missing


@pytest.mark.requirement("CH-20")
def test_what_came_in_and_how_it_is_set_is_recorded(home: Premises) -> None:
    old = hub(home)
    new = exchanged(home, dual_band=False, capacity=24)
    (record,) = home.records.exchanges
    assert (record.part, record.place, record.old, record.new) == (Part.HUB, "hub-1", old.identity, NEW)
    assert record.new.model == "CH-DUAL"
    settings = dict(record.configuration)
    assert (settings["han"], settings["device log"], settings["gpf"]) == (
        "single band",
        "24",
        "00-DB-12-34-56-78-A0-A3",
    )
    assert (settings["wan"], settings["mounting"]) == ("cellular-and-mesh", "hot-shoe")
    assert (record.by, record.why) == (INSTALLER, "it does not start any more")
    assert new.name == "hub-1"


@pytest.mark.requirement("CH-21")
@pytest.mark.parametrize(("ownership", "keeper"), [("csp", "csp"), ("supplier", "Example Energy")])
def test_what_went_has_a_record_and_somebody_who_keeps_it(clock: ManualClock, ownership: str, keeper: str) -> None:
    home = home_with(f'[mains]\noutages = 0\n[wan]\nownership = "{ownership}"\n[centre]\n', clock)
    centre, old = home.centre, hub(home)
    assert centre is not None
    exchanged(home)
    (record,) = home.records.disposals
    assert (record.device, record.place, record.maintained_by) == (old.identity, "hub-1", keeper)
    assert (record.fate.value, record.why) == ("returned to its owner", "it does not start any more")
    for device_id in (old.identity.device_id, old.gpf.identity.device_id):
        assert centre.inventory.asset(device_id).status is SmiStatus.DECOMMISSIONED
    for device in (hub(home), hub(home).gpf):
        assert centre.status(device) is SmiStatus.COMMISSIONED
    assert centre.inventory.grace_left_days == 0


def test_the_meter_notices_and_the_old_hub_stays_dark(home: Premises, clock: ManualClock) -> None:
    old, meter = hub(home), home.device()
    exchanged(home)
    codes = [entry.code for log in meter.logs.values() for entry in log]
    assert AlertCode.COMMUNICATIONS_HUB_DISCONNECTED in codes
    assert AlertCode.COMMUNICATIONS_HUB_CONNECTED in codes
    home.mains.switch(False)
    home.mains.switch(True)
    assert (old.powered, hub(home).powered) == (False, True)
    assert (old.pairing.passkey == hub(home).pairing.passkey) is False
    after(home, clock, 61)
    assert home.wan[0].hub is hub(home)
    assert home.wan[0].passing


def test_each_change_of_the_log_reaches_the_centre_with_a_copy(home: Premises, clock: ManualClock) -> None:
    centre, own = home.centre, hub(home).identity.device_id
    assert centre is not None
    add = AddToDeviceLog("00-DB-12-34-56-78-95-D7", DeviceKind.IHD, InstallCode(CODES[0]))
    hub(home).execute(add, DCC)
    after(home, clock, 10)
    (listed,) = [one for one in centre.hub_logs[own].devices if one.device_id == add.device_id]
    assert listed.key_hash == ""  # it has not joined
    assert all(len(one.key_hash) == 32 for one in centre.hub_logs[own].devices if one is not listed)


def test_a_device_with_another_key_does_not_come_back(home: Premises, clock: ManualClock) -> None:
    centre, meter = home.centre, home.device()
    assert centre is not None
    assert meter.node is not None
    copy = centre.hub_logs[hub(home).identity.device_id]
    new = exchanged(home)
    meter.node.install_code = InstallCode(CODES[1])
    new.execute(RestoreDeviceLog(copy), DCC)
    after(home, clock, 60)
    assert "esme-1" not in joined(home)
    assert meter.node.failure is JoinFailure.BAD_KEY


def test_a_device_that_is_off_comes_back_when_it_is_on(home: Premises, clock: ManualClock) -> None:
    centre, ihd = home.centre, display(home)
    assert centre is not None
    copy = centre.hub_logs[hub(home).identity.device_id]
    ihd.switch(False)
    exchanged(home).execute(RestoreDeviceLog(copy), DCC)
    after(home, clock, 3600)
    assert ihd.name not in joined(home)
    ihd.switch(True)
    after(home, clock, 700)
    assert ihd.name in joined(home)


def test_a_copy_is_refused_by_its_own_hub_and_by_one_that_is_too_small(home: Premises) -> None:
    centre = home.centre
    assert centre is not None
    copy = centre.hub_logs[hub(home).identity.device_id]
    with pytest.raises(DeviceRefusal, match="the copy was made of"):
        hub(home).execute(RestoreDeviceLog(copy), DCC)
    small = exchanged(home, capacity=2)
    with pytest.raises(DeviceRefusal, match="too small"):
        small.execute(RestoreDeviceLog(copy), DCC)
    assert small.device_log.entries == {}


# --- the whole copy ------------------------------------------------------------------------------------------------


def terminal(home: Premises, clock: ManualClock, carrier: HandheldTerminal | None = None) -> HandheldTerminal:
    """A handheld terminal that is connected to the hub of now."""
    identity = DeviceIdentity("00-DB-12-34-56-78-99-01", "HHT", "HHT", "00000001")
    one = carrier or HandheldTerminal(home.site, "hht-1", identity, InstallCode(CODES[0]))
    if not hub(home).handheld.left_s:
        hub(home).power.remove()
        hub(home).power.fit()
    hub(home).handheld.connect(one, hub(home).gpf.identity.device_id)
    after(home, clock, 60)
    return one


@pytest.mark.requirement("CH-22")
def test_configuration_queue_and_data_go_over_and_no_key_does(home: Premises, clock: ManualClock) -> None:
    old, gas = hub(home), home.of(GasMeter)[0]
    old.pairing.mode = PairingMode.PASSKEY
    after(home, clock, 1800)
    home.wan[0].change(signal_dbm=-120)  # nothing goes out
    home.device().alert(AlertCode.BATTERY_LOW)
    checked: list[str] = []
    old.deliveries.deliver(
        gas.identity.device_id, CloseValve(), GAS_SUPPLIER, check=lambda one: checked.append(one.name)
    )
    mirror = old.gpf.mirror
    backup = old.backups.whole()
    text = canonical(backup) + repr(backup)
    for device in home.devices:
        if device.node is not None and device.node.install_code is not None:
            assert device.node.install_code.reveal() not in text
    assert old.pairing.passkey not in text
    new = exchanged(home)
    new.backups.restore(backup)
    assert new.identity == NEW  # it is itself, with credentials of its own
    assert new.pairing.mode is PairingMode.PASSKEY
    assert AlertCode.BATTERY_LOW in [alert.code for alert in new.outbox]
    assert new.gpf.mirror == mirror
    assert gas.supply is SupplyState.ENABLED
    after(home, clock, 5400)
    assert checked == ["gsme-1"]  # the meter still asked for its seal
    assert gas.supply is SupplyState.DISABLED


def test_a_hub_without_power_has_only_the_centres_copy(home: Premises) -> None:
    hub(home).power.remove()
    with pytest.raises(DeviceRefusal, match="no power") as refusal:
        hub(home).backups.whole()
    assert "centre" in refusal.value.remedy


def test_what_an_earlier_tenant_used_does_not_come_back_with_a_copy(home: Premises, clock: ManualClock) -> None:
    moved_ms = home.site.now_ms
    hub(home).gpf.execute(ChangeGasTenancy(moved_ms), GAS_SUPPLIER)
    after(home, clock, 1800)
    backup = hub(home).backups.whole()
    new = exchanged(home)
    new.backups.restore(backup)
    assert new.gpf.tenancy.since_ms == moved_ms
    assert sum(new.gpf.read().stores.days) == 0


@pytest.mark.requirement("CH-23")
def test_a_terminal_keeps_nothing_of_the_copy_it_carried(home: Premises, clock: ManualClock) -> None:
    one = terminal(home, clock)
    hub(home).backups.to_terminal(one)
    assert one.carries is not None
    assert one.carries.stored is not None
    assert one.carries.stored.litres > 0
    with pytest.raises(DeviceRefusal, match="copy was made of"):
        hub(home).backups.from_terminal(one)
    assert one.carries is not None  # nothing was restored: it is still needed
    new = exchanged(home)
    with pytest.raises(DeviceRefusal, match="not on the HAN"):
        new.backups.from_terminal(one)
    terminal(home, clock, one)
    new.backups.from_terminal(one)
    assert one.carries is None
    with pytest.raises(DeviceRefusal, match="carries no copy"):
        new.backups.from_terminal(one)
    after(home, clock, 60)
    rows = new.execute(ReadDeviceLog(), DCC)
    assert isinstance(rows, tuple)
    assert "esme-1" in joined(home)


def test_where_consumers_have_a_network_apart_both_come_over(clock: ManualClock) -> None:
    home = load_premises("gas-apart", clock=clock, days=1)
    old = hub(home)
    before = [set(joined_on(network)) for network in old.networks]
    assert all(before)
    copy = old.backups.log()
    configuration = replace(old.configuration, identity=NEW, gpf_id="00-DB-12-34-56-78-A0-A3")
    new = exchange_hub(home, old, configuration, by=INSTALLER, why="a fault")
    new.execute(RestoreDeviceLog(copy), DCC)
    after(home, clock, 1900)
    assert [set(joined_on(network)) for network in new.networks] == before
    assert [network.pan_id for network in new.networks] == [network.pan_id for network in old.networks]


def joined_on(network: HomeAreaNetwork) -> list[str]:
    """Who has joined by radio."""
    return [node.device.name for device_id, node in network.members.items() if device_id in network.log]
