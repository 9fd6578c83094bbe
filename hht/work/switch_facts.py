"""Auxiliary switches as a visit knows them: read off the meter by the probe, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Protocol, runtime_checkable

from hht.client.api import Meter, MeterError, RandomisedOffset
from hht.client.load_control import SWITCHES, AuxiliarySwitch, LoadControl
from hht.i18n import _
from hht.work.switching import DAY_S, Switching, goes_by_schedule, load_switching

DAYS = (date(2026, 3, 2), date(2026, 3, 7))  # a Monday and a Saturday: days for which a supplier's plan has times


@runtime_checkable
class HasSwitches(Protocol):
    """A meter whose auxiliary switches can be read."""

    async def read_load_control(self) -> LoadControl:
        """Switches, their calendar, the tariff's."""
        ...


async def switches_of(meter: Meter) -> LoadControl:
    """What the meter shows of them. Raises MeterError where it speaks no COSEM, and what reading raises."""
    if not isinstance(meter, HasSwitches):
        raise MeterError(
            _("The auxiliary switches of this meter cannot be read over this link."),
            remedy=_("Use a link on which the meter speaks COSEM, or choose Can't do this."),
            code="not-on-this-device",
        )
    return await meter.read_load_control()


def load_times(load: LoadControl, number: int, day: date) -> str:
    """When a switch's calendar has it closed on a day: ``00:30-07:30,13:00-16:00``; "" never."""
    spans = [(start, end) for start, end, closed in load_switching(load, number).spans(day) if closed]
    return ",".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans)


def times_of(details: Mapping[str, str]) -> dict[int, tuple[str, str]]:
    """What an ask of switching times wants, by switch: on a workday, on a day of the weekend."""
    found = {}
    for number in range(1, SWITCHES + 1):
        workday = details.get(f"times_{number}", "")
        weekend = details.get(f"weekend_{number}", workday)
        if workday or weekend:
            found[number] = (workday, weekend)
    return found


def calendar_wants(load: LoadControl, number: int, now: datetime, offset: RandomisedOffset) -> bool:
    """Whether the switch's calendar has it closed now (the meter's time), the Randomised Offset in it.

    Raises MeterError on a day of which the schedule does not speak: what holds then is not to be read."""
    if not goes_by_schedule(load, now.astimezone(UTC).date()):
        raise MeterError(
            _("Today the switches go by a special day, and what that wants of them is not known here."),
            remedy=_("Come another day, or choose Can't do this and ask the desk."),
            code="special-day",
        )
    return bool(load_switching(load, number).at(_earlier(now, offset)))


def next_switching(load: LoadControl, number: int, now: datetime, offset: RandomisedOffset) -> datetime | None:
    """When the calendar switches it next, the Randomised Offset in it; None: never."""
    return _later(load_switching(load, number), now, offset)


def late_until(load: LoadControl, number: int, now: datetime, offset: RandomisedOffset) -> datetime | None:
    """Where the calendar has switched within the last Randomised Offset: when the contact has followed at last (the
    meter's time). Until then it may be where the calendar had it before; None where it is late for nothing."""
    longest_s = max(offset.limit_s, offset.offset_s)
    times = load_switching(load, number)
    found = times.after(_by(now, -longest_s))
    due = None
    while found is not None and found[0].timestamp() <= now.timestamp():
        due = found[0]
        found = times.after(due)
    return None if due is None else _by(due, longest_s)


def _by(moment: datetime, seconds: int) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() + seconds, UTC)


def _later(times: Switching, now: datetime, offset: RandomisedOffset) -> datetime | None:
    found = times.after(_earlier(now, offset))
    return None if found is None else _by(found[0], offset.offset_s)


def _earlier(now: datetime, offset: RandomisedOffset) -> datetime:
    return _by(now, -offset.offset_s)


def switch_named(load: LoadControl, number: int) -> AuxiliarySwitch:
    """The switch with that number. Raises MeterError where the meter has none."""
    for switch in load.switches:
        if switch.number == number:
            return switch
    raise MeterError(
        _("The meter has no auxiliary switch {number}.").format(number=number),
        remedy=_("Compare the meter's variant with the job, and ask the desk."),
        code="no-such-switch",
    )


def contact_words(closed: bool) -> str:
    """Where a contact is."""
    return _("closed") if closed else _("open")


def _clock(time_s: int) -> str:
    return "24:00" if time_s == DAY_S else f"{time_s // 3600:02d}:{time_s // 60 % 60:02d}"
