"""What a household draws and exports, half-hour by half-hour: believable, seeded, and cheap (about 2 µs a half-hour).

The shape follows local time (people do), the index is UTC. Only integer arithmetic: the same watt-hours everywhere.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from hht.model.seeded import mix, subseed

HALF_HOUR_S = 1800
_DAY_SLOTS = 48

# Parts of a day's use per half-hour of local time, in thousandths of the average half-hour above base load.
_WORKDAY = (
    180, 150, 120, 110, 100, 100, 100, 100, 100, 110, 140, 250,
    520, 1050, 1500, 1450, 1150, 850, 700, 640, 600, 600, 620, 700,
    820, 800, 700, 640, 620, 660, 850, 1150, 1600, 2150, 2500, 2550,
    2350, 2100, 1900, 1800, 1700, 1600, 1450, 1200, 900, 620, 400, 260,
)  # fmt: skip
_WEEKEND = (
    260, 220, 170, 140, 120, 110, 100, 100, 100, 100, 110, 130,
    220, 420, 700, 1000, 1300, 1500, 1550, 1500, 1400, 1350, 1400, 1550,
    1700, 1650, 1450, 1300, 1200, 1200, 1300, 1500, 1800, 2150, 2350, 2350,
    2150, 1950, 1850, 1800, 1700, 1600, 1500, 1300, 1050, 800, 550, 360,
)  # fmt: skip
_SEASON = (1320, 1260, 1140, 980, 860, 790, 770, 780, 850, 980, 1170, 1310)  # by month, thousandths
_SUNRISE = (16, 15, 13, 11, 9, 8, 9, 11, 12, 13, 15, 16)  # first half-hour (UTC) with sun, by month, at 52° N
_SUNSET = (32, 34, 37, 39, 41, 43, 42, 40, 37, 35, 33, 32)
_SUN = (240, 380, 600, 820, 940, 1000, 980, 880, 690, 450, 280, 200)  # midday yield by month, thousandths of the peak


@dataclass(frozen=True, slots=True)
class HouseholdShape:
    """How much a household uses. `annual_wh` is import without generation; `solar_peak_w` 0 means no generation.
    `shares`: thousandths of it on each phase or element; one number alone means that the meter's usual ones hold.
    `sun_of`: the meter under whose sky its panels lie, by name ("": its own): two meters of one roof see one sun."""

    annual_wh: int = 3_100_000
    base_load_w: int = 110
    solar_peak_w: int = 0
    away_weeks_percent: int = 6
    shares: tuple[int, ...] = (1000,)
    sun_of: str = ""


class Household:
    """Watt-hours imported and exported in any half-hour, by its index (Unix seconds // 1800)."""

    def __init__(self, shape: HouseholdShape, seed: int, sun_seed: int | None = None) -> None:
        self._shape = shape
        self._seed = subseed(seed, "household")
        self._solar_seed = subseed(seed if sun_seed is None else sun_seed, "solar")
        base_wh = shape.base_load_w // 2
        per_half_hour = shape.annual_wh // (365 * _DAY_SLOTS)
        self._base_wh = min(base_wh, per_half_hour)
        self._active_wh = max(0, per_half_hour - self._base_wh)

    def half_hours(self, first: int, count: int) -> Iterator[tuple[int, int]]:
        """(import Wh, export Wh) for `count` half-hours from index `first`."""
        index = first
        end = first + count
        while index < end:
            day = index // _DAY_SLOTS
            stop = min(end, (day + 1) * _DAY_SLOTS)
            yield from self._day_part(day, index % _DAY_SLOTS, stop - day * _DAY_SLOTS)
            index = stop

    def _day_part(self, day: int, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The half-hours `start` <= slot < `stop` of one UTC day."""
        month, local_shift = month_and_shift(day)
        weights = _WEEKEND if (day + 3) % 7 >= 5 else _WORKDAY  # day 0 was a Thursday
        away = mix(self._seed ^ 0xA3A1, (day + 3) // 7) % 100 < self._shape.away_weeks_percent
        scale = 0 if away else self._active_wh * _SEASON[month]
        base, seed, row = self._base_wh, self._seed, day * _DAY_SLOTS
        sun = self._sun(day, month) if self._shape.solar_peak_w else None
        for slot in range(start, stop):
            bits = mix(seed, row + slot)
            weight = weights[(slot + local_shift) % _DAY_SLOTS]
            used = base + scale * weight * (600 + (bits & 511)) // 1_000_000_000
            # Now and then something heavy runs: a kettle, an oven, a shower. Rarely at night.
            if not away and (bits >> 10) & 4095 < weight // 8:
                used += 150 + (bits >> 24) % 900
            yield (used, 0) if sun is None else _net(used, sun[slot], bits)

    def _sun(self, day: int, month: int) -> list[int]:
        """Watt-hours generated in each half-hour of a day: a parabola from sunrise to sunset under the day's clouds."""
        rise, fall = _SUNRISE[month], _SUNSET[month]
        clear = 150 + mix(self._solar_seed, day) % 851
        peak = self._shape.solar_peak_w * _SUN[month] * clear // 2_000_000
        half = (fall - rise) * (fall - rise)
        row = day * _DAY_SLOTS
        result = [0] * _DAY_SLOTS
        for slot in range(rise, fall):
            shape = 4 * (slot - rise) * (fall - slot) * peak // half
            result[slot] = shape * (700 + mix(self._solar_seed, row + slot + 1) % 301) // 1000
        return result


def _net(used: int, made: int, bits: int) -> tuple[int, int]:
    """Import and export of a half-hour: use and generation overlap only in part, so a little goes both ways."""
    if not made:
        return used, 0
    met = min(used, made) * (800 + (bits >> 40) % 180) // 1000
    return used - met, made - met


@cache
def month_and_shift(day: int) -> tuple[int, int]:
    """Month (0..11) of a UTC day, and half-hours that British local time is ahead (2 in summer time)."""
    moment = date(1970, 1, 1) + timedelta(days=day)
    month = moment.month
    summer = 3 < month < 10
    if month in (3, 10):
        last_sunday = max(week[calendar.SUNDAY] for week in calendar.monthcalendar(moment.year, month))
        summer = (moment.day >= last_sunday) == (month == 3)
    return month - 1, 2 if summer else 0
