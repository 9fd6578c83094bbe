"""Packs in the store: sealed, in one chain, found again by another process."""

from __future__ import annotations

import asyncio
import json

import pytest

from hht.packs import envelope
from hht.packs.delivery import Delivery
from hht.packs.errors import PackError
from hht.packs.kept import KeptPack, PackStore
from hht.packs.locker import EntryState, Facts
from hht.packs.records import RecordKind
from hht.store.errors import StoreError
from hht.store.store import Store
from tests.packs.household import Household
from tests.packs.making import NOW, desk_key, pack
from tests.store.conftest import FailingCommit, OpenStore


def taken(store: Store, edition: int = 1) -> KeptPack:
    made = pack(edition=edition)
    return PackStore(store).take(envelope.close(made.payload(), desk_key()), made)


def test_a_pack_outlives_the_process(open_store: OpenStore) -> None:
    store = open_store()
    kept = taken(store)
    house = Household()
    first = Delivery(kept.pack, PackStore(store).records(kept), house, lambda: Facts(NOW))
    asyncio.run(first.deliver(kept.pack.entry("mpan")))
    store.close()
    again = PackStore(open_store())
    found = again.of_job("J-1042")
    assert found == [kept]
    second = Delivery(found[0].pack, again.records(found[0]), house, lambda: Facts(NOW))
    assert second.locker.report(found[0].pack.entry("mpan")).state is EntryState.DONE
    assert second.locker.next == found[0].pack.entry("read-mpan")


def test_taking_a_pack_twice_keeps_it_once(open_store: OpenStore) -> None:
    packs = PackStore(open_store())
    made = pack()
    octets = envelope.close(made.payload(), desk_key())
    assert packs.take(octets, made) == packs.take(octets, made)
    assert len(packs.of_job("J-1042")) == 1
    assert [record.kind for record in packs.records(packs.of_job("J-1042")[0]).all()] == [RecordKind.TAKEN]


def test_a_copy_with_other_white_space_is_the_same_pack(open_store: OpenStore) -> None:
    packs = PackStore(open_store())
    made = pack()
    octets = envelope.close(made.payload(), desk_key())
    first = packs.take(octets, made)
    packs.records(first).append(RecordKind.FROZEN, "", {"why": "the WAN is back"})
    assert packs.take(json.dumps(json.loads(octets)).encode(), made) == first
    assert packs.take(envelope.close(made.payload(), desk_key()), made) == first  # signed anew
    assert packs.of_job("J-1042") == [first]
    assert [record.kind for record in packs.records(first).all()] == [RecordKind.TAKEN, RecordKind.FROZEN]


def test_the_newest_edition_is_remembered(open_store: OpenStore) -> None:
    store = open_store()
    assert PackStore(store).newest_edition("J-1042") == 0
    for edition in (2, 1, 3):
        taken(store, edition)
    assert PackStore(store).newest_edition("J-1042") == 3
    assert PackStore(store).newest_edition("J-1043") == 0
    assert [kept.pack.edition for kept in PackStore(store).of_job("J-1042")] == [3, 2, 1]


def test_nothing_of_a_pack_stands_in_the_file_in_clear(open_store: OpenStore) -> None:
    store = open_store()
    kept = taken(store)
    PackStore(store).records(kept).append(RecordKind.FROZEN, "", {"why": "the WAN is back"})
    store.close()
    octets = store.path.read_bytes()
    for secret in (b"J-1042", b"P-1", b"Example Energy", b"the WAN is back", b"00-DB-12-34", b"hht-pack"):
        assert secret not in octets


@pytest.mark.parametrize("number", [1, 2])
def test_a_record_that_is_missing_is_found_out(open_store: OpenStore, number: int) -> None:
    store = open_store()
    kept = taken(store)
    records = PackStore(store).records(kept)
    for why in "abc":
        records.append(RecordKind.FROZEN, "", {"why": why})
    with store.transaction() as database:
        database.execute("DELETE FROM pack_records WHERE number = ?", [number])
    with pytest.raises(PackError) as broken:
        PackStore(store).records(kept)
    assert broken.value.code == "pack-records-broken"


def test_a_record_that_was_not_committed_is_forgotten(open_store: OpenStore) -> None:
    """Read back inside a transaction whose commit fails, it never was; the chain goes on without it."""
    store = open_store(factory=FailingCommit)
    kept = taken(store)
    records = PackStore(store).records(kept)
    before = records.all()

    def together() -> None:
        with records.alone():
            records.append(RecordKind.FROZEN, "", {"why": "the WAN is back"})
            records.append(RecordKind.FROZEN, "", {"why": "once more"})
            assert len(records.all()) == len(before) + 2

    FailingCommit.failing = "SQLITE_FULL"
    try:
        with pytest.raises(StoreError):
            together()
    finally:
        FailingCommit.failing = ""
    assert records.all() == before
    together()
    assert records.all() == PackStore(store).records(kept).all()


def test_a_disk_that_fails_lets_nothing_leave(open_store: OpenStore) -> None:
    store = open_store(factory=FailingCommit)
    kept = taken(store)
    house = Household()
    delivery = Delivery(kept.pack, PackStore(store).records(kept), house, lambda: Facts(NOW))
    FailingCommit.failing = "SQLITE_FULL"
    try:
        with pytest.raises(StoreError):
            asyncio.run(delivery.deliver(kept.pack.entry("mpan")))
    finally:
        FailingCommit.failing = ""
    assert house.executed == []
    assert delivery.locker.next == kept.pack.entry("mpan")
