"""Elliptic curves as COSEM uses them: keys from PEM, signatures as r || s, points as X || Y, agreement, derivation.

Signatures and agreement: Green Book 9.2.3.4; the derivation is the single-step one of NIST SP 800-56A.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.protocol.cosem.errors import SecurityError, ValueOutOfRange
from hht.protocol.cosem.suites import Suite, suite_with_curve

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurve,
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )
    from cryptography.hazmat.primitives.hashes import HashAlgorithm


@dataclass(frozen=True, slots=True)
class EccKeys:
    """The key pairs of one end and the public keys of the other; None: not at hand. Nothing shows in `repr`.

    `signing_key` signs, `peer_signing_key` checks what the other end signed; `agreement_key` and `peer_agreement_key`
    are the static keys of key agreement.
    """

    signing_key: EllipticCurvePrivateKey | None = field(default=None, repr=False)
    peer_signing_key: EllipticCurvePublicKey | None = field(default=None, repr=False)
    agreement_key: EllipticCurvePrivateKey | None = field(default=None, repr=False)
    peer_agreement_key: EllipticCurvePublicKey | None = field(default=None, repr=False)


def private_key(pem: str) -> EllipticCurvePrivateKey:
    """The private key in `pem` (PKCS #8 or SEC 1, not encrypted). Raises ValueOutOfRange, which never quotes it."""
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm, InternalError):
        key = None
    if not isinstance(key, EllipticCurvePrivateKey):
        raise _no_key(_("This is no private key of an elliptic curve in PEM."))
    suite_with_curve(key.curve.name)
    return key


def public_key(pem: str) -> EllipticCurvePublicKey:
    """The public key in `pem`: a certificate or a bare public key. Raises ValueOutOfRange."""
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    key: object = None
    try:
        if "BEGIN CERTIFICATE" in pem:
            key = load_pem_x509_certificate(pem.encode()).public_key()
        else:
            key = load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm, InternalError):
        pass
    if not isinstance(key, EllipticCurvePublicKey):
        raise _no_key(_("This is no certificate or public key of an elliptic curve in PEM."))
    suite_with_curve(key.curve.name)
    return key


def _no_key(message: str) -> ValueOutOfRange:
    return ValueOutOfRange(
        message, remedy=_("Give the whole PEM text, from BEGIN to END, without a pass phrase."), code="cosem-pem"
    )


def suite_of_key(key: EllipticCurvePrivateKey | EllipticCurvePublicKey) -> Suite:
    """The suite whose curve `key` is on. Raises ValueOutOfRange."""
    return suite_with_curve(key.curve.name)


def private_key_from_number(number: int, suite: Suite) -> EllipticCurvePrivateKey:
    """The private key on the suite's curve made from `number`, taken modulo the order (never 0)."""
    from cryptography.hazmat.primitives.asymmetric.ec import derive_private_key

    curve = _curve(suite)
    return derive_private_key(number % (curve.group_order - 1) + 1, curve)


def _curve(suite: Suite) -> EllipticCurve:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1

    return SECP256R1() if suite.curve == "secp256r1" else SECP384R1()


def _hash(suite: Suite) -> HashAlgorithm:
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384

    return SHA256() if suite.digest == "sha256" else SHA384()


def sign(key: EllipticCurvePrivateKey, octets: bytes) -> bytes:
    """The signature of `octets` as r || s: 64 octets on P-256 (SHA-256), 96 on P-384 (SHA-384)."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    suite = suite_of_key(key)
    r, s = decode_dss_signature(key.sign(octets, ECDSA(_hash(suite), deterministic_signing=True)))
    size = suite.curve_octets
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def is_signature(key: EllipticCurvePublicKey, signature: bytes, octets: bytes) -> bool:
    """Whether `signature` (r || s) of `octets` was made with the private key of `key`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    suite = suite_of_key(key)
    if len(signature) != suite.signature_length:
        return False
    half = suite.curve_octets
    der = encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
    try:
        key.verify(der, octets, ECDSA(_hash(suite)))
    except InvalidSignature:
        return False
    return True


def point_octets(key: EllipticCurvePublicKey) -> bytes:
    """X || Y."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]


def point(octets: bytes, suite: Suite) -> EllipticCurvePublicKey:
    """The public key X || Y on the suite's curve. Raises SecurityError where it is no point of it."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    try:
        return EllipticCurvePublicKey.from_encoded_point(_curve(suite), b"\x04" + octets)
    except ValueError:
        raise SecurityError(
            _("A key for agreement came that is no point on the curve of the security suite."), code="cosem-point"
        ) from None


def shared_secret(own: EllipticCurvePrivateKey, peer: EllipticCurvePublicKey) -> bytes:
    """Z: the x coordinate of the product. Raises SecurityError where the keys are on different curves."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDH

    try:
        return own.exchange(ECDH(), peer)
    except ValueError:
        raise SecurityError(_("The keys for agreement are on different curves."), code="cosem-point") from None


def derive_key(suite: Suite, z: bytes, party_u: bytes, party_v: bytes, *, algorithm: bytes = b"") -> bytes:
    """The key that both ends derive from `z`: the hash of a counter 1, Z, and the identities (Green Book 9.2.3.4.6.5).

    `party_u` and `party_v` are as the scheme has them: system titles; with static keys `party_u` is followed by the
    transaction-id with its length. `algorithm` replaces the suite's algorithm identifier (GBCS writes another).
    """
    text = b"\x00\x00\x00\x01" + z + (algorithm or suite.gcm_algorithm) + party_u + party_v
    return hashlib.new(suite.digest, text).digest()[: suite.key_length]
