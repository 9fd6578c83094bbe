"""The links of a visit, as its fault-finding steps use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _
from hht.work.looks.of_job import home_of_job
from hht.work.step import StepError
from ui.diagnosing import Diagnosing, FaultVisit, Places

if TYPE_CHECKING:
    from hht.client.radio.survey import Survey
    from hht.clock import Clock
    from hht.diagnosis.course import More, OnLook, OnStep
    from hht.diagnosis.verdict import Verdict
    from hht.identifiers import InstallCode
    from hht.link import TraceSink
    from hht.store.store import Store
    from hht.work.job import Job
    from hht.work.looks.ways import Person
    from ui.compose import Composer


class VisitFinder:
    """See `hht.work.fault_finder.FaultFinder`."""

    def __init__(
        self,
        store: Store,
        composer: Composer,
        clock: Clock,
        job: Job,
        places: Places,
        code: InstallCode | None,
        sink: TraceSink | None,
    ) -> None:
        self._diagnosing = Diagnosing(store, composer, clock)
        self._composer, self._clock = composer, clock
        self._job, self._places, self._code, self._sink = job, places, code, sink

    async def find(self, symptom: str, person: Person, on_step: OnStep, on_look: OnLook, more: More) -> Verdict:
        """As `Diagnosing.run`."""
        home = home_of_job(self._job)
        visit = FaultVisit(self._places, home, (symptom,), job=self._job.reference, code=self._code)
        return await self._diagnosing.run(visit, person, on_step, self._sink, on_look, more)

    async def heard(self, looks: int) -> Survey:
        """See `FaultFinder.heard`."""
        from hht.client.radio.survey import survey

        if not self._places.dongle:
            raise StepError(
                _("This visit has no dongle to listen with."),
                remedy=_("Name its link in the settings (--han), or answer that nobody measured here."),
                code="no-dongle",
            )
        async with self._composer.dongle(self._places.dongle, self._sink) as dongle:
            return await survey(dongle, self._clock, looks=looks)


__all__ = ["VisitFinder"]
