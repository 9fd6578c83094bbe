"""How many rows a profile may send, and in what order: a meter that never comes to an end is not read for ever."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from hht.i18n import _
from hht.protocol.cosem.errors import MalformedValue
from hht.protocol.cosem.obis import Obis

MOST_ROWS: Final = 600_000  # of any profile: a year of minutes, 34 years of half-hours
SPARE_ROWS: Final = 1000  # beyond what is expected: entries made since, at power cuts and when the clock was set
MOST_TURNS: Final = 1000  # rows of a sound profile go one way; a clock that is set back makes two turns each time


@dataclass(slots=True)
class RowBounds:
    """For one read of profile `name`. `entries`: how many rows its buffer can hold, as the meter states it (attribute 8
    or 7; None: it does not); `expected`: how many belong into the time that is asked for (None: any)."""

    name: Obis
    entries: int | None = None
    expected: int | None = None
    _rows: int = field(default=0, init=False)
    _in_range: int = field(default=0, init=False)
    _turns: int = field(default=0, init=False)
    _direction: int = field(default=0, init=False)  # 1: times rise, -1: they fall, 0: not known yet
    _last: datetime | None = field(default=None, init=False)

    @property
    def most(self) -> int:
        """Rows that may come."""
        return MOST_ROWS if self.entries is None else min(self.entries + SPARE_ROWS, MOST_ROWS)

    def begin_again(self) -> None:
        """The read broke off, and rows may come once more."""
        self._rows, self._direction, self._last = 0, 0, None

    def check_total(self, total: int | None) -> None:
        """The meter announces `total` rows (None: not yet). Raises MalformedValue."""
        if total is not None and total > self.most:
            raise self._endless(
                _("The meter announces {count} rows of profile {name}, which can hold {most}.").format(
                    count=total, name=self.name, most=self.entries or MOST_ROWS
                )
            )

    def check(self, times: Sequence[datetime], in_range: int) -> None:
        """Rows of these `times` have come, `in_range` of them of the time that was asked for. Raises MalformedValue."""
        self._rows += len(times)
        self._in_range += in_range
        if self._rows > self.most:
            raise self._endless(
                _("Profile {name} does not end: {count} rows have come, and it can hold {most}.").format(
                    name=self.name, count=self._rows, most=self.entries or MOST_ROWS
                )
            )
        if self.expected is not None and self._in_range > 2 * self.expected + SPARE_ROWS:
            raise self._endless(
                _("Profile {name} does not end: {count} rows have come of a time that has {expected}.").format(
                    name=self.name, count=self._in_range, expected=self.expected
                )
            )
        if times:
            self._follow(times)

    def _follow(self, times: Sequence[datetime]) -> None:
        rises = all(map(operator.lt, times, islice(times, 1, None)))
        if rises and self._direction >= 0 and (self._last is None or self._last < times[0]):
            self._direction, self._last = 1, times[-1]  # as nearly always
            return
        for time in times:
            self._step(time)
        if self._turns > MOST_TURNS:
            raise self._endless(
                _("The rows of profile {name} go to and fro in time, or repeat: the last is of {time}.").format(
                    name=self.name, time=times[-1].isoformat()
                )
            )

    def _step(self, time: datetime) -> None:
        direction = 0 if self._last is None else (time > self._last) - (time < self._last)
        if self._last is not None and (direction == 0 or direction == -self._direction):
            self._turns += 1
        self._direction, self._last = direction or self._direction, time

    def _endless(self, message: str) -> MalformedValue:
        return MalformedValue(
            message,
            remedy=_(
                "No more of it was asked for. Read a shorter time, with --from and --to; if it comes back, export the "
                "trace and report the meter's model and firmware."
            ),
            code="profile-endless",
        )


def expected_rows(start: datetime, end: datetime, period_s: int | None) -> int | None:
    """Rows from `start` to `end`, both included, of a profile that captures every `period_s` seconds; None where it
    captures at no set times (0), or does not say (None)."""
    return None if not period_s else max(0, (end - start) // timedelta(seconds=period_s)) + 1
