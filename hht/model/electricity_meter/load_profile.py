"""The half-hourly Profile Data Log: cumulative registers at each half-hour of the meter's own clock.

13 months are kept (factbook 2.3) whatever the year: over a 29 February and with a long month they are 397 days, 19,056
entries, and that is what GBCS keeps too (ECS22b: buffer[1..19056]). The oldest is overwritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hht.model.electricity_meter.captured import CapturedColumns

CAPTURE_PERIOD_S = 1800
ENTRIES_PER_DAY = 48
CAPACITY = 397 * ENTRIES_PER_DAY
_DAYS_OF_YEAR = 366


def capacity_of(months: int, history_ms: int) -> int:
    """Rows of a profile that keeps so many months: 13, or (an earlier requirement, EED-02) the 12 of any year. Of 13
    months' meters a history that is longer (`history_ms`) is kept as well: somebody has asked for it."""
    if months == 12:
        return _DAYS_OF_YEAR * ENTRIES_PER_DAY
    return max(CAPACITY, history_ms // (CAPTURE_PERIOD_S * 1000))


@dataclass(frozen=True, slots=True)
class ProfileEntry:
    """One capture. `time_s` is Unix seconds by the meter's clock (UTC), the end of the interval; `status` the Device
    Time Status then (0 reliable, 1 invalid, 2 unreliable)."""

    time_s: int
    import_wh: int
    export_wh: int
    status: int


class LoadProfile(CapturedColumns):
    """A circular store of `ProfileEntry`, numbered as `CapturedColumns` has it."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        super().__init__(capacity, "QQB")
        self._imports, self._exports, self._statuses = self._columns

    def append(self, entry: ProfileEntry) -> None:
        """Capture one entry. Raises ValueError when its time does not lie after the last."""
        last = self.last_time_s
        if last is not None and entry.time_s <= last:
            raise ValueError("profile entries rise in time")
        self.capture(entry.time_s, entry.import_wh, entry.export_wh, entry.status)

    def capture(self, time_s: int, import_wh: int, export_wh: int, status: int) -> None:
        """Capture one entry, whose time lies after the last (see `ProfileEntry`)."""
        self._times.append(time_s)
        self._imports.append(import_wh)
        self._exports.append(export_wh)
        self._statuses.append(status)
        self._drop()

    def extend(self, times: Iterable[int], values: Iterable[tuple[int, int]], status: int) -> None:
        """Capture many (history), all with one status."""
        pairs = list(values)
        self._times.extend(times)
        self._imports.extend([pair[0] for pair in pairs])
        self._exports.extend([pair[1] for pair in pairs])
        self._statuses.extend([status] * len(pairs))
        self._drop()

    def entries(self, start: int, stop: int) -> Iterator[ProfileEntry]:
        """Entries numbered `start` <= n < `stop`, of those that are kept."""
        return (ProfileEntry(*row) for row in self.rows(start, stop))
