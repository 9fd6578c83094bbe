"""Who may work behind a meter: its contactor is no safety isolator, a local mechanical switch is (DNO-26, DNO-31).

The contactor breaks the live conductors only, and its contacts stand too close together to count as a gap; it may also
close again by command or by a button. A double-pole switch between meter and consumer unit breaks live and neutral,
and stays where a person has put (and locked) it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.refusal import DeviceRefusal, Reason

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter


class Conductor(enum.StrEnum):
    """What a switch may break."""

    LIVE = "live"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class SwitchGear:
    """A switch as an electrician judges it. `safe_gap`: its open contacts stand far enough apart; `held`: nothing but a
    person at it can close it."""

    name: str
    breaks: frozenset[Conductor]
    safe_gap: bool
    held: bool

    @property
    def isolates(self) -> bool:
        """Whether somebody may work behind it while it is open."""
        return self.breaks == frozenset(Conductor) and self.safe_gap and self.held


CONTACTOR = SwitchGear("meter contactor", frozenset({Conductor.LIVE}), safe_gap=False, held=False)
ISOLATOR = SwitchGear("isolating switch", frozenset(Conductor), safe_gap=True, held=True)


class Isolation:
    """What stands between one meter and its consumer unit. `fitted`: there is an isolating switch."""

    def __init__(self, meter: ElectricityMeter, *, fitted: bool = False) -> None:
        self._meter = meter
        self.fitted = fitted
        self.open = False

    def switch(self, *, open_: bool) -> None:
        """A person opens or closes the isolating switch. DeviceRefusal where there is none."""
        if not self.fitted:
            raise DeviceRefusal(
                Reason.OTHER,
                _("There is no isolating switch between the meter and the consumer unit."),
                remedy=_("Have one fitted, or have the network operator disconnect the supply."),
            )
        self._meter.site.catch_up()
        self.open = open_
        state = "opened" if open_ else "closed"
        self._meter.site.tell(self._meter.name, f"{ISOLATOR.name} {state}", "a person at it")
        self._meter.supply_moved()

    def hazards(self) -> tuple[str, ...]:
        """Why nobody may work behind the meter now; empty where somebody may."""
        if self.fitted and self.open and ISOLATOR.isolates:
            return ()
        if self._meter.load_switch.closed:
            return (_("The supply is on."),)
        found = [_("The contactor breaks only the live conductor."), _("Its contacts leave no safe gap.")]
        if not CONTACTOR.held:
            found.append(_("It may be closed by a command or a button."))
        return tuple(found)
