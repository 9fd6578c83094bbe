"""Command packs: made by a desk, held against every rule, refused for the reason that is so."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.errors import HhtError
from hht.identifiers.device_id import DeviceId
from hht.packs import envelope
from hht.packs.acceptance import Situation, accept
from hht.packs.errors import EnvelopeError, PackError, PackFileError, SealError
from hht.packs.pack import parse_pack
from hht.packs.sealing import unseal_install_code
from hht.protocol.gbcs.building import Header, contents, unsigned
from hht.protocol.gbcs.envelope import Cra, parse
from tests.packs.making import (
    ARM,
    CODE,
    ESME,
    GSME,
    MADE,
    NOW,
    READ_MPAN,
    SUPPLIER,
    command,
    desk,
    desk_key,
    entry,
    pack,
    request,
    terminal_key,
)
from tests.protocol.gbcs_vectors import training_key

HERE = Situation("J-1042", training=True, now=NOW)


def closed(edition: int = 1) -> bytes:
    return envelope.close(pack(edition=edition).payload(), desk_key())


def refusal(octets: bytes, situation: Situation = HERE) -> HhtError:
    with pytest.raises(HhtError) as refused:
        accept(octets, [desk()], situation, "visit.pack")
    assert refused.value.remedy
    return refused.value


def test_a_pack_arrives_as_it_was_made() -> None:
    made = pack()
    found = accept(envelope.close(made.payload(), desk_key()), [desk()], HERE, "visit.pack")
    assert found.desk.name == "Training desk"
    assert found.pack == made
    assert [one.name for one in found.pack.entries] == ["mpan", "read-mpan", "mprn"]
    assert found.pack.entries[1].depends_on == ("mpan",)
    assert found.pack.entries[0].device == DeviceId(ESME.hex().upper())
    assert "ECS39a" in str(found.pack.entries[0].use_case)
    assert parse_pack(found.pack.payload(), "again") == found.pack


def test_only_the_terminal_it_is_sealed_for_reads_an_install_code() -> None:
    device = pack().devices[0]
    assert CODE.reveal() not in repr(pack())
    assert CODE.reveal().encode() not in pack().payload()
    assert unseal_install_code(device.install_code, terminal_key(), "P-1", device.device) == CODE
    other = DeviceId(GSME.hex().upper())
    for key, name, owner in (
        (terminal_key(2), "P-1", device.device),
        (terminal_key(), "P-2", device.device),
        (terminal_key(), "P-1", other),
    ):
        with pytest.raises(SealError):
            unseal_install_code(device.install_code, key, name, owner)
    for at in range(len(device.install_code)):
        changed = bytearray(device.install_code)
        changed[at] ^= 1
        with pytest.raises(SealError):
            unseal_install_code(bytes(changed), terminal_key(), "P-1", device.device)
    for short in (b"", device.install_code[:40]):
        with pytest.raises(SealError):
            unseal_install_code(short, terminal_key(), "P-1", device.device)


@pytest.mark.parametrize(
    ("situation", "code"),
    [
        (replace(HERE, now=MADE + timedelta(days=2)), "pack-expired"),
        (replace(HERE, now=MADE - timedelta(days=2)), "pack-clock"),
        (replace(HERE, job="J-1043"), "pack-other-job"),
        (replace(HERE, training=False), "pack-training"),
        (replace(HERE, edition=2), "pack-rolled-back"),
    ],
)
def test_the_wrong_pack_is_refused_for_its_reason(situation: Situation, code: str) -> None:
    assert refusal(closed(), situation).code == code


def test_an_edition_that_was_here_before_may_come_again() -> None:
    assert accept(closed(2), [desk()], replace(HERE, edition=2), "visit.pack").pack.edition == 2


def test_training_and_live_work_never_mix() -> None:
    live = envelope.close(pack(training=False).payload(), desk_key())
    assert refusal(live, replace(HERE, training=False)).code == "pack-training"  # a desk for training signed it
    with pytest.raises(PackError) as refused:
        accept(closed(), [desk(training=False)], HERE, "visit.pack")
    assert refused.value.code == "pack-training"


def test_a_desk_that_is_not_trusted_is_named() -> None:
    error = refusal(envelope.close(pack().payload(), training_key(2)))
    assert error.code == "pack-desk-unknown"
    assert envelope.key_name(training_key(2).public_key()) in error.message


def test_no_flipped_bit_is_accepted() -> None:
    whole = closed()
    good = accept(whole, [desk()], HERE, "visit.pack").pack
    for at in range(0, len(whole), 7):
        for bit in (0, 3, 6):
            changed = whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
            try:
                found = accept(changed, [desk()], HERE, "visit.pack")
            except HhtError:
                continue
            assert found.pack == good  # blanks between the fields of the envelope


def test_bits_of_base64_that_stand_for_nothing_are_none_to_flip() -> None:
    whole = closed()
    signature = json.loads(whole)["signatures"][0]["sig"]
    assert signature.endswith("==")
    spoilt = signature[:-3] + chr(ord(signature[-3]) + 1) + "=="  # A, Q, g or w: the next stands for the same octets
    assert base64.b64decode(spoilt, validate=True) == base64.b64decode(signature)
    with pytest.raises(EnvelopeError) as refused:
        envelope.open_envelope(whole.replace(signature.encode(), spoilt.encode()), [desk()])
    assert refused.value.code == "pack-envelope"


def test_another_payload_under_a_desks_signature_is_refused() -> None:
    stolen = json.loads(closed())
    stolen["payload"] = base64.b64encode(pack(name="P-2").payload()).decode()
    assert refusal(json.dumps(stolen).encode()).code == "pack-signature"


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\xff",
        b"{}",
        b"[]",
        b'{"payloadType": "text/plain", "payload": "", "signatures": [{"keyid": "", "sig": ""}]}',
        b'{"payloadType": "application/vnd.hht.pack+json", "payload": "", "signatures": []}',
        b'{"payloadType": "application/vnd.hht.pack+json", "payload": "?", "signatures": [{"keyid": "a", "sig": ""}]}',
        b'{"payloadType": "application/vnd.hht.pack+json", "payload": "", "signatures": [{"keyid": 1, "sig": ""}]}',
        b'{"payloadType": "application/vnd.hht.pack+json", "payload": "", "signatures": [7]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_envelope_is_said_to_be_none(octets: bytes) -> None:
    assert refusal(octets).code == "pack-envelope"


def plain() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(pack().payload())
    return found


def _set(path: tuple[Any, ...], value: Any) -> Callable[[dict[str, Any]], None]:
    def spoil(found: Any) -> None:
        for part in path[:-1]:
            found = found[part]
        found[path[-1]] = value

    return spoil


def _command(octets: bytes) -> Callable[[dict[str, Any]], None]:
    return _set(("entries", 0, "command"), base64.b64encode(octets).decode())


PRE_COMMAND = contents(Header(Cra.COMMAND, 1000, SUPPLIER, ESME, ARM), b"\xd9\x20\x00\x03\xe8\x00\x00\x00")
ANSWER = command().raw.replace(b"\xdf\x09\x01", b"\xdf\x09\x02")
SPOILT: dict[str, tuple[Callable[[dict[str, Any]], None], str, str]] = {
    "another format": (_set(("format",), "hht-pack/2"), "format", "must be one of"),
    "no edition": (_set(("edition",), 0), "edition", "outside of"),
    "a field nobody knows": (_set(("code",), "import os"), "code", "not known"),
    "no such day": (_set(("expires",), "2026-02-30T00:00:00Z"), "expires", "does not exist"),
    "over before it began": (_set(("expires",), "2026-11-20T00:00:00Z"), "expires", "before it was made"),
    "a device twice": (_set(("devices", 1, "device"), "00-DB-12-34-56-78-90-A0"), "devices[1].device", "stands once"),
    "nobody": (_set(("devices", 1, "device"), "00-00-00-00-00-00-00-00"), "devices[1].device", "names no device"),
    "no certificate": (_set(("devices", 0, "certificates"), ["AAAA"]), "devices[0].certificates[0]", "no certificate"),
    "no seal": (_set(("devices", 0, "install_code"), "AAAAA"), "devices[0].install_code", "no base64"),
    "two names alike": (_set(("entries", 1, "entry"), "mpan"), "entries[1].entry", "two entries"),
    "a later entry": (_set(("entries", 0, "depends_on"), ["mprn"]), "entries[0].depends_on[0]", "no entry before"),
    "no word": (_set(("entries", 0, "on_failure"), "retry"), "entries[0].on_failure", "must be one of"),
    "another request": (
        _set(("entries", 0, "request"), request(command(counter=999))),
        "entries[0].request",
        "",
    ),
    "no base64": (_set(("entries", 0, "command"), "AAAAA"), "entries[0].command", "no base64"),
    "half a command": (_command(command().raw[:-1]), "entries[0].command", "no whole GBCS message"),
    "a pre-command": (_command(PRE_COMMAND), "entries[0].command", "not signed"),
    "an unsigned critical command": (_command(unsigned(PRE_COMMAND)), "entries[0].command", "not signed"),
    "an answer": (_command(ANSWER), "entries[0].command", "no command"),
    "a device of another house": (
        _set(("devices", 0, "device"), "00-DB-12-34-56-78-90-FF"),
        "entries[0].command",
        "name",
    ),
    "a counter that falls": (
        _set(("entries", 1), plain()["entries"][0] | {"entry": "again"}),
        "entries[1].command",
        "above",
    ),
    "a control character": (_set(("supplier",), "a\x1b[2Jb"), "supplier", "control"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_every_mistake_of_a_desk_is_found_at_the_depot(name: str) -> None:
    spoil, where, said = SPOILT[name]
    found = plain()
    spoil(found)
    octets = json.dumps(found, indent=1).encode()
    with pytest.raises(PackFileError) as refused:
        parse_pack(octets, "visit.pack")
    places = [problem for problem in refused.value.problems if problem.path == where]
    if name == "another request":
        places = [problem for problem in refused.value.problems if "does not belong" in problem.message]
    assert places, refused.value.message
    assert said in places[0].message
    assert places[0].line > 1
    envelope_refusal = refusal(envelope.close(octets, desk_key()))
    assert envelope_refusal.code == "pack-file"


def test_no_desk_of_ours_lets_a_broken_pack_out() -> None:
    with pytest.raises(PackFileError, match="no entry before"):
        pack(entry("first", command(), "second"), entry("second", command(READ_MPAN, 1001))).payload()


def test_a_pack_of_two_hundred_commands_is_read_whole() -> None:
    many = [entry(f"c{number}", command(READ_MPAN, 2000 + number)) for number in range(200)]
    octets = envelope.close(pack(*many).payload(), desk_key())
    found = accept(octets, [desk()], HERE, "visit.pack")
    assert [one.message.counter for one in found.pack.entries] == list(range(2000, 2200))


@given(st.binary(max_size=60))
def test_whatever_is_signed_is_a_pack_or_refused(payload: bytes) -> None:
    assert refusal(envelope.close(payload, desk_key())).code.startswith("pack-")


def test_commands_are_the_octets_that_the_dcc_made() -> None:
    message = command()
    found = parse_pack(pack(entry("mpan", message)).payload(), "visit.pack")
    assert found.entries[0].command == message.raw == parse(message.raw).raw
