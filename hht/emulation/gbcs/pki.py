"""Keys and certificates of a training premises: every key follows from its owner's identifier, so everybody knows them.

They are worth nothing outside of training; a certificate is issued by a training authority that no live device trusts.
Forms as in gbcs.md 2.2: an organisation's subject has its role (OU) and identifier (x500UniqueIdentifier), a device's
subject is empty and its identifier stands in the subject's alternative name.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type  # a bit string can be had in no other way
from cryptography.x509.oid import NameOID

from hht.protocol.gbcs import der
from hht.protocol.gbcs.certificates import Certificate, KeyUsage, read_certificate
from hht.protocol.gbcs.crypto import PrivateKey, private_key
from hht.protocol.gbcs.messages import Role

# The cast of the reference data, so that one set of names serves both.
ORGANISATIONS: Final = {
    Role.SUPPLIER: bytes.fromhex("90B3D51F30010000"),
    Role.NETWORK_OPERATOR: bytes.fromhex("90B3D51F30020000"),
    Role.ACCESS_CONTROL_BROKER: bytes.fromhex("90B3D51F30000002"),
    Role.TRANSITIONAL_COS: bytes.fromhex("90B3D51F30000004"),
    Role.WAN_PROVIDER: bytes.fromhex("90B3D51F30000007"),
    Role.RECOVERY: bytes.fromhex("90B3D51F30000001"),
    Role.LOAD_CONTROLLER: bytes.fromhex("90B3D51F30010008"),
}
_FROM, _FOR_EVER = datetime(2015, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_HARDWARE_MODULE_NAME: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4")
_DEVICE_OID: Final = bytes.fromhex("060E2A863A0001848FB90F0102020104")  # 1.2.826.0.1.8641679.1.2.2.1.4


def training_key(entity: bytes, usage: KeyUsage) -> PrivateKey:
    """The private key of `entity` (8 octets) for `usage`."""
    return private_key(hashlib.sha256(b"hht training key " + entity + usage.value.encode()).digest())


@cache
def organisation_certificate(role: Role, usage: KeyUsage, entity: bytes = b"") -> Certificate:
    """The certificate of whoever has `role`: of the cast, or `entity`."""
    owner = entity or ORGANISATIONS[role]
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"{role.number:02X}"),
            x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\x00" + owner, _ASN1Type.BitString),
        ]
    )
    return _issued(x509.CertificateBuilder().subject_name(subject), owner, usage)


@cache
def device_certificate(entity: bytes, usage: KeyUsage) -> Certificate:
    """The certificate of a device."""
    name = der.tlv(der.SEQUENCE, _DEVICE_OID + der.tlv(der.OCTET_STRING, entity))
    names = x509.SubjectAlternativeName([x509.OtherName(_HARDWARE_MODULE_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).add_extension(names, critical=True)
    return _issued(builder, entity, usage)


def _issued(builder: x509.CertificateBuilder, owner: bytes, usage: KeyUsage) -> Certificate:
    """Signed by the training authority, the same octets each time."""
    authority = training_key(b"training", KeyUsage.CERTIFICATE_SIGNING)
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "HHT training")])
    signing = usage is KeyUsage.DIGITAL_SIGNATURE
    builder = (
        builder.issuer_name(issuer)
        .public_key(training_key(owner, usage).public_key())
        .serial_number(int.from_bytes(owner, "big") << 2 | (2 if signing else 1))
        .not_valid_before(_FROM)
        .not_valid_after(_FOR_EVER)
        .add_extension(_key_usage(signing=signing), critical=True)
    )
    made = builder.sign(authority, hashes.SHA256(), ecdsa_deterministic=True)
    return read_certificate(made.public_bytes(Encoding.DER), prepayment=usage is KeyUsage.PREPAYMENT)


def _key_usage(*, signing: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signing,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=not signing,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
