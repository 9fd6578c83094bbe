"""The half-hourly Profile Data Log: cumulative registers at each half-hour of the meter's own clock.

13 months are kept (factbook 2.3): 396 days, 19,008 entries, the oldest overwritten.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CAPTURE_PERIOD_S = 1800
ENTRIES_PER_DAY = 48
CAPACITY = 396 * ENTRIES_PER_DAY


@dataclass(frozen=True, slots=True)
class ProfileEntry:
    """One capture. `time_s` is Unix seconds by the meter's clock (UTC), the end of the interval; `status` the Device
    Time Status then (0 reliable, 1 invalid, 2 unreliable)."""

    time_s: int
    import_wh: int
    export_wh: int
    status: int


class LoadProfile:
    """A circular store of `ProfileEntry`. Entries are numbered from 0 for ever; the oldest kept is `first`."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self._dropped = 0  # entries that have left the arrays
        self._first = 0
        self._times = array("q")
        self._imports = array("Q")
        self._exports = array("Q")
        self._statuses = array("B")

    def __len__(self) -> int:
        """Entries in use."""
        return self.end - self._first

    @property
    def first(self) -> int:
        """Number of the oldest entry that is kept."""
        return self._first

    @property
    def end(self) -> int:
        """One more than the newest entry's number."""
        return self._dropped + len(self._times)

    @property
    def last_time_s(self) -> int | None:
        """The newest entry's time; None when there is none."""
        return self._times[-1] if self._times and len(self) else None

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

    def _drop(self) -> None:
        """Forget what is over capacity."""
        first = self._dropped + len(self._times) - self.capacity
        if first <= self._first:
            return
        self._first = first
        gone = first - self._dropped
        if gone > self.capacity // 4:  # drop in bulk: deleting from the front costs a copy
            for column in (self._times, self._imports, self._exports, self._statuses):
                del column[:gone]
            self._dropped = self._first

    def clear(self) -> None:
        """Forget every entry (a buffer reset)."""
        self._first = self.end

    def entries(self, start: int, stop: int) -> Iterator[ProfileEntry]:
        """Entries numbered `start` <= n < `stop`, of those that are kept."""
        low = max(start, self._first) - self._dropped
        high = max(low, min(stop, self.end) - self._dropped)
        rows = zip(
            self._times[low:high],
            self._imports[low:high],
            self._exports[low:high],
            self._statuses[low:high],
            strict=True,
        )
        return (ProfileEntry(*row) for row in rows)

    def index_at_or_after(self, time_s: int) -> int:
        """Number of the first kept entry whose time is `time_s` or later; `end` when there is none."""
        from bisect import bisect_left

        return self._dropped + bisect_left(self._times, time_s, self._first - self._dropped)
