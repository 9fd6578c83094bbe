"""The outbox: what waits to go home, item by item, and what of it has arrived. For command line and window.

Only visits that have ended are in it. Their bundle goes first (it is small, and binds all the rest by hashes), then the
trace with asterisks for secrets, photos last. An item is known by the SHA-256 of what it holds now: where something was
added since it went, it waits again. When each item of a visit is receipted, the visit may be erased, and the store's
files are searched for what was there; what it has of a neighbour goes before, with the receipt of its bundle. Packs
stay: their counters are what keeps devices from being told a thing twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.access.roles import Act
from hht.i18n import _
from hht.plain_text import plain_text
from hht.report.files import write_all
from hht.store.erasure import PIECE, Erased, Rows, erase_rows, first_piece, only_look, sealed_values
from hht.store.errors import StoreError
from hht.store.trace_store import TraceReader, trace_sessions
from hht.work.hub_exchange_state import list_needed, rows_of_job
from hht.work.hub_records import keep_references
from hht.work.job import Job
from hht.work.journal import JournalKind
from hht.work.left_beside import TRACE_TABLES, hubs_of_it_alone, in_clear, rows_beside
from hht.work.neighbours import forget_neighbours
from hht.work.outbox import OutboxBook, OutKind, PhotoStore
from hht.work.tokens import token_rows
from hht.work.van import SETTING as VAN
from hht.work.van import VanStock
from hht.work.view import NO_PHOTO, NOT_MEASURED, QuestionKind
from hht.work.visit_store import StoredVisit, VisitStore
from ui.bundles import evidence_key, visit_bundle
from ui.desk_memory import forget_hubs
from ui.desks import by_folder
from ui.histories import history_rows
from ui.outbox_items import Content, OutState, OutVisit, item_of, latest, looked_at, receipts_of
from ui.receipts import PHOTO, OutboxError, read_receipt
from ui.reports import BUNDLE_SUFFIX, forget_training_report
from ui.system import new_id
from ui.threads import in_thread
from ui.trace_files import shown_trace
from ui.trusted_depot import word_of

if TYPE_CHECKING:
    from hht.store.store import Store
    from ui.desks import Desks

OnItem = Callable[[str, int, int], None]  # the name of what goes, its number, and how many go
_ORDER: Final = ("bundle", "trace", "photo")  # over all visits: small and important first, photos last
_PIECES: Final = 16  # at most, that are noted, should the terminal die while it erases


class Outbox:
    """The outbox of one store. Every method raises StoreError where the disk or the file fails."""

    def __init__(self, store: Store, random_bytes: Callable[[int], bytes]) -> None:
        self._store = store
        self._random_bytes = random_bytes
        self._visits = VisitStore(store, new_id)
        self._book = OutboxBook(store)

    def list(self) -> tuple[OutVisit, ...]:
        """Every visit that has ended, the oldest first, then those that are erased."""
        there = [self._told(visit) for visit in self._ended()]
        gone = [name for name in self._book.visits() if name not in {one.visit_id for one in there}]
        return (*there, *filter(None, map(self._gone, gone)))

    def waiting(self) -> int:
        """How many ended visits are not known to have arrived whole; told from records alone, without making anything
        of what would go. Where something was added to a visit since, it counts again."""
        rows = self._store.rows("visit_journal", "kind = ?", (JournalKind.ENDED.value,), select="visit_id")
        names = {row["visit_id"] for row in rows} - self._visits.rehearsed()
        return sum(not self._seems_home(name) for name in names)

    def _seems_home(self, name: str) -> bool:
        receipted = [*latest(self._book.of_visit(name), OutKind.RECEIPTED).values()]
        photos = self._store.rows("photos", "visit_id = ?", (name,), select="number, at")
        names = {str(one.payload["name"]) for one in receipted}
        numbers = {int(one.split(PHOTO)[1].split(".")[0]) for one in names if PHOTO in one}
        bundles = [one.at for one in receipted if str(one.payload["name"]).endswith(BUNDLE_SUFFIX)]
        if not bundles or not {row["number"] for row in photos} <= numbers:
            return False
        written = self._store.rows("visit_journal", "visit_id = ?", (name,), select="max(at) AS at")[0]["at"]
        return datetime.fromisoformat(max([written, *(row["at"] for row in photos)])) <= max(bundles)

    def export(self, folder: Path, visit_ids: Sequence[str] = ()) -> tuple[Path, ...]:
        """Write all that is not receipted into `folder`, or of those visits only; the files, in the order in which
        they matter. They are for the supplier alone (mode 0600), and in the clear. Raises ReportNotWritten, and
        StoreError ``pass-phrase-first``; nothing is exported then."""
        self._store.require(Act.SEND)
        self._store.require_phrase()
        files: dict[Path, Callable[[], bytes]] = {}
        notes: list[tuple[str, dict[str, Any]]] = []

        def written(visit_id: str, content: Content) -> bytes:
            octets = content.make()
            notes.append((visit_id, {"name": content.name, "sha256": hashlib.sha256(octets).hexdigest()}))
            return octets

        for visit in self._ended():
            if visit_ids and visit.visit_id not in visit_ids:
                continue
            for content in self._unreceipted(visit):
                files[folder / content.name] = partial(written, visit.visit_id, content)
        if files:
            write_all(files)
        with self._store.transaction():
            for visit_id, note in notes:
                self._book.append(visit_id, OutKind.EXPORTED, note)
        return tuple(files)

    async def send(
        self, desks: Desks, url: str, on_item: OnItem = lambda _name, _number, _total: None, *, home: str = ""
    ) -> tuple[str, ...]:
        """Send all that is not receipted to the desk at the link `url`, what matters first; the names of what it has.
        `on_item` hears of each before it goes; `home`: the premises of an emulated desk. What arrived before the line
        was lost is noted. In training the desk's word that it has a thing whole is the receipt. In live work nobody
        knows who is at the end of a line: it counts as exported, and a receipt is still to come.

        Raises OutboxError ``outbox-folder-desk`` where the desk is a folder, StoreError ``pass-phrase-first``, and what
        a conversation with it raises.
        """
        if by_folder(url):
            raise OutboxError(
                _("A desk that is a folder gives no receipts."),
                remedy=_("Export into a folder: hht outbox export --out DIR."),
                code="outbox-folder-desk",
            )
        waiting = await in_thread(self.to_send)
        await in_thread(self._store.require_phrase)
        sent: list[str] = []
        if waiting:
            async with desks.conversation(url, home) as client:
                for number, (visit_id, content) in enumerate(waiting, 1):
                    on_item(content.name, number, len(waiting))
                    octets = await in_thread(content.make)
                    await client.send(content.name, octets)
                    self._at_desk(visit_id, content, hashlib.sha256(octets).hexdigest(), client.desk, url)
                    sent.append(content.name)
        return tuple(sent)

    def to_send(self) -> tuple[tuple[str, Content], ...]:
        """What is not receipted, each with its visit's id, what matters first. Raises AccessRefused."""
        self._store.require(Act.SEND)
        waiting = [(visit.visit_id, content) for visit in self._ended() for content in self._unreceipted(visit)]
        return tuple(sorted(waiting, key=lambda one: _ORDER.index(one[1].kind)))

    def _at_desk(self, visit_id: str, content: Content, sha256: str, by: str, line: str) -> None:
        if self._store.training:
            self.arrived(visit_id, content, sha256, by)
        else:
            told = {"name": content.name, "sha256": sha256, "by": by, "line": line}
            self._book.append(visit_id, OutKind.EXPORTED, told)

    def arrived(self, visit_id: str, content: Content, sha256: str, by: str, *, depot: str = "") -> None:
        """`by` has octets with that hash, whole: noted on disk when this returns. `depot`: its key, where it is one
        that can be asked again whether it has it."""
        note: dict[str, Any] = {"name": content.name, "sha256": sha256, "by": by}
        asked: dict[str, Any] = {"depot": depot, "octets": content.octets} if depot else {}
        self._book.append(visit_id, OutKind.RECEIPTED, note | asked)
        if content.kind == "bundle":
            self._forget_neighbours(visit_id)

    def missed(self, visit_id: str, sha256: str, by: str) -> None:
        """`by` had receipted that and has it no more: where it is still here it waits again, noted on disk."""
        self._book.append(visit_id, OutKind.MISSED, {"sha256": sha256, "by": by})

    def receipt(self, octets: bytes, reason: str = "") -> tuple[str, ...]:
        """Take a receipt in; the names of the items that are receipted by it now. `reason`: why one that nobody signed
        is taken in live work all the same. Raises OutboxError ``outbox-receipt`` (it is none),
        ``outbox-receipt-unknown`` (nothing of it is here as it says), AccessRefused (nobody signed it, and whoever is
        logged in may not vouch for it), and as `ui.trusted_depot.word_of`; a refusal is in the store's log."""
        receipt = read_receipt(octets)
        signed = bool(receipt.depot) or self._store.training
        self._store.require(Act.SEND if signed else Act.VOUCH)
        try:
            word = word_of(receipt, self._store, reason)
        except OutboxError as error:
            self._store.note("receipt-refused", {"code": error.code, "has_it": receipt.by, "depot": receipt.depot})
            raise
        found: list[str] = []
        with self._store.transaction():
            for visit in self._ended():
                for content in self._contents(visit):
                    if content.sha256 in receipt.hashes:
                        note = {"name": content.name, "sha256": content.sha256, **word}
                        self._book.append(visit.visit_id, OutKind.RECEIPTED, note)
                        found.append(content.name)
        for visit_id in dict.fromkeys(name.rpartition("-1")[0] for name in found if name.endswith(BUNDLE_SUFFIX)):
            if Act.ERASE in self._store.person.acts:  # else whoever erases the visit does so first
                self._forget_neighbours(visit_id)
        if not found:
            raise OutboxError(
                _("Nothing that this receipt names is here as it names it."),
                remedy=_("Export again, and have a receipt written for what was exported: hht outbox acknowledge."),
                code="outbox-receipt-unknown",
            )
        return tuple(found)

    def erase(self, visit_id: str) -> Erased:
        """Erase a visit whose every item is receipted, and look whether anything of it is left; with a job's last visit
        goes the job, what was asked of the desk for it, the profiles that were read of its devices, and what its visits
        took off the van. In training the report in the data folder goes too; what was saved elsewhere is its owner's.

        Raises OutboxError ``outbox-not-receipted``, StoreError ``visit-unknown``, ``visit-in-use``, ``store-erasure``.
        """
        if self.is_begun(visit_id):
            last = self._book.last(visit_id, OutKind.ERASING)
            pieces = [bytes.fromhex(piece) for piece in last.payload["pieces"]] if last else []
            return self._erased(visit_id, only_look(self._store, *pieces))
        self._store.require(Act.ERASE)
        visit = self._visits.visit(visit_id)
        self._require_receipted(visit)
        self._forget_neighbours(visit_id)
        if self._store.training:  # before the rows go: should the terminal die here, the visit can be erased once more
            forget_training_report(self._store.path.parent, self._visits.job(visit.job_id), visit.number)
            if self._is_last(visit):
                hubs = hubs_of_it_alone(self._visits.job(visit.job_id).job, self._others(visit))
                forget_hubs(self._store.path.parent, hubs)
        with self._store.holding_visits():
            keep_references(self._store)
            job = self._visits.job(visit.job_id).job
            rows, van = [*self._rows(visit, job)], self._van_before(visit, job)
            values = sealed_values(self._store, rows)
            some = values[:: -(-len(values) // _PIECES) or 1]  # of every part of the visit
            noted = [piece.hex() for piece in (*(value[:PIECE] for value in some), *van)]

            def within() -> None:  # the transaction: an entry without the visit's going is as bad as the reverse
                self._book.append(visit_id, OutKind.ERASING, {"pieces": noted})
                if van:
                    VanStock(self._store).forget_taken(job.reference)

            return self._erased(visit_id, erase_rows(self._store, rows, (*in_clear(job), *van), within))

    def is_begun(self, visit_id: str) -> bool:
        """Whether the terminal died when the visit was erased already and nobody had looked yet."""
        last = self._book.last(visit_id, OutKind.ERASING, OutKind.ERASED)
        there = bool(self._store.rows("visits", "visit_id = ?", (visit_id,), select="visit_id"))
        return last is not None and last.kind is OutKind.ERASING and not there

    # --- inside

    def _forget_neighbours(self, visit_id: str) -> None:
        visit = self._visits.visit(visit_id)
        forget_neighbours(self._visits, self._book, visit_id, lambda: next(iter(self._contents(visit))).sha256)

    def _ended(self) -> Iterator[StoredVisit]:
        for job in self._visits.jobs():
            for visit in () if job.job.rehearsal else self._visits.visits(job.job_id):
                if self._visits.progress(visit.visit_id).outcome is not None:
                    yield visit

    def _unreceipted(self, visit: StoredVisit) -> Iterator[Content]:
        receipted = latest(self._book.of_visit(visit.visit_id), OutKind.RECEIPTED)
        return (content for content in self._contents(visit) if content.sha256 not in receipted)

    def _told(self, visit: StoredVisit) -> OutVisit:
        records = self._book.of_visit(visit.visit_id)
        items = tuple(item_of(content, records) for content in self._contents(visit))
        reference = self._visits.job(visit.job_id).job.reference
        needed = self._is_last(visit) and list_needed(self._store, reference)
        unbound = self._unbound(visit)
        return OutVisit(visit.visit_id, reference, visit.number, items, unbound=unbound, list_needed=needed)

    def _unbound(self, visit: StoredVisit) -> tuple[str, ...]:
        bound = {one.step for one in PhotoStore(self._store).each(visit.visit_id)}
        steps = self._visits.progress(visit.visit_id).steps
        asked = [
            (name, step.answers.get(f"{name}/{item.id}", NOT_MEASURED))
            for name, step in steps.items()
            for item in step.spec.items
            if item.kind is QuestionKind.PHOTO
        ]
        none = (NOT_MEASURED, NO_PHOTO)  # there is none, or there is none and why
        return tuple(name for name, answer in asked if not answer.startswith(none) and name not in bound)

    def _gone(self, visit_id: str) -> OutVisit | None:
        last, missed = self._book.last(visit_id, OutKind.ERASED, OutKind.ERASING), self._book.missed(visit_id)
        if last is None:
            return None
        erased, who = last.at if last.kind is OutKind.ERASED else None, last.payload.get("who", "")
        receipts = receipts_of(self._book.of_visit(visit_id))
        missed = plain_text(missed)  # what somebody else called themselves is data
        return OutVisit(visit_id, visit_id, 0, (), erased, missed=missed, erased_by=who, receipts=receipts)

    def _contents(self, visit: StoredVisit) -> Iterator[Content]:
        """What goes home, in the order in which it matters. It is the same as long as nothing is added. No more than
        one photo or trace is in memory at once."""
        name, store = visit.visit_id, self._store
        ended = self._visits.progress(name).ended_at or datetime.fromisoformat(visit.created_at)
        key = evidence_key(store, self._random_bytes)
        bundle = visit_bundle(store, name, key, ended, photos=False)
        yield looked_at(f"{name}-1{BUNDLE_SUFFIX}", "bundle", lambda: bundle)
        if trace_sessions(store, name):
            trace = f"{name}-2-trace.jsonl"
            yield looked_at(trace, "trace", lambda: shown_trace(TraceReader.of_visit(store, name)))
        for number in PhotoStore(store).numbers(name):
            yield from self._photo(name, number)

    def _photo(self, visit_id: str, number: int) -> Iterator[Content]:
        """The photo; nothing where it has been replaced meanwhile."""
        one = PhotoStore(self._store).photo(visit_id, number)
        if one is None:
            return
        name = f"{visit_id}{PHOTO}{number}.{one.photo.format}"
        make = partial(self._photo_octets, visit_id, number)
        content = Content(name, "photo", len(one.photo.octets), one.photo.sha256, make)
        del one  # while it goes on its way this stands still
        yield content

    def _photo_octets(self, visit_id: str, number: int) -> bytes:
        one = PhotoStore(self._store).photo(visit_id, number)
        if one is None:
            raise StoreError(
                _("Photo {number} was replaced while things went home.").format(number=number),
                remedy=_("Export or send once more: what replaced it goes then."),
                code="photo-replaced",
            )
        return one.photo.octets

    def _require_receipted(self, visit: StoredVisit) -> None:
        told = self._told(visit)
        waiting = [item.name for item in told.items if item.state is not OutState.RECEIPTED]
        if self._visits.progress(visit.visit_id).outcome is None or waiting:
            raise OutboxError(
                _("The visit is not erased: not all of it is known to have arrived ({items}).").format(
                    items=", ".join(waiting) or _("it has not ended")
                ),
                remedy=_("Export it, and take the receipt in: hht outbox export, hht outbox receipt."),
                code="outbox-not-receipted",
                waiting=waiting,
            )

    def _rows(self, visit: StoredVisit, job: Job) -> Iterator[Rows]:
        """All that is of the visit, and with the last one all that is of its job; what refers to others goes first."""
        for session in trace_sessions(self._store, visit.visit_id):
            for table in TRACE_TABLES:
                yield Rows(table, "session_id", session.session_id)
        for table in ("photos", "visit_journal", "visits"):
            yield Rows(table, "visit_id", visit.visit_id)
        if not self._is_last(visit):
            return
        index = self._store.blind_index("desk_asks", "job", job.reference)
        for row in self._store.rows("desk_asks", "job_index = ?", (index,), select="reference"):
            yield Rows("desk_records", "reference", row["reference"])
        yield Rows("desk_asks", "job_index", index)
        yield from history_rows(self._store, job)
        yield from rows_of_job(self._store, job.reference)
        yield token_rows(self._store, job.reference)
        yield from rows_beside(self._store, job, self._others(visit))
        yield Rows("jobs", "job_id", visit.job_id)

    def _others(self, visit: StoredVisit) -> tuple[Job, ...]:
        return tuple(one.job for one in self._visits.jobs() if one.job_id != visit.job_id)

    def _is_last(self, visit: StoredVisit) -> bool:
        return len(self._visits.visits(visit.job_id)) == 1

    def _van_before(self, visit: StoredVisit, job: Job) -> tuple[bytes, ...]:
        """Where something of the job stands among what was taken off the van, and is forgotten with its last visit: a
        piece of that list as it is sealed now."""
        taken = {one.taken_by for one in VanStock(self._store).all()}
        if job.reference not in taken or not self._is_last(visit):
            return ()
        return (first_piece(self._store, "settings", "value", "name", VAN),)

    def _erased(self, visit_id: str, erased: Erased) -> Erased:
        self._book.append(visit_id, OutKind.ERASED, asdict(erased))
        return erased
