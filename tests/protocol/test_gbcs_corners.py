"""GBCS where it is seldom met: certificates of authorities, commands of the recovery keys, long lists, odd values."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from hht.protocol.cosem.data import Data, DataType, array, octets, structure
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.gbcs import blocks, crypto, der
from hht.protocol.gbcs.building import Header, contents, protect, signed, unsigned, with_mac
from hht.protocol.gbcs.certificates import Certificate, KeyUsage, read_certificate
from hht.protocol.gbcs.dissect import dissect_gbcs
from hht.protocol.gbcs.envelope import Cra, Supplementary, parse
from hht.protocol.gbcs.errors import CertificateUnreadable, GbcsError, MalformedMessage, MalformedPayload
from hht.protocol.gbcs.gbz import Component, Gbz, parse_gbz
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import asn1_payload, encode_payload, encode_value
from hht.protocol.gbcs.report import MessageReader
from hht.protocol.gbcs.segments import segments
from hht.protocol.gbcs.trust_anchors import Cell
from tests.protocol.gbcs_pair import DEVICE, MINE, centre, command, device, key, refused
from tests.protocol.gbcs_vectors import training_key
from tests.protocol.test_dissect import walk
from tests.protocol.test_tiles import check_tiles

WHEN = datetime(2026, 11, 21, tzinfo=UTC)
RECOVERY = bytes.fromhex("E0" * 8)
_NAME = x509.NameAttribute


def made_certificate(usage: str, *, role: str = "00", entity: bytes = b"\x00" + MINE, unit: bool = True) -> bytes:
    """An organisation's certificate with one key usage (or none)."""
    parts = [_NAME(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, role)] if unit else []
    parts.append(_NAME(x509.NameOID.X500_UNIQUE_IDENTIFIER, entity, x509.name._ASN1Type.BitString))
    own = training_key(3)
    issuer = x509.Name([_NAME(x509.NameOID.COMMON_NAME, "Z1")])
    builder = x509.CertificateBuilder(issuer, x509.Name(parts), own.public_key(), 5, WHEN, WHEN)
    if usage:
        names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                 "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
        builder = builder.add_extension(x509.KeyUsage(**{name: name == usage for name in names}), critical=True)
    return builder.sign(own, SHA256()).public_bytes(Encoding.DER)


def test_certificates_of_authorities_and_such_as_say_too_little() -> None:
    root = read_certificate(made_certificate("key_cert_sign"))
    assert (root.role, root.usage, root.entity, root.subject_key) == (
        Role.ROOT,
        KeyUsage.CERTIFICATE_SIGNING,
        MINE,
        b"",
    )
    for wrong in (
        made_certificate(""),
        made_certificate("crl_sign"),
        made_certificate("digital_signature", role="09"),
        made_certificate("digital_signature", role="zz"),
        made_certificate("digital_signature", entity=b"\x00" + MINE[1:]),
        made_certificate("digital_signature", unit=False),
    ):
        with pytest.raises(CertificateUnreadable):
            read_certificate(wrong)


def test_the_recovery_keys_owner_reaches_a_device_without_the_broker() -> None:
    end, ring = device(), centre()
    signing = key(RECOVERY, KeyUsage.DIGITAL_SIGNATURE)
    ring.add_private(RECOVERY, KeyUsage.DIGITAL_SIGNATURE, signing)
    own = Certificate(RECOVERY, Role.RECOVERY, KeyUsage.DIGITAL_SIGNATURE, signing.public_key())
    end.anchors.put(Cell(Role.RECOVERY, KeyUsage.DIGITAL_SIGNATURE), own)
    control = {
        "credentialsReplacementMode": 8,
        "authorisingRemotePartyTACellIdentifier": {"remotePartyRole": 1, "keyUsage": b"\x07\x80"},
        "authorisingRemotePartySeqNumber": 5,
    }
    value = {"authorisingRemotePartyControl": control, "replacements": [], "certificationPathCertificates": []}
    payload = asn1_payload(0x0108, Cra.COMMAND, der.SEQUENCE, value)
    header = Header(Cra.COMMAND, 5, RECOVERY, DEVICE, 0x0108)
    message = protect(header, encode_payload(payload), ring)
    assert not parse(message).mac
    taken = end.receive(message)
    assert (taken.role, taken.use_case.name) == (Role.RECOVERY, "CS02b")
    with pytest.raises(MalformedPayload):
        asn1_payload(0x0062, Cra.COMMAND, der.SEQUENCE, value)


def response(*values: bytes, code: int = 0x4E) -> bytes:
    """An access response with these values."""
    body = b"\xda\x20\x00\x00\x07\x00\x00" + bytes((len(values),)) + b"".join(values)
    body += bytes((len(values),)) + b"\x01\x00" * len(values)
    return with_mac(unsigned(contents(Header(Cra.RESPONSE, 7, DEVICE, MINE, code), body)), bytes(32))


