"""A calendar of switching times in UTC: seasons, weeks, days and special days, as meters have them.

What is switched (tariff registers, auxiliary loads, non-disablement) is a whole number that the user of the calendar
understands.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

DAY_S = 86_400
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DayProfile:
    """What is in force from which second of the UTC day on, in order of time. Before the first: what was before."""

    entries: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        times = [time for time, _value in self.entries]
        if times != sorted(set(times)) or not all(0 <= time < DAY_S for time in times):
            raise ValueError("switching times rise, and lie within the day")


@dataclass(frozen=True, slots=True)
class Season:
    """From (month, day) each year on, this week holds: seven day names, Monday first."""

    starts: tuple[int, int]
    week: tuple[str, str, str, str, str, str, str]


@dataclass(frozen=True)
class Calendar:
    """Every day has a profile: a special day's, or that of its weekday in the season. `days` by name; `yearly`: special
    days of every year, by (month, day). Raises ValueError for a name without a profile, and where there is no season.
    """

    days: dict[str, DayProfile]
    seasons: tuple[Season, ...]
    special: dict[date, str] = field(default_factory=dict)
    yearly: dict[tuple[int, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.seasons:
            raise ValueError("a calendar needs a season")
        names = {name for season in self.seasons for name in season.week} | {
            *self.special.values(),
            *self.yearly.values(),
        }
        unknown = sorted(names - set(self.days))
        if unknown:
            raise ValueError(f"no day is called {', '.join(unknown)}")

    @property
    def empty(self) -> bool:
        """Whether nothing is ever switched."""
        return not any(profile.entries for profile in self.days.values())

    def profile(self, day: int) -> DayProfile:
        """The profile of the `day`-th day since 1970."""
        return _profile(_Hashed(self), day)

    def at(self, time_s: int) -> int | None:
        """What is in force at `time_s` (Unix seconds); None when nothing was ever switched up to a year before."""
        day, second = divmod(time_s, DAY_S)
        entries = self.profile(day).entries
        index = bisect_right(entries, (second, 1 << 62))
        if index:
            return entries[index - 1][1]
        if self.empty:
            return None
        for earlier in range(day - 1, day - 367, -1):
            entries = self.profile(earlier).entries
            if entries:
                return entries[-1][1]
        return None

    def after(self, time_s: int) -> tuple[int, int] | None:
        """The next switching after `time_s`: (Unix seconds, what is then in force); None if there is none in a year."""
        if self.empty:
            return None
        day, second = divmod(time_s, DAY_S)
        for later in range(day, day + 367):
            for time, value in self.profile(later).entries:
                if later > day or time > second:
                    return later * DAY_S + time, value
        return None


class _Hashed:
    """A calendar as a key of the cache: by identity, for it never changes."""

    __slots__ = ("calendar",)

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar

    def __hash__(self) -> int:
        return id(self.calendar)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashed) and other.calendar is self.calendar


@lru_cache(maxsize=4096)
def _profile(hashed: _Hashed, day: int) -> DayProfile:
    calendar = hashed.calendar
    moment = _EPOCH + timedelta(days=day)
    special = calendar.special.get(moment) or calendar.yearly.get((moment.month, moment.day))
    if special is not None:
        return calendar.days[special]
    seasons = sorted(calendar.seasons, key=lambda season: season.starts)
    begun = [season for season in seasons if season.starts <= (moment.month, moment.day)]
    return calendar.days[(begun or seasons)[-1].week[moment.weekday()]]


def every_day(entries: tuple[tuple[int, int], ...], special: dict[date, str] | None = None) -> Calendar:
    """The same switching times each day of the year."""
    days = {"day": DayProfile(entries)}
    return Calendar(days, (Season((1, 1), ("day",) * 7),), special or {})


def unix(moment: datetime) -> int:
    """Whole Unix seconds of an aware time."""
    return int(moment.astimezone(UTC).timestamp() // 1)
