"""The network view: a meter's maxima recomputed from its own half-hours, its voltage, its outages; pure.

A maximum is the energy of a half-hour (DNO-11), so whoever has the half-hours can do without the register (DNO-15), and
can tell whether the register is right. What decides is data: ``resources/catalogue/network_view.toml``.
"""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any, Final

from hht.client.api import LogEntry
from hht.client.network_data import EXPORT, IN_WINDOW, DemandRegister, NetworkData, PhaseVoltage, Threshold, Window
from hht.i18n import _
from hht.readings import ProfileRow
from hht.resources import resource_text

HALF_HOUR: Final = timedelta(minutes=30)
Half = tuple[datetime, Decimal]  # end of a half-hour (UTC), kWh
IMPORT_COLUMNS: Final = ("1-0:1.8.0", "1-0:1.29.0")
EXPORT_COLUMNS: Final = ("1-0:2.8.0", "1-0:2.29.0")
_GOES_ON: Final = ".8.0"
_CLOCK: Final = timedelta(seconds=10)
LONG_S: Final = 180  # an outage, not a momentary interruption (DNO-02, DNO-06)


@cache
def rules() -> dict[str, Any]:
    """The catalogue. Raises ValueError where it cannot be."""
    return tomllib.loads(resource_text("catalogue", "network_view.toml"))


def half_hours(rows: Sequence[ProfileRow], columns: Sequence[str]) -> list[Half]:
    """The energy of each half-hour, kWh, oldest first: the first of `columns` that a row has, told as differences where
    the column is a register that goes on (D = 8). A half-hour without its beginning, or that a clock cut short or drew
    out by more than 10 s, is none: nor is it in the register."""
    name = next((one for one in columns if any(one in row.values for row in rows[:1])), None)
    known = sorted((row.time, row.values[name]) for row in rows if name is not None and name in row.values)
    if name is None or not name.endswith(_GOES_ON):
        return known
    return [
        (end, after - before)
        for (begin, before), (end, after) in pairwise(known)
        if abs(end - begin - HALF_HOUR) <= _CLOCK and after >= before
    ]


class Agreement(enum.StrEnum):
    """How a register stands to the half-hours. NOT_KNOWN: what was read does not reach back to its half-hour or to its
    reset; EMPTY: there has been no half-hour yet."""

    SAME = "same"
    DIFFERENT = "different"
    NOT_KNOWN = "not-known"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Compared:
    """A register beside what the half-hours say. `watts`, `ended`: the highest half-hour of those read since the reset;
    None where there is none."""

    register: DemandRegister
    watts: int | None
    ended: datetime | None
    agreement: Agreement

    @property
    def difference_w(self) -> int | None:
        """The register's less the half-hours', W."""
        return None if self.watts is None else self.register.watts - self.watts


def compared(register: DemandRegister, halves: Sequence[Half], window: Window | None, since: datetime) -> Compared:
    """`halves`: half-hours of the register's direction, all that the meter has from `since` on."""
    counted = [
        half
        for half in halves
        if (register.reset is None or half[0] > register.reset)
        and (register.name != IN_WINDOW or window is None or window.holds(half[0]))
    ]
    best = max(counted, key=lambda half: half[1], default=None)  # of those alike the first, as the register has it
    if best is None:
        empty = register.ended is None and not register.watts
        return Compared(register, None, None, Agreement.EMPTY if empty else Agreement.NOT_KNOWN)
    watts = round(best[1] * 2000)
    found = Compared(register, watts, best[0], Agreement.SAME)
    near = abs(register.watts - watts) <= allowed_w(watts)
    if near:
        return found
    higher = watts > register.watts
    reach = max(since, halves[0][0])  # exports are kept for three months, imports for thirteen
    older = register.ended is not None and register.ended <= reach
    return Compared(register, watts, best[0], Agreement.NOT_KNOWN if older and not higher else Agreement.DIFFERENT)


def allowed_w(watts: int) -> int:
    """By how much a register may differ from a half-hour and be the same, W."""
    tolerance = rules()["tolerance"]
    return int(tolerance["watts"]) + watts * int(tolerance["thousandths"]) // 1000


