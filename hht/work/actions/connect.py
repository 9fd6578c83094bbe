"""Connect: sign on, open the session."""

from __future__ import annotations

from hht.i18n import _
from hht.work.step import Action, StepContext, StepResult
from hht.work.view import Fact, Tone


async def connect(ctx: StepContext) -> StepResult:
    """Open a fresh session with whatever meter the link reaches."""
    started_s = ctx.clock.monotonic()
    meter = await ctx.meter(fresh=True)
    seconds = ctx.clock.monotonic() - started_s
    counters = meter.counters
    text = _("the meter answers, after {seconds} s").format(seconds=f"{seconds:.1f}")
    data = {"seconds": round(seconds, 3), "bytes_tx": counters.bytes_tx, "bytes_rx": counters.bytes_rx}
    return StepResult((Fact(_("Session"), text, Tone.GOOD),), data)


CONNECT = Action("connect", connect)
