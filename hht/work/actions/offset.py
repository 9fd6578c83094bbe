"""Randomised Offset Limit (factbook 2.4): 0 to 1799 s; the meter's offset is a random part of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from hht.i18n import _
from hht.work.step import Action, StepContext, StepResult, plan_fact, write_fact
from hht.work.units import minutes_seconds
from hht.work.view import Fact


async def randomised_offset(ctx: StepContext) -> StepResult:
    """Make the meter hold the job's limit and show what it means."""
    limit_s = ctx.device.randomised_offset_limit_s
    meter = await ctx.meter()
    result, earlier = await ctx.write(
        "randomised-offset-limit",
        str(limit_s),
        lambda intend: meter.set_randomised_offset_limit(limit_s, before_write=intend),
    )
    offset = await meter.read_randomised_offset()
    facts = (
        write_fact(_("Randomised offset limit"), result, earlier),
        Fact(
            _("Worst case"), _("{clock} late (mm:ss)").format(clock=minutes_seconds(offset.limit_s)), from_device=True
        ),
        Fact(
            _("This meter's offset"),
            _("{clock} (number {number})").format(clock=minutes_seconds(offset.offset_s), number=offset.number),
            from_device=True,
        ),
    )
    data = {"limit_s": offset.limit_s, "number": str(offset.number), "offset_s": offset.offset_s}
    return StepResult(facts, {**data, "before": result.before})


async def _preview(ctx: StepContext) -> AsyncIterator[tuple[Fact, ...]]:
    label, target = _("Randomised offset limit"), _in_seconds(ctx.device.randomised_offset_limit_s)
    yield (plan_fact(label, None, target),)
    meter = ctx.conversation()
    if meter is not None:
        held_s = (await meter.read_randomised_offset()).limit_s
        yield (plan_fact(label, _in_seconds(held_s), target),)


def _in_seconds(limit_s: int) -> str:
    return _("{seconds} s ({clock} at worst)").format(seconds=limit_s, clock=minutes_seconds(limit_s))


RANDOMISED_OFFSET = Action("randomised-offset", randomised_offset, writes=True, preview=_preview)
