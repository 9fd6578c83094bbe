"""Registers and voltage: does what the meter measures make sense?"""

from __future__ import annotations

from decimal import Decimal

from hht.client.api import RegisterReading, SupplyState
from hht.i18n import _
from hht.work.actions.readings import ENERGY_UNITS, register_fact, registers_data
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.view import Fact, Tone

# Sag and swell of factbook 2.7; 230 V +10 % -6 % is the statutory band
LOWEST_V, HIGHEST_V = Decimal(216), Decimal(253)


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
    return StepResult(tuple(facts), {"registers": registers_data(readings), "supply": supply.value})


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
    return Fact(_("Supply"), supply.value, tone)


REGISTERS = Action("registers", registers)
