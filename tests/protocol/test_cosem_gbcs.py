"""Messages of the British reference test data: key agreement, general-ciphering's tag, general-signing's signature."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hht.protocol.cosem import apdu, ecc
from hht.protocol.cosem.general import GeneralCiphering, GeneralSigning
from hht.protocol.cosem.security import GcmKey
from hht.protocol.cosem.suites import suite_of

SUITE = suite_of(1)
ALGORITHM = bytes.fromhex("60857406080300")  # GBCS has a 6 where the Green Book has a 5


def keys_of(vectors: Any) -> dict[str, dict[str, str]]:
    return {key["key_id"]: key for key in vectors("gbcs.json")["keys"]}


def agreed(keys: dict[str, dict[str, str]], private_id: str, public_id: str) -> bytes:
    number = int(keys[private_id]["private_key_hex"], 16)
    own = ecc.private_key_from_number(number - 1, SUITE)  # which adds the 1 again
    return ecc.shared_secret(own, ecc.point(bytes.fromhex(keys[public_id]["public_key_hex"]), SUITE))


def test_keys_are_agreed_on_as_in_the_reference(vectors: Any) -> None:
    keys = keys_of(vectors)
    done = 0
    for item in vectors("gbcs.json")["vectors"]:
        if item["kind"] != "kdf":
            continue
        z = agreed(keys, item["private_key_id"], item["public_key_id"])
        assert z.hex().upper() == item["shared_secret_z"]
        transaction = bytes.fromhex(item["transaction_id"])
        originator = bytes.fromhex(item["originator"]) + bytes((len(transaction),)) + transaction
        key = ecc.derive_key(SUITE, z, originator, bytes.fromhex(item["recipient"]), algorithm=ALGORITHM)
        assert key.hex().upper() == item["aes_key"]
        done += 1
    assert done == 2


def messages(vectors: Any) -> list[dict[str, Any]]:
    return [item for item in vectors("gbcs.json")["vectors"] if item["kind"] == "gbcs_message"]


def test_every_tag_of_general_ciphering(vectors: Any) -> None:
    """GBCS has no authentication key, and its keys are agreed on beforehand: key-info is absent."""
    done: Counter[str] = Counter()
    for item in messages(vectors):
        mac = item["mac"]
        if mac is None or not mac["verified"]:
            continue
        octets = bytes.fromhex(item["hex"])
        message = apdu.parse_apdu(octets)
        assert isinstance(message, GeneralCiphering)
        assert message.encode() == octets
        assert message.key_info is None
        key = GcmKey(bytes.fromhex(mac["aes_key"]), b"", bytes.fromhex(mac["iv"])[:8], message.header.encode())
        inside = key.unprotect(message.body, message.control, message.counter)
        assert inside.hex().upper().startswith(item["grouping_header_hex"].upper())
        done[item["form"]] += 1
    assert sum(done.values()) == 411


def test_every_signature_of_general_signing(vectors: Any) -> None:
    keys = keys_of(vectors)
    done = 0
    for item in messages(vectors):
        signature = item["signature"]
        if signature is None or not signature["verified"]:
            continue
        octets = bytes.fromhex(item["hex"])[len(bytes.fromhex(item["mac_header_hex"])) :]
        message = apdu.parse_apdu(octets[:-12] if item["mac"] else octets)
        assert isinstance(message, GeneralSigning)
        assert message.signature.hex().upper() == signature["hex"].upper()
        public = ecc.point(bytes.fromhex(keys[signature["signer_key_id"]]["public_key_hex"]), SUITE)
        assert ecc.is_signature(public, message.signature, message.signed)
        assert not ecc.is_signature(public, message.signature, message.signed + b"\x00")
        done += 1
    assert done > 200, done
