"""A device's own clock: it may be adrift from true time, may gain or lose, and knows how far it can be trusted."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from hht.clock import Clock
from hht.model.site import to_datetime, to_ms


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
    """A clock that was right at some moment and has been `adrift_s` (ahead if positive) since, gaining `gain_ppm`
    (millionths). It counts whole milliseconds, so that it says the same on every machine."""

    def __init__(self, true_time: Clock, *, adrift_s: float, status: TimeStatus, gain_ppm: float = 0.0) -> None:
        self._true = true_time
        self._mark_ms = to_ms(true_time.now())
        self._offset_ms = round(adrift_s * 1000)
        self._gain = round(gain_ppm * 1000)  # ms gained in 1e9 ms
        self.status = status
        self.preset: PresetTime | None = None
        self.times_set = 0  # how often somebody has set it

    def true_now(self) -> datetime:
        """True time (what a perfect clock would say), for the model's own physics."""
        return self._true.now()

    def now(self) -> datetime:
        """What the meter believes, UTC."""
        return self.meter_time(self._true.now())

    def meter_time(self, true_time: datetime) -> datetime:
        """What the meter's clock says at `true_time`, as it runs now."""
        return to_datetime(self.meter_ms(to_ms(true_time)))

    def true_time(self, meter_time: datetime) -> datetime:
        """When, in true time, the meter's clock says `meter_time` (to the millisecond), as it runs now."""
        return to_datetime(self.true_ms(to_ms(meter_time)))

    def meter_ms(self, true_ms: int) -> int:
        """`meter_time` in milliseconds since 1970."""
        return true_ms + self._offset_ms + (true_ms - self._mark_ms) * self._gain // 1_000_000_000

    def true_ms(self, meter_ms: int) -> int:
        """`true_time` in milliseconds since 1970: the first at which the clock has reached `meter_ms`."""
        elapsed = meter_ms - self._offset_ms - self._mark_ms
        if not self._gain:
            return self._mark_ms + elapsed
        scaled = 1_000_000_000 + self._gain
        return self._mark_ms - (-elapsed * 1_000_000_000 // scaled)

    def adjust(self, adrift_s: float, *, gain_ppm: float | None = None) -> None:
        """A fault: from now on the clock is adrift by so much (and gains so much)."""
        self._mark_ms = to_ms(self._true.now())
        self._offset_ms = round(adrift_s * 1000)
        if gain_ppm is not None:
            self._gain = round(gain_ppm * 1000)

    @property
    def adrift_ms(self) -> int:
        """How far it is ahead of true time now, ms."""
        true_ms = to_ms(self._true.now())
        return self.meter_ms(true_ms) - true_ms

    def set(self, time: datetime) -> timedelta:
        """Set it; from then on it is reliable. Returns how far it moved (positive: ahead)."""
        true_ms = to_ms(self._true.now())
        moved = to_ms(time) - self.meter_ms(true_ms)
        self._mark_ms = true_ms
        self._offset_ms = to_ms(time) - true_ms
        self.status = TimeStatus.RELIABLE
        self.times_set += 1
        return timedelta(milliseconds=moved)
