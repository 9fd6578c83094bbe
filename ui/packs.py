"""The one service for command packs, for command line and window alike: take, look, deliver, settle, note, bring home.

Everything here may be called again at any time: what happened is on disk before it is said. Only `deliver` and `ask`
reach for devices; one process does that at a time.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from hht.i18n import _
from hht.identifiers import DeviceId, InstallCode
from hht.packs.acceptance import Accepted, Situation, accept, read_signed, require_current
from hht.packs.delivery import Custody, Delivery
from hht.packs.envelope import DeskKey, open_unverified
from hht.packs.errors import PackError
from hht.packs.homebound import DeviceAnswer, answers_of, broker_of, duis_requests, write_answers
from hht.packs.kept import KeptPack, Left, PackStore
from hht.packs.locker import Facts, Locker, Parties
from hht.packs.pack import Entry, parse_pack
from hht.packs.records import Record
from hht.packs.sealing import unseal_install_code
from hht.store.log_chain import latest_noted
from ui.desk_trust import DeskTrust
from ui.hub_networks import with_network
from ui.pack_facts import SLEEPERS, PackFacts, pack_facts
from ui.pack_radio import HanWay, OnHan, OnPack, PackEvent, on_han
from ui.pack_run import Overtaken, PackRun, Watch
from ui.pack_time import PackTime
from ui.pack_trust import distrusted, gate_of, require_newest, require_trusted
from ui.references import last_used
from ui.supply_gate import job_devices
from ui.terminal_key import TerminalKey, kept_key, kept_key_name

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.link import TraceSink
    from hht.store.store import Store
    from ui.compose import Composer

__all__ = ["Exported", "HanWay", "OnPack", "PackEvent", "Packs", "Watch"]


class Exported(NamedTuple):
    """A file of answers, how many there are in it, and the hash of the last record."""

    octets: bytes
    answers: int
    head: str


class Packs:
    """See the module. `desks`: whose packs are trusted in training; none: those that the store keeps (`DeskTrust`).

    Methods without ``async`` only read and write the store (call them in a thread from a window): every one raises
    StoreError where it fails, PackError ``pack-not-kept`` for a key that is none, ``pack-records-broken``.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        composer: Composer,
        desks: Sequence[DeskKey] = (),
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._store = store
        self._clock = clock
        self._composer = composer
        self._named = tuple(desks)
        self._kept = PackStore(store)
        self._random_bytes = random_bytes

    @property
    def _desks(self) -> tuple[DeskKey, ...]:
        """In live work those alone that the store keeps, each named in its log by somebody who may."""
        named = self._named if self._store.training else ()
        return named or DeskTrust(self._store).trusted()

    # --- taking and looking ----------------------------------------------------------------------------------------

    def look(self, octets: bytes, source: str) -> PackFacts:
        """A pack, whoever made it: to be looked at, never to be used. Raises EnvelopeError, PackFileError."""
        pack = parse_pack(open_unverified(octets), source)
        return pack_facts(pack, Locker(pack, ()), self._moment)

    def verify(self, octets: bytes, source: str, job: str = "") -> Accepted:
        """The pack, if it may be used now (for `job`, where that is given). Raises what `accept` raises."""
        wanted = job or read_signed(octets, self._desks, source).pack.job
        newest = self._kept.newest_edition(wanted)
        devices = job_devices(self._store, wanted)
        now, seen, here = self._clock.now(), latest_noted(self._store), kept_key_name(self._store)
        situation = Situation(wanted, self._store.training, now, newest, devices, seen, here)
        return accept(octets, self._desks, situation, source)

    def take(self, octets: bytes, source: str, job: str = "") -> PackFacts:
        """Take in a pack that may be used; taken again it is the same. Raises as `verify`."""
        found = self.verify(octets, source, job)
        return self.show(self._kept.take(octets, found.pack, found.desk.name).key)

    def list(self) -> tuple[PackFacts, ...]:
        """Every pack that is kept, the newest last."""
        left = self._kept.left()
        return tuple(self._facts(kept, left) for kept in self._kept.all())

    def show(self, key: str) -> PackFacts:
        """One pack as it stands."""
        return self._facts(self._pack(key))

    def find(self, words: str) -> PackFacts:
        """The pack that a person means: by its name, its job (the newest edition), or the first 6 or more digits of its
        key. Raises PackError ``pack-not-kept``, ``pack-ambiguous``."""
        every = self._kept.all()
        named = [one for one in every if one.pack.name == words or (len(words) >= 6 and one.key.startswith(words))]
        if not named:
            named = [one for one in every if one.pack.job == words]
            newest = max((one.pack.edition for one in named), default=0)
            named = [one for one in named if one.pack.edition == newest]
        if not named:
            raise _not_kept(words, short=bool(words) and any(one.key.startswith(words) for one in every))
        if len(named) > 1:
            keys = ", ".join(one.key[:8] for one in named)
            raise PackError(
                _("Several packs are called {words}: {keys}.").format(words=words, keys=keys),
                remedy=_("Say which one by the first digits of its key."),
                code="pack-ambiguous",
            )
        return self._facts(named[0])

    def records(self, key: str) -> Sequence[Record]:
        """Its records, oldest first."""
        return self._kept.records(self._pack(key)).all()

    def export(self, key: str) -> Exported:
        """What goes home of it: the devices' answers and every record, chained (see `hht.packs.homebound`)."""
        kept = self._pack(key)
        records = self._kept.records(kept).all()
        octets = write_answers(kept.pack, kept.envelope, records)
        return Exported(octets, len(answers_of(kept.pack, records)), records[-1].hash)

    def duis_requests(
        self, key: str, first_counter: int, acb: DeviceId | None = None
    ) -> Sequence[tuple[DeviceAnswer, bytes]]:
        """The unsigned requests 8.13 for the devices' answers. `acb`: the access control broker, else as the pack's
        certificates say. Raises PackError ``pack-no-broker``, DuisError."""
        kept = self._pack(key)
        answers = answers_of(kept.pack, self._kept.records(kept).all())
        broker = acb.to_bytes() if acb is not None else broker_of(kept.pack)
        return tuple(duis_requests(kept.pack, answers, broker, first_counter))

    # --- install codes ---------------------------------------------------------------------------------------------

    def terminal_key(self) -> TerminalKey:
        """This terminal's key, for which desks seal install codes; made the first time."""
        return kept_key(self._store, self._random_bytes)

    def is_code(self, key: str, device: DeviceId, code: InstallCode) -> bool:
        """Whether the install code on a device's label is the one that the pack brings, sealed for this terminal.

        Raises PackError ``pack-no-code`` where it brings none, SealError where it is sealed for another terminal."""
        pack = self._pack(key).pack
        sealed = next((one.install_code for one in pack.devices if one.device == device), b"")
        if not sealed:
            raise PackError(
                _("The pack brings no install code of {device}.").format(device=device),
                remedy=_("Ask the desk for one with it: hht pack terminal-key writes what it needs for that."),
                code="pack-no-code",
            )
        return unseal_install_code(sealed, self.terminal_key().private, pack.name, device) == code

    # --- what a person notes ---------------------------------------------------------------------------------------

    def freeze(self, key: str, why: str) -> PackFacts:
        """Nothing of it is delivered until the desk confirms; a delivery under way ends before the next command."""
        return self._noted(key, lambda custody: custody.freeze(why))

    def confirm(self, key: str, reference: str, reached: Mapping[Parties, int] | None = None) -> PackFacts:
        """The desk has confirmed a frozen pack under `reference`. `reached`: counters that the desk says devices have
        reached over the WAN; what is not above them is void. Raises PackError ``pack-not-frozen``."""
        return self._noted(key, lambda custody: custody.confirm(reference, reached))

    def pass_over(self, key: str, entry: str, by: str) -> PackFacts:
        """Go on without a command that waits; it is void then. `by`: who decided it. Raises PackError."""
        return self._noted(key, lambda custody: custody.pass_over(self._entry(key, entry), by))

    def challenge(self, key: str, entry: str) -> str:
        """What is read out to the desk before a command that affects supply may go. Raises PackError."""
        kept = self._pack(key)
        require_trusted(self._store, kept)
        return self._custody(kept).challenge(self._entry(key, entry), self._random_bytes)

    def release(self, key: str, entry: str, codes: tuple[str, ...]) -> PackFacts:
        """Take the codes that people at the desk read out; the command may go, once, for some minutes. Raises PackError
        ``pack-code``, ``pack-no-challenge``."""
        private, now = self.terminal_key().private, self._clock.now()
        return self._noted(key, lambda custody: custody.release(self._entry(key, entry), codes, private, now))

    def settle(self, key: str, entry: str, *, done: bool, by: str) -> PackFacts:
        """What a person has seen of a command whose outcome was unknown; `by`: what they saw, and who. Raises PackError
        ``pack-not-unknown``."""
        return self._noted(key, lambda custody: custody.settle(self._entry(key, entry), done=done, by=by))

    def late_answer(self, key: str, entry: str, response: bytes) -> PackFacts:
        """The device's own answer, come another way. Raises PackError ``pack-not-unknown``, AnswerRefused."""
        return self._noted(key, lambda custody: custody.late_answer(self._entry(key, entry), response))

    # --- devices ---------------------------------------------------------------------------------------------------

    async def deliver(
        self,
        key: str,
        way: HanWay,
        on_event: OnPack,
        sink: TraceSink | None = None,
        watch: Watch | None = None,
        only: DeviceId | None = None,
    ) -> PackFacts:
        """Settle what is unknown as far as the hub knows, then deliver each command that may go, in order; the pack as
        it is afterwards. Ended by cancelling the task: the command under way is unknown then, and everything is noted.
        `watch` is asked before each command whether the pack is to freeze, and says why. `only`: end before the first
        command for another device.

        Raises PackError where the next command may not go (``pack-frozen``, ``pack-held``, ``pack-expired``, …), and
        what reaching the devices raises; `show` has what was done until then.
        """
        kept = self._deliverable(key)
        self._custody(kept).conclude()
        if not self._work(kept, only):  # nothing is left that could go: no device is disturbed
            return self._facts(kept)
        async with self._by_radio(kept, way, on_event, sink) as (delivery, han):
            await PackRun(kept.pack, delivery, han, on_event, watch, self._overtaken(kept)).all_that_may_go(only)
        return self._facts(kept)

    async def ask(
        self, key: str, way: HanWay, on_event: OnPack, sink: TraceSink | None = None, *, prove: str = ""
    ) -> PackFacts:
        """Ask the hub what became of the commands whose outcome is unknown; nothing is sent to any device. `prove`: of
        that command, deliver the read of the pack that tells it, where the hub does not.

        Raises PackError ``pack-no-proof`` where there is no such read, and what reaching the hub raises."""
        kept = self._pack(key)
        if self._custody(kept).locker.unknown:
            async with self._by_radio(kept, way, on_event, sink) as (delivery, han):
                run = PackRun(kept.pack, delivery, han, on_event, overtaken=self._overtaken(kept))
                for entry in delivery.locker.unknown:
                    if not await run.ask_hub(entry) and entry.name == prove:
                        await run.prove(entry)
        return self._facts(kept)

    # --- inside ----------------------------------------------------------------------------------------------------

    @property
    def _moment(self) -> Facts:
        """Now, and the latest that this store has noted: a clock that was set back makes nothing current."""
        return PackTime(self._store, self._clock).facts()

    def _pack(self, key: str) -> KeptPack:
        kept = self._kept.get(key)
        if kept is None:
            raise _not_kept(key[:12])
        return kept

    def _entry(self, key: str, name: str) -> Entry:
        try:
            return self._pack(key).pack.entry(name)
        except KeyError:
            raise PackError(
                _("The pack has no command of the name {name}.").format(name=name),
                remedy=_("hht pack show lists them."),
                code="pack-no-entry",
            ) from None

    def _custody(self, kept: KeptPack) -> Custody:
        elsewhere = self._kept.elsewhere(kept.key)
        return Custody(kept.pack, self._kept.records(kept), lambda: elsewhere)

    def _noted(self, key: str, note: Callable[[Custody], object]) -> PackFacts:
        kept = self._pack(key)
        note(self._custody(kept))
        return self._facts(kept)

    def _facts(self, kept: KeptPack, left: Sequence[Left] | None = None) -> PackFacts:
        records = self._kept.records(kept).all()
        locker = Locker(kept.pack, records, self._kept.elsewhere(kept.key, left))
        newest = self._kept.newest_edition(kept.pack.job)
        return pack_facts(
            kept.pack,
            locker,
            self._moment,
            key=kept.key,
            records=records,
            newest=newest,
            distrusted=distrusted(self._store, kept),
        )

    def _deliverable(self, key: str) -> KeptPack:
        """A kept pack that is neither over its time nor superseded, of whom is trusted. Raises EnvelopeError,
        PackError."""
        kept = self._pack(key)
        require_newest(kept, self._kept.newest_edition(kept.pack.job))
        locker = self._custody(kept).locker
        if locker.next is not None or locker.unknown:
            require_current(kept.pack, self._clock.now(), latest_noted(self._store))
            require_trusted(self._store, kept)
        if locker.next is not None and not locker.unknown and locker.frozen:
            locker.permit(locker.next, self._moment)  # says so before any device is disturbed
        return kept

    def _overtaken(self, kept: KeptPack) -> Overtaken:
        """What of the other packs that could still go is void once a command of `kept` has left; each is said once."""
        left, others = self._kept.left(), list[Locker]()
        for one in self._kept.all():
            newest = self._kept.newest_edition(one.pack.job)
            if one.key != kept.key and one.pack.edition == newest and self._clock.now() < one.pack.expires:
                others.append(Locker(one.pack, self._kept.records(one).all(), self._kept.elsewhere(one.key, left)))
        said = set[tuple[str, str]]()

        def by(entry: Entry) -> Iterator[tuple[str, Sequence[str]]]:
            for other in others:
                names = [lost.name for lost in other.would_void(entry) if (other.pack.name, lost.name) not in said]
                said.update((other.pack.name, name) for name in names)
                if names:
                    yield other.pack.name, names

        return by

    def _work(self, kept: KeptPack, only: DeviceId | None) -> bool:
        """Whether something of it could go (`only`: to that device), or be settled."""
        locker = self._custody(kept).locker
        waiting = locker.next is not None and only in (None, locker.next.device)
        return waiting or bool(locker.unknown)

    @asynccontextmanager
    async def _by_radio(
        self, kept: KeptPack, way: HanWay, on_event: OnPack, sink: TraceSink | None
    ) -> AsyncIterator[tuple[Delivery, OnHan]]:
        """On the hub's HAN, alone with the pack; off it afterwards."""
        self._store.hold_packs()
        try:
            sleepers = {one.device for one in kept.pack.devices if one.type in SLEEPERS}
            last = last_used(self._store, f"han {way.hub}")
            time = PackTime(self._store, self._clock)
            async with (
                self._composer.dongle(way.link, sink) as dongle,
                on_han(
                    dongle, with_network(way, self._store), self._clock, on_event, sleepers, last, time.facts
                ) as han,
            ):
                elsewhere = self._kept.elsewhere(kept.key)  # nobody else delivers meanwhile
                records = self._kept.records(kept)
                gate = gate_of(self._store, self._clock, kept)
                yield Delivery(kept.pack, records, han.carrier, han.moment, lambda: elsewhere, gate), han
        finally:
            self._store.release_packs()


def _not_kept(words: str, *, short: bool = False) -> PackError:
    """`short`: a key begins so, with too few digits to name it."""
    listed = _("hht pack list shows what is kept; hht pack take FILE takes one in.")
    return PackError(
        _("No pack {words} is kept here.").format(words=words),
        remedy=_("By its key a pack is named with its first 6 or more digits.") if short else listed,
        code="pack-not-kept",
    )
