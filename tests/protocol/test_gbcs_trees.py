"""GBCS messages as trees: outside ones field by field as another parser has them; damage is said, secrets masked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hht.protocol.dissect import dissect, guess
from hht.protocol.frames import Node
from hht.protocol.gbcs import blocks
from hht.protocol.gbcs.building import Header, contents, unsigned, with_mac
from hht.protocol.gbcs.dissect import dissect_gbcs, message_tree, title
from hht.protocol.gbcs.envelope import Cra, parse
from hht.protocol.gbcs.protection import Check, Verdict, check
from hht.protocol.gbcs.segments import opened
from hht.protocol.zigbee.handheld import Envelope
from hht.protocol.zigbee.tunnelling import TransferData
from tests.protocol.gbcs_vectors import key_ring, messages, of_kind
from tests.protocol.test_dissect import walk
from tests.protocol.test_tiles import check_tiles, leaves

# Kept whole here as a reference parser splits it further: an alert's own details
WHOLE = {"Other Info"}


def fragments(tree: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Every piece of octets that the other parser has taken from the message, in order."""
    for label, node in tree.items():
        if label.startswith("Decrypted") or not isinstance(node, dict):
            continue
        if node.get("hex"):
            yield label, bytes.fromhex(node["hex"])
        yield from fragments(node.get("children") or {} if "hex" in node else node)


def test_every_field_that_another_parser_finds_is_one_here(vectors: Any) -> None:
    fields = 0
    for item in messages(vectors):
        octets = bytes.fromhex(item["hex"])
        tree = dissect(octets, "gbcs")
        check_tiles(tree, 0, len(octets))
        assert not list(tree.errors()), item["id"]
        assert guess(octets) == "gbcs"
        starts, at = {leaf.start for leaf in leaves(tree)} | {len(octets)}, 0
        for label, piece in fragments(item["parsed"]):
            assert octets[at : at + len(piece)] == piece
            assert at in starts or label in WHOLE, (item["id"], label, at)
            at += len(piece)
            fields += 1
        assert at == len(octets)
    assert fields > 20_000


def test_what_was_encrypted_stands_in_place_of_its_ciphertext(vectors: Any) -> None:
    ring, done = key_ring(vectors), 0
    for item in messages(vectors):
        if not item["encryption"]:
            continue
        message = parse(bytes.fromhex(item["hex"]))
        tree = message_tree(message, check(message, ring), opened(message, ring))
        check_tiles(tree, 0, len(message.raw))
        found = [node for node in walk(tree) if node.label == "decrypted"]
        assert len(found) == len(item["encryption"]), item["id"]
        assert not list(tree.errors())
        assert all(node.children for node in found)
        done += len(found)
    assert done == 31


def test_damage_is_said_where_it_is(vectors: Any) -> None:
    ring = key_ring(vectors)
    codes = {"mac_invalid": "gbcs-mac", "signature_invalid": "gbcs-signature", "framing_error": "gbcs-malformed"}
    for item in of_kind(vectors, "gbcs_negative"):
        octets = bytes.fromhex(item["hex"])
        if item["expect"] == "framing_error":
            tree = dissect_gbcs(octets)
        else:
            message = parse(octets)
            tree = message_tree(message, check(message, ring))
        assert codes[item["expect"]] in {node.code for node in tree.errors()}, item["id"]
        check_tiles(tree, 0, len(octets))


def made(code: int, payload: str, cra: Cra = Cra.COMMAND) -> bytes:
    octets = bytes.fromhex(payload)
    return with_mac(unsigned(contents(Header(cra, 7, bytes(8), b"\x11" * 8, code), octets)), bytes(32))


SECRETS = {
    "install code": (
        0x0001,
        "D920000007000103006800001E0300FF01 01020409080011223344556677160109103031323334353637383941424344454616 00",
        "0123456789ABCDEF",
    ),
    "token": (
        0x0007,
        "D92000000700010300730000132800FF01 010914 3733393433333333343537313839303433333133",
        "73943333457189043313",
    ),
    "customer identification number": (0x0058, "D9200000070001 0200010003600D01FF02 01090439393937", "9997"),
    "token in a top-up": (
        0x0097,
        "0109010107050019 010004 00143733393433333333343537313839303433333133",
        "73943333457189043313",
    ),
    "number in a gas meter": (0x0083, "01090101070800140900 06804A371C00000000000000000439393937", "9997"),
}


def test_the_contingency_key_is_masked_whether_the_rest_is_understood_or_not() -> None:
    key = bytes(range(0x61, 0x71))
    control = "020109" + "8010" + key.hex() + "830107"
    for inner in (control, control + "0500"):  # the second has a field that nobody knows
        body = "30" + f"{len(inner) // 2:02X}" + inner + "3000" + "3000"
        octets = made(0x0109, "30" + f"{len(body) // 2:02X}" + body)
        tree = dissect(octets, "gbcs")
        assert key.hex(" ").upper() not in str(tree.as_dict())
        assert [octets[one.start : one.end][-16:] for one in tree.secrets()] == [key]


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_are_masked(name: str) -> None:
    code, payload, secret = SECRETS[name]
    octets = made(code, payload.replace(" ", ""))
    assert secret.encode() in octets
    tree = dissect(octets, "gbcs")
    shown = str(tree.as_dict())
    assert not list(tree.errors())
    assert secret not in shown
    assert secret.encode().hex(" ").upper() not in shown
    masked = list(tree.secrets())
    assert len(masked) == 1
    assert secret.encode() in octets[masked[0].start : masked[0].end]


