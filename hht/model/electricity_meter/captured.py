"""Columns of figures that a meter captures at each half-hour of its clock, the oldest overwritten."""

from __future__ import annotations

from array import array
from bisect import bisect_left


class CapturedColumns:
    """A circular store: a time (Unix seconds, rising) and figures in each row. Rows are numbered from 0 for ever; the
    oldest kept is `first`. `typecodes`: those of `array`, one for each column of figures."""

    def __init__(self, capacity: int, typecodes: str) -> None:
        self.capacity = capacity
        self._dropped = 0  # rows that have left the arrays
        self._first = 0
        self._times = array("q")
        self._columns: tuple[array[int], ...] = tuple(array(code) for code in typecodes)

    def __len__(self) -> int:
        """Rows in use."""
        return self.end - self._first

    @property
    def first(self) -> int:
        """Number of the oldest row that is kept."""
        return self._first

    @property
    def end(self) -> int:
        """One more than the newest row's number."""
        return self._dropped + len(self._times)

    @property
    def last_time_s(self) -> int | None:
        """The newest row's time; None when there is none."""
        return self._times[-1] if self._times and len(self) else None

    def clear(self) -> None:
        """Forget every row (a buffer reset)."""
        self._first = self.end

    def capture_row(self, time_s: int, *figures: int) -> None:
        """Capture one row, whose time lies after the last."""
        self._times.append(time_s)
        for column, figure in zip(self._columns, figures, strict=True):
            column.append(figure)
        self._drop()

    def rows(self, start: int, stop: int) -> list[tuple[int, ...]]:
        """(time, figures ...) of the rows numbered `start` <= n < `stop`, of those that are kept."""
        low = max(start, self._first) - self._dropped
        high = max(low, min(stop, self.end) - self._dropped)
        return list(zip(self._times[low:high], *[column[low:high] for column in self._columns], strict=True))

    def rows_between(self, since_s: int, until_s: int) -> list[tuple[int, ...]]:
        """The rows whose time lies from `since_s` to `until_s`, both included."""
        return self.rows(self.index_at_or_after(since_s), self.index_at_or_after(until_s + 1))

    def index_at_or_after(self, time_s: int) -> int:
        """Number of the first kept row whose time is `time_s` or later; `end` when there is none."""
        return self._dropped + bisect_left(self._times, time_s, self._first - self._dropped)

    def _drop(self) -> None:
        """Forget what is over capacity."""
        first = self._dropped + len(self._times) - self.capacity
        if first <= self._first:
            return
        self._first = first
        gone = first - self._dropped
        if gone > self.capacity // 4:  # drop in bulk: deleting from the front costs a copy
            del self._times[:gone]
            for column in self._columns:
                del column[:gone]
            self._dropped = first
