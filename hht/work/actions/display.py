"""Demonstrate the display: until when its full use is free, and that it works where it is to stand."""

from __future__ import annotations

from datetime import date

from hht.i18n import _
from hht.work.actions.ask import ask
from hht.work.step import Action, StepContext, StepResult
from hht.work.view import Fact, Tone


def free_until(installed: date) -> date:
    """The last day on which a domestic display's full use is free: twelve months from its installation (requirement
    OLC-05); of the 29th of February, the 28th."""
    day = 28 if (installed.month, installed.day) == (2, 29) else installed.day
    return installed.replace(year=installed.year + 1, day=day)


async def display(ctx: StepContext) -> StepResult:
    """The step's items, and until when the display is free."""
    until = free_until(ctx.clock.now().date())
    free = Fact(_("Free until"), until.isoformat(), Tone.GOOD)
    told = await ask(ctx, before=(free,))
    return StepResult((*told.facts, free), {**told.data, "free_until": until.isoformat()})


DISPLAY = Action("display", display, only_asks=True)