@pytest.mark.parametrize(
    ("code", "payload", "cra"),
    [
        (0x62, "D92000000700", 1),
        (0x62, "D920000007000106000800000100000FF06", 1),
        (0x62, "DA2000000701", 2),
        (0x62, "DA20000007000001000105", 2),
        (0x62, "DA200000070000010001020099", 2),
        (0x62, "DA20000007000001990000", 2),
        (0x62, "DA2000000700000101FF00", 2),
        (0x1000, "0F2000000700020112", 3),
        (0x74, "010901", 1),
        (0x74, "01090103070200", 1),
        (0x74, "0109020107020003000000", 1),
        (0x0E, "FFFF", 1),
        (0xBEEF, "3005020105", 1),
    ],
)
def test_a_payload_that_makes_no_sense_is_shown_as_that(code: int, payload: str, cra: int) -> None:
    payload = payload.replace(" ", "")
    octets = made(code, payload + "0" * (len(payload) % 2), Cra(cra))
    tree = dissect(octets, "gbcs")
    check_tiles(tree, 0, len(octets))
    assert list(tree.errors())


@pytest.mark.parametrize(
    ("code", "payload", "cra"),
    [
        (0x62, "", 1),
        (0xBEEF, "30020500", 1),
        (0x0E, "3003020102", 1),
        (0x74, "010901010702000409000601", 2),
        (0x74, "010901010702000418000102", 2),
        (0x74, "0109010107020007180001000000 4C".replace(" ", ""), 2),
        (0x74, "010901010702000518000A0000", 2),
        (0x62, "DA200000070001010100080000010000FF020100010100", 2),
        (0x1000, "0F2000000700020312000111001100", 3),
    ],
)
def test_what_is_sound_but_not_known_is_no_error(code: int, payload: str, cra: int) -> None:
    """Later editions of GBCS have more than is known here."""
    octets = made(code, payload, Cra(cra))
    tree = dissect(octets, "gbcs")
    check_tiles(tree, 0, len(octets))
    assert not list(tree.errors())


def test_a_tree_within_other_octets_and_a_block() -> None:
    octets = made(0x62, "D92000000700010200080000010000FF0201090C07EA0B15060308 2A008000FF".replace(" ", ""))
    tree = dissect_gbcs(b"\x00\x00\x00" + octets, 3)
    check_tiles(tree, 3, 3 + len(octets))
    assert tree.value.startswith("ECS70 Set Clock on ESME: command 7 from 00-00-")
    assert title(parse(octets)) == tree.value
    (piece,) = blocks.split(octets)
    block = dissect(piece, "gbcs")
    check_tiles(block, 0, len(piece))
    assert guess(piece) == "gbcs"
    assert block.value == "block 1 of ECS70 Set Clock on ESME"
    for wrong in (b"", b"\x00", octets[:-1], piece[:-1]):
        assert dissect_gbcs(wrong).code == "gbcs-malformed"
        check_tiles(dissect_gbcs(wrong), 0, len(wrong))


@pytest.mark.parametrize("prefix", [b"", b"\x03", b"\x02\x00"])
@pytest.mark.parametrize("enveloped", [False, True])
def test_a_message_in_a_tunnel_is_the_same_tree(prefix: bytes, enveloped: bool) -> None:
    octets = made(0x62, "D92000000700010200080000010000FF0201090C07EA0B150603082A008000FF")
    body = prefix + octets
    data = Envelope("00DB1234567890A0", 5, 1, body).encode() if enveloped else body
    frame = TransferData(1, data).frame(9).encode()
    tree = dissect(frame, "zcl")
    check_tiles(tree, 0, len(frame))
    (found,) = [node for node in walk(tree) if node.label == "GBCS"]
    assert found.end == len(frame)
    assert found.value == dissect_gbcs(octets).value
    assert not list(tree.errors())


def values(tree: Node, label: str) -> list[str]:
    return [node.value for node in walk(tree) if node.label == label]


def test_a_tree_says_what_became_of_mac_and_signature() -> None:
    message = parse(made(0x62, "D9200000070000"))
    for verdict, words in ((Check.VALID, " (valid)"), (Check.INVALID, " (invalid)"), (Check.UNCHECKED, "")):
        (shown,) = values(message_tree(message, Verdict(verdict, Check.NONE)), "MAC")
        assert shown == message.mac.hex().upper() + words
    assert guess(bytes.fromhex("DD0000000000001F110000000000")) == "apdu"
