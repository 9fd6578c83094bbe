"""A delivery that dies at any instant, taken up again: each command reaches its device once, and nothing is guessed."""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.packs.pack import OnFailure
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE
from tests.packs.at_home import FIRST, SECOND, Home, at_home, entry, read_mpan, read_mprn, set_mpan
from tests.packs.killed import killed
from tests.store.conftest import CHEAP

INSTANTS = 270  # frames and records of the whole delivery; more than there are
SAMPLE = sorted(random.Random(20261121).sample(range(40, INSTANTS - 40), 6))


def taken(home: Home) -> str:
    """A pack with a read behind each write, and two for a gas meter that sleeps, which are handed over together."""
    return home.take(
        entry("first", set_mpan(1, SECOND)),
        entry("read-first", read_mpan(2), "first"),
        entry("second", set_mpan(3, FIRST)),
        entry("read-second", read_mpan(4), "second"),
        entry("gas", read_mprn(1), on_failure=OnFailure.CONTINUE),
        entry("gas-again", read_mprn(2), on_failure=OnFailure.CONTINUE),
    )


def resumed(at: int, *, power: bool) -> Callable[[Home], Coroutine[Any, Any, None]]:
    """Die at that instant, and take the pack up again; `power`: the hub is switched off and on between."""

    async def story(home: Home) -> None:
        key = taken(home)
        await killed(home, key, at)
        if power:
            home.bench.hub.power.remove()
            home.bench.hub.power.fit()
        entries = home.packs.show(key).pack.entries
        states = await home.deliver(key)
        assert max(home.times.values()) == 1
        order = [one.command for one in entries]
        assert home.heard == sorted(home.heard, key=order.index)
        for one, state in zip(entries, states, strict=True):
            reached = one.command in home.times
            known = {"done": True, "failed": False, "waiting": False, "blocked": False}
            assert state == "unknown" or known[state] is reached, (one.name, state)
        if not power:  # the hub remembers: only the very first message has none before it that proves it
            assert states == ["done"] * 6 or states[:2] == ["failed", "done"], states
        mpan = FIRST if states[2] == "done" or states[0] != "done" else SECOND
        assert [meter.import_mpan for meter in home.meters] == [mpan], states

    return story


def play(folder: Path, at: int, *, power: bool) -> None:
    with new_store(folder / f"{at}-{power}", at) as store:
        at_home(store, store.clock, resumed(at, power=power))


def new_store(folder: Path, seed: int) -> Store:
    folder.mkdir()
    clock = ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    entropy = random.Random(seed).randbytes
    path = folder / "training.db"
    return Store.open(path, TRAINING_PASS_PHRASE, training=True, clock=clock, entropy=entropy, cost=CHEAP)


@pytest.mark.parametrize("at", SAMPLE)
@pytest.mark.parametrize("power", [False, True], ids=["", "hub switched off and on"])
def test_a_delivery_killed_at_an_instant_resumes_exactly(tmp_path: Path, at: int, power: bool) -> None:
    play(tmp_path, at, power=power)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("power", [False, True], ids=["", "hub switched off and on"])
def test_a_delivery_killed_at_every_instant_resumes_exactly(tmp_path: Path, power: bool) -> None:
    for at in range(1, INSTANTS):
        play(tmp_path, at, power=power)


def test_the_instants_are_all_there_are(tmp_path: Path) -> None:
    counted: list[int] = []

    async def story(home: Home) -> None:
        counted.append(await killed(home, taken(home), -1))

    with new_store(tmp_path / "whole", 1) as store:
        at_home(store, store.clock, story)
    assert max(SAMPLE) < counted[0] < INSTANTS
