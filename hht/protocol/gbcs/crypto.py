"""The cryptography of GBCS: P-256, SHA-256, AES-128-GCM (gbcs.md 2, verified on the reference test data).

One key agreement for all: static ECDH, and the single-step derivation of SP 800-56A over who speaks to whom in which
transaction. Messages that need several keys differ in that transaction.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA256

from hht.i18n import _
from hht.protocol.gbcs.errors import GbcsError, SegmentRefused

PrivateKey = EllipticCurvePrivateKey
PublicKey = EllipticCurvePublicKey

ALGORITHM: Final = bytes.fromhex("60857406080300")  # as GBCS has it: the Green Book writes 5 where this has a 6
TAG_LENGTH: Final = 12
COMMAND_KEY, RESPONSE_KEY, ALERT_KEY, ENCRYPTION_KEY = 1, 2, 3, 4  # first octet of the transaction in a derivation
SEGMENT_AAD: Final = b"\x31"
_ROUND: Final = b"\x00\x00\x00\x01"
_NOUGHTS: Final = bytes(4)
_ECDSA: Final = ECDSA(SHA256())
_SIGNING: Final = ECDSA(SHA256(), deterministic_signing=True)  # RFC 6979: the same message is the same octets
_ECDH: Final = ECDH()


def derive_key(z: bytes, originator: bytes, transaction: bytes, target: bytes) -> bytes:
    """The AES key (16 octets) of `transaction` (9 octets: kind, counter) between two entities that share `z`."""
    return sha256(_ROUND + z + ALGORITHM + originator + b"\x09" + transaction + target).digest()[:16]


def mac(key: bytes, originator: bytes, covered: bytes) -> bytes:
    """The MAC (12 octets) of what it covers: GMAC whose IV begins with the originator's identifier."""
    return AESGCM(key).encrypt(originator + _NOUGHTS, b"", covered)[:TAG_LENGTH]


def gmac(key: bytes, originator: bytes, covered: bytes) -> bytes:
    """All 16 octets of it; tokens use the last four."""
    return AESGCM(key).encrypt(originator + _NOUGHTS, b"", covered)


def same(one: bytes, other: bytes) -> bool:
    """Whether two MACs are alike, in time that says nothing of where they differ."""
    return compare_digest(one, other)


def seal(key: bytes, originator: bytes, plaintext: bytes) -> bytes:
    """Ciphertext and tag (12 octets) of a sensitive value."""
    sealed = AESGCM(key).encrypt(originator + _NOUGHTS, plaintext, SEGMENT_AAD)
    return sealed[: len(plaintext) + TAG_LENGTH]


def unseal(key: bytes, originator: bytes, sealed: bytes) -> bytes:
    """The plaintext of ciphertext and tag (12 octets). Raises SegmentRefused where the tag does not fit."""
    tag = sealed[-TAG_LENGTH:]
    try:
        decryptor = Cipher(AES(key), GCM(originator + _NOUGHTS, tag, min_tag_length=TAG_LENGTH)).decryptor()
        decryptor.authenticate_additional_data(SEGMENT_AAD)
        return decryptor.update(sealed[:-TAG_LENGTH]) + decryptor.finalize()
    except (InvalidTag, ValueError):
        raise SegmentRefused(
            _("An encrypted value does not fit its tag: it was changed, or is meant for another key.")
        ) from None


def shared_secret(own: PrivateKey, peer: PublicKey) -> bytes:
    """Z, 32 octets."""
    return own.exchange(_ECDH, peer)


def sign(key: PrivateKey, covered: bytes) -> bytes:
    """The signature as r || s, 64 octets."""
    r, s = decode_dss_signature(key.sign(covered, _SIGNING))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def is_signature(key: PublicKey, signature: bytes, covered: bytes) -> bool:
    """Whether `signature` (r || s, 64 octets) of `covered` was made with the private key of `key`."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), covered, _ECDSA)
    except InvalidSignature:
        return False
    return True


def private_key(number: bytes) -> PrivateKey:
    """The private key of 32 octets. Raises GbcsError, which never quotes it."""
    try:
        return derive_private_key(int.from_bytes(number, "big"), SECP256R1())
    except ValueError:
        raise _no_key() from None


def public_key(point: bytes) -> PublicKey:
    """The public key X || Y, 64 octets. Raises GbcsError where that is no point of P-256."""
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), b"\x04" + point)
    except ValueError:
        raise _no_key() from None


def require_p256(key: object) -> PublicKey:
    """`key` as a public key of P-256. Raises GbcsError for any other."""
    if not isinstance(key, EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise _no_key()
    return key


def _no_key() -> GbcsError:
    return GbcsError(
        _("This is no key of the curve P-256, which GBCS uses."),
        remedy=_("Give the key of the device or organisation as it was issued."),
        code="gbcs-key",
    )
