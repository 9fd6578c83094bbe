"""Time is passed in: nothing below `ui` reads the computer's clock on its own (architecture rule 6).

All times are UTC and timezone-aware.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the core may know of time."""

    def now(self) -> datetime:
        """The time now: aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go backwards; only differences mean anything."""
        ...


class ManualClock:
    """A clock that moves only when told: for tests and replays."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock needs an aware time")
        self._now = start.astimezone(UTC)
        self._elapsed_s = 0.0

    def now(self) -> datetime:
        """The time it was last moved to."""
        return self._now

    def monotonic(self) -> float:
        """Seconds moved since the start."""
        return self._elapsed_s

    def advance(self, seconds: float) -> None:
        """Move `seconds` (>= 0) ahead."""
        if seconds < 0:
            raise ValueError("time does not go backwards")
        self._elapsed_s += seconds
        self._now += timedelta(seconds=seconds)


def iso_z(moment: datetime) -> str:
    """`moment` as UTC ISO 8601 with ``Z``, as every output of the program writes it."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")
