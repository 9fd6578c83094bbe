"""The key pairs of training premises: made from their names, the same everywhere, printed by ``hht emulate``.

They guard nothing. Each end has a key for signing and one for agreement on the curve of each suite.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from hht.protocol.cosem import ecc
from hht.protocol.cosem.suites import Suite, suite_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

CLIENT, METER = "client", "meter"
SIGNING, AGREEMENT = "digital signature", "key agreement"
_FROM, _UNTIL = datetime(2020, 1, 1), datetime(2099, 12, 31)


def curve_suite(suite: int) -> Suite:
    """The suite whose curve is used: suite 0 has none and borrows that of suite 1."""
    return suite_of(suite or 1)


@cache
def _key(end: str, use: str, suite: int) -> EllipticCurvePrivateKey:
    parameters = curve_suite(suite)
    name = f"HHT training, {end}, {use}, {parameters.curve}"
    return ecc.private_key_from_number(int.from_bytes(hashlib.sha512(name.encode()).digest(), "big"), parameters)


def meter_keys(suite: int) -> ecc.EccKeys:
    """What an emulated meter holds: its own keys, and the training client's public ones."""
    return ecc.EccKeys(
        _key(METER, SIGNING, suite),
        _key(CLIENT, SIGNING, suite).public_key(),
        _key(METER, AGREEMENT, suite),
        _key(CLIENT, AGREEMENT, suite).public_key(),
    )


def client_keys(suite: int) -> dict[str, str]:
    """What a training client holds, in PEM, by the names that a keys file has for them."""
    return {
        "signing_key": _private_pem(_key(CLIENT, SIGNING, suite)),
        "server_certificate": _public_pem(_key(METER, SIGNING, suite).public_key()),
        "agreement_key": _private_pem(_key(CLIENT, AGREEMENT, suite)),
        "server_agreement_certificate": _public_pem(_key(METER, AGREEMENT, suite).public_key()),
    }


def certificates(suite: int, system_title: bytes) -> dict[str, str]:
    """The meter's two certificates (self-signed, named by its system title), by the names that a keys file has."""
    uses = {"server_certificate": SIGNING, "server_agreement_certificate": AGREEMENT}
    return {name: _certificate(_key(METER, use, suite), system_title) for name, use in uses.items()}


def _private_pem(key: EllipticCurvePrivateKey) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_pem(key: EllipticCurvePublicKey) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _certificate(key: EllipticCurvePrivateKey, system_title: bytes) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384
    from cryptography.hazmat.primitives.serialization import Encoding

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, system_title.hex().upper())])
    builder = x509.CertificateBuilder(name, name, key.public_key(), int.from_bytes(system_title, "big"), _FROM, _UNTIL)
    digest = SHA256() if key.curve.key_size == 256 else SHA384()
    return builder.sign(key, digest).public_bytes(Encoding.PEM).decode()
