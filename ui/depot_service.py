"""The depot as the window asks for it: who both are, the way there, one meeting. Over the command line's own core."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ui.system import random_bytes
from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.depot.cards import Card
    from hht.depot.letters import Offered
    from hht.store.store import Store
    from ui.depot_kept import Brought, Contact


@dataclass(frozen=True, slots=True)
class CardFacts:
    """A card as people see it. `octets`: its file."""

    name: str
    key: str
    words: tuple[str, ...]
    octets: bytes = field(repr=False)

    @classmethod
    def of(cls, card: Card) -> CardFacts:
        """What is seen of that card."""
        return cls(card.name, card.key, card.check_words, card.write())


@dataclass(frozen=True, slots=True)
class DepotFacts:
    """How this terminal stands to its depot. `depot`: None before one is trusted; `broker`: "" before it is said;
    `password`, `authority`: whether one is kept, never which; `contact`: the last meeting."""

    mine: CardFacts
    depot: CardFacts | None = None
    broker: str = ""
    password: bool = False
    authority: bool = False
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class Going:
    """An item on its way, the `number`-th of this meeting: `done` of its `octets`."""

    name: str
    number: int
    done: int
    octets: int


class KeptDepot:
    """Of one store, and one for all who ask: one meeting at a time, others wait. Called in the core's loop; what
    touches the disk goes into a thread. Raises what `ui.depot_kept.TerminalDepot` and `meet_depot` raise."""

    def __init__(self, store: Store) -> None:
        from ui.depot_kept import TerminalDepot

        self._store, self._kept = store, TerminalDepot(store, random_bytes)
        self._meeting = asyncio.Lock()  # the broker knows one connection of a name

    async def facts(self) -> DepotFacts:
        """How it stands."""
        return await in_thread(self._facts)

    def _facts(self) -> DepotFacts:
        depot, way = self._kept.known(), self._kept.way()
        return DepotFacts(
            CardFacts.of(self._kept.card()),
            CardFacts.of(depot) if depot is not None else None,
            way.url,
            bool(way.password),
            bool(way.authority),
            self._kept.contact() if depot is not None else None,
        )

    async def ready(self) -> bool:
        """Whether it can be met."""
        return await in_thread(lambda: self._kept.known() is not None and bool(self._kept.way().url))

    async def write_card(self, path: Path, name: str) -> DepotFacts:
        """Write this terminal's card as a file, for the depot; `name`: what people call the terminal, "" as before."""
        return await in_thread(self._write_card, path, name)

    def _write_card(self, path: Path, name: str) -> DepotFacts:
        self._kept.write_card(path, name)
        return self._facts()

    async def look_at(self, path: Path) -> CardFacts:
        """The depot's card in that file: nothing is trusted yet."""
        from hht.depot.cards import Role, read_card
        from ui.depot_kept import read_card_file

        octets = await in_thread(read_card_file, path)
        return CardFacts.of(read_card(octets, Role.DEPOT, training=self._store.training))

    async def trust(self, card: CardFacts) -> DepotFacts:
        """Take receipts and jobs of that depot from now on, and of no other."""
        await in_thread(self._kept.trust, card.octets)
        return await self.facts()

    async def keep_broker(self, url: str, *, password: str | None = None, authority: Path | None = None) -> DepotFacts:
        """Keep where the broker is. `password`: None: as before; `authority`: a file with the certificates that vouch
        for it, None: as before. What was kept for another broker is not sent to this one."""
        return await in_thread(self._keep_broker, url, password, authority)

    def _keep_broker(self, url: str, password: str | None, authority: Path | None) -> DepotFacts:
        from ui.depot_kept import BrokerWay, read_authority

        before = self._kept.way()
        way = before if url == before.url else BrokerWay(url)
        if password is not None:
            way = replace(way, password=password)
        if authority is not None:
            way = replace(way, authority=read_authority(authority))
        self._kept.keep_way(way)
        return self._facts()

    async def meet(
        self, on_going: Callable[[Going], object] = lambda _going: None, *, jobs_only: bool = False
    ) -> Brought:
        """One meeting; `jobs_only`: jobs are fetched and nothing is brought. May be cancelled: what arrived before is
        receipted."""
        from ui.depot_kept import meet_depot

        seen: dict[str, int] = {}

        def tell(item: Offered, octets: int) -> None:
            on_going(Going(item.name, seen.setdefault(item.sha256, len(seen) + 1), octets, item.octets))

        async with self._meeting:
            return await meet_depot(self._store, random_bytes, jobs_only=jobs_only, on_item=tell)
