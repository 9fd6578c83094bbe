"""What a network operator reads of a meter: maximum demand with its window, voltage, and power events.

Objects as GBCS names them (factbook 2.7, 6.1; requirements DNO-10 to DNO-16): extended registers for the maxima, class
10 for the Configurable Time Period, class 71 for sag, swell and extremes, Data objects in tenths of a volt for the
thresholds of the average. Nothing of it is ever written by a terminal: service requests 6.5, 6.18 and 6.27 are the
network operator's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Protocol

from hht.client import catalogue
from hht.client.api import Listeners, LogEntry
from hht.client.profile_reader import read_log, stream_profile
from hht.client.values import items_of, makes_no_sense, number_of, time_of_day_s
from hht.i18n import _
from hht.protocol.cosem.datetime import decode_datetime
from hht.protocol.cosem.obis import Obis
from hht.readings import ProfileRow

if TYPE_CHECKING:
    from hht.client.meter_objects import MeterObjects

CLASS_EXTENDED_REGISTER, CLASS_SCHEDULE, CLASS_LIMITER = 4, 10, 71
IMPORT, IN_WINDOW, EXPORT = "import", "import-in-window", "export"
WINDOW: Final = "0-0:12.0.0"
DEMANDS: Final = {  # name -> (register, when it was reset last)
    IMPORT: ("1-0:1.6.0", "0-0:94.44.5.1"),
    IN_WINDOW: ("1-0:1.6.1", "0-0:94.44.5.0"),
    EXPORT: ("1-0:2.6.0", "0-0:94.44.5.2"),
}
MONITORS: Final = {  # name of the threshold -> limiter
    "extreme-over": "0-0:17.0.1",
    "swell": "0-0:17.0.4",
    "sag": "0-0:17.0.3",
    "extreme-under": "0-0:17.0.2",
}
AVERAGE_OVER, AVERAGE_UNDER = "average-over", "average-under"
PHASES: Final = (32, 52, 72)  # group C of a phase's voltage
POWER_EVENTS: Final = "power"
EXPORTS: Final = "0-0:99.1.1"
_DAY_S: Final = 86_400
_HALF_HOUR_S: Final = 1800
_MOST_W: Final = 10**9
_MOST_DV: Final = 10_000


@dataclass(frozen=True, slots=True)
class DemandRegister:
    """`watts` averaged over the half-hour that ended at `ended` (UTC; None: there was none yet). `reset`: the last;
    None: never."""

    name: str
    watts: int
    ended: datetime | None
    reset: datetime | None


@dataclass(frozen=True, slots=True)
class Window:
    """The Configurable Time Period of each day: seconds of the UTC day; it may go over midnight."""

    start_s: int
    end_s: int

    def holds(self, ended: datetime) -> bool:
        """Whether the half-hour that ended then lies within."""
        begun = (int(ended.timestamp()) - _HALF_HOUR_S) % _DAY_S
        if self.start_s < self.end_s:
            return self.start_s <= begun < self.end_s
        return begun >= self.start_s or begun < self.end_s


@dataclass(frozen=True, slots=True)
class Threshold:
    """`volts` above or below which it is passed once that lasted `seconds` (None: by the average of a period)."""

    name: str
    volts: Decimal
    seconds: int | None

    @property
    def is_upper(self) -> bool:
        """Whether it is passed from below."""
        return self.name in ("extreme-over", "swell", AVERAGE_OVER)


@dataclass(frozen=True, slots=True)
class PhaseVoltage:
    """One phase: how often its average was beyond the thresholds since the last reset (RMS counters), and the averages
    that were read: (end of the period, volts)."""

    number: int
    over: int
    under: int
    averages: tuple[tuple[datetime, Decimal], ...]


@dataclass(frozen=True, slots=True)
class NetworkData:
    """All of it. `period_s`: how long an average goes; `events`: interruptions and returns of the supply."""

    demands: tuple[DemandRegister, ...]
    window: Window | None
    thresholds: tuple[Threshold, ...]
    period_s: int
    phases: tuple[PhaseVoltage, ...]
    events: tuple[LogEntry, ...]


async def read_network_data(meter: MeterObjects, since: datetime | None = None) -> NetworkData:
    """Everything that the meter shows of it; averages of voltage from `since` on. What it does not have is left out.
    Raises MeterError where something makes no sense, and what a link raises."""
    demands = tuple([await _demand(meter, name) for name, (obis, _reset) in DEMANDS.items() if await meter.has(obis)])
    window = await _window(meter) if await meter.has(WINDOW) else None
    monitors = [await _monitor(meter, name) for name, obis in MONITORS.items() if await meter.has(obis)]
    groups = [group for group in PHASES if await meter.has(f"1-0:{group}.24.0")]
    averages = [await _average(meter, groups[0], name) for name in (AVERAGE_OVER, AVERAGE_UNDER)] if groups else []
    period_s = 0
    if groups:
        period = await meter.get(catalogue.CLASS_PROFILE, f"1-0:{groups[0]}.24.0", 4)
        period_s = number_of(period, _("average period"), 1, _DAY_S)
    phases = tuple([await _phase(meter, number, group, since) for number, group in enumerate(groups, 1)])
    found = sorted((*monitors, *averages), key=lambda one: -one.volts)
    return NetworkData(demands, window, tuple(found), period_s, phases, tuple(await read_log(meter, POWER_EVENTS)))


async def _demand(meter: MeterObjects, name: str) -> DemandRegister:
    words = _("maximum demand")
    obis, reset = DEMANDS[name]
    wanted = [(CLASS_EXTENDED_REGISTER, obis, 2), (CLASS_EXTENDED_REGISTER, obis, 5)]
    shows_reset = await meter.has(reset)
    async with meter.at_once(wanted):
        watts = number_of(await meter.get(CLASS_EXTENDED_REGISTER, obis, 2), words, 0, _MOST_W)
        ended = _moment((await meter.get(CLASS_EXTENDED_REGISTER, obis, 5)).value, words)
    at = _moment((await meter.get(catalogue.CLASS_DATA, reset, 2)).value, words) if shows_reset else None
    scaler, unit = await meter.scale(Obis.parse(obis), CLASS_EXTENDED_REGISTER)
    if unit != "W":
        raise makes_no_sense(words)
    return DemandRegister(name, int(Decimal(watts).scaleb(scaler)), ended, at)


def _moment(octets: object, words: str) -> datetime | None:
    """A time (UTC); None where the octets say "never"."""
    if not isinstance(octets, bytes):
        raise makes_no_sense(words)
    return decode_datetime(octets).time


async def _window(meter: MeterObjects) -> Window:
    """Two entries: when the period begins and when it ends, in this order."""
    words = _("demand window")
    entries = (await meter.get(CLASS_SCHEDULE, WINDOW, 2)).as_items()
    if len(entries) != 2:
        raise makes_no_sense(words)
    start_s, end_s = [time_of_day_s(items_of(entry, 10, words)[4], words) for entry in entries]
    return Window(start_s, end_s)


async def _monitor(meter: MeterObjects, name: str) -> Threshold:
    words, obis = _("voltage threshold"), MONITORS[name]
    async with meter.at_once([(CLASS_LIMITER, obis, 4), (CLASS_LIMITER, obis, 6)]):
        level = number_of(await meter.get(CLASS_LIMITER, obis, 4), words, 0, _MOST_DV)
        seconds = number_of(await meter.get(CLASS_LIMITER, obis, 6), words, 0, _DAY_S)
    return Threshold(name, await _volts(meter, level, PHASES[0]), seconds)


async def _average(meter: MeterObjects, group: int, name: str) -> Threshold:
    words = _("voltage threshold")
    obis = f"1-0:{group}.{35 if name == AVERAGE_OVER else 31}.0.4"
    level = number_of(await meter.get(catalogue.CLASS_DATA, obis, 2), words, 0, _MOST_DV)
    return Threshold(name, await _volts(meter, level, group), None)


async def _volts(meter: MeterObjects, level: int, group: int) -> Decimal:
    """A threshold is counted as the voltage is that it is held against."""
    scaler, unit = await meter.scale(Obis.parse(f"1-0:{group}.7.0"))
    if unit != "V":
        raise makes_no_sense(_("voltage threshold"))
    return Decimal(level).scaleb(scaler)


async def _phase(meter: MeterObjects, number: int, group: int, since: datetime | None) -> PhaseVoltage:
    words, column = _("voltage counter"), f"1-0:{group}.7.0"
    over = number_of(await meter.get(catalogue.CLASS_REGISTER, f"1-0:{group}.36.0.4", 2), words, 0)
    under = number_of(await meter.get(catalogue.CLASS_REGISTER, f"1-0:{group}.32.0.4", 2), words, 0)
    rows: list[ProfileRow] = []
    await stream_profile(meter, since, None, Listeners(rows.extend), names=(f"1-0:{group}.24.0",))
    averages = tuple((row.time, row.values[column]) for row in rows if column in row.values)
    return PhaseVoltage(number, over, under, averages)


class _HasObjects(Protocol):
    @property
    def _meter(self) -> MeterObjects: ...


class NetworkReads:
    """What a session adds for a network operator's work."""

    async def read_network_data(self: _HasObjects, since: datetime | None = None) -> NetworkData:
        """Maximum demand, voltage and power events; averages of voltage from `since` on."""
        return await read_network_data(self._meter, since)

    async def read_exports(self: _HasObjects, since: datetime | None = None) -> list[ProfileRow]:
        """The half-hours of export from `since` on; [] where the meter keeps none."""
        rows: list[ProfileRow] = []
        if await self._meter.has(EXPORTS):
            await stream_profile(self._meter, since, None, Listeners(rows.extend), names=(EXPORTS,))
        return rows
