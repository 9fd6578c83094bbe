"""Maximum demand: the highest half-hour since the last reset; import, export, and import within a daily window.

Source: requirements DNO-10 to DNO-13; only the network operator sets the window and resets (SR 6.18.1, 6.18.2).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.commands import DONE, Command
from hht.model.features.checks import require, require_range
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter

HALF_HOUR_S = 1800
DAY_S = 86_400


class Demand(enum.StrEnum):
    """The three registers."""

    IMPORT = "active import"
    EXPORT = "active export"
    IMPORT_IN_WINDOW = "active import in the configurable time period"


@dataclass(frozen=True, slots=True)
class Maximum:
    """`power_w` averaged over the half-hour that ended at `time_s` (Unix seconds by the meter's clock; 0: none yet)."""

    power_w: int = 0
    time_s: int = 0


@dataclass(frozen=True, slots=True)
class DemandWindow:
    """From `start_s` to `end_s` of each UTC day, half-hours; it may go over midnight (16:00 to 20:00 in DNO-12)."""

    start_s: int = 16 * 3600
    end_s: int = 20 * 3600

    def holds(self, ended_s: int) -> bool:
        """Whether the half-hour that ended at `ended_s` (Unix seconds) lies within."""
        begun = (ended_s - HALF_HOUR_S) % DAY_S
        if self.start_s < self.end_s:
            return self.start_s <= begun < self.end_s
        return begun >= self.start_s or begun < self.end_s


@dataclass(frozen=True, slots=True)
class SetDemandWindow(Command):
    """Set the configurable time period (ECS37)."""

    window: DemandWindow
    use_case: ClassVar[str] = "ECS37"


@dataclass(frozen=True, slots=True)
class ResetMaximumDemand(Command):
    """Begin anew: one register, and no other (ECS57)."""

    which: Demand
    use_case: ClassVar[str] = "ECS57"


@dataclass(frozen=True, slots=True)
class ReadMaximumImport(Command):
    """The two import registers (ECS18b): (import, import in the window)."""

    use_case: ClassVar[str] = "ECS18b"


@dataclass(frozen=True, slots=True)
class ReadMaximumExport(Command):
    """The export register (ECS18a)."""

    use_case: ClassVar[str] = "ECS18a"


class MaximumDemand:
    """The three registers of one meter. `half_hour` is told what each half-hour took."""

    def __init__(self, meter: ElectricityMeter, window: DemandWindow) -> None:
        self.window = window
        self.registers = dict.fromkeys(Demand, Maximum())
        self._meter = meter
        meter.accept(
            {
                SetDemandWindow: self._set_window,
                ResetMaximumDemand: self._reset,
                ReadMaximumImport: lambda _command, _sender: (
                    self.registers[Demand.IMPORT],
                    self.registers[Demand.IMPORT_IN_WINDOW],
                ),
                ReadMaximumExport: lambda _command, _sender: self.registers[Demand.EXPORT],
            }
        )

    def half_hour(self, ended_s: int, import_wh: int, export_wh: int) -> None:
        """A half-hour has ended at `ended_s` by the meter's clock, and took so much."""
        registers = self.registers
        if 2 * import_wh > registers[Demand.IMPORT].power_w:
            registers[Demand.IMPORT] = Maximum(2 * import_wh, ended_s)
        if 2 * export_wh > registers[Demand.EXPORT].power_w:
            registers[Demand.EXPORT] = Maximum(2 * export_wh, ended_s)
        if 2 * import_wh > registers[Demand.IMPORT_IN_WINDOW].power_w and self.window.holds(ended_s):
            registers[Demand.IMPORT_IN_WINDOW] = Maximum(2 * import_wh, ended_s)

    def _set_window(self, command: SetDemandWindow, _sender: Party) -> object:
        window = command.window
        for edge in (window.start_s, window.end_s):
            require_range(_("time of day"), edge, 0, DAY_S - HALF_HOUR_S, " s")
            require(
                edge % HALF_HOUR_S == 0,
                _("The period does not begin and end at half-hours."),
                _("Send times that are whole half-hours of the UTC day."),
            )
        require(
            window.start_s != window.end_s,
            _("The period begins and ends at the same time."),
            _("Send a start and an end that differ."),
        )
        self.window = window
        self.registers[Demand.IMPORT_IN_WINDOW] = Maximum()
        return DONE

    def _reset(self, command: ResetMaximumDemand, sender: Party) -> object:
        self.registers[command.which] = Maximum()
        self._meter.site.tell(self._meter.name, f"maximum demand reset: {command.which.value}", str(sender))
        return DONE
