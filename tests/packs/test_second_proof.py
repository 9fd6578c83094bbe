"""The second proof: two signatures of the desk in a live pack, and the desk's one-time code before a command goes."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hht.packs.acceptance import Situation, accept
from hht.packs.delivery import Delivery
from hht.packs.envelope import DeskKey, close, countersign
from hht.packs.errors import PackError
from hht.packs.locker import EntryState, Facts
from hht.packs.pack import Pack, parse_pack
from hht.packs.records import RecordKind, first_hash
from hht.packs.second_proof import MOST_TRIES, Proof, Released, code_of, code_time, proof_of, services_of, spoken
from hht.work.supply_acts import supply_acts
from tests.packs.household import Household, Notebook
from tests.packs.making import ARM, NOW, command, desk, desk_key, entry, pack, terminal_key
from tests.protocol.gbcs_vectors import training_key

ENABLE, DISABLE, LOAD = 0x004F, 0x0050, 0x0055
PEOPLE = tuple(X25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (41, 42))
METERS = frozenset(one.device for one in pack().devices)
LIVE = Situation("J-1042", training=False, now=NOW, devices=METERS)


def made(*codes: int, training: bool = False) -> Pack:
    """A pack of these commands, with the keys of the desk's two people."""
    entries = [entry(f"command-{number}", command(code, 1000 + number)) for number, code in enumerate(codes)]
    keys = tuple(one.public_key().public_bytes_raw() for one in PEOPLE)
    return replace(pack(*entries, training=training), release=keys)


class OnSite:
    """A delivery in a house, with a clock."""

    def __init__(self, packed: Pack) -> None:
        self.pack = packed
        self.now, self.chance = NOW, random.Random(5)
        self.notes = Notebook(first_hash(b""))
        self.house = Household()
        self.delivery = Delivery(packed, self.notes, self.house, lambda: Facts(self.now))

    def challenge(self, number: int = 0) -> str:
        self.notes.now = self.now
        return self.delivery.challenge(self.pack.entries[number], self.chance.randbytes)

    def said(self, challenge: str, people: int, number: int = 0) -> tuple[str, ...]:
        """What people at the desk say, who heard that challenge."""
        what = Released.of(self.pack, self.pack.entries[number], challenge)
        return tuple(spoken(code_of(one, terminal_key().public_key(), what)) for one in PEOPLE[:people])

    def release(self, *codes: str, number: int = 0) -> None:
        self.notes.now = self.now
        self.delivery.release(self.pack.entries[number], codes, terminal_key(), self.now)

    async def refused(self, number: int = 0) -> str:
        with pytest.raises(PackError) as caught:
            await self.delivery.deliver(self.pack.entries[number])
        return caught.value.code

    async def goes(self, number: int = 0) -> bool:
        report = await self.delivery.deliver(self.pack.entries[number])
        return report.state is not EntryState.WAITING


def test_a_command_is_known_by_its_own_octets_not_by_what_a_pack_says_of_it() -> None:
    asked = {
        ENABLE: ("7.1", Proof.TWO),
        DISABLE: ("7.2", Proof.CODE),
        LOAD: ("7.5", Proof.CODE),
        ARM: ("7.3", Proof.PRESS),
    }
    for code, (service, proof) in asked.items():
        one = entry("x", command(code))
        assert service in services_of(one)
        assert proof_of(one) is proof
    assert proof_of(entry("x", command())) is Proof.NONE
    assert supply_acts().proofs.keys() == supply_acts().services


async def test_without_the_desks_code_it_stays_and_with_it_goes_once() -> None:
    site = OnSite(made(LOAD))
    assert await site.refused() == "pack-needs-code"
    assert site.house.executed == []
    site.release(*site.said(site.challenge().lower(), 1))
    assert await site.goes()
    kinds = [record.kind for record in site.notes.all()]
    assert kinds[:3] == [RecordKind.CHALLENGE, RecordKind.RELEASED, RecordKind.INTENT]
    assert site.notes.all()[1].payload["people"], "who released it is on record"
    with pytest.raises(PackError) as caught:
        site.release(*site.said("", 1))
    assert caught.value.code == "pack-no-challenge"


