"""A terminal's store and composer: it can end and begin anew, while the premises live on; nothing is by chance."""

from __future__ import annotations

import random
from pathlib import Path

from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE
from tests.store.conftest import CHEAP
from tests.support.radio import LoopClock
from ui.compose import Composer


class Terminal:
    """See the module."""

    def __init__(self, folder: Path, clock: LoopClock) -> None:
        self.clock = clock
        self._path = folder / "data" / "training.db"
        self._entropy, self._chance = random.Random(7).randbytes, random.Random(8).randbytes
        self._ended: list[Store] = []
        self.store, self.composer = self._opened(), self._composed()

    def restart(self) -> None:
        """Another process: it knows what is on disk. The old one's locks are gone; its file stays open until the end,
        as something of it may still run."""
        self._ended.append(self.store)
        self.store.release_visits()
        self.store.release_packs()
        living, self.composer = self.composer.living, self._composed()
        self.composer.living = living
        self.store = self._opened()

    async def close(self) -> None:
        """End it, and the premises."""
        await self.composer.close()
        for store in (self.store, *self._ended):
            store.close()

    def _opened(self) -> Store:
        return Store.open(
            self._path, TRAINING_PASS_PHRASE, training=True, clock=self.clock, entropy=self._entropy, cost=CHEAP
        )

    def _composed(self) -> Composer:
        return Composer(self.clock, training=True, random_bytes=self._chance)


__all__ = ["Terminal"]
