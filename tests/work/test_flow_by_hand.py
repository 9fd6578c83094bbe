"""An installation by hand: what the button of a supplier's step says, and that a stop hears no other."""

from __future__ import annotations

import asyncio

import pytest

from hht.clock import ManualClock
from hht.work.view import StepState, StepView
from hht.work.visit import Visit
from hht.work.walkthrough import load_walkthrough
from tests.work.flow_model import HUB, START, Choice, MemoryJournal, YesDesk, entries_before, job, play
from tests.work.playing import eventually
from ui.window.walkthrough_model import WalkthroughModel

OF = job("install-electricity", HUB)


async def no_meter() -> None:
    raise AssertionError("nothing is read here")


async def ready(desk: YesDesk | None, step: str) -> tuple[StepView, WalkthroughModel]:
    """The step as the window has it before Continue was pressed."""
    entries = await entries_before(OF, step)
    flow = load_walkthrough(OF.walkthrough).for_job(OF)
    visit = Visit(OF, flow, MemoryJournal(entries), no_meter, ManualClock(START), desk=desk)  # type: ignore[arg-type]
    task = asyncio.create_task(visit.run())
    await eventually(lambda: visit.view.step(step).state is StepState.READY)
    await eventually(lambda: bool(visit.view.step(step).facts))
    model = WalkthroughModel()
    model.show(visit.view, START)
    found = visit.view.step(step)
    task.cancel()
    await asyncio.wait({task})
    return found, model


@pytest.mark.parametrize("there", [True, False])
async def test_the_button_says_what_it_does_or_that_it_cannot_be_done_here(there: bool) -> None:
    step, model = await ready(YesDesk() if there else None, "ask-hub-installed")
    words = "Deliver supplier's command" if there else "Continue"
    assert step.onward == (words if there else "")
    assert step.barred is not there
    buttons = model.buttons()
    assert (buttons.proceed, buttons.proceed_text, buttons.leave) == (there, words, True)
    told = {fact.label: fact.value for fact in step.facts}
    assert "8.14.1" in told["Supplier's command"]
    assert told["How"] == ("Deliver supplier's command" if there else "Cannot be done here: ask the desk")
    assert "Import supplier" in step.authority


@pytest.mark.parametrize("stop", ["electricity-off", "of-an-older-version"])
async def test_a_stop_offers_its_one_way(stop: str) -> None:
    entries = await entries_before(OF, "live-tests")
    flow = load_walkthrough(OF.walkthrough).for_job(OF)
    edge = await play(OF, flow, entries, "live-tests", Choice("live-tests/loop", "none"))
    model = WalkthroughModel()
    model.show(edge.visit.view, START)
    assert edge.tried >= 3
    assert edge.visit.view.outcome is not None
    resumed = [entry for entry in edge.entries if entry.step == "live-tests"]
    before = edge.entries[: edge.entries.index(next(e for e in resumed if e.kind.value == "stopped")) + 1]
    before[-1].payload["stop"] = stop
    visit = Visit(OF, flow, MemoryJournal(before), no_meter, ManualClock(START))  # type: ignore[arg-type]
    task = asyncio.create_task(visit.run())
    await eventually(lambda: visit.view.step("live-tests").question is not None)
    model = WalkthroughModel()
    model.show(visit.view, START)
    buttons = model.buttons()
    assert (buttons.leave, buttons.retry, buttons.stop) == (False, False, False)
    assert (buttons.proceed, buttons.proceed_text) == (True, "Made safe, left off")
    visit.answer("live-tests/notice", "N-1")
    await task
    assert visit.progress.outcome is not None
    assert visit.progress.outcome.value == "made-safe"
