"""The second proof: two signatures of the desk in a live pack, and the desk's one-time code before a command goes."""

from __future__ import annotations

import json
import random
import tomllib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hht.desk.kinds import KINDS, AskKind
from hht.packs.acceptance import Situation, accept
from hht.packs.delivery import Delivery
from hht.packs.envelope import DeskKey, close, countersign
from hht.packs.errors import PackError
from hht.packs.locker import EntryState, Facts
from hht.packs.pack import Entry, Pack, parse_pack
from hht.packs.records import RecordKind, first_hash
from hht.packs.second_proof import MOST_TRIES, Proof, Released, code_of, code_time, codes_wanted, proof_of, spoken
from hht.packs.supply_limits import SupplyGate, supply_limits, takes_away
from hht.protocol.gbcs.messages import use_cases
from hht.resources import resource_text
from hht.work.supply_acts import supply_acts
from tests.packs.household import Household, Notebook
from tests.packs.making import ARM, NOW, command, desk, desk_key, entry, pack, terminal_key
from tests.packs.test_supply_limits import Book
from tests.protocol.gbcs_vectors import training_key

ENABLE, DISABLE, LOAD, PREPAYMENT = 0x004F, 0x0050, 0x0055, 0x001B
CASES: dict[str, dict[str, Any]] = json.loads(resource_text("catalogue", "use_cases.json"))
BY_DESK = [one.code for one in use_cases() if supply_acts().proofs.get(one.name) in ("code", "two")]
PEOPLE = tuple(X25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (41, 42))
METERS = frozenset(one.device for one in pack().devices)
LIVE = Situation("J-1042", training=False, now=NOW, devices=METERS)


def made(*codes: int, training: bool = False) -> Pack:
    """A pack of these commands, with the keys of the desk's two people."""
    entries = [entry(f"command-{number}", command(code, 1000 + number)) for number, code in enumerate(codes)]
    keys = tuple(one.public_key().public_bytes_raw() for one in PEOPLE)
    return replace(pack(*entries, training=training), release=keys)


class Asked(Notebook):
    """It remembers which acts were asked for."""

    def __init__(self, first: str) -> None:
        super().__init__(first)
        self.permitted: list[bool] = []

    def permit(self, *, supply: bool) -> None:
        self.permitted.append(supply)


class OnSite:
    """A delivery in a house, with a clock."""

    def __init__(self, packed: Pack) -> None:
        self.pack = packed
        self.now, self.chance = NOW, random.Random(5)
        self.notes = Asked(first_hash(b""))
        self.house = Household()
        gate = SupplyGate(Book(), lambda: self.now, lambda _job: METERS)
        self.delivery = Delivery(packed, self.notes, self.house, lambda: Facts(self.now), gate=gate)

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
    asked = {ENABLE: Proof.TWO, DISABLE: Proof.CODE, LOAD: Proof.CODE, ARM: Proof.PRESS, PREPAYMENT: Proof.CODE}
    for code, proof in asked.items():
        assert proof_of(entry("x", command(code))) is proof
    assert proof_of(entry("x", command())) is Proof.NONE
    assert proof_of(entry("x", command(0x001A))) is Proof.NONE, "credit mode"


def test_what_takes_a_supply_away_or_can_is_one_list() -> None:
    """What is counted, what is proved, and what the DCC holds where it is too many: none knows more than the others."""
    told = command()
    held = {name for one in _windows("supply-off") for name in one["services"]}
    takes = {one.name for one in use_cases() if takes_away(told._replace(message_code=one.code))}
    can = {name for name, row in CASES.items() if row["critical"] and held & {*row["service_requests"]}}
    assert takes == supply_acts().away
    assert takes < can, "what comes for want of credit is not counted"
    known = {
        one.name
        for one in use_cases()
        if proof_of(Entry("x", "", told._replace(message_code=one.code))) in (Proof.CODE, Proof.TWO)
    }
    assert can - known == {"ECS02", "GCS02", "GCS40c", "GCS40d"}, "in credit mode nothing goes off for want of credit"
    switches = {"7.1", "7.3", "7.5", "7.6", "7.8", "7.13", "7.16"}  # those that bring back, and auxiliary loads
    assert {name for row in CASES.values() for name in row["service_requests"] if name in switches} == switches
    back = {name for name, row in CASES.items() if switches & {*row["service_requests"]}}
    assert supply_acts().proofs.keys() == (can & known) | back
    assert {name for one in _windows("supply-on") for name in one["services"]} <= switches
    assert all(CASES[name]["critical"] for name in supply_acts().proofs)


def _windows(name: str) -> list[dict[str, Any]]:
    return [one for one in tomllib.loads(resource_text("catalogue", "anomaly.toml"))["window"] if one["name"] == name]


def test_what_is_asked_of_a_desk_is_known_by_the_commands_that_come_of_it() -> None:
    proved = {name for case in supply_acts().proofs for name in CASES[case]["service_requests"]}
    assert {kind for kind in AskKind if proved & {*KINDS[kind].services.values()}} == supply_acts().asks
    assert supply_limits().asks < supply_acts().asks


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
    site.now -= timedelta(seconds=1)
    assert await site.refused() == "pack-needs-code", "a clock set back wins nothing"
    site.now += timedelta(seconds=1)
    assert await site.goes()


async def test_what_was_refused_as_too_late_stays_so_when_the_clock_is_set_back() -> None:
    site = OnSite(made(LOAD))
    begin, late = site.now, site.now + code_time() + timedelta(seconds=1)
    codes = site.said(site.challenge(), 1)
    for site.now in (late, begin + timedelta(minutes=5)):
        with pytest.raises(PackError) as caught:
            site.release(*codes)
        assert caught.value.code == "pack-no-challenge"
    site.now = begin
    site.release(*site.said(site.challenge(), 1))
    for site.now in (late, begin + timedelta(minutes=5)):
        assert await site.refused() == "pack-needs-code", "a code waits no longer"
    site.release(*site.said(site.challenge(), 1))
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


@pytest.mark.parametrize("code", BY_DESK)
async def test_each_of_them_waits_for_the_desks_code_and_asks_who_may_switch_supplies(code: int) -> None:
    site = OnSite(made(code))
    assert (await site.refused(), site.notes.permitted) == ("pack-needs-code", [True])
    site.release(*site.said(site.challenge(), codes_wanted(site.pack, site.pack.entries[0])))
    assert await site.goes()
    assert site.notes.permitted == [True] * 4


@pytest.mark.parametrize("code", [*BY_DESK, ARM])
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
