"""A home by radio for the window's tests: emulated, over its dongle's bytes, its time many times as fast as ours."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from hht.link_url import parse_link_url
from hht.model.communications_hub import CommunicationsHub
from hht.model.premises import Premises
from tests.window import samples
from ui.compose import Composer
from ui.han import HanService

RADIO_LINK = "emulated:second-hub?days=1&via=han&hub=fresh"
FAST = 400.0  # seconds of the premises' in one of ours


class _Running:
    """Begins at the samples' time, and runs."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        return samples.NOW + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return time.monotonic() - self._began


class Radio:
    """`han`: the window's service; `premises` is what lives at the other end, made when it is first wanted."""

    def __init__(self) -> None:
        self.composer = Composer(_Running(), training=True)
        self.han = HanService(self.composer.dongle, self.composer.clock_at, training=True)

    @property
    def premises(self) -> Premises:
        return self.composer.living.premises(parse_link_url(RADIO_LINK))

    @property
    def hub(self) -> CommunicationsHub:
        return self.premises.of(CommunicationsHub)[0]

    def hasten(self, speed: float = FAST) -> None:
        """Bring the home to life, and let its time go so fast."""
        self.premises.site.clock.set_speed(speed)

    async def close(self) -> None:
        """Leave, at a time that runs, and end it."""
        if self.composer.living.known:
            self.hasten()
        await self.han.close()
        await self.composer.close()
