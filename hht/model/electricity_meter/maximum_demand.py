"""Maximum demand: the highest half-hour since the last reset; import, export, and import within a daily window.

Source: requirements DNO-10 to DNO-13; only the network operator sets the window and resets (SR 6.18.1, 6.18.2).
Demand is energy of a half-hour: one that a clock set forward cuts short, or one set back draws out, has none.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.agenda import HALF_HOUR_MS, HOUR_MS
from hht.model.commands import DONE, Command
from hht.model.features.checks import require, require_range
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter

HALF_HOUR_S = 1800
_SPOILED_MS = 10_000  # further than this from half an hour, it is none: what a clock may be off before it is set
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
    """The three registers of one meter. `half_hour` is told where its counters stand at the end of each. `resets`: when
    each was reset last, Unix seconds by the meter's clock (0: never)."""

    def __init__(self, meter: ElectricityMeter, window: DemandWindow) -> None:
        self.window = window
        self.registers = dict.fromkeys(Demand, Maximum())
        self.resets = dict.fromkeys(Demand, 0)
        self._meter = meter
        self._begun_ms = meter.site.agenda.now_ms
        self._begun_wh = meter.configuration.import_reading_wh, meter.configuration.export_reading_wh
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
        """A half-hour has ended at `ended_s` by the meter's clock. `import_wh`, `export_wh`: all energy metered up to
        now, whatever the registers were put to."""
        now_ms, before_wh = self._meter.site.agenda.now_ms, self._begun_wh
        lasted_ms = now_ms - self._begun_ms
        self._begun_ms, self._begun_wh = now_ms, (import_wh, export_wh)
        if not -_SPOILED_MS <= lasted_ms - HALF_HOUR_MS <= _SPOILED_MS:
            return
        import_w = (import_wh - before_wh[0]) * HOUR_MS // lasted_ms
        export_w = (export_wh - before_wh[1]) * HOUR_MS // lasted_ms
        registers = self.registers
        if import_w > registers[Demand.IMPORT].power_w:
            registers[Demand.IMPORT] = Maximum(import_w, ended_s)
        if export_w > registers[Demand.EXPORT].power_w:
            registers[Demand.EXPORT] = Maximum(export_w, ended_s)
        if import_w > registers[Demand.IMPORT_IN_WINDOW].power_w and self.window.holds(ended_s):
            registers[Demand.IMPORT_IN_WINDOW] = Maximum(import_w, ended_s)

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
        self.resets[command.which] = int(self._meter.time_believed().timestamp())
        self._meter.site.tell(self._meter.name, f"maximum demand reset: {command.which.value}", str(sender))
        return DONE
