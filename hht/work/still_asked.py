"""What safety still asks for before a visit may be over: what proves a change, what confirms a meter closed, and, where
the visit was broken off, which steps are only work and are skipped. On from there the visit is played as ever, so each
of its stops stands."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from hht.work.noted import NoteKind, of_kind
from hht.work.progress import StepProgress, VisitProgress
from hht.work.view import StepState

BREAKS_OFF: Final = "breaks_off"  # in an ending's note
HAND_OVER: Final = "hand-over"  # the action that tells the customer what was done and what was left


def proof_due(progress: VisitProgress) -> StepProgress | None:
    """The step that still has to prove what the visit has (or may have) changed; None where nothing is due."""
    for step in progress.steps.values():
        if not step.spec.proves or step.ended:
            continue
        changes = (one for one in progress.steps.values() if one.spec.action.name == step.spec.proves)
        if any(progress.may_have_changed(one.spec.id) for one in changes):
            return step
    return None


def closing_due(progress: VisitProgress) -> StepProgress | None:
    """The first step that still has to confirm covers and seals of a meter that the visit has (or may have) opened;
    None where none is due."""
    opened = {step.spec.isolates for step in progress.steps.values() if step.spec.isolates and step.begun}
    return next((one for one in progress.steps.values() if one.spec.closes in opened and not one.ended), None)


def broken_off(progress: VisitProgress) -> str:
    """For which reason, in words, the rest of the work is skipped; "" where the visit goes on as planned."""
    found = [note for note in of_kind(progress.notes, NoteKind.ENDING) if note.told.get(BREAKS_OFF)]
    return str(found[-1].told["text"]) if found else ""


def still_asked(progress: VisitProgress) -> list[StepProgress]:
    """What safety still asks for, in its order: all of a part whose fuel is off, safety steps and seals of a meter that
    was opened, the leaving check, what proves a change or settles one of which
    nobody knows, the hand-over, and what these need."""
    opened = {one.spec.isolates for one in progress.steps.values() if one.spec.isolates and one.begun}
    leaving = {one.spec.section.name for one in progress.steps.values() if one.spec.action.name == HAND_OVER}
    due, off = proof_due(progress), progress.fuels_off()
    wanted = {
        one.spec.id
        for one in progress.steps.values()
        if not one.ended and (one is due or _is_asked(one, opened, leaving, off))
    }
    waiting = list(wanted)
    while waiting:
        needs = [name for name in progress.steps[waiting.pop()].spec.needs if name not in wanted]
        open_needs = [name for name in needs if not progress.steps[name].ended]
        wanted.update(open_needs)
        waiting += open_needs
    return [one for one in progress.steps.values() if one.spec.id in wanted]


def _is_asked(step: StepProgress, opened: set[str], leaving: set[str], off: Container[str]) -> bool:
    spec = step.spec
    if step.open_intents or step.state is StepState.STOPPED or spec.action.name == HAND_OVER:
        return True
    if spec.section.name in off or spec.closes in opened:
        return True
    return spec.is_safety and spec.section.name in opened | leaving


def is_skipped(progress: VisitProgress, step: StepProgress) -> bool:
    """Whether the visit was broken off, and the step is nothing that safety asks for."""
    return bool(broken_off(progress)) and not step.ended and step not in still_asked(progress)
