"""The agenda of a premises: what happens when, in true time, in one order that is the same on every machine.

Times are whole milliseconds since 1970-01-01T00:00Z. Of two actions at the same instant, the one that was entered first
comes first. Nothing here reads a clock: `hht.model.site` says how far time has come.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush, heapreplace

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS
HALF_HOUR_MS = 30 * MINUTE_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

Action = Callable[[], None]


class Appointment:
    """Something that will happen. `cancel` it, and it does not."""

    __slots__ = ("action", "period_ms", "when_ms")

    def __init__(self, when_ms: int, action: Action, period_ms: int = 0) -> None:
        self.when_ms = when_ms
        self.period_ms = period_ms  # 0: once
        self.action: Action | None = action

    @property
    def pending(self) -> bool:
        """Whether it is still to come."""
        return self.action is not None

    def cancel(self) -> None:
        """It does not happen any more (calling twice is harmless)."""
        self.action = None


class Agenda:
    """Appointments in order of time. `now_ms` is the time of the one that is happening, or up to which all has."""

    def __init__(self, start_ms: int) -> None:
        self.now_ms = start_ms
        self.running = False
        self._heap: list[tuple[int, int, Appointment]] = []
        self._entered = 0

    @property
    def next_ms(self) -> int | None:
        """When something happens next; None when nothing will."""
        while self._heap and self._heap[0][2].action is None:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def at(self, when_ms: int, action: Action) -> Appointment:
        """Enter `action` for `when_ms` (a time that has passed means: as soon as possible)."""
        return self._enter(Appointment(when_ms if when_ms > self.now_ms else self.now_ms, action))

    def after(self, delay_ms: int, action: Action) -> Appointment:
        """Enter `action` for `delay_ms` from now."""
        return self.at(self.now_ms + delay_ms, action)

    def every(self, period_ms: int, action: Action, *, first_ms: int | None = None) -> Appointment:
        """Enter `action` for `first_ms` (default: one period on) and every `period_ms` (> 0) from then."""
        if period_ms <= 0:
            raise ValueError("a period is longer than nothing")
        first = self.now_ms + period_ms if first_ms is None else max(first_ms, self.now_ms)
        return self._enter(Appointment(first, action, period_ms))

    def run_to(self, when_ms: int) -> None:
        """Let everything happen up to and including `when_ms`. Inside an action this does nothing."""
        if self.running or when_ms < self.now_ms:
            return
        self.running = True
        heap = self._heap
        try:
            while heap and heap[0][0] <= when_ms:
                moment, _number, appointment = heap[0]
                action = appointment.action
                if action is None:
                    heappop(heap)
                    continue
                self.now_ms = moment
                if appointment.period_ms:
                    appointment.when_ms = moment + appointment.period_ms
                    self._entered += 1
                    heapreplace(heap, (appointment.when_ms, self._entered, appointment))
                else:
                    heappop(heap)
                    appointment.action = None
                action()
            self.now_ms = when_ms
        finally:
            self.running = False

    def _enter(self, appointment: Appointment) -> Appointment:
        self._entered += 1
        heappush(self._heap, (appointment.when_ms, self._entered, appointment))
        return appointment
