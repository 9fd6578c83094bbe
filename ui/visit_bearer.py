"""The job's pack and the way onto the hub's HAN, as a visit's steps use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.packs.errors import PackError
from hht.packs.locker import EntryState
from hht.work.bearer import Brought, BroughtEntry, HubClock, OnNews
from ui.packs import HanWay, Packs

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.link import TraceSink
    from hht.store.store import Store
    from ui.compose import Composer
    from ui.pack_facts import EntryFacts, PackFacts


class VisitBearer:
    """See `hht.work.bearer.PackBearer`."""

    def __init__(
        self, store: Store, composer: Composer, clock: Clock, job: str, way: HanWay, sink: TraceSink | None = None
    ) -> None:
        self._store = store
        self._packs = Packs(store, clock, composer)
        self._composer, self._clock, self._job, self._way, self._sink = composer, clock, job, way, sink

    async def hub_time(self, on_news: OnNews) -> HubClock:
        """As `HanMember` reads it. Raises what reaching the hub raises."""
        from ui.hub_networks import with_network
        from ui.pack_radio import on_han

        async with (
            self._composer.dongle(self._way.link, self._sink) as dongle,
            on_han(
                dongle, with_network(self._way, self._store), self._clock, lambda event: on_news(event.text), (), 0
            ) as han,
        ):
            await han.read_time()
            moment = han.moment()
        return HubClock(moment.hub_time, bool(moment.hub_time_reliable))

    async def deliver(self, on_news: OnNews) -> Brought:
        """As `Packs.deliver`; a command that is held ends the delivery, and nothing of it is used up."""
        key = self._packs.find(self._job).key
        held = ""
        try:
            facts = await self._packs.deliver(key, self._way, lambda event: on_news(event.text), self._sink)
        except PackError as error:
            if error.code != "pack-held":
                raise
            held = error.message
            facts = self._packs.show(key)
        return _brought(facts, held)


def _brought(facts: PackFacts, held: str) -> Brought:
    return Brought(facts.name, tuple(_entry(one) for one in facts.entries), held)


def _entry(one: EntryFacts) -> BroughtEntry:
    return BroughtEntry(one.title, one.words, one.state is EntryState.DONE, one.held)
