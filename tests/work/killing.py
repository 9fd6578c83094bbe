"""A terminal that ends at an instant: before or after anything goes to disk, or at any turn of its loop in between.

It ends as a killed process does: from then on nothing of it reaches a link, the desk or the disk, and no goodbye is
said. What still runs of it runs into the void. The next one opens the store anew and knows what is on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NoReturn

from drivers.in_process import InProcessLink
from hht.emulation.port_server import PortHead
from hht.store.store import Store
from hht.work.view import Outcome
from hht.work.visit import StepFailed, Visit
from hht.work.visit_store import VisitStore
from tests.support.virtual_time import VirtualTimeLoop
from tests.work.terminal import Terminal
from ui.visits import VisitError

MOST_RUNS = 20  # of one visit
APART = 40  # instants between repeated deaths: enough for a step to be done over again and end
MOST_DEATHS = 100
OnFailed = Callable[[], Awaitable[object]]


class Died(BaseException):
    """The process ends here: nothing that the program could catch."""


class Reaper:
    """Counts instants, before and after each transaction, and turns of the loop. At the one named the process dies, and
    the next one `again` so many instants (or turns) later, and so on; 0: nobody kills that one."""

    def __init__(self, at: int = -1, turn: int = -1, again: int = 0) -> None:
        self.at, self.turn, self._again = at, turn, again
        named = f"instant {at}" if at > 0 else f"turn {turn}" if turn > 0 else "never"
        self.name = f"{named}, then each {again}" if again else named
        self.deaths = 0
        self.instants = self.turns = 0
        self.dead = False
        self._links: list[InProcessLink] = []
        self._left: list[asyncio.Task[Outcome]] = []  # what still runs of those that died
        self._end = asyncio.Event()

    def passes(self) -> None:
        """One more instant."""
        self.instants += 1
        if self.instants == self.at:
            self.die()
        if self.dead:
            raise Died

    @contextlib.contextmanager
    def over(self, store: Store) -> Iterator[None]:
        """Every transaction of `store`. A dead process's stays dead."""
        whole = store.transaction

        @contextlib.contextmanager
        def mortal() -> Iterator[Any]:
            outermost = not store.in_transaction
            if outermost:
                self.passes()
            with whole() as database:
                yield database
            if outermost:
                self.passes()

        store.transaction = mortal  # type: ignore[method-assign]
        try:
            yield
        finally:
            store.transaction = _void if self.dead else whole  # type: ignore[method-assign, assignment]
            self.dead = False

    async def process(self, terminal: Terminal, begin: Callable[[], Visit]) -> Outcome:
        """One terminal at work on the visit, until that ends. Raises Died; the next one is to `restart` then."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        self._end.clear()
        with self.over(terminal.store), self._hearing_links():
            run, end = asyncio.create_task(begin().run()), asyncio.create_task(self._end.wait())
            loop.on_turn = self._turns
            try:
                await asyncio.wait({run, end}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                loop.on_turn = None
                end.cancel()
            if self.dead:
                self._left.append(run)
                run.cancel()
                raise Died
            return run.result()

    async def to_the_end(
        self,
        terminal: Terminal,
        begin: Callable[[], Visit],
        failed: OnFailed,
        died: Callable[[], object] = lambda: None,
    ) -> str:
        """Terminal after terminal until the visit has ended; its id. `failed`: what is done before another try where a
        step fails (what left before it died may be heard of later); `died`: looks at what is on disk after a death."""
        said: list[str] = []
        try:
            while len(said) < MOST_RUNS + self.deaths and self.deaths < MOST_DEATHS:
                try:
                    await self.process(terminal, begin)
                    return _visit_of(terminal)
                except Died:
                    terminal.restart()
                    died()
                except StepFailed as error:
                    said.append(f"{error.details['step']} {error.code}: {error.message}")
                    await failed()
                except VisitError as over:  # it died when its end was on disk already
                    if over.code != "visit-finished":
                        raise
                    return _visit_of(terminal)
        finally:
            await self._bury()
        raise AssertionError(f"the visit does not end after {self.deaths} deaths: {said}")

    async def _bury(self) -> None:
        """Wait until nothing runs any more of those that died."""
        if self._left:
            await asyncio.wait(self._left)
        for run in self._left:
            if not run.cancelled():
                run.exception()

    def _turns(self) -> None:
        self.turns += 1
        if self.turns == self.turn:
            self.die()

    def die(self) -> None:
        """The process ends now; who calls raises Died."""
        self.dead = True
        self.deaths += 1
        more = bool(self._again)
        self.at = self.instants + self._again if more and self.at > 0 else -1
        self.turn = self.turns + self._again if more and self.turn > 0 else -1
        for link in self._links:
            _cut(link)
        self._end.set()

    @contextlib.contextmanager
    def _hearing_links(self) -> Iterator[None]:
        """Know every link that this process opens."""
        whole = InProcessLink._open

        async def opened(link: InProcessLink) -> None:
            await whole(link)
            self._links.append(link)

        InProcessLink._open = opened  # type: ignore[method-assign]
        try:
            yield
        finally:
            InProcessLink._open = whole  # type: ignore[method-assign]
            self._links.clear()


def some(instants: int, turns: int, seed: object, count: int) -> list[Reaper]:
    """So many reapers, for transactions and turns in turn, by chance."""
    chance = random.Random(repr(seed))
    return [
        Reaper(turn=chance.randint(1, turns)) if number % 2 else Reaper(at=chance.randint(1, instants))
        for number in range(count)
    ]


def mown(offset: int) -> Reaper:
    """One that kills terminal after terminal: those of all offsets below `APART` leave no instant out."""
    return Reaper(at=1 + offset, again=APART)


def every(instants: int, turns: int) -> Iterator[Reaper]:
    """A reaper for every transaction's instants, then for every turn."""
    yield from (Reaper(at=at) for at in range(1, instants + 1))
    yield from (Reaper(turn=turn) for turn in range(1, turns + 1))


def _visit_of(terminal: Terminal) -> str:
    """The one visit that there is."""
    visits = VisitStore(terminal.store, lambda: "unused")
    (visit,) = [visit for job in visits.jobs() for visit in visits.visits(job.job_id)]
    return visit.visit_id


def _cut(link: InProcessLink) -> None:
    """The system closes what the process had open: a line to a desk ends, a meter hears nothing, not even a goodbye."""
    connection, link._connection = link._connection, None
    link._generation += 1
    if isinstance(connection, PortHead):
        connection._port = _Deaf()  # type: ignore[assignment]
    if connection is not None:
        connection.closed()


class _Deaf:
    """In the place of the port of a head that is pulled off: its meter is not told that the conversation is over."""

    def reset(self) -> None:
        """Nothing."""


@contextlib.contextmanager
def _void() -> Iterator[NoReturn]:
    raise Died
    yield


__all__ = ["Died", "Reaper", "every", "mown", "some"]
