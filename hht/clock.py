"""Time is passed in: nothing below `ui` reads the computer's clock on its own (architecture rule 6).

All times are UTC and timezone-aware.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Protocol

_ISO_Z = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)
_SHOWN = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}(?::[0-9]{2})?) UTC")


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


class ForwardClock:
    """A clock that goes on where somebody sets it back: never behind the beginning and the seconds since.

    For what lasts minutes: a computer's monotonic seconds may stand still while it sleeps."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began, self._began_s = clock.now(), clock.monotonic()

    def now(self) -> datetime:
        """The clock's time, or what has passed since the beginning, whichever is later."""
        return max(self._clock.now(), self._began + timedelta(seconds=self.monotonic() - self._began_s))

    def monotonic(self) -> float:
        """The clock's own."""
        return self._clock.monotonic()


def iso_z(moment: datetime) -> str:
    """`moment` as UTC ISO 8601 with ``Z``, as every output of the program writes it."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def utc_text(moment: datetime) -> str:
    """`moment` as people read it, in UTC to the second: ``2026-11-21 06:17:53 UTC``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def typed_time(text: str) -> datetime:
    """The time that somebody typed: ISO 8601, or as `utc_text` shows it; naive where it says no offset. Raises
    ValueError."""
    shown = _SHOWN.fullmatch(text)
    return datetime.fromisoformat(f"{shown[1]}T{shown[2]}+00:00" if shown else text)


def readable_times(text: str) -> str:
    """`text` with every time in it as people read it; what records and ``--json`` hold stays as `iso_z` writes it."""
    return _ISO_Z.sub(lambda found: f"{found[0][:10]} {found[0][11:19]} UTC", text)
