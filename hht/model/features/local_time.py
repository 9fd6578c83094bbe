"""British local time as devices have it: they keep UTC; where local time counts, it is worked out here (IDT-04)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from hht.british_time import local_offset_s, next_change
from hht.i18n import _
from hht.model.features.calendar import DAY_S, Calendar, DayProfile, Season
from hht.model.features.display import Display, Page

if TYPE_CHECKING:
    from hht.model.meter_clock import MeterClock
    from hht.model.site import Site


def local_text(time_s: int) -> str:
    """A moment as a meter shows it to people: local time, then UTC, so that nobody takes the one for the other."""
    shift = local_offset_s(time_s)
    there = datetime.fromtimestamp(time_s + shift, UTC).strftime("%Y-%m-%d %H:%M")
    return f"{there} {'BST' if shift else 'GMT'} ({datetime.fromtimestamp(time_s, UTC).strftime('%H:%M')} UTC)"


def show_time(site: Site, clock: MeterClock, display: Display) -> None:
    """A page of a meter's display: its own clock, as people read it (factbook chapter 0: displays show local time)."""
    display.add_written(
        lambda: clock.meter_ms(site.now_ms) // 1000, lambda time_s: Page(_("Time"), (local_text(time_s),))
    )


@dataclass(frozen=True, slots=True)
class LocalCalendar:
    """A calendar whose times are local, asked in UTC: the meter itself moves the hour, and what is in force is always
    what its local time says. Times that spring leaps over are switched when it leaps, the last of them holds; what
    autumn has twice is switched twice."""

    calendar: Calendar

    def at(self, time_s: int) -> int | None:
        """What is in force at `time_s` (Unix seconds)."""
        return self.calendar.at(time_s + local_offset_s(time_s))

    def after(self, time_s: int) -> tuple[int, int] | None:
        """The next switching after `time_s`: (Unix seconds, what is then in force); None if there is none in a year."""
        begun_s = time_s
        while True:
            ahead_s, change_s = local_offset_s(begun_s), next_change(begun_s)
            following = self.calendar.after(begun_s + ahead_s)
            if following is not None and following[0] - ahead_s < change_s:
                return following[0] - ahead_s, following[1]
            value = self.at(change_s)
            if value is not None and value != self.at(change_s - 1):
                return change_s, value
            if following is None:
                return None
            begun_s = change_s


def in_utc(calendar: Calendar, ahead_s: int) -> Calendar:
    """A calendar of local times as one of UTC times, for as long as local time is `ahead_s` ahead (0 or 3600): what a
    supplier sends to a meter that knows UTC alone. Special days hold with the evening before them. Where a season
    begins, its first night's times before 01:00 still are the old season's."""
    if not ahead_s:
        return calendar
    days: dict[str, DayProfile] = {}
    seasons: list[Season] = []
    for number, season in enumerate(calendar.seasons):
        week: list[str] = []
        for weekday, name in enumerate(season.week):
            following = season.week[(weekday + 1) % 7]
            days[f"{number}-{weekday}"] = _earlier(calendar.days[name], calendar.days[following], ahead_s)
            week.append(f"{number}-{weekday}")
        seasons.append(replace(season, week=(week[0], week[1], week[2], week[3], week[4], week[5], week[6])))
    special: dict[date, str] = {}
    for day in sorted({one for there in calendar.special for one in (there - timedelta(days=1), there)}):
        number = (day - date(1970, 1, 1)).days
        days[f"{day}"] = _earlier(calendar.profile(number), calendar.profile(number + 1), ahead_s)
        special[day] = f"{day}"
    return Calendar(days, tuple(seasons), special)


def _earlier(today: DayProfile, tomorrow: DayProfile, ahead_s: int) -> DayProfile:
    entries = [(time - ahead_s, value) for time, value in today.entries if time >= ahead_s]
    entries += [(time + DAY_S - ahead_s, value) for time, value in tomorrow.entries if time < ahead_s]
    return DayProfile(tuple(entries))
