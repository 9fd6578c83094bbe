"""A hub is exchanged, over the bytes of dongle, tunnel and GBCS; and killed at each record, and gone on with."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from hht.client.radio.carrier import TunnelCarrier
from hht.client.radio.tunnel import HanTunnel
from hht.clock import ManualClock
from hht.emulation.gbcs.ends import GbcsEnds
from hht.emulation.hub_desk import TrainingHubDesk
from hht.identifiers import DeviceId
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub import CommunicationsHub, HubConfiguration
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import DeviceIdentity
from hht.model.electricity_meter import ElectricityMeter
from hht.model.exchange import exchange_hub
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, load_premises
from hht.protocol.gbcs.device_types import DeviceLogType, GbcsDeviceType
from hht.store.errors import StoreError
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE
from hht.work import hub_before, hub_orders
from hht.work.hub_exchange import HubExchange
from hht.work.hub_exchange_state import ExchangeState, Phase
from hht.work.hub_hand import HubHand, HubWorkError
from hht.work.hub_orders import OrderError
from hht.work.hub_snapshot import snapshot_of
from hht.work.hub_ways import CopyStatement, DeskWay
from tests.support.radio import GSME, START, Bench, play
from tests.work.hub_home import NEW_CODE, NEW_PPMID, DirectCarrier
from ui.hub_work import copy_told

NEW_CHF, NEW_GPF = DeviceId("00DB12345678A0A2"), DeviceId("00DB12345678A0A3")
NEW = HubConfiguration("hub-2", DeviceIdentity(str(NEW_CHF), "Third Maker", "CH-DUAL", "00050001"), str(NEW_GPF))
INSTALLER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
WORK = "exchange-1"


class Killed(BaseException):
    """The terminal dies here."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path, ManualClock(START))
    yield opened
    opened.close()


def open_store(folder: Path, clock: Any) -> Store:
    entropy = random.Random(7).randbytes
    return Store.open(folder / "t.db", TRAINING_PASS_PHRASE, training=True, clock=clock, entropy=entropy)


def swap(premises: Premises, **changes: Any) -> CommunicationsHub:
    (old,) = premises.of(CommunicationsHub)
    return exchange_hub(premises, old, replace(NEW, **changes), by=INSTALLER, why="it does not start any more")


def ids(premises: Premises) -> tuple[DeviceId, DeviceId]:
    (hub,) = premises.of(CommunicationsHub)
    return DeviceId.parse(hub.identity.device_id), DeviceId.parse(hub.gpf.identity.device_id)


async def pause(seconds: float) -> bool:
    await asyncio.sleep(seconds)
    return True


def members(premises: Premises) -> set[str]:
    (hub,) = premises.of(CommunicationsHub)
    return {key for key, node in hub.network.members.items() if node.joined and not node.handheld}


