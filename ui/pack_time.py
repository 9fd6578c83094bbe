"""The time by which a delivery goes: a clock that is set back in the middle of it wins nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.clock import ForwardClock
from hht.packs.locker import Facts
from hht.store.log_chain import latest_noted

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.store.store import Store


class PackTime:
    """The computer's clock from now on, as if nobody set it back; an expiry is judged by the latest time that the
    store's log has noted, where that is later still."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, ForwardClock(clock)

    def facts(self) -> Facts:
        """What counts now; nothing of a hub's time. Raises StoreError."""
        return Facts(self._clock.now(), noted=latest_noted(self._store))
