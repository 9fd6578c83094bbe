"""What happened in a premises, and why: for whoever trains with it, and for the proof that chance was the same."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Happening:
    """`time_ms` is true time (ms since 1970); `where` names the device ("" for the premises); `why` may be ""."""

    time_ms: int
    where: str
    what: str
    why: str = ""


class Chronicle:
    """The last `KEPT` happenings; the fingerprint covers all of them."""

    def __init__(self) -> None:
        self._kept: deque[Happening] = deque(maxlen=KEPT)
        self._digest = hashlib.sha256()
        self._listeners: list[Callable[[Happening], None]] = []
        self.written = 0

    def __iter__(self) -> Iterator[Happening]:
        """Oldest first."""
        return iter(tuple(self._kept))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over everything that was ever written: the same for the same file, seed and times."""
        return self._digest.hexdigest()

    def add(self, time_ms: int, where: str, what: str, why: str = "") -> None:
        """Write one line."""
        self.written += 1
        happening = Happening(time_ms, where, what, why)
        self._kept.append(happening)
        self._digest.update(f"{time_ms}\x1f{where}\x1f{what}\x1f{why}\x1e".encode())
        for listener in self._listeners:
            listener(happening)

    def listen(self, listener: Callable[[Happening], None]) -> None:
        """Tell `listener` every line from now on."""
        self._listeners.append(listener)
