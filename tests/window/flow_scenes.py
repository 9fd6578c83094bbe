"""Steps of an installation as the engine itself shows them: a measured value, a checklist, a choice, a lock, a bar."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from hht.clock import ManualClock
from hht.desk.course import AskReport, AskState
from hht.work.asking import NotNow
from hht.work.job import Job
from hht.work.supplier import Wanted
from hht.work.view import SURE, Question, QuestionKind, StepState, VisitView
from hht.work.visit import Visit
from hht.work.walkthrough import load_walkthrough
from tests.window import samples
from tests.work.flow_model import CAD, GAS, HUB, START, MemoryJournal, YesDesk, entries_before, good, job

if TYPE_CHECKING:
    from tests.window.scenes import Stage

OF = job("install-dual-fuel", HUB, GAS)
PAIRING = job("pair-cad", HUB, GAS, CAD)
TENANCY = job("change-tenancy", HUB, GAS)
PREPAYING = job("prepayment-help", HUB, GAS, payment_mode="prepayment")
ASLEEP = "asleep"


class AsleepDesk(YesDesk):
    """A desk whose commands wait for a gas meter that sleeps."""

    def new(self, step: str, wanted: Wanted) -> AskReport:
        asked = super().new(step, wanted)
        since = dict.fromkeys(("asked", "sent", "acknowledged"), samples.NOW)
        self.asked = replace(asked, state=AskState.ACKNOWLEDGED, since=since, code="I99", alert="")
        return self.asked

    async def follow(self, reference: str, on_report: Any, on_news: Any) -> AskReport:
        on_report(self.asked)
        await asyncio.Event().wait()
        raise AssertionError("nothing wakes it")


@cache
def view_at(step: str, question: str = "", bad: str = "", *, desk: bool = False, of: Job = OF) -> VisitView:
    """The visit by hand, all well, where `question` of the step is asked (`bad`: after that answer to it); without one,
    where the step waits for Continue."""
    return asyncio.run(_view_at(of, step, question, bad, YesDesk() if desk else None))


@cache
def asleep_at(step: str) -> VisitView:
    """The visit where the step waits for a gas meter that sleeps."""
    return asyncio.run(_view_at(OF, step, ASLEEP, "", AsleepDesk()))


async def _view_at(of: Job, step: str, question: str, bad: str, desk: YesDesk | None) -> VisitView:
    entries = await entries_before(of, step)
    flow = load_walkthrough(of.walkthrough).for_job(of)
    journal = MemoryJournal(entries)
    clock = ManualClock(samples.NOW if question == ASLEEP else START)
    visit = Visit(of, flow, journal, _no_meter, clock, desk=desk)  # type: ignore[arg-type]
    task = asyncio.create_task(visit.run())
    try:
        while not _there(visit, step, question, bad):
            _press_on(of, visit, step, question, bad)
            await asyncio.sleep(0)
        return visit.view
    finally:
        task.cancel()
        await asyncio.wait({task})


def _there(visit: Visit, step: str, question: str, bad: str) -> bool:
    view = visit.view.step(step)
    if bad:
        return view.state is StepState.STOPPED and view.question is not None
    if question == ASLEEP:
        return any(fact.until is not None for fact in view.facts)
    if not question:
        return view.state is StepState.READY and bool(view.facts)
    return view.question is not None and view.question.id == question


def _press_on(of: Job, visit: Visit, step: str, question: str, bad: str) -> None:
    view = visit.view.step(step)
    if view.state is StepState.READY and (question or bad):
        visit.proceed()
    elif view.state is StepState.ASKING and view.question is not None:
        asked = view.question
        answer = bad if asked.id == question else "yes" if asked.id == f"{question}{SURE}" else good(asked, of)
        try:
            visit.answer(asked.id, answer)
        except NotNow:
            return  # it has been answered already


async def _no_meter() -> None:
    raise AssertionError("nothing is read here")


def counter_asked() -> VisitView:
    """The visit where the counter of a token is asked for."""
    view = view_at("check-token", "check-token/token", of=PREPAYING)
    asked = Question(
        "check-token/counter", QuestionKind.COUNTER, "The token's counter, as the supplier's record has it"
    )
    steps = tuple(replace(step, question=asked) if step.id == "check-token" else step for step in view.steps)
    return replace(view, steps=steps)


def _scene(
    step: str, question: str = "", bad: str = "", *, unfold: bool = False, desk: bool = False, of: Job = OF
) -> Callable[[Stage], None]:
    def scene(stage: Stage) -> None:
        stage.show_visit(view_at(step, question, bad, desk=desk, of=of))
        if unfold:
            stage.shell._visit_page().card.help._toggle()
            stage.pause()

    return scene


FLOW_SCENES: dict[str, Callable[[Stage], None]] = {
    "install-measure": _scene("live-tests", "live-tests/loop"),
    "install-checklist": _scene("network", "network/cut-out", unfold=True),
    "install-duties": _scene("agree", "agree/told"),
    "install-choice": _scene("occupants", "occupants/needs"),
    "install-confirm": _scene("prove-dead", "prove-dead/proved-before"),
    "install-earthing": _scene("network", "network/earthing"),
    "install-photo": _scene("old-electricity", "old-electricity/photo"),
    "install-reading": _scene("old-electricity", "old-electricity/reading"),
    "install-signature": _scene("duties", "duties/signature"),
    "install-date": _scene("competence", "competence/electricity-until"),
    "install-stop": _scene("live-tests", "live-tests/polarity", "no"),
    "install-lock": _scene("gas-tight-after", "gas-tight-after/smell", "smell"),
    "install-barred": _scene("ask-hub-installed"),
    "install-deliver": _scene("ask-hub-installed", desk=True),
    "access-code": _scene("ask-list-device", "ask-list-device/code", desk=True, of=PAIRING),
    "access-found": _scene("find-devices", "find-devices/agreed", desk=True, of=TENANCY),
    "prepay-token": _scene("check-token", "check-token/token", of=PREPAYING),
    "prepay-counter": lambda stage: stage.show_visit(counter_asked()),
    "install-asleep": lambda stage: stage.show_visit(asleep_at("ask-mprn")),
    "install-leaving": _scene("leaving-check", "leaving-check/tampers"),
}
