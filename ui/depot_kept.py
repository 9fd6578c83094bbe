"""What one terminal keeps of its depot, all of it sealed: its own keys, the depot's card, the broker and its password,
when they last met. And what it brings along to a meeting: the outbox, and the way jobs take in."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.depot.cards import SEED_OCTETS, Card, OwnKeys, Role, is_name, read_card
from hht.depot.errors import DepotError
from hht.depot.letters import MEETING_BITS, JobLetter, Offered, Taken
from hht.depot.terminal_end import Fate
from hht.errors import HhtError
from hht.i18n import _
from hht.private_files import private_file
from hht.work.outbox import OutboxBook
from ui.depots import Met, OnItem, down, meet
from ui.intake import Intake
from ui.intake import Taken as TakenIn
from ui.outbox import Outbox
from ui.outbox_items import Content
from ui.short_file import why
from ui.trusted_depot import known_depot

if TYPE_CHECKING:
    from drivers.broker import BrokerAddress
    from hht.store.store import Store

_SEED, _NAME, _DEPOT, _TAKEN = "depot-seed", "depot-name", "depot-card", "depot-jobs"  # _DEPOT: `ui.trusted_depot`'s
_MEETINGS, _BROKER, _MET, _LOOKED = "depot-meetings", "depot-broker", "depot-met", "depot-looked"
_MOST_TAKEN: Final = 500  # jobs of which is remembered what became of them
LOOK_BACK: Final = timedelta(days=30)  # a depot's backup is taken to be no older
_MOST_LOOKED: Final = 1000  # receipts that are asked for again in one meeting


@dataclass(frozen=True, slots=True)
class BrokerWay:
    """How this terminal comes to its depot. `url`: ``mqtt://[USER@]HOST[:PORT]`` or ``mqtts://…``; `authority`: the
    certificates (PEM) that vouch for it, "" for those of the system."""

    url: str = ""
    password: str = field(default="", repr=False)
    authority: str = field(default="", repr=False)

    def address(self) -> BrokerAddress:
        """Raises BrokerUrlError, DepotError ``depot-broker`` where none is kept."""
        from drivers.broker import broker_address

        if not self.url:
            raise DepotError(
                _("It is not known where the broker is."),
                remedy=_("Say it once: hht depot broker mqtts://HOST, or in the window at Settings, Depot."),
                code="depot-broker",
            )
        return broker_address(self.url, password=self.password, authority=self.authority)


def read_authority(path: Path) -> str:
    """The certificates in that file. Raises HhtError ``pack-unreadable``, DepotError as `authority_of`."""
    from ui.pack_files import read_pack_file

    return authority_of(read_pack_file(path), path.name)


def authority_of(octets: bytes, name: str) -> str:
    """The certificates in a file. Raises DepotError ``depot-authority`` where there are none."""
    try:
        text = octets.decode("ascii")
        ssl.create_default_context(cadata=text)
    except (ValueError, ssl.SSLError):
        raise DepotError(
            _("“{name}” holds no certificates.").format(name=name),
            remedy=_("Choose a PEM file: it begins with -----BEGIN CERTIFICATE-----."),
            code="depot-authority",
        ) from None
    return text


@dataclass(frozen=True, slots=True)
class Contact:
    """The last meeting. `at`: when the depot said its first word; `receipts`, `jobs`: what came of it."""

    at: datetime
    receipts: int = 0
    jobs: int = 0


class TerminalDepot:
    """See the module. Every method raises StoreError where the store fails."""

    def __init__(self, store: Store, random_bytes: Callable[[int], bytes]) -> None:
        self._store, self._random_bytes = store, random_bytes

    # Itself --------------------------------------------------------------------------------------------------------

    def keys(self) -> OwnKeys:
        """This terminal's, made where there are none yet."""
        with self._store.transaction():
            kept = self._store.setting(_SEED)
            if kept is None:
                kept = self._random_bytes(SEED_OCTETS).hex()
                self._store.save_setting(_SEED, kept)
        return OwnKeys(bytes.fromhex(kept))

    def new_keys(self) -> None:
        """Others, of which no copy of this terminal knows: the depot has to take its card in anew."""
        with self._store.transaction():
            self._store.save_setting(_SEED, self._random_bytes(SEED_OCTETS).hex())
            self._store.note("depot-keys-changed", {"key": self.card().key})

    def card(self, name: str = "") -> Card:
        """Its public half, for the depot. `name`: what people call it from now on; without one ever: by its key.
        Raises DepotError ``depot-name``."""
        if name and not is_name(name):
            raise DepotError(
                _("A terminal cannot be called “{name}”.").format(name=name[:80]),
                remedy=_("Use 1 to 60 letters, digits and spaces."),
                code="depot-name",
            )
        if name and name != self._store.setting(_NAME):
            with self._store.transaction():
                self._store.save_setting(_NAME, name)
                self._store.note("depot-named", {"name": name})
        card = self.keys().card(Role.TERMINAL, "", training=self._store.training)
        return replace(card, name=self._store.setting(_NAME) or card.key)

    def write_card(self, path: Path, name: str = "") -> Card:
        """Write that card as a file. Raises DepotError ``depot-card-not-written`` as well."""
        card = self.card(name)
        try:
            with private_file(path) as file:
                file.write(card.write())
        except (OSError, ValueError) as error:
            raise DepotError(
                _("The card cannot be written to {file}: {why}.").format(file=path, why=why(error)),
                remedy=_("Choose another place for it."),
                code="depot-card-not-written",
            ) from error
        return card

    # Its depot -----------------------------------------------------------------------------------------------------

    def trust(self, octets: bytes) -> Card:
        """That depot's receipts and jobs are taken from now on, and no other's. Raises DepotError as `read_card`."""
        card = read_card(octets, Role.DEPOT, training=self._store.training)
        with self._store.transaction():
            self._store.save_setting(_DEPOT, card.write().decode())
            self._store.save_setting(_MET, None)
            self._store.note("depot-trusted", {"name": card.name, "key": card.key})
        return card

    def known(self) -> Card | None:
        """Whose receipts and jobs are taken, if anybody's."""
        return known_depot(self._store)

    def depot(self) -> Card:
        """The same. Raises DepotError ``depot-none``."""
        card = self.known()
        if card is None:
            raise DepotError(
                _("This terminal knows no depot."),
                remedy=_("Take the depot's card in: hht depot trust card.json."),
                code="depot-none",
            )
        return card

    # The way there -------------------------------------------------------------------------------------------------

    def way(self) -> BrokerWay:
        """How it comes there."""
        return BrokerWay(**(self._store.setting(_BROKER) or {}))

    def keep_way(self, way: BrokerWay) -> None:
        """Keep it, sealed. Raises BrokerUrlError where it is none; nothing is kept then."""
        if way.url:
            way.address()
        with self._store.transaction():
            self._store.save_setting(_BROKER, asdict(way))
            self._store.note("depot-broker", {"broker": way.url, "password": bool(way.password)})

    # Meetings ------------------------------------------------------------------------------------------------------

    def next_meeting(self) -> int:
        """A number that no other meeting of this terminal has: counted on disk, with a part that is drawn."""
        with self._store.transaction():
            count = int(self._store.setting(_MEETINGS) or 0) + 1
            self._store.save_setting(_MEETINGS, count)
        return count << MEETING_BITS | int.from_bytes(self._random_bytes(MEETING_BITS // 8), "big")

    def contact(self) -> Contact | None:
        """The last meeting with this depot."""
        kept = self._store.setting(_MET)
        return None if kept is None else Contact(datetime.fromisoformat(kept["at"]), kept["receipts"], kept["jobs"])

    def note_contact(self, receipts: int = 0, jobs: int = 0) -> None:
        """The depot was met just now."""
        self._store.save_setting(_MET, {"at": self._store.now(), "receipts": receipts, "jobs": jobs})

    def looked_today(self) -> bool:
        """Whether the depot was asked today already if it still has what it had receipted."""
        return bool(self._store.setting(_LOOKED) == [self.depot().key, self._store.now()[:10]])

    def note_looked(self) -> None:
        """It was, to the end."""
        self._store.save_setting(_LOOKED, [self.depot().key, self._store.now()[:10]])


class StoreLuggage:
    """The outbox of a store, and the way jobs take into it. `look`: the depot is asked as well whether it still has
    what it receipted; `jobs_only`: nothing is brought."""

    def __init__(
        self,
        store: Store,
        random_bytes: Callable[[int], bytes],
        depot: Card,
        *,
        look: bool = False,
        jobs_only: bool = False,
    ) -> None:
        self._store, self._depot, self._look, self._jobs_only = store, depot, look, jobs_only
        self._outbox, self._intake = Outbox(store, random_bytes), Intake(store, depot.name)
        self._book = OutboxBook(store)
        self._things: dict[str, tuple[str, Content]] = {}
        self.jobs: list[TakenIn] = []  # what came, as it was taken in

    # Evidence ------------------------------------------------------------------------------------------------------

    def waiting(self) -> tuple[Offered, ...]:
        """What is not receipted, what matters first; then what is asked for again."""
        if self._jobs_only:
            return ()
        self._things = {content.sha256: (visit, content) for visit, content in self._outbox.to_send()}
        new = tuple(Offered(sha256, one.name, one.octets) for sha256, (_visit, one) in self._things.items())
        return (*new, *(self._before() if self._look else ()))

    def _before(self) -> tuple[Offered, ...]:
        since = datetime.fromisoformat(self._store.now()) - LOOK_BACK
        told = self._book.receipted_by(self._depot.key, since)
        return tuple(
            Offered(one["sha256"], one["name"], one["octets"], before=True)
            for _visit, one in told[-_MOST_LOOKED:]
            if one["sha256"] not in self._things
        )

    def octets(self, item: Offered) -> bytes:
        """Those of an item, made anew."""
        made: bytes = self._things[item.sha256][1].make()
        return made

    def receipted(self, item: Offered) -> None:
        """Noted on disk when this returns."""
        visit, content = self._things[item.sha256]
        self._outbox.arrived(visit, content, item.sha256, self._depot.name, depot=self._depot.key)

    def missed(self, item: Offered) -> Fate:
        """The depot has it no more: noted on disk; where it is still here it waits again from now on."""
        told = self._book.receipted_by(self._depot.key)
        visit = next(visit for visit, one in told if one["sha256"] == item.sha256)
        self._outbox.missed(visit, item.sha256, self._depot.name)
        self._things |= {one.sha256: (visit, one) for name, one in self._outbox.to_send() if name == visit}
        if item.sha256 in self._things:
            return Fate.HERE
        there = bool(self._store.rows("visits", "visit_id = ?", (visit,), select="visit_id"))
        return Fate.CHANGED if there else Fate.ERASED

    # Jobs ----------------------------------------------------------------------------------------------------------

    def take(self, job: JobLetter) -> Taken:
        """Take a job in; one with a number that came before is answered as then, one that is older than what was taken
        of the same reference is refused. Numbers are each depot's own."""
        kept = self._store.setting(_TAKEN) or {}
        if kept.get("depot") != self._depot.key:
            kept = {"depot": self._depot.key, "said": {}, "newest": {}}
        said = kept["said"].get(str(job.number))
        if said is not None:
            return Taken(job.number, *said)
        reference = _reference(job.octets)
        if reference and kept["newest"].get(reference, 0) > job.number:
            taken = self._refuse(job, reference)
        else:
            told = self._intake.octets(job.octets, job.name)[0]
            if told.passing:
                raise told.error or ValueError(told.state)
            self.jobs.append(told)
            taken = Taken(job.number, told.state, told.words[:500] if told.error is not None else "")
            if told.error is None and reference:
                kept["newest"][reference] = job.number
        kept["said"][str(job.number)] = [taken.state, taken.why]
        kept["said"] = _newest(kept["said"])
        kept["newest"] = _newest(kept["newest"])
        self._store.save_setting(_TAKEN, kept)
        return taken

    def _refuse(self, job: JobLetter, reference: str) -> Taken:
        older = HhtError(
            _("A newer one of {name} was taken already.").format(name=reference),
            remedy=_("The depot posts it once more where it is to count."),
            code="depot-job-older",
        )
        self.jobs.append(TakenIn(job.name, error=older))
        return Taken(job.number, "refused", older.message)


def _newest(kept: Mapping[str, Any]) -> dict[str, Any]:
    return dict(list(kept.items())[-_MOST_TAKEN:])


def _reference(octets: bytes) -> str:
    from hht.work.signed_job import job_in

    with contextlib.suppress(HhtError):  # what it is refused for is said once it is taken in
        return job_in(octets, "job").reference
    return ""


def read_card_file(path: Path) -> bytes:
    """The octets of a card's file. Raises HhtError ``pack-unreadable``."""
    from hht.depot.cards import MOST_CARD
    from ui.pack_files import read_pack_file

    return read_pack_file(path, MOST_CARD + 1)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a meeting with the depot came to, and the jobs that came, as they were taken in."""

    met: Met
    jobs: tuple[TakenIn, ...]


async def meet_depot(
    store: Store,
    random_bytes: Callable[[int], bytes],
    *,
    way: BrokerWay | None = None,
    jobs_only: bool = False,
    on_item: OnItem = lambda _item, _octets: None,
) -> Brought:
    """One meeting of the terminal of that store with its depot. `way`: another than the one that is kept; `jobs_only`:
    fetch, bring nothing. Cancelled, what arrived before is receipted.

    Raises DepotError ``depot-none``, ``depot-broker``, LinkUnavailable, LinkTimeout and what the store raises.
    """
    from drivers.broker import Broker

    kept = TerminalDepot(store, random_bytes)
    depot, keys, mine = kept.depot(), kept.keys(), kept.card()
    address = (way or kept.way()).address()
    look = not jobs_only and not kept.looked_today()
    luggage = StoreLuggage(store, random_bytes, depot, look=look, jobs_only=jobs_only)
    broker = Broker(address, f"hht-{mine.key}", [down(mine.key)])
    await broker.open()
    try:
        met = await meet(
            broker, luggage, keys, mine, depot, kept.next_meeting(), on_item=on_item, on_heard=kept.note_contact
        )
    finally:
        await broker.close()
    kept.note_contact(met.receipts, len(met.jobs))
    if look and met.whole:
        kept.note_looked()
    return Brought(met, tuple(luggage.jobs))
