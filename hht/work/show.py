"""From what is known of a visit to what a screen sees."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import datetime, timedelta

from hht.i18n import _
from hht.work.devices import device_words
from hht.work.job import Job
from hht.work.journal import Journal
from hht.work.noted_words import note_fact
from hht.work.progress import StepProgress, VisitProgress
from hht.work.supply_acts import affects_supply
from hht.work.view import Fact, Question, StepState, StepView, VisitView

_BEFORE_ITS_END = (StepState.READY, StepState.STARTED, StepState.ASKING)


@dataclass(slots=True)
class Transient:
    """What is worth showing and not worth journalling."""

    link: str = ""
    shown: str = ""  # id of the step on the screen
    question: Question | None = None
    preview: tuple[Fact, ...] = ()  # what is known before the step begins
    progress: tuple[int, int | None] | None = None
    deadline_at: datetime | None = None
    notice: str = ""
    at_hand: frozenset[str] = frozenset()  # of what steps go through: "desk", "han"

    def turn_to(self, step: str) -> None:
        """Another step comes on the screen; what was known of the one before does not belong to it."""
        self.shown, self.preview = step, ()

    def set_deadline(self, now: datetime, left_s: float) -> None:
        """The running step gives up in `left_s` seconds."""
        self.deadline_at = now + timedelta(seconds=left_s)


def at_hand(**ways: object) -> frozenset[str]:
    """The names of those that are there."""
    return frozenset(name for name, way in ways.items() if way is not None)


def began_anew(reference: str) -> str:
    """Of an emulated home, in words for people; `reference`: of the job."""
    return _(
        "The training home began anew: it ends with the program it lives in. What this visit has done there (joins, "
        "settings) is gone, and what builds on it will be refused. Begin this training visit again (in the window, or "
        "hht visit resume {reference} --again), or leave those steps."
    ).format(reference=shlex.quote(reference))


def visit_view(job: Job, journal: Journal, progress: VisitProgress, transient: Transient) -> VisitView:
    """The visit as a screen sees it."""
    steps = tuple(_step_view(step, transient) for step in progress.steps.values())
    current = progress.current()
    home_anew = progress.home_anew and progress.outcome is None
    shown = transient.shown or (current.spec.id if current is not None else "")
    return VisitView(
        visit_id=journal.visit_id,
        job_id=journal.job_id,
        number=journal.visit_number,
        reference=job.reference,
        address=job.address,
        training=job.training,
        walkthrough=progress.walkthrough.title,
        steps=steps,
        current="" if progress.outcome is not None else shown,
        link=transient.link,
        outcome=progress.outcome,
        resumed=progress.resumed,
        report=progress.report,
        untouched=tuple(device_words(device) for device in job.untouched(progress.walkthrough.devices)),
        notice=transient.notice or (began_anew(job.reference) if home_anew else ""),
        noted=tuple(map(note_fact, progress.notes)),
        home_anew=home_anew,
    )


def _step_view(step: StepProgress, transient: Transient) -> StepView:
    spec = step.spec
    shown = transient if transient.shown == spec.id else Transient()
    done, total = shown.progress or (None, None)
    return StepView(
        id=spec.id,
        title=spec.title,
        explanation=spec.explanation,
        state=step.state,
        deadline_s=float(spec.deadline_s),
        authority=spec.authority,
        started_at=step.started_at,
        finished_at=step.finished_at,
        facts=step.facts or (shown.preview if step.state in _BEFORE_ITS_END else ()),
        question=shown.question,
        code=step.code,
        message=step.message,
        remedy=step.remedy,
        progress_done=done,
        progress_total=total,
        can_leave=not step.ended and step.state is not StepState.STOPPED,
        leave_reasons=tuple(reason.reason for reason in spec.leave),
        deadline_at=shown.deadline_at,
        section=spec.section.title,
        commanded=bool(spec.request) or (bool(spec.authority) and not spec.action.writes),
        locked=step.locked,
        supply=affects_supply(spec),
        onward=_onward(step, shown),
        barred=step.state is StepState.READY and not {spec.action.through} <= {"", *shown.at_hand},
    )


def _onward(step: StepProgress, shown: Transient) -> str:
    """What Continue does to a step that asks the supplier for a command, or brings those of a pack."""
    spec = step.spec
    if step.state is not StepState.READY or spec.action.through not in shown.at_hand:
        return ""
    if spec.request:
        return _("Deliver supplier's command")
    return _("Deliver supplier's commands") if spec.authority else ""
