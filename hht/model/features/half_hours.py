"""The half-hours of a meter's own clock: when the next one ends, and which of them ends a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.model.agenda import Appointment

if TYPE_CHECKING:
    from hht.model.meter_clock import MeterClock
    from hht.model.site import Site

HALF_HOUR_S = 1800
DAY_S = 86_400


class HalfHours:
    """Calls `ended` with the end of each half-hour, Unix seconds by the meter's clock; `last_s` gives the newest that
    was captured (None: none), so that what is captured always rises."""

    def __init__(
        self, site: Site, clock: MeterClock, ended: Callable[[int], None], last_s: Callable[[], int | None]
    ) -> None:
        self._agenda = site.agenda
        self._clock = clock
        self._ended = ended
        self._last_s = last_s
        self.next_s = 0
        self._next: Appointment | None = None
        self._day = 0

    def begin(self) -> None:
        """The meter is alive: this is its first day."""
        self._day = self.boundary_s // DAY_S

    @property
    def boundary_s(self) -> int:
        """The last half-hour that the meter's clock has passed, Unix seconds."""
        now_s = self._clock.meter_ms(self._agenda.now_ms) // 1000
        return now_s - now_s % HALF_HOUR_S

    def plan(self, meter_s: int) -> None:
        """Let the next one end then."""
        if self._next is not None:
            self._next.cancel()
        self.next_s = meter_s
        self._next = self._agenda.at(self._clock.true_ms(meter_s * 1000), self._strike)

    def clock_changed(self) -> None:
        """The clock is another: the next one ends when it has passed both this moment and what was captured last."""
        self.plan(max(self.boundary_s, self._last_s() or 0) + HALF_HOUR_S)

    def ends_day(self, meter_s: int) -> bool:
        """Whether a day ended with it, or since the one before: told once."""
        day = meter_s // DAY_S
        ended = day > self._day
        if ended:
            self._day = day
        return ended

    def _strike(self) -> None:
        self._ended(self.next_s)
        self.next_s += HALF_HOUR_S
        self._next = self._agenda.at(self._clock.true_ms(self.next_s * 1000), self._strike)
