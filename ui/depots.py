"""A terminal and its depot over a broker: the outbox goes up, jobs come down; and the depot that answers them all."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from hht.depot.cards import SEED_OCTETS, Card, OwnKeys, Role, read_card
from hht.depot.depot_end import DepotEnd
from hht.depot.errors import DepotError
from hht.depot.letters import FromDepot, FromTerminal, JobLetter, Offered, Taken, is_file_name, read, write
from hht.depot.terminal_end import TerminalEnd
from hht.i18n import _
from hht.link import LinkTimeout
from ui.intake import Intake
from ui.outbox import Content, Outbox

if TYPE_CHECKING:
    from hht.depot.shelf import Shelf
    from hht.depot.terminal_end import Luggage
    from hht.store.store import Store

_SEED, _DEPOT, _TAKEN = "depot-seed", "depot-card", "depot-jobs"
_MOST_TAKEN: Final = 500  # jobs of which is remembered what became of them
PATIENCE_S: Final = 10.0  # without a word of the depot, then everything is offered again
TRIES: Final = 6  # so often


class Post(Protocol):
    """Who carries letters: `drivers.broker.Broker`."""

    async def publish(self, topic: str, octets: bytes) -> None: ...

    async def next(self, limit_s: float) -> tuple[str, bytes] | None: ...


def up(terminal: str) -> str:
    """Where the depot hears a terminal; `+`: all of them."""
    return f"hht/1/up/{terminal}"


def down(terminal: str) -> str:
    """Where a terminal hears the depot."""
    return f"hht/1/down/{terminal}"


class TerminalDepot:
    """What one store keeps of its depot. Every method raises StoreError where the store fails."""

    def __init__(self, store: Store, random_bytes: Callable[[int], bytes]) -> None:
        self._store, self._random_bytes = store, random_bytes

    def keys(self) -> OwnKeys:
        """This terminal's, made where there are none yet."""
        with self._store.transaction():
            kept = self._store.setting(_SEED)
            if kept is None:
                kept = self._random_bytes(SEED_OCTETS).hex()
                self._store.save_setting(_SEED, kept)
        return OwnKeys(bytes.fromhex(kept))

    def card(self, name: str = "") -> Card:
        """Its public half, for the depot. `name`: what people shall call it; else by its key."""
        training = self._store.training
        card = self.keys().card(Role.TERMINAL, name or "-", training=training)
        return card if name else self.keys().card(Role.TERMINAL, card.key, training=training)

    def trust(self, octets: bytes) -> Card:
        """That depot's receipts and jobs are taken from now on, and no other's. Raises DepotError as `read_card`."""
        card = read_card(octets, Role.DEPOT, training=self._store.training)
        self._store.save_setting(_DEPOT, card.write().decode())
        return card

    def depot(self) -> Card:
        """Whose receipts and jobs are taken. Raises DepotError ``depot-none``."""
        kept = self._store.setting(_DEPOT)
        if kept is None:
            raise DepotError(
                _("This terminal knows no depot."),
                remedy=_("Take the depot's card in: hht depot trust card.json."),
                code="depot-none",
            )
        return read_card(kept.encode(), Role.DEPOT, training=self._store.training)


class StoreLuggage:
    """The outbox of a store, and the way jobs take into it."""

    def __init__(self, store: Store, random_bytes: Callable[[int], bytes], depot: str) -> None:
        self._store, self._depot = store, depot
        self._outbox, self._intake = Outbox(store, random_bytes), Intake(store)
        self._things: dict[str, tuple[str, Content]] = {}

    def waiting(self) -> tuple[Offered, ...]:
        """What is not receipted, what matters first."""
        self._things = {content.sha256: (visit, content) for visit, content in self._outbox.to_send()}
        return tuple(Offered(sha256, one.name, one.octets) for sha256, (_visit, one) in self._things.items())

    def octets(self, item: Offered) -> bytes:
        """Those of an item, made anew."""
        made: bytes = self._things[item.sha256][1].make()
        return made

    def receipted(self, item: Offered) -> None:
        """Noted on disk when this returns."""
        visit, content = self._things[item.sha256]
        self._outbox.arrived(visit, content, item.sha256, self._depot)

    def take(self, job: JobLetter) -> Taken:
        """Take a job in; one with a number that came before is answered as then, one that is older than what was taken
        of the same reference is refused."""
        kept = self._store.setting(_TAKEN) or {"said": {}, "newest": {}}
        said = kept["said"].get(str(job.number))
        if said is not None:
            return Taken(job.number, *said)
        reference = _reference(job.octets)
        if kept["newest"].get(reference, 0) > job.number:
            taken = Taken(job.number, "refused", _("A newer one of {name} was taken already.").format(name=reference))
        else:
            told = self._intake.octets(job.octets, job.name)[0]
            if told.passing:
                raise told.error or ValueError(told.state)
            taken = Taken(job.number, told.state, told.words[:500] if told.error is not None else "")
            if told.error is None:
                kept["newest"][reference] = job.number
        kept["said"][str(job.number)] = [taken.state, taken.why]
        kept["said"] = dict(list(kept["said"].items())[-_MOST_TAKEN:])
        kept["newest"] = dict(list(kept["newest"].items())[-_MOST_TAKEN:])
        self._store.save_setting(_TAKEN, kept)
        return taken


