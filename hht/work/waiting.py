"""Waiting for what a meter does by itself: looked at by reading it, with a countdown by its own clock.

A wait may be cancelled, or its terminal may die: whoever takes it up again reads, and waits for what is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from hht.clock import utc_text
from hht.i18n import _
from hht.work.step import StepContext
from hht.work.view import Fact

SOON_S = 300.0  # what comes within so many seconds is looked at closely
CLOSE_LOOK_S, LOOK_S = 3.0, 60.0
MARGIN_S = 30.0  # before the step's deadline: a look may take its time
_Found = TypeVar("_Found")


async def looked_for(
    ctx: StepContext,
    look: Callable[[], Awaitable[tuple[_Found | None, datetime]]],
    due: Callable[[], datetime],
    what: str,
    facts: tuple[Fact, ...] = (),
    patience_s: float = 60.0,
) -> _Found | None:
    """What `look` finds; None where it is `patience_s` later than `due` by the meter's clock, which `look` tells too,
    or where the step's time is nearly over. `what` is waited for, shown beside `facts` with the time that is left.
    Raises what `look` raises."""
    first: float | None = None
    loop = asyncio.get_running_loop()
    latest = loop.time() + ctx.spec.deadline_s - MARGIN_S
    while True:
        found, now = await look()
        if found is not None:
            return found
        left_s = (due() - now).total_seconds()
        pause_s = CLOSE_LOOK_S if left_s <= SOON_S else LOOK_S
        if left_s < -patience_s or loop.time() + pause_s > latest:
            return None
        first = max(left_s, 1.0) if first is None else max(first, left_s)
        until = ctx.clock.now() + timedelta(seconds=max(0.0, left_s))
        ctx.show((*facts, Fact(what, countdown(due(), left_s), until=until)))
        ctx.progress(round(first - max(0.0, left_s)), round(first))
        await asyncio.sleep(pause_s)


def countdown(due: datetime, left_s: float) -> str:
    """When it is to come, and how long that is."""
    left = str(timedelta(seconds=max(0, round(left_s))))
    return _("{time}, in {left} (h:mm:ss)").format(time=utc_text(due), left=left)
