"""The tariff of an electricity meter, set and read (ECS01a, ECS01b, ECS24).

The model's tariff has time-of-use registers, or registers that all have the same blocks; GBCS has both beside each
other. Selectors of a calendar are a register's number, with blocks 100 more; a price of a register has its number for
index, of a register's block see `block_index`. Money is counted in thousandths of a penny, energy in Wh.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from hht.emulation import calendar_values as calendars
from hht.emulation.gbcs.translation import (
    Asked,
    Translation,
    a_number,
    activation_ms,
    by_access,
    entries_of,
    read_items,
    some_octets,
    written,
)
from hht.emulation.tariff_objects import TOU_SCRIPTS, block_index, price_in_force, price_matrix, unit_charge
from hht.i18n import _
from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.calendar import Calendar, DayProfile, Season
from hht.model.features.tariff import ReadTariff, SetPrice, SetTariff
from hht.model.features.tariff_check import ELECTRICITY
from hht.model.features.tariff_plan import TariffPlan
from hht.model.refusal import DeviceRefusal, Reason
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.data import Data
from hht.protocol.gbcs.errors import MalformedPayload

_CALENDAR, _SPECIAL, _NEXT_SPECIAL = "0-0:13.0.0.255", "0-0:11.0.0.255", "0-1:11.0.0.255"
_PRICES, _STANDING = "0-0:19.20.0.255", "0-0:19.20.4.255"
_CURRENCY, _PRICE_NOW = "0-0:94.44.2.0", "0-0:94.44.1.7"
_NEXT_SEASONS, _NEXT_WEEKS, _NEXT_DAYS, _ACTIVATION = 7, 8, 9, 10  # attributes of the calendar
_NEXT_CHARGE, _CHARGE_ACTIVATION = 6, 7
_WITH_BLOCKS: Final = 100
_NO_THRESHOLD: Final = 0xFFFF_FFFF
_LEAP_YEAR: Final = 2000  # has every day that a year can have
_ANY_YEAR: Final = b"\xff\xff"
_KILO, _POUNDS, _PER_KWH = 3, -5, 254
_IMPORT: Final = (3, "1-0:1.8.0.255", 2)


def _cannot(words: str) -> DeviceRefusal:
    return DeviceRefusal(Reason.OTHER, words, remedy=_("Send a tariff that the meter can hold."))


# --- setting


def _tariff(asked: Asked) -> SetTariff:
    if written(asked, _CURRENCY, 4) is not True:
        raise _cannot(_("The emulated meter counts in pounds."))
    days = {str(a_number(day)): _day(entries) for day, entries in _rows(asked, _CALENDAR, _NEXT_DAYS, 2)}
    selectors = {value for profile in days.values() for _time, value in profile.entries} or {1}
    with_blocks = min(selectors) > _WITH_BLOCKS
    if not with_blocks and max(selectors) > _WITH_BLOCKS:
        raise _cannot(_("The emulated meter has time-of-use registers, or registers with blocks, not both."))
    offset = _WITH_BLOCKS if with_blocks else 0
    registers = {selector - offset for selector in selectors}
    thresholds = _thresholds(asked, registers) if with_blocks else ()
    plan = TariffPlan(
        "",
        _calendar(asked, days, offset),
        _prices(charges(asked, _PRICES, _KILO), max(registers), len(thresholds) + 1 if with_blocks else 0),
        _standing(asked),
        thresholds,
    )
    return SetTariff(plan)


def _rows(asked: Asked, name: str, number: int, size: int) -> list[tuple[Any, ...]]:
    return [entries_of(row, size) for row in entries_of(written(asked, name, number), 0)]


def _day(entries: Any) -> DayProfile:
    found = []
    for entry in entries_of(entries, 0):
        time, _script, selector = entries_of(entry, 3)
        hour, minute, second, _hundredths = some_octets(time, 4)
        found.append(((hour * 60 + minute) * 60 + second, a_number(selector)))
    try:
        return DayProfile(tuple(sorted(found)))
    except ValueError:
        raise MalformedPayload(_("The switching times of a day do not follow each other.")) from None


def _calendar(asked: Asked, days: dict[str, DayProfile], offset: int) -> Calendar | None:
    """Seasons begin each year: the model has none of one year alone. None: nothing is ever switched."""
    if not any(profile.entries for profile in days.values()):
        return None
    profiles = {name: DayProfile(tuple((at, value - offset) for at, value in p.entries)) for name, p in days.items()}
    try:
        return Calendar(profiles, _seasons(asked), *_special_days(asked))
    except ValueError:
        raise MalformedPayload(_("The seasons, weeks, days and special days do not fit together.")) from None


def _seasons(asked: Asked) -> tuple[Season, ...]:
    """Raises ValueError for a season without a week, or one that begins on no day of the year."""
    weeks = {some_octets(row[0]): row[1:] for row in _rows(asked, _CALENDAR, _NEXT_WEEKS, 8)}
    seasons = []
    for _name, begins, week in _rows(asked, _CALENDAR, _NEXT_SEASONS, 3):
        month, day = some_octets(begins, 12)[2:4]
        date(_LEAP_YEAR, month, day)
        one, two, three, four, five, six, seven = (str(a_number(one)) for one in weeks.get(some_octets(week), ()))
        seasons.append(Season((month, day), (one, two, three, four, five, six, seven)))
    return tuple(seasons)


def _special_days(asked: Asked) -> tuple[dict[date, str], dict[tuple[int, int], str]]:
    """Those of one year, and those of every year. Raises ValueError for what is no day."""
    special, yearly = {}, {}
    for _index, moment, number in _rows(asked, _NEXT_SPECIAL, 2, 3):
        octets, name = some_octets(moment, 5), str(a_number(number))
        any_year = octets[:2] == _ANY_YEAR
        day = date(_LEAP_YEAR if any_year else int.from_bytes(octets[:2], "big"), octets[2], octets[3])
        if any_year:
            yearly[day.month, day.day] = name
        else:
            special[day] = name
    return special, yearly


def _thresholds(asked: Asked, registers: set[int]) -> tuple[int, ...]:
    """GBCS has a set for each of eight registers, the model one for all."""
    found = {
        tuple(
            wh
            for wh in map(a_number, entries_of(written(asked, f"0-0:16.1.{10 + number}.255"), 0))
            if wh != _NO_THRESHOLD
        )
        for number in registers
    }
    if len(found) != 1:
        raise _cannot(_("The emulated meter has the same block thresholds for every register."))
    return found.pop()


def charges(asked: Asked, name: str, commodity_scale: int) -> dict[int, int]:
    """A charge table by index (0: it has one), in thousandths of a penny."""
    (commodity, scale), _commodity, table = (
        entries_of(part, size)
        for part, size in zip(entries_of(written(asked, name, _NEXT_CHARGE), 3), (2, 3, 0), strict=True)
    )
    if commodity != commodity_scale or not _POUNDS <= a_number(scale) <= 0:
        raise _cannot(_("The prices are counted in other units than the meter's."))
    rows = [entries_of(row, 2) for row in table]
    times = 10 ** (scale - _POUNDS)
    return {int.from_bytes(some_octets(index), "big"): a_number(price) * times for index, price in rows}


def _prices(matrix: dict[int, int], registers: int, blocks: int) -> tuple[tuple[int, ...], ...]:
    """`blocks` 0: without any."""
    return tuple(
        tuple(matrix.get(block_index(block, number), 0) for block in range(blocks))
        if blocks
        else (matrix.get(number, 0),)
        for number in range(1, registers + 1)
    )


def _standing(asked: Asked) -> int:
    return charges(asked, _STANDING, 0).get(0, 0)


def _price(asked: Asked) -> SetPrice:
    plan = _meter(asked).tariff.plan
    blocks = len(plan.thresholds_wh) + 1 if plan.thresholds_wh else 0
    return SetPrice(_prices(charges(asked, _PRICES, _KILO), len(plan.prices), blocks), _standing(asked))


def _meter(asked: Asked) -> ElectricityMeter:
    assert isinstance(asked.device, ElectricityMeter)
    return asked.device


# --- reading


def _told(asked: Asked, plan: TariffPlan) -> AccessResponse:
    selector = _WITH_BLOCKS if plan.thresholds_wh else 0
    every = [*range(1, ELECTRICITY.registers + 1)]
    every += [
        block_index(block, n) for block in range(ELECTRICITY.blocks) for n in range(1, ELECTRICITY.beside_blocks + 1)
    ]
    known: dict[tuple[str, int], Data] = {
        (_PRICE_NOW, 2): cosem.double_long_unsigned(price_in_force(_meter(asked).tariff)),
        (_PRICE_NOW, 3): cosem.structure(cosem.integer(_POUNDS), cosem.enumerated(_PER_KWH)),
        (_CALENDAR, 3): calendars.seasons(plan.calendar),
        (_CALENDAR, 4): calendars.weeks(plan.calendar),
        (_CALENDAR, 5): calendars.days(_shifted(plan.calendar, selector), TOU_SCRIPTS),
        (_SPECIAL, 2): calendars.special_days(plan.calendar),
        (_CURRENCY, 2): cosem.boolean(True),
        (_STANDING, 5): unit_charge({0: plan.standing_charge}),
        (_PRICES, 5): unit_charge(dict.fromkeys(every, 0) | price_matrix(plan), _IMPORT, _KILO),
    }
    limits = [*plan.thresholds_wh, *[_NO_THRESHOLD] * (ELECTRICITY.blocks - 1)][: ELECTRICITY.blocks - 1]
    for number in range(1, ELECTRICITY.beside_blocks + 1):
        known[f"0-0:16.0.{10 + number}.255", 2] = cosem.array([cosem.double_long_unsigned(wh) for wh in limits])
    return read_items(asked, known)


def _shifted(calendar: Calendar | None, selector: int) -> Calendar | None:
    """With selectors in place of registers."""
    if calendar is None or not selector:
        return calendar
    days = {
        name: DayProfile(tuple((at, value + selector) for at, value in profile.entries))
        for name, profile in calendar.days.items()
    }
    return Calendar(days, calendar.seasons, calendar.special, calendar.yearly)


TABLE: Final[dict[int, Translation]] = {
    0x0019: by_access(_tariff, at_ms=lambda asked: activation_ms(written(asked, _CALENDAR, _ACTIVATION))),
    0x00A2: by_access(_price, at_ms=lambda asked: activation_ms(written(asked, _PRICES, _CHARGE_ACTIVATION))),
    0x003A: by_access(lambda _asked: ReadTariff(), _told),
}
