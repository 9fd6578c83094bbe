"""GBCS messages of our own for the corpus: every kind, of keys that are numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from hht.protocol.cosem.access import AccessAction, AccessGet, AccessRequest, AccessResponse, AccessSet
from hht.protocol.cosem.codes import DataAccessResult
from hht.protocol.cosem.data import Data, DataType, array, double_long_unsigned, long_unsigned, octets, structure
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod, SelectiveAccess
from hht.protocol.cosem.notifications import DataNotification
from hht.protocol.cosem.obis import Obis
from hht.protocol.gbcs import crypto, gbz
from hht.protocol.gbcs.alerts import cosem_alert
from hht.protocol.gbcs.asn1_shapes import shape_of
from hht.protocol.gbcs.block_flow import acknowledgement
from hht.protocol.gbcs.blocks import parse_block, split
from hht.protocol.gbcs.building import Header, contents, unsigned, with_mac
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.certification import certificate_request
from hht.protocol.gbcs.envelope import Cra, Supplementary
from hht.protocol.gbcs.payload import Asn1, Payload, encode_payload, long_invoke_id
from hht.protocol.zigbee.handheld import ALERT, Envelope
from tests.fuzz.mutation import Messages

_SUPPLIER, _DEVICE = bytes.fromhex("90B3D51F30010000"), bytes.fromhex("00DB1234567890A0")
_KEY, _Z = crypto.private_key(bytes(31) + b"\x07"), bytes(range(32))
_WHEN: Final = datetime(2026, 11, 21, 3, 8, 42, tzinfo=UTC)
_TIME: Final = encode_datetime(_WHEN)
_ON_BEHALF: Final = Supplementary(_SUPPLIER, 7), Supplementary(_SUPPLIER, 7, 8), Supplementary(_SUPPLIER)


def _name(text: str) -> Obis:
    return Obis.parse(text)


def _requests() -> Iterator[tuple[int, Payload]]:
    clock = CosemAttribute(8, _name("0-0:1.0.0"), 6)
    register = CosemMethod(104, _name("0-0:30.3.0"), 1)
    profile = CosemAttribute(7, _name("1-0:99.1.0"), 2)
    chosen = SelectiveAccess(1, structure(octets(_TIME), octets(_TIME)))
    entry = structure(octets(_DEVICE), Data(DataType.ENUM, 1), octets(bytes(range(16))), Data(DataType.ENUM, 0))
    yield 0x0062, AccessRequest(long_invoke_id(7), (AccessSet(clock),), (octets(_TIME),))
    yield (
        0x0001,
        AccessRequest(
            long_invoke_id(7), (AccessAction(register), AccessGet(profile, chosen)), (entry, Data(DataType.NULL))
        ),
    )
    yield (
        0x0007,
        AccessRequest(
            long_invoke_id(7), (AccessAction(CosemMethod(115, _name("0-0:19.40.0"), 1)),), (octets(b"1" * 20),)
        ),
    )
    yield 0x0087, gbz.Gbz((gbz.Component(0x0708, 9, 0, 3, bytes(12) + b"\x0a1234567890"),), count=1)
    reads = gbz.Component(0x0702, 0, 0, 0, bytes.fromhex("02030000")), gbz.Component(0x0705, 1, 1, 8, bytes(5), 7)
    yield 0x0074, gbz.Gbz(reads, count=2)
    for code, tag, value in (
        (0x000E, 0x30, {"joinMethodAndRole": 2, "otherDeviceEntityIdentifier": _DEVICE, "otherDeviceType": 3}),
        (0x000F, 0x04, _DEVICE),
        (0x007F, 0x30, {"validityIntervalStart": _WHEN, "validityIntervalEnd": _WHEN + timedelta(minutes=1)}),
        (0x0012, 0x30, {"manufacturerImageHash": bytes(32), "originatorCounter": 7}),
        (0x0013, 0x05, None),
    ):
        shape = shape_of(code, Cra.COMMAND, tag)
        assert shape is not None
        yield code, Asn1(value, shape)


def _responses() -> Iterator[tuple[int, Payload]]:
    done, failed = DataAccessResult.SUCCESS, DataAccessResult.HARDWARE_FAULT
    rows = array([structure(octets(_TIME), double_long_unsigned(step)) for step in range(3)])
    sealed = gbz.SECURITY_HEADER + crypto.seal(bytes(16), _DEVICE, bytes(9))
    parameters = array([structure(Data(DataType.ENUM, 2), octets(b""))])
    yield 0x0062, AccessResponse(long_invoke_id(7), (Data(DataType.NULL), rows), (done, failed), (2, 1))
    yield 0x0027, AccessResponse(long_invoke_id(7), (structure(parameters, octets(sealed)),), (done,), (3,))
    answer = bytes.fromhex("0000002500000000000002030022e80300010380")
    yield (
        0x0074,
        gbz.Gbz((gbz.Component(0x0702, 0x18, 0, 1, answer), gbz.Component(0x0705, 8, 0, 11, b"\x05\xc0")), count=2),
    )
    secret = crypto.seal(bytes(16), _DEVICE, answer)
    yield 0x0074, gbz.Gbz((gbz.Component(0x0702, 0x18, 0, 1, secret, sealed=True),), count=1)
    for code, tag, value in (
        (0x000E, 0x02, 0),
        (
            0x0013,
            0x30,
            {"readDeviceLogResponseCode": 0, "deviceLogEntries": [{"deviceIdentifier": _DEVICE, "deviceType": 1}]},
        ),
        (0x0102, 0x30, {"commandAccepted": None}),
    ):
        shape = shape_of(code, Cra.RESPONSE, tag)
        assert shape is not None
        yield code, Asn1(value, shape)


def _alerts() -> Iterator[tuple[int, Payload]]:
    head = long_unsigned(0x8F69), octets(_TIME)
    yield 0x1000, DataNotification(long_invoke_id(9), b"", structure(*head))
    about = bytes.fromhex("00C700000000000003EB0071000013 1405FF07")
    yield (
        0x00CC,
        DataNotification(long_invoke_id(9), b"", structure(long_unsigned(0x8F66), octets(_TIME), octets(about))),
    )
    yield 0x00CD, gbz.Gbz((), 0x8F66, 7, gbz.FutureDated(0x6C, 1001, 0x0705, 1, 6).encode(), 1)
    yield (
        0x008B,
        gbz.Gbz((gbz.Component(0x0709, 0x19, 0, 1, bytes.fromhex("010000010003 1f8f00f9351c00")),), 0x8F0A, 7, count=1),
    )


def messages() -> Iterator[Messages]:
    """Each with a signature, with a MAC, with both, as a pre-command, and for somebody else."""
    for cra, kinds in ((Cra.COMMAND, _requests()), (Cra.RESPONSE, _responses()), (Cra.ALERT, _alerts())):
        for number, (code, payload) in enumerate(kinds):
            parties = (_SUPPLIER, _DEVICE) if cra is Cra.COMMAND else (_DEVICE, _SUPPLIER)
            time = _TIME if cra is Cra.RESPONSE and number % 2 else b""
            made = contents(Header(cra, 1000 + number, *parties, code, time), encode_payload(payload))
            with_signature = made + b"\x40" + bytes(64)  # a real one would be another each time
            yield (with_signature,)
            yield (with_mac(unsigned(made), _Z),)
            if cra is Cra.COMMAND:
                yield from ((made,), (unsigned(made),), (with_mac(with_signature, _Z),))
    for asked in _ON_BEHALF:
        made = contents(Header(Cra.COMMAND, 5, _SUPPLIER, _DEVICE, 0x010F, b"", asked), b"\xd9" + bytes(5))
        yield (with_mac(unsigned(made), _Z),)


def blocks() -> Iterator[Messages]:
    """Every block of two long ones."""
    for (octets_of,) in list(messages())[:2]:
        yield from ((piece,) for piece in split(octets_of, size=48))


def certificates() -> Iterator[Messages]:
    """An organisation's and a device's, without the signature that is another each time."""
    unique = x509.NameAttribute(x509.NameOID.X500_UNIQUE_IDENTIFIER, b"\x00" + _SUPPLIER, x509.name._ASN1Type.BitString)
    organisation = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "02"), unique])
    serial = bytes.fromhex("06092A863A000000000102") + b"\x04\x08" + _DEVICE
    name = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4"), b"\x30" + bytes((len(serial),)) + serial)
    for subject, names in ((organisation, None), (x509.Name([]), name)):
        builder = x509.CertificateBuilder(
            x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Z1")]), subject, _KEY.public_key(), 5, _WHEN, _WHEN
        ).add_extension(x509.KeyUsage(True, *[False] * 8), critical=True)
        if names is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName([names]), critical=True)
        made = builder.sign(_KEY, SHA256(), ecdsa_deterministic=True)
        yield (made.public_bytes(Encoding.DER),)
        yield (made.public_bytes(Encoding.PEM),)


def requests() -> Iterator[Messages]:
    """A device's requests for certificates."""
    for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT):
        yield (certificate_request(_DEVICE, usage, _KEY),)


def block_flows() -> Iterator[Messages]:
    """A message in its order, with one block twice, and with one too early; and what acknowledges it."""
    whole = next(octets for (octets,) in messages() if len(octets) > 150)
    pieces = split(whole, size=64, streaming=False)
    yield tuple(pieces)
    yield (pieces[0], *pieces)
    yield (pieces[1], pieces[0], *pieces[1:])
    yield tuple(acknowledgement(parse_block(pieces[0]), number) for number in range(3))


def alerts() -> Iterator[Messages]:
    """Alerts as a hub hands them on: whole, and in blocks."""
    payload = encode_payload(cosem_alert(7, 0x8F30, _WHEN, octets(bytes(90))))
    header = Header(Cra.ALERT, 7, _DEVICE, _SUPPLIER, 0x1000)
    made = contents(header, payload) + bytes((64,)) + bytes(64)
    device = _DEVICE.hex().upper()
    yield (Envelope(device, 1, ALERT, made).encode(),)
    yield tuple(Envelope(device, 2, ALERT, piece).encode() for piece in split(made, size=64))
