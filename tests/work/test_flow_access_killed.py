"""Pairing, and a change of tenancy, are killed before and after anything is put on disk, journal and asks alike: they
go on, nothing is lost, no command is carried out twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from hht.model.wan.requests import Outcome as Answered
from hht.work.view import Outcome
from tests.support.virtual_time import virtual
from tests.work.access_home import AccessHome, access_home, devices
from tests.work.killing import Reaper, every, some

WALKTHROUGHS = {
    "pair-cad": ("A8",),
    "remove-cad": ("A9",),
    "change-tenancy": (),
}
APART = 80  # instants between repeated deaths: the step that reads whom devices know is that long
SECRET = "ask-list-device/code"  # stays in no journal, so it is asked again
READS = frozenset({"ReadDeviceLog", "ReadJoinDetails"})


def carried_out(at: AccessHome) -> Counter[tuple[str, str, str]]:
    """The commands that changed something at a device: each with where it went and what it was about."""
    assert at.premises.centre is not None
    done = [one for one in at.premises.centre.transactions.values() if one.outcome is Answered.ANSWERED]
    named = [(type(one.request.command).__name__, one.request) for one in done]
    return Counter((name, asked.device, _about(asked.command)) for name, asked in named if name not in READS)


def _about(command: Any) -> str:
    return str(getattr(command, "device_id", getattr(command, "partner_id", "")))


async def story(folder: Path, walkthrough: str, reaper: Reaper) -> tuple[Counter[tuple[str, str, str]], list[str]]:
    """One visit, killed by `reaper`, to its end: what was carried out, and every question that was asked."""
    async with access_home(folder, walkthrough, told=devices(cads=WALKTHROUGHS[walkthrough])) as at:
        await reaper.to_the_end(at.terminal, at.visit, lambda: asyncio.sleep(60))
        assert at.outcome() is Outcome.COMPLETE, reaper.name
        return carried_out(at), at.asked


async def check(folder: Path, walkthrough: str, reapers: Callable[[int, int], Iterable[Reaper]]) -> None:
    """Whatever each of them does to it, the visit comes to what it comes to whole."""
    nobody = Reaper()
    whole, asked = await story(folder / "whole", walkthrough, nobody)
    assert nobody.instants > 60
    assert max(whole.values()) == 1
    for reaper in reapers(nobody.instants, nobody.turns):
        done, told = await story(folder / reaper.name, walkthrough, reaper)
        assert done == whole, reaper.name
        twice = [name for name, count in Counter(told).items() if count > 1 and name != SECRET]
        assert len(twice) <= reaper.deaths, "only the answer that was being given when the terminal died"
        assert set(told) == set(asked), reaper.name


@pytest.mark.parametrize("walkthrough", WALKTHROUGHS)
def test_killed_at_some_points_it_goes_on(tmp_path: Path, walkthrough: str) -> None:
    def chosen(instants: int, turns: int) -> Iterable[Reaper]:
        yield from some(instants, turns, walkthrough, 4)
        yield Reaper(at=random.Random(walkthrough).randrange(1, APART), again=APART)

    virtual(check)(tmp_path, walkthrough, chosen)


@pytest.mark.soak
@pytest.mark.parametrize("walkthrough", WALKTHROUGHS)
def test_killed_at_any_point_it_goes_on(tmp_path: Path, walkthrough: str) -> None:
    virtual(check)(tmp_path, walkthrough, every)
