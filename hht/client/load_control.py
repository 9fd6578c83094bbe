"""Auxiliary load control as a meter shows it: its switches, their calendar, and the calendar of its tariff.

Objects as GBCS names them (factbook 2.4, 2.5, 6.1): class 70 for each contact, class 10 for the switching times of all
switches (a script's selector is 256 times the switch's number, and 1 to close it), class 20 for the tariff's. Times are
seconds of the UTC day.
"""

from __future__ import annotations

from dataclasses import dataclass

from hht.client import catalogue
from hht.client.meter_objects import MeterObjects
from hht.client.values import items_of, makes_no_sense, number_of, text_of, time_of_day_s
from hht.i18n import _
from hht.protocol.cosem.data import Data, DataType
from hht.protocol.cosem.obis import Obis

SWITCHES = 5
CLASS_SCHEDULE, CLASS_SPECIAL_DAYS, CLASS_ACTIVITY = 10, 11, 20
SCHEDULE, SWITCH_SPECIAL_DAYS = "0-0:12.0.2", "0-0:11.0.3"
TARIFF_CALENDAR, TARIFF_SPECIAL_DAYS = "0-0:13.0.0", "0-0:11.0.0"
_ON_HAN = 2  # the first octet of a switch's kind
_ANY, _ANY_YEAR = 0xFF, 0xFFFF
_DAY_S = 86_400
_WEEK = 7

YearDay = tuple[int, int]  # month, day


