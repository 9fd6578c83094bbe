"""What the probe sees while a command connects, as it is seen: on standard error, or as remarks with ``--json``."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from hht.client.probe_sense import ProbeSense, Sight
from hht.client.remarks import Remark
from hht.link_remedies import Way, way_of
from ui.probe_words import sight_words

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.link import TraceEvent, TraceSink
    from ui.cli.common import Output

EVERY_S: Final = 0.25


class ProbeTeller:
    """A sink that passes events on, and tells each trouble of the probe once, until the meter has talked."""

    def __init__(self, link: str, output: Output, sink: TraceSink | None, clock: Clock) -> None:
        self._link = link
        self._output, self._sink, self._clock = output, sink, clock
        self._sense = ProbeSense()
        self._told: Sight | None = None

    def __call__(self, event: TraceEvent) -> None:
        """One more event."""
        self._sense.feed(event)
        if self._sink is not None:
            self._sink(event)

    def look(self) -> None:
        """Tell what is seen now, if it is news."""
        sight = self._sense.sight(self._clock.monotonic())
        if sight is Sight.GONE:
            return  # the command ends with it, and says so
        if sight.is_trouble and sight is not self._told:
            words = sight_words(sight, self._link)
            self._output.remark(Remark(f"probe-{sight}", f"{words.told} {words.todo}"))
        if sight.is_trouble or sight is Sight.TALKING:
            self._told = sight


@contextlib.asynccontextmanager
async def probe_told(
    link: str, output: Output, sink: TraceSink | None, clock: Clock
) -> AsyncIterator[TraceSink | None]:
    """A sink for the link's events, in the place of `sink`; while the block runs, what its probe sees is told."""
    if way_of(link) not in (Way.OPTICAL, Way.BRIDGE):
        yield sink
        return
    teller = ProbeTeller(link, output, sink, clock)

    async def look() -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            teller.look()

    looking = asyncio.ensure_future(look())
    try:
        yield teller
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
