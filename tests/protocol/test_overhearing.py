"""Protected conversations overheard: opened with the right keys alone, and never shown where the tag is wrong."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from hht.client.association import security_material
from hht.errors import HhtError
from hht.link import TraceKind
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.ciphered import GENERAL_GLOBAL, Ciphered
from hht.protocol.cosem.general import GeneralCiphering
from hht.protocol.cosem.overheard import Deciphering, Verdict
from hht.protocol.cosem.security import Protection, SecurityMaterial, seal
from hht.protocol.overhearing import Message, Overhearing
from hht.store.trace_export import read_json_lines
from ui.cli.main import main
from ui.meter_keys import training_keys

METER = "emulated:single-element?days=1"
SESSIONS = {
    "gmac": (["--security", "gmac"], ""),
    "authenticated": (["--security", "gmac", "--protection", "authenticated"], ""),
    "dedicated": (["--security", "gmac", "--envelope", "ded"], ""),
    "general-glo": (["--security", "gmac", "--envelope", "general-glo"], ""),
    "general-ded": (["--security", "gmac", "--envelope", "general-ded"], ""),
    "identified": (["--security", "gmac", "--envelope", "identified-key"], ""),
    "general blocks": (["--security", "gmac"], "&blocks=general"),
    "signed": (["--security", "ecdsa", "--suite", "2", "--sign"], "&clients=every"),
    "suite 1": (["--security", "ecdsa", "--suite", "1", "--envelope", "wrapped-key"], "&clients=every"),
    "static keys": (["--security", "ecdsa", "--suite", "2", "--envelope", "static-key"], "&clients=every"),
}


def recorded(folder: Path, name: str) -> list[tuple[bool, bytes]]:
    """What went over the wire while a clock and a list of objects were read."""
    words, url = SESSIONS[name]
    store = ["--training", "--data-dir", str(folder)]
    assert main(["read", METER + url, "clock", "objects", *words, *store]) == 0
    assert main(["trace", "export", "--last", "--out", str(folder / "trace.jsonl"), *store]) == 0
    events = read_json_lines(folder / "trace.jsonl")
    return [(event.kind is TraceKind.TX, event.data) for event in events if event.data]


def keys_of(name: str) -> SecurityMaterial:
    words, _url = SESSIONS[name]
    suite = int(words[words.index("--suite") + 1]) if "--suite" in words else 0
    return security_material(training_keys(words[1], suite), suite)


def heard(events: list[tuple[bool, bytes]], *keys: SecurityMaterial) -> list[Message]:
    overhearing = Overhearing(keys)
    return [message for sent, data in events for message in overhearing.hear(data, sent=sent)]


@pytest.mark.parametrize("name", SESSIONS)
def test_every_message_is_opened_with_its_keys(tmp_path: Path, name: str) -> None:
    messages = heard(recorded(tmp_path, name), keys_of(name))
    verdicts = {opened.verdict for message in messages for opened in message.opened}
    assert verdicts == {Verdict.VERIFIED}
    clear = [message.plain for message in messages if message.plain]
    assert len(clear) == len([message for message in messages if message.apdu[0] != 0xE0]) or name == "general blocks"
    kinds = {apdu[0] for apdu in clear}
    assert kinds >= {0x60, 0x61, 0xC0, 0xC4, 0x62, 0x63}
    assert not any(isinstance(parse_apdu(apdu), Ciphered | GeneralCiphering) for apdu in clear)
    clock = bytes.fromhex("00080000010000ff02")
    assert any(message.sent and clock in message.plain for message in messages)
    assert all(len(o.sealed) == len(o.apdu) for message in messages for o in message.opened)


def test_other_keys_open_nothing(tmp_path: Path) -> None:
    events = recorded(tmp_path, "gmac")
    other = security_material(training_keys("gmac", 0) | {"ek": "00" * 16}, 0)
    for keys, verdict in (((other,), Verdict.WRONG), ((), Verdict.NO_KEY), ((keys_of("suite 1"),), Verdict.NO_KEY)):
        opened = [one for message in heard(events, *keys) for one in message.opened]
        assert {(one.verdict, one.apdu) for one in opened} == {(verdict, b"")}
    both = [one for message in heard(events, other, keys_of("gmac")) for one in message.opened]
    assert {one.verdict for one in both} == {Verdict.VERIFIED}, "the tag tells which keys fit"


def test_what_has_no_tag_is_believed_only_where_it_makes_sense() -> None:
    request = bytes.fromhex("c001c100080000010000ff0200")
    keys, title = keys_of("gmac"), b"HHTTERM1"
    message = seal(request, GENERAL_GLOBAL, keys, title, Protection.ENCRYPTED)
    plain, (opened,) = Deciphering([keys]).hear(message, sent=True)
    assert (plain, opened.verdict) == (request, Verdict.NO_TAG)
    other = security_material(training_keys("gmac", 0) | {"ek": "00" * 16}, 0)
    plain, (opened,) = Deciphering([other]).hear(message, sent=True)
    assert (plain, opened.verdict) == (b"", Verdict.WRONG)


def test_what_was_changed_on_the_way_is_not_shown(tmp_path: Path) -> None:
    messages = heard(recorded(tmp_path, "gmac"), keys_of("gmac"))
    first = next(index for index, message in enumerate(messages) if message.opened and message.apdu[0] == 0xCC)
    overhearing = Overhearing([keys_of("gmac")])
    for index, message in enumerate(messages):
        apdu = bytearray(message.apdu)
        if index == first:
            apdu[-20] ^= 1
        packet = b"\x00\x01\x00\x01\x00\x01" + len(apdu).to_bytes(2, "big") + bytes(apdu)
        (told,) = overhearing.hear(packet, sent=message.sent)
        if index == first:
            assert (told.plain, [one.verdict for one in told.opened]) == (b"", [Verdict.WRONG])
        else:
            assert told.plain == message.plain


def test_no_plaintext_stands_in_repr(tmp_path: Path) -> None:
    messages = heard(recorded(tmp_path, "dedicated"), keys_of("dedicated"))
    shown = repr(messages)
    assert not any(message.plain.hex() in shown or repr(message.plain)[2:-1] in shown for message in messages)


def test_damaged_traces_never_raise(tmp_path: Path) -> None:
    events = recorded(tmp_path, "gmac")
    rng = random.Random(7)
    for _round in range(300):
        overhearing = Overhearing([keys_of("gmac")])
        for sent, data in events:
            damaged = bytearray(data)
            if rng.random() < 0.2:
                damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
            if rng.random() < 0.05:
                del damaged[rng.randrange(len(damaged)) :]
            try:
                overhearing.hear(bytes(damaged), sent=sent)
            except HhtError as error:
                raise AssertionError(damaged.hex()) from error
