"""A terminal with a store, an emulated premises with its desk, in virtual time."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from hht.desk.client import DeskTiming
from hht.emulation.desk_port import DeskPort
from hht.link_url import parse_link_url
from hht.model.premises import Premises
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE
from tests.store.conftest import CHEAP
from tests.support.radio import LoopClock
from ui.compose import Composer
from ui.desks import Desks

HUB, GPF = "00-DB-12-34-56-79-01-A2", "00-DB-12-34-56-79-01-A3"
ESME, GSME, IHD = "00-DB-12-34-56-79-01-A0", "00-DB-12-34-56-79-01-A1", "00-DB-12-34-56-79-01-A7"
URL = "desk:emulated?premises=dual-fuel-connected&days=1"
MPAN = "1012345678912"
_CHANCE = random.Random(3)  # references differ in all houses of a test


@dataclass
class House:
    """What a test has at hand."""

    desks: Desks
    composer: Composer
    store: Store
    url: str

    def anew(self) -> Desks:
        """The service of a terminal that begins again on the same store."""
        return Desks(self.store, self.composer, self.store.clock, _CHANCE.randbytes)

    @property
    def port(self) -> DeskPort:
        return self.composer.living.desk(parse_link_url(self.url))

    @property
    def premises(self) -> Premises:
        return self.port.desk.premises


@asynccontextmanager
async def house(folder: Path, url: str = URL, **timing: float) -> AsyncIterator[House]:
    """In virtual time: the loop must be one of `tests.support.virtual_time`. The store is there again in the same
    folder; the premises lives anew."""
    clock = LoopClock()
    entropy = random.Random(7).randbytes
    path = folder / "data" / "training.db"
    store = Store.open(path, TRAINING_PASS_PHRASE, training=True, clock=clock, entropy=entropy, cost=CHEAP)
    composer = Composer(clock, training=True)
    try:
        desks = Desks(store, composer, clock, _CHANCE.randbytes, DeskTiming(**timing))
        yield House(desks, composer, store, url)
    finally:
        await composer.close()
        store.close()