@dataclass(frozen=True, slots=True)
class AuxiliarySwitch:
    """One switch. `state`: the meter's own words for it; `boost`: the boost button closes it; None: the meter has no
    such button."""

    number: int
    label: str
    on_han: bool
    closed: bool
    state: str
    boost: bool | None


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """Class 10: what is switched at which second of the UTC day, on which weekdays (Monday first), from which day of
    the year to before which other one; no span: all year."""

    switch: int
    closes: bool
    time_s: int
    weekdays: tuple[bool, ...]
    span: tuple[YearDay, YearDay] | None


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that goes by another profile; `year` None: each year."""

    year: int | None
    month: int
    day: int
    profile: int


@dataclass(frozen=True, slots=True)
class TariffCalendar:
    """Class 20: `seasons` are (begins, week's name), `weeks` seven profiles from Monday by name, `profiles` the
    (second of the UTC day, register) of each day's by number."""

    name: str
    seasons: tuple[tuple[YearDay, str], ...]
    weeks: dict[str, tuple[int, ...]]
    profiles: dict[int, tuple[tuple[int, int], ...]]
    special: tuple[SpecialDay, ...]


@dataclass(frozen=True, slots=True)
class LoadControl:
    """All of it. `special`: days on which the switches go by something that the schedule does not say. `tariff`: None
    where the meter shows no calendar."""

    switches: tuple[AuxiliarySwitch, ...]
    schedule: tuple[ScheduleEntry, ...]
    special: tuple[SpecialDay, ...]
    tariff: TariffCalendar | None


async def read_load_control(meter: MeterObjects) -> LoadControl:
    """Everything that the meter shows of it. Raises MeterError where it makes no sense, and what a link raises."""
    switches = await read_switches(meter)
    schedule: tuple[ScheduleEntry, ...] = ()
    special: tuple[SpecialDay, ...] = ()
    if switches and await meter.has(SCHEDULE):
        schedule = _schedule(await meter.get(CLASS_SCHEDULE, SCHEDULE, 2))
        special = await _special_days(meter, SWITCH_SPECIAL_DAYS)
    tariff = await _tariff(meter) if await meter.has(TARIFF_CALENDAR) else None
    return LoadControl(switches, schedule, special, tariff)


async def read_switches(meter: MeterObjects) -> tuple[AuxiliarySwitch, ...]:
    """The switches that the meter has, as they are now; none where it has none."""
    shown = [number for number in range(1, SWITCHES + 1) if await meter.has(f"0-{number}:96.3.10")]
    wanted: list[tuple[int, str | Obis, int]] = []
    for number in shown:
        wanted.append((catalogue.CLASS_DISCONNECT, f"0-{number}:96.3.10", 2))
        wanted += [(catalogue.CLASS_DATA, f"0-0:94.44.0.{ten + number}", 2) for ten in (10, 20, 30)]
    async with meter.at_once(wanted):
        return tuple([await _switch(meter, number) for number in shown])


async def _switch(meter: MeterObjects, number: int) -> AuxiliarySwitch:
    contact = (await meter.get(catalogue.CLASS_DISCONNECT, f"0-{number}:96.3.10", 2)).value
    if not isinstance(contact, bool):
        raise makes_no_sense(_("switch {number}").format(number=number))
    label, kind, state = [
        await meter.get(catalogue.CLASS_DATA, f"0-0:94.44.0.{ten + number}", 2) for ten in (10, 20, 30)
    ]
    on_han = isinstance(kind.value, bytes) and kind.value[:1] == bytes((_ON_HAN,))
    boost = None
    if await meter.has(f"0-0:94.44.6.{number}"):
        boost = bool((await meter.get(catalogue.CLASS_DATA, f"0-0:94.44.6.{number}", 2)).value)
    return AuxiliarySwitch(number, text_of(label), on_han, contact, text_of(state), boost)


def _schedule(data: Data) -> tuple[ScheduleEntry, ...]:
    """The entries that are in force."""
    what = _("switching times")
    found = []
    for row in _rows(data, what):
        cells = items_of(row, 10, what)
        selector = number_of(cells[3], what, 0, 0xFFFF)
        enabled, days = cells[1].value, str(cells[6].plain())
        if len(days) != _WEEK or set(days) - {"0", "1"} or not isinstance(enabled, bool):
            raise makes_no_sense(what)
        if not enabled:
            continue
        begins, ends = _year_day(cells[8], what), _year_day(cells[9], what)
        found.append(
            ScheduleEntry(
                selector >> 8,
                bool(selector & 1),
                time_of_day_s(cells[4], what),
                tuple(bit == "1" for bit in days),
                (begins, ends) if begins is not None and ends is not None else None,
            )
        )
    return tuple(found)


async def _special_days(meter: MeterObjects, obis: str) -> tuple[SpecialDay, ...]:
    what = _("special days")
    if not await meter.has(obis):
        return ()
    found = []
    for row in _rows(await meter.get(CLASS_SPECIAL_DAYS, obis, 2), what):
        _index, date, profile = items_of(row, 3, what)
        if not isinstance(date.value, bytes) or len(date.value) != 5 or _ANY in date.value[2:4]:
            raise makes_no_sense(what)
        year = int.from_bytes(date.value[:2], "big")
        number = number_of(profile, what, 0, _ANY)
        found.append(SpecialDay(None if year == _ANY_YEAR else year, date.value[2], date.value[3], number))
    return tuple(found)


async def _tariff(meter: MeterObjects) -> TariffCalendar:
    what = _("tariff calendar")
    async with meter.at_once([(CLASS_ACTIVITY, TARIFF_CALENDAR, number) for number in (2, 3, 4, 5)]):
        name, seasons, weeks, days = [await meter.get(CLASS_ACTIVITY, TARIFF_CALENDAR, at) for at in (2, 3, 4, 5)]
    begun = []
    for row in _rows(seasons, what):
        _name, starts, week = items_of(row, 3, what)
        begins = _year_day(starts, what)
        begun.append((begins or (1, 1), text_of(week)))
    known = {}
    for row in _rows(weeks, what):
        cells = items_of(row, 1 + _WEEK, what)
        known[text_of(cells[0])] = tuple(number_of(cell, what, 0, _ANY) for cell in cells[1:])
    profiles = dict(_profile(row, what) for row in _rows(days, what))
    special = await _special_days(meter, TARIFF_SPECIAL_DAYS)
    named = {number for week in known.values() for number in week} | {one.profile for one in special}
    if {week for _begins, week in begun} - set(known) or named - set(profiles):
        raise makes_no_sense(what)
    return TariffCalendar(text_of(name), tuple(begun), known, profiles, special)


def _profile(row: Data, what: str) -> tuple[int, tuple[tuple[int, int], ...]]:
    number, actions = items_of(row, 2, what)
    times = []
    for action in _rows(actions, what):
        time, _script, selector = items_of(action, 3, what)
        times.append((time_of_day_s(time, what), number_of(selector, what, 0, 0xFFFF)))
    return number_of(number, what, 0, _ANY), tuple(sorted(times))


def _rows(data: Data, what: str) -> tuple[Data, ...]:
    if data.tag is not DataType.ARRAY:
        raise makes_no_sense(what)
    return data.as_items()


def _year_day(data: Data, what: str) -> YearDay | None:
    """Month and day of a date; None: any."""
    octets = data.value
    if not isinstance(octets, bytes) or len(octets) < 5:
        raise makes_no_sense(what)
    month, day = octets[2], octets[3]
    if month == _ANY or day == _ANY:
        return None
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        raise makes_no_sense(what)
    return month, day
