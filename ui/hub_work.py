"""The one service for work at a hub, for window and command line alike: its Device Log, devices added, removed, joined
and unjoined, and its exchange for another.

The terminal makes no commands. They come from a command pack that is kept, or, in training, from the training desk,
whose centre remembers what it heard of hubs in a file beside the training store.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.client.radio.carrier import TunnelCarrier
from hht.client.radio.tunnel import HanTunnel
from hht.clock import iso_z
from hht.desk.course import AskState
from hht.desk.kinds import AskKind
from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.packs.delivery import Delivery
from hht.packs.errors import PackError
from hht.packs.kept import PackStore
from hht.packs.way import CommandCarrier
from hht.protocol.gbcs.answers import AnswerRefused
from hht.protocol.gbcs.device_types import DeviceLogType, GbcsDeviceType
from hht.work import hub_orders
from hht.work.han_xray import HanSeen, xray
from hht.work.hub_exchange import HubExchange
from hht.work.hub_exchange_state import ExchangeState
from hht.work.hub_facts import DeviceLogEntry, HubFactsError, Partner, device_log
from hht.work.hub_hand import HubHand, HubWorkError
from hht.work.hub_links import HanDevice, HubLinks, LinkReport, half_done
from hht.work.hub_orders import HubOrder, OrderError
from hht.work.hub_partners import ask_around, kinds_of
from hht.work.hub_records import HubWorkKind, log_work_of, works
from hht.work.hub_ways import CopyStatement, DeskWay, PackWay, Way
from ui.desk_memory import DESK_MEMORY
from ui.hub_facts import DeviceLogFacts, OrderFacts, log_facts, order_facts
from ui.hub_relay import DeskLine, RelayWay
from ui.pack_time import PackTime
from ui.pack_trust import gate_of, require_newest, require_trusted
from ui.references import last_used
from ui.whole_file import whole_binary_file

if TYPE_CHECKING:
    from datetime import datetime

    from hht.client.radio.joining import HanMember
    from hht.clock import Clock
    from hht.emulation.hub_desk import TrainingHubDesk
    from hht.identifiers.install_code import InstallCode
    from hht.store.store import Store
    from ui.desks import Desks

Kinds = Mapping[DeviceId, GbcsDeviceType]


@dataclass(frozen=True, slots=True)
class HubPlace:
    """A hub and how it is reached. `link`: the dongle's; `gpf` and `chf`: the hub's two Device IDs; `pack`: the key
    of a kept pack whose commands are used ("": the training desk's)."""

    link: str
    gpf: DeviceId
    chf: DeviceId
    pack: str = ""


@dataclass(frozen=True, slots=True)
class AtHub:
    """On the HAN of a hub: what carries orders, this terminal's own Device ID, and its place there."""

    way: Way
    terminal: DeviceId
    member: HanMember


OnHan = Callable[[HubPlace, bool], AbstractAsyncContextManager["HanMember"]]

_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)  # of a copy whose age nobody told: it is none to rely on


