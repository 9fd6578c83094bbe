"""A delivery over the emulated radio that dies at an instant: a frame on the wire, or before or after a record."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hht.packs import kept
from hht.packs.records import Record
from tests.packs.at_home import Home


class Died(BaseException):
    """The process ended here."""


@dataclass
class Reaper:
    """Counts instants; at the one named nothing more comes through or is written. -1: never."""

    at: int = -1
    instants: int = 0
    dead: bool = False
    died: asyncio.Event | None = None

    def passes(self) -> bool:
        """One more instant; whether the process still lives."""
        self.instants += 1
        if self.instants == self.at:
            self.dead = True
            if self.died is not None:
                self.died.set()
        return not self.dead

    def alive_for(self, octets: bytes) -> bytes:
        """What comes through of a frame."""
        return octets if self.passes() else b""


@contextlib.contextmanager
def reaped(home: Home, reaper: Reaper) -> Iterator[None]:
    """Frames of both directions and records before and after they are written are instants of `reaper`."""
    append = kept.KeptRecords.append

    def mortal(self: Any, *told: Any) -> Record:
        if not reaper.passes():
            raise Died
        record = append(self, *told)
        if not reaper.passes():
            raise Died
        return record

    wire = home.bench.wire
    wire.up = wire.down = reaper.alive_for
    kept.KeptRecords.append = mortal  # type: ignore[method-assign]
    try:
        yield
    finally:
        kept.KeptRecords.append = append  # type: ignore[method-assign]
        wire.up = wire.down = lambda octets: octets


async def killed(home: Home, key: str, at: int) -> int:
    """Deliver until the process dies at an instant; how many instants there were."""
    reaper = Reaper(at, died=asyncio.Event())
    assert reaper.died is not None
    with reaped(home, reaper):
        running = asyncio.ensure_future(home.deliver(key))
        waiting = asyncio.ensure_future(reaper.died.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if reaper.dead:
            running.cancel()  # nothing that it still does comes through or is written
            with contextlib.suppress(BaseException):
                await running
            for link in home.bench.links:
                link.drop()
        else:
            await running
    return reaper.instants