def test_a_hub_is_exchanged_over_the_air_and_every_device_talks_again(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        clock = bench.premises.site.clock
        store = open_store(tmp_path, clock)
        desk = TrainingHubDesk(clock.now)
        terminal = DeviceId.parse(bench.port.terminal.identity.device_id)
        await bench.dongle.open()
        member = bench.member()
        chf, gpf = ids(bench.premises)
        before = members(bench.premises)
        exchange = HubExchange.begin(store, WORK, chf, gpf, by="A. Engineer")
        await member.join(gpf)
        async with HanTunnel(member) as tunnel:
            way = DeskWay(desk, TunnelCarrier(tunnel, gpf, [GSME]))
            snapshot = await exchange.take_snapshot(way, {}, terminal)
            assert {str(one) for one in snapshot.devices} == before - {str(gpf)}
            statement = await desk.copy_of(chf)
            assert statement is not None
            exchange.prove(statement)
            assert exchange.state.open_blockers == ()
            await exchange.check(way)
        await member.leave()
        exchange.expect_tamper(by="A. Engineer", reference="D-7")
        new = swap(bench.premises)
        exchange.swapped(NEW_CHF, NEW_GPF, by="A. Engineer")
        await member.join(NEW_GPF)
        async with HanTunnel(member) as tunnel:
            way = DeskWay(desk, TunnelCarrier(tunnel, NEW_GPF, [GSME]))
            await exchange.restore(way)
            assert new.network.pan_id == str(gpf)
        await member.leave()
        began = clock.now()
        await member.join(NEW_GPF, pan=gpf)  # its network has the old one's Extended PAN ID now
        async with HanTunnel(member) as tunnel:
            way = DeskWay(desk, TunnelCarrier(tunnel, NEW_GPF, [GSME], last=1000))
            with pytest.raises(HubWorkError, match=str(GSME)) as silent:  # it sleeps, and knows nothing of this yet
                await exchange.prove_devices(way)
            assert silent.value.code == "hub-device-silent"
            state = await exchange.prove_devices(way, lambda: pause(60))
            assert (clock.now() - began).total_seconds() < 60 * 60  # half an hour to come back, another to listen
        await member.leave()
        assert set(map(str, state.proved)) == before - {str(gpf)}
        assert (state.lost_joins, state.tampers, state.hub_removed) == ((), (), 1)
        assert {how for device, how in state.proved.items() if device == GSME} == {"answered"}
        assert new.gpf.mirror is not None
        done = exchange.finish()
        assert (done.phase, done.receipt["found_after"]) == (Phase.FINISHED, 0)
        assert done.receipt["found_before"] == done.receipt["pieces"] > 10
        assert exchange.snapshot is None
        store.close()

    play(story, read=GbcsEnds().read)


class Direct:
    """The same without a radio: what a terminal that dies and comes again has to do with."""

    def __init__(self, store: Store, name: str = "dual-fuel") -> None:
        self.store = store
        self.clock = cast(ManualClock, store.clock)
        self.premises = load_premises(name, clock=self.clock, days=1)
        self.carrier = DirectCarrier(self.premises)
        self.desk = TrainingHubDesk(self.clock.now, {NEW_PPMID: NEW_CODE})
        self.way = DeskWay(self.desk, self.carrier)
        self.old = ids(self.premises)
        self.exchange = HubExchange.begin(store, WORK, *self.old, by="A. Engineer")

    async def before(self, exchange: HubExchange) -> None:
        """Up to the removal, from wherever it is."""
        steps: dict[Phase, Callable[[], Any]] = {
            Phase.BEGUN: lambda: exchange.take_snapshot(self.way, {}),
            Phase.SNAPSHOT: lambda: self.prove(exchange),
            Phase.PROVEN: lambda: exchange.check(self.way),
            Phase.CHECKED: lambda: self.expect(exchange),
        }
        while (phase := exchange.state.phase) in steps:
            await steps[phase]()

    async def prove(self, exchange: HubExchange) -> None:
        statement = await self.desk.copy_of(self.old[0])
        assert statement is not None
        exchange.prove(statement)

    async def expect(self, exchange: HubExchange) -> None:
        exchange.expect_tamper(by="A. Engineer")

    async def after(self, exchange: HubExchange) -> ExchangeState:
        """From the removal to the end, from wherever it is."""
        while not exchange.state.over:
            phase = exchange.state.phase
            if phase is Phase.EXPECTED:
                if ids(self.premises)[0] == self.old[0]:
                    swap(self.premises)
                exchange.swapped(NEW_CHF, NEW_GPF, by="A. Engineer")
            elif phase is Phase.SWAPPED:
                await exchange.restore(self.way)
            elif phase is Phase.RESTORED:
                await exchange.prove_devices(self.way, self.wait)
            elif phase is Phase.DEVICES_PROVED:
                exchange.finish()
        return exchange.state

    async def wait(self) -> bool:
        self.clock.advance(300)
        self.premises.site.catch_up()
        return True


@pytest.fixture
def home(store: Store) -> Direct:
    return Direct(store)


async def test_killed_at_every_record_of_every_phase_it_goes_on_and_no_device_is_lost(store: Store) -> None:
    home = Direct(store)
    was = members(home.premises)
    deaths, phase, nth = 0, Phase.BEGUN, 1
    while not home.exchange.state.over:
        if home.exchange.state.phase is not phase:
            phase, nth = home.exchange.state.phase, 1
        left = nth

        def point(name: str) -> None:  # those that differ: nothing has left yet, it has and nobody wrote it down
            nonlocal left
            left -= name.startswith(("step", "ended", "link")) or name.endswith("/before") is name.startswith("outcome")
            if not left:
                raise Killed

        again = HubExchange(store, WORK, on_point=point)
        try:
            await home.before(again)
            await home.after(again)
        except Killed:
            deaths, nth = deaths + 1, nth + 1
            now = home.exchange
            if now.state.reached(Phase.SNAPSHOT) and not now.state.erasing and not now.state.over:
                assert now.snapshot is not None
                assert len(now.snapshot.devices) == 5
    state = home.exchange.state
    assert (state.phase, state.receipt["found_after"]) == (Phase.FINISHED, 0)
    assert deaths > 40
    assert members(home.premises) - {str(NEW_GPF)} == was - {str(home.old[1])}


async def test_what_is_kept_holds_no_key_and_nothing_is_left_of_it(home: Direct, store: Store) -> None:
    (hub,) = home.premises.of(CommunicationsHub)
    hashes = [one.key_hash for one in hub.backups.log().devices]
    assert len(set(hashes)) == 5
    await home.before(home.exchange)
    snapshot = home.exchange.snapshot
    assert snapshot is not None
    kept = snapshot.octets().decode() + repr([record.payload for record in home.exchange.records.all()])
    assert not [one for one in hashes if one in kept.upper()]
    assert str(GSME) not in repr(snapshot)
    assert snapshot_of(snapshot.octets()) == snapshot
    sealed = bytes(store.rows("hub_snapshots")[0]["snapshot_sealed"])
    state = await home.after(home.exchange)
    assert store.rows("hub_snapshots") == []
    there = b"".join(file.read_bytes() for file in store.path.parent.iterdir())
    assert not [at for at in range(0, len(sealed) - 24, 24) if sealed[at : at + 24] in there]
    assert state.receipt["sha256"] == hashlib.sha256(sealed).hexdigest()
    assert state.receipt["octets"] == len(sealed)


async def test_a_terminal_that_died_while_erasing_looks_again_and_says_so(home: Direct, store: Store) -> None:
    await home.before(home.exchange)

    def point(name: str) -> None:
        if name == "ended//before":
            raise Killed

    dying = HubExchange(store, WORK, on_point=point)
    with pytest.raises(Killed):
        await home.after(dying)
    assert (home.exchange.snapshot, home.exchange.state.phase) == (None, Phase.DEVICES_PROVED)
    state = home.exchange.finish()
    assert (state.phase, state.receipt["pieces"], state.receipt["found_after"]) == (Phase.FINISHED, 1, 0)


def test_a_search_that_sees_nothing_proves_nothing(home: Direct, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from hht.store import erasure

    monkeypatch.setattr(erasure, "_BESIDE", ("-elsewhere",))
    store.save_setting("x", "y")
    with pytest.raises(StoreError) as failure:
        erasure.erase(store, "settings", "value", "name", "x")
    assert failure.value.code == "store-erasure"
    assert store.setting("x") == "y"


# --- what may not go on


async def snapshot_taken(home: Direct) -> CopyStatement:
    await home.exchange.take_snapshot(home.way, {})
    found = await home.desk.copy_of(home.old[0])
    assert found is not None
    return found


async def test_a_copy_that_is_not_as_new_keeps_the_old_hub_where_it_is(home: Direct) -> None:
    home.premises.of(CommunicationsHub)[0].log_changed("somebody")
    said = await snapshot_taken(home)
    listed = list(said.devices)
    wrong = {
        "hub-copy-other": [
            replace(said, hub=NEW_CHF),
            replace(said, devices=tuple(listed[1:])),
            replace(said, devices=(*listed, NEW_PPMID)),
            replace(said, fingerprint="00" * 16),
        ],
        "hub-copy-old": [replace(said, fingerprint="", taken=START - timedelta(days=400))],
    }
    for code, statements in wrong.items():
        for statement in statements:
            with pytest.raises(HubWorkError) as failure:
                home.exchange.prove(statement)
            assert failure.value.code == code
    assert home.exchange.state.phase is Phase.SNAPSHOT
    assert home.exchange.prove(replace(said, fingerprint="", devices=())).phase is Phase.PROVEN


async def test_money_and_supply_speak_against_it_until_somebody_answers(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_before, "LOW_BALANCE", 1_800_000)
    home = Direct(store, "prepayment-flat")
    exchange = home.exchange
    meter = home.premises.of(ElectricityMeter)[0]
    meter_id = DeviceId.parse(meter.identity.device_id)
    with pytest.raises(HubWorkError) as unknown:
        await exchange.take_snapshot(home.way, {})
    assert (unknown.value.code, unknown.value.details["devices"]) == ("hub-kind-unknown", [str(meter_id)])
    assert exchange.state.phase is Phase.BEGUN
    await exchange.take_snapshot(home.way, {meter_id: GbcsDeviceType.ESME})
    await home.prove(exchange)
    state = await exchange.check(home.way)
    low = next(one for one in state.open_blockers if one.code == "balance-low")
    left = meter.prepayment.registers.meter_balance / 100_000
    assert (low.device, f"{left:.2f} pounds" in low.words) == (meter_id, True)
    with pytest.raises(HubWorkError) as failure:
        exchange.expect_tamper(by="A. Engineer")
    assert failure.value.code == "hub-blocked"
    with pytest.raises(HubWorkError, match="no reason"):
        exchange.answer(low.code, low.device, by="A. Engineer", why=" ")
    for one in state.open_blockers:
        exchange.answer(one.code, one.device, by="A. Engineer", why="topped up by hand, 20 pounds")
    assert exchange.expect_tamper(by="A. Engineer").phase is Phase.EXPECTED


async def test_money_that_was_read_long_ago_is_read_again(home: Direct) -> None:
    exchange = home.exchange
    await snapshot_taken(home)
    await home.prove(exchange)
    await exchange.check(home.way)
    cast(ManualClock, exchange.records.store.clock).advance(2 * 3600 + 1)
    with pytest.raises(HubWorkError) as failure:
        exchange.expect_tamper(by="A. Engineer")
    assert failure.value.code == "hub-check-old"
    await exchange.check(home.way)
    assert exchange.expect_tamper(by="A. Engineer").phase is Phase.EXPECTED


async def test_a_new_hub_whose_log_is_too_small_says_so_and_is_not_half_done(home: Direct) -> None:
    await home.before(home.exchange)
    new = swap(home.premises, capacity=3)
    home.exchange.swapped(NEW_CHF, NEW_GPF, by="A. Engineer")
    with pytest.raises(HubWorkError) as failure:
        await home.exchange.restore(home.way)
    assert failure.value.code == "hub-restore-refused"
    assert (new.device_log.entries, home.exchange.state.phase) == ({}, Phase.SWAPPED)
    assert home.exchange.snapshot is not None
    new.device_log.capacity = 16
    assert (await home.exchange.restore(home.way)).phase is Phase.RESTORED


async def test_a_device_that_stays_silent_keeps_the_snapshot_until_a_person_decides(home: Direct) -> None:
    display = home.premises.of(HomeDisplay)[0]
    gone = DeviceId.parse(display.identity.device_id)
    await home.before(home.exchange)
    assert display.node is not None
    display.node.trust = "test"  # its certificate does not fit any more: it does not come back
    swap(home.premises)
    home.exchange.swapped(NEW_CHF, NEW_GPF, by="A. Engineer")
    await home.exchange.restore(home.way)
    await home.wait()
    looks = iter((True,) * 12)

    async def some() -> bool:
        await home.wait()
        return next(looks, False)

    with pytest.raises(HubWorkError) as failure:
        await home.exchange.prove_devices(home.way, some)
    assert (failure.value.code, failure.value.details["devices"]) == ("hub-device-silent", [str(gone)])
    assert "60 minutes" in failure.value.remedy  # what the hub says of a device that is not back leads nobody there
    with pytest.raises(HubWorkError) as early:
        home.exchange.finish()
    assert early.value.code == "hub-exchange-order"
    home.exchange.give_up(gone, by="A. Engineer", why="the customer took it away")
    state = await home.exchange.prove_devices(home.way)
    assert (state.phase, dict(state.given_up)) == (Phase.DEVICES_PROVED, {gone: "the customer took it away"})


async def test_taking_the_hub_off_is_expected_and_any_other_tamper_is_told(home: Direct) -> None:
    meter = home.premises.of(ElectricityMeter)[0]
    await home.before(home.exchange)
    swap(home.premises)
    meter.alert(AlertCode.TERMINAL_COVER_REMOVED)
    state = await home.after(home.exchange)
    told = DeviceId.parse(meter.identity.device_id)
    assert [(device, code) for device, _time, code in state.tampers] == [(told, int(AlertCode.TERMINAL_COVER_REMOVED))]


async def test_nothing_is_done_out_of_turn_and_no_hub_is_its_own_replacement(home: Direct) -> None:
    with pytest.raises(HubWorkError) as turn:
        home.exchange.swapped(NEW_CHF, NEW_GPF, by="A. Engineer")
    assert turn.value.code == "hub-exchange-order"
    await home.before(home.exchange)
    for chf, gpf in ((NEW_CHF, NEW_CHF), (home.old[0], NEW_GPF), (NEW_CHF, home.old[1]), (home.old[1], home.old[0])):
        with pytest.raises(HubWorkError) as failure:
            home.exchange.swapped(chf, gpf, by="A. Engineer")
        assert failure.value.code == "hub-ids"
    given_up = home.exchange.abandon(by="A. Engineer", why="the customer has no time")
    assert (given_up.phase, given_up.receipt["found_after"], home.exchange.snapshot) == (Phase.ABANDONED, 0, None)


async def test_a_dead_hub_is_exchanged_by_the_centres_copy_alone(home: Direct) -> None:
    was = members(home.premises)
    other = HubExchange.begin(home.store, "elsewhere", *home.old, by="A. Engineer")
    await other.take_snapshot(home.way, {})  # long ago: what the centre knows
    said = await home.desk.copy_of(home.old[0])
    assert said is not None
    with pytest.raises(HubWorkError, match="names no device"):
        home.exchange.take_from_copy(replace(said, devices=()), {})
    state = home.exchange.take_from_copy(said, {GSME: GbcsDeviceType.GSME})
    assert (state.phase, [one.code for one in state.open_blockers]) == (Phase.CHECKED, ["meters-not-read"])
    home.exchange.answer("meters-not-read", home.old[0], by="A. Engineer", why="both on, credit mode")
    home.exchange.expect_tamper(by="A. Engineer")
    state = await home.after(home.exchange)
    assert (state.phase, set(map(str, state.proved))) == (Phase.FINISHED, was - {str(home.old[1])})
    (new,) = home.premises.of(CommunicationsHub)
    assert new.gpf.node is not None
    assert str(GSME) in new.gpf.node.partners
    assert len(new.gpf.node.partners) == 4


async def test_a_device_that_never_joined_is_listed_again_and_has_to_be_added_anew(home: Direct) -> None:
    hub = home.premises.of(CommunicationsHub)[0]
    hand = HubHand(home.exchange.records, home.way)
    await hand.do(hub_orders.add(home.old[0], NEW_PPMID, DeviceLogType.PPMID))
    await home.before(home.exchange)
    state = await home.after(home.exchange)
    assert (state.phase, state.to_add_again, NEW_PPMID in state.proved) == (Phase.FINISHED, (NEW_PPMID,), False)
    entry = home.premises.of(CommunicationsHub)[0].device_log.entries[str(NEW_PPMID)]
    assert (entry.swap_hash, entry.joined, hub.powered) == ("", False, False)


async def test_a_store_that_fails_is_not_taken_for_a_silent_device(
    home: Direct, monkeypatch: pytest.MonkeyPatch
) -> None:
    await home.before(home.exchange)
    swap(home.premises)
    home.exchange.swapped(NEW_CHF, NEW_GPF, by="A. Engineer")
    await home.exchange.restore(home.way)
    await home.wait()

    async def fails(*_args: object) -> None:
        raise StoreError("the disk is full", remedy="make room", code="store-full")

    monkeypatch.setattr("hht.work.hub_return.Returning.prove", fails)
    with pytest.raises(StoreError, match="disk"):
        await home.exchange.prove_devices(home.way)


async def test_a_hub_that_has_lost_its_log_is_not_taken_for_one_without_devices(home: Direct) -> None:
    home.premises.of(CommunicationsHub)[0].device_log.lose()
    with pytest.raises(HubWorkError) as failure:
        await home.exchange.take_snapshot(home.way, {})
    assert (failure.value.code, home.exchange.state.phase) == ("hub-log-empty", Phase.BEGUN)
    assert "exchange dead" in failure.value.remedy


@pytest.mark.parametrize(
    "answer",
    ["[]", "7", "{", "[" * 9999, '{"taken": 5}', '{"taken": "yesterday"}', '{"taken": "2026-01-01T00:00:00"}',
     '{"devices": "00-DB"}', '{"devices": [1]}', '{"fingerprint": {}}', '{"fingerprint": null}'],
)  # fmt: skip
def test_what_a_desk_says_of_a_copy_that_cannot_be_read_confirms_nothing(answer: str) -> None:
    with pytest.raises(OrderError) as caught:
        copy_told(answer)
    assert caught.value.code == "hub-copy-not-confirmed"


@pytest.mark.parametrize(
    ("answer", "told"),
    [("", {}), ("{}", {}), ('{"taken": "2026-01-01T00:00:00Z"}', {"taken": "2026-01-01T00:00:00Z"})],
)
def test_what_a_desk_leaves_out_of_a_copy_stays_out(answer: str, told: dict[str, str]) -> None:
    assert copy_told(answer) == told
