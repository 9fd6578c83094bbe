"""What expires next: the part of `ui.terminal.Terminal` about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.access.roles import Act
from hht.clock import Clock
from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.timeline import Timer
    from ui.packs import Packs


class WhatExpires:
    """See the module."""

    _clock: Clock

    if TYPE_CHECKING:

        def _opened(self) -> Store: ...

        @property
        def packs(self) -> Packs:
            """Command packs that are kept."""
            ...

    async def timers(self) -> tuple[Timer, ...]:
        """Everything that runs out, the nearest end first; nothing for who may not look at jobs. Raises StoreError."""
        from ui.timeline import timers_now

        store = self._opened()
        if Act.LOOK not in store.person.acts:  # asked again and again: one refusal, where jobs are opened, is enough
            return ()
        return await in_thread(timers_now, store, self.packs, self._clock)
