"""Outside GBCS messages and the keys that come with them, as the tests of `hht.protocol.gbcs` use them."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from hht.protocol.gbcs import crypto
from hht.protocol.gbcs.certificates import Certificate, KeyUsage, read_certificate
from hht.protocol.gbcs.keys import KeyRing

ACB = bytes.fromhex("90B3D51F30000002")
SUPPLIER = bytes.fromhex("90B3D51F30010000")
ESME = bytes.fromhex("00DB1234567890A0")
MISLABELLED = "90B3D51F30000007/ka"  # another supplier's, says the data's own description


def of_kind(vectors: Any, kind: str) -> list[dict[str, Any]]:
    return [item for item in vectors("gbcs.json")["vectors"] if item["kind"] == kind]


def messages(vectors: Any) -> list[dict[str, Any]]:
    return of_kind(vectors, "gbcs_message")


def name_of(key: dict[str, Any]) -> tuple[bytes, KeyUsage]:
    entity, usage = key["key_id"].split("/")
    return bytes.fromhex(entity), KeyUsage(usage)


def certificates(vectors: Any) -> list[tuple[dict[str, Any], Certificate]]:
    return [
        (key, read_certificate(base64.b64decode(key["certificate_der_b64"]), prepayment=key["prepayment"]))
        for key in vectors("gbcs.json")["keys"]
        if "certificate_der_b64" in key and key["key_id"] != MISLABELLED
    ]


def key_ring(vectors: Any, *, private: bool = True, acb: bytes = ACB) -> KeyRing:
    """Every key of the data; without `private` ones it is what a terminal in the field has."""
    ring = KeyRing(acb)
    for _key, certificate in certificates(vectors):
        ring.add_certificate(certificate)
    for key in vectors("gbcs.json")["keys"]:
        entity, usage = name_of(key)
        if "certificate_der_b64" not in key:
            ring.add_public(entity, usage, crypto.public_key(bytes.fromhex(key["public_key_hex"])))
        if private and "private_key_hex" in key:
            ring.add_private(entity, usage, crypto.private_key(bytes.fromhex(key["private_key_hex"])))
    return ring


@cache
def training_key(number: int) -> crypto.PrivateKey:
    """A private key of our own, the same each time."""
    return crypto.private_key((number + 1).to_bytes(32, "big"))
