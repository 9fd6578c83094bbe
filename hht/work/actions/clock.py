"""Clock: how far the meter's is off, and set it where that is more than the job allows."""

from __future__ import annotations

from collections.abc import AsyncIterator

from hht.client.api import ClockReading, ClockStatus
from hht.clock import iso_z
from hht.i18n import _
from hht.work.step import Action, StepContext, StepResult, write_fact
from hht.work.terminal_clock import refuse_suspicious, suspicion
from hht.work.units import drift_text
from hht.work.view import Fact, Tone

_DOUBTFUL_S = 10.0  # factbook 9: warn where the two clocks differ by more


async def set_clock(ctx: StepContext) -> StepResult:
    """Read the drift, set the clock where it is out of tolerance, read again.

    Raises StepError ``terminal-clock`` where the terminal's own clock cannot be right.
    """
    refuse_suspicious(ctx.clock.now(), ctx.visit.latest_at)
    meter = await ctx.meter()
    tolerance_s = ctx.device.clock_tolerance_s
    before = await meter.read_clock()
    result, earlier = await ctx.write(
        "clock",
        _("within {seconds} s").format(seconds=tolerance_s),
        lambda intend: meter.set_clock(tolerance_s=tolerance_s, before_write=intend),
    )
    after = await meter.read_clock()
    facts = [
        _drift_fact(_("Meter clock before"), before, tolerance_s),
        write_fact(_("Clock"), result, earlier),
        _drift_fact(_("Meter clock now"), after, tolerance_s),
        Fact(_("Clock status"), after.status.words, _status_tone(after.status)),
    ]
    if abs(before.drift_s) > _DOUBTFUL_S:
        facts.append(_doubt_fact())
    data = {
        "drift_before_s": before.drift_s,
        "drift_after_s": after.drift_s,
        "status": after.status.value,
        "tolerance_s": tolerance_s,
        "written": result.written or earlier,
    }
    return StepResult(tuple(facts), data)


async def _preview(ctx: StepContext) -> AsyncIterator[tuple[Fact, ...]]:
    tolerance_s = ctx.device.clock_tolerance_s
    doubt = suspicion(ctx.clock.now(), ctx.visit.latest_at)
    warning = (Fact(_("Terminal's clock"), doubt, Tone.WARN),) if doubt else ()
    words = _("will be the terminal's time, where it is more than {seconds} s off")
    yield (Fact(_("Clock"), words.format(seconds=tolerance_s)), *warning)
    meter = ctx.conversation()
    if meter is not None:
        yield (_plan_fact(await meter.read_clock(), tolerance_s), *warning)


def _plan_fact(reading: ClockReading, tolerance_s: int) -> Fact:
    drift = _drift(reading)
    if abs(reading.drift_s) <= tolerance_s and reading.tells(tolerance_s):
        words = _("now {drift}, within {seconds} s: nothing will be written")
        return Fact(_("Clock"), words.format(drift=drift, seconds=tolerance_s), Tone.GOOD)
    words = _("now {time}, {drift} → will be the terminal's time")
    return Fact(_("Clock"), words.format(time=iso_z(reading.time), drift=drift))


def _doubt_fact() -> Fact:
    hint = _("the two differed by more than 10 s: check that the terminal's clock is right")
    return Fact(_("Terminal's clock"), hint, Tone.WARN)


def _drift_fact(label: str, reading: ClockReading, tolerance_s: float) -> Fact:
    right = abs(reading.drift_s) <= tolerance_s and reading.tells(tolerance_s)
    return Fact(label, _drift(reading), Tone.GOOD if right else Tone.WARN)


def _drift(reading: ClockReading) -> str:
    drift = drift_text(reading.drift_s)
    if not reading.is_vague:
        return drift
    words = _("{drift}, give or take {seconds} s: the line is slow")
    return words.format(drift=drift, seconds=round(reading.within_s))


def _status_tone(status: ClockStatus) -> Tone:
    return Tone.GOOD if status is ClockStatus.RELIABLE else Tone.WARN


SET_CLOCK = Action("clock", set_clock, writes=True, preview=_preview)
