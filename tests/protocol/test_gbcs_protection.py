"""MACs, signatures, certificates and keys: outside messages as they are and damaged, and our own under their keys."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from hht.errors import HhtError
from hht.protocol.gbcs import crypto
from hht.protocol.gbcs.building import contents, finish, protect, response_header
from hht.protocol.gbcs.certificates import KeyUsage, read_certificate
from hht.protocol.gbcs.envelope import Cra, parse
from hht.protocol.gbcs.errors import CertificateUnreadable, GbcsError, KeyMissing, MalformedMessage, SegmentRefused
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.protection import Check, Verdict, check, is_lawful
from tests.protocol.gbcs_vectors import ACB, ESME, SUPPLIER, certificates, key_ring, messages, name_of, of_kind
from tests.support.gbcs_parts import header_of

EXAMPLE_ACB = bytes.fromhex("AB" * 8)  # of the specification's own example
SAID = {True: Check.VALID, None: Check.UNCHECKED}


def expected(item: dict[str, Any]) -> Verdict:
    parts = item["mac"], item["signature"]
    return Verdict(*(SAID[part["verified"]] if part else Check.NONE for part in parts))


def broker(item: dict[str, Any]) -> bytes:
    return EXAMPLE_ACB if item["source"] == "gbcs" else ACB


def test_every_mac_and_signature_that_can_be_checked_is_right(vectors: Any) -> None:
    rings = {acb: key_ring(vectors, acb=acb) for acb in (ACB, EXAMPLE_ACB)}
    done: Counter[Verdict] = Counter()
    for item in messages(vectors):
        found = check(parse(bytes.fromhex(item["hex"])), rings[broker(item)])
        assert found == expected(item), item["id"]
        done[found] += 1
    assert sum(count for verdict, count in done.items() if verdict.mac is Check.VALID) == 411
    assert sum(count for verdict, count in done.items() if verdict.signature is Check.VALID) == 242


def test_without_private_keys_only_signatures_can_be_checked(vectors: Any) -> None:
    ring = key_ring(vectors, private=False)
    for item in messages(vectors):
        found = check(parse(bytes.fromhex(item["hex"])), ring)
        assert found == Verdict(Check.UNCHECKED if item["mac"] else Check.NONE, expected(item).signature)
        assert not found.refused
        assert found.vouched == (found.signature is Check.VALID)


def test_all_negatives_are_refused_for_their_reason(vectors: Any) -> None:
    ring, items = key_ring(vectors), of_kind(vectors, "gbcs_negative")
    assert len(items) == 42
    for item in items:
        try:
            found = check(parse(bytes.fromhex(item["hex"])), ring)
        except MalformedMessage:
            reason = "framing_error"
        else:
            assert found.refused
            reason = "mac_invalid" if found.mac is Check.INVALID else "signature_invalid"
        assert reason == item["expect"], item["id"]


def accepted(octets: bytes, ring: KeyRing) -> bool:
    try:
        return check(parse(octets), ring).vouched
    except HhtError:
        return False


def sweep(vectors: Any, ring: KeyRing, count: int, bits: int) -> int:
    """Flip bits of `count` messages in turn, at most so many of each; how many flips there were."""
    chance = random.Random(6)
    vouched = [item["hex"] for item in messages(vectors) if accepted(bytes.fromhex(item["hex"]), ring)]
    flips = 0
    for text in chance.sample(vouched, count):
        octets = bytes.fromhex(text)
        places = range(8 * len(octets))
        for bit in chance.sample(places, min(bits, len(places))):
            wrong = bytearray(octets)
            wrong[bit >> 3] ^= 0x80 >> (bit & 7)
            assert not accepted(bytes(wrong), ring), (text, bit)
            flips += 1
    return flips


def test_a_flipped_bit_is_never_accepted(vectors: Any) -> None:
    assert sweep(vectors, key_ring(vectors), 200, 25) >= 4500


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_flipped_bit_at_all_is_accepted(vectors: Any) -> None:
    assert sweep(vectors, key_ring(vectors), 200, 1 << 20) > 200_000


def test_certificates_say_whose_they_are(vectors: Any) -> None:
    names = {
        "recovery": Role.RECOVERY, "supplier": Role.SUPPLIER, "networkOperator": Role.NETWORK_OPERATOR,
        "accessControlBroker": Role.ACCESS_CONTROL_BROKER, "transitionalCoS": Role.TRANSITIONAL_COS,
        "wanProvider": Role.WAN_PROVIDER, "loadController": Role.LOAD_CONTROLLER,
    }  # fmt: skip
    found = certificates(vectors)
    assert len(found) == 47
    for key, certificate in found:
        assert (certificate.entity, certificate.usage) == name_of(key)
        assert certificate.role == names.get(key.get("remote_party_role", ""))
        again = read_certificate(certificate.der, prepayment=key["prepayment"])
        assert again == certificate
    assert [Role.of_number(number) for number in (0, 2, 8, 9, -1)] == [
        Role.ROOT, Role.SUPPLIER, Role.LOAD_CONTROLLER, None, None,
    ]  # fmt: skip
    assert all(Role.of_number(role.number) is role for role in Role)


@pytest.mark.parametrize("octets", [b"", b"\x30\x03\x02\x01\x00", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END"])
def test_what_is_no_certificate_is_refused(octets: bytes) -> None:
    with pytest.raises(CertificateUnreadable):
        read_certificate(octets)


def test_keys_are_agreed_on_and_values_sealed_as_elsewhere(vectors: Any) -> None:
    ring = key_ring(vectors)
    for item in of_kind(vectors, "kdf"):
        (one, other) = (bytes.fromhex(item[name].split("/")[0]) for name in ("private_key_id", "public_key_id"))
        z = ring.secret(one, other)
        assert z is not None
        assert z.hex().upper() == item["shared_secret_z"]
        key = crypto.derive_key(
            z, *(bytes.fromhex(item[part]) for part in ("originator", "transaction_id", "recipient"))
        )
        assert key.hex().upper() == item["aes_key"]


def test_every_encrypted_segment_opens(vectors: Any) -> None:
    done = 0
    for item in messages(vectors):
        for part in item["encryption"]:
            key, iv = bytes.fromhex(part["aes_key"]), bytes.fromhex(part["iv"])
            sealed = bytes.fromhex(part["ciphertext"] + part["tag"])
            assert crypto.unseal(key, iv[:8], sealed).hex().upper() == part["plaintext"]
            assert crypto.seal(key, iv[:8], bytes.fromhex(part["plaintext"])) == sealed
            with pytest.raises(SegmentRefused):
                crypto.unseal(key, iv[:8], sealed[:-1] + bytes((sealed[-1] ^ 1,)))
            done += 1
    assert done
    with pytest.raises(SegmentRefused):
        crypto.unseal(bytes(16), bytes(8), b"short")


def test_what_we_make_of_their_inputs_is_what_they_made(vectors: Any) -> None:
    """Header and payload byte by byte; MACs too where nothing is signed, else over our own signature, which fits."""
    rings = {acb: key_ring(vectors, acb=acb) for acb in (ACB, EXAMPLE_ACB)}
    done: Counter[str] = Counter()
    for item in messages(vectors):
        message = parse(bytes.fromhex(item["hex"]))
        if message.precommand:
            continue
        ring = rings[broker(item)]
        try:
            made = protect(header_of(message), message.payload, ring, sign=bool(message.signature))
        except KeyMissing:
            done["no key"] += 1
            continue
        again = parse(made)
        assert again.raw[: again.payload_end] == message.raw[: message.payload_end]
        if message.signature:
            assert check(again, ring).vouched
            assert again.signature != message.signature  # every signature is made anew
            done["signed"] += 1
        else:
            assert made == message.raw
            done["same"] += 1
    assert done["same"] == 314
    assert done["signed"] > 90


def test_a_pre_command_in_both_spellings_becomes_the_command(vectors: Any) -> None:
    ring = key_ring(vectors)
    commands = {item["scenario"]: item for item in messages(vectors) if item["form"] == "COMMAND"}
    pairs = 0
    for item in messages(vectors):
        if item["form"] != "PRECOMMAND":
            continue
        made = bytes.fromhex(item["hex"])
        command = parse(bytes.fromhex(commands[item["scenario"]]["hex"]))
        for octets in (made, made + b"\x00"):
            again = parse(finish(octets, ring))
            assert contents(header_of(again), again.payload) == command.raw[command.start : command.payload_end]
            assert check(again, ring) == Verdict(Check.VALID, Check.VALID)
            assert is_lawful(again)
        pairs += 1
    assert pairs == 89


def test_a_response_echoes_its_command(vectors: Any) -> None:
    commands = {item["scenario"]: item for item in messages(vectors) if item["form"] == "COMMAND"}
    pairs = 0
    for item in messages(vectors):
        command = commands.get(item["scenario"])
        if item["form"] != "RESPONSE" or command is None:
            continue
        response = parse(bytes.fromhex(item["hex"]))
        asked = parse(bytes.fromhex(command["hex"]))
        header = response_header(asked, response.date_time)
        found = header_of(response)
        if asked.supplementary.certificate:
            found = type(found)(
                **{name: getattr(found, name) for name in found.__slots__} | {"supplementary": header.supplementary}
            )
        assert header == found, item["id"]
        pairs += 1
    assert pairs > 240


def test_what_cannot_be_made_says_why(vectors: Any) -> None:
    ring = key_ring(vectors, private=False)
    item = next(item for item in messages(vectors) if item["form"] == "PRECOMMAND")
    with pytest.raises(KeyMissing) as refused:
        finish(bytes.fromhex(item["hex"]), ring)
    assert refused.value.details["entity"] == "90-B3-D5-1F-30-01-00-00"
    message = parse(bytes.fromhex(item["hex"]))
    for wrong in (
        message.raw.replace(message.other, b"\xbe\xef", 1),
        message.raw.replace(b"\xdf\x09\x01", b"\xdf\x09\x03", 1),
    ):
        with pytest.raises(GbcsError) as refused:
            finish(wrong, key_ring(vectors))
        assert refused.value.code == "gbcs-message-code"


def test_a_ring_shows_no_key_and_keeps_what_two_share(vectors: Any) -> None:
    ring = key_ring(vectors)
    assert repr(ring) == "KeyRing(53 public, 20 private)"
    assert ring.secret(ACB, ESME) is ring.secret(ACB, ESME)
    assert ring.secret(ESME, bytes(8)) is None
    assert (ring.role(SUPPLIER), ring.role(ESME), ring.knows(ESME), ring.knows(bytes(8))) == (
        Role.SUPPLIER, None, True, False,
    )  # fmt: skip
    assert KeyRing().empty
    assert KeyRing().acb == b""
    alone = KeyRing()
    for _key, certificate in certificates(vectors):
        alone.add_certificate(certificate)
    assert alone.acb == ACB  # the one whose certificate says so
    with pytest.raises(KeyMissing):
        alone.private(ESME, KeyUsage.KEY_AGREEMENT)
    with pytest.raises(GbcsError):
        crypto.private_key(bytes(32))
    with pytest.raises(GbcsError):
        crypto.public_key(bytes(64))
    assert Cra(1) is Cra.COMMAND
