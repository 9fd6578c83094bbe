"""How a step that was played has ended, written down: done, stopped for a danger, left, or cancelled by the person."""

from __future__ import annotations

from hht.errors import HhtError
from hht.i18n import _
from hht.work import danger
from hht.work.ending_early import Ending
from hht.work.items import Finding
from hht.work.journal import JournalKind
from hht.work.noted import payload_of
from hht.work.progress import StepProgress, VisitProgress
from hht.work.step import SafetyStop, StepResult
from hht.work.visit_log import VisitLog
from hht.work.walkthrough import LeaveSpec

Leaving = tuple[LeaveSpec, str, Ending | None]
"""Why a step is left, a note, and why the visit ends with it."""


class StepFailed(HhtError):
    """Unattended, a step failed or its outcome is unknown; code, message and remedy are the step's. Resume later."""

    default_code = "step-failed"

    @classmethod
    def of(cls, step: StepProgress, *, why: HhtError | None = None) -> StepFailed:
        """What became of that step. `why` a safety stop was not answered: which answer it waits for, or why the one it
        got is none; it stands after what the stop says to do."""
        remedy = " ".join(part for part in (step.remedy, why and why.message, why and why.remedy) if part)
        return cls(step.message, remedy=remedy, code=step.code, step=step.spec.id, state=step.state.value)


class StepEnds:
    """Journals ends of steps. A danger on record that nobody was stopped for stops the visit in place of the end.

    Every method raises StoreError where it could not be written.
    """

    def __init__(self, progress: VisitProgress, log: VisitLog) -> None:
        self._progress, self._log = progress, log

    def cancelled(self, step: StepProgress, leaving: Leaving | None) -> None:
        """The person stopped it, to leave it or to try again."""
        if leaving is not None:
            return self.left(step, *leaving)
        remedy = _("Try again when you are ready.")
        return self._log.failed(step, HhtError(_("Stopped by you."), remedy=remedy, code="cancelled"))

    def done(self, step: StepProgress, result: StepResult) -> None:
        """It is done; but a danger that came on record while the last step ran has no other to stop."""
        found = danger.standing(self._progress)
        if found is not None and all(one.ended for one in self._progress.steps.values() if one is not step):
            return self._log.stopped(step, danger.stop_for(found))
        return self._log.done(step, result)

    def left(self, step: StepProgress, spec: LeaveSpec, note: str, why: Ending | None = None) -> None:
        """It is left for the reason `spec`, which may itself be a stop; `why` the visit ends with it goes on record."""
        if (found := danger.standing(self._progress)) is not None:
            return self._log.stopped(step, danger.stop_for(found))
        if why is not None:
            self._log.append(step.spec.id, JournalKind.NOTED, payload_of(why))
        if spec.stop is None:
            return self._log.left(step, spec, note)
        return self._log.stopped(step, SafetyStop(spec.stop, "", note, Finding(spec.code, spec.text)))
