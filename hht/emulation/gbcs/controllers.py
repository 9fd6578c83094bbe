"""Calendars of auxiliary load switches (ECS46c), which since SMETS2 5.1 are a kind of auxiliary controller (ECS46d).

A schedule has entries with a switching time, weekdays, special days and the dates between which they hold; the model
has a calendar for each switch. Years of such dates are left out: its seasons begin each year. It has no proportional
controllers, and which device a switch is, the premises file says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from hht.emulation.gbcs.translation import (
    Asked,
    Translation,
    a_number,
    activation_ms,
    by_access,
    entries_of,
    some_octets,
    written,
)
from hht.i18n import _
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.load_control import SWITCHES, SetCalendars, SetControllerCalendars
from hht.model.features.calendar import Calendar, DayProfile, Season
from hht.model.refusal import DeviceRefusal, Reason
from hht.protocol.gbcs.errors import MalformedPayload

_SPECIAL_DAYS, _SCHEDULE, _SCRIPTS = "0-1:11.0.3.255", "0-1:12.0.2.255", bytes.fromhex("00000A0067FF")
_ACTIVATION, _ACTIVE_FROM = "0-0:94.44.128.26", 6
_DEVICE: Final = "0-0:94.44.0."  # and 20 + the number of a switch: the HAN device that it is, 0: one in the meter
_CLOSE, _OPEN = 1, 2
_SWITCH, _TO_LEVEL = 1, 0x80
_LEVELS: Final = {0: False, 100: True}
_LEAP_YEAR: Final = 2000  # has every day that a year can have
_ANY: Final = 0xFF
_WEEK: Final = range(7)
Day = tuple[int, int]  # month and day of each year


@dataclass(frozen=True, slots=True)
class _Entry:
    """`weekdays` and `special` as "1100": Monday or day 1 first. `since`, `until`: None: all the year."""

    number: int
    closed: bool
    time_s: int
    weekdays: str
    special: str
    since: Day | None
    until: Day | None

    def holds(self, day: Day) -> bool:
        """Whether `day` lies between its dates."""
        if self.since is None or self.until is None:
            return True
        if self.since <= self.until:
            return self.since <= day <= self.until
        return day >= self.since or day <= self.until


def _old_selector(selector: int) -> tuple[int, bool]:
    number, what = divmod(selector, 0x100)
    if what not in (_CLOSE, _OPEN):
        raise MalformedPayload(_("A switch is closed or opened by its calendar."))
    return number, what == _CLOSE


def _new_selector(selector: int) -> tuple[int, bool]:
    kind, number, level = selector >> 12, selector >> 8 & 0x0F, selector & 0xFF
    if kind != _SWITCH or not level & _TO_LEVEL:
        raise MalformedPayload(_("A switch is closed or opened by its calendar."))
    if level & ~_TO_LEVEL not in _LEVELS:
        raise DeviceRefusal(
            Reason.OTHER,
            _("The emulated meter has switches alone, and no controllers that are partly on."),
            remedy=_("Send levels of 0 or 100."),
        )
    return number, _LEVELS[level & ~_TO_LEVEL]


def _entries(asked: Asked, meaning: Callable[[int], tuple[int, bool]]) -> list[_Entry]:
    found = []
    for row in entries_of(written(asked, _SCHEDULE), 0):
        _index, enabled, script, selector, time, _window, weekdays, special, since, until = entries_of(row, 10)
        if script != _SCRIPTS or not isinstance(weekdays, str) or not isinstance(special, str):
            raise MalformedPayload(_("An entry of the schedule is no switching time of a switch."))
        hour, minute, second, _hundredths = some_octets(time, 4)
        number, closed = meaning(a_number(selector))
        if enabled is True:
            time_s = (hour * 60 + minute) * 60 + second
            found.append(_Entry(number, closed, time_s, weekdays, special, _each_year(since), _each_year(until)))
    return found


def _each_year(octets: Any) -> Day | None:
    """Raises ValueError for what is no day of a year."""
    _high, _low, month, day, _weekday = some_octets(octets, 5)
    if (month, day) == (_ANY, _ANY):
        return None
    date(_LEAP_YEAR, month, day)
    return month, day


def _calendar(entries: Sequence[_Entry], special_days: Iterable[tuple[bytes, int]]) -> Calendar:
    """Of one switch. Raises ValueError where two entries are for the same time, and for what is no day."""
    names: dict[tuple[tuple[int, int], ...], str] = {}

    def named(chosen: Iterable[_Entry]) -> str:
        times = tuple(sorted((one.time_s, int(one.closed)) for one in chosen))
        return names.setdefault(times, str(len(names) + 1))

    def week(begins: Day) -> tuple[str, str, str, str, str, str, str]:
        held = [one for one in entries if one.holds(begins)]
        one, two, three, four, five, six, seven = (
            named(entry for entry in held if entry.weekdays[day : day + 1] == "1") for day in _WEEK
        )
        return one, two, three, four, five, six, seven

    seasons = tuple(Season(begins, week(begins)) for begins in sorted(_boundaries(entries)))
    special: dict[date, str] = {}
    yearly: dict[Day, str] = {}
    for octets, number in special_days:
        day = _each_year(octets)
        if day is None:
            raise ValueError("a special day is a day")
        name = named(one for one in entries if one.special[number - 1 : number] == "1" and one.holds(day))
        if octets[:2] == b"\xff\xff":
            yearly[day] = name
        else:
            special[date(int.from_bytes(octets[:2], "big"), *day)] = name
    days = {name: DayProfile(times) for times, name in names.items()}
    return Calendar(days, seasons, special, yearly)


def _boundaries(entries: Iterable[_Entry]) -> set[Day]:
    """The days of the year on which entries begin or cease to hold."""
    found: set[Day] = set()
    for one in entries:
        if one.since is not None and one.until is not None:
            after = date(_LEAP_YEAR, *one.until) + timedelta(days=1)
            found |= {one.since, (after.month, after.day)}
    return found or {(1, 1)}


def _calendars(asked: Asked, meaning: Callable[[int], tuple[int, bool]]) -> tuple[tuple[int, Calendar], ...]:
    special = [
        (some_octets(day, 5), a_number(number))
        for _index, day, number in (entries_of(row, 3) for row in entries_of(written(asked, _SPECIAL_DAYS), 0))
    ]
    try:
        entries = _entries(asked, meaning)
        return tuple(
            (number, _calendar([one for one in entries if one.number == number], special))
            for number in sorted({one.number for one in entries})
        )
    except ValueError:
        raise MalformedPayload(_("The schedule and its special days do not fit together.")) from None


def _with_devices(asked: Asked) -> SetCalendars:
    """ECS46c says besides which device each switch is."""
    assert isinstance(asked.device, ElectricityMeter)
    network = asked.device.node.network if asked.device.node is not None else None
    ids = {} if network is None else {node.device.name: eui for eui, node in network.members.items()}
    switches = asked.device.load_control.switches
    for number in range(1, SWITCHES + 1):
        wanted = some_octets(written(asked, f"{_DEVICE}{20 + number}"), 8)
        there = switches[number].plan.device if number in switches else ""
        if wanted != bytes.fromhex(ids.get(there, "").replace("-", "")).rjust(8, b"\0"):
            raise DeviceRefusal(
                Reason.OTHER,
                _("The emulated meter's switch {number} is another device than the command says.").format(
                    number=number
                ),
                remedy=_("Name the devices as they are at this premises."),
            )
    return SetCalendars(_calendars(asked, _old_selector))


def _when(asked: Asked) -> int | None:
    return activation_ms(written(asked, _ACTIVATION, _ACTIVE_FROM))


TABLE: Final[dict[int, Translation]] = {
    0x0054: by_access(_with_devices, at_ms=_when),
    0x011A: by_access(lambda asked: SetControllerCalendars(_calendars(asked, _new_selector)), at_ms=_when),
}
