"""What a meter holds after a write, and whether its clock is right: judged with the time that the exchanges took.

A line that repeats, waits or hears noise out may take many seconds over one question. Somewhere within them the meter
looked at its clock, or took over the time that it was told, and nobody knows when.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from hht.client.api import ORDINARY_S, ClockReading, MeterError, ReadBackMismatch
from hht.clock import iso_z
from hht.i18n import _

_LOOKS: Final = 3  # at a clock, where each took so long that it tells nothing

Look = Callable[[], Awaitable[ClockReading]]


def mismatch(label: str, wanted: str, held: str) -> ReadBackMismatch:
    """The meter took `wanted` and gives back `held`."""
    return ReadBackMismatch(
        _("{label}: {wanted} was written, the meter holds {held}.").format(
            label=label, wanted=wanted, held=held or _("nothing")
        ),
        remedy=_("Try once more. If it stays so, the meter does not keep what it is told: exchange it."),
    )


async def look_at(look: Look, limit_s: float) -> ClockReading:
    """A reading that tells whether the clock is within `limit_s` seconds of the terminal's. Raises MeterError
    ``clock-unclear`` where the line takes so long over each that none of them does, and as `look`."""
    reading = await look()
    for _again in range(_LOOKS - 1):
        if reading.tells(limit_s):
            return reading
        reading = await look()
    if reading.tells(limit_s):
        return reading
    text = _("The line takes {took} s over reading the clock: whether that is within {limit} s cannot be told.")
    raise MeterError(
        text.format(took=round(reading.exchange_s), limit=f"{limit_s:g}"),
        remedy=_("Mend the line between terminal and meter, then try again: the terminal reads before it writes."),
        code="clock-unclear",
    )


def check_set(after: ClockReading, limit_s: float, setting_s: float, label: str) -> None:
    """Hold what was read back against what was set in an exchange of `setting_s` seconds. Raises ReadBackMismatch;
    ``clock-set-late`` where the meter may have taken over what it was told, and got it too late."""
    if abs(after.drift_s) <= limit_s:
        return
    if -(setting_s + after.within_s + ORDINARY_S) <= after.drift_s < 0 and setting_s > ORDINARY_S:
        text = _("{label}: the line took {seconds} s over telling the meter the time; its clock is {behind} s behind.")
        raise ReadBackMismatch(
            text.format(label=label, seconds=round(setting_s), behind=round(-after.drift_s)),
            remedy=_("Mend the line between terminal and meter, then set the clock again."),
            code="clock-set-late",
        )
    raise mismatch(label, iso_z(after.terminal_time), iso_z(after.time))
