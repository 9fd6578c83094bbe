"""The work of the day: the part of `ui.terminal.Terminal` about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hht.clock import Clock

if TYPE_CHECKING:
    from hht.store.store import Store
    from ui.day import Day


class WithDay:
    """See the module."""

    _clock: Clock
    _folder: Path
    _day: Day | None = None

    if TYPE_CHECKING:

        def _opened(self) -> Store: ...

    @property
    def day(self) -> Day:
        """Jobs that come in, the van, a rehearsal. Raises HhtError ``locked``."""
        if self._day is None:
            from ui.day import Day

            self._day = Day(self._opened(), self._folder, self._clock)
        return self._day
