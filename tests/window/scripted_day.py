"""The work of the day of the scripted terminal: real, on its store, but for the rehearsal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hht.clock import ManualClock
from hht.work.visit_store import VisitStore
from tests.window import samples
from ui.day import Day
from ui.depot_kept import Brought
from ui.depot_service import Going, KeptDepot
from ui.intake import Taken
from ui.job_folder import FolderLook
from ui.jobs import summary_of
from ui.rehearsal import OnPlay, RehearsalReport
from ui.system import new_id

if TYPE_CHECKING:
    from tests.window.scripted import ScriptedServices


async def no_rehearsal(_on_play: OnPlay) -> RehearsalReport:
    """Where a test has scripted none."""
    raise AssertionError("no rehearsal is scripted")


class ScriptedDay(Day):
    """The real thing on the scripted terminal's store; what comes in stands on its list of jobs too."""

    def __init__(self, services: ScriptedServices) -> None:
        store = services.radio._opened()
        super().__init__(store, store.path.parent, ManualClock(samples.NOW))
        self._services, self._kept = services, store
        self._watched = services.watched_folder

    async def take(self, paths: Sequence[Path]) -> tuple[Taken, ...]:
        return self._listed(await super().take(paths))

    async def scanned(self, text: str) -> Taken:
        return self._listed((await super().scanned(text),))[0]

    async def tour_job(self) -> str:
        kept = VisitStore(self._kept, new_id)
        job_id = await super().tour_job()
        if job_id not in [job.job_id for job in self._services.job_list]:
            self._services.job_list = [*self._services.job_list, summary_of(kept, kept.job(job_id))]
        return job_id

    async def take_unsigned(self, held: Sequence[Taken], reason: str) -> tuple[Taken, ...]:
        return self._listed(await super().take_unsigned(held, reason))

    async def look(self, folder: str) -> FolderLook:
        found = await super().look(folder)
        self._services.watched_folder = self._watched
        self._listed(found.taken)
        return found

    async def rehearse(self, job_id: str, on_play: OnPlay) -> RehearsalReport:
        return await self._services.rehearsal(on_play)

    async def walk(self, job_id: str) -> tuple[str, bool]:
        return f"rehearsal-of-{job_id}", False

    def _listed(self, taken: tuple[Taken, ...]) -> tuple[Taken, ...]:
        here = {job.job_id: job for job in self._services.job_list}
        visits = VisitStore(self._kept, new_id)
        here |= {one.job.job_id: summary_of(visits, one.job) for one in taken if one.job is not None}
        self._services.job_list = list(here.values())
        return taken


class ScriptedDepot(KeptDepot):
    """The real thing on the scripted terminal's store; jobs that come stand on its list too."""

    def __init__(self, services: ScriptedServices) -> None:
        super().__init__(services.radio._opened())
        self._services = services

    async def meet(
        self, on_going: Callable[[Going], object] = lambda _going: None, *, jobs_only: bool = False
    ) -> Brought:
        brought = await super().meet(on_going, jobs_only=jobs_only)
        ScriptedDay(self._services)._listed(brought.jobs)
        return brought


class IdleDepot:
    """As `IdleDay`: no store is made only to hear that no depot is known."""

    def __init__(self, services: ScriptedServices) -> None:
        self._services = services

    async def ready(self) -> bool:
        return False

    def __getattr__(self, name: str) -> object:
        self._services.radio._opened()
        return getattr(self._services.depot, name)


class IdleDay:
    """As long as nothing was put into the scripted terminal's store, none is made for looking into it."""

    def __init__(self, services: ScriptedServices) -> None:
        self._services = services

    async def lacking(self) -> int:
        return 0

    def __getattr__(self, name: str) -> object:
        return getattr(ScriptedDay(self._services), name)
