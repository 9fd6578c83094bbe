"""Registers and voltage: does what the meter measures make sense?"""

from __future__ import annotations

from decimal import Decimal

from hht.client.api import RegisterReading, SupplyState
from hht.i18n import _
from hht.work.actions.readings import ENERGY_UNITS, register_fact, registers_data
from hht.work.devices import shown
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.view import Fact, Tone

# Sag and swell of factbook 2.7; 230 V +10 % -6 % is the statutory band
LOWEST_V, HIGHEST_V = Decimal(216), Decimal(253)
# What else a variant shows: a twin element's second import register, a polyphase meter's voltages (GBCS, Blue Book 7.5)
VARIANT_REGISTERS = {
    "twin": ("1-0:1.8.0", "1-20:1.8.0"),
    "polyphase": ("1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0"),
}


async def registers(ctx: StepContext) -> StepResult:
    """Every register, with a warning at what is implausible or not understood. Raises StepError where an energy is
    negative."""
    meter = await ctx.meter()
    readings = await meter.read_registers()
    supply = await meter.read_supply_state()
    for reading in readings:
        if reading.unit in ENERGY_UNITS and reading.value is not None and reading.value < 0:
            raise StepError(
                _("Register {obis} is negative: {value} {unit}.").format(
                    obis=reading.obis, value=reading.value, unit=reading.unit
                ),
                remedy=_("The meter seems faulty: choose Can't do this and call the desk."),
                code="register-implausible",
            )
    facts = [register_fact(reading, _tone(reading)) for reading in readings]
    facts += [fact for fact in (_voltage_fact(readings), _supply_fact(supply)) if fact is not None]
    facts += _variant_facts(ctx.device.variant, readings)
    return StepResult(tuple(facts), {"registers": registers_data(readings), "supply": supply.value})


def _variant_facts(variant: str, readings: list[RegisterReading]) -> list[Fact]:
    """Whether the meter shows what one with two elements, or with three phases, has."""
    there = {one.obis.removesuffix(".255"): one for one in readings if one.value is not None}
    wanted = VARIANT_REGISTERS.get(variant, ())
    missing = [obis for obis in wanted if obis not in there]
    if not wanted:
        return []
    label = _("Both elements") if variant == "twin" else _("Three phases")
    if missing:
        words = _("not shown: {registers}. Look at the meter's own screen.").format(registers=", ".join(missing))
        return [Fact(label, words, Tone.WARN)]
    values = [f"{there[obis].value} {shown(there[obis].unit)}" for obis in wanted]
    return [Fact(label, " · ".join(values), Tone.GOOD, from_device=True)]


def _tone(reading: RegisterReading) -> Tone:
    if reading.value is None or reading.odd:
        return Tone.WARN
    if reading.unit != "V":
        return Tone.PLAIN
    return Tone.GOOD if LOWEST_V <= reading.value <= HIGHEST_V else Tone.WARN


def _voltage_fact(readings: list[RegisterReading]) -> Fact | None:
    if not any(reading.unit == "V" for reading in readings):
        return Fact(_("Voltage"), _("the meter shows none"), Tone.WARN)
    odd = [reading.value for reading in readings if reading.unit == "V" and _tone(reading) is Tone.WARN]
    if not odd:
        return None
    text = _("{value} V is outside of {low} to {high} V: tell the network operator (105)").format(
        value=odd[0], low=LOWEST_V, high=HIGHEST_V
    )
    return Fact(_("Voltage"), text, Tone.WARN)


def _supply_fact(supply: SupplyState) -> Fact:
    tone = Tone.GOOD if supply is SupplyState.ENABLED else Tone.WARN
    return Fact(_("Supply"), supply.words, tone)


REGISTERS = Action("registers", registers)
