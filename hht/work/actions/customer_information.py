"""Customer information of the licence conditions: what the probe read of the meter stands beside each question, to be
compared with the display."""

from __future__ import annotations

from hht.i18n import _
from hht.work.actions.ask import ask
from hht.work.devices import shown
from hht.work.step import Action, StepContext, StepResult
from hht.work.view import Fact, Tone

READING = "reading-after"  # the step that read the meter last


async def customer_information(ctx: StepContext) -> StepResult:
    """The meter's registers as they were read, then the step's items."""
    read = _registers(ctx)
    told = await ask(ctx, before=read)
    return StepResult((*read, *told.facts), told.data)


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