def _reference(octets: bytes) -> str:
    with contextlib.suppress(ValueError, RecursionError):
        plain = json.loads(octets)
        if isinstance(plain, dict):
            return str(plain.get("reference", ""))[:40]
    return ""


@dataclass(slots=True)
class Met:
    """What a meeting came to. `left`: items that the depot is not known to have; `refused`: name -> why."""

    receipts: int
    jobs: tuple[Taken, ...]
    left: tuple[Offered, ...]
    refused: dict[str, str] = field(default_factory=dict)


async def meet(
    post: Post,
    luggage: Luggage,
    keys: OwnKeys,
    mine: Card,
    depot: Card,
    meeting: int,
    *,
    on_item: Callable[[Offered, int], object] = lambda _item, _octets: None,
    patience_s: float = PATIENCE_S,
) -> Met:
    """Bring home what waits and take what comes, until both are done. What does not arrive stays for the next time.
    `meeting`: a number that no other meeting of this terminal has.

    Raises LinkTimeout ``depot-silent`` where the depot says nothing at all, and what `post` and the store raise.
    """
    end = TerminalEnd(luggage, meeting, on_item)
    names = {item.sha256: item.name for item in luggage.waiting()}
    heard, silent = False, 0
    answers: list[FromTerminal] = [*end.letters()]
    while not end.finished or answers:
        for answer in answers:
            await post.publish(up(mine.key), keys.close(write(answer), mine, depot))
        got = await post.next(patience_s) if not end.finished else None
        answers = []
        if got is None:
            silent += 1
            if end.finished or silent > TRIES:
                break
            answers = [*end.letters()]
            continue
        with contextlib.suppress(DepotError):  # not the depot's, changed, or no letter: as if it had not come
            letter = read(keys.open(got[1], mine, depot))
            if isinstance(letter, FromDepot):
                heard, silent = True, 0
                answers = [*end.heard(letter)]
    if not heard:
        raise LinkTimeout(
            _("The depot {name} does not answer.").format(name=depot.name),
            remedy=_(
                "Nothing is lost: it goes next time. Ask whether hht depot serve runs there, and knows this card."
            ),
            code="depot-silent",
        )
    return Met(end.receipts, tuple(end.jobs), end.left, {names.get(one, one): why for one, why in end.refused.items()})


@dataclass(slots=True)
class Served:
    """What a depot has heard so far. `strangers`: letters of nobody it knows; `broken`: letters that were changed, or
    none."""

    letters: int = 0
    strangers: int = 0
    broken: int = 0


async def serve(
    post: Post, shelf: Shelf, served: Served, *, on_answer: Callable[[str], object] = lambda _key: None
) -> None:
    """Answer every terminal that the depot knows, until cancelled. `on_answer` hears of each that was answered."""
    end = DepotEnd(shelf)
    while True:
        got = await post.next(3600)
        if got is None:
            continue
        topic, octets = got
        key = topic.rpartition("/")[2]
        card = shelf.terminal(key)
        if card is None:
            served.strangers += 1
            continue
        try:
            letter = read(shelf.keys.open(octets, shelf.card, card))
        except DepotError:
            served.broken += 1
            continue
        if not isinstance(letter, FromTerminal):
            served.broken += 1
            continue
        served.letters += 1
        for answer in [*end.heard(key, letter)]:
            await post.publish(down(key), shelf.keys.close(write(answer), shelf.card, card))
        on_answer(key)


def post_job(shelf: Shelf, terminal: str, path: Path, octets: bytes) -> int:
    """Queue a job for a terminal; its number. Raises DepotError, JobError where it is none."""
    from hht.work.job import parse_job

    parse_job(octets.decode("utf-8", "replace"), path.name)
    name = path.name if is_file_name(path.name) else "job.json"
    return shelf.post(terminal, name, octets)
