"""Sensitive COSEM values as they stand in responses and alerts: a data protection object's answer (gbcs.md 2).

structure { protection parameters, octet-string { 31 00000000, ciphertext, tag } }
"""

from __future__ import annotations

from hht.protocol.cosem.values import Data, array, enumerated, octets, structure
from hht.protocol.gbcs import crypto
from hht.protocol.gbcs.building import Header
from hht.protocol.gbcs.gbz import SECURITY_HEADER
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.segments import sealing_key

_AUTHENTICATED_AND_ENCRYPTED, _AGREED_KEY = 2, 2
_STATIC_KEYS = b"\x02"  # C(0e, 2s)


def protected_value(header: Header, sealed: bytes) -> Data:
    """The value that a message with this header carries for `sealed`: ciphertext and tag."""
    asked = header.supplementary
    counter = header.counter if asked.originator_counter is None else asked.originator_counter
    transaction = bytes((crypto.ENCRYPTION_KEY,)) + counter.to_bytes(8, "big")
    key = structure(enumerated(_AGREED_KEY), structure(octets(_STATIC_KEYS), octets(b"")))
    parties = octets(header.originator), octets(asked.party or header.target)
    options = structure(octets(transaction), *parties, octets(b""), key)
    parameters = array([structure(enumerated(_AUTHENTICATED_AND_ENCRYPTED), options)])
    return structure(parameters, octets(SECURITY_HEADER + sealed))


def sealed_value(header: Header, plaintext: bytes, keys: KeyRing) -> Data:
    """The value for `plaintext`, an encoded COSEM value, sealed for whoever the message is for. Raises KeyMissing."""
    return protected_value(header, crypto.seal(sealing_key(header, keys), header.originator, plaintext))