def halves_of(data: NetworkData, imports: Sequence[Half], exports: Sequence[Half], since: datetime) -> list[Compared]:
    """Each register of the meter beside its half-hours."""
    return [compared(one, exports if one.name == EXPORT else imports, data.window, since) for one in data.demands]


@dataclass(frozen=True, slots=True)
class PhaseStory:
    """One phase over the averages that were read: volts, and how often they went beyond a threshold (each time once,
    however long it lasted)."""

    phase: PhaseVoltage
    lowest: tuple[datetime, Decimal] | None
    highest: tuple[datetime, Decimal] | None
    over: int
    under: int


def phase_story(phase: PhaseVoltage, thresholds: Sequence[Threshold]) -> PhaseStory:
    """`thresholds`: the meter's; those of the average count."""
    limits = {one.name: one.volts for one in thresholds if one.seconds is None}
    live = [one for one in phase.averages if one[1] > 0]
    over, under = limits.get("average-over"), limits.get("average-under")
    return PhaseStory(
        phase,
        min(live, key=lambda one: one[1], default=None),
        max(live, key=lambda one: one[1], default=None),
        _passes([over is not None and volts > over for _time, volts in live]),
        _passes([under is not None and volts < under for _time, volts in live]),
    )


def _passes(beyond: Sequence[bool]) -> int:
    """How often it began."""
    return sum(now and not before for now, before in zip(beyond, [False, *beyond], strict=False))


@dataclass(frozen=True, slots=True)
class Outage:
    """An interruption of the supply (`phase` 0) or of one phase; `ended` None: no return is in the log."""

    phase: int
    began: datetime | None
    ended: datetime | None
    long: bool

    @property
    def seconds(self) -> int | None:
        """How long it was; None where one end is not in the log."""
        return None if self.began is None or self.ended is None else round((self.ended - self.began).total_seconds())


def outages(events: Sequence[LogEntry]) -> list[Outage]:
    """Interruptions with their returns, in order; a return without its interruption stands alone: the log is a ring."""
    power = rules()["power"]
    begun: dict[int, datetime] = {}
    found: list[Outage] = []
    for event in sorted(events, key=lambda one: one.time):
        if event.code in power["interrupted"]:
            phase = power["interrupted"].index(event.code)
            if phase in begun:
                found.append(Outage(phase, begun[phase], None, False))
            begun[phase] = event.time
            continue
        for name in ("restored", "restored_long"):
            if event.code in power[name]:
                phase = power[name].index(event.code)
                found.append(Outage(phase, begun.pop(phase, None), event.time, name == "restored_long"))
    found += [Outage(phase, time, None, False) for phase, time in begun.items()]
    return sorted(found, key=lambda one: one.began or one.ended or datetime.min.replace(tzinfo=events[0].time.tzinfo))


def voltage_alerts(events: Sequence[LogEntry]) -> dict[str, int]:
    """How often each threshold's beginning stands in the log, by its name; those that do not are left out."""
    counts: dict[str, int] = {}
    for event in events:
        for name, codes in rules()["voltage"].items():
            if codes["begins"] <= event.code <= codes["begins"] + 3:
                counts[name] = counts.get(name, 0) + 1
    return counts


@dataclass(frozen=True, slots=True)
class Change:
    """Something that can be set or reset, and by which service request."""

    name: str
    text: str
    service: str


def changes() -> Iterator[Change]:
    """All of them."""
    for one in rules()["change"]:
        yield Change(one["name"], _(one["text"]), one["service"])


def threshold_words(name: str) -> str:
    """A threshold, for people."""
    return {
        "extreme-over": _("extreme over-voltage"),
        "average-over": _("average over-voltage"),
        "swell": _("swell"),
        "sag": _("sag"),
        "average-under": _("average under-voltage"),
        "extreme-under": _("extreme under-voltage"),
    }[name]


def demand_words(name: str) -> str:
    """A register, for people."""
    return {
        "import": _("Maximum demand, import"),
        "import-in-window": _("Maximum demand, import in the window"),
        "export": _("Maximum demand, export"),
    }[name]