class HubWorkService:
    """See the module. `on_han` brings the terminal onto a hub's HAN and off it again; its second argument says whether
    a trace may be kept (of an exchange none is: what is read of the HAN must not stay here).

    Methods without ``async`` only read and write the store. Every method raises StoreError where that fails; the others
    raise what reaching the hub raises, and OrderError where there is no command for what is asked.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        on_han: OnHan,
        codes: Mapping[DeviceId, InstallCode] | None = None,
        line: DeskLine | None = None,
    ) -> None:
        """`codes`: install codes of devices that are to be added, as the desk is told them; `line`: to a desk that
        hands commands over as they are asked for (None: pack or training desk)."""
        self._line = line
        self._store = store
        self._clock = clock
        self._on_han = on_han
        self._codes = dict(codes or {})
        self._desk: TrainingHubDesk | None = None

    @property
    def clock(self) -> Clock:
        """The terminal's."""
        return self._clock

    def hand(self, place: HubPlace, here: AtHub) -> HubHand:
        """What carries orders out on the HAN of that hub, and records them."""
        return HubHand(log_work_of(self._store, str(place.chf)), here.way)

    # --- the Device Log --------------------------------------------------------------------------------------------

    async def device_log(self, place: HubPlace, kinds: Kinds | None = None) -> DeviceLogFacts:
        """The hub's Device Log with its signal figures; what each device is, as far as `kinds` or joins tell."""
        return (await self.watch(place, 1, 0, kinds=kinds))[0]

    async def watch(
        self,
        place: HubPlace,
        times: int,
        every_s: float,
        on_log: Callable[[DeviceLogFacts], None] = lambda _log: None,
        kinds: Kinds | None = None,
    ) -> tuple[DeviceLogFacts, ...]:
        """Read it so often, each time `every_s` after the one before; `on_log` is told of each."""
        logs: list[DeviceLogFacts] = []
        from ui.han_xray import security_of

        async with self.at(place, kinds) as here:
            hand = self.hand(place, here)
            known, joins, read, security = dict(kinds or {}), {}, [], None
            for number in range(times):
                if number:
                    await asyncio.sleep(every_s)
                rows = await hand.ask(hub_orders.read(hub_orders.READ_LOG, place.chf), device_log)
                if not number:
                    joins = await self._joins(hand, place, rows, known)
                    security = await security_of(hand, place.chf)
                    known = kinds_of(joins) | known
                own = [row for row in rows if row.device != here.terminal]
                read.append(own)
                facts = log_facts(self._clock.now(), place.chf, own, known)
                so_far = HanSeen(read, joins, known, kinds or {}, security=security)
                seen = xray(facts.read_at, place.chf, place.gpf, so_far)
                logs.append(replace(facts, xray=seen))
                on_log(logs[-1])
        return tuple(logs)

    async def _joins(
        self, hand: HubHand, place: HubPlace, rows: Iterable[DeviceLogEntry], kinds: Kinds
    ) -> dict[DeviceId, tuple[Partner, ...]]:
        """Whom devices know, which also tells what they are; a pack without such commands, or a device that does not
        answer, leaves that open."""
        try:
            return await ask_around(hand, place.gpf, [row.device for row in rows if row.joined], kinds)
        except (OrderError, PackError, HubWorkError, HubFactsError, AnswerRefused):
            return {}

    # --- devices ---------------------------------------------------------------------------------------------------

    async def add(self, place: HubPlace, device: DeviceId, kind: DeviceLogType, join_s: int) -> OrderFacts:
        """List a device in the hub's Device Log, and let it join for so many seconds."""
        return await self._do(place, hub_orders.add(place.chf, device, kind, join_s))

    async def remove(self, place: HubPlace, device: DeviceId) -> OrderFacts:
        """Take a device off it."""
        return await self._do(place, hub_orders.remove(place.chf, device))

    async def _do(self, place: HubPlace, order: HubOrder) -> OrderFacts:
        """Do it, then look: an answer to the command is one thing, the log another. No trace is kept of the command
        that lists a device: its install code stands in it."""
        async with self.at(place, traced=order.code != hub_orders.ADD) as here:
            hand = self.hand(place, here)
            facts = order_facts(await hand.do(order))
            try:
                rows = await hand.ask(hub_orders.read(hub_orders.READ_LOG, place.chf), device_log)
            except (OrderError, PackError):  # a pack that has no such command
                return facts
            return replace(facts, seen=_seen(order, rows))

    async def join(self, place: HubPlace, one: HanDevice, other: HanDevice) -> LinkReport:
        """Join two devices, at both ends as the join matrix has it. Raises MatrixError before anything leaves."""
        async with self._links(place, one, other) as links:
            return await links.join(one, other)

    async def unjoin(self, place: HubPlace, one: HanDevice, other: HanDevice) -> LinkReport:
        """Have two devices forget one another."""
        async with self._links(place, one, other) as links:
            return await links.unjoin(one, other)

    async def look(self, place: HubPlace, one: HanDevice, other: HanDevice) -> LinkReport:
        """What two devices are to one another, by their own word."""
        async with self._links(place, one, other) as links:
            return await links.look(one, other)

    @asynccontextmanager
    async def _links(self, place: HubPlace, one: HanDevice, other: HanDevice) -> AsyncIterator[HubLinks]:
        from hht.work.join_matrix import link_between

        link_between(one.kind, other.kind)  # before anybody goes onto the HAN for it
        async with self.at(place, {device.device: device.kind for device in (one, other)}) as here:
            yield HubLinks(self.hand(place, here))

    def half_done(self, chf: DeviceId | None = None) -> tuple[dict[str, Any], ...]:
        """The joins that are not as they were wanted, of one hub or of all, as `LinkReport.plain` has them."""
        found = []
        for work in works(self._store, HubWorkKind.LOG):
            if chf is None or work.hub == str(chf):
                records = log_work_of(self._store, work.hub).all()
                found += [payload | {"hub": work.hub} for payload in half_done(records)]
        return tuple(found)

    # --- exchanges -------------------------------------------------------------------------------------------------

    def exchanges(self) -> tuple[ExchangeState, ...]:
        """Every exchange of a hub, the oldest first."""
        return tuple(HubExchange(self._store, one.work_id).state for one in works(self._store, HubWorkKind.EXCHANGE))

    def exchange(self, words: str = "") -> HubExchange:
        """The exchange of the hub whose CHF ID (old or new) a person names, or the only one that is not over. Raises
        OrderError ``hub-no-exchange``."""
        every = [state for state in self.exchanges() if words or not state.over]
        if words:
            chf = DeviceId.parse(words)
            every = [state for state in every if chf in (state.old_chf, state.new_chf)]
            every = [state for state in every if not state.over] or every[-1:]
        if len(every) == 1:
            return HubExchange(self._store, every[0].work_id)
        raise OrderError(
            _("No exchange of a hub is under way.") if not every else _("Several exchanges are under way."),
            remedy=_("hht han exchange list tells them; say which by the CHF ID of its old hub, with --of."),
            code="hub-no-exchange",
        )

    async def centre_copy(self, chf: DeviceId) -> CopyStatement | None:
        """What the training desk says of the centre's copy; None: it has none. Raises OrderError in live work."""
        return await self._training_desk().copy_of(chf)

    async def training_pack(self, orders: list[HubOrder], job: str, now: datetime, *, edition: int) -> bytes:
        """A pack of the training desk's for these orders. Raises OrderError ``hub-no-desk`` in live work, and where the
        desk knows too little."""
        desk = self._training_desk()
        from hht.emulation.hub_pack import hub_pack

        return await hub_pack(desk, orders, job, now, edition=edition)

    async def confirmed_copy(self, desks: Desks, url: str, made: HubExchange, *, home: str = "") -> CopyStatement:
        """What the desk at the link `url` says of the centre's copy: which devices it has, when it was taken, and its
        fingerprint; a desk that tells neither is asked whether it is as new as the log was when it last changed.
        Raises OrderError ``hub-copy-not-confirmed``, and what `Desks.ask` raises."""
        state, snapshot = made.state, made.snapshot
        since = None if snapshot is None else snapshot.last_change or snapshot.taken
        reference, told = await self._told_of_copy(desks, url, state, {}, home)
        if since is not None and not told.get("fingerprint") and "taken" not in told:
            reference, told = await self._told_of_copy(desks, url, state, {"since": iso_z(since)}, home)
            told = {"taken": iso_z(since)} | told
        taken = datetime.fromisoformat(told["taken"]) if "taken" in told else _LONG_AGO
        devices = tuple(map(DeviceId.parse, told.get("devices", ())))
        return CopyStatement(state.old_chf, taken, told.get("fingerprint", ""), devices, reference)

    async def _told_of_copy(
        self, desks: Desks, url: str, state: ExchangeState, details: dict[str, str], home: str
    ) -> tuple[str, dict[str, Any]]:
        asked = desks.new(state.job or "hub", AskKind.CONFIRM_LOG_COPY, str(state.old_chf), "CHF", details)
        report = await desks.ask(url, asked.ask.reference, home=home)
        if report.state is not AskState.DONE:
            raise OrderError(
                _("The desk does not confirm the centre's copy: {why}").format(why=report.why or report.state.value),
                remedy=_("Leave the old hub where it is. Have it send its log to the centre, then ask again."),
                code="hub-copy-not-confirmed",
            )
        return report.ask.reference, copy_told(report.answer)

    # --- reaching it -----------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def at(self, place: HubPlace, kinds: Kinds | None = None, *, traced: bool = True) -> AsyncIterator[AtHub]:
        """On the HAN of a hub, alone; off it afterwards. `kinds`: what devices are, where that is known: a gas meter
        sleeps. Raises StoreError ``pack-in-use``, what reaching the hub raises, and in training FileNotWritten."""
        self._store.hold_packs()
        try:
            if not place.pack and self._line is None:
                self._training_desk()
            sleepers = [device for device, kind in (kinds or {}).items() if kind is GbcsDeviceType.GSME]
            async with self._on_han(place, traced) as member, HanTunnel(member) as tunnel:
                last = last_used(self._store, f"han {place.gpf}")
                carrier = TunnelCarrier(tunnel, place.gpf, sleepers, last=last)
                yield AtHub(self._way(place, carrier), member.dongle.facts.device_id, member)
        finally:
            try:
                self._keep_memory()
            finally:
                self._store.release_packs()

    def _way(self, place: HubPlace, carrier: CommandCarrier) -> Way:
        if not place.pack and self._line is not None:
            return RelayWay(self._line, carrier, self._codes)
        if not place.pack:
            return DeskWay(self._training_desk(), carrier)
        packs = PackStore(self._store)
        kept = packs.get(place.pack)
        if kept is None:
            raise OrderError(
                _("No pack {pack} is kept here.").format(pack=place.pack[:12]),
                remedy=_("hht pack list shows what is kept; hht pack take FILE takes one in."),
                code="pack-not-kept",
            )
        require_newest(kept, packs.newest_edition(kept.pack.job))
        require_trusted(self._store, kept)
        records, elsewhere, time = packs.records(kept), packs.elsewhere(kept.key), PackTime(self._store, self._clock)
        gate = gate_of(self._store, self._clock, kept)
        delivery = Delivery(kept.pack, records, carrier, time.facts, lambda: elsewhere, gate)
        entries = kept.pack.entries
        if not self._store.training:
            return PackWay(delivery, time.facts, entries, records)
        return PackWay(delivery, time.facts, entries, records, self._training_desk().returned)

    def _training_desk(self) -> TrainingHubDesk:
        if not self._store.training:
            raise OrderError(
                _("In live work the commands come from the supplier's desk, and no pack of it was named."),
                remedy=_("Take the desk's pack in (hht pack take), and name it with --pack."),
                code="hub-no-desk",
            )
        if self._desk is None:
            from hht.emulation.hub_desk import TrainingHubDesk

            self._desk = TrainingHubDesk(self._clock.now, self._codes)
            self._remember(self._desk)
        return self._desk

    def _remember(self, desk: TrainingHubDesk) -> None:
        if not self._memory.exists():
            return
        try:
            desk.remember(json.loads(self._memory.read_text("utf-8")))
        except (OSError, ValueError, LookupError, TypeError, ArithmeticError, AttributeError, RecursionError, HhtError):
            raise OrderError(
                _("What the training desk remembers of hubs cannot be read: {file}.").format(file=self._memory),
                remedy=_("Take the file away; then read the Device Log of the old hub once more, while it runs."),
                code="hub-desk-memory",
            ) from None

    @property
    def _memory(self) -> Path:
        return self._store.path.with_name(DESK_MEMORY)

    def _keep_memory(self) -> None:
        """Raises FileNotWritten."""
        if self._desk is not None:
            with whole_binary_file(self._memory) as file:
                file.write(json.dumps(self._desk.memory()).encode())


