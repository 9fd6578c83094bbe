"""Devices added, removed, joined and unjoined: each operation with its result, both ends asked, over real messages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.model.device import DeviceKind
from hht.model.han.node import may_be_partners
from hht.model.premises import load_premises
from hht.protocol.gbcs.answers import AnswerRefused
from hht.protocol.gbcs.device_types import DeviceLogType, GbcsDeviceType
from hht.store.store import Store
from hht.store.vault import PassPhrase
from hht.work import hub_orders
from hht.work.hub_facts import device_log, log_copy
from hht.work.hub_hand import HubWorkError, state_of
from hht.work.hub_links import HanDevice, LinkState, half_done
from hht.work.hub_orders import OrderError
from hht.work.hub_records import HubRecordKind, HubRecords, HubWorkKind, works
from hht.work.hub_ways import OutcomeState
from hht.work.join_matrix import MatrixError, link_between
from tests.support.radio import START
from tests.work.hub_home import NEW_PPMID, HubHome

MODEL_KINDS = {
    GbcsDeviceType.GSME: DeviceKind.GSME,
    GbcsDeviceType.ESME: DeviceKind.ESME,
    GbcsDeviceType.CHF: DeviceKind.COMMUNICATIONS_HUB,
    GbcsDeviceType.GPF: DeviceKind.GPF,
    GbcsDeviceType.HCALCS: DeviceKind.HCALCS,
    GbcsDeviceType.PPMID: DeviceKind.PPMID,
    GbcsDeviceType.TYPE_2: DeviceKind.IHD,
}


class Killed(BaseException):
    """The terminal dies here."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    clock = ManualClock(START)
    with Store.open(
        tmp_path / "t.db", PassPhrase("training"), training=True, clock=clock, entropy=lambda n: bytes(n)
    ) as opened:
        yield opened


@pytest.fixture
def home(store: Store) -> HubHome:
    return HubHome(load_premises("dual-fuel", clock=ManualClock(START), days=1), store)


@pytest.mark.parametrize("one", list(GbcsDeviceType))
@pytest.mark.parametrize("other", list(GbcsDeviceType))
def test_the_matrix_is_the_one_that_devices_go_by(one: GbcsDeviceType, other: GbcsDeviceType) -> None:
    if may_be_partners(MODEL_KINDS[one], MODEL_KINDS[other]):
        assert {end.at for end in link_between(one, other).ends} <= {one, other}
    else:
        with pytest.raises(MatrixError, match="never joined"):
            link_between(one, other)


async def test_the_device_log_tells_each_device_and_how_it_is_heard(home: HubHome) -> None:
    rows = await home.hand.ask(hub_orders.read(hub_orders.READ_LOG, home.chf), device_log)
    assert {str(row.device) for row in rows} == set(home.hub.device_log.entries)
    heard = [row for row in rows if row.rssi_dbm is not None]
    assert len(heard) >= 2
    for row in heard:
        assert row.rssi_dbm is not None
        assert row.rssi_dbm[0] <= row.rssi_dbm[1] <= row.rssi_dbm[2] < 0
        assert row.last_heard is not None
        assert row.verdict in ("good", "marginal", "poor")
    assert {(row.joined, row.never_joined) for row in rows} == {(True, False)}
    copy = await home.hand.ask(hub_orders.read(hub_orders.READ_LOGS, home.chf), log_copy)
    assert (str(copy.pan), set(copy.listed)) == (home.hub.network.pan_id, {row.device for row in rows})


async def test_a_device_is_listed_and_has_never_come(home: HubHome) -> None:
    done = await home.hand.do(hub_orders.add(home.chf, NEW_PPMID, DeviceLogType.PPMID, 600))
    assert (done.state, [one.done for one in done.operations]) == (OutcomeState.DONE, [True] * 3)
    rows = await home.hand.ask(hub_orders.read(hub_orders.READ_LOG, home.chf), device_log)
    (row,) = [one for one in rows if one.device == NEW_PPMID]
    assert (row.never_joined, row.rssi_dbm, row.verdict) == (True, None, "not heard")
    gone = await home.hand.do(hub_orders.remove(home.chf, NEW_PPMID))
    assert gone.state is OutcomeState.DONE
    assert (await home.hand.do(hub_orders.remove(home.chf, NEW_PPMID))).state is OutcomeState.REFUSED


