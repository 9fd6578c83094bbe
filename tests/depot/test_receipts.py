"""A receipt in a file: what the depot signed is what counts, octet for octet, and for one world alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from hht.clock import ManualClock
from hht.depot.cards import Card, OwnKeys, Role, signed_receipt
from hht.store.store import Store
from tests.window.samples import NOW
from ui.depot_kept import TerminalDepot
from ui.receipts import OutboxError, acknowledge, read_receipt
from ui.stores import open_store
from ui.trusted_depot import word_of

KEYS = OwnKeys(bytes(32))


def card(*, training: bool = True) -> Card:
    return KEYS.card(Role.DEPOT, "North", training=training)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path, "", training=True, clock=ManualClock(NOW)) as opened:
        TerminalDepot(opened, bytes).trust(card().write())
        yield opened


@pytest.fixture
def receipt(tmp_path: Path) -> bytes:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "trace.jsonl").write_bytes(b"{}")
    return acknowledge(tmp_path / "home", "A. Clerk", (KEYS, card()))


def test_a_changed_octet_is_refused_or_changes_nothing(store: Store, receipt: bytes) -> None:
    good, chance, refused = read_receipt(receipt), Random(5), 0
    assert word_of(good, store, "") == {"by": "North, A. Clerk", "signed": card().key}
    for place in range(len(receipt)):
        changed = bytearray(receipt)
        changed[place] ^= 1 << chance.randrange(8)
        code = refusal(bytes(changed), store)
        assert code in ("", "outbox-receipt", "receipt-signature", "receipt-depot-unknown")
        refused += bool(code)
        if not code:  # white space between its parts; one that says of itself that nobody signed it is asked about
            found = read_receipt(bytes(changed))
            assert found == good or not found.depot
    assert refused > len(receipt) * 3 // 4


def refusal(octets: bytes, store: Store) -> str:
    """The code; "" where the receipt is taken."""
    try:
        word_of(read_receipt(octets), store, "")
    except OutboxError as error:
        return error.code
    return ""


def test_what_is_added_or_taken_away_beside_the_files_does_not_pass(store: Store, receipt: bytes) -> None:
    plain = json.loads(receipt)
    for other in (
        plain | {"files": [*plain["files"], {"name": "x", "sha256": "0" * 64}]},
        plain | {"files": [{**plain["files"][0], "name": "other"}]},
    ):
        with pytest.raises(OutboxError) as caught:
            word_of(read_receipt(json.dumps(other).encode()), store, "")
        assert caught.value.code == "receipt-signature"
    with pytest.raises(OutboxError, match="no receipt"):
        read_receipt(json.dumps(plain | {"more": 1}).encode())
    bare = {name: plain[name] for name in ("by", "files")} | {"format": "hht-receipt/1"}
    unsigned = word_of(read_receipt(json.dumps(bare).encode()), store, "")
    assert unsigned == {"by": "A. Clerk"}, "training takes it"


@pytest.mark.parametrize("octets", [b"", b"[]", b"{", b'{"format": "hht-receipt/2"}', b'{"by": 1, "files": []}'])
def test_what_is_no_receipt_is_called_none(octets: bytes) -> None:
    with pytest.raises(OutboxError) as caught:
        read_receipt(octets)
    assert caught.value.code == "outbox-receipt"


def test_a_signature_of_training_is_none_in_live_work(receipt: bytes) -> None:
    found = read_receipt(receipt)
    assert signed_receipt(found.said, found.signature, card())
    assert not signed_receipt(found.said, found.signature, card(training=False))
