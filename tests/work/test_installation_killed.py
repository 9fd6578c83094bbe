"""Walkthroughs 1 and 2 are killed at any instant, before and after whatever goes to disk: journal, asks of the desk,
records of the pack. They go on: nothing is lost, and no device is told anything twice."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hht.model.device import Device
from hht.store.store import Store
from hht.work.view import Outcome, StepState
from hht.work.visit import StepFailed, Visit
from hht.work.visit_store import VisitStore
from tests.support.virtual_time import in_virtual_time
from tests.work.new_home import (
    AT_DARK,
    DARK,
    DEVICES,
    HOME,
    NO_WAN,
    RELAYED,
    Home,
    home,
    take_pack,
    wakes_the_gas_meter,
)
from ui.visits import VisitError

SAMPLE = 2  # of each walkthrough, in make test
SEED = 7
MOST_RUNS = 20  # of one visit


class Died(BaseException):
    """The process ends here: nothing that the program could catch."""


@dataclass
class Reaper:
    """Counts instants: before and after each transaction. At the one named the process dies, and writes no more."""

    at: int = -1
    instants: int = 0
    dead: bool = False

    def passes(self) -> None:
        self.instants += 1
        self.dead = self.dead or self.instants == self.at
        if self.dead:
            raise Died

    @contextlib.contextmanager
    def over(self, store: Store) -> Iterator[None]:
        """Every transaction of `store`."""
        whole = store.transaction

        @contextlib.contextmanager
        def mortal() -> Iterator[Any]:
            outermost = not store.in_transaction
            if outermost:
                self.passes()
            with whole() as database:
                yield database
            if outermost:
                self.passes()

        store.transaction = mortal  # type: ignore[method-assign]
        try:
            yield
        finally:
            store.transaction = whole  # type: ignore[method-assign]


@dataclass(frozen=True)
class Case:
    """One of the walkthroughs, and how it is played."""

    name: str
    link: str
    devices: list[Any]
    outcome: Outcome
    options: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


BY_HAN = {"han": f"{DARK}&via=han", **NO_WAN}
CASES = {
    one.name: one
    for one in (
        Case("wan", HOME, DEVICES, Outcome.COMPLETE),
        Case("pack", DARK, AT_DARK, Outcome.INSTALL_AND_LEAVE, BY_HAN),
        Case(
            "relay", DARK, AT_DARK, Outcome.INSTALL_AND_LEAVE, {**BY_HAN, "leaves": RELAYED}, {"without_wan": "relay"}
        ),
    )
}


@dataclass
class Played:
    """What a visit came to: how many instants it had, what the devices were told, what was asked of the person."""

    instants: int
    told: Counter[tuple[str, str]]
    visit: Visit
    asks: list[str]


async def played(folder: Path, case: Case, at: int) -> Played:
    """The visit to its end, killed once at the instant `at` (-1: never)."""
    told: Counter[tuple[str, str]] = Counter()
    carry_out = Device.execute

    def execute(device: Device, command: Any, *rest: Any, **named: Any) -> Any:
        answer = carry_out(device, command, *rest, **named)
        if not type(command).__name__.startswith(("Read", "Get")):
            told[device.name, type(command).__name__] += 1
        return answer

    Device.execute = execute  # type: ignore[method-assign, assignment]
    try:
        async with home(folder, case.link, case.devices, **case.more) as there:
            if case.name == "pack":
                take_pack(there)
            reaper = Reaper(at)
            visit = await _to_the_end(there, case, reaper)
            return Played(reaper.instants, told, visit, [one.ask.step.rpartition("/")[2] for one in there.asks()])
    finally:
        Device.execute = carry_out  # type: ignore[method-assign]


@contextlib.asynccontextmanager
async def visited(folder: Path, case: Case, at: int = -1) -> AsyncIterator[tuple[Home, Visit]]:
    """A home, and a visit of it that was killed at the instant `at` (-1: never) and has ended."""
    async with home(folder, case.link, case.devices, **case.more) as there:
        if case.name == "pack":
            take_pack(there)
        yield there, await _to_the_end(there, case, Reaper(at))


async def _to_the_end(there: Home, case: Case, reaper: Reaper) -> Visit:
    said: list[str] = []
    presses = asyncio.create_task(wakes_the_gas_meter(there))
    try:
        while len(said) < MOST_RUNS:
            try:
                with reaper.over(there.store):
                    visit = there.visit(**case.options)
                    outcome = await visit.run()
            except Died:
                reaper.dead, reaper.at = False, -1  # another process, which nobody kills
            except StepFailed as failed:  # what left before it died is heard of a little later
                said.append(f"{failed.details['step']} {failed.code}: {failed.message}")
                await asyncio.sleep(60)
            except VisitError as over:  # it died when its end was on disk already
                if over.code != "visit-finished":
                    raise
                kept = VisitStore(there.store, lambda: "unused").progress(visit.view.visit_id)
                assert kept.outcome is case.outcome
                return visit
            else:
                assert outcome is case.outcome
                return visit
    finally:
        presses.cancel()
    raise AssertionError(f"the visit does not end: {said}")


def judged(case: Case, whole: Played, killed: Played, at: int) -> None:
    """The killed visit came to what the whole one did."""
    assert killed.told == whole.told, (at, killed.told - whole.told, whole.told - killed.told)
    assert Counter(killed.asks) == Counter(whole.asks), at
    states = {step.id: step.state for step in killed.visit.view.steps}
    assert states == {step.id: step.state for step in whole.visit.view.steps}, at
    assert set(states.values()) <= {StepState.DONE, StepState.SKIPPED, StepState.LEFT}
    writes = Counter((one.step, one.item) for one in killed.visit.record.writes)
    assert writes == Counter((one.step, one.item) for one in whole.visit.record.writes), at


def play(folder: Path, case: Case, at: int = -1) -> Played:
    return in_virtual_time(played(folder, case, at))


@pytest.mark.long
@pytest.mark.parametrize("name", list(CASES))
def test_killed_at_some_instants_it_goes_on(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    whole = play(tmp_path / "whole", case)
    assert whole.instants > 300
    for at in random.Random(SEED).sample(range(1, whole.instants + 1), SAMPLE):
        judged(case, whole, play(tmp_path / str(at), case, at), at)


@pytest.mark.soak
@pytest.mark.parametrize("name", list(CASES))
def test_killed_at_every_instant_it_goes_on(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    whole = play(tmp_path / "whole", case)
    for at in range(1, whole.instants + 1):
        judged(case, whole, play(tmp_path / str(at), case, at), at)