async def test_where_the_catalogue_says_so_two_different_people_read_one_out() -> None:
    site = OnSite(made(ENABLE))
    challenge = site.challenge()
    one, other = site.said(challenge, 2)
    for codes in ((one,), (other,), (one, one), (one, other, one)):
        with pytest.raises(PackError) as caught:
            site.release(*codes)
        assert caught.value.code == "pack-code"
    assert await site.refused() == "pack-needs-code"
    site.release(other, one)
    assert await site.goes()


async def test_a_code_is_of_one_challenge_one_command_one_pack_and_a_time() -> None:
    site = OnSite(made(LOAD, LOAD))
    first = site.said(site.challenge(), 1)
    others = [site.said(site.challenge(1), 1, 1), OnSite(made(LOAD)).said("AAAAAAAA", 1), ("",)]
    foreign = replace(site.pack, name="P-2")
    what = Released.of(foreign, foreign.entries[0], site.challenge())  # which also makes the first one void
    others += [(code_of(PEOPLE[0], terminal_key().public_key(), what),), first, ("XXXXXXXX1",)]
    for tried, codes in enumerate(others, 1):
        with pytest.raises(PackError) as caught:
            site.release(*codes)
        assert caught.value.code == ("pack-code" if tried <= MOST_TRIES else "pack-no-challenge")
    challenge = site.challenge()
    site.now += code_time() + timedelta(seconds=1)
    with pytest.raises(PackError) as late:
        site.release(*site.said(challenge, 1))
    assert late.value.code == "pack-no-challenge"
    challenge = site.challenge()
    site.release(*site.said(challenge, 1))
    for away in (code_time() + timedelta(seconds=1), -timedelta(seconds=1)):
        now, site.now = site.now, site.now + away
        assert await site.refused() == "pack-needs-code", "a code waits no longer, and a clock set back wins nothing"
        site.now = now
    assert await site.goes()


async def test_once_it_has_gone_nobody_rings_the_desk_for_it() -> None:
    site = OnSite(made(LOAD))
    site.release(*site.said(site.challenge(), 1))
    assert await site.goes()
    with pytest.raises(PackError, match="has been delivered before") as caught:
        site.challenge()
    assert caught.value.code == "pack-once"


async def test_what_a_person_presses_for_and_reads_need_no_code() -> None:
    site = OnSite(made(ARM))
    with pytest.raises(PackError) as caught:
        site.challenge()
    assert caught.value.code == "pack-no-code-needed"
    assert await site.goes()


async def test_packs_of_training_ask_only_where_their_desk_put_keys_in() -> None:
    assert await OnSite(replace(made(LOAD, training=True), release=())).goes()
    assert await OnSite(made(LOAD, training=True)).refused() == "pack-needs-code"


@pytest.mark.parametrize("code", [ENABLE, DISABLE, LOAD, ARM])
def test_two_people_at_the_desk_sign_what_affects_supply(code: int) -> None:
    other = DeskKey("Second signer", training_key(2).public_key(), False)
    desks = (desk(training=False), other)
    once = close(made(code).payload(), desk_key())
    for lone in (once, countersign(once, training_key(3))):
        with pytest.raises(PackError) as caught:
            accept(lone, desks, LIVE, "x.pack")
        assert caught.value.code == "pack-one-signature"
    found = accept(countersign(once, training_key(2)), desks, LIVE, "x.pack")
    assert {one.name for one in found.signers} == {"Training desk", "Second signer"}
    assert accept(close(made(0x004E).payload(), desk_key()), desks, LIVE, "x.pack").signers == (desks[0],)


def test_a_live_pack_without_the_keys_for_its_codes_is_refused() -> None:
    desks = (desk(training=False), DeskKey("Second signer", training_key(2).public_key(), False))
    for keys in ((), (PEOPLE[0].public_key().public_bytes_raw(),) * 2):
        octets = replace(made(ENABLE), release=keys).payload()
        with pytest.raises(PackError) as caught:
            accept(countersign(close(octets, desk_key()), training_key(2)), desks, LIVE, "x.pack")
        assert caught.value.code == "pack-no-release"


def test_a_key_that_is_none_releases_nothing() -> None:
    site = OnSite(replace(made(LOAD), release=(bytes(32),)))
    assert parse_pack(site.pack.payload(), "x").release == (bytes(32),)
    site.challenge()
    with pytest.raises(PackError) as caught:
        site.release("00000000")
    assert caught.value.code == "pack-code"
