"""A site outside the DCC, and a meter behind current transformers: what is left out and why, and whether it counts
right (CHR-05 to CHR-09; advanced metering). The tolerances are our own, unverified.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal

from hht.client.api import RegisterReading
from hht.errors import HhtError
from hht.i18n import _
from hht.work.actions.ask import ask
from hht.work.actions.readings import ENERGY_UNITS
from hht.work.devices import shown
from hht.work.progress import AT_BEST, REMARK
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.view import NOT_MEASURED, Fact, Outcome, Tone

_RATIO = re.compile(r"\s*([1-9][0-9]{0,3})\s*[/:]\s*([15])\s*A?\s*")
_KWH = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?", re.ASCII)
_CURRENT, _LEAST_A = Decimal("0.10"), Decimal(1)  # of the clamp's value, and never less than so much
_VOLTAGE = Decimal("0.03")
_SAME_KWH = Decimal(1)  # the head end reads a little later
PHASES = (("l1", "1-0:32.7.0", "1-0:31.7.0"), ("l2", "1-0:52.7.0", "1-0:51.7.0"), ("l3", "1-0:72.7.0", "1-0:71.7.0"))
_NO_OBJECT = ("cosem-object-undefined", "cosem-object-unavailable")
PRIMARY, SECONDARY = "1-0:0.4.2", "1-0:0.4.5"


def ratio_of(text: str) -> tuple[int, int] | None:
    """Primary and secondary current, A, of what stands on a plate ("200/5"); None where it is none."""
    found = _RATIO.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def _ratio_words(ratio: tuple[int, int]) -> str:
    return f"{ratio[0]}/{ratio[1]} A"


async def ct_plate(ctx: StepContext) -> StepResult:
    """The step's items. Raises StepError where the plates are not as the job has them: nothing is undone then."""
    told = await ask(ctx)
    plate, planned = ratio_of(str(told.data["ratio"])), ratio_of(ctx.job.transformers)
    assert planned is not None, "a checked job has a ratio, or no step of this kind"
    if plate is None:
        raise StepError(
            _("“{text}” is no ratio.").format(text=shown(str(told.data["ratio"]))),
            remedy=_("Primary and secondary current with a stroke between, such as 200/5; then try again."),
            code="ct-ratio",
        )
    if plate != planned:
        raise StepError(
            _("The plates say {plate}, the job says {planned}: bills would be wrong by {factor}.").format(
                plate=_ratio_words(plate), planned=_ratio_words(planned), factor=_factor(plate, planned)
            ),
            remedy=_("Nothing is undone yet. Ring the desk for a meter with that ratio; or choose Can't do this."),
            code="ct-ratio",
        )
    fact = Fact(_("Ratio"), _ratio_words(plate), Tone.GOOD)
    return StepResult((*told.facts, fact), told.data)


def _factor(plate: tuple[int, int], other: tuple[int, int]) -> str:
    return f"× {(Decimal(other[0] * plate[1]) / Decimal(other[1] * plate[0])).quantize(Decimal('0.001'))}"


async def ct_compare(ctx: StepContext) -> StepResult:
    """The meter's own ratio, voltages and currents beside plates and clamp. Raises StepError where they differ: then it
    counts wrongly, and the step is not done."""
    meter = await ctx.meter()
    readings = {one.obis.removesuffix(".255"): one for one in await meter.read_registers()}
    facts, wrong = _compared(ctx, readings)
    facts.append(await _no_switch(ctx))
    ctx.show(tuple(facts))
    if wrong:
        raise StepError(
            _("It does not count right: {wrong}.").format(wrong="; ".join(wrong)),
            remedy=_(
                "Short-circuit the secondaries before you touch a wire. Put it right and try again, or ring the desk."
            ),
            code="ct-differs",
        )
    data = {"ratio": [_whole(readings.get(name)) for name in (PRIMARY, SECONDARY)]}
    return StepResult(tuple(facts), {**data, **_light(ctx)})


def _whole(reading: RegisterReading | None) -> int:
    return int(reading.value) if reading is not None and reading.value is not None else 0


def _compared(ctx: StepContext, readings: Mapping[str, RegisterReading]) -> tuple[list[Fact], list[str]]:
    planned = ratio_of(ctx.job.transformers)
    assert planned is not None
    own = _whole(readings.get(PRIMARY)), _whole(readings.get(SECONDARY))
    wrong: list[str] = []
    if own == (0, 0):
        facts = [Fact(_("Ratio in the meter"), _("it shows none: read it on its display"), Tone.WARN)]
    else:
        same = own[1] > 0 and own[0] * planned[1] == own[1] * planned[0]
        facts = [Fact(_("Ratio in the meter"), _ratio_words(own), Tone.GOOD if same else Tone.BAD, from_device=True)]
        if not same:
            words = _("the meter is set to {own}, the plates say {plate}")
            wrong.append(words.format(own=_ratio_words(own), plate=_ratio_words(planned)))
    for name, volts, amps in PHASES:
        for obis, kind, unit in ((volts, "voltage", "V"), (amps, "current", "A")):
            fact, why = _beside(ctx, name.upper(), kind, readings.get(obis), unit)
            facts.append(fact)
            wrong += [why] if why else []
    return facts, wrong


