"""What no path through a visit may break, whatever is answered on it."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date

from hht.desk.kinds import AskKind
from hht.work import danger
from hht.work.items import fault
from hht.work.journal import JournalKind
from hht.work.progress import SEVERITY, StepProgress, VisitProgress
from hht.work.still_asked import is_skipped
from hht.work.stops import stop_of
from hht.work.supplier import Wanted
from hht.work.view import Outcome, StepState
from hht.work.walkthrough import StepSpec
from tests.work.flow_model import START, Edge

TODAY: date = START.date()
ELECTRICITY = ("before-work", "electricity")
GOOD_ENDS = (Outcome.COMPLETE, Outcome.INSTALL_AND_LEAVE)


def is_whole(step: StepProgress, answers: Mapping[str, str]) -> bool:
    """Whether every safety item of the step has an answer, and a good one."""
    safety = {f"{step.spec.id}/{item.id}": item for item in step.spec.items if item.stop}
    return all(name in answers and fault(item, answers[name], answers, TODAY) is None for name, item in safety.items())


def check_begins(progress: VisitProgress) -> None:
    """The step that stands to begin may begin: every safety step before it is whole, or ended a part of the visit that
    it does not belong to."""
    current = progress.current()
    assert current is not None
    if is_skipped(progress, current):
        return
    if progress.ends_early or progress.ended_section(current.spec) or progress.unmet_need(current.spec) is not None:
        return  # it is left by itself
    for before in progress.steps.values():
        if before is current:
            return
        if before.spec.is_safety:
            _check_before(current.spec, before, progress.answers)


def _check_before(spec: StepSpec, before: StepProgress, answers: Mapping[str, str]) -> None:
    told = f"{spec.id} begins after {before.spec.id}: {before.state}"
    if before.state is StepState.DONE:
        assert is_whole(before, answers), told
        return
    apart = before.spec.section.name not in {spec.section.name, *spec.after, *ELECTRICITY}
    assert before.state is StepState.LEFT, told
    assert apart, told


def check(edge: Edge, step: str, since: int, file: AbstractSet[str]) -> None:
    """What the edge through `step` may not have broken; its entries began after the first `since`. An answers file may
    hold `file`."""
    after = edge.visit.progress
    new = edge.entries[since:]
    assert {question.id.removesuffix("?") for question in edge.asked} <= file, "an answers file can hold it"
    assert {entry.step for entry in new if entry.kind is JournalKind.STARTED} <= {step}
    played = after.steps[step]
    assert played.state is not StepState.DONE or is_whole(played, after.answers), step
    for entry in new:
        if entry.kind is JournalKind.STOPPED:
            _check_stop(after.steps[entry.step])
    for wanted in edge.wanted:
        _check_moved(wanted, after)
    _check_dangers(edge, since)
    if after.outcome is not None or after.ends_early:
        _check_end(after)


def _check_stop(step: StepProgress) -> None:
    """A step that stopped once stays stopped, or was made safe by the book."""
    if step.state is StepState.STOPPED:
        return
    assert step.state is StepState.LEFT
    stop = stop_of(step)
    assert not stop.notice or step.notice
    assert not stop.lock or step.cleared_by not in ("", "A. Engineer")


def _check_moved(wanted: Wanted, progress: VisitProgress) -> None:
    """A switch is moved only where everything that makes it safe was said, for as long as was said; and never for
    ever."""
    if wanted.kind in (AskKind.CLOSE_SWITCH, AskKind.OPEN_SWITCH):
        safe = progress.steps[f"test-safe-{wanted.details['switch']}"]
        assert safe.state is StepState.DONE
        assert is_whole(safe, progress.answers)
        assert wanted.details["minutes"] == safe.data["minutes"]
        assert 1 <= int(wanted.details["minutes"]) <= 5


def _check_dangers(edge: Edge, since: int) -> None:
    """After a danger was put on record nothing begins."""
    noted = [entry.number for entry in edge.entries[since:] if entry.kind is JournalKind.NOTED]
    if noted and danger.standing(edge.visit.progress) is not None:
        begun = [one for one in edge.entries if one.kind is JournalKind.STARTED and one.number > noted[0]]
        assert not begun


def _check_end(after: VisitProgress) -> None:
    """The visit has ended, or nothing more will be done in it: no better than what it was stopped with, no supply off
    that nobody made safe, nothing moved that nobody read back, no danger that it was not stopped for."""
    outcome = after.outcome or after.best_outcome(untouched=False)
    stops = [step for step in after.steps.values() if step.stop]
    worst = max((SEVERITY.index(stop_of(step).outcome) for step in stops), default=0)
    assert SEVERITY.index(outcome) >= worst, "no better than what it was stopped with"
    off = after.fuels_off()
    assert not off, f"left off, and not made safe: {list(off)}"
    moved = [step for step in after.steps.values() if step.spec.action.name == "switch-test"]
    if outcome in GOOD_ENDS and any(after.may_have_changed(step.spec.id) for step in moved):
        assert after.steps["switches-at-rest"].state is StepState.DONE, "what was moved was read back"
    assert danger.standing(after) is None, "ended past a danger on record"
