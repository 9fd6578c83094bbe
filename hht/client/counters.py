"""Invocation counters both ways: which ones a key may still use, and how far a meter's have come. The interface for
whoever keeps them, and a book in memory."""

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

    def highest(self, key: str) -> int:
        """The highest counter that was received under the key called `key`; -1: none. Raises HhtError."""
        ...

    def seen(self, key: str, counter: int, *, reset: bool = False) -> None:
        """A message with `counter` was received under the key called `key`, and is put down before it is used. It
        never lowers what is kept, unless `reset`: that is kept too. Raises HhtError."""
        ...


class CountersInMemory:
    """For keys that live no longer than this process: an emulated meter in it, a recording."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}
        self._highest: dict[str, int] = {}

    def reserve(self, key: str, first: int) -> tuple[int, int]:
        """One at a time."""
        counter = max(first, self._next.get(key, 0))
        self._next[key] = counter + 1
        return counter, counter + 1

    def highest(self, key: str) -> int:
        """As the interface says."""
        return self._highest.get(key, -1)

    def seen(self, key: str, counter: int, *, reset: bool = False) -> None:
        """As the interface says."""
        self._highest[key] = counter if reset else max(counter, self.highest(key))


class MeterCounters:
    """The counters that meters have used under one key, kept in `book`: `SeenCounters` of a session's counters.

    `accept_reset`: what is kept is not held against the meter this once, and its first genuine message takes the place
    of it."""

    def __init__(self, book: CounterBook, encryption_key: bytes, *, accept_reset: bool = False) -> None:
        self._book, self._key, self._accept_reset = book, encryption_key, accept_reset

    def highest(self, title: bytes) -> int:
        """See `hht.protocol.cosem.security.SeenCounters`; as below, raises HhtError where the book cannot be read."""
        return -1 if self._accept_reset else self._book.highest(key_name(self._key, title))

    def seen(self, title: bytes, counter: int) -> None:
        """See there."""
        reset, self._accept_reset = self._accept_reset, False
        self._book.seen(key_name(self._key, title), counter, reset=reset)


def key_name(encryption_key: bytes, client_title: bytes) -> str:
    """What a book calls a key and the title it is used with: with the counter they make the nonce. The key cannot be
    found from it. 32 hex digits."""
    text = b"HHT invocation counters" + client_title + hashlib.sha256(encryption_key).digest()
    return hashlib.sha256(text).hexdigest()[:32]
