"""Steps of an installation as the engine itself shows them: a measured value, a checklist, a choice, a lock, a bar."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from hht.clock import ManualClock
from hht.work.asking import NotNow
from hht.work.view import SURE, StepState, VisitView
from hht.work.visit import Visit
from hht.work.walkthrough import load_walkthrough
from tests.work.flow_model import GAS, HUB, START, MemoryJournal, YesDesk, entries_before, good, job

if TYPE_CHECKING:
    from tests.window.scenes import Stage

OF = job("install-dual-fuel", HUB, GAS)


@cache
def view_at(step: str, question: str = "", bad: str = "", *, desk: bool = False) -> VisitView:
    """The visit by hand, all well, where `question` of the step is asked (`bad`: after that answer to it); without one,
    where the step waits for Continue."""
    return asyncio.run(_view_at(step, question, bad, YesDesk() if desk else None))


async def _view_at(step: str, question: str, bad: str, desk: YesDesk | None) -> VisitView:
    entries = await entries_before(OF, step)
    flow = load_walkthrough(OF.walkthrough).for_job(OF)
    journal = MemoryJournal(entries)
    visit = Visit(OF, flow, journal, _no_meter, ManualClock(START), desk=desk)  # type: ignore[arg-type]
    task = asyncio.create_task(visit.run())
    try:
        while not _there(visit, step, question, bad):
            _press_on(visit, step, question, bad)
            await asyncio.sleep(0)
        return visit.view
    finally:
        task.cancel()
        await asyncio.wait({task})


def _there(visit: Visit, step: str, question: str, bad: str) -> bool:
    view = visit.view.step(step)
    if bad:
        return view.state is StepState.STOPPED and view.question is not None
    if not question:
        return view.state is StepState.READY and bool(view.facts)
    return view.question is not None and view.question.id == question


def _press_on(visit: Visit, step: str, question: str, bad: str) -> None:
    view = visit.view.step(step)
    if view.state is StepState.READY and (question or bad):
        visit.proceed()
    elif view.state is StepState.ASKING and view.question is not None:
        asked = view.question
        answer = bad if asked.id == question else "yes" if asked.id == f"{question}{SURE}" else good(asked, OF)
        try:
            visit.answer(asked.id, answer)
        except NotNow:
            return  # it has been answered already


async def _no_meter() -> None:
    raise AssertionError("nothing is read here")


def _scene(
    step: str, question: str = "", bad: str = "", *, unfold: bool = False, desk: bool = False
) -> Callable[[Stage], None]:
    def scene(stage: Stage) -> None:
        stage.show_visit(view_at(step, question, bad, desk=desk))
        if unfold:
            stage.shell._visit_page().card.help._toggle()
            stage.pause()

    return scene


FLOW_SCENES: dict[str, Callable[[Stage], None]] = {
    "install-measure": _scene("live-tests", "live-tests/loop"),
    "install-checklist": _scene("network", "network/cut-out", unfold=True),
    "install-duties": _scene("agree", "agree/told"),
    "install-choice": _scene("occupants", "occupants/needs"),
    "install-date": _scene("competence", "competence/electricity-until"),
    "install-stop": _scene("live-tests", "live-tests/polarity", "no"),
    "install-lock": _scene("gas-tight-after", "gas-tight-after/smell", "smell"),
    "install-barred": _scene("ask-hub-installed"),
    "install-deliver": _scene("ask-hub-installed", desk=True),
}
