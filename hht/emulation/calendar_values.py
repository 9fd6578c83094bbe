"""Calendars of switching times as COSEM has them: activity calendar (class 20), special days (11), schedule (10).

Days are numbered from 1 in the calendar's own order; seasons and weeks are called S1, W1 and so on. All times are UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from hht.model.features.calendar import Calendar, Season
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.obis import Obis

NEVER: Final = b"\xff" * 12
ANY_DATE: Final = b"\xff" * 5
EVERY_DAY: Final = "1111111"
ALWAYS_VALID: Final = 0xFFFF
_EACH_YEAR: Final = b"\xff\xff"
_ANY_TIME: Final = b"\xff\xff\xff\xff\xff\x80\x00\xff"  # weekday, time, deviation not specified, status


def time_of_day(time_s: int) -> Data:
    """Seconds of the UTC day as four octets: hour, minute, second, no hundredths."""
    return cosem.octets(bytes((time_s // 3600, time_s // 60 % 60, time_s % 60, 0)))


def seasons(calendar: Calendar | None) -> Data:
    """structure{name, begin each year, week} of each season."""
    return cosem.array(
        [
            cosem.structure(
                cosem.octets(f"S{number}".encode()),
                cosem.octets(_EACH_YEAR + bytes(season.starts) + _ANY_TIME),
                cosem.octets(f"W{number}".encode()),
            )
            for number, season in enumerate(_seasons(calendar), 1)
        ]
    )


def weeks(calendar: Calendar | None) -> Data:
    """structure{name, seven day numbers from Monday} of each season's week."""
    return cosem.array(
        [
            cosem.structure(
                cosem.octets(f"W{number}".encode()),
                *(cosem.unsigned(_day_number(calendar, name)) for name in season.week),
            )
            for number, season in enumerate(_seasons(calendar), 1)
        ]
    )


def days(calendar: Calendar | None, script: str) -> Data:
    """structure{number, array of {time, script table, what is in force}} of each day; the last is the script's
    selector."""
    if calendar is None:
        return cosem.array(())
    table = cosem.octets(bytes(Obis.parse(script)))
    return cosem.array(
        [
            cosem.structure(
                cosem.unsigned(number),
                cosem.array(
                    [
                        cosem.structure(time_of_day(time_s), table, cosem.long_unsigned(value))
                        for time_s, value in profile.entries
                    ]
                ),
            )
            for number, profile in enumerate(calendar.days.values(), 1)
        ]
    )


def special_days(calendar: Calendar | None) -> Data:
    """structure{index, date, day number} of each special day, those of every year last."""
    dated: dict[date, str] = {} if calendar is None else calendar.special
    yearly: dict[tuple[int, int], str] = {} if calendar is None else calendar.yearly
    rows = [
        (moment.year.to_bytes(2, "big") + bytes((moment.month, moment.day, moment.isoweekday())), name)
        for moment, name in sorted(dated.items())
    ]
    rows += [(_yearly(day), name) for day, name in sorted(yearly.items())]
    return cosem.array(
        [
            cosem.structure(
                cosem.long_unsigned(index), cosem.octets(octets), cosem.unsigned(_day_number(calendar, name))
            )
            for index, (octets, name) in enumerate(rows, 1)
        ]
    )


def schedule(calendars: Sequence[tuple[Calendar | None, Callable[[int], int]]], script: str) -> Data:
    """Class 10's entries of one or several calendars; each comes with what makes the script's selector of a value."""
    entries: list[Data] = []
    for calendar, selector in calendars:
        for season, ends in _with_ends(_seasons(calendar)):
            assert calendar is not None
            span = None if ends == season.starts else (season.starts, ends)
            for name in dict.fromkeys(season.week):
                weekdays = "".join("1" if day == name else "0" for day in season.week)
                for time_s, value in calendar.days[name].entries:
                    entries.append(schedule_entry(len(entries) + 1, script, selector(value), time_s, weekdays, span))
    return cosem.array(entries)


def schedule_entry(
    index: int,
    script: str,
    selector: int,
    time_s: int,
    weekdays: str = EVERY_DAY,
    span: tuple[tuple[int, int], tuple[int, int]] | None = None,
) -> Data:
    """One entry of class 10. `weekdays` from Monday; `span`: first and last (month, day) of each year, None: always."""
    begins, ends = (ANY_DATE, ANY_DATE) if span is None else (_yearly(one) for one in span)
    return cosem.structure(
        cosem.long_unsigned(index),
        cosem.boolean(True),
        cosem.octets(bytes(Obis.parse(script))),
        cosem.long_unsigned(selector),
        time_of_day(time_s),
        cosem.long_unsigned(ALWAYS_VALID),
        cosem.bit_string(weekdays),
        cosem.bit_string(""),
        cosem.octets(begins),
        cosem.octets(ends),
    )


def _yearly(day: tuple[int, int]) -> bytes:
    return _EACH_YEAR + bytes(day) + b"\xff"


def _seasons(calendar: Calendar | None) -> list[Season]:
    return [] if calendar is None else sorted(calendar.seasons, key=lambda season: season.starts)


def _with_ends(found: list[Season]) -> list[tuple[Season, tuple[int, int]]]:
    """Each season, and the day on which the next one begins."""
    return [(season, found[(number + 1) % len(found)].starts) for number, season in enumerate(found)]


def _day_number(calendar: Calendar | None, name: str) -> int:
    assert calendar is not None
    return list(calendar.days).index(name) + 1