def _seen(order: HubOrder, rows: tuple[DeviceLogEntry, ...]) -> str:
    """What the Device Log says of the device that an order was about."""
    row = next((one for one in rows if one.device == order.about), None)
    if row is None:
        return _("{device} is not on the hub's Device Log.").format(device=order.about)
    if order.code == hub_orders.ADD and row.joined:
        return _("{device} was on the log before, and has joined: the hub keeps the key that it had.").format(
            device=row.device
        )
    return _("{device} is on the hub's Device Log.").format(device=row.device)


def copy_told(answer: str) -> dict[str, Any]:
    """What a desk said of the centre's copy: ``taken`` (a time with its zone), ``devices`` (numbers), ``fingerprint``,
    as far as it said them. Raises OrderError ``hub-copy-not-confirmed`` where that cannot be read."""
    try:
        told = json.loads(answer or "{}")
        devices = told.get("devices", [])
        good = datetime.fromisoformat(told.get("taken", iso_z(_LONG_AGO))).tzinfo is not None
        good = good and isinstance(devices, list) and all(isinstance(one, str) for one in devices)
        good = good and isinstance(told.get("fingerprint", ""), str)
    except (ValueError, TypeError, AttributeError, RecursionError):
        good = False
    if not good:
        raise OrderError(
            _("What the desk says of the centre's copy cannot be read."),
            remedy=_("Leave the old hub where it is. Ring the desk and have its answer looked at, then ask again."),
            code="hub-copy-not-confirmed",
        )
    return dict(told)
