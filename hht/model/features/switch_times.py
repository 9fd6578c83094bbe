"""When a calendar switches next: its notional time and the Randomised Offset, for tariffs and loads alike (ALC-11)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from hht.model.agenda import Appointment
from hht.model.features.calendar import Calendar
from hht.model.features.local_time import LocalCalendar

if TYPE_CHECKING:
    from hht.model.meter_clock import MeterClock
    from hht.model.site import Site


class SwitchTimes:
    """Calls `strike` with the value that a calendar switches to. `notional_s`: the last switching time that was seen
    to, Unix seconds by the meter's clock, without the offset; `next_ms`: when it strikes next (true time; 0: never)."""

    def __init__(self, site: Site, clock: MeterClock, strike: Callable[[int], None]) -> None:
        self._agenda = site.agenda
        self._clock = clock
        self._strike = strike
        self.notional_s = 0
        self.next_ms = 0
        self._next: Appointment | None = None

    def stand_at(self, offset_s: int) -> int:
        """The notional time now, with that offset: what is due was seen to."""
        self.notional_s = self._clock.meter_ms(self._agenda.now_ms) // 1000 - offset_s
        return self.notional_s

    def plan(self, calendar: Calendar | LocalCalendar | None, offset_s: int) -> None:
        """See to the first switching time after the last that was seen to: never earlier than the calendar says."""
        self.hold()
        self.next_ms = 0
        following = calendar.after(self.notional_s) if calendar is not None else None
        if following is None:
            return
        notional_s, value = following
        self.next_ms = self._clock.true_ms((notional_s + offset_s) * 1000)
        self._next = self._agenda.at(self.next_ms, partial(self._struck, notional_s, value))

    def hold(self) -> None:
        """Nothing strikes by itself; `next_ms` stays."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _struck(self, notional_s: int, value: int) -> None:
        self.notional_s = notional_s
        self._strike(value)
