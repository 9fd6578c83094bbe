"""Customer information of the licence conditions: what the probe read of the meter stands beside each question, to be
compared with the display."""

from __future__ import annotations

from dataclasses import replace

from hht.i18n import _
from hht.work.actions.ask import ask
from hht.work.devices import shown
from hht.work.step import Action, StepContext, StepResult
from hht.work.view import Fact, QuestionKind, Tone

READING = "reading-after"  # the step that read the meter last


async def customer_information(ctx: StepContext) -> StepResult:
    """The meter's registers as they were read, then the step's items."""
    read = _registers(ctx)
    told = await ask(ctx, before=read)
    seen = {item.prompt: set(told.data.get(item.id, "").split(",")) for item in ctx.spec.items}
    lists = [item for item in ctx.spec.items if item.kind is QuestionKind.CHECKLIST]
    short = [item.prompt for item in lists if {one.code for one in item.choices} - seen[item.prompt]]
    facts = (replace(fact, tone=Tone.WARN) if fact.label in short else fact for fact in told.facts)
    return StepResult((*read, *facts), told.data)


def _registers(ctx: StepContext) -> tuple[Fact, ...]:
    data = ctx.data(READING)
    facts = [
        Fact(shown(one["label"] or one["obis"]), f"{one['value']} {shown(one['unit'])}", from_device=True)
        for one in data.get("registers", ())
        if one["value"]
    ]
    if not facts:
        return (Fact(_("On the meter"), _("not read by probe: read its display"), Tone.WARN),)
    return (Fact(_("Read from the meter"), str(data["time"])), *facts)


CUSTOMER_INFORMATION = Action("customer-information", customer_information, only_asks=True)
