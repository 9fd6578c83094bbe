"""No path, however the answers are given, passes a safety stop: every state of the flow, every way on from it.

The states are explored with the engine itself, from the journal that led there. Two journals are the same state where
they stand before the same step, the same safety steps are left to be played, and the same was found out on site: what a
step was answered counts only as far as later steps ask for it, and those answers are part of the state.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from datetime import date

import pytest

from hht.work.conditions import on_site
from hht.work.items import fault
from hht.work.job import Job
from hht.work.journal import JournalEntry, JournalKind
from hht.work.progress import StepProgress, VisitProgress
from hht.work.stops import stop_of
from hht.work.view import Outcome, StepState
from hht.work.walkthrough import StepSpec, Walkthrough, load_walkthrough
from tests.work.flow_model import GAS, HUB, SOLAR, START, Choice, Edge, bad, job, play

TODAY: date = START.date()
State = tuple[object, ...]
ELECTRICITY = ("before-work", "electricity")


def state_of(progress: VisitProgress) -> State:
    """What decides about everything that can still happen."""
    current = progress.current()
    assert current is not None
    later = list(progress.steps.values())
    later = later[later.index(current) :]
    fate = tuple(
        (progress.unmet_need(step.spec) is not None, progress.ended_section(step.spec))
        for step in later
        if step.spec.is_safety
    )
    found = tuple(on_site(step.spec.when, progress) for step in later)
    used = {name for step in later for item in step.spec.items for name in (item.limit_by, item.instrument) if name}
    answers = tuple(progress.answers.get(name, "") for name in sorted(used))
    may = tuple(sorted(one.kind for one in progress.competences or () if one.until >= TODAY))
    now = (current.spec.id, current.state, current.stop, current.locked, progress.ends_early)
    return (*now, fate, found, answers, may)


def choices(edge: Edge, step: StepProgress) -> Iterator[Choice]:
    """Every way to go through the step, as it was just asked."""
    for question in edge.asked:
        if question.id.endswith("?"):
            continue
        yield Choice(question.id, None)
        for answer in bad(question):
            yield Choice(question.id, answer)
        if question.person:
            yield Choice(question.id, "A. Engineer")
    if step.state is not StepState.STOPPED:
        for reason in step.spec.leave:
            yield Choice(leave=reason.code)
    if not step.spec.action.only_asks:
        yield Choice(lost=True)


def is_whole(step: StepProgress, answers: dict[str, str]) -> bool:
    """Whether every safety item of the step has an answer, and a good one."""
    safety = {f"{step.spec.id}/{item.id}": item for item in step.spec.items if item.stop}
    return all(name in answers and fault(item, answers[name], answers, TODAY) is None for name, item in safety.items())


def check(flow: Walkthrough, edge: Edge, since: int) -> VisitProgress:
    """What no path may break, of what came after the entry `since`; the visit as it stands then."""
    order = [spec.id for spec in flow.steps]
    progress = VisitProgress(flow)
    for entry in edge.entries:
        if entry.kind is JournalKind.STARTED and entry.number > since:
            for earlier in order[: order.index(entry.step)]:
                _check_before(progress.steps[entry.step].spec, progress.steps[earlier], progress.answers)
        progress.apply(entry)
    for step in progress.steps.values():
        assert step.state is not StepState.DONE or is_whole(step, progress.answers), step.spec.id
    stops = [entry for entry in edge.entries if entry.kind is JournalKind.STOPPED]
    if stops and edge.outcome is not None:
        assert edge.outcome in (Outcome.MADE_SAFE, Outcome.ABANDONED)
    for entry in stops:
        _check_stop(progress.steps[entry.step])
    return progress


def _check_before(spec: StepSpec, before: StepProgress, answers: dict[str, str]) -> None:
    """`spec` begins: a safety step before it is whole, or ended a part of the visit that it does not belong to."""
    if not before.spec.is_safety:
        return
    if before.state is StepState.DONE:
        assert is_whole(before, answers), f"{spec.id} began after {before.spec.id}"
        return
    apart = before.spec.section.name not in {spec.section.name, *spec.after, *ELECTRICITY}
    assert before.state is StepState.LEFT, f"{spec.id} began after {before.spec.id}: {before.state}"
    assert apart, f"{spec.id} began after {before.spec.id}: {before.state}"


def _check_stop(step: StepProgress) -> None:
    """A step that stopped once stays stopped, or was made safe by the book."""
    if step.state is StepState.STOPPED:
        return
    assert step.state is StepState.LEFT
    stop = stop_of(step)
    assert not stop.notice or step.notice
    assert not stop.lock or step.cleared_by not in ("", "A. Engineer")


async def explore(of: Job) -> tuple[int, int, int, set[Outcome]]:
    """Every state: how many, how many edges, at how many stops, and the outcomes that the visit can have."""
    flow = load_walkthrough(of.walkthrough).for_job(of)
    first: list[JournalEntry] = []
    seen: set[State] = set()
    waiting = [(0, 0, first)]  # the best first: what is merged with them can come to no more
    count = itertools.count(1)
    edges = stops = 0
    outcomes: set[Outcome] = set()
    while waiting:
        *_order, entries = heapq.heappop(waiting)
        progress = VisitProgress(flow, entries)
        current = progress.current()
        if current is None or (state := state_of(progress)) in seen:
            continue
        seen.add(state)
        well = await play(of, flow, entries, current.spec.id, Choice())
        for choice in (None, *choices(well, current)):
            edge = well if choice is None else await play(of, flow, entries, current.spec.id, choice)
            after = check(flow, edge, len(entries))
            edges += 1
            stops += edge.tried > 0
            if edge.outcome is not None:
                outcomes.add(edge.outcome)
            else:
                best = after.best_outcome(untouched=False)
                heapq.heappush(waiting, (list(Outcome).index(best), next(count), edge.entries))
    return len(seen), edges, stops, outcomes


@pytest.mark.parametrize(
    "of",
    [
        job("install-electricity", HUB, SOLAR, variant="polyphase"),
        job("install-dual-fuel", HUB, GAS, training=False, link="optical:/dev/ttyUSB0"),
    ],
    ids=lambda of: f"{of.meter.variant}-{len(of.devices)}" + ("" if of.training else "-live"),
)
async def test_no_path_passes_a_safety_stop(of: Job) -> None:
    states, edges, stops, outcomes = await explore(of)
    flow = load_walkthrough(of.walkthrough).for_job(of)
    safety = sum(item.stop is not None for step in flow.steps for item in step.items)
    assert safety >= 15
    assert stops >= safety, "at each safety item the stop was reached, and every other way on was tried"
    assert states >= len(flow.steps)
    assert edges > 4 * states
    assert outcomes >= {Outcome.COMPLETE, Outcome.MADE_SAFE, Outcome.ABANDONED}
