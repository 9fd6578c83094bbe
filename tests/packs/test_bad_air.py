"""A pack delivered where frames are lost, heard twice and heard late, and the hub loses its power: each command reaches
its device once and in order, whatever has to be tried again, and nothing is said that is not so."""

from __future__ import annotations

import contextlib
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hht.errors import HhtError
from tests.packs.at_home import Home, at_home
from tests.packs.test_killed_delivery import new_store, taken

ATTEMPTS = 6


@dataclass
class Air:
    """What becomes of frames on their way. Chances of each: lost, heard twice, heard once more behind a later one."""

    rng: random.Random
    lost: float
    twice: float
    late: float
    held: list[bytes] = field(default_factory=list)

    def up(self, octets: bytes) -> bytes:
        chance = self.rng.random()
        out = b"" if chance < self.lost else octets * (2 if chance < self.lost + self.twice else 1)
        if self.held and self.rng.random() < 0.5:
            out += self.held.pop()
        if self.rng.random() < self.late:
            self.held.append(octets)
        return out

    def down(self, octets: bytes) -> bytes:
        return b"" if self.rng.random() < self.lost else octets


def play(folder: Path, seed: int) -> list[str]:
    """Try some times; the states at the end."""
    rng, ended = random.Random(seed), list[str]()
    air = Air(rng, rng.choice([0.0, 0.01, 0.03]), rng.choice([0.0, 0.1, 0.3]), rng.choice([0.0, 0.05, 0.2]))

    async def story(home: Home) -> None:
        key = taken(home)
        home.bench.wire.up, home.bench.wire.down = air.up, air.down
        for _attempt in range(ATTEMPTS):
            with contextlib.suppress(HhtError):
                if set(await home.deliver(key)) == {"done"}:
                    break
            if rng.random() < 0.4:
                home.bench.hub.power.remove()
                home.bench.hub.power.fit()
        ended[:] = home.states(key)
        entries = home.packs.show(key).pack.entries
        assert max(home.times.values(), default=1) == 1
        order = [one.command for one in entries]
        assert home.heard == sorted(home.heard, key=order.index)
        for one, state in zip(entries, ended, strict=True):
            reached = one.command in home.times
            assert state == "unknown" or reached is (state == "done"), (one.name, state)

    with new_store(folder / str(seed), seed) as store:
        at_home(store, store.clock, story)
    return ended


def test_nothing_reaches_a_device_twice(tmp_path: Path) -> None:
    ended = [play(tmp_path, seed) for seed in range(6)]
    assert [states for states in ended if set(states) == {"done"}]  # the air is bad, and not hopeless


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_nothing_reaches_a_device_twice_in_any_air(tmp_path: Path) -> None:
    for seed in range(600):
        play(tmp_path, seed)
