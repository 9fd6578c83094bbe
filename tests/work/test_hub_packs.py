"""Hub work with the commands of a pack: each found for what it does, delivered once and in order, or refused here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from hht.client.radio.joining import HanMember
from hht.clock import ManualClock
from hht.emulation.hub_desk import TrainingHubDesk
from hht.emulation.hub_pack import hub_pack, orders_after, orders_before
from hht.identifiers import DeviceId
from hht.model.premises import load_premises
from hht.packs.acceptance import Situation, accept, read_signed
from hht.packs.delivery import Delivery
from hht.packs.errors import PackError
from hht.packs.kept import PackStore
from hht.packs.locker import Facts
from hht.packs.pack import Entry, OnFailure, Pack, PackDevice
from hht.packs.training_desk import training_desk
from hht.packs.way import Found, Ticket
from hht.protocol.gbcs.device_types import DeviceLogType, GbcsDeviceType
from hht.protocol.gbcs.envelope import parse
from hht.work import hub_orders
from hht.work.conformance.hub_subject import GAS_READS, HubAt, HubSubject
from hht.work.hub_exchange import HubExchange
from hht.work.hub_exchange_state import Phase
from hht.work.hub_facts import device_log
from hht.work.hub_hand import HubHand, state_of
from hht.work.hub_orders import HubOrder, OrderError
from hht.work.hub_ways import OutcomeState, PackWay
from tests.packs.making import desk_key, pack, request
from tests.support.radio import START, Bench, joined, play
from tests.work.conftest import Rig
from tests.work.hub_home import NEW_PPMID, HubHome
from tests.work.test_hub_exchange import NEW_CHF, NEW_GPF, open_store, swap
from ui.hub_work import HubPlace, HubWorkService


@pytest.fixture
def home(tmp_path: Path) -> Iterator[HubHome]:
    clock = ManualClock(START)
    store = open_store(tmp_path, clock)
    yield HubHome(load_premises("dual-fuel", clock=clock, days=1), store)
    store.close()


async def pack_hand(home: HubHome, *orders: HubOrder, failing: OnFailure = OnFailure.STOP) -> HubHand:
    """A hand with a kept pack of commands for these orders, in this order."""
    from hht.packs.envelope import close

    entries = []
    for number, order in enumerate(orders, 1):
        message = parse(await home.desk.command(order))
        entries.append(Entry(f"e{number}", request(message), message, on_failure=failing))
    there = {home.chf: "CHF"} | {order.target: str(order.details["at"]) for order in orders}
    devices = tuple(PackDevice(device, kind) for device, kind in there.items())
    made: Pack = replace(pack(*entries), created=START, expires=START + timedelta(days=2), devices=devices, terminal="")
    packs, store = PackStore(home.store), home.store
    kept = packs.take(close(made.payload(), desk_key()), made, "desk")
    records = packs.records(kept)

    def facts() -> Facts:
        return Facts(store.clock.now())

    delivery = Delivery(kept.pack, records, home.carrier, facts)
    return HubHand(home.records, PackWay(delivery, facts, kept.pack.entries, records))


async def test_each_order_takes_the_command_that_does_it_and_none_twice(home: HubHome) -> None:
    add, read = hub_orders.add(home.chf, NEW_PPMID, DeviceLogType.PPMID, 600), hub_orders.read(0x010F, home.chf)
    hand = await pack_hand(home, add, read)
    assert (await hand.do(add)).state is OutcomeState.DONE
    with pytest.raises(OrderError) as used:
        await hand.do(add)
    assert used.value.code == "hub-not-in-pack"
    assert "8.11" in used.value.remedy
    assert NEW_PPMID in [row.device for row in await hand.ask(read, device_log)]
    assert len(home.carrier.carried) == 2


@pytest.mark.parametrize(("failing", "wakes"), [(OnFailure.CONTINUE, 1), (OnFailure.STOP, len(GAS_READS))])
async def test_a_gas_meter_is_asked_at_one_wake_what_a_pack_lets_go_together(
    home: HubHome, monkeypatch: pytest.MonkeyPatch, failing: OnFailure, wakes: int
) -> None:
    gsme = home.the("GSME").device
    reads = [hub_orders.read(code, gsme, at=GbcsDeviceType.GSME) for code in GAS_READS]
    hand = await pack_hand(home, *reads, failing=failing)
    at_hub, woken, carry = asyncio.Barrier(len(GAS_READS) // wakes), [], home.carrier.carry

    async def asleep(device: DeviceId, command: bytes, ticket: Ticket) -> Found:
        if not await at_hub.wait():  # the hub has all that comes: the meter wakes
            woken.append(device)
        return await carry(device, command, ticket)

    monkeypatch.setattr(home.carrier, "carry", asleep)
    at = HubAt(home.chf, home.chf, home.chf, home.chf)
    subject = HubSubject(hand, at, no_time, patient=True)

    async def meters(_kind: GbcsDeviceType) -> list[DeviceId]:
        return [gsme]

    monkeypatch.setattr(subject, "those", meters)
    told = [await subject.of_gas(code) for code in GAS_READS]
    assert all(one is not None for one in told)
    assert (len(woken), len(home.carrier.carried)) == (wakes, len(GAS_READS)), "each is asked once"


async def no_time() -> None:
    return None


async def test_a_command_that_is_not_next_in_its_pack_does_not_go(home: HubHome) -> None:
    add, remove = hub_orders.add(home.chf, NEW_PPMID, DeviceLogType.PPMID), hub_orders.remove(home.chf, NEW_PPMID)
    hand = await pack_hand(home, add, remove)
    with pytest.raises(PackError) as order:
        await hand.do(remove)
    assert order.value.code == "pack-order"
    assert (home.carrier.carried, home.records.all()) == ([], [])
    for other in (
        hub_orders.add(home.chf, NEW_PPMID, DeviceLogType.PPMID, 60),
        hub_orders.remove(home.chf, DeviceId("00DB123456780078")),
    ):
        with pytest.raises(OrderError, match="has not left"):
            await hand.do(other)


def test_a_command_of_an_expired_pack_does_not_go_with_the_clock_set_back(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        rig = Rig(tmp_path)
        chf = DeviceId.parse(made.hub.identity.device_id)
        remove = hub_orders.remove(chf, NEW_PPMID)
        octets = await hub_pack(TrainingHubDesk(rig.clock.now), [remove], "J-7", rig.clock.now(), edition=1)
        pack_ = read_signed(octets, [training_desk()], "a.pack").pack
        key = PackStore(rig.store).take(octets, pack_, "desk").key
        rig.store.clock = ManualClock(pack_.expires)
        rig.store.log("override", {})
        rig.store.clock = rig.clock

        @asynccontextmanager
        async def on_han(_place: HubPlace, _traced: bool) -> AsyncIterator[HanMember]:
            yield await joined(made)

        service = HubWorkService(rig.store, rig.clock, on_han)
        async with service.at(HubPlace("dongle:test", made.gpf_id, chf, key)) as here:
            with pytest.raises(PackError) as over:
                await here.way.carry(await here.way.prepare(remove))
        assert over.value.code == "pack-expired"
        assert "later than this computer's clock" in over.value.message
        rig.store.close()

    play(story)


async def test_an_answer_that_does_not_come_leaves_it_unknown_in_pack_and_work(home: HubHome) -> None:
    add = hub_orders.add(home.chf, NEW_PPMID, DeviceLogType.PPMID)
    hand = await pack_hand(home, add)

    def lose(_device: object, _octets: bytes, go: object) -> None:
        assert callable(go)
        go()

    home.carrier.meddle = lose  # type: ignore[assignment]
    assert (await hand.do(add)).state is OutcomeState.UNKNOWN
    assert state_of(home.records.all(), add.name) is OutcomeState.UNKNOWN
    assert str(NEW_PPMID) in home.hub.device_log.entries  # a read settles it, and shows it


async def test_a_hub_is_exchanged_with_two_packs_and_no_data_at_all(home: HubHome) -> None:
    store, packs = home.store, PackStore(home.store)
    kinds = {home.the(kind).device: GbcsDeviceType[kind] for kind in ("ESME", "GSME", "PPMID", "TYPE_2")}
    kinds |= {
        DeviceId.parse(one): GbcsDeviceType.TYPE_2
        for one in home.hub.device_log.entries
        if DeviceId.parse(one) not in kinds
    }
    old, new = (home.chf, home.the("GPF").device), (NEW_CHF, NEW_GPF)

    async def way(edition: int, orders: Iterable[HubOrder]) -> PackWay:
        octets = await hub_pack(home.desk, orders, "J-7", store.clock.now(), edition=edition)
        situation = Situation("J-7", training=True, now=store.clock.now(), edition=packs.newest_edition("J-7"))
        accepted = accept(octets, [training_desk()], situation, "visit.pack")
        kept = packs.take(octets, accepted.pack, accepted.desk.name)
        records = packs.records(kept)

        def facts() -> Facts:
            return Facts(store.clock.now())

        delivery = Delivery(kept.pack, records, home.carrier, facts)
        return PackWay(delivery, facts, kept.pack.entries, records, home.desk.returned)

    exchange = HubExchange.begin(store, "by-pack", *old, by="A. Engineer", job="J-7")
    before = await way(1, orders_before(*old, kinds))
    await exchange.take_snapshot(before, kinds)
    said = await home.desk.copy_of(home.chf)
    assert said is not None
    exchange.prove(said)  # by phone: the fingerprint was read out
    await exchange.check(before)
    exchange.expect_tamper(by="A. Engineer")
    swap(home.premises)
    exchange.swapped(*new, by="A. Engineer")
    after = await way(2, orders_after(old, new, kinds))
    await exchange.restore(after)
    cast(ManualClock, store.clock).advance(1900)  # every device has had its time to come back
    home.premises.site.catch_up()
    state = await exchange.prove_devices(after)
    assert (state.phase, set(state.proved), state.lost_joins) == (Phase.DEVICES_PROVED, set(kinds), ())
    assert exchange.finish().receipt["found_after"] == 0
