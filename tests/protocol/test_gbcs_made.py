"""Messages made by us of the reference data's stated inputs: header and payload, MAC, signature, each compared.

The header is made of what the data says of each field, never of what our parser found; the payload of its values.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from hht.protocol.gbcs.building import Header, contents, protect, signed, unsigned, with_mac
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import Cra, Supplementary, parse
from hht.protocol.gbcs.errors import KeyMissing
from hht.protocol.gbcs.payload import encode_payload, parse_payload
from hht.protocol.gbcs.protection import Check, check, check_signature, is_lawful
from tests.protocol.gbcs_vectors import key_ring, messages


def octets(text: str) -> bytes:
    return bytes.fromhex(text.replace("-", ""))


def stated(item: dict[str, Any]) -> Header:
    """The header as the data states it, field by field."""
    said = item["header"]
    numbers = [said.get(name) for name in ("supplementary_remote_party_counter", "supplementary_originator_counter")]
    counter, originator_counter = (None if number is None else int(number) for number in numbers)
    supplementary = Supplementary(
        octets(said.get("supplementary_remote_party_id") or ""),
        counter,
        originator_counter,
        octets(said.get("supplementary_remote_party_ka_certificate_hex") or ""),
    )
    code = said["message_code"]
    return Header(
        Cra(said["cra"]),
        int(said["originator_counter"]),
        octets(said["business_originator_id"]),
        octets(said["business_target_id"]),
        int(code, 16) if isinstance(code, str) else code,
        octets(said.get("date_time_hex") or ""),
        supplementary,
    )


def test_header_and_payload_are_byte_equal_for_all(vectors: Any) -> None:
    equal = 0
    for item in messages(vectors):
        whole = bytes.fromhex(item["hex"])
        payload = encode_payload(parse_payload(parse(whole)))
        if "rtds" not in item["id"]:  # real meters write true as they please
            payload = octets(item["payload_hex"])
        made = contents(stated(item), payload)
        assert made == octets(item["grouping_header_hex"]) + octets(item["payload_hex"]), item["id"]
        equal += 1
    assert equal == len(messages(vectors)) == 654


def test_macs_are_equal_over_the_signatures_that_came(vectors: Any) -> None:
    """With what the two parties share, as the data states it: every message of which a key is published."""
    compared = 0
    for item in messages(vectors):
        if not item["mac"] or not item["mac"].get("shared_secret_z"):
            continue
        body = contents(stated(item), octets(item["payload_hex"]))
        signature = octets(item["signature"]["hex"]) if item["signature"] else b""
        body = body + bytes((len(signature),)) + signature if signature else unsigned(body)
        assert with_mac(body, octets(item["mac"]["shared_secret_z"])) == bytes.fromhex(item["hex"]), item["id"]
        compared += 1
    assert compared == 411


def test_what_is_signed_is_signed_anew_where_a_key_is_published(vectors: Any) -> None:
    ring = key_ring(vectors)
    done: Counter[str] = Counter()
    for item in messages(vectors):
        if not item["signature"]:
            continue
        header = stated(item)
        try:
            key = ring.private(header.originator, KeyUsage.DIGITAL_SIGNATURE)
        except KeyMissing:
            done["no key"] += 1  # a device's
            continue
        again = parse(signed(contents(header, octets(item["payload_hex"])), key))
        assert check_signature(again, ring) is Check.VALID
        assert again.signature != octets(item["signature"]["hex"])
        done["signed"] += 1
    assert done["signed"] > 90
    assert sum(done.values()) == sum(1 for item in messages(vectors) if item["signature"])


@pytest.mark.parametrize("what", ["counter", "target"])
def test_other_devices_and_counters_make_other_messages_that_hold_as_well(vectors: Any, what: str) -> None:
    """Reference commands, with one field changed: made anew they verify, and the old MAC and signature do not fit."""
    ring, tried = key_ring(vectors), 0
    for item in messages(vectors)[::5]:
        message, header = parse(bytes.fromhex(item["hex"])), stated(item)
        if message.precommand or message.cra != Cra.COMMAND or not message.mac:
            continue
        if what == "counter":
            header = replace(header, counter=header.counter ^ 1 << 63)
        else:
            header = replace(header, target=header.target[:-1] + bytes((0xA1 if header.target[-1] == 0xA0 else 0xA0,)))
        try:
            made = parse(protect(header, message.payload, ring, sign=bool(message.signature)))
        except KeyMissing:
            continue
        assert check(made, ring).vouched
        assert is_lawful(made)
        spliced = made.raw[: made.payload_end] + message.raw[message.payload_end :]
        assert not check(parse(spliced), ring).vouched
        tried += 1
    assert tried > 20
