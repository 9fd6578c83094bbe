"""Randomised Offset Limit (factbook 2.4): 0 to 1799 s; the meter's offset is a random part of it.

What a limit does to the day, the prices and many homes is shown before it is set, and again of what the meter holds
afterwards. Where the port lets nobody write the same is shown, and the change is the supplier's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

from hht.client.api import Meter, RandomisedOffset
from hht.i18n import _
from hht.work.offset_effect import OffsetEffect, effect_fact, effect_facts, effect_of
from hht.work.progress import AT_BEST, REMARK
from hht.work.step import Action, StepContext, StepResult, plan_fact, write_fact
from hht.work.switch_facts import HasSwitches
from hht.work.units import minutes_seconds
from hht.work.view import Fact, Outcome, Tone


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
    effect = await _effect(meter, offset.number, offset.limit_s)
    worst = _("{clock} late (mm:ss)").format(clock=minutes_seconds(offset.limit_s))
    facts = (
        write_fact(_("Randomised offset limit"), result, earlier),
        Fact(_("Worst case"), worst, from_device=True),
        _own(offset),
        *_shown(effect),
    )
    data = {"limit_s": offset.limit_s, "number": str(offset.number), "offset_s": offset.offset_s}
    return StepResult(facts, {**data, "before": result.before})


async def offset_effect(ctx: StepContext) -> StepResult:
    """Read the limit, whoever has set it, and show what it does; where it is not the job's, the visit is not whole."""
    meter = await ctx.meter()
    offset = await meter.read_randomised_offset()
    wanted_s = ctx.device.randomised_offset_limit_s
    held = offset.limit_s == wanted_s
    tone = Tone.GOOD if held else Tone.WARN
    limit = Fact(_("Randomised offset limit"), _in_seconds(offset.limit_s), tone, from_device=True)
    facts = (limit, _own(offset), *_shown(await _effect(meter, offset.number, offset.limit_s)))
    data = {"limit_s": offset.limit_s, "number": str(offset.number), "offset_s": offset.offset_s}
    if held:
        return StepResult(facts, data)
    words = _("the meter holds a limit of {held} s, the job says {wanted} s")
    remark = words.format(held=offset.limit_s, wanted=wanted_s)
    facts = (*facts, Fact(_("Not as the job says"), remark, Tone.WARN))
    return StepResult(facts, {**data, AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: remark})


def _own(offset: RandomisedOffset) -> Fact:
    words = _("{clock} (number {number})").format(clock=minutes_seconds(offset.offset_s), number=offset.number)
    return Fact(_("This meter's offset"), words, from_device=True)


async def _effect(meter: Meter, number: Decimal, limit_s: int) -> OffsetEffect | None:
    """What that limit does today; None where the meter has nothing that it switches by a calendar."""
    if not isinstance(meter, HasSwitches):
        return None
    load = await meter.read_load_control()
    if not load.switches:
        return None
    return effect_of(load, number, limit_s, (await meter.read_clock()).time.date())


def _shown(effect: OffsetEffect | None) -> tuple[Fact, ...]:
    return () if effect is None else (effect_fact(effect), *effect_facts(effect)[3:])


async def _preview(ctx: StepContext) -> AsyncIterator[tuple[Fact, ...]]:
    limit_s = ctx.device.randomised_offset_limit_s
    label, target = _("Randomised offset limit"), _in_seconds(limit_s)
    yield (plan_fact(label, None, target),)
    meter = ctx.conversation()
    if meter is not None:
        held = await meter.read_randomised_offset()
        plan = plan_fact(label, _in_seconds(held.limit_s), target)
        yield (plan,)
        yield (plan, *_shown(await _effect(meter, held.number, limit_s)))


def _in_seconds(limit_s: int) -> str:
    return _("{seconds} s ({clock} at worst)").format(seconds=limit_s, clock=minutes_seconds(limit_s))


RANDOMISED_OFFSET = Action("randomised-offset", randomised_offset, writes=True, preview=_preview)
OFFSET_EFFECT = Action("offset-effect", offset_effect, preview=_preview)
