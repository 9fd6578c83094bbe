"""Pairing, and a change of tenancy, are killed before and after anything is put on disk, journal and asks alike: they
go on, nothing is lost, no command is carried out twice."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hht.model.wan.requests import Outcome as Answered
from hht.work.view import Outcome
from tests.support.virtual_time import virtual
from tests.work.access_home import AccessHome, access_home, devices

WALKTHROUGHS = {
    "pair-cad": ("A8",),
    "remove-cad": ("A9",),
    "change-tenancy": (),
}
SECRET = "ask-list-device/code"  # stays in no journal, so it is asked again
READS = frozenset({"ReadDeviceLog", "ReadJoinDetails"})


class Killed(BaseException):
    """The terminal ends here: nothing that the program could catch."""


class Mortal:
    """Counts what is put on disk, and ends the terminal at one such point; the dead write nothing any more."""

    def __init__(self, at: AccessHome, die_at: int) -> None:
        self.points = 0
        self._die_at, self._store, self._insert = die_at, at.store, at.store.insert
        at.store.insert = self._mortal  # type: ignore[method-assign]

    def _mortal(self, *words: Any, **more: Any) -> None:
        self._point()
        self._insert(*words, **more)
        self._point()

    def _point(self) -> None:
        self.points += 1
        if 0 < self._die_at <= self.points:
            raise Killed

    def away(self) -> None:
        """Another process comes."""
        self._store.insert = self._insert  # type: ignore[method-assign]


def carried_out(at: AccessHome) -> Counter[tuple[str, str, str]]:
    """The commands that changed something at a device: each with where it went and what it was about."""
    assert at.premises.centre is not None
    done = [one for one in at.premises.centre.transactions.values() if one.outcome is Answered.ANSWERED]
    named = [(type(one.request.command).__name__, one.request) for one in done]
    return Counter((name, asked.device, _about(asked.command)) for name, asked in named if name not in READS)


def _about(command: Any) -> str:
    return str(getattr(command, "device_id", getattr(command, "partner_id", "")))


async def story(folder: Path, walkthrough: str, die_at: int) -> tuple[int, Counter[tuple[str, str, str]], list[str]]:
    """One visit that dies there, and another run of it: how many points there were, what was carried out, and every
    question that was asked."""
    async with access_home(folder, walkthrough, told=devices(cads=WALKTHROUGHS[walkthrough])) as at:
        mortal = Mortal(at, die_at)
        try:
            await at.visit().run()
        except Killed:
            assert die_at
        mortal.away()
        visit = at.visit() if at.outcome() is None else None
        if visit is not None:
            assert await visit.run() is Outcome.COMPLETE
        assert at.outcome() is Outcome.COMPLETE
        return mortal.points, carried_out(at), at.asked


async def check(folder: Path, walkthrough: str, points: list[int] | None, sample: int) -> None:
    """Each point, or as many of them as `sample` says."""
    last, whole, asked = await story(folder / "whole", walkthrough, 0)
    assert last > 60
    assert max(whole.values()) == 1
    chance = random.Random(walkthrough)
    for die_at in points or sorted(chance.sample(range(1, last + 1), sample)):
        _points, done, told = await story(folder / str(die_at), walkthrough, die_at)
        assert done == whole, die_at
        twice = [name for name, count in Counter(told).items() if count > 1 and name != SECRET]
        assert len(twice) <= 1, "only the answer that was being given when the terminal died"
        assert set(told) == set(asked), die_at


@pytest.mark.parametrize("walkthrough", WALKTHROUGHS)
def test_killed_at_some_points_it_goes_on(tmp_path: Path, walkthrough: str) -> None:
    virtual(check)(tmp_path, walkthrough, None, 5)


@pytest.mark.soak
@pytest.mark.parametrize("walkthrough", WALKTHROUGHS)
def test_killed_at_any_point_it_goes_on(tmp_path: Path, walkthrough: str) -> None:
    @virtual
    async def every() -> None:
        last, *_told = await story(tmp_path / "count", walkthrough, 0)
        await check(tmp_path, walkthrough, list(range(1, last + 1)), 0)

    every()
