"""Maintainers to train and test with. Everybody can make their keys: they are trusted in training, and refused wherever
else they stand."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAINTAINERS: Final = 5


@cache
def training_maintainer(number: int) -> Ed25519PrivateKey:
    """The key of one of them, 1 to `MAINTAINERS`."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"hht training maintainer %d" % number).digest())


def public_of(key: Ed25519PrivateKey) -> str:
    """A public key as metadata writes it: 64 hex digits."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


@cache
def _publics() -> frozenset[str]:
    return frozenset(public_of(training_maintainer(number)) for number in range(1, MAINTAINERS + 1))


def is_of_training(public: str) -> bool:
    """Whether everybody has the private half."""
    return public in _publics()
