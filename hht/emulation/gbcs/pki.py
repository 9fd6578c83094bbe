"""Keys and certificates of a training premises: every key follows from its owner's identifier, so everybody knows them.

They are worth nothing outside of training; a certificate is issued by a training authority that no live device trusts.
Forms as in gbcs.md 2.2: an organisation's subject has its role (OU) and identifier (x500UniqueIdentifier), a device's
subject is empty and its identifier stands in the subject's alternative name.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type  # a bit string can be had in no other way
from cryptography.x509.oid import NameOID

from hht.identifiers.device_id import DeviceId
from hht.protocol.gbcs.certificates import Certificate, KeyUsage, read_certificate
from hht.protocol.gbcs.certification import device_names, key_usage
from hht.protocol.gbcs.crypto import PublicKey
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.training_trust import AUTHORITY, training_key

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
USAGES: Final = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
_DESK: Final = (Role.SUPPLIER, Role.ACCESS_CONTROL_BROKER)
_FROM, _FOR_EVER = datetime(2015, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
ROOT: Final = bytes(8)  # a root certificate names no identifier


@cache
def organisation_certificate(
    role: Role, usage: KeyUsage, entity: bytes = b"", generation: int = 0, *, authority: int = 0
) -> Certificate:
    """The certificate of whoever has `role`: of the cast, or `entity`; for its key of that `generation`, issued with
    the authority's key of the generation `authority`."""
    owner = entity or ORGANISATIONS[role]
    key = training_key(owner, usage, generation).public_key()
    return _issued(x509.CertificateBuilder().subject_name(_subject(role, owner)), owner, usage, key, authority)


@cache
def root_certificate(generation: int = 0) -> Certificate:
    """Of the training authority; a later one is issued by the first."""
    key = training_key(AUTHORITY, KeyUsage.CERTIFICATE_SIGNING, generation).public_key()
    builder = x509.CertificateBuilder().subject_name(_subject(Role.ROOT, ROOT))
    return _issued(builder, ROOT, KeyUsage.CERTIFICATE_SIGNING, key, 0)


@cache
def device_certificate(entity: bytes, usage: KeyUsage) -> Certificate:
    """The certificate that a device was made with."""
    return _for_device(entity, usage, training_key(entity, usage).public_key())


def organisation_certificates() -> tuple[Certificate, ...]:
    """Those of supplier and broker: what a pack brings, and a desk gives out."""
    return tuple(organisation_certificate(role, usage) for role in _DESK for usage in USAGES)


def device_certificates(device: DeviceId) -> tuple[Certificate, ...]:
    """Those that a device was made with: for signing, and for key agreement."""
    return tuple(device_certificate(device.to_bytes(), usage) for usage in USAGES)


def keys_for(device: DeviceId) -> KeyRing:
    """The keys of supplier and broker, and the device's public ones: enough to make commands and to check answers."""
    ring = KeyRing()
    for certificate in organisation_certificates():
        ring.add_certificate(certificate)
    for role in _DESK:
        for usage in USAGES:
            ring.add_private(ORGANISATIONS[role], usage, training_key(ORGANISATIONS[role], usage))
    for certificate in device_certificates(device):
        ring.add_certificate(certificate)
    return ring


def _for_device(entity: bytes, usage: KeyUsage, key: PublicKey) -> Certificate:
    names = device_names(entity)
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).add_extension(names, critical=True)
    return _issued(builder, entity, usage, key, 0)


def _subject(role: Role, owner: bytes) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"{role.number:02X}"),
            x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\x00" + owner, _ASN1Type.BitString),
        ]
    )


def _issued(
    builder: x509.CertificateBuilder, owner: bytes, usage: KeyUsage, key: PublicKey, authority: int
) -> Certificate:
    """Signed by the training authority, the same octets each time."""
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "HHT training")])
    signing = usage is KeyUsage.DIGITAL_SIGNATURE
    builder = (
        builder.issuer_name(issuer)
        .public_key(key)
        .serial_number(int.from_bytes(owner, "big") << 2 | (2 if signing else 1))
        .not_valid_before(_FROM)
        .not_valid_after(_FOR_EVER)
        .add_extension(key_usage(usage), critical=True)
    )
    signer = training_key(AUTHORITY, KeyUsage.CERTIFICATE_SIGNING, authority)
    made = builder.sign(signer, hashes.SHA256(), ecdsa_deterministic=True)
    return read_certificate(made.public_bytes(Encoding.DER), prepayment=usage is KeyUsage.PREPAYMENT)
