"""What a visit puts on disk and then on the screen, in this order: each change of it goes through here."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.store.errors import StoreError
from hht.work import danger
from hht.work.asking import NotNow
from hht.work.conditions import on_site
from hht.work.job import Job
from hht.work.journal import Journal, JournalEntry, JournalKind
from hht.work.progress import (
    BROKEN_OFF,
    NEEDS_NOT_MET,
    SECTION_ENDED,
    SEVERITY,
    VISIT_ENDED,
    StepProgress,
    VisitProgress,
    facts_to_plain,
)
from hht.work.show import Transient, visit_view
from hht.work.step import SafetyStop, StepResult
from hht.work.still_asked import broken_off, is_skipped
from hht.work.view import Outcome, StepState, VisitView
from hht.work.walkthrough import LeaveSpec

OnView = Callable[[VisitView], None]
MakeReport = Callable[[], Awaitable[str]]  # the path of the report
_FLUSH_BEFORE = (JournalKind.OUTCOME, JournalKind.DONE, JournalKind.FAILED, JournalKind.STOPPED, JournalKind.ENDED)
_log = logging.getLogger(__name__)


class VisitLog:
    """The journal of a visit, the progress that follows from it, and whoever looks at it (`on_view`)."""

    def __init__(
        self,
        job: Job,
        journal: Journal,
        progress: VisitProgress,
        transient: Transient,
        clock: Clock,
        *,
        on_view: OnView | None,
        flush_trace: Callable[[], None] | None,
    ) -> None:
        self.job, self.journal, self.progress, self.transient = job, journal, progress, transient
        self._clock = clock
        self._on_view = on_view
        self._flush_trace = flush_trace
        self.report_error: HhtError | None = None

    @property
    def view(self) -> VisitView:
        """The visit as it stands."""
        return visit_view(self.job, self.journal, self.progress, self.transient)

    def append(self, step: str, kind: JournalKind, payload: dict[str, Any] | None = None) -> None:
        """Write an entry, then show what follows from it. Raises StoreError; then nothing has changed."""
        if kind in _FLUSH_BEFORE:
            self.flush()
        self.progress.apply(self.journal.append(step, kind, payload))
        self.emit()

    def flush(self) -> None:
        """Have the trace on disk."""
        if self._flush_trace is None:
            return
        try:
            self._flush_trace()
        except StoreError as error:  # the trace waits in memory; what counts is whether the journal can be kept
            _log.warning("trace not kept yet: %s", error.code)

    def emit(self) -> None:
        """Show the visit as it stands."""
        if self._on_view is None:
            return
        try:
            self._on_view(self.view)
        except Exception:  # noqa: BLE001 - a fault of a screen must not end the visit
            _log.exception("a screen failed to show the visit")

    # --- how a step ends

    def done(self, step: StepProgress, result: StepResult) -> None:
        """It is done. Raises StoreError."""
        payload = {"facts": facts_to_plain(result.facts), "data": dict(result.data)}
        self.append(step.spec.id, JournalKind.DONE, payload)

    def failed(self, step: StepProgress, error: HhtError) -> None:
        """Journal the failure; where not even that can be kept, show it all the same."""
        payload = {"code": error.code, "message": error.message, "remedy": error.remedy}
        self._or_show(step, JournalKind.FAILED, payload)

    def stopped(self, step: StepProgress, stop: SafetyStop) -> None:
        """A safety stop: it stands where the journal cannot be written, too."""
        payload = {
            "stop": stop.stop.code,
            "locked": stop.stop.lock,
            "item": stop.item,
            "value": stop.value,
            "code": stop.code,
            "message": stop.message,
            "remedy": stop.remedy,
        }
        self._or_show(step, JournalKind.STOPPED, payload)

    def left(self, step: StepProgress, spec: LeaveSpec, note: str) -> None:
        """It is left for a reason. Raises StoreError."""
        payload = {"code": spec.code, "text": spec.text, "note": note, "outcome": spec.outcome.value}
        self.append(step.spec.id, JournalKind.LEFT, {**payload, "ends": spec.ends.value})

    def ended(self) -> Outcome:
        """The visit is over; what it came to: never complete where no step works on a device of the job, nor better
        than made safe where a danger came on record after its last step. Raises StoreError."""
        untouched = self.job.untouched(self.progress.walkthrough.devices)
        outcome = self.progress.best_outcome(untouched=bool(untouched))
        if danger.standing(self.progress) is not None:
            outcome = max(outcome, Outcome.MADE_SAFE, key=SEVERITY.index)
        self.append("", JournalKind.ENDED, {"outcome": outcome.value})
        return outcome

    def left_by_itself(self, step: StepProgress) -> bool:
        """Leave the step where the visit or its section has ended, or a step it needs was left."""
        need = self.progress.unmet_need(step.spec)
        if self.progress.ends_early:
            payload = {"code": VISIT_ENDED, "text": _("Not done: the visit ended before.")}
        elif self.progress.ended_section(step.spec):
            payload = {"code": SECTION_ENDED, "text": _("Not done: this part of the visit ended before.")}
        elif is_skipped(self.progress, step):
            text = _("Not done: the visit was broken off ({why}).").format(why=broken_off(self.progress))
            payload = {"code": BROKEN_OFF, "text": text, "outcome": Outcome.INSTALL_AND_LEAVE.value}
        elif need is not None:
            text = _("Not possible without “{title}”.").format(title=need.title)
            payload = {"code": NEEDS_NOT_MET, "text": text}
        else:
            return False
        self.append(step.spec.id, JournalKind.LEFT, payload)
        return True

    def needless(self, step: StepProgress) -> bool:
        """Skip the step where what was found on site makes it needless."""
        if step.state is not StepState.WAITING or on_site(step.spec.when, self.progress, self.job):
            return False
        self.append(step.spec.id, JournalKind.SKIPPED, {"text": _("Not needed here.")})
        return True

    async def report(self, make: MakeReport | None) -> None:
        """Write the report where one is wanted. That it failed is told, and takes nothing from the visit's outcome."""
        if make is None or self.progress.report:
            return
        try:
            payload = {"path": await make()}
        except HhtError as error:
            self.report_error = error
            self.transient.notice = f"{error.message} {error.remedy}"
            self.emit()
            return
        try:
            self.append("", JournalKind.REPORT, payload)
        except StoreError as error:  # it stands there all the same
            _log.warning("the report's path is not kept: %s", error.code)
            self.progress.apply(JournalEntry(0, self._clock.now(), "", JournalKind.REPORT, payload))
            self.emit()

    def _or_show(self, step: StepProgress, kind: JournalKind, payload: dict[str, Any]) -> None:
        try:
            self.append(step.spec.id, kind, payload)
        except StoreError as error:
            if kind is JournalKind.FAILED:
                payload = {"code": error.code, "message": error.message, "remedy": error.remedy}
            self.progress.apply(JournalEntry(0, self._clock.now(), step.spec.id, kind, payload))
            self.emit()


def reason_to_leave(step: StepProgress | None, code: str) -> tuple[StepProgress, LeaveSpec]:
    """The step that is shown, and the reason `code` to leave it. Raises NotNow where code or moment does not fit."""
    spec = step.spec.leave_spec(code) if step is not None else None
    if step is None or spec is None or step.ended or step.state is StepState.STOPPED:
        raise NotNow(
            _("“{code}” is no reason to leave this step now.").format(code=code),
            remedy=_("Choose one of the reasons shown."),
        )
    return step, spec
