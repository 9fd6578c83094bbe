"""Write the MPAN: read, ask before another one is replaced, write, read back."""

from __future__ import annotations

from collections.abc import AsyncIterator

from hht.i18n import _
from hht.work.actions.whose_supply import whose_supply
from hht.work.devices import shown
from hht.work.job import METER
from hht.work.step import Action, StepContext, StepError, StepResult, plan_fact, write_fact
from hht.work.view import Fact, QuestionKind, Tone


async def write_mpan(ctx: StepContext) -> StepResult:
    """Make the meter hold the job's import MPAN. Raises StepError where a person says no to replacing another."""
    target = str(ctx.device.mpan)
    meter = await ctx.meter()
    held = await meter.read_import_mpan()
    replaced = held not in ("", target)
    if replaced:
        await _confirm(ctx, held)
        meter = await ctx.meter()  # the session may have grown cold while a person thought
    result, earlier = await ctx.write(
        "import-mpan", target, lambda intend: meter.set_import_mpan(target, before_write=intend)
    )
    facts = [write_fact(_("Import MPAN"), result, earlier), *whose_supply(ctx, METER)]
    if replaced:
        facts.append(Fact(_("Held before"), shown(held), Tone.WARN, from_device=True))
    return StepResult(tuple(facts), {"before": result.before, "after": result.after})


async def _preview(ctx: StepContext) -> AsyncIterator[tuple[Fact, ...]]:
    label, target = _("Import MPAN"), str(ctx.device.mpan)
    whose = whose_supply(ctx, METER)
    yield (plan_fact(label, None, target), *whose)
    meter = ctx.conversation()
    if meter is not None:
        yield (plan_fact(label, shown(await meter.read_import_mpan()), target), *whose)


async def _confirm(ctx: StepContext, held: str) -> None:
    prompt = _("The meter holds the MPAN {held}. Replace it by {target}?").format(
        held=shown(held), target=ctx.device.mpan
    )
    if await ctx.ask(QuestionKind.CONFIRM, prompt) == "yes":
        return
    raise StepError(
        _("The meter keeps the MPAN {held}.").format(held=shown(held)),
        remedy=_("Ask the desk which MPAN belongs to this meter, then try again."),
        code="mpan-kept",
    )


WRITE_MPAN = Action("write-mpan", write_mpan, writes=True, preview=_preview)
