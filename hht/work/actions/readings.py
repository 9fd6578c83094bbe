"""Readings before and after the work: every energy register as the meter states it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hht.client.api import RegisterReading
from hht.clock import iso_z
from hht.i18n import _
from hht.work.devices import same_device, shown
from hht.work.step import Action, StepContext, StepError, StepResult, WrongMeter
from hht.work.view import Fact, Tone

ENERGY_UNITS = ("kWh", "Wh", "kvarh", "varh")


@dataclass(frozen=True)
class Elsewhere:
    """What is said at a meter beside the visit's own, in the language in use: of another one that answers (`wrong` with
    {found} and {expected}), and of one without energy registers."""

    wrong: str
    move: str
    none: str
    instead: str


async def energy_beside(ctx: StepContext, expected: str, said: Elsewhere) -> list[RegisterReading]:
    """Every energy register of the meter with the Device ID `expected`, by its own optical port. Raises WrongMeter
    where another meter answers, StepError ``no-energy-register`` where it shows none."""
    async with ctx.beside(expected) as meter:
        identity = await meter.identify()
        if not same_device(identity.device_id, expected):
            message = said.wrong.format(found=shown(identity.device_id), expected=expected)
            raise WrongMeter(message, remedy=said.move)
        energy = [one for one in await meter.read_registers() if one.unit in ENERGY_UNITS]
    if not energy:
        raise StepError(said.none, remedy=said.instead, code="no-energy-register")
    return energy


def registers_data(readings: Sequence[RegisterReading]) -> list[dict[str, str]]:
    """Readings as JSON, exact: values are texts."""
    return [
        {"obis": r.obis, "value": "" if r.value is None else str(r.value), "unit": r.unit, "label": r.label}
        | ({"odd": r.odd} if r.odd else {})
        for r in readings
    ]


def register_fact(reading: RegisterReading, tone: Tone = Tone.PLAIN) -> Fact:
    """One register as a line."""
    label = shown(reading.label) if reading.label else reading.obis
    text = reading.text if reading.odd else f"{reading.value} {shown(reading.unit)}"
    return Fact(label, text, tone, from_device=True)


async def reading_before(ctx: StepContext) -> StepResult:
    """Read the energy registers. Raises StepError where the meter shows none."""
    energy = await _energy(ctx)
    data = {"time": iso_z(ctx.clock.now()), "registers": registers_data(energy)}
    return StepResult(tuple(register_fact(reading) for reading in energy), data)


async def reading_after(ctx: StepContext) -> StepResult:
    """Read them again. Raises StepError where a register went back since the reading before."""
    energy = await _energy(ctx)
    before = _by_obis(ctx.data("reading-before"))
    facts = [register_fact(reading) for reading in energy]
    for reading in energy:
        earlier = before.get(reading.obis) if cumulative(reading.obis) else None
        if earlier is not None and reading.value is not None and reading.value < earlier:
            raise StepError(
                _("Register {obis} went back: {before} before, {after} now.").format(
                    obis=reading.obis, before=earlier, after=reading.value
                ),
                remedy=_("Read the meter's display and note both values; call the desk before you leave."),
                code="register-went-back",
            )
    if before:
        facts.append(Fact(_("Compared with before"), _("no register went back"), Tone.GOOD))
    data = {"time": iso_z(ctx.clock.now()), "registers": registers_data(energy)}
    return StepResult(tuple(facts), data)


def cumulative(obis: str) -> bool:
    """Whether a register of that OBIS code only goes on: a total (value group D 8, time integral 1). What counts
    within an interval, such as ``1-0:1.29.0``, begins anew with the next (IEC 62056-6-1, value group D)."""
    _medium, _colon, rest = obis.partition(":")
    return rest.split(".")[1:2] == ["8"]


async def _energy(ctx: StepContext) -> list[RegisterReading]:
    readings = await (await ctx.meter()).read_registers()
    energy = [reading for reading in readings if reading.unit in ENERGY_UNITS]
    if not energy:
        raise StepError(
            _("The meter shows no energy register."),
            remedy=_("Read the display instead: choose Can't do this and note the reading."),
            code="no-energy-register",
        )
    return energy


def _by_obis(data: Mapping[str, Any]) -> dict[str, Decimal]:
    return {register["obis"]: Decimal(register["value"]) for register in data.get("registers", ())}


READING_BEFORE = Action("reading-before", reading_before)
READING_AFTER = Action("reading-after", reading_after)
