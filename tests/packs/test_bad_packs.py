"""Bad packs and bad devices: a sentence with a remedy, nothing half-done without a record of it."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from hht.clock import ManualClock
from hht.emulation.gbcs.pki import ORGANISATIONS, device_certificate, organisation_certificate
from hht.errors import HhtError
from hht.packs import envelope
from hht.packs.errors import PackFileError
from hht.packs.pack import parse_pack
from hht.packs.records import RecordKind
from hht.protocol.gbcs.building import Header, protect
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import Cra, parse
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.training_trust import training_key
from hht.protocol.zigbee.handheld import MESSAGE, OwnFraming
from hht.protocol.zigbee.handheld import Envelope as Wrapped
from hht.store.store import Store
from tests.packs.at_home import (
    ESME,
    GSME,
    SET_LIMIT,
    Home,
    at_home,
    entry,
    pack_of,
    read_mpan,
    set_limit,
    set_mpan,
)
from tests.packs.making import request
from tests.protocol.gbcs_vectors import training_key as other_key
from tests.store.conftest import OpenStore
from tests.support.radio import is_frame
from ui.compose import Composer
from ui.packs import Packs

FLIPS = sorted(random.Random(6).sample(range(10_000), 40))


def opened(octets: bytes) -> dict[str, Any]:
    """The payload of a pack, to be spoilt."""
    found: dict[str, Any] = json.loads(envelope.open_unverified(octets))
    return found


def problems(plain: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(PackFileError) as refused:
        parse_pack(json.dumps(plain).encode(), "a.pack")
    assert refused.value.remedy
    return [(problem.path, problem.message) for problem in refused.value.problems]


def test_no_byte_of_a_pack_can_be_changed(open_store: OpenStore, clock: ManualClock) -> None:
    whole = pack_of(clock, entry("mpan", set_mpan(1)), entry("limit", set_limit(2)))
    home = open_store()
    packs = _packs(home, clock)
    good = packs.take(whole, "a.pack")
    rng, refused = random.Random(7), list[HhtError]()
    for place in FLIPS:
        at = place * len(whole) // 10_000
        changed = whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :]
        try:
            taken = packs.take(changed, "changed.pack")
        except HhtError as error:
            refused.append(error)
        else:  # a blank between the fields of the envelope
            assert replace(taken, key="", pack=None) == replace(good, key="", pack=None)
    assert len(refused) > len(FLIPS) // 2
    assert all(error.remedy for error in refused)


def _packs(store: Store, clock: ManualClock) -> Packs:
    return Packs(store, clock, cast(Composer, None))


def test_a_command_of_somebody_who_may_not_send_it_is_found_at_the_depot(clock: ManualClock) -> None:
    operator = ORGANISATIONS[Role.NETWORK_OPERATOR]
    made = opened(pack_of(clock, entry("limit", set_limit(7))))
    good = set_limit(7)
    signed = _signed_by(Role.NETWORK_OPERATOR, SET_LIMIT, 7, good.payload)
    made["certificates"] += [
        base64.b64encode(organisation_certificate(Role.NETWORK_OPERATOR, usage).der).decode()
        for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
    ]
    made["entries"][0] |= {
        "command": base64.b64encode(signed).decode(),
        "request": request(parse(signed)),
    }
    assert operator.hex("-").upper() in made["entries"][0]["request"]
    assert [said for _path, said in problems(made)] == [
        "ECS38 is no command of its originator (network-operator): no device takes it"
    ]


def _signed_by(role: Role, code: int, counter: int, payload: bytes) -> bytes:
    ring = KeyRing()
    for one in (role, Role.ACCESS_CONTROL_BROKER):
        for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT):
            ring.add_certificate(organisation_certificate(one, usage))
            ring.add_private(ORGANISATIONS[one], usage, training_key(ORGANISATIONS[one], usage))
            ring.add_certificate(device_certificate(ESME.to_bytes(), usage))
    return protect(Header(Cra.COMMAND, counter, ORGANISATIONS[role], ESME.to_bytes(), code), payload, ring)


def test_a_signature_that_does_not_fit_is_found_at_the_depot(clock: ManualClock) -> None:
    made = opened(pack_of(clock, entry("limit", set_limit(7))))
    octets = bytearray(base64.b64decode(made["entries"][0]["command"]))
    octets[-20] ^= 1  # within r || s
    made["entries"][0]["command"] = base64.b64encode(octets).decode()
    assert [said for _path, said in problems(made)] == [
        "the signature of its originator does not fit: no device takes it"
    ]


@pytest.mark.parametrize("at", [7, 23, 24, 33, 43])
def test_lengths_that_lie_are_found_at_the_depot(clock: ManualClock, at: int) -> None:
    made = opened(pack_of(clock, entry("mpan", set_mpan(7))))
    octets = bytearray(base64.b64decode(made["entries"][0]["command"]))
    for lie in (0x00, 0x7F, 0x82, 0xFF):
        octets[at] = lie
        made["entries"][0]["command"] = base64.b64encode(octets).decode()
        assert {path for path, _said in problems(made)} == {"entries[0].command"}


def test_a_desk_that_nobody_knows(open_store: OpenStore, clock: ManualClock) -> None:
    octets = pack_of(clock, entry("mpan", set_mpan(1)))
    stranger = envelope.close(envelope.open_unverified(octets), other_key(3))
    packs = _packs(open_store(), clock)
    with pytest.raises(HhtError) as refused:
        packs.take(stranger, "a.pack")
    assert (refused.value.code, packs.list()) == ("pack-desk-unknown", ())


# --- devices and hubs that say odd things


@pytest.mark.parametrize("of_all", [False, True])
def test_a_hub_that_answers_for_another_device(open_store: OpenStore, clock: ManualClock, of_all: bool) -> None:
    """It may lie about everything, or about devices' answers alone: nothing that it says is taken for an answer."""

    class Lying(OwnFraming):
        lies = False

        def wrap(self, envelope_: Wrapped) -> bytes:
            lie = self.lies and (of_all or envelope_.kind == MESSAGE)
            return super().wrap(replace(envelope_, device=GSME.value) if lie else envelope_)

    async def story(home: Home) -> None:
        framing = Lying()
        home.bench.port.dongle.framing = framing
        key = home.take(entry("mpan", set_mpan(1)), entry("read", read_mpan(2), "mpan"))

        def tell(event: Any) -> None:
            framing.lies = framing.lies or event.kind == "sending"

        facts = await home.packs.deliver(key, home.way, tell)
        assert [str(one.state) for one in facts.entries] == ["unknown", "unknown"]
        assert [one.kind for one in home.packs.records(key) if one.kind is RecordKind.ANSWER] == []
        assert max(home.times.values(), default=1) == 1

    at_home(open_store(), clock, story)


