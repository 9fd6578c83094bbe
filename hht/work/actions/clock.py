"""Clock: how far the meter's is off, and set it where that is more than the job allows."""

from __future__ import annotations

from hht.client.api import ClockReading, ClockStatus
from hht.i18n import _
from hht.work.step import Action, StepContext, StepResult, write_fact
from hht.work.terminal_clock import refuse_suspicious
from hht.work.units import drift_text
from hht.work.view import Fact, Tone

_DOUBTFUL_S = 10.0  # factbook 9: warn where the two clocks differ by more


async def set_clock(ctx: StepContext) -> StepResult:
    """Read the drift, set the clock where it is out of tolerance, read again.

    Raises StepError ``terminal-clock`` where the terminal's own clock cannot be right.
    """
    refuse_suspicious(ctx.clock.now(), ctx.visit.last_at)
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
        Fact(_("Clock status"), after.status.value, _status_tone(after.status)),
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


def _doubt_fact() -> Fact:
    hint = _("the two differed by more than 10 s: check that the terminal's clock is right")
    return Fact(_("Terminal's clock"), hint, Tone.WARN)


def _drift_fact(label: str, reading: ClockReading, tolerance_s: float) -> Fact:
    tone = Tone.GOOD if abs(reading.drift_s) <= tolerance_s else Tone.WARN
    return Fact(label, drift_text(reading.drift_s), tone)


def _status_tone(status: ClockStatus) -> Tone:
    return Tone.GOOD if status is ClockStatus.RELIABLE else Tone.WARN


SET_CLOCK = Action("clock", set_clock, writes=True)
