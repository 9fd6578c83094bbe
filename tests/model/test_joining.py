"""Who joins a HAN, who does not and why: factbook 2.11 and chapter 8."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.identifiers import InstallCode
from hht.model.agenda import DAY_MS
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.commands import AddResult, AddToDeviceLog, ReadDeviceLog, RemoveFromDeviceLog
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.han.device_log import LogEntry, key_hash
from hht.model.han.network import HanFailure
from hht.model.han.node import HanNode, JoinFailure, NodeState
from hht.model.han.requests import HanRequest
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, load_premises
from hht.model.refusal import DeviceRefusal

START = datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC)
DCC = Party("DCC", UserRole.DCC)
CODE = InstallCode("015156FD96159409C973701EC28703EB")
OTHER = InstallCode("00112233445566778899AABBCCDDEEFF")


class Hello(HanRequest):
    """Answered with a word."""


class Display(Device):
    kind = DeviceKind.IHD


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return load_premises("dual-fuel", clock=clock, days=1)


def display(home: Premises, number: int = 0xD0, code: InstallCode = CODE) -> HanNode:
    identity = DeviceIdentity(f"00-DB-12-34-56-78-95-{number:02X}", "HHT Training", "IHD", "00000001")
    device = Display(home.site, f"ihd-{number:02x}", identity)
    device.node = HanNode(device, code, type_1=False)
    hub(home).network.bring_near(device.node)
    return device.node


def hub(home: Premises) -> CommunicationsHub:
    return home.of(CommunicationsHub)[0]


def whitelist(home: Premises, node: HanNode, code: InstallCode = CODE, seconds: int = 90) -> object:
    add = AddToDeviceLog(node.device.identity.device_id, node.device.kind, code, seconds)
    return hub(home).execute(add, DCC)


def after(home: Premises, clock: ManualClock, seconds: float) -> None:
    clock.advance(seconds)
    home.site.catch_up()


def test_a_listed_device_joins_and_the_hub_hears_it(home: Premises, clock: ManualClock) -> None:
    node = display(home)
    node.locate()
    assert (node.state, node.failure) == (NodeState.LOCATING, JoinFailure.NO_BEACON)
    assert whitelist(home, node) == AddResult(True, True, True)
    assert node.state is NodeState.SECURING  # it heard the beacon by itself
    after(home, clock, 23)
    assert node.joined
    codes = [alert.code for alert in hub(home).outbox]
    assert codes[-1] == AlertCode.CHF_DEVICE_LOG_CHANGED
    assert list(node.device.event_log)[-1].code == AlertCode.DEVICE_JOINED_SMHAN
    row = hub(home).execute(ReadDeviceLog(), DCC)[-1]  # type: ignore[index]
    assert (row.device_id, row.joined, row.heard) == (node.device.identity.device_id, True, 1)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("unlisted", JoinFailure.NOT_LISTED),
        ("code", JoinFailure.BAD_KEY),
        ("trust", JoinFailure.UNKNOWN_ISSUER),
        ("power", JoinFailure.LOST),
    ],
)
def test_why_a_device_does_not_join(home: Premises, clock: ManualClock, fault: str, why: JoinFailure) -> None:
    node, listed = display(home), display(home, 0xD1)
    node.trust = "test" if fault == "trust" else "production"
    whitelist(home, listed if fault == "unlisted" else node, OTHER if fault == "code" else CODE)
    node.locate()
    if fault == "power":
        home.mains.switch(False)
    after(home, clock, 30)
    assert (node.state, node.failure) == (NodeState.UNJOINED, why)
    assert node.device.identity.device_id not in hub(home).network.members


def test_the_window_closes(home: Premises, clock: ManualClock) -> None:
    node = display(home)
    whitelist(home, node, seconds=60)
    assert hub(home).network.joining_left_s == 60
    after(home, clock, 60)
    node.locate()
    assert node.failure is JoinFailure.NO_BEACON


@pytest.mark.parametrize("seconds", [0, 3601])
def test_a_window_is_1_to_3600_s(home: Premises, seconds: int) -> None:
    with pytest.raises(DeviceRefusal, match="let join"):
        whitelist(home, display(home), seconds=seconds)


def test_a_listed_device_added_again_keeps_its_key(home: Premises, clock: ManualClock) -> None:
    node = display(home)
    node.locate()
    whitelist(home, node)
    after(home, clock, 30)
    changed = sum(alert.code == AlertCode.CHF_DEVICE_LOG_CHANGED for alert in hub(home).outbox)
    assert whitelist(home, node, OTHER) == AddResult(True, True, True)
    assert sum(alert.code == AlertCode.CHF_DEVICE_LOG_CHANGED for alert in hub(home).outbox) == changed
    assert node.joined
    assert hub(home).device_log.entries[node.device.identity.device_id].link_key_of == CODE


def test_a_returning_device_joins_with_its_old_key_in_the_first_half(home: Premises, clock: ManualClock) -> None:
    node = display(home)
    node.locate()
    whitelist(home, node)
    after(home, clock, 30)
    hub(home).execute(RemoveFromDeviceLog(node.device.identity.device_id), DCC)
    assert node.state is NodeState.UNJOINED
    assert list(hub(home).device_log.historic) == [node.device.identity.device_id]
    whitelist(home, node, OTHER, 120)  # a wrong code: the old key still lets it in
    node.locate()
    after(home, clock, 30)
    assert node.joined


def test_who_never_came_back_to_a_replacement_hub_joins_by_its_install_code(home: Premises, clock: ManualClock) -> None:
    node = display(home)
    device_id, log = node.device.identity.device_id, hub(home).device_log
    log.add(LogEntry(device_id, node.device.kind, None, home.site.now_ms, swap_hash=key_hash(CODE)))  # restored (CCS03)
    hub(home).execute(RemoveFromDeviceLog(device_id), DCC)
    assert list(log.historic) == [device_id]
    whitelist(home, node)
    node.locate()
    after(home, clock, 30)  # in the first half of the window
    assert (node.state, node.failure) == (NodeState.JOINED, None)


def test_fifteen_are_remembered_and_no_handheld_terminal(home: Premises) -> None:
    for number in range(17):
        node = display(home, number)
        hub(home).device_log.capacity = 64
        add = AddToDeviceLog(node.device.identity.device_id, DeviceKind.IHD, CODE, handheld=number == 16)
        hub(home).execute(add, DCC)
        hub(home).device_log.entries[node.device.identity.device_id].link_key_of = CODE
        hub(home).execute(RemoveFromDeviceLog(node.device.identity.device_id), DCC)
    assert [device[-2:] for device in hub(home).device_log.historic] == [f"{number:02X}" for number in range(1, 16)]


def test_a_full_log_takes_no_more(home: Premises) -> None:
    hub(home).device_log.capacity = 1
    assert whitelist(home, display(home)) == AddResult(False, False, False)


def test_only_partners_answer(home: Premises, clock: ManualClock) -> None:
    meter, network = home.device(), hub(home).network
    meter.serve({Hello: lambda _request, asker: f"good day, {asker.name}"})
    node = display(home)
    node.locate()
    whitelist(home, node)
    after(home, clock, 30)
    with pytest.raises(HanFailure, match="not joined to one another"):
        network.ask(node.device, meter, Hello())
    assert meter.node is not None
    meter.node.partners[node.device.identity.device_id] = node.device.kind
    assert network.ask(node.device, meter, Hello()) == "good day, ihd-d0"


@pytest.mark.parametrize(("seconds", "told"), [(179, False), (180, True), (181, True)])
def test_an_outage_is_told_after_three_minutes(home: Premises, clock: ManualClock, seconds: int, told: bool) -> None:
    home.mains.switch(False)
    after(home, clock, seconds)
    assert (hub(home).outbox[-1:] and hub(home).outbox[-1].code == AlertCode.SUPPLY_INTERRUPTED) is told or not told
    home.mains.switch(True)
    sent = [alert.code for alert in hub(home).outbox if alert.device == "hub-1"]
    expected = [AlertCode.SUPPLY_INTERRUPTED, AlertCode.SUPPLY_OUTAGE_RESTORED_LONG] if told else []
    assert sent == expected


def test_a_handheld_terminal_has_an_hour_from_power_on(home: Premises, clock: ManualClock) -> None:
    after(home, clock, DAY_MS // 1000)
    assert hub(home).handheld.left_s == 0
    home.mains.switch(False)
    after(home, clock, 5)
    home.mains.switch(True)
    assert hub(home).handheld.left_s == 3600
    after(home, clock, 3599)
    assert hub(home).handheld.left_s == 1
