"""The load step: does this meter count an appliance that is plugged in and out at the customer's? Nothing is written,
and nothing isolated: whose supply it is shows by what a meter counts, never by darkening somebody's home."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

from hht.i18n import _
from hht.work.load_step import Verdict, both, turn_s
from hht.work.load_watch import OFF, ON, RAN, LoadWatch, kept, picture, verdict_words, watch_facts, weighed_of
from hht.work.progress import AT_BEST, REMARK
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.view import Fact, Outcome, Tone

OWN, BESIDE = "load-step", "load-step-beside"
APPLIANCE, LABELS = "appliance", "labels"


def _rated_w(ctx: StepContext) -> float:
    return float(Decimal(ctx.data(APPLIANCE)["rating"]))


def _flash_wh(ctx: StepContext, name: str) -> float:
    """Energy of one flash. Raises StepError where nobody wrote down how many there are to the kWh."""
    said = ctx.data(LABELS).get(name, "none")
    if said == "none":
        raise StepError(
            _("Nobody wrote down how many flashes there are to the kWh."),
            remedy=_("It stands on the meter's face (imp/kWh). Without it, choose Can't do this."),
            code="no-flashes",
        )
    return 1000 / float(Decimal(said))


async def load_step(ctx: StepContext) -> StepResult:
    """Watch the customer's meter: by the probe where it is on it, else by its flashes. Raises StepError."""
    rated_w = _rated_w(ctx)
    flash_wh = None if ctx.visit.identity else _flash_wh(ctx, "pulses")
    weighed = await LoadWatch(ctx, rated_w, flash_wh).watched()
    by = _("the optical probe") if flash_wh is None else _("its flashes, counted by eye")
    facts = (Fact(_("Watched by"), by), *watch_facts(weighed), picture(weighed, rated_w))
    return StepResult(facts, {**kept(weighed), "rated_w": rated_w})


async def load_step_beside(ctx: StepContext) -> StepResult:
    """Watch the neighbour's meter from the outside: its flashes alone. Nothing that was counted is kept."""
    weighed = await LoadWatch(ctx, _rated_w(ctx), _flash_wh(ctx, "pulses-beside")).watched()
    return StepResult(watch_facts(weighed, sealed=True), kept(weighed))


async def crossed_verdict(ctx: StepContext) -> StepResult:
    """Whose meter it is, by all that was watched, beside what the labels say. Nothing is corrected here."""
    own = weighed_of(ctx.data(OWN))
    verdict = both(own, weighed_of(ctx.data(BESIDE))) if own is not None else Verdict.NOT_ENOUGH
    label = ctx.data(LABELS).get("mpan", "")
    tone = Tone.GOOD if verdict is Verdict.THIS_METER else Tone.WARN
    facts = [Fact(_("Verdict"), verdict_words(verdict), tone)]
    if label:
        shown = {"same": _("the MPAN is the job's"), "other": _("another MPAN"), "none": _("no label, or unreadable")}
        facts.append(Fact(_("Label at the meter"), shown[label], Tone.GOOD if label == "same" else Tone.WARN))
    if verdict is Verdict.THIS_METER and label == "other":
        facts.append(Fact(_("Next"), _("Meter and home belong together; the label or the MPAN on record is wrong.")))
    elif verdict in (Verdict.ELSEWHERE, Verdict.NEIGHBOURS):
        words = _("Raise it with the supplier and the network operator. Move no tails and write no MPAN on this visit.")
        facts.append(Fact(_("Next"), words))
    data = {"verdict": verdict.value, "label": label}
    if verdict is Verdict.THIS_METER and label == "same":
        return StepResult(tuple(facts), data)
    return StepResult(tuple(facts), {**data, AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: facts[0].value})


async def _preview(ctx: StepContext) -> AsyncIterator[tuple[Fact, ...]]:
    watts = _rated_w(ctx)
    seconds = turn_s(watts, 1.0)
    words = _("{watts:.0f} W, in and out by turns of {seconds:.0f} s or more")
    yield (Fact(_("The load"), words.format(watts=watts, seconds=seconds)),)


LOAD_STEP = Action("load-step", load_step, asks=(ON, OFF, RAN), preview=_preview)
LOAD_STEP_BESIDE = Action("load-step-beside", load_step_beside, only_asks=True, asks=(ON, OFF, RAN))
CROSSED_VERDICT = Action("crossed-verdict", crossed_verdict, only_asks=True)
