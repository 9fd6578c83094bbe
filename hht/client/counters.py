"""Which invocation counters a key may still use: the interface for whoever keeps them, and a book in memory."""

from __future__ import annotations

import hashlib
from typing import Protocol


class CounterBook(Protocol):
    """Keeps, for each key, how far its invocation counters have been used."""

    def reserve(self, key: str, first: int) -> tuple[int, int]:
        """Counters for the key called `key`: the first free one from `first` on, and a limit (exclusive) below which
        all may be used. The book has them down, where they outlive this process, before it returns. Raises HhtError
        where it cannot."""
        ...


class CountersInMemory:
    """For keys that live no longer than this process: an emulated meter in it, a recording."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def reserve(self, key: str, first: int) -> tuple[int, int]:
        """One at a time."""
        counter = max(first, self._next.get(key, 0))
        self._next[key] = counter + 1
        return counter, counter + 1


def key_name(encryption_key: bytes, client_title: bytes) -> str:
    """What a book calls a key and the title it is used with: with the counter they make the nonce. The key cannot be
    found from it. 32 hex digits."""
    text = b"HHT invocation counters" + client_title + hashlib.sha256(encryption_key).digest()
    return hashlib.sha256(text).hexdigest()[:32]
