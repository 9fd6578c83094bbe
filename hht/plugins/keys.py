"""Who made a plug-in: an Ed25519 key pair, known by 16 hex digits of the SHA-256 of its public half."""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from hht.i18n import _
from hht.plugins.errors import PlugInError

PUBLIC_OCTETS: Final = 32
SIGNATURE_OCTETS: Final = 64
_DOMAIN: Final = b"hht-plugin/1\n"  # a signature over a manifest is nothing else's signature


def key_name(public: bytes) -> str:
    """What a maker's key is known by. `public`: 32 octets."""
    return hashlib.sha256(public).hexdigest()[:16]


def read_public(pem: bytes) -> bytes:
    """The 32 octets of a public key in PEM. Raises PlugInError ``plugin-key``."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm, InternalError):
        raise _no_key() from None
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key()
    return key.public_bytes_raw()


def public_pem(public: bytes) -> bytes:
    """A public key of 32 octets as PEM."""
    return Ed25519PublicKey.from_public_bytes(public).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_private(pem: bytes) -> Ed25519PrivateKey:
    """A private key in PEM without a pass phrase. Raises PlugInError ``plugin-key``."""
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm, InternalError):
        raise _no_key() from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key()
    return key


def private_pem(seed: bytes) -> bytes:
    """The private key of a seed (32 octets that nobody else has) as PEM."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def sign(manifest: bytes, key: Ed25519PrivateKey) -> bytes:
    """The public key and the signature over `manifest`: 96 octets."""
    return key.public_key().public_bytes_raw() + key.sign(_DOMAIN + manifest)


def signer(manifest: bytes, signature: bytes) -> bytes | None:
    """The public key (32 octets) that signed `manifest`; None: nobody did."""
    if len(signature) != PUBLIC_OCTETS + SIGNATURE_OCTETS:
        return None
    public = signature[:PUBLIC_OCTETS]
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature[PUBLIC_OCTETS:], _DOMAIN + manifest)
    except (InvalidSignature, ValueError):
        return None
    return public


def _no_key() -> PlugInError:
    return PlugInError(
        _("This is no Ed25519 key in PEM."),
        remedy=_("hht plugin build --new-key makes a pair: the public half ends in .pub.pem."),
        code="plugin-key",
    )
