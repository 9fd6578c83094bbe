"""Lets a premises catch up on an event loop whenever something is due there, as long as somebody is connected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hht.model.premises import Premises

SOONEST_S = 0.002
PAUSED_S = 0.2  # while the premises' time stands still, it is looked so often whether it runs again


class WakesWhenDue:
    """`wanted`: whether anybody is connected. Call `arm` whenever that, or what is due, may have changed."""

    def __init__(self, premises: Premises, wanted: Callable[[], bool]) -> None:
        self._premises = premises
        self._wanted = wanted
        self._timer: asyncio.TimerHandle | None = None

    def arm(self) -> None:
        """Wake when something is due at the premises."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        site = self._premises.site
        due_ms = site.agenda.next_ms
        if not self._wanted() or due_ms is None:
            return
        speed = site.clock.speed
        left_s = max(0, due_ms - site.agenda.now_ms) / 1000
        delay_s = left_s / speed if speed else PAUSED_S
        self._timer = asyncio.get_running_loop().call_later(max(SOONEST_S, delay_s), self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._premises.site.catch_up()
        self.arm()
