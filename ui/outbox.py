"""The outbox: what waits to go home, item by item, and what of it has arrived. For command line and window.

Only visits that have ended are in it. Their bundle goes first (it is small, and binds all the rest by hashes), then the
trace with asterisks for secrets, photos last. An item is known by the SHA-256 of what it holds now: where something was
added since it went, it waits again. When each item of a visit is receipted, the visit may be erased, and the store's
files are searched for what was there. Packs stay: their counters are what keeps devices from being told a thing twice.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.errors import HhtError
from hht.evidence import check_bundle
from hht.i18n import _
from hht.report.files import write_all
from hht.store.erasure import PIECE, Erased, Rows, erase_rows, only_look, sealed_values
from hht.store.trace_store import TraceReader, trace_sessions
from hht.work.job import Job, JobMeter
from hht.work.outbox import OutboxBook, OutKind, OutRecord, PhotoStore
from hht.work.view import NOT_MEASURED, QuestionKind
from hht.work.visit_store import StoredVisit, VisitStore
from ui.bundles import evidence_key, visit_bundle
from ui.desks import by_folder
from ui.reports import BUNDLE_SUFFIX
from ui.system import new_id
from ui.trace_files import shown_trace

if TYPE_CHECKING:
    from hht.store.store import Store
    from ui.desks import Desks

_ORDER: Final = ("bundle", "trace", "photo")  # over all visits: small and important first, photos last
RECEIPT: Final = "hht-receipt/1"
_PHOTO: Final = "-3-photo-"  # in the name of its file
_MOST_RECEIPT: Final = 1 << 20  # octets
_PIECES: Final = 16  # that are noted, should the terminal die while it erases


class OutboxError(HhtError):
    """What is asked of the outbox does not fit what is in it."""

    default_code = "outbox"


class OutState(enum.StrEnum):
    """How far an item is."""

    WAITING = "waiting"
    EXPORTED = "exported"
    RECEIPTED = "receipted"


@dataclass(frozen=True, slots=True)
class OutItem:
    """One thing that goes home. `name`: of its file; `kind`: bundle, trace or photo; `since`: when it came to its
    state, None while it waits; `by`: who receipted it."""

    name: str
    kind: str
    octets: int
    sha256: str
    state: OutState
    since: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class OutVisit:
    """A visit with what goes home of it, in the order in which it goes. `erased`: when it was; there is nothing of it
    then but that. `unbound`: steps whose answer names a photo, while none was bound to them."""

    visit_id: str
    reference: str = field(repr=False)
    number: int
    items: tuple[OutItem, ...]
    erased: datetime | None = None
    unbound: tuple[str, ...] = ()

    @property
    def receipted(self) -> bool:
        """Whether each item is."""
        return bool(self.items) and all(item.state is OutState.RECEIPTED for item in self.items)


@dataclass(frozen=True, slots=True)
class _Content:
    name: str
    kind: str
    octets: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.octets).hexdigest()


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

    def export(self, folder: Path, visit_ids: Sequence[str] = ()) -> tuple[Path, ...]:
        """Write all that is not receipted into `folder`, or of those visits only; the files, in the order in which
        they matter. They are for the supplier alone (mode 0600). Raises ReportNotWritten; nothing is exported then."""
        files: dict[Path, bytes] = {}
        notes: list[tuple[str, dict[str, Any]]] = []
        for visit in self._ended():
            if visit_ids and visit.visit_id not in visit_ids:
                continue
            for content in self._unreceipted(visit):
                files[folder / content.name] = content.octets
                notes.append((visit.visit_id, {"name": content.name, "sha256": content.sha256}))
        if files:
            write_all(files)
        with self._store.transaction():
            for visit_id, note in notes:
                self._book.append(visit_id, OutKind.EXPORTED, note)
        return tuple(files)

    async def send(
        self, desks: Desks, url: str, on_item: Callable[[str], None] = lambda _name: None
    ) -> tuple[str, ...]:
        """Send all that is not receipted to the desk at the link `url`, what matters first; the names of what it has.
        `on_item` hears the name of each before it goes.
        The desk's word that it has a thing whole is the receipt. What arrived before the line was lost is receipted.

        Raises OutboxError ``outbox-folder-desk`` where the desk is a folder, and what a conversation with it raises.
        """
        if by_folder(url):
            raise OutboxError(
                _("A desk that is a folder gives no receipts."),
                remedy=_("Export into a folder: hht outbox export --out DIR."),
                code="outbox-folder-desk",
            )
        waiting = [(visit.visit_id, content) for visit in self._ended() for content in self._unreceipted(visit)]
        sent: list[str] = []
        if waiting:
            async with desks.conversation(url) as client:
                for visit_id, content in sorted(waiting, key=lambda one: _ORDER.index(one[1].kind)):
                    on_item(content.name)
                    await client.send(content.name, content.octets)
                    note = {"name": content.name, "sha256": content.sha256, "by": client.desk}
                    self._book.append(visit_id, OutKind.RECEIPTED, note)
                    sent.append(content.name)
        return tuple(sent)

    def receipt(self, octets: bytes) -> tuple[str, ...]:
        """Take a receipt in; the names of the items that are receipted by it now. Raises OutboxError
        ``outbox-receipt`` (it is none) and ``outbox-receipt-unknown`` (nothing of it is here as it says)."""
        by, hashes = _read_receipt(octets)
        found: list[str] = []
        with self._store.transaction():
            for visit in self._ended():
                for content in self._contents(visit):
                    if content.sha256 in hashes:
                        note = {"name": content.name, "sha256": content.sha256, "by": by}
                        self._book.append(visit.visit_id, OutKind.RECEIPTED, note)
                        found.append(content.name)
        if not found:
            raise OutboxError(
                _("Nothing that this receipt names is here as it names it."),
                remedy=_("Export again, and have a receipt written for what was exported: hht outbox acknowledge."),
                code="outbox-receipt-unknown",
            )
        return tuple(found)

    def erase(self, visit_id: str) -> Erased:
        """Erase a visit whose every item is receipted, and look whether anything of it is left; with a job's last visit
        goes the job, what was asked of the desk for it, and the profiles that were read of its devices.

        Raises OutboxError ``outbox-not-receipted``, StoreError ``visit-unknown``, ``visit-in-use``, ``store-erasure``.
        """
        if self.is_begun(visit_id):
            noted = self._book.of_visit(visit_id)[-1].payload["pieces"]
            pieces = [bytes.fromhex(piece) for piece in noted]
            return self._erased(visit_id, only_look(self._store, *pieces))
        visit = self._visits.visit(visit_id)
        self._require_receipted(visit)
        self._store.hold_visits()
        try:
            job = self._visits.job(visit.job_id).job
            rows = [*self._rows(visit, job)]
            values = sealed_values(self._store, rows)[:: max(1, len(rows) // _PIECES)][:_PIECES]
            self._book.append(visit_id, OutKind.ERASING, {"pieces": [value[:PIECE].hex() for value in values]})
            return self._erased(visit_id, erase_rows(self._store, rows, also=_in_clear(job)))
        finally:
            self._store.release_visits()

    def is_begun(self, visit_id: str) -> bool:
        """Whether the terminal died when the visit was erased already and nobody had looked yet."""
        records = self._book.of_visit(visit_id)
        there = bool(self._store.rows("visits", "visit_id = ?", (visit_id,), select="visit_id"))
        return bool(records) and records[-1].kind is OutKind.ERASING and not there

    # --- inside

    def _ended(self) -> Iterator[StoredVisit]:
        for job in self._visits.jobs():
            for visit in self._visits.visits(job.job_id):
                if self._visits.progress(visit.visit_id).outcome is not None:
                    yield visit

    def _unreceipted(self, visit: StoredVisit) -> Iterator[_Content]:
        receipted = _latest(self._book.of_visit(visit.visit_id), OutKind.RECEIPTED)
        return (content for content in self._contents(visit) if content.sha256 not in receipted)

    def _told(self, visit: StoredVisit) -> OutVisit:
        records = self._book.of_visit(visit.visit_id)
        items = tuple(_item(content, records) for content in self._contents(visit))
        reference = self._visits.job(visit.job_id).job.reference
        return OutVisit(visit.visit_id, reference, visit.number, items, unbound=self._unbound(visit))

    def _unbound(self, visit: StoredVisit) -> tuple[str, ...]:
        bound = {one.step for one in PhotoStore(self._store).of_visit(visit.visit_id)}
        steps = self._visits.progress(visit.visit_id).steps
        asked = [
            (name, step.answers.get(f"{name}/{item.id}", NOT_MEASURED))
            for name, step in steps.items()
            for item in step.spec.items
            if item.kind is QuestionKind.PHOTO
        ]
        return tuple(name for name, answer in asked if answer != NOT_MEASURED and name not in bound)

    def _gone(self, visit_id: str) -> OutVisit | None:
        last = self._book.of_visit(visit_id)[-1]
        if last.kind not in (OutKind.ERASED, OutKind.ERASING):
            return None
        return OutVisit(visit_id, visit_id, 0, (), last.at if last.kind is OutKind.ERASED else None)

    def _contents(self, visit: StoredVisit) -> Iterator[_Content]:
        """What goes home, in the order in which it matters. It is the same as long as nothing is added."""
        name, store = visit.visit_id, self._store
        ended = self._visits.progress(name).ended_at or datetime.fromisoformat(visit.created_at)
        key = evidence_key(store, self._random_bytes)
        yield _Content(f"{name}-1{BUNDLE_SUFFIX}", "bundle", visit_bundle(store, name, key, ended, photos=False))
        if trace_sessions(store, name):
            yield _Content(f"{name}-2-trace.jsonl", "trace", shown_trace(TraceReader.of_visit(store, name)))
        for one in PhotoStore(store).of_visit(name):
            yield _Content(f"{name}{_PHOTO}{one.number}.{one.photo.format}", "photo", one.photo.octets)

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
            for table in ("trace_chunks", "trace_gaps", "trace_sessions"):
                yield Rows(table, "session_id", session.session_id)
        for table in ("photos", "visit_journal", "visits"):
            yield Rows(table, "visit_id", visit.visit_id)
        if len(self._visits.visits(visit.job_id)) > 1:
            return
        index = self._store.blind_index("desk_asks", "job", job.reference)
        for row in self._store.rows("desk_asks", "job_index = ?", (index,), select="reference"):
            yield Rows("desk_records", "reference", row["reference"])
        yield Rows("desk_asks", "job_index", index)
        for device in job.devices:
            of = self._store.blind_index("profile_chunks", "device", str(device.device_id))
            yield Rows("profile_chunks", "device", of)
        yield Rows("jobs", "job_id", visit.job_id)

    def _erased(self, visit_id: str, erased: Erased) -> Erased:
        self._book.append(visit_id, OutKind.ERASED, asdict(erased))
        return erased


def acknowledge(folder: Path, by: str) -> bytes:
    """At the other end: the receipt for all that an export has brought into `folder`, whose bundles are checked first.

    Raises OutboxError ``outbox-folder`` (nothing there), ``outbox-broken`` (a bundle is not as it was signed, or a
    photo is not one that it binds).
    """
    try:
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    except OSError as error:
        raise _no_folder(folder, error.strerror or str(error)) from error
    hashes = {name: hashlib.sha256(octets).hexdigest() for name, octets in files.items()}
    bound: set[str] = set()
    for name, octets in files.items():
        if name.endswith(BUNDLE_SUFFIX):
            verdict = check_bundle(octets)
            bound.update(verdict.bound)
            if verdict.problem:
                raise _not_receipted(name, verdict.problem)
    for name, sha256 in hashes.items():
        if _PHOTO in name and sha256 not in bound:
            raise _not_receipted(name, _("no bundle that came with it binds this photo"))
    listed = [{"name": name, "sha256": sha256} for name, sha256 in hashes.items()]
    if not listed:
        raise _no_folder(folder, _("nothing is in it"))
    return json.dumps({"format": RECEIPT, "by": by, "files": listed}, indent=1).encode() + b"\n"


def _not_receipted(name: str, why: str) -> OutboxError:
    return OutboxError(
        _("{name} is not receipted: {why}.").format(name=name, why=why),
        remedy=_("Have the terminal export it again, all into one folder."),
        code="outbox-broken",
    )


def _no_folder(folder: Path, why: str) -> OutboxError:
    return OutboxError(
        _("There is nothing to receipt in {folder}: {why}.").format(folder=folder, why=why),
        remedy=_("Name the folder that hht outbox export has filled."),
        code="outbox-folder",
    )


def _read_receipt(octets: bytes) -> tuple[str, frozenset[str]]:
    """Who receipted, and the hashes of what they have."""
    try:
        found: Any = json.loads(octets[: _MOST_RECEIPT + 1])
        if found["format"] == RECEIPT and isinstance(found["by"], str) and found["by"].strip():
            hashes = frozenset(one["sha256"] for one in found["files"])
            if all(isinstance(one, str) for one in hashes):
                return found["by"][:200], hashes
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise OutboxError(
        _("This is no receipt."),
        remedy=_("Choose the file that hht outbox acknowledge has written where the export arrived."),
        code="outbox-receipt",
    )


def _latest(records: Sequence[OutRecord], kind: OutKind) -> Mapping[str, OutRecord]:
    """By hash, the last record of that kind."""
    return {record.payload["sha256"]: record for record in records if record.kind is kind}


def _item(content: _Content, records: Sequence[OutRecord]) -> OutItem:
    sha256 = content.sha256
    for kind, state in ((OutKind.RECEIPTED, OutState.RECEIPTED), (OutKind.EXPORTED, OutState.EXPORTED)):
        found = _latest(records, kind).get(sha256)
        if found is not None:
            by = found.payload.get("by", "")
            return OutItem(content.name, content.kind, len(content.octets), sha256, state, found.at, by)
    return OutItem(content.name, content.kind, len(content.octets), sha256, OutState.WAITING)


def _in_clear(job: Job) -> tuple[bytes, ...]:
    """What nobody may read in the store's files: they never held it, and must not afterwards."""
    words = [job.reference, job.address]
    for device in job.devices:
        words += [str(device.device_id), *([str(device.mpan)] if isinstance(device, JobMeter) else [])]
    return tuple(word.encode() for word in words if len(word) >= 6)
