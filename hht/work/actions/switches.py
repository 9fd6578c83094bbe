"""Auxiliary switches: which there are, what they are to be called, and what a limit does to their day."""

from __future__ import annotations

from hht.client.load_control import SWITCHES
from hht.i18n import _
from hht.work.job import JobSwitch
from hht.work.offset_effect import time_text
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.supplier_requests import LABELS
from hht.work.switch_facts import DAYS, load_times, switch_named, switches_of
from hht.work.switching import tariff_switching
from hht.work.view import Fact, Question, QuestionKind, Tone


async def identify_switches(ctx: StepContext) -> StepResult:
    """Every switch that the meter has, as it is now. Raises MeterError where the job has one that the meter has not."""
    load = await switches_of(await ctx.meter())
    for planned in ctx.job.switches:
        switch_named(load, planned.number)
    facts, rows = [], []
    for one in load.switches:
        where = _("on the HAN") if one.on_han else _("in the meter")
        boost = _("; the boost button closes it") if one.boost else ""
        times = load_times(load, one.number, DAYS[0]) or _("no times")
        words = _("{label}; {where}; {state}; {times}").format(
            label=one.label or _("no label"), where=where, state=one.state, times=times
        )
        facts.append(Fact(_("Switch {number}").format(number=one.number), words + boost, from_device=True))
        rows.append({"number": one.number, "label": one.label, "closed": one.closed, "on_han": one.on_han})
    if load.tariff is not None:
        rates = tariff_switching(load.tariff).spans(DAYS[0])
        words = ", ".join(
            _("{time} rate {rate}").format(time=time_text(at), rate=rate or 1) for at, _end, rate in rates
        )
        facts.append(Fact(_("Tariff {name}").format(name=load.tariff.name), words, from_device=True))
    return StepResult(tuple(facts), {"switches": rows})


async def switch_labels(ctx: StepContext) -> StepResult:
    """A label for each switch of the job. Raises StepError where two are the same."""
    labels: dict[int, str] = {}
    for planned in ctx.job.switches:
        labels[planned.number] = await ctx.put(_label(planned))
        ctx.show(tuple(_named(number, label) for number, label in labels.items()))
    if len({label.casefold() for label in labels.values()}) < len(labels):
        raise StepError(
            _("Two switches would have one label."),
            remedy=_("Give each a label of its own, then try again."),
            code="label-twice",
        )
    facts = tuple(_named(number, label) for number, label in labels.items())
    return StepResult(facts, {"labels": {str(number): label for number, label in labels.items()}})


def _label(planned: JobSwitch) -> Question:
    prompt = _("What hangs on switch {number}: its label").format(number=planned.number)
    name = f"{LABELS}/label-{planned.number}"
    return Question(name, QuestionKind.LABEL, prompt, suggestion=planned.label)


def _named(number: int, label: str) -> Fact:
    return Fact(_("Switch {number}").format(number=number), label, Tone.GOOD)


IDENTIFY_SWITCHES = Action("identify-switches", identify_switches)
SWITCH_LABELS = Action(
    "switch-labels", switch_labels, only_asks=True, asks=tuple(f"label-{number}" for number in range(1, SWITCHES + 1))
)
