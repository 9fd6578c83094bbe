"""True time in a premises: simulated, so that a year can pass in a test and a demonstration can run at any speed.

Devices have clocks of their own that may be wrong (`hht.model.meter_clock`); this is the time that
is right.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hht.clock import Clock


class SimulatedClock:
    """A `hht.clock.Clock` that runs `speed` times as fast as `source`, and can be moved ahead.

    `start` is the simulated time at the moment of creation (aware; default: the source's own time).
    """

    def __init__(self, source: Clock, *, speed: float = 1.0, start: datetime | None = None) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError("a clock needs an aware time")
        self._source = source
        self._speed = _checked_speed(speed)
        self._origin = (start or source.now()).astimezone(UTC)
        self._source_mark = source.monotonic()
        self._elapsed_s = 0.0  # simulated seconds up to the mark

    @property
    def speed(self) -> float:
        """Simulated seconds per second of the source; 0 is paused."""
        return self._speed

    def monotonic(self) -> float:
        """Simulated seconds since creation."""
        return self._elapsed_s + (self._source.monotonic() - self._source_mark) * self._speed

    def now(self) -> datetime:
        """The simulated time, UTC."""
        return self._origin + timedelta(seconds=self.monotonic())

    def set_speed(self, speed: float) -> None:
        """Run `speed` (>= 0) times as fast from now on."""
        self._mark()
        self._speed = _checked_speed(speed)

    def jump(self, seconds: float) -> None:
        """Move `seconds` (>= 0) ahead at once; what should have happened meanwhile happens when a device is asked."""
        if seconds < 0:
            raise ValueError("time does not go backwards")
        self._mark()
        self._elapsed_s += seconds

    def _mark(self) -> None:
        self._elapsed_s = self.monotonic()
        self._source_mark = self._source.monotonic()


def _checked_speed(speed: float) -> float:
    if not 0 <= speed < 1e9:
        raise ValueError("speed must be between 0 and 1e9")
    return speed
