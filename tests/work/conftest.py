"""A stored demo job and a rig that plays its visit against a small meter whose every operation can be disturbed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.errors import HhtError
from hht.resources import resource_text
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE
from hht.work.journal import Journal
from hht.work.view import Question, VisitView
from hht.work.visit import Visit
from hht.work.visit_store import StoredJob, VisitStore
from tests.store.conftest import CHEAP, FailingCommit
from tests.work.small_meter import SmallMeter

ANSWERS = {"scan-meter": "00DB1234567890A0", "hand-over": "yes", "write-mpan": "yes"}
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def answers(question: Question, error: HhtError | None) -> str | None:
    """The answers of a visit where all is well."""
    return None if error else ANSWERS.get(question.id)


class Rig:
    """A store, the demo job in it, a visit, and the meter on the wall."""

    def __init__(self, folder: Path, meter: SmallMeter | None = None, clock: ManualClock | None = None) -> None:
        self.clock = clock or ManualClock(START)
        self.store = Store.open(
            folder / "training.db",
            TRAINING_PASS_PHRASE,
            training=True,
            clock=self.clock,
            entropy=random.SystemRandom().randbytes,
            cost=CHEAP,
            factory=FailingCommit,
        )
        numbers = count(1)
        self.visits = VisitStore(self.store, lambda: f"visit-{next(numbers)}-{random.SystemRandom().randrange(10**9)}")
        self.meter = meter or SmallMeter(self.clock)
        self.views: list[VisitView] = []
        self.connections = 0
        self.job: StoredJob = self.visits.import_job(resource_text("jobs", "demo.json"), "demo.json")
        self.journal: Journal = self._journal()

    def _journal(self) -> Journal:
        latest = self.visits.latest_visit(self.job.job_id)
        return self.visits.journal(latest.visit_id) if latest else self.visits.create_visit(self.job.job_id)

    async def connect(self) -> SmallMeter:
        self.connections += 1
        await self.meter.open()
        return self.meter

    def visit(self, **options: Any) -> Visit:
        """The visit as its journal tells it: new, or taken up again."""
        options = {"auto": True, "ask": answers, "on_view": self.views.append} | options
        self.journal = self._journal()
        walkthrough = self.visits.walkthrough(self.journal.visit_id)
        job = self.visits.job(self.job.job_id).job
        return Visit(job, walkthrough, self.journal, self.connect, self.clock, **options)

    def kinds(self, step: str) -> list[str]:
        """The kinds of a step's journal entries."""
        return [entry.kind.value for entry in self.journal.entries() if entry.step == step]


RigMaker = Callable[..., Rig]


@pytest.fixture
def make_rig(tmp_path: Path) -> Iterator[RigMaker]:
    """Make a rig in this test's folder (again: the same store, as after a restart)."""
    made: list[Rig] = []

    def make(meter: SmallMeter | None = None) -> Rig:
        for rig in made:
            rig.store.close()
        made.append(Rig(tmp_path, meter))
        return made[-1]

    yield make
    for rig in made:
        rig.store.close()


@pytest.fixture
def rig(make_rig: RigMaker) -> Rig:
    """A fresh visit of the demo job."""
    return make_rig()