ODD: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "another command's": (lambda answer: answer.replace(b"\x00" * 7 + b"\x05", b"\x00" * 7 + b"\x06"), "answers the"),
    "cut": (lambda answer: answer[:-9], "no whole GBCS message"),
    "a length that lies": (lambda answer: answer[:7] + b"\x10" + answer[8:], "no whole GBCS message"),
    "an alert": (lambda answer: answer.replace(b"\xdf\x09\x02", b"\xdf\x09\x03"), "no response"),
    "somebody else's": (lambda answer: answer.replace(ESME.to_bytes(), GSME.to_bytes()), "the command was for"),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("proven", [False, True])
def test_an_answer_that_is_none_of_the_device_leaves_the_outcome_unknown(
    open_store: OpenStore, clock: ManualClock, name: str, proven: bool
) -> None:
    """It stands in the record as it came, and is not taken for an answer; a read of the pack may tell, and nothing is
    sent again."""
    spoil, why = ODD[name]

    async def story(home: Home) -> None:
        reads = (entry("read", read_mpan(6)),) if proven else ()
        key = home.take(entry("mpan", set_mpan(5)), *reads)
        home.says = lambda told, answer: spoil(answer) if parse(told).counter == 5 else answer
        assert await home.deliver(key) == (["done", "done"] if proven else ["unknown"])
        silences = [one for one in home.packs.records(key) if one.kind is RecordKind.SILENCE]
        assert all(why in one.payload["why"] for one in silences), silences[0].payload["why"]
        assert base64.b64decode(silences[0].payload["octets"]) != b""
        assert set(home.times.values()) == {1}

    at_home(open_store(), clock, story)


def test_a_device_that_answers_twice_and_late(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        key = home.take(entry("mpan", set_mpan(1)), entry("read", read_mpan(2)), entry("limit", set_limit(3)))
        kept: list[bytes] = []

        def twice(octets: bytes) -> bytes:  # what comes of the hub is heard again, and once more before the next
            if not is_frame(octets, (0x44, 0x82)) or not home.heard:
                return octets
            late, kept[:] = b"".join(kept), [octets]
            return late + octets + octets

        home.bench.wire.up = twice
        assert await home.deliver(key) == ["done"] * 3
        answers = [one.entry for one in home.packs.records(key) if one.kind is RecordKind.ANSWER]
        assert answers == ["mpan", "read", "limit"]

    at_home(open_store(), clock, story)
