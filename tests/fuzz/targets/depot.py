"""What comes between a terminal and its depot: letters, once opened, cards, and receipts in files."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from hht.depot.cards import OwnKeys, Role, read_card, signed_receipt
from hht.depot.errors import DepotError
from hht.depot.letters import read, write
from tests.fuzz.mutation import Messages
from tests.fuzz.target import Target
from ui.receipts import OutboxError, read_receipt

_WORDS: Final = (b'{"say":"', b'"offer"', b'"part"', b'"sha256":"', b"\n", b"[]", b"1e999", b"true", b"\\ud800")
_DEPOT: Final = OwnKeys(bytes(32)).card(Role.DEPOT, "North", training=True)


def letter(messages: Messages) -> Hashable:
    """What is taken is written the same again."""
    found, meeting = read(b"".join(messages))
    assert read(write(found, meeting)) == (found, meeting)
    return type(found).__name__


def card(messages: Messages) -> Hashable:
    """What is taken has two whole keys and a name that can be shown."""
    found = read_card(b"".join(messages), Role.TERMINAL, training=True)
    assert len(found.sign) == len(found.seal) == 32
    assert found.name.isprintable()
    return len(found.name)


def receipt(messages: Messages) -> Hashable:
    """What is taken names somebody and hashes; what says that a depot signed it is held against its card."""
    found = read_receipt(b"".join(messages))
    assert found.by.isprintable()
    assert all(len(bytes.fromhex(one)) == 32 for one in found.hashes)
    return len(found.hashes), found.depot and signed_receipt(found.said, found.signature, _DEPOT)


TARGETS: Final = [
    Target("depot-letter", letter, "depot-letters", (DepotError,), _WORDS, sample=200),
    Target("depot-card", card, "depot-cards", (DepotError,), _WORDS, sample=200),
    Target("depot-receipt", receipt, "depot-receipts", (OutboxError,), _WORDS, sample=200),
]
