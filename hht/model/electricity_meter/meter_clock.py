"""The meter's own clock: it may be adrift from true time, may gain or lose, and knows how far it can be trusted."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hht.clock import Clock


class TimeStatus(enum.IntEnum):
    """Device Time Status (factbook 2.9; GBCS Set Time Response)."""

    RELIABLE = 0
    INVALID = 1
    UNRELIABLE = 2


@dataclass(frozen=True, slots=True)
class PresetTime:
    """A time made ready by `preset_adjusting_time`, good while the meter's clock is within the validity interval."""

    time: datetime
    valid_from: datetime
    valid_to: datetime


class MeterClock:
    """A clock that was right at some moment and has been `adrift_s` (ahead if positive) since, gaining `gain_ppm`."""

    def __init__(self, true_time: Clock, *, adrift_s: float, status: TimeStatus, gain_ppm: float = 0.0) -> None:
        self._true = true_time
        self._mark = true_time.now()
        self._offset_s = adrift_s
        self._rate = 1.0 + gain_ppm / 1e6
        self.status = status
        self.preset: PresetTime | None = None

    def true_now(self) -> datetime:
        """True time (what a perfect clock would say), for the model's own physics."""
        return self._true.now()

    def now(self) -> datetime:
        """What the meter believes, UTC."""
        return self.meter_time(self._true.now())

    def meter_time(self, true_time: datetime) -> datetime:
        """What the meter's clock says at `true_time`, as it runs now."""
        elapsed = (true_time - self._mark).total_seconds()
        return self._mark + timedelta(seconds=elapsed * self._rate + self._offset_s)

    def true_time(self, meter_time: datetime) -> datetime:
        """When, in true time, the meter's clock says `meter_time`, as it runs now."""
        ahead = (meter_time - self._mark).total_seconds() - self._offset_s
        return self._mark + timedelta(seconds=ahead / self._rate)

    def set(self, time: datetime) -> timedelta:
        """Set it; from then on it is reliable. Returns how far it moved (positive: ahead)."""
        true_now = self._true.now()
        moved = time.astimezone(UTC) - self.meter_time(true_now)
        self._mark = true_now
        self._offset_s = (time - true_now).total_seconds()
        self.status = TimeStatus.RELIABLE
        return moved
