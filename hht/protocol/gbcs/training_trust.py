"""The authority that certificates of training are issued by. Everybody knows its key: nothing of it is worth anything
in live work, where certificates of it are refused by their issuer's signature, whatever they say of themselves."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Final

from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.certification import is_issued
from hht.protocol.gbcs.crypto import PrivateKey, PublicKey, private_key

AUTHORITY: Final = b"training"


def training_key(entity: bytes, usage: KeyUsage, generation: int = 0) -> PrivateKey:
    """The private key of `entity` (8 octets) for `usage`. `generation`: how often it was renewed."""
    renewed = generation.to_bytes(4, "big") if generation else b""
    return private_key(hashlib.sha256(b"hht training key " + entity + usage.value.encode() + renewed).digest())


@cache
def _root() -> PublicKey:
    return training_key(AUTHORITY, KeyUsage.CERTIFICATE_SIGNING).public_key()


def is_of_training(octets: bytes) -> bool:
    """Whether the certificate `octets` (DER) was issued by the training authority."""
    return is_issued(octets, (), _root())
