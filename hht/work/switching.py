"""When something is switched, by a meter's own calendars: what is in force at a time, and what comes next (UTC).

Loads by class 10, tariff registers by class 20 (`hht.client.load_control`). All times are notional: the Randomised
Offset is not in them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hht.client.load_control import LoadControl, ScheduleEntry, SpecialDay, TariffCalendar

DAY_S = 86_400
_YEAR = 367  # days that are looked through, at most

DayTimes = tuple[tuple[int, int], ...]  # (second of the UTC day, what is in force from then on), in order of time


@dataclass(frozen=True, slots=True)
class Switching:
    """What is switched on which day. `on`: the times of a day."""

    on: Callable[[date], DayTimes]

    def at(self, moment: datetime) -> int | None:
        """What is in force; None where nothing was switched within a year before."""
        day, second = _split(moment)
        earlier = [value for time_s, value in self.on(day) if time_s <= second]
        if earlier:
            return earlier[-1]
        for back in range(1, _YEAR):
            times = self.on(day - timedelta(days=back))
            if times:
                return times[-1][1]
        return None

    def after(self, moment: datetime) -> tuple[datetime, int] | None:
        """The next switching after `moment`, and what is in force then; None where there is none within a year."""
        day, second = _split(moment)
        for ahead in range(_YEAR):
            later = day + timedelta(days=ahead)
            for time_s, value in self.on(later):
                if ahead or time_s > second:
                    return datetime(later.year, later.month, later.day, tzinfo=UTC) + timedelta(seconds=time_s), value
        return None

    def spans(self, day: date) -> tuple[tuple[int, int, int | None], ...]:
        """The day in pieces: (from second, to second, what is in force)."""
        times = self.on(day)
        edges = [0, *(time_s for time_s, _value in times if time_s), DAY_S]
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        pieces = pairwise(edges)
        return tuple((start, end, self.at(begin + timedelta(seconds=start))) for start, end in pieces)


def load_switching(load: LoadControl, number: int) -> Switching:
    """Of one auxiliary switch: 1 closed, 0 open."""
    entries = [entry for entry in load.schedule if entry.switch == number]

    def on(day: date) -> DayTimes:
        found = {entry.time_s: int(entry.closes) for entry in entries if _holds(entry, day)}
        return tuple(sorted(found.items()))

    return Switching(on)


def tariff_switching(calendar: TariffCalendar) -> Switching:
    """Of the tariff: registers from 1."""

    def on(day: date) -> DayTimes:
        special = next((one.profile for one in calendar.special if _is(one, day)), None)
        if special is not None:
            return calendar.profiles[special]
        if not calendar.seasons:
            return ()
        seasons = sorted(calendar.seasons)
        begun = [season for season in seasons if season[0] <= (day.month, day.day)]
        return calendar.profiles[calendar.weeks[(begun or seasons)[-1][1]][day.weekday()]]

    return Switching(on)


def goes_by_schedule(load: LoadControl, day: date) -> bool:
    """Whether the schedule alone says what the switches do on that day and went by the day before."""
    days = (day, day - timedelta(days=1))
    return not any(_is(one, each) for one in load.special for each in days)


def _is(special: SpecialDay, day: date) -> bool:
    return (special.month, special.day) == (day.month, day.day) and special.year in (None, day.year)


def _holds(entry: ScheduleEntry, day: date) -> bool:
    if not entry.weekdays[day.weekday()]:
        return False
    if entry.span is None:
        return True
    (begins, ends), today = entry.span, (day.month, day.day)
    return begins <= today < ends if begins < ends else today >= begins or today < ends


def _split(moment: datetime) -> tuple[date, int]:
    utc = moment.astimezone(UTC)
    return utc.date(), utc.hour * 3600 + utc.minute * 60 + utc.second
