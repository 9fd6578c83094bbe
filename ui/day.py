"""The work of the day as the window asks for it: jobs that come in, the van, the check before leaving, a rehearsal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from hht.clock import Clock
from ui.intake import Intake, Taken
from ui.job_folder import FolderLook, JobFolder
from ui.jobs import add_tour_job
from ui.threads import in_thread
from ui.van import Van, VanFacts

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.depot import DepotLine
    from hht.work.van import VanDevice
    from ui.job_rules import JobRules
    from ui.rehearsal import OnPlay, RehearsalReport


class Day:
    """Of one store; `folder` is the data folder. Used from one event loop; the work is done in threads. Raises what the
    stores raise; what one bad job is, is told of in its `Taken`."""

    def __init__(self, store: Store, folder: Path, clock: Clock) -> None:
        self._store, self._folder, self._clock = store, folder, clock
        self._intake, self._van = Intake(store), Van(store)
        self._watched: JobFolder | None = None

    async def take(self, paths: Sequence[Path]) -> tuple[Taken, ...]:
        """Take jobs in from these files and folders."""
        return await in_thread(self._intake.files, paths)

    async def take_unsigned(self, held: Sequence[Taken], reason: str) -> tuple[Taken, ...]:
        """Take jobs in that nobody signed, for the reason that a person said."""
        return await in_thread(self._intake.unsigned, held, reason)

    async def tour_job(self) -> str:
        """The id of the tour's job, which is put into a training store that has none."""
        return await in_thread(add_tour_job, self._store, self._clock.now().date())

    async def rules(self, job_id: str) -> JobRules:
        """What rules apply today at the job's site to its equipment."""
        from ui.job_rules import job_rules

        return await in_thread(job_rules, self._store, job_id, self._clock.now().date())

    async def scanned(self, text: str) -> Taken:
        """Take in a job's code that a scanner read."""
        return await in_thread(self._intake.scanned, text)

    async def look(self, folder: str) -> FolderLook:
        """Look into the folder that is watched; nothing where none is."""
        if not folder:
            self._watched = None
            return FolderLook()
        if self._watched is None or self._watched.folder != Path(folder):
            self._watched = JobFolder(Path(folder), self._store)
        return await in_thread(self._watched.look)

    async def van(self) -> VanFacts:
        """The van as it is."""
        return await in_thread(self._van.facts)

    async def add(self, devices: Sequence[VanDevice]) -> VanFacts:
        """Put these onto it."""
        await in_thread(self._van.add, tuple(devices))
        return await self.van()

    async def add_file(self, path: Path) -> VanFacts:
        """Put those of a delivery note onto it."""
        await in_thread(self._van.add_file, path)
        return await self.van()

    async def take_off(self, device: VanDevice) -> VanFacts:
        """Forget the device; one that a visit took out is put back instead."""
        await in_thread(self._van.put_back if device.taken_by else self._van.remove, str(device.device_id))
        return await self.van()

    async def take_list(self, path: Path) -> VanFacts:
        """Take a signed product list in."""
        await in_thread(self._van.take_list, path)
        return await self.van()

    async def check(self, day: date | None = None) -> tuple[DepotLine, ...]:
        """What the jobs of that day (None: today) bring along, and whether it may be installed."""
        return await in_thread(self._van.check, day or self._van.today)

    async def lacking(self) -> int:
        """How many devices of today's jobs are not ready; 0 where no use is made of van and product list."""
        facts = await self.van()
        if not facts.devices and facts.products is None:
            return 0
        return sum(not line.ready for line in await self.check())

    async def rehearse(self, job_id: str, on_play: OnPlay) -> RehearsalReport:
        """Rehearse the job. Cancelled, nothing of it is left."""
        from hht.work.visit_store import VisitStore
        from ui.rehearsal import Rehearsal
        from ui.system import new_id

        stored = VisitStore(self._store, new_id).job(job_id)
        return await Rehearsal(self._store, stored, self._folder, self._clock).run(on_play)

    async def walk(self, job_id: str) -> tuple[str, bool]:
        """The rehearsal of the job for somebody to walk through: its job's id, and whether it was walked to its end
        before. Raises HhtError ``not-in-live-work``."""
        from hht.work.visit_store import VisitStore
        from ui.jobs import summary_of
        from ui.rehearsal import job_to_walk
        from ui.system import new_id

        visits = VisitStore(self._store, new_id)
        walked = await in_thread(job_to_walk, self._store, visits.job(job_id), self._folder)
        return walked.job_id, summary_of(visits, walked).finished
