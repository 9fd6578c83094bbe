"""The job's pack and the way onto the hub's HAN, as a visit's steps use them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import takewhile
from typing import TYPE_CHECKING

from hht.packs.errors import PackError
from hht.packs.locker import EntryState
from hht.work.bearer import Brought, BroughtEntry, HubClock, HubRow, OnNews
from ui.packs import HanWay, Packs

if TYPE_CHECKING:
    from hht.client.radio.joining import HanMember
    from hht.clock import Clock
    from hht.identifiers import DeviceId
    from hht.link import TraceSink
    from hht.store.store import Store
    from ui.compose import Composer
    from ui.pack_facts import EntryFacts


class VisitBearer:
    """See `hht.work.bearer.PackBearer`. `hub`: its CHF ID."""

    def __init__(
        self,
        store: Store,
        composer: Composer,
        clock: Clock,
        job: str,
        way: HanWay,
        hub: DeviceId,
        sink: TraceSink | None = None,
    ) -> None:
        self._store, self._hub = store, hub
        self._packs = Packs(store, clock, composer)
        self._composer, self._clock, self._job, self._way, self._sink = composer, clock, job, way, sink

    async def device_log(self, on_news: OnNews) -> tuple[HubRow, ...]:
        """As `HubWorkService.device_log`. Raises what reaching the hub raises, and OrderError where nobody has the
        command that reads it."""
        from ui.hub_work import HubPlace, HubWorkService

        place = HubPlace(self._way.link, self._way.hub, self._hub)
        service = HubWorkService(self._store, self._clock, lambda _place, _traced: self._member(on_news))
        log = await service.device_log(place)
        return tuple(HubRow(row.device, row.words) for row in log.rows)

    @asynccontextmanager
    async def _member(self, on_news: OnNews) -> AsyncIterator[HanMember]:
        from ui.hub_networks import with_network
        from ui.pack_radio import on_hub

        way = with_network(self._way, self._store)
        async with (
            self._composer.dongle(self._way.link, self._sink) as dongle,
            on_hub(dongle, way, lambda event: on_news(event.text)) as member,
        ):
            yield member

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

    async def let_in(self, on_news: OnNews) -> Brought:
        """As `Packs.deliver`, for the hub alone."""
        return await self._delivered(on_news, self._hub)

    def waiting_for(self, device: DeviceId) -> int:
        """As `hht.work.bearer.PackBearer` says it."""
        return len(self._waiting(device))

    def pass_over(self, device: DeviceId, by: str) -> None:
        """As `Packs.pass_over`, each of them."""
        key = self._packs.find(self._job).key
        for one in self._waiting(device):
            self._packs.pass_over(key, one.name, by)

    def _waiting(self, device: DeviceId) -> list[EntryFacts]:
        still = (EntryState.WAITING, EntryState.BLOCKED)
        return [one for one in self._packs.find(self._job).entries if one.device == device and one.state in still]

    async def deliver(self, on_news: OnNews) -> Brought:
        """As `Packs.deliver`; a command that is held ends the delivery, and nothing of it is used up."""
        return await self._delivered(on_news)

    async def _delivered(self, on_news: OnNews, only: DeviceId | None = None) -> Brought:
        key = self._packs.find(self._job).key
        held = ""
        try:
            facts = await self._packs.deliver(key, self._way, lambda event: on_news(event.text), self._sink, only=only)
        except PackError as error:
            if error.code != "pack-held":
                raise
            held = error.message
            facts = self._packs.show(key)
        meant = facts.entries if only is None else takewhile(lambda one: one.device == only, facts.entries)
        return Brought(facts.name, tuple(_entry(one) for one in meant), held)


def _entry(one: EntryFacts) -> BroughtEntry:
    void = one.state is EntryState.VOID
    return BroughtEntry(one.title, one.words, one.state is EntryState.DONE, one.held, void)
