"""Training alone: an intelligent hub's account of gas (document 001, appendix C), beside what its display says.

IH-03 (cut-off volume), IH-15 (both counters equal), IH-16 (half-hours and days), IH-17 (when the button works).
"""

from __future__ import annotations

from decimal import Decimal

from hht.i18n import _
from hht.work.actions.ask import ask
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.view import Fact, Tone

_SLACK_M3 = Decimal("0.01")  # what a display rounds away
_HALF_HOURS_A_DAY = 48


def cut_off_m3(register: Decimal, credit: Decimal, price: Decimal, calorific: Decimal, factor: Decimal) -> Decimal:
    """Where the valve shuts, m³: register in m³, credit in pounds, price in pence per kWh, calorific value in MJ/m³."""
    kwh = credit * 100 / price
    return register + kwh * Decimal("3.6") / calorific / factor


def button_works(*, shut: bool, off_line: bool, half_hours: int) -> bool:
    """Whether the emergency button opens the valve (IH-17)."""
    return shut and off_line and half_hours > 0


def _label() -> Fact:
    return Fact(_("Training"), _("an architecture that was proposed and never rolled out"), Tone.WARN)


async def cut_off(ctx: StepContext) -> StepResult:
    """The step's items, and the cut-off volume worked out from them. Raises StepError where the display has another."""
    told = await ask(ctx, before=(_label(),))
    values = {name: Decimal(str(told.data[name])) for name in ("register", "credit", "price", "calorific", "shown")}
    factor = Decimal(ctx.job.conversion_factor)
    own = cut_off_m3(values["register"], values["credit"], values["price"], values["calorific"], factor)
    kwh = values["credit"] * 100 / values["price"]
    facts = [
        _label(),
        *told.facts,
        Fact(_("Energy that the credit buys"), _("{kwh:.3f} kWh").format(kwh=kwh)),
        Fact(_("Cut-off volume, worked out"), _("{volume:.3f} m³").format(volume=own)),
    ]
    ctx.show(tuple(facts))
    if abs(own - values["shown"]) > _SLACK_M3:
        raise StepError(
            _("The display says {shown} m³, worked out are {own:.3f} m³.").format(shown=values["shown"], own=own),
            remedy=_("Read the five values again: credit or price may have changed. Or choose Can't do this."),
            code="cut-off-differs",
        )
    return StepResult(tuple(facts), {**told.data, "cut_off_m3": f"{own:.3f}"})


async def half_hours(ctx: StepContext) -> StepResult:
    """Both counters. Raises StepError where they differ: one end has heard what the other did not."""
    told = await ask(ctx)
    meter, hub = Decimal(str(told.data["meter"])), Decimal(str(told.data["hub"]))
    days = _("{days:.1f} days").format(days=meter / _HALF_HOURS_A_DAY)
    facts = (*told.facts, Fact(_("Until the valve shuts without a HAN"), days))
    if meter != hub:
        ctx.show(facts)
        raise StepError(
            _("The meter counts {meter} half-hours, the hub {hub}.").format(meter=meter, hub=hub),
            remedy=_("Wait for the next half-hour's report and read both again; or choose Can't do this."),
            code="counters-differ",
        )
    return StepResult(facts, told.data)


async def emergency_button(ctx: StepContext) -> StepResult:
    """What the button did beside what it has to do. Raises StepError where that is another thing."""
    told = await ask(ctx)
    left = int(Decimal(str(ctx.data("ih-counters").get("meter", "0"))))
    works = button_works(shut=told.data["valve"] == "shut", off_line=told.data["line"] == "off-line", half_hours=left)
    words = _("it opens the valve") if works else _("it does nothing")
    facts = (*told.facts, Fact(_("By the rule"), words))
    if works is not (told.data["happened"] == "opened"):
        ctx.show(facts)
        raise StepError(
            _("By the rule {rule}, and that is not what happened.").format(rule=words),
            remedy=_("Look again at valve, HAN and counter, then press it once more; or choose Can't do this."),
            code="button-differs",
        )
    return StepResult(facts, {**told.data, "works": works})


INTELLIGENT_HUB = (
    Action("cut-off", cut_off, only_asks=True),
    Action("half-hours", half_hours, only_asks=True),
    Action("emergency-button", emergency_button, only_asks=True),
)
