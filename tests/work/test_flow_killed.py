"""An installation is killed at every journalled point: it goes on, nothing is asked or written twice or lost."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.desk.course import AskReport
from hht.desk.kinds import AskKind
from hht.errors import HhtError
from hht.work.job import Job
from hht.work.journal import JournalEntry, JournalKind
from hht.work.supplier import Wanted
from hht.work.view import Outcome, Question, StepState
from hht.work.visit import Visit
from hht.work.walkthrough import load_walkthrough
from tests.work.flow_model import GAS, HCALCS, HUB, START, MemoryJournal, YesDesk, good, job
from tests.work.playing import WRITES
from tests.work.small_meter import SmallMeter


class Killed(BaseException):
    """The process ends here: nothing that the program could catch."""


class MortalJournal(MemoryJournal):
    """Dies at the point with this number; what was appended before is there."""

    def __init__(self, entries: list[JournalEntry], die_at: int) -> None:
        super().__init__(entries)
        self.points = 0
        self._die_at = die_at

    def append(self, step: str, kind: JournalKind, payload: dict[str, Any] | None = None) -> JournalEntry:
        self.point("before")
        entry = super().append(step, kind, payload)
        self.point("after")
        return entry

    def point(self, name: str) -> None:
        self.points += 1
        if 0 < self._die_at <= self.points:  # the dead write nothing any more
            raise Killed


class Premises:
    """The meter and the person: they outlive the terminal."""

    def __init__(self, of: Job) -> None:
        self.of = of
        self.clock = ManualClock(START)
        self.meter = SmallMeter(self.clock)
        self.desk = YesDesk()
        self.asked: list[str] = []
        self.entries: list[JournalEntry] = []

    async def visit(self, die_at: int = 0) -> tuple[Visit, int]:
        """One run; how many points it came to."""
        journal = MortalJournal(self.entries, die_at)
        flow = load_walkthrough(self.of.walkthrough).for_job(self.of)
        visit = Visit(self.of, flow, journal, self._connect, self.clock, auto=True, ask=self._ask, desk=self.desk)  # type: ignore[arg-type]
        with contextlib.suppress(Killed):
            await visit.run()
        self.entries = journal.entries()
        return visit, journal.points

    async def _connect(self) -> SmallMeter:
        await self.meter.open()
        return self.meter

    async def _ask(self, question: Question, error: HhtError | None) -> str | None:
        assert error is None
        self.asked.append(question.id)
        return good(question, self.of)


@pytest.mark.parametrize("of", [job("install-dual-fuel", HUB, GAS)], ids=["dual-fuel"])
async def test_killed_at_any_point_it_goes_on(of: Job) -> None:
    whole = Premises(of)
    visit, points = await whole.visit()
    assert visit.progress.outcome is Outcome.COMPLETE
    asked = whole.asked
    assert points > 200
    for die_at in range(1, points + 1, 7):
        premises = Premises(of)
        await premises.visit(die_at)
        visit, _points = await premises.visit()
        assert visit.progress.outcome is Outcome.COMPLETE, die_at
        assert premises.meter.writes == WRITES, die_at
        twice = [name for name in set(premises.asked) if premises.asked.count(name) > 1]
        assert len(twice) <= 1, "only the answer that was being given when the terminal died"
        assert set(premises.asked) == set(asked)
        assert {step.state for step in visit.view.steps} <= {StepState.DONE, StepState.SKIPPED}


class Remembers(YesDesk):
    """What it was asked outlives the terminal, as the store does."""

    def __init__(self, meter: SmallMeter) -> None:
        super().__init__(meter)
        self.reports: dict[str, AskReport] = {}

    def kept(self, step: str) -> AskReport | None:
        return self.reports.get(step)

    def new(self, step: str, wanted: Wanted) -> AskReport:
        assert step not in self.reports, "asked twice"
        self.reports[step] = super().new(step, wanted)
        return self.reports[step]

    def seen(self, reference: str, what: str, *, agrees: bool, by: str) -> AskReport:
        report = super().seen(reference, what, agrees=agrees, by=by)
        self.reports[report.ask.step] = report
        return report


SWITCHES = [{"number": 1, "label": "Heaters", "boost": True}, {"number": 2, "label": "Hot water"}]


async def test_load_control_killed_at_any_point_goes_on_and_moves_nothing_twice() -> None:
    of = job("load-control", HUB, HCALCS, switches=SWITCHES)
    points, die_at = 1, 1
    while die_at <= points:
        premises = Premises(of)
        premises.desk = Remembers(premises.meter)
        _visit, count = await premises.visit(die_at)
        points = max(points, count + 5)
        visit, more = await premises.visit()
        points = max(points, die_at + more)
        assert visit.progress.outcome is Outcome.COMPLETE, die_at
        moved = [one.details["switch"] for one in premises.desk.wanted if one.kind is AskKind.CLOSE_SWITCH]
        assert moved == ["1", "2"], die_at
        assert premises.meter.writes == {"limit": 1}, die_at
        twice = [name for name in set(premises.asked) if premises.asked.count(name) > 1]
        assert len(twice) <= 1, "only the answer that was being given when the terminal died"
        die_at += 11
    assert points > 150
