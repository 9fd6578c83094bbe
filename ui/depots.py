"""A terminal and its depot over whoever carries letters: one meeting of a terminal, and the depot that answers all."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from hht.depot.cards import Card, OwnKeys
from hht.depot.depot_end import DepotEnd
from hht.depot.errors import DepotError
from hht.depot.letters import FromDepot, FromTerminal, Gone, Offer, Offered, Taken, is_file_name, read, write
from hht.depot.terminal_end import TerminalEnd
from hht.errors import HhtError
from hht.i18n import _
from hht.link import LinkError, LinkTimeout
from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.depot.shelf import Shelf
    from hht.depot.terminal_end import Luggage

PATIENCE_S: Final = 10.0  # without a word of the depot, then everything is offered again
TRIES: Final = 6  # so often

OnItem = Callable[[Offered, int], object]  # an item that goes, and how many of its octets have gone


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


@dataclass(slots=True)
class Met:
    """What a meeting came to. `left`: items that the depot is not known to have; `refused`: name -> why; `missed`: what
    it receipted once and has no more, and was erased here; `foreign`: letters that were not the depot's to this
    meeting; `whole`: everything was answered."""

    receipts: int
    jobs: tuple[Taken, ...]
    left: tuple[Offered, ...]
    refused: dict[str, str] = field(default_factory=dict)
    missed: tuple[Offered, ...] = ()
    foreign: int = 0
    whole: bool = True

    @property
    def good(self) -> bool:
        """Whether everything is where it belongs."""
        return not (self.left or self.refused or self.missed)


@dataclass(slots=True)
class _Ear:
    """Hears the depot out of whatever comes: what others say, or what it said in another meeting, is as if it had not
    come, and takes none of the time."""

    post: Post
    keys: OwnKeys
    mine: Card
    depot: Card
    meeting: int
    foreign: int = 0

    async def next(self, patience_s: float) -> FromDepot | None:
        loop = asyncio.get_running_loop()
        ends = loop.time() + patience_s
        while (left_s := ends - loop.time()) > 0:
            got = await self.post.next(left_s)
            if got is None:
                return None
            with contextlib.suppress(DepotError):
                letter, meeting = read(self.keys.open(got[1], self.mine, self.depot))
                if isinstance(letter, FromDepot) and meeting == self.meeting:
                    return letter
            self.foreign += 1
        return None


async def meet(
    post: Post,
    luggage: Luggage,
    keys: OwnKeys,
    mine: Card,
    depot: Card,
    meeting: int,
    *,
    on_item: OnItem = lambda _item, _octets: None,
    on_heard: Callable[[], object] = lambda: None,
    patience_s: float = PATIENCE_S,
) -> Met:
    """Bring home what waits and take what comes, until both are done. What does not arrive stays for the next time.
    `meeting`: a number that no other meeting of this terminal has; `on_heard`: the depot has said its first word.
    Whatever touches the disk is done in a thread.

    Raises LinkTimeout ``depot-silent`` where the depot says nothing at all, and what `post` and the store raise.
    """
    end, ear = TerminalEnd(luggage, on_item), _Ear(post, keys, mine, depot, meeting)
    heard, silent = False, 0
    answers: list[FromTerminal] = await in_thread(lambda: [*end.letters()])
    names = {item.sha256: item.name for item in end.left}
    while not end.finished or answers:
        for answer in answers:
            await post.publish(up(mine.key), keys.close(write(answer, meeting), mine, depot))
        answers = []
        if end.finished:
            break
        letter = await ear.next(patience_s)
        if letter is None:
            silent += 1
            if silent > TRIES:
                break
            answers = await in_thread(lambda: [*end.letters()])
            continue
        if not heard:
            on_heard()
        heard, silent = True, 0
        answers = await in_thread(lambda said: [*end.heard(said)], letter)
    if not heard:
        raise _silent(depot, ear.foreign)
    refused = {names.get(one, one): why for one, why in end.refused.items()}
    return Met(end.receipts, tuple(end.jobs), end.left, refused, tuple(end.missed), ear.foreign, end.finished)


def _silent(depot: Card, foreign: int) -> LinkTimeout:
    remedy = _("Nothing is lost: it goes next time. Ask whether hht depot serve runs there, and knows this card.")
    if foreign:
        remedy += " " + _("What came here was not its own: somebody else writes to this terminal at the broker.")
    return LinkTimeout(
        _("The depot {name} does not answer.").format(name=depot.name), remedy=remedy, code="depot-silent"
    )


# The depot -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Served:
    """What a depot has heard so far. `strangers`: letters of nobody it knows; `broken`: letters that were changed, or
    none; `repeated`: offers of a meeting that was over; `lost`: items that were receipted, are not here, and were
    erased at their terminal; `unsent`: answers that the broker did not take; `failed`: letters that the disk did not
    take."""

    letters: int = 0
    strangers: int = 0
    broken: int = 0
    repeated: int = 0
    lost: int = 0
    unsent: int = 0
    failed: int = 0

    def note(self, kind: str) -> int:
        """One more of that kind; how many there are."""
        setattr(self, kind, getattr(self, kind) + 1)
        return int(getattr(self, kind))


OnTrouble = Callable[[str, int, HhtError], object]  # which counter of `Served` rose, to how many, and the words for it


async def serve(
    post: Post,
    shelf: Shelf,
    served: Served,
    *,
    on_answer: Callable[[str], object] = lambda _key: None,
    on_trouble: OnTrouble = lambda _kind, _count, _words: None,
) -> None:
    """Answer every terminal that the depot knows, until cancelled. `on_answer` hears of each that was answered,
    `on_trouble` of everything that is odd. A broker that is away and a disk that is full do not end it: what was not
    answered is said again by the terminal."""
    end = DepotEnd(shelf)

    def trouble(kind: str, error: HhtError) -> None:
        on_trouble(kind, served.note(kind), error)

    while True:
        got = await post.next(3600)
        if got is None:
            continue
        key, octets = got[0].rpartition("/")[2], got[1]
        try:
            card = shelf.terminal(key)
            if card is None:
                trouble("strangers", _stranger(key))
                continue
            letter, meeting = read(shelf.keys.open(octets, shelf.card, card))
            if not isinstance(letter, FromTerminal):
                trouble("broken", _not_for_a_depot(card))
                continue
            served.letters += 1
            if isinstance(letter, Offer) and not shelf.met(key, meeting):
                trouble("repeated", _repeated(card))
            if isinstance(letter, Gone) and letter.erased and (item := shelf.expected(key, letter.sha256)):
                trouble("lost", _lost(card, item))
            for answer in [*end.heard(key, letter)]:
                await post.publish(down(key), shelf.keys.close(write(answer, meeting), shelf.card, card))
        except DepotError as error:
            trouble("broken", error)
        except LinkError as error:
            trouble("unsent", error)
        except (OSError, sqlite3.Error) as error:
            trouble("failed", _disk(shelf.folder, error))
        else:
            on_answer(key)


def _stranger(key: str) -> DepotError:
    return DepotError(
        _("A letter came of a terminal that this depot does not know: {key}.").format(key=key[:40]),
        remedy=_("Is it one of yours? Take its card in: hht depot know DIR CARD. Else let the broker keep it out."),
        code="depot-stranger",
    )


def _not_for_a_depot(card: Card) -> DepotError:
    return DepotError(
        _("“{name}” said what only a depot says.").format(name=card.name),
        remedy=_("Nothing of it was used. Bring both ends to the same version."),
        code="letter",
    )


def _repeated(card: Card) -> DepotError:
    return DepotError(
        _("“{name}” ({key}) came with the number of a meeting that was over.").format(name=card.name, key=card.key),
        remedy=_(
            "Either two laptops have one key (one was copied, or put back to an earlier day), or somebody says again "
            "what it said before. Nothing is lost by it; where it is a copy, enrol it anew: hht depot card --new-keys."
        ),
        code="depot-repeated",
    )


def _lost(card: Card, item: Offered) -> DepotError:
    return DepotError(
        _(
            "{item} of “{name}” is lost: it was receipted here, is not here, and was erased there on that receipt."
        ).format(item=item.name, name=card.name),
        remedy=_("This depot was put back to an earlier day: look for the file in another backup of it."),
        code="depot-lost",
    )


def _disk(folder: Path, error: OSError | sqlite3.Error) -> DepotError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return DepotError(
        _("The depot's folder {folder} takes nothing: {why}.").format(folder=folder, why=why),
        remedy=_("Make room. Nothing is lost: what was not receipted waits at the terminals and comes again."),
        code="depot-disk",
    )


def post_job(shelf: Shelf, terminal: str, path: Path, octets: bytes) -> int:
    """Queue a job, signed or not, for a terminal; its number. Raises DepotError, JobError, JobSignatureError."""
    from hht.work.signed_job import job_in

    job_in(octets, path.name)
    name = path.name if is_file_name(path.name) else "job.json"
    return shelf.post(terminal, name, octets)
