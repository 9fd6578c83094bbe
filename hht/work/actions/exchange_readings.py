"""Exchange of a meter: what the old one says by its own port before it comes off, and what the new one came with.

A reading is held against what a person saw on the display; where they differ both stay, side by side, and the visit
says so (P13 of the painpoints): nothing is mended, and the visit is not complete until somebody has decided which of
them is billed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from hht.client.api import RegisterReading
from hht.clock import iso_z
from hht.i18n import _
from hht.work.actions.ask import ask
from hht.work.actions.readings import Elsewhere, energy_beside, register_fact, registers_data
from hht.work.progress import AT_BEST, REMARK
from hht.work.step import Action, StepContext, StepResult
from hht.work.view import Fact, Outcome, Tone

IMPORT: Final = "1-0:1.8.0"
AGREES_KWH: Final = Decimal(1)  # a display shows whole kWh, and counts on while one writes
NEW_KWH: Final = Decimal(1)  # more than its load test has put on it: it came with a reading
_W_IN_KW: Final = 1000


async def closing_reading(ctx: StepContext) -> StepResult:
    """Every energy register of the meter that comes off. Raises WrongMeter where another meter answers, StepError where
    it shows none."""
    device = ctx.job.old_device("electricity")
    assert device is not None, "the step's condition is that the job names one"
    expected = str(device)
    energy = await energy_beside(
        ctx,
        expected,
        Elsewhere(
            _("The probe is on {found}; the meter that comes off is {expected}."),
            _("Move over to the old meter. If you are at it, this is another supply: ring the desk."),
            _("The old meter shows no energy register."),
            _("What stands on its display was written down already: choose Can't do this."),
        ),
    )
    typed = ctx.visit.answers.get("old-electricity/reading", "")
    compared, more = _compared(typed, _import_kwh(energy))
    facts = (Fact(_("Old meter"), expected, Tone.GOOD), *(register_fact(one) for one in energy), compared)
    data = {
        "device_id": expected,
        "time": iso_z(ctx.clock.now()),
        "registers": registers_data(energy),
        "display": typed,
    }
    return StepResult(facts, {**data, **more})


async def opening_reading(ctx: StepContext) -> StepResult:
    """What a person reads on the new meter, held against the registers as they were read first."""
    told = await ask(ctx)
    registers = ctx.data("reading-before").get("registers", ())
    first = next((_kwh(one["value"], one["unit"]) for one in registers if one["obis"] == IMPORT), None)
    compared, more = _compared(str(told.data.get("reading", "")), first)
    facts = [*told.facts, compared]
    if first is not None and first > NEW_KWH:
        words = _("the new meter came with {kwh} kWh on it").format(kwh=first)
        facts.append(Fact(_("Opening reading"), words, Tone.WARN))
        more = {**more, REMARK: "; ".join([one for one in (more.get(REMARK, ""), words) if one])}
    return StepResult(tuple(facts), {**told.data, **more})


def _compared(typed: str, read: Decimal | None) -> tuple[Fact, Mapping[str, Any]]:
    """Display and import register beside each other, and the remark where they differ. `read` in kWh."""
    label = _("Display and register")
    seen = _kwh(typed.split(",")[0].strip(), "kWh")
    if seen is None or read is None:
        return Fact(label, _("cannot be compared: both are on record"), Tone.WARN), {}
    if abs(seen - read) <= AGREES_KWH:
        return Fact(label, _("agree: {kwh} kWh").format(kwh=read), Tone.GOOD), {}
    words = _("the display says {seen} kWh, the register {read} kWh").format(seen=seen, read=read)
    return Fact(label, words, Tone.WARN), {AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: words}


def _import_kwh(energy: Sequence[RegisterReading]) -> Decimal | None:
    found = next((one for one in energy if one.obis == IMPORT), None)
    return None if found is None or found.value is None else _kwh(str(found.value), found.unit)


def _kwh(text: str, unit: str) -> Decimal | None:
    """An amount of energy in kWh; None where the text is no number."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    return value / _W_IN_KW if unit == "Wh" else value


CLOSING_READING = Action("closing-reading", closing_reading)
OPENING_READING = Action("opening-reading", opening_reading, only_asks=True)
