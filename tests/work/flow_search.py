"""Every state of a flow, and every way on from each, found with the engine itself.

Two journals are the same state where they stand before the same step, the same safety steps are left to be played, and
the same was found out on site: what a step was answered counts only as far as later steps ask for it, and those answers
are part of the state. Of answers, and of reasons to leave, that are judged alike one is played. To play on, a copy of
what is known is enough, instead of reading the journal again: at every state the two are held against one another.
"""

from __future__ import annotations

import functools
import heapq
import itertools
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch

from hht.desk.kinds import AskKind
from hht.work import danger, offset_effect, scanned
from hht.work.asking import NotNow
from hht.work.conditions import as_offered, on_site
from hht.work.ending_early import ending, leave_for
from hht.work.firmware_rules import retry_rules
from hht.work.items import ItemSpec, fault
from hht.work.job import Job
from hht.work.journal import JournalEntry, JournalKind
from hht.work.noted import payload_of
from hht.work.progress import SEVERITY, StepProgress, VisitProgress
from hht.work.still_asked import broken_off, closing_due, proof_due
from hht.work.view import Outcome, Question, QuestionKind, StepState
from hht.work.walkthrough import Walkthrough, load_walkthrough
from tests.work import flow_model
from tests.work.flow_checks import TODAY, check, check_begins
from tests.work.flow_model import START, Choice, Edge, Kept, bad, forked, play, progress_of

State = tuple[object, ...]
RUNS = ("runs", "last_at", "latest_at")  # who took it up and when, which is kept once
ENDING = ending("no-adult", now=START)


def state_of(progress: VisitProgress, of: Job) -> State:
    """What decides about everything that can still happen."""
    current = progress.current()
    assert current is not None
    now = (
        *(current.spec.id, current.state, current.stop, current.locked, current.cleared_by),
        *(tuple(sorted(current.answers.items())), tuple(current.open_intents)),
        *(*_due(progress), danger.standing(progress) is not None, broken_off(progress)),
    )
    if progress.ends_early:  # nothing more is begun
        return (*now, progress.best_outcome(untouched=False))
    later = list(progress.steps.values())
    later = later[later.index(current) :]
    fate = tuple(
        (progress.unmet_need(step.spec) is not None, progress.ended_section(step.spec))
        for step in later
        if step.spec.is_safety
    )
    found = tuple(on_site(step.spec.when, progress, of) for step in later)
    offered = tuple(
        as_offered(item, progress, of).choices for step in later for item in step.spec.items if item.offered
    )
    used = {name for step in later for item in step.spec.items for name in (item.limit_by, item.instrument) if name}
    answers = tuple(progress.answers.get(name, "") for name in sorted(used))
    may = tuple(sorted(one.kind for one in progress.competences or () if one.until >= TODAY))
    return (*now, fate, found, offered, answers, may)


def _due(progress: VisitProgress) -> State:
    """What stands against an end of the visit."""
    due = closing_due(progress), proof_due(progress)
    return (tuple(progress.fuels_off()), *(step and step.spec.id for step in due))


@dataclass
class Found:
    """What a search came to: how many states, ways on from them, ways past stops that were tried in vain, and deaths
    that were taken up; the outcomes; at which safety items it stopped ("step/item"); where the visit may not be
    ended; what the desk was asked for."""

    flow: Walkthrough
    states: int = 0
    edges: int = 0
    tried: int = 0
    deaths: int = 0
    outcomes: set[Outcome] = field(default_factory=set)
    stopped_at: set[str] = field(default_factory=set)
    endless: set[str] = field(default_factory=set)
    wanted: set[AskKind] = field(default_factory=set)
    began: set[str] = field(default_factory=set)  # steps that were played

    @property
    def safety(self) -> set[str]:
        """Every safety item of the flow."""
        return {f"{step.id}/{item.id}" for step in self.flow.steps for item in step.items if item.stop is not None}


