"""The desk that training packs come from. Everybody knows its key: it is trusted in training and nowhere else."""

from __future__ import annotations

import hashlib
from functools import cache

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hht.i18n import _
from hht.packs.envelope import DeskKey
from hht.protocol.gbcs.crypto import PrivateKey, private_key


@cache
def training_desk_key() -> PrivateKey:
    """What the emulated desk signs packs with."""
    return private_key(hashlib.sha256(b"hht training desk").digest())


@cache
def second_training_key() -> PrivateKey:
    """What another person at the emulated desk signs with, where two have to."""
    return private_key(hashlib.sha256(b"hht training desk, a second person").digest())


@cache
def training_people() -> tuple[X25519PrivateKey, X25519PrivateKey]:
    """The two people at the emulated desk who read out one-time codes."""
    one, other = (hashlib.sha256(b"hht training desk, person %d" % number).digest() for number in (1, 2))
    return X25519PrivateKey.from_private_bytes(one), X25519PrivateKey.from_private_bytes(other)


def training_desk() -> DeskKey:
    """The emulated desk as terminals know it."""
    return DeskKey(_("training desk"), training_desk_key().public_key(), training=True, suppliers=None)


def second_training_desk() -> DeskKey:
    """The second person there."""
    return DeskKey(_("training desk, second person"), second_training_key().public_key(), training=True)
