"""Load limiting: so much power for so long, and the meter alerts, or switches off for a while (factbook 2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.agenda import SECOND_MS, Appointment
from hht.model.alert_codes import AlertCode
from hht.model.commands import DONE, Command
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.checks import require_range
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter

HIGHEST_W = 100_000  # factbook chapter 9
_WHO = "load limit"


@dataclass(frozen=True, slots=True)
class LoadLimitSettings:
    """`threshold_w` 0: no limit. `period_s`: how long above it; `restoration_s`: how long off; `disables`: it switches
    off ("Disable"), or only says so ("Unchanged")."""

    threshold_w: int = 0
    period_s: int = 300
    restoration_s: int = 30
    disables: bool = True


@dataclass(frozen=True, slots=True)
class SetLoadLimit(Command):
    """Set the load limit (ECS28a, critical)."""

    settings: LoadLimitSettings
    use_case: ClassVar[str] = "ECS28a"


@dataclass(frozen=True, slots=True)
class ResetLoadLimitCounter(Command):
    """Set the counter of load limiting to zero (ECS28b)."""

    use_case: ClassVar[str] = "ECS28b"


@dataclass(frozen=True, slots=True)
class ReadLoadLimit(Command):
    """What is set and how often it acted (ECS27): a `LoadLimitState`."""

    use_case: ClassVar[str] = "ECS27"


@dataclass(frozen=True, slots=True)
class LoadLimitState:
    """As ECS27 reads it. `count`: how often the power was above for the whole period, each time until it came down
    counted once.
    """

    settings: LoadLimitSettings
    count: int
    limiting: bool


class LoadLimit:
    """The load limit of one meter. `power_changed` is called whenever the power is another."""

    def __init__(self, meter: ElectricityMeter, settings: LoadLimitSettings) -> None:
        self._meter = meter
        self.settings = settings
        self.count = 0
        self._over: Appointment | None = None
        self._told = False  # that the power is above: once, however it changes, until it has come down
        self._restore: Appointment | None = None
        meter.accept(
            {
                SetLoadLimit: self._set,
                ResetLoadLimitCounter: self._reset,
                ReadLoadLimit: lambda _command, _sender: LoadLimitState(self.settings, self.count, self.limiting),
            }
        )

    @property
    def limiting(self) -> bool:
        """Whether it keeps the supply off now."""
        return _WHO in self._meter.load_switch.holds

    def power_changed(self, power_w: int) -> None:
        """The power imported is `power_w` from now on: begin to wait, or stop waiting."""
        above = self.settings.threshold_w > 0 and power_w > self.settings.threshold_w
        if above and self._over is None and not self._told:
            self._over = self._meter.site.agenda.after(self.settings.period_s * SECOND_MS, self._exceeded)
        elif not above:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self._told = False
        if self._over is not None:
            self._over.cancel()
            self._over = None

    def _exceeded(self) -> None:
        self._over, self._told = None, True
        self.count += 1
        meter = self._meter
        meter.alert(AlertCode.LOAD_LIMIT_EXCEEDED, f"over {self.settings.threshold_w} W")
        if not self.settings.disables:
            return
        meter.load_switch.disable(_WHO, f"over {self.settings.threshold_w} W for {self.settings.period_s} s")
        meter.alert(AlertCode.SUPPLY_DISABLED_BY_LOAD_LIMIT)
        if self._restore is not None:  # of a limiting that a command ended before its time
            self._restore.cancel()
        self._restore = meter.site.agenda.after(self.settings.restoration_s * SECOND_MS, self._restored)

    def _restored(self) -> None:
        """The restoration period is over: by the usual rules the supply comes back by itself."""
        self._restore = None
        switch = self._meter.load_switch
        if not self.limiting:
            return
        switch.release(_WHO, "the restoration period is over", by_itself=True)
        if switch.state is SupplyState.ENABLED:
            self._meter.alert(AlertCode.SUPPLY_RESTORED_AFTER_LOAD_LIMIT)
        if self._meter.load_switch.closed:  # also where the contact stuck, and the power never went
            self._begin_anew()
            self.power_changed(self._meter.measurement.power_w[0])

    def _set(self, command: SetLoadLimit, _sender: Party) -> object:
        wanted = command.settings
        require_range(_("threshold"), wanted.threshold_w, 0, HIGHEST_W, " W")
        require_range(_("period"), wanted.period_s, 1, 86_400, " s")
        require_range(_("restoration period"), wanted.restoration_s, 1, 86_400, " s")
        self.settings = wanted
        self._begin_anew()
        self.power_changed(self._meter.measurement.power_w[0])
        return DONE

    def _reset(self, _command: ResetLoadLimitCounter, _sender: Party) -> object:
        self.count = 0
        return DONE
