"""British local time in whole seconds of UTC (Unix): summer time holds from 01:00 UTC on the last Sunday of March to
01:00 UTC on the last Sunday of October. Written out, so that no zone files are needed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

DAY_S: Final = 86_400
HOUR_S: Final = 3600


@lru_cache(maxsize=64)
def summer_time(year: int) -> tuple[int, int]:
    """When summer time begins and ends in a year, Unix seconds."""
    begins, ends = (_last_sunday(year, month) for month in (3, 10))
    return begins + HOUR_S, ends + HOUR_S


def local_offset_s(time_s: int) -> int:
    """How far local time is ahead of UTC at `time_s` (Unix seconds): 0 or 3600."""
    begins, ends = summer_time(datetime.fromtimestamp(time_s, UTC).year)
    return HOUR_S if begins <= time_s < ends else 0


def next_change(time_s: int) -> int:
    """When local time next goes forward or back after `time_s`, Unix seconds."""
    year = datetime.fromtimestamp(time_s, UTC).year
    return next(moment for moment in (*summer_time(year), *summer_time(year + 1)) if moment > time_s)


def _last_sunday(year: int, month: int) -> int:
    last = date(year, month, 31)
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    return (sunday - date(1970, 1, 1)).days * DAY_S


def local_day(time_s: int) -> date:
    """Which day it is there at `time_s`."""
    return date(1970, 1, 1) + timedelta(days=(time_s + local_offset_s(time_s)) // DAY_S)


def midnight_s(day: date) -> int:
    """When that day begins there, Unix seconds. The clocks change after midnight, so each day has one."""
    base_s = (day - date(1970, 1, 1)).days * DAY_S
    return base_s - local_offset_s(base_s - HOUR_S)
