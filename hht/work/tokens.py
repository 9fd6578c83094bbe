"""Which top-up tokens were checked for which meter, as long as the job is in the store.

Of a token only a keyed fingerprint is kept, sealed: nothing from which its digits or its value could be had.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from hht.store.erasure import Rows

if TYPE_CHECKING:
    from hht.identifiers.utrn import Utrn
    from hht.store.store import Store

_TABLE: Final = "checked_tokens"


@dataclass(frozen=True, slots=True)
class Checked:
    """That a token was checked before. `meter`: for which, "electricity" or "gas"; `earlier`: the number of the visit
    in which it was, 0 where that is the one that goes on now."""

    meter: str
    earlier: int = 0


class Tokens(Protocol):
    """The tokens of a job."""

    def before(self, token: Utrn) -> Checked | None:
        """How it was checked first; None: never."""
        ...

    def note(self, token: Utrn, meter: str) -> None:
        """It is checked for that meter now."""
        ...


class HeldTokens:
    """In memory, gone with the terminal."""

    def __init__(self) -> None:
        self._held: dict[Utrn, Checked] = {}

    def before(self, token: Utrn) -> Checked | None:
        """See `Tokens`."""
        return self._held.get(token)

    def note(self, token: Utrn, meter: str) -> None:
        """See `Tokens`."""
        self._held.setdefault(token, Checked(meter))


class KeptTokens:
    """In the store, sealed. `job`: its reference; `visit`: the number of the visit that goes on now. Every method
    raises StoreError where the store fails, SealBroken where what is kept was altered."""

    def __init__(self, store: Store, job: str, visit: int) -> None:
        self._store, self._visit = store, visit
        self._index = _index(store, job)

    def before(self, token: Utrn) -> Checked | None:
        """See `Tokens`."""
        wanted = self._fingerprint(token)
        for row in self._rows():
            told = self._told(row)
            if told["token"] == wanted:
                return Checked(told["meter"], 0 if told["visit"] == self._visit else told["visit"])
        return None

    def note(self, token: Utrn, meter: str) -> None:
        """See `Tokens`. On disk when this returns."""
        with self._store.transaction():
            if self.before(token) is not None:
                return
            number = len(self._rows()) + 1
            told = {"token": self._fingerprint(token), "meter": meter, "visit": self._visit}
            row = {"job_index": self._index, "number": number}
            self._store.insert(_TABLE, row, key=self._key(number), sealed={"token": json.dumps(told).encode()})

    def _rows(self) -> list[Any]:
        return list(self._store.rows(_TABLE, "job_index = ?", (self._index,), order="number"))

    def _told(self, row: Any) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._store.unseal(_TABLE, "token", self._key(row["number"]), row))
        return found

    def _fingerprint(self, token: Utrn) -> str:
        return self._store.blind_index(_TABLE, "token", token.reveal())

    def _key(self, number: int) -> str:
        return f"{self._index}/{number}"


def token_rows(store: Store, job: str) -> Rows:
    """What is kept of a job's tokens. Raises StoreError."""
    return Rows(_TABLE, "job_index", _index(store, job))


def _index(store: Store, job: str) -> str:
    return store.blind_index(_TABLE, "job", job)


__all__ = ["Checked", "HeldTokens", "KeptTokens", "Tokens", "token_rows"]
