"""The exchange of a hub as a visit's steps use it: the job's two hubs, the dongle, pack, desk or training desk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hht.i18n import _
from hht.identifiers import DeviceId
from hht.link_url import parse_link_url
from hht.packs.errors import PackError
from hht.work.bearer import OnNews
from hht.work.hub_exchange import HubExchange
from hht.work.hub_exchange_state import ExchangeState
from hht.work.hub_orders import OrderError
from hht.work.hub_records import HubWorkKind, works
from ui.desks import Desks
from ui.hub_networks import with_network
from ui.hub_work import AtHub, HubPlace, HubWorkService
from ui.packs import HanWay, Packs

if TYPE_CHECKING:
    from hht.client.radio.joining import HanMember
    from hht.clock import Clock
    from hht.store.store import Store
    from hht.work.job import Job, JobOther, OldHub
    from ui.compose import Composer

LOOK_AGAIN_S: Final = 60


@dataclass(frozen=True, slots=True)
class ExchangeOf:
    """Which hub is exchanged for which, in which visit, by whom. `desk`: the link of the visit's own desk, "" where it
    has none; `home`: the link of the premises, of which an emulated desk is."""

    job: Job
    old: OldHub
    new: JobOther
    visit_id: str
    by: str
    desk: str = ""
    home: str = ""


class VisitExchanger:
    """See `hht.work.exchanger.HubExchanger`. `way`: the dongle and the terminal's code (its hub is not used). No trace
    is kept of any of it."""

    def __init__(self, store: Store, composer: Composer, clock: Clock, of: ExchangeOf, way: HanWay) -> None:
        self._store, self._composer, self._clock, self._of, self._way = store, composer, clock, of, way
        self._service = HubWorkService(store, clock, lambda place, _traced: self._member(place))
        self._news: OnNews = lambda _words: None

    def state(self) -> ExchangeState | None:
        """As it is kept."""
        found = self._found()
        return None if found is None else found.state

    async def snapshot(self, on_news: OnNews) -> ExchangeState:
        """Begin and take it."""
        of = self._of
        made = self._found() or HubExchange.begin(
            self._store, f"{of.visit_id}-hub", of.old.chf, of.old.gpf, by=of.by, job=of.job.reference
        )
        async with self._at(made, on_news) as here:
            await made.take_snapshot(here.way, {}, here.terminal)
        return made.state

    async def prove(self, on_news: OnNews) -> ExchangeState:
        """By the visit's own desk; the training desk only stands in for a centre that a home to train with has not."""
        made, of = self._made(), self._of
        if of.desk and self._has_centre():
            desks = Desks(self._store, self._composer, self._clock, self._composer.random_bytes)
            return made.prove(await self._service.confirmed_copy(desks, of.desk, made, home=of.home))
        said = await self._service.centre_copy(made.state.old_chf)
        if said is None:
            raise OrderError(
                _("The desk has no copy of the Device Log of {hub}.").format(hub=made.state.old_chf),
                remedy=_("Leave the old hub where it is. Have it send its log to the centre, then ask again."),
                code="hub-no-copy",
            )
        return made.prove(said)

    def _has_centre(self) -> bool:
        """Whether there is a centre that the visit's desk can speak for."""
        home = parse_link_url(self._of.home) if self._of.home else None
        return home is None or self._composer.living.premises(home).centre is not None

    async def check(self, on_news: OnNews) -> ExchangeState:
        """As `HubExchange.check`."""
        made = self._made()
        async with self._at(made, on_news) as here:
            return await made.check(here.way)

    def answer(self, code: str, device: DeviceId, why: str) -> ExchangeState:
        """As `HubExchange.answer`."""
        return self._made().answer(code, device, by=self._of.by, why=why)

    def expect(self) -> ExchangeState:
        """As `HubExchange.expect_tamper`."""
        return self._made().expect_tamper(by=self._of.by)

    def swapped(self) -> ExchangeState:
        """As `HubExchange.swapped`, with the job's hub."""
        new = self._of.new
        assert new.gpf_id is not None, "a checked job gives a hub's GPF ID"
        return self._made().swapped(new.device_id, new.gpf_id, by=self._of.by)

    async def restore(self, on_news: OnNews) -> ExchangeState:
        """As `HubExchange.restore`."""
        made = self._made()
        async with self._at(made, on_news) as here:
            return await made.restore(here.way)

    async def prove_devices(self, on_news: OnNews, within_s: float) -> ExchangeState:
        """As `HubExchange.prove_devices`, looking each minute."""
        made = self._made()
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s

        async def again() -> bool:
            state = made.state
            words = _("{done} of {all} devices talk; waiting for the rest")
            on_news(words.format(done=len(state.proved), all=state.devices))
            if loop.time() + LOOK_AGAIN_S > until:
                return False
            await asyncio.sleep(LOOK_AGAIN_S)
            return True

        async with self._at(made, on_news) as here:
            return await made.prove_devices(here.way, again)

    def finish(self) -> ExchangeState:
        """As `HubExchange.finish`."""
        return self._made().finish()

    def abandon(self, why: str) -> ExchangeState:
        """As `HubExchange.abandon`."""
        return self._made().abandon(by=self._of.by, why=why)

    def _found(self) -> HubExchange | None:
        """This visit's; else one of the same old hub that was begun elsewhere and is not over: it is gone on with."""
        kept = [one for one in works(self._store, HubWorkKind.EXCHANGE) if one.hub == str(self._of.old.chf)]
        made = [HubExchange(self._store, one.work_id) for one in kept]
        own = [one for one in made if one.work_id == f"{self._of.visit_id}-hub"]
        return next(iter([*own, *(one for one in reversed(made) if not one.state.over)]), None)

    def _made(self) -> HubExchange:
        found = self._found()
        assert found is not None, "the steps before have begun it"
        return found

    @asynccontextmanager
    async def _at(self, made: HubExchange, on_news: OnNews) -> AsyncIterator[AtHub]:
        self._news = on_news
        state, snapshot = made.state, made.snapshot
        new = state.new_chf is not None and state.new_gpf is not None
        chf, gpf = (state.new_chf, state.new_gpf) if new else (state.old_chf, state.old_gpf)
        assert chf is not None
        assert gpf is not None
        place = HubPlace(self._way.link, gpf, chf, self._pack())
        async with self._service.at(place, {} if snapshot is None else snapshot.kinds, traced=False) as here:
            yield here

    def _pack(self) -> str:
        """The key of the job's pack; "" where none was taken."""
        try:
            return Packs(self._store, self._clock, self._composer).find(self._of.job.reference).key
        except PackError as error:
            if error.code != "pack-not-kept":
                raise
            return ""

    @asynccontextmanager
    async def _member(self, place: HubPlace) -> AsyncIterator[HanMember]:
        from ui.pack_radio import on_hub

        way = with_network(HanWay(place.link, place.gpf, self._way.code), self._store)
        async with (
            self._composer.dongle(place.link, None) as dongle,
            on_hub(dongle, way, lambda event: self._news(event.text)) as member,
        ):
            yield member