def _beside(ctx: StepContext, phase: str, kind: str, reading: RegisterReading | None, unit: str) -> tuple[Fact, str]:
    """One value of the meter beside the measured one, and what is wrong with it."""
    label = _("{phase} voltage") if kind == "voltage" else _("{phase} current")
    label = label.format(phase=phase)
    said = ctx.visit.answers.get(f"ct-measured/{kind}-{phase.lower()}", NOT_MEASURED)
    if reading is None or reading.value is None:
        return Fact(label, _("the meter shows none"), Tone.WARN), ""
    if said == NOT_MEASURED:
        return Fact(label, _("{own} {unit}; nothing was measured").format(own=reading.value, unit=unit), Tone.WARN), ""
    measured = Decimal(said)
    slack = measured * _VOLTAGE if kind == "voltage" else max(measured * _CURRENT, _LEAST_A)
    words = _("{own} {unit}; measured {measured} {unit}").format(own=reading.value, unit=unit, measured=measured)
    if abs(reading.value - measured) <= slack:
        return Fact(label, words, Tone.GOOD, from_device=True), ""
    why = _("{label} {words}").format(label=label, words=words)
    if reading.value < 0 < measured and abs(-reading.value - measured) <= slack:
        why = _("{phase} runs backwards: its transformer is turned round, or S1 and S2 are exchanged").format(
            phase=phase
        )
    return Fact(label, words, Tone.BAD, from_device=True), why


def _light(ctx: StepContext) -> dict[str, str]:
    """With hardly any load on, currents prove nothing."""
    planned = ratio_of(ctx.job.transformers)
    assert planned is not None
    told = [ctx.visit.answers.get(f"ct-measured/current-{name}", NOT_MEASURED) for name, _volts, _amps in PHASES]
    measured = [Decimal(one) for one in told if one != NOT_MEASURED]
    if measured and max(measured) * 100 >= planned[0]:
        return {}
    remark = _("hardly any load while the currents were compared")
    return {AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: remark}


async def _no_switch(ctx: StepContext) -> Fact:
    """A meter behind transformers has no load switch: whoever wants the supply off asks the network operator."""
    meter = await ctx.meter()
    try:
        state = await meter.read_supply_state()
    except HhtError as error:
        if error.code not in _NO_OBJECT:
            raise
        return Fact(_("Load switch"), _("none, as it has to be: nothing here switches the supply off"), Tone.GOOD)
    words = _("it shows one ({state}): is it the right meter?")
    return Fact(_("Load switch"), words.format(state=state.words), Tone.WARN)


def _left_out() -> tuple[Fact, ...]:
    """The steps with the DCC that are not done, and why."""
    why = {
        _("Hub of the DCC's"): _("not fitted: the supplier uses equipment of its own"),
        _("Whitelisting and joining (8.11, 8.7)"): _("no home area network, so nothing joins"),
        _("Commissioning by the DCC (8.1.1, 8.14.1)"): _("the supplier's own head end does it"),
        _("Gas mirror"): _("none: a gas meter cannot be joined here"),
        _("Consumer access devices"): _("cannot be paired: there is no hub to join"),
        _("Who bears the cost of an opt-in"): _("the supplier that is registered then; a hub is fitted by a visit"),
        _("Product list"): _("counts here too, for equipment outside the DCC"),
    }
    return tuple(Fact(label, words) for label, words in why.items())


async def outside_why(ctx: StepContext) -> StepResult:
    """What an installation with the DCC has and this one has not; a job that says that it is a home's is never done."""
    data = {"skipped": len(_left_out())}
    if not ctx.job.domestic:
        return StepResult(_left_out(), data)
    remark = _("the job says that this is a home: a home is never outside the DCC")
    told = Fact(_("Is it the right job?"), remark, Tone.WARN)
    return StepResult((told, *_left_out()), {**data, AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: remark})


async def _outside_preview(_ctx: StepContext) -> AsyncIterator[tuple[Fact, ...]]:
    yield _left_out()


async def head_end(ctx: StepContext) -> StepResult:
    """The step's items, and the head end's register beside the meter's own. Raises StepError where they differ, and
    where what was typed is neither a reading nor that there is none."""
    told = await ask(ctx)
    typed = str(told.data["reading"]).strip()
    if typed.lower() == NOT_MEASURED:
        fact = Fact(_("Head end and meter"), _("not compared: the head end told no reading"), Tone.WARN)
        return StepResult((*told.facts, fact), told.data)
    if not _KWH.fullmatch(typed):
        raise StepError(
            _("“{text}” is no reading.").format(text=shown(typed)),
            remedy=_("Type digits alone, such as 8214.306, or none where there is none; then try again."),
            code="head-end-reading",
        )
    theirs = Decimal(typed)
    meter = await ctx.meter()
    own = next(
        (one for one in await meter.read_registers() if one.obis == "1-0:1.8.0" and one.unit in ENERGY_UNITS), None
    )
    if own is None or own.value is None:
        raise StepError(
            _("The meter shows no import register."),
            remedy=_("Look at its display; or choose Can't do this."),
            code="no-energy-register",
        )
    kwh = own.value if own.unit == "kWh" else own.value / 1000
    words = _("{theirs} kWh and {own} kWh").format(theirs=theirs, own=kwh)
    if abs(kwh - theirs) > _SAME_KWH:
        raise StepError(
            _("Head end and meter differ: {words}. It reads another meter, or uses another ratio.").format(words=words),
            remedy=_("Have the supplier look at the meter's number and ratio in its system; then try again."),
            code="head-end-differs",
        )
    return StepResult((*told.facts, Fact(_("Head end and meter"), words, Tone.GOOD)), told.data)


OUTSIDE = (
    Action("outside-why", outside_why, preview=_outside_preview),
    Action("ct-plate", ct_plate, only_asks=True),
    Action("ct-compare", ct_compare),
    Action("head-end", head_end),
)