async def test_a_full_log_refuses_each_operation_and_it_is_recorded(home: HubHome) -> None:
    home.hub.device_log.capacity = len(home.hub.device_log.entries)
    order = hub_orders.add(home.chf, NEW_PPMID, DeviceLogType.PPMID)
    refused = await home.hand.do(order)
    assert (refused.state, [one.done for one in refused.operations]) == (OutcomeState.REFUSED, [False] * 3)
    assert state_of(home.records.all(), order.name) is OutcomeState.REFUSED


async def test_two_devices_are_joined_at_both_ends_and_forget_one_another(home: HubHome) -> None:
    meter, interface = home.the("GSME"), home.the("PPMID")
    apart = await home.links.unjoin(meter, interface)
    assert (apart.state, apart.complete, apart.remedy) == (LinkState.APART, True, "")
    joined = await home.links.join(interface, meter)
    assert joined.state is LinkState.JOINED
    assert str(interface.device) in home.model(meter).node.partners
    carried = len(home.carrier.carried)
    assert (await home.links.join(interface, meter)).state is LinkState.JOINED
    assert len(home.carrier.carried) == carried + 4  # both were asked, twice; nobody was told a second time
    assert not half_done(home.records.all())


@pytest.mark.parametrize("pair", [("ESME", "TYPE_2"), ("GPF", "TYPE_2"), ("PPMID", "GPF")])
async def test_where_one_end_is_told_the_matrix_knows_which(home: HubHome, pair: tuple[str, str]) -> None:
    one, other = map(home.the, pair)
    assert (await home.links.unjoin(one, other)).complete or not one.answers
    assert (await home.links.join(one, other)).state is LinkState.JOINED


async def test_what_the_matrix_does_not_have_is_refused_before_anything_leaves(home: HubHome) -> None:
    with pytest.raises(MatrixError) as failure:
        await home.links.join(home.the("ESME"), home.the("GSME"))
    assert "PPMID" in failure.value.remedy
    with pytest.raises(MatrixError):
        await home.links.join(home.the("ESME"), home.the("ESME"))
    assert (home.carrier.carried, home.records.all()) == ([], [])


async def test_a_join_that_succeeds_at_one_end_only_is_said_kept_and_gone_on_with(home: HubHome) -> None:
    meter, interface = home.the("ESME"), home.the("PPMID")
    await home.links.unjoin(meter, interface)
    home.model(interface).node.trust = "test"  # its certificate does not fit: it joins nobody now
    home.model(meter).node.partners[str(interface.device)] = DeviceKind.PPMID
    report = await home.links.join(meter, interface)
    assert (report.state, report.complete) == (LinkState.ONE_END, False)
    assert str(meter.device) in report.words
    assert "CS03A2" in report.remedy
    assert str(interface.device) in report.remedy
    told = {end.device.kind.name: (end.told, end.knows) for end in report.ends}
    assert told == {"ESME": (None, True), "PPMID": (OutcomeState.REFUSED, False)}
    (kept,) = half_done(home.records.all())
    assert kept["message"] == report.words
    home.model(interface).node.trust = home.model(meter).node.trust
    assert (await home.links.join(meter, interface)).complete
    assert half_done(home.records.all()) == []


