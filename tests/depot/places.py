"""Terminals without a store, a depot in a folder, and a post that is unfair: for tests of what passes between them."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from random import Random

from hht.depot.cards import OwnKeys, Role
from hht.depot.letters import MEETING_BITS, JobLetter, Offered, Taken
from hht.depot.shelf import Shelf, new_depot
from hht.depot.terminal_end import Fate
from ui.system import SystemClock

Queue = asyncio.Queue[tuple[str, bytes]]


class Van:
    """A terminal's luggage in memory: what it has, what was receipted, which jobs it took."""

    def __init__(self, number: int, chance: Random, items: int = 3, most: int = 400_000) -> None:
        self.keys = OwnKeys(chance.randbytes(32))
        self.card = self.keys.card(Role.TERMINAL, f"Van {number}", training=True)
        self.has: dict[str, tuple[str, bytes]] = {}
        for item in range(items):
            octets = chance.randbytes(chance.randrange(1, most))
            self.has[hashlib.sha256(octets).hexdigest()] = f"visit-{number}-{item}.jsonl", octets
        self.done: list[str] = []
        self.jobs: dict[int, bytes] = {}
        self.meetings = 0

    def meeting(self) -> int:
        """The number of its next one."""
        self.meetings += 1
        return self.meetings << MEETING_BITS

    def missed(self, item: Offered) -> Fate:
        raise AssertionError("nothing is asked for again here")

    def waiting(self) -> tuple[Offered, ...]:
        left = {sha256: one for sha256, one in self.has.items() if sha256 not in self.done}
        return tuple(Offered(sha256, name, len(octets)) for sha256, (name, octets) in left.items())

    def octets(self, item: Offered) -> bytes:
        return self.has[item.sha256][1]

    def receipted(self, item: Offered) -> None:
        assert item.sha256 not in self.done, "a receipt that is noted twice"
        self.done.append(item.sha256)

    def take(self, job: JobLetter) -> Taken:
        state = "same" if job.number in self.jobs else "new"
        assert self.jobs.setdefault(job.number, job.octets) == job.octets
        return Taken(job.number, state)


def depot_in(folder: Path, chance: Random) -> Shelf:
    """A depot that was made just now."""
    new_depot(folder, "North", chance.randbytes, training=True)
    return Shelf(folder, SystemClock())


def arrived(shelf: Shelf, vans: list[Van]) -> None:
    """Every item of every van is there once, octet for octet, in one file, and nothing else is."""
    rows = list(shelf.items())
    assert sorted(row["sha256"] for row in rows) == sorted(sha256 for van in vans for sha256 in van.has)
    files = {path for path in (shelf.folder / "evidence").rglob("*") if path.is_file()}
    assert len(files) == len(rows)
    for row in rows:
        octets = (shelf.folder / "evidence" / row["terminal"] / row["file"]).read_bytes()
        assert hashlib.sha256(octets).hexdigest() == row["sha256"]
    assert not list((shelf.folder / "spool").iterdir())


class DiedError(Exception):
    """The process is gone."""


class UnfairPost:
    """Loses, doubles and swaps letters between two queues; whoever has it dies after `life` calls (0: never)."""

    def __init__(self, chance: Random, inbox: Queue, outbox: Queue, trouble: float, life: int = 0) -> None:
        self._chance, self._inbox, self._outbox, self._trouble = chance, inbox, outbox, trouble
        self._life = life or 1 << 40
        self._held: list[tuple[str, bytes]] = []

    def _live(self) -> None:
        self._life -= 1
        if self._life <= 0:
            raise DiedError

    async def publish(self, topic: str, octets: bytes) -> None:
        self._live()
        await asyncio.sleep(0)
        what = self._chance.random()
        if what < self._trouble / 3:
            return
        if what < self._trouble * 2 / 3:
            self._outbox.put_nowait((topic, octets))
        if what < self._trouble and not self._held:
            self._held.append((topic, octets))
            return
        self._outbox.put_nowait((topic, octets))
        while self._held:
            self._outbox.put_nowait(self._held.pop())

    async def next(self, _limit_s: float) -> tuple[str, bytes] | None:
        """None as soon as nobody has anything to say: no clock is waited for."""
        self._live()
        for _turn in range(50):
            if not self._inbox.empty():
                return self._inbox.get_nowait()
            await asyncio.sleep(0)
        return None
