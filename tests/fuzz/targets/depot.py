"""What comes between a terminal and its depot: letters, once opened, and cards."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from hht.depot.cards import Role, read_card
from hht.depot.errors import DepotError
from hht.depot.letters import read, write
from tests.fuzz.mutation import Messages
from tests.fuzz.target import Target

_WORDS: Final = (b'{"say":"', b'"offer"', b'"part"', b'"sha256":"', b"\n", b"[]", b"1e999", b"true", b"\\ud800")


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


TARGETS: Final = [
    Target("depot-letter", letter, "depot-letters", (DepotError,), _WORDS, sample=200),
    Target("depot-card", card, "depot-cards", (DepotError,), _WORDS, sample=200),
]
