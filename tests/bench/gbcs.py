"""`make bench-gbcs`: what checking and showing GBCS messages costs, beside the bare cryptography that it needs.

- verify, signed messages: at most 1.25 times the bare calls that cannot be avoided
- verify, messages with a MAC alone: at most 30 µs above them
- the whole tree: at least 5,000 messages a second on one core, over every message of the set
- a pack of 200 commands, half of them signed: inspected in under 200 ms

Verifying is taking the envelope apart and checking MAC and signature, with shared secrets kept; bare are the KDF's hash
and the GMAC for a MAC, ECDSA for a signature, over octets that lie ready. Both in turns in one run, in CPU seconds; the
best turn counts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from hht.clock import ManualClock
from hht.packs.envelope import open_unverified
from hht.packs.pack import parse_pack
from hht.protocol.gbcs import crypto
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.dissect import dissect_gbcs
from hht.protocol.gbcs.envelope import Envelope, parse
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.protection import check, mac_parties
from tests.bench.model import verdict
from tests.conftest import VECTORS
from tests.packs.at_home import entry, pack_of, set_limit, set_mpan
from tests.protocol.gbcs_vectors import key_ring, messages

SIGNED_BAR, MAC_BAR_US, TREES_BAR, PACK_BAR_MS = 1.25, 30.0, 5_000, 200.0
TURNS, LONGER = 9, 5  # turns of each; how often the set is gone through in one
Work = Callable[[], object]


def bare_calls(message: Envelope, ring: KeyRing) -> list[Work]:
    """The cryptography that this message cannot be checked without, everything else done already."""
    calls: list[Work] = []
    if message.mac:
        z = ring.secret(*mac_parties(message, ring.acb))
        assert z is not None
        raw, start = message.raw, message.start
        agreed = b"\x00\x00\x00\x01" + z + crypto.ALGORITHM + message.originator + b"\x09"
        text = agreed + raw[start + 2 : start + 11] + message.target
        iv, covered = message.originator + bytes(4), message.authenticated
        calls.append(lambda: AESGCM(sha256(text).digest()[:16]).encrypt(iv, b"", covered))
    if message.signature:
        key = ring.public(message.originator, KeyUsage.DIGITAL_SIGNATURE)
        assert key is not None
        halves = message.signature[:32], message.signature[32:]
        encoded = encode_dss_signature(*(int.from_bytes(half, "big") for half in halves))
        signed, algorithm = message.signed, ECDSA(SHA256())
        calls.append(lambda: key.verify(encoded, signed, algorithm))
    return calls


def turns(*works: Work) -> list[float]:
    """CPU seconds of the best turn of each, in turns."""
    best = [float("inf")] * len(works)
    for _turn in range(TURNS):
        for index, work in enumerate(works):
            began = time.process_time()
            work()
            best[index] = min(best[index], time.process_time() - began)
    return best


def verifying(octets: list[bytes], ring: KeyRing) -> tuple[float, float]:
    """Microseconds a message: ours, and the bare calls."""
    calls = [call for one in octets for call in bare_calls(parse(one), ring)]

    def ours() -> None:
        for _time in range(LONGER):
            for one in octets:
                check(parse(one), ring)

    def bare() -> None:
        for _time in range(LONGER):
            for call in calls:
                call()

    spent = turns(ours, bare)
    return spent[0] / len(octets) / LONGER * 1e6, spent[1] / len(octets) / LONGER * 1e6


def trees(octets: list[bytes]) -> float:
    """Trees a second."""

    def all_of_them() -> None:
        for one in octets:
            dissect_gbcs(one)

    return len(octets) / turns(all_of_them)[0]


def inspecting() -> float:
    """Milliseconds for a pack of 200 commands, envelope and all its rules."""
    entries = [
        entry(f"c{number}", set_limit(1000 + number) if number % 2 else set_mpan(1000 + number))
        for number in range(200)
    ]
    octets = pack_of(ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)), *entries)
    return turns(lambda: parse_pack(open_unverified(octets), "pack"))[0] * 1e3


def main() -> int:
    """Measure, print, and return 1 when a bar is missed."""
    if not (VECTORS / "gbcs.json").exists():
        print(f"no outside messages: {VECTORS} has no gbcs.json")
        return 1
    data: Any = json.loads(Path(VECTORS / "gbcs.json").read_text(encoding="utf-8"))

    def vectors(_name: str) -> Any:
        return data

    ring, items = key_ring(vectors), [item for item in messages(vectors) if item["source"] != "gbcs"]
    right = [item for item in items if all(part["verified"] for part in (item["mac"], item["signature"]) if part)]
    kinds = {
        "signed": [item for item in right if item["signature"] and not item["mac"]],
        "signed, with a MAC": [item for item in right if item["signature"] and item["mac"]],
        "MAC alone": [item for item in right if item["mac"] and not item["signature"]],
    }
    held = []
    for name, found in kinds.items():
        ours, bare = verifying([bytes.fromhex(item["hex"]) for item in found], ring)
        figure = f"{ours:.1f} us, bare {bare:.1f} us: {ours / bare:.3f} times, {ours - bare:.1f} us above"
        good = ours - bare <= MAC_BAR_US if name == "MAC alone" else ours <= SIGNED_BAR * bare
        held.append(verdict(f"verify, {name} ({len(found)})", figure, good))
    rate = trees([bytes.fromhex(item["hex"]) for item in items])
    held.append(verdict(f"trees of all {len(items)}", f"{rate:,.0f} messages/s", rate >= TREES_BAR))
    spent_ms = inspecting()
    held.append(verdict("inspect a pack of 200 commands", f"{spent_ms:.0f} ms", spent_ms < PACK_BAR_MS))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
