"""Voltage: average, extremes, sag and swell per phase against the network operator's thresholds (factbook 2.7).

The street's voltage changes slowly, and on purpose (`Mains.shift_voltage`): it is looked at when the supply or the load
changes and when an average period ends, not in between. A threshold must be passed for its whole time.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, fields
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.agenda import SECOND_MS, Appointment
from hht.model.alert_codes import AlertCode
from hht.model.commands import DONE, Command
from hht.model.features.checks import require, require_range
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter

PROFILE_ENTRIES = 4320  # factbook 2.3, from memory


@dataclass(frozen=True, slots=True)
class VoltageSettings:
    """Volts and seconds; the samples of factbook 2.7. `counter_alerts` is DNO-17's option, off by default: told
    each time that a counter has gone up by so many (0: never). `neutral_opens` (1, of a polyphase meter) is DNO-30's:
    when one phase swells and another sags, the neutral is lost, and the load switch opens."""

    extreme_over_v: int = 287
    extreme_over_s: int = 30
    average_over_v: int = 264
    swell_v: int = 253
    swell_s: int = 30
    sag_v: int = 216
    sag_s: int = 30
    average_under_v: int = 200
    extreme_under_v: int = 180
    extreme_under_s: int = 30
    average_period_s: int = 1800
    counter_alerts: int = 0
    neutral_opens: int = 0


@dataclass(frozen=True, slots=True)
class SetVoltage(Command):
    """Set the thresholds (ECS29c; a polyphase meter's are ECS29d)."""

    settings: VoltageSettings
    use_case: ClassVar[str] = "ECS29c"


@dataclass(frozen=True, slots=True)
class SetVoltagePolyphase(SetVoltage):
    """The same at a polyphase meter (ECS29d)."""

    use_case: ClassVar[str] = "ECS29d"


@dataclass(frozen=True, slots=True)
class ResetVoltageCounters(Command):
    """Set the counters to zero (ECS29e)."""

    use_case: ClassVar[str] = "ECS29e"


@dataclass(frozen=True, slots=True)
class ReadVoltage(Command):
    """Counters and averages (ECS23): a `VoltageState`."""

    use_case: ClassVar[str] = "ECS23"


@dataclass(frozen=True, slots=True)
class VoltageState:
    """`counts` on each phase, by the name of the threshold; `averages_dv`: the last average of each phase."""

    counts: dict[str, tuple[int, ...]]
    averages_dv: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Band:
    """One threshold with a time: passed `above` or below `limit_v` for `seconds`."""

    name: str
    above: bool
    begins: AlertCode
    ends: AlertCode


_BANDS = (
    _Band("extreme_over", True, AlertCode.VOLTAGE_EXTREMELY_HIGH, AlertCode.VOLTAGE_EXTREMELY_HIGH_ENDED),
    _Band("swell", True, AlertCode.VOLTAGE_SWELL, AlertCode.VOLTAGE_SWELL_ENDED),
    _Band("sag", False, AlertCode.VOLTAGE_SAG, AlertCode.VOLTAGE_SAG_ENDED),
    _Band("extreme_under", False, AlertCode.VOLTAGE_EXTREMELY_LOW, AlertCode.VOLTAGE_EXTREMELY_LOW_ENDED),
)
_AVERAGES = (
    _Band("average_over", True, AlertCode.AVERAGE_VOLTAGE_HIGH, AlertCode.AVERAGE_VOLTAGE_HIGH_ENDED),
    _Band("average_under", False, AlertCode.AVERAGE_VOLTAGE_LOW, AlertCode.AVERAGE_VOLTAGE_LOW_ENDED),
)


class VoltageProfile:
    """The Average RMS Voltage Profile of one phase: (Unix seconds by the meter's clock, tenths of a volt), the last
    `PROFILE_ENTRIES` of them."""

    def __init__(self) -> None:
        self._times = array("q")
        self._averages = array("H")

    def __len__(self) -> int:
        return min(len(self._times), PROFILE_ENTRIES)

    def rows(self) -> list[tuple[int, int]]:
        """Oldest first."""
        return list(zip(self._times[-PROFILE_ENTRIES:], self._averages[-PROFILE_ENTRIES:], strict=True))

    def add(self, time_s: int, average_dv: int) -> None:
        """An average period has ended."""
        self._times.append(time_s)
        self._averages.append(average_dv)
        if len(self._times) > 2 * PROFILE_ENTRIES:
            del self._times[:PROFILE_ENTRIES]
            del self._averages[:PROFILE_ENTRIES]


class _Phase:
    """What is measured of one phase."""

    def __init__(self) -> None:
        self.level_dv = 0
        self.weighed = 0  # tenths of a volt times ms, of this average period
        self.live_ms = 0  # how much of it there was a voltage at all
        self.profile = VoltageProfile()
        self.average_dv = 0
        self.waiting: dict[str, Appointment] = {}
        self.passed: set[str] = set()
        self.counts = dict.fromkeys((band.name for band in (*_BANDS, *_AVERAGES)), 0)


class Voltage:
    """The voltage measurement of one meter. `changed` is called when the supply or the load is another, `half_hour`
    at each half-hour of the meter's clock."""

    def __init__(self, meter: ElectricityMeter, settings: VoltageSettings) -> None:
        self._meter = meter
        self.settings = settings
        self._limits_dv = _limits_dv(settings)
        self.phases = [_Phase() for _number in range(meter.mains.phases)]
        self._marked_ms = meter.site.agenda.now_ms
        self._beat: Appointment | None = None
        polyphase = meter.capabilities.phases > 1
        meter.accept(
            {
                SetVoltagePolyphase if polyphase else SetVoltage: self._set,
                ResetVoltageCounters: self._reset,
                ReadVoltage: lambda _command, _sender: self.state,
            }
        )
        self._plan()
        self.changed()

    @property
    def state(self) -> VoltageState:
        """Counters and averages now."""
        names = self.phases[0].counts
        counts = {name: tuple(phase.counts[name] for phase in self.phases) for name in names}
        return VoltageState(counts, tuple(phase.average_dv for phase in self.phases))

    def count(self, now_ms: int) -> None:
        """Weigh the level up to now."""
        elapsed = now_ms - self._marked_ms
        if elapsed > 0:
            self._marked_ms = now_ms
            for phase in self.phases:
                if phase.level_dv:
                    phase.weighed += phase.level_dv * elapsed
                    phase.live_ms += elapsed

    def changed(self) -> None:
        """The supply or the load has changed: what level holds from here, and which thresholds it passes."""
        self.count(self._meter.site.agenda.now_ms)
        powers = self._meter.measurement.channels
        for number, phase in enumerate(self.phases):
            load_w = powers[number].import_w if len(powers) == len(self.phases) else powers[0].import_w
            level = self._meter.mains.steady_dv(number, load_w)
            if level != phase.level_dv:
                phase.level_dv = level
                if level:
                    self._watch(number, phase)
                else:  # a dead phase is an outage, not a sag; what began before it has not lasted
                    self._forget(phase)

    def half_hour(self, ended_s: int) -> None:
        """A half-hour has ended by the meter's clock: so has an average period that is one or several of them."""
        if ended_s % self.settings.average_period_s == 0 and self._beat is None:
            self.period_ended(ended_s)

    def _plan(self) -> None:
        """Shorter average periods than half an hour have a beat of their own."""
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None
        if self.settings.average_period_s < 1800:
            agenda, clock = self._meter.site.agenda, self._meter.clock
            self._beat = agenda.every(
                self.settings.average_period_s * SECOND_MS,
                lambda: self.period_ended(clock.meter_ms(agenda.now_ms) // 1000),
            )

    def period_ended(self, ended_s: int) -> None:
        """An average period has ended at `ended_s` by the meter's clock."""
        self.count(self._meter.site.agenda.now_ms)
        for number, phase in enumerate(self.phases):
            phase.average_dv = phase.weighed // phase.live_ms if phase.live_ms else phase.level_dv
            phase.weighed = phase.live_ms = 0
            phase.profile.add(ended_s, phase.average_dv)
            if phase.average_dv:
                for band in _AVERAGES:
                    beyond = self._beyond(band, phase.average_dv)
                    if beyond or phase.passed:
                        self._pass(number, phase, band, beyond)

    def _watch(self, number: int, phase: _Phase) -> None:
        for band in _BANDS:
            beyond = self._beyond(band, phase.level_dv)
            if beyond and band.name not in phase.passed and band.name not in phase.waiting:
                wait_ms = getattr(self.settings, f"{band.name}_s") * SECOND_MS
                lasted = partial(self._lasted, number, phase, band)
                phase.waiting[band.name] = self._meter.site.agenda.after(wait_ms, lasted)
            elif not beyond:
                waiting = phase.waiting.pop(band.name, None)
                if waiting is not None:
                    waiting.cancel()
                self._pass(number, phase, band, False)

    @staticmethod
    def _forget(phase: _Phase) -> None:
        for waiting in phase.waiting.values():
            waiting.cancel()
        phase.waiting.clear()

    def _lasted(self, number: int, phase: _Phase, band: _Band) -> None:
        del phase.waiting[band.name]
        self._pass(number, phase, band, True)

    def _pass(self, number: int, phase: _Phase, band: _Band, beyond: bool) -> None:
        if beyond == (band.name in phase.passed):
            return
        shift = number + 1 if len(self.phases) > 1 else 0
        if beyond:
            phase.passed.add(band.name)
            phase.counts[band.name] += 1
            self._meter.alert(AlertCode(band.begins + shift))
            if self.settings.neutral_opens and self._neutral_lost:
                self._meter.site.agenda.after(0, self._open)  # not amid the measuring: it changes the load
            every = self.settings.counter_alerts
            if every and phase.counts[band.name] % every == 0:
                self._meter.site.tell(self._meter.name, f"{band.name} counted {phase.counts[band.name]}", "option on")
        else:
            phase.passed.discard(band.name)
            self._meter.alert(AlertCode(band.ends + shift))

    @property
    def _neutral_lost(self) -> bool:
        """Whether some phase is too high while another is too low."""
        passed = [phase.passed for phase in self.phases]
        high = any(names & {"swell", "extreme_over"} for names in passed)
        return high and any(names & {"sag", "extreme_under"} for names in passed)

    def _open(self) -> None:
        self._meter.load_switch.disable("neutral", "the phases drift apart: the neutral is lost")

    def _beyond(self, band: _Band, level_dv: int) -> bool:
        limit_dv = self._limits_dv[band.name]
        return level_dv > limit_dv if band.above else level_dv < limit_dv

    def _set(self, command: SetVoltage, _sender: Party) -> object:
        check_settings(command.settings)
        self.settings = command.settings
        self._limits_dv = _limits_dv(command.settings)
        self._plan()
        for number, phase in enumerate(self.phases):
            if phase.level_dv:
                self._watch(number, phase)
        return DONE

    def _reset(self, _command: ResetVoltageCounters, _sender: Party) -> object:
        for phase in self.phases:
            phase.counts = dict.fromkeys(phase.counts, 0)
        return DONE


def _limits_dv(settings: VoltageSettings) -> dict[str, int]:
    """Each threshold in tenths of a volt, by the name of its band."""
    return {band.name: getattr(settings, f"{band.name}_v") * 10 for band in (*_BANDS, *_AVERAGES)}


def check_settings(settings: VoltageSettings) -> None:
    """Raise DeviceRefusal unless the thresholds stand in order: extreme under < average under <= sag < 230 < swell <=
    average over < extreme over (factbook 2.7), volts plausible, times at least a second."""
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.name.endswith("_v"):
            require_range(field.name, value, 100, 300, " V")
        elif field.name.endswith("_s"):
            require_range(field.name, value, 1, 86_400, " s")
    strictly = {("extreme_under_v", "average_under_v"), ("average_over_v", "extreme_over_v")}
    order = ("extreme_under_v", "average_under_v", "sag_v", "swell_v", "average_over_v", "extreme_over_v")
    for low, high in pairwise(order):
        below, above = getattr(settings, low), getattr(settings, high)
        require(
            below < above or (below == above and (low, high) not in strictly and (low, high) != ("sag_v", "swell_v")),
            _("{low} {below} V and {high} {above} V are out of order.").format(
                low=low, below=below, high=high, above=above
            ),
            _("Keep extreme under < average under <= sag < 230 < swell <= average over < extreme over."),
        )
    require(
        settings.sag_v < 230 < settings.swell_v,
        _("The nominal voltage does not lie between sag and swell."),
        _("Set sag below 230 V and swell above."),
    )