class Search:
    """One flow's."""

    def __init__(self, of: Job, mortal: Container[str]) -> None:
        self._of, self._mortal = of, mortal
        self._flow = load_walkthrough(of.walkthrough).for_job(of)
        self._file = frozenset(self._flow.asked)
        self.found = Found(self._flow)
        self._seen: set[State] = set()
        self._died: set[State] = set()
        self._beside: set[State] = set()
        self._broken: set[State] = set()
        self._waiting: list[tuple[int, int, Kept]] = []  # the best first: what is merged with them can come to no more
        self._count = itertools.count()
        used = [name for step in self._flow.steps for item in step.items for name in (item.limit_by, item.instrument)]
        self._used = frozenset(used)

    async def run(self) -> Found:
        """Until there is no state left."""
        self._push(Kept.of([], VisitProgress(self._flow)))
        read, spread = functools.cache(scanned.read_label), functools.cache(offset_effect.spread_of)
        with (
            patch("hht.work.visit.VisitProgress", progress_of),
            patch.object(scanned, "read_label", read),
            patch.object(offset_effect, "spread_of", spread),
            patch("hht.work.actions.firmware.retry_rules", lambda: replace(retry_rules(), times=0)),  # it waits
        ):
            while self._waiting:
                entries = heapq.heappop(self._waiting)[-1]
                if entries.progress.current() is None:
                    continue
                state = state_of(entries.progress, self._of)
                if state not in self._seen:
                    self._seen.add(state)
                    self.found.states += 1
                    await self._state(entries)
        return self.found

    def _push(self, entries: Kept) -> None:
        best = entries.progress.best_outcome(untouched=False)
        heapq.heappush(self._waiting, (SEVERITY.index(best), next(self._count), entries))

    async def _state(self, entries: Kept) -> None:
        """Every way on from it."""
        progress = entries.progress
        same_as_kept(self._flow, entries)
        check_begins(progress)
        current = progress.current()
        assert current is not None
        self._ended_here(progress, current)
        well = await self._edge(entries, current, Choice())
        if progress.ends_early:
            return
        for choice in self._choices(well, current):
            await self._edge(entries, current, choice)
        if not well.asked and self._first_of(current, progress):  # what is put on record between two steps
            for fuel in ("gas", "electricity"):
                noted = _with(entries, JournalKind.NOTED, payload_of(flow_model.danger(fuel)), current.spec.id)
                self._ended_here(noted.progress, current)
                await self._edge(noted, current, Choice())

    def _ended_here(self, progress: VisitProgress, current: StepProgress) -> None:
        """Whether the visit may be ended as it stands, and rightly."""
        try:
            leave_for(progress, current, ENDING)
        except NotNow:
            if danger.standing(progress) is None:
                self.found.endless.add(current.spec.id)
            return
        assert not progress.fuels_off()
        assert not current.open_intents
        assert current.state is not StepState.STOPPED
        assert danger.standing(progress) is None

    async def _edge(self, entries: Kept, current: StepProgress, choice: Choice, *, dies: bool = True) -> Edge:
        edge = await play(self._of, self._flow, entries, current.spec.id, choice)
        check(edge, current.spec.id, len(entries), self._file)
        self.found.edges += 1
        self.found.began.add(current.spec.id)
        self.found.tried += edge.tried
        self.found.wanted |= {one.kind for one in edge.wanted}
        for entry in edge.entries[len(entries) :]:
            if entry.kind is JournalKind.STOPPED and entry.payload["item"]:
                self.found.stopped_at.add(f"{entry.step}/{entry.payload['item']}")
        if edge.outcome is not None:
            self.found.outcomes.add(edge.outcome)
        else:
            self._push(Kept.of(edge.entries, edge.visit.progress))
        if dies and current.spec.id in self._mortal:
            await self._deaths(entries, current, edge)
        return edge

    async def _deaths(self, entries: Kept, current: StepProgress, edge: Edge) -> None:
        """The terminal dies after each entry of the step, in one state of each step: it is taken up, and goes on."""
        told: State = (current.spec.id, current.state)
        dying = forked(entries.progress)
        for place in range(len(entries), len(edge.entries) - 1):
            entry = edge.entries[place]
            dying.apply(entry)
            told = (*told, entry.kind, *(str(entry.payload.get(name)) for name in ("question", "value", "item")))
            if told in self._died:
                continue
            self._died.add(told)
            dead = _with(Kept.of(edge.entries[: place + 1], dying))
            again = dead.progress.current()
            if again is None or again.spec.id != current.spec.id:
                return
            self.found.deaths += 1
            check_begins(dead.progress)
            await self._edge(dead, again, Choice(), dies=False)

    def _choices(self, edge: Edge, step: StepProgress) -> Iterator[Choice]:
        """Every way to go through the step, as it was just asked: one of those that are judged alike."""
        asked = [question for question in edge.asked if not question.id.endswith("?")]
        items = {f"{step.spec.id}/{item.id}": item for item in step.spec.items}
        for question in asked:
            answers = edge.visit.progress.answers
            for answer in self._answers(question, items.get(question.id), answers):
                yield Choice(question.id, answer)
            if question.person:
                yield Choice(question.id, "A. Engineer")
            if question is asked[0] or question is asked[-1]:
                yield Choice(question.id, None)
        if asked and self._first_of(step, edge.visit.progress):
            yield from (Choice(ends=True), Choice(danger="gas"), Choice(danger="electricity"))
        if step.state is not StepState.STOPPED:
            alike = {(one.ends, one.outcome, one.stop and one.stop.code): one.code for one in step.spec.leave}
            yield from (Choice(leave=code) for code in alike.values())
        if not step.spec.action.only_asks:
            yield Choice(lost=True)
            if step.spec.action.name in ("activate-firmware", "firmware-after"):
                yield Choice(unsure=True)
        where: State = (step.spec.id, step.state, *_due(edge.visit.progress))
        if step.state is not StepState.STOPPED and not broken_off(edge.visit.progress) and where not in self._broken:
            self._broken.add(where)
            yield Choice(break_off=True)

    def _first_of(self, step: StepProgress, progress: VisitProgress) -> bool:
        """Whether nothing was tried yet beside this step where the same was off, open, or still to be proved: what
        comes after that ends the visit, whatever else is known."""
        where: State = (step.spec.id, step.state, *_due(progress))
        new = where not in self._beside
        self._beside.add(where)
        return new

    def _answers(self, question: Question, item: ItemSpec | None, answers: dict[str, str]) -> Iterator[str]:
        """One of those that are judged alike; all where a later step goes by which it was."""
        seen: set[object] = set()
        for answer in bad(question):
            judged: object = answer
            if item is not None and question.id not in self._used:
                wrong = fault(item, answer, {**answers, question.id: answer}, TODAY)
                judged = (wrong and wrong.code, item.at_best.get(answer), _decides(question))
                judged = answer if _decides(question) else judged
            if judged not in seen:
                seen.add(judged)
                yield answer


def _decides(question: Question) -> bool:
    """Whether a condition of later steps may go by the answer."""
    return question.kind is QuestionKind.CHOICE and not question.safety


def _with(entries: Kept, kind: JournalKind = JournalKind.RESUMED, payload: Any = None, step: str = "") -> Kept:
    """With one entry more."""
    entry = JournalEntry(len(entries) + 1, START, step, kind, payload or {})
    progress = forked(entries.progress)
    progress.apply(entry)
    return Kept.of([*entries, entry], progress)


def same_as_kept(flow: Walkthrough, entries: Kept) -> None:
    """What the journal says, read from the disk again, is what the visit went by."""
    kept, read = entries.progress, VisitProgress(flow, entries)
    for name, value in vars(read).items():
        if name == "steps":
            for step_id, step in read.steps.items():
                step.done_in_run = kept.steps[step_id].done_in_run
                assert step == kept.steps[step_id], step_id
        elif name not in RUNS:
            assert value == vars(kept)[name], name


async def explore(of: Job, mortal: Container[str] = ()) -> Found:
    """Search the job's flow. In the steps `mortal` the terminal dies at every entry, too."""
    return await Search(of, mortal).run()