def test_long_lists_and_seldom_types_are_shown() -> None:
    many = encode_value(array([Data(DataType.NULL)] * 1200))
    others = [
        Data(DataType.DATE_TIME, b"\x07\xea\x0b\x15\x06\x03\x08\x2a\x00\x80\x00\xff"),
        Data(DataType.BIT_STRING, "0101"),
        Data(DataType.BOOLEAN, True),
        Data(DataType.FLOAT64, 1.5),
        Data(DataType.UTF8_STRING, "zähler"),
    ]
    message = response(many, *map(encode_value, others))
    tree = dissect_gbcs(message)
    check_tiles(tree, 0, len(message))
    assert not list(tree.errors())
    labels = [node.label for node in walk(tree)]
    assert "200 more elements" in labels
    assert {"2: date-time", "3: bit-string", "4: boolean", "6: utf8-string"} <= set(labels)


@pytest.mark.parametrize("tail", ["0101", "010900", "01FE", "0102820401", "01198000", "01" + "0101" * 20 + "00"])
def test_values_that_end_too_early_or_lie_deep_are_an_error(tail: str) -> None:
    body = bytes.fromhex("DA2000000700" + "00" + tail)
    message = with_mac(unsigned(contents(Header(Cra.RESPONSE, 7, DEVICE, MINE, 0x4E), body)), bytes(32))
    tree = dissect_gbcs(message)
    check_tiles(tree, 0, len(message))
    assert list(tree.errors())
    assert segments(parse(message)) == []


def test_a_sealed_value_beside_odd_ones_is_found() -> None:
    sealed = octets(bytes.fromhex("3100000000") + bytes(20))
    message = parse(response(encode_value(structure(Data(DataType.NULL), Data(DataType.BIT_STRING, "01"), sealed))))
    assert len(segments(message)) == 1
    broken = parse(response(b"\x02\x02\x09\x82\x31\x00\x00\x00\x00"))
    assert segments(broken) == []


def test_a_segment_that_does_not_open_in_a_message_that_is_right() -> None:
    ring = centre()
    ring.add_private(DEVICE, KeyUsage.KEY_AGREEMENT, key(DEVICE, KeyUsage.KEY_AGREEMENT))
    sealed = Component(0x0702, 0x18, 0, 1, bytes(20), sealed=True)
    body = Gbz((sealed,)).encode()
    message = protect(Header(Cra.RESPONSE, 7, DEVICE, MINE, 0x0074), body, ring)
    report = MessageReader(ring).read(message)
    assert report.problem is not None
    assert (report.problem.code, report.fields["mac"], report.fields["decrypted"]) == ("gbcs-segment", "valid", False)
    damaged = bytearray(body)
    damaged[14] ^= 1  # the length of what is sealed
    with pytest.raises(MalformedPayload):
        parse_gbz(bytes(damaged), Cra.RESPONSE)
    with pytest.raises(GbcsError):
        Gbz((Component(0x0702, 1, 0, 1, bytes(70_000)),)).encode()


def test_a_stranger_who_signs_is_told_by_name() -> None:
    body = bytes.fromhex("0F20000007000202128F69090C07EA0B150603082A008000FF")
    made = contents(Header(Cra.ALERT, 7, RECOVERY, MINE, 0x1000, b"\xff" * 12), body)
    report = MessageReader(centre(), strict=True).read(signed(made, training_key(8)))
    assert report.problem is not None
    assert report.problem.code == "gbcs-unknown-party"
    assert "E0-E0-E0-E0-E0-E0-E0-E0" in report.problem.message
    assert report.fields["date_time"] == "FF" * 12
    assert MessageReader(centre()).read(signed(made, training_key(8))).problem is None


def test_blocks_with_odd_frames_are_refused() -> None:
    block = blocks.Block(1, 7, MINE, DEVICE, 0x62, GeneralBlock(True, False, 1, 1, 0, b"\x00" * 130))
    right = block.encode()
    assert blocks.parse_block(right).block.raw == b"\x00" * 130
    not_shortest = right[:34] + b"\x82\x00" + right[35:]
    for wrong in (right[:20], not_shortest, right[:33] + b"\x01" + right[34:]):
        with pytest.raises(MalformedMessage):
            blocks.parse_block(wrong)
    reassembly = blocks.Reassembly()
    endless = (
        blocks.Block(1, 7, MINE, DEVICE, 0x62, GeneralBlock(False, True, 1, number, 0, bytes(1000))).encode()
        for number in range(1, 200)
    )
    with pytest.raises(MalformedMessage):
        deque(map(reassembly.feed, endless))


def test_other_information_with_a_lying_certificate_is_refused() -> None:
    made = contents(Header(Cra.COMMAND, 7, MINE, DEVICE, 0x62), b"\xd9")
    for other in (b"\x00\x62" + bytes(16) + b"\x30\x84\x01", b"\x00\x62" + bytes(16) + b"\x31\x00", b"\x00\x62\x01"):
        wrong = made.replace(b"\x02\x00\x62", bytes((len(other),)) + other)
        with pytest.raises(MalformedMessage):
            parse(wrong)
    asked = Supplementary(MINE, 7, None, bytes.fromhex("300A") + bytes(10))
    with pytest.raises(GbcsError):
        contents(Header(Cra.COMMAND, 7, MINE, DEVICE, 0x62, b"", asked._replace(certificate=b"\x30\x01\x00")), b"")
    assert parse(contents(Header(Cra.COMMAND, 7, MINE, DEVICE, 0x62, b"", asked), b"")).supplementary == asked
    assert refused(device(), command()[:40]).value == "malformed"
    assert crypto.require_p256(training_key(1).public_key())
