"""How fast a long read comes in, and how long the rest will take: the same for window and command line."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from hht.i18n import _

if TYPE_CHECKING:
    from hht.client.api import Progress

OVER_S: Final = 20.0  # the pace is that of the last so many seconds: a line that gets better or worse shows soon
EARLIEST_S: Final = 1.0  # before that it cannot be told


class Pace:
    """Fed with each progress and the time at which it was told (seconds of a clock that only goes forward).

    Rows that were kept from before take no time, so they count neither for the pace nor for what is left.
    """

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()
        self._left: int | None = None

    def add(self, progress: Progress, now_s: float) -> None:
        """The read has come so far."""
        fresh = progress.done - progress.kept
        if self._points and fresh < self._points[-1][1]:  # it has begun afresh, or a part of it was not genuine
            self._points.clear()
        if fresh > 0:  # the first rows come after requests that say nothing about the pace
            self._points.append((now_s, fresh))
        while len(self._points) > 2 and now_s - self._points[1][0] >= OVER_S:
            self._points.popleft()
        self._left = None if progress.total is None else max(0, progress.total - progress.done)

    @property
    def rows_per_s(self) -> float | None:
        """Rows a second; None while it cannot be told."""
        if len(self._points) < 2:
            return None
        (began_s, before), (now_s, fresh) = self._points[0], self._points[-1]
        if now_s - began_s < EARLIEST_S or fresh <= before:
            return None
        return (fresh - before) / (now_s - began_s)

    @property
    def left_s(self) -> int | None:
        """Whole seconds until the rest has come; None while it cannot be told, or nothing is left."""
        rate = self.rows_per_s
        return round(self._left / rate) if rate and self._left else None

    def words(self) -> str:
        """ "37 rows/s · 7:12 left"; "" while it cannot be told."""
        rate, left_s = self.rows_per_s, self.left_s
        if rate is None or left_s is None:
            return ""
        return _("{rate:,.0f} rows/s · {minutes}:{seconds:02} left").format(
            rate=rate, minutes=left_s // 60, seconds=left_s % 60
        )
