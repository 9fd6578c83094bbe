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

from hht.client.radio.carrier import TunnelCarrier
from hht.desk.course import AskState
from hht.emulation.radio.hub_end import HubEnd
from hht.identifiers import DeviceId
from hht.model.device import Device
from hht.model.electricity_meter import ElectricityMeter
from hht.packs.way import Found, Ticket
from hht.protocol.gbcs.envelope import parse
from hht.work.record import VisitRecord
from hht.work.supplier import ended_in_vain
from hht.work.view import Outcome, StepState
from hht.work.visit_store import VisitStore
from tests.support.virtual_time import in_virtual_time
from tests.work.killing import APART, Died, Reaper, every, mown, some
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

LET_IN, JOIN, SET_MPAN, SET_MPRN, CONVERSION = 0x0001, 0x000D, 0x004C, 0x0087, 0x007C  # GBCS message codes
SAMPLE = 2  # of each walkthrough, in make test


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
    """What a visit came to: how many instants and turns it had, what the devices were told, what is on disk of it, what
    the desk was asked and not in vain."""

    instants: int
    turns: int
    told: Counter[tuple[str, str]]
    record: VisitRecord
    asks: list[str]


@contextlib.asynccontextmanager
async def visited(folder: Path, case: Case, reaper: Reaper | None = None) -> AsyncIterator[tuple[Home, Played]]:
    """A home, and a visit of it that `reaper` killed and that has ended."""
    reaper = reaper or Reaper()
    async with home(folder, case.link, case.devices, **case.more) as there:
        if case.name == "pack":
            take_pack(there)
        with counted() as told:
            presses = asyncio.create_task(wakes_the_gas_meter(there))
            try:
                visit_id = await reaper.to_the_end(
                    there.terminal, lambda: there.visit(**case.options), lambda: asyncio.sleep(60)
                )
            finally:
                presses.cancel()
        for meter in there.premises.of(ElectricityMeter):
            told += Counter((meter.name, f"write {one.item.name} {one.action}") for one in meter.writes.entries)
        record = VisitStore(there.store, lambda: "unused").record(visit_id)
        asks = [one.ask.step.rpartition("/")[2] for one in there.asks() if not ended_in_vain(one)]
        asks = [name for name in asks if ".read-back-" not in name]  # what became of another one, and no thing wanted
        yield there, Played(reaper.instants, reaper.turns, told, record, asks)


@contextlib.contextmanager
def counted() -> Iterator[Counter[tuple[str, str]]]:
    """What devices were told to do, by name."""
    told: Counter[tuple[str, str]] = Counter()
    carry_out = Device.execute

    def execute(device: Device, command: Any, *rest: Any, **named: Any) -> Any:
        answer = carry_out(device, command, *rest, **named)
        if not type(command).__name__.startswith(("Read", "Get")):
            told[device.name, type(command).__name__] += 1
        return answer

    Device.execute = execute  # type: ignore[method-assign, assignment]
    try:
        yield told
    finally:
        Device.execute = carry_out  # type: ignore[method-assign]


def judged(case: Case, whole: Played, killed: Played, when: str) -> None:
    """The killed visit came to what the whole one did."""
    assert killed.told == whole.told, (when, killed.told - whole.told, whole.told - killed.told)
    assert Counter(killed.asks) == Counter(whole.asks), when
    assert killed.record.view.outcome is case.outcome, when
    states = {step.id: step.state for step in killed.record.view.steps}
    assert states == {step.id: step.state for step in whole.record.view.steps}, when
    assert set(states.values()) <= {StepState.DONE, StepState.SKIPPED, StepState.LEFT}
    assert _written(killed) == _written(whole), when


def _written(played: Played) -> Counter[tuple[str, str]]:
    """What was changed; a command of which it is certain that no device had it changed nothing."""
    vain = AskState.UNDELIVERED.value
    return Counter((one.step, one.item) for one in played.record.writes if one.result != vain)


def play(folder: Path, case: Case, reaper: Reaper | None = None) -> Played:
    async def played() -> Played:
        async with visited(folder, case, reaper) as (_there, done):
            return done

    return in_virtual_time(played())


@pytest.mark.long
@pytest.mark.parametrize("name", list(CASES))
def test_killed_at_some_instants_it_goes_on(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    whole = play(tmp_path / "whole", case)
    assert whole.instants > 300
    offset = random.Random(name).randrange(APART)
    for reaper in (*some(whole.instants, whole.turns, name, SAMPLE), mown(offset)):
        judged(case, whole, play(tmp_path / reaper.name, case, reaper), reaper.name)


class Dying:
    """The terminal dies at the first of each of some relayed commands: that it leaves is on disk. At those of
    `NEVER_LEFT` it has not; `FORGOTTEN`: the hub forgets meanwhile what came before, as one that lost its power."""

    NEVER_LEFT = frozenset({LET_IN, JOIN, SET_MPRN, CONVERSION})
    FORGOTTEN = frozenset({JOIN, SET_MPAN, SET_MPRN})

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reaper, self.at = Reaper(), list[int]()
        self._hubs, begin, self._carry = list[HubEnd](), HubEnd.__init__, TunnelCarrier.carry

        def begun(end: HubEnd, *given: Any, **named: Any) -> None:
            begin(end, *given, **named)
            self._hubs.append(end)

        async def carry(way: TunnelCarrier, device: DeviceId, command: bytes, ticket: Ticket) -> Found:
            return await self.carry(way, device, command, ticket)

        monkeypatch.setattr(HubEnd, "__init__", begun)
        monkeypatch.setattr(TunnelCarrier, "carry", carry)

    async def carry(self, way: TunnelCarrier, device: DeviceId, command: bytes, ticket: Ticket) -> Found:
        code = parse(command).message_code
        if code in self.at or code not in self.NEVER_LEFT | self.FORGOTTEN:
            return await self._carry(way, device, command, ticket)
        self.at.append(code)
        if code not in self.NEVER_LEFT:
            await self._carry(way, device, command, ticket)
        for hub in self._hubs if code in self.FORGOTTEN else ():
            hub._messages.clear()
        self.reaper.die()
        raise Died


def test_what_became_of_a_relayed_command_is_settled_by_hub_or_device_and_never_by_sending_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the hub knows what came before it and never heard of it, it is asked for anew. The first one of a visit has
    nothing before it, and a hub may have forgotten: the device itself is read, and shows whether it was done."""
    case = CASES["relay"]
    whole = play(tmp_path / "whole", case)
    dying = Dying(monkeypatch)
    killed = play(tmp_path / "killed", case, dying.reaper)
    assert sorted(dying.at) == sorted(Dying.NEVER_LEFT | Dying.FORGOTTEN)
    judged(case, whole, killed, "as commands leave")


@pytest.mark.soak
@pytest.mark.parametrize("name", list(CASES))
def test_killed_at_every_instant_it_goes_on(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    whole = play(tmp_path / "whole", case)
    for reaper in every(whole.instants, whole.turns):
        judged(case, whole, play(tmp_path / reaper.name, case, reaper), reaper.name)