async def test_no_answer_is_unknown_and_settled_by_asking_the_device(home: HubHome) -> None:
    meter, interface = home.the("ESME"), home.the("PPMID")
    await home.links.unjoin(meter, interface)

    def lose(device: Any, octets: bytes, go: Any) -> bytes | None:
        answer = go()
        return None if octets.find(bytes.fromhex("02000D")) >= 0 else answer  # CS03A1 is done, and nobody hears of it

    home.carrier.meddle = lose
    report = await home.links.join(meter, interface)
    assert report.state is LinkState.ONE_END  # the meter did it, and says so; the other was not told
    told = {end.device.kind.name: (end.told, end.knows) for end in report.ends}
    assert told == {"ESME": (OutcomeState.UNKNOWN, True), "PPMID": (None, False)}
    sent = len(home.carrier.carried)
    assert (await home.links.join(meter, interface)).complete
    assert home.carrier.carried[sent:].count(meter.device) == 2  # asked before and after, never told again


async def test_the_answer_of_another_device_is_none(home: HubHome) -> None:
    meter, hub = home.the("ESME"), home.chf
    order = hub_orders.read(hub_orders.READ_LOG, hub)
    await home.desk.command(order)
    other = home.model(home.the("PPMID"))

    def swap(_device: Any, _octets: bytes, _go: Any) -> bytes:
        command = home.desk.command(hub_orders.read(hub_orders.READ_PARTNERS, home.the("PPMID").device))
        try:
            command.send(None)
        except StopIteration as made:
            return home.carrier.ends.read(other, made.value)
        raise AssertionError

    home.carrier.meddle = swap
    with pytest.raises(AnswerRefused) as failure:
        await home.hand.do(order)
    assert failure.value.code == "gbcs-answer-other-device"
    assert home.records.all()[-1].kind is HubRecordKind.SILENCE
    assert meter.device != hub


async def test_a_command_that_does_something_else_never_leaves(home: HubHome, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = await home.desk.command(hub_orders.add(home.chf, NEW_PPMID, DeviceLogType.PPMID, 60))

    async def other(_order: Any) -> bytes:
        return wrong

    monkeypatch.setattr(home.desk, "command", other)
    for order in (
        hub_orders.add(home.chf, NEW_PPMID, DeviceLogType.PPMID, 61),
        hub_orders.add(home.chf, NEW_PPMID, DeviceLogType.CAD, 60),
        hub_orders.remove(home.chf, NEW_PPMID),
        hub_orders.add(home.the("ESME").device, NEW_PPMID, DeviceLogType.PPMID, 60),
    ):
        with pytest.raises(OrderError, match="something else"):
            await home.hand.do(order)
    assert (home.carrier.carried, home.records.all()) == ([], [])


async def test_a_terminal_that_dies_at_any_record_goes_on_where_it_was(store: Store) -> None:
    premises = load_premises("dual-fuel", clock=ManualClock(START), days=1)
    home = HubHome(premises, store)
    meter, interface = home.the("ESME"), home.the("PPMID")
    await home.links.unjoin(meter, interface)
    before = len(home.records.all())
    deaths = 0
    while True:
        left = deaths + 1

        def point(_name: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed

        again = HubHome(premises, store, point=point)
        again.desk._last = home.desk._last + 1000 * (deaths + 1)
        try:
            report = await again.links.join(meter, interface)
        except Killed:
            deaths += 1
            continue
        break
    assert report.complete
    assert deaths > 5
    assert len(HubRecords(store, home.records.work_id).all()) > before
    told = [one for one in home.records.all() if one.kind is HubRecordKind.INTENT and "000D@" in one.payload["order"]]
    assert len(told) <= 2  # the one that died with its intent on disk and nothing sent, and the one that went
    assert [one.hub for one in works(store, HubWorkKind.LOG)] == [str(home.chf)]


def test_a_window_for_joining_that_no_hub_knows() -> None:
    for seconds in (0, -1, 3601):
        with pytest.raises(OrderError, match="1 to 3600"):
            hub_orders.add(NEW_PPMID, NEW_PPMID, DeviceLogType.CAD, seconds)


async def test_nobody_is_joined_to_itself(home: HubHome) -> None:
    interface = HanDevice(home.the("PPMID").device, GbcsDeviceType.PPMID)
    with pytest.raises(HubWorkError, match="itself"):
        await home.links.join(HanDevice(interface.device, GbcsDeviceType.ESME), interface)
