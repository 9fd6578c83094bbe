"""What a person puts on record of a visit beside its steps, for command line and window: unsafe situations with their
notices, signatures, photos, calls, and that the visit ends before its work is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.photos import MOST, Photo, PhotoError, bare_photo
from hht.work.ending_early import Ending, break_off, end_kept_visit, ending, leave_for
from hht.work.engineer import Engineer
from hht.work.journal import JournalKind
from hht.work.noted import Notable, NoteKind, VisitNote, of_kind, payload_of
from hht.work.outbox import KeptPhoto, PhotoStore
from hht.work.ringing import desk_number, help_read_out, phone_number
from hht.work.show import Transient
from hht.work.visit_log import VisitLog
from hht.work.visit_store import VisitStore
from ui.system import new_id, random_bytes

if TYPE_CHECKING:
    from hht.desk.spoken import Readout
    from hht.store.store import Store

_PHONES: Final = "desk-phones"  # the setting: supplier -> number, as engineers typed it in


@dataclass(frozen=True, slots=True)
class PhotoNote:
    """That a photo was bound to a step; `replaces`: the number of the one that was taken again."""

    number: int
    sha256: str
    replaces: int = 0
    covered: int = 0  # how many places of it were covered before it was kept

    @property
    def kind(self) -> NoteKind:
        """Of which kind it is."""
        return NoteKind.PHOTO

    def as_plain(self) -> dict[str, Any]:
        """As JSON."""
        told = {"number": self.number, "sha256": self.sha256, "replaces": self.replaces, "covered": self.covered}
        return {key: value for key, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class TakenPhoto:
    """A photo that is to be kept as `number`. `replaces`: the number of the one that goes for it, 0 where none does;
    `note`: what has to be on record before, None where the journal has it."""

    visit_id: str
    step: str
    photo: Photo = field(repr=False)
    number: int
    replaces: int = 0
    note: PhotoNote | None = None


@dataclass(frozen=True, slots=True)
class CallHelp:
    """Whom to ring and what to read out. `number`: of the desk, "" where nobody has said one."""

    supplier: str
    number: str
    said: Readout


@dataclass(frozen=True, slots=True)
class EndingAsked:
    """An ending as a person gave it; `photos`: the octets of pictures of the doorstep, as their files have them."""

    code: str
    note: str = field(default="", repr=False)
    flags: tuple[str, ...] = ()
    next_at: datetime | None = None
    photos: tuple[bytes, ...] = field(default=(), repr=False)
    no_photo: str = field(default="", repr=False)
    break_off: bool = False  # what safety still asks for is done first, and nothing else


class NoSuchStep(HhtError):
    """A step that the visit does not have."""

    default_code = "step-unknown"


class EvidenceNotes:
    """The notes of one store. Every method may take a moment (disk): call it in a thread. Raises StoreError, NoteError,
    PhotoError; `NoSuchStep` for a step that the visit does not have."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._visits = VisitStore(store, new_id)

    def note(self, visit_id: str, note: Notable, step: str = "") -> None:
        """Put it on record, on disk when this returns. Of a visit that is being played in this process its own engine
        writes (`Visit.note`)."""
        self.require_step(visit_id, step)
        with self._store.holding_visits():
            self._visits.journal(visit_id).append(step, JournalKind.NOTED, payload_of(note))

    def require_step(self, visit_id: str, step: str) -> None:
        """Raises NoSuchStep where `step` ("": the visit as a whole) is none of the visit's."""
        steps = [one.id for one in self._visits.walkthrough(visit_id).steps]
        if step and step not in steps:
            raise NoSuchStep(
                _("This visit has no step {step}.").format(step=step),
                remedy=_("Its steps are: {steps}.").format(steps=", ".join(steps)),
            )

    def notes(self, visit_id: str) -> tuple[VisitNote, ...]:
        """What is on record, the oldest first."""
        return tuple(self._visits.progress(visit_id).notes)

    # --- photos

    def photo_taken(
        self, visit_id: str, step: str, octets: bytes, *, replaces: int = 0, covered: int = 0
    ) -> TakenPhoto:
        """A photo of a step without what a camera writes beside the picture, and what is to be noted before it is kept.
        `replaces`: the number of one that goes for it; `covered`: how many places of the picture were covered."""
        self.require_step(visit_id, step)
        photo, photos = bare_photo(octets), PhotoStore(self._store)
        number = photos.number_for(visit_id, step, photo)
        gone = replaces if replaces != number and replaces in photos.numbers(visit_id) else 0
        for note in of_kind(self.notes(visit_id), NoteKind.PHOTO):
            same = (note.step, note.told["sha256"], note.told["number"]) == (step, photo.sha256, number)
            if same and gone in (0, note.told.get("replaces")):
                return TakenPhoto(visit_id, step, photo, number, gone)
        return TakenPhoto(visit_id, step, photo, number, gone, PhotoNote(number, photo.sha256, gone, covered))

    def keep_photo(self, taken: TakenPhoto) -> KeptPhoto:
        """Keep a photo whose note is on disk; what it replaces is overwritten in the store."""
        photos = PhotoStore(self._store)
        with self._store.holding_visits():
            kept = photos.add(taken.visit_id, taken.step, taken.photo)
            if taken.replaces:
                photos.remove(taken.visit_id, taken.replaces)
        return kept

    def add_photo(self, visit_id: str, step: str, octets: bytes, *, replaces: int = 0) -> KeptPhoto:
        """Note a photo of a step and keep it; see `photo_taken`. Wherever the terminal dies in between, the same photo
        again makes up what is missing."""
        with self._store.holding_visits():
            taken = self.photo_taken(visit_id, step, octets, replaces=replaces)
            if taken.note is not None:
                self.note(visit_id, taken.note, step)
            return self.keep_photo(taken)

    def photos(self, visit_id: str) -> tuple[KeptPhoto, ...]:
        """The photos of a visit, the oldest first."""
        return PhotoStore(self._store).of_visit(visit_id)

    # --- endings

    def end_job(self, job_id: str, asked: EndingAsked, engineer: Engineer, *, again: bool = False) -> str:
        """End the job's unfinished visit, or a new one where none is: nobody opened the door, say. The visit's id.
        All of it is on record with its photos, or nothing. Raises NoteError, NotNow, StoreError ``visit-in-use``;
        VisitError ``visit-finished`` where the latest visit has ended and not `again`, ``visit-unfinished``."""
        from ui.jobs import visit_command
        from ui.visits import visit_to_go_on

        stored = self._visits.job(job_id)
        photos, why = self._checked(asked)
        with self._store.holding_visits(), self._store.transaction():
            on_purpose = visit_command(stored, "end", "--code CODE", "--again")
            visit_id = visit_to_go_on(self._visits, stored, on_purpose, again=again)
            journal = self._visits.journal(visit_id) if visit_id else self._visits.create_visit(job_id)
            progress = self._visits.progress(journal.visit_id)
            log = VisitLog(stored.job, journal, progress, Transient(), self._clock, on_view=None, flush_trace=None)
            end_kept_visit(log, why, engineer)
            for photo in photos:
                PhotoStore(self._store).add(journal.visit_id, "", photo)
        return journal.visit_id

    def unfinished(self, job_id: str) -> str:
        """The id of the job's unfinished visit; "" where it has none."""
        latest = self._visits.latest_visit(job_id)
        unfinished = latest is not None and self._visits.progress(latest.visit_id).outcome is None
        return latest.visit_id if latest is not None and unfinished else ""

    def acceptable_ending(self, visit_id: str, asked: EndingAsked) -> Ending:
        """The ending of a visit that is being played, before its photos are kept: the engine ends it after that
        (`Visit.end`). Raises NoteError, PhotoError, NotNow."""
        _photos, why = self._checked(asked)
        progress = self._visits.progress(visit_id)
        (break_off if why.breaks_off else leave_for)(progress, progress.current(), why)
        return why

    def _checked(self, asked: EndingAsked) -> tuple[list[Photo], Ending]:
        photos = [bare_photo(octets) for octets in asked.photos]
        why = ending(
            asked.code,
            now=self._clock.now(),
            note=asked.note,
            flags=asked.flags,
            next_at=asked.next_at,
            photos=[photo.sha256 for photo in photos],
            no_photo=asked.no_photo,
        )
        return photos, why.breaking if asked.break_off else why

    def totals(self) -> dict[tuple[str, str, str], int]:
        """How many visits came to what: by walkthrough, outcome ("in-progress" before the end) and the code of what
        ended them early ("" where nothing did)."""
        found: Counter[tuple[str, str, str]] = Counter()
        for stored in self._visits.jobs():
            for visit in self._visits.visits(stored.job_id):
                progress = self._visits.progress(visit.visit_id)
                reasons = [str(note.told["code"]) for note in of_kind(progress.notes, NoteKind.ENDING)]
                outcome = progress.outcome.value if progress.outcome else "in-progress"
                found[visit.walkthrough, outcome, reasons[-1] if reasons else ""] += 1
        return dict(sorted(found.items()))

    # --- the desk's phone

    def call_help(self, job_id: str, step: str = "", code: str = "") -> CallHelp:
        """Whom to ring about a job, and what to read out."""
        job = self._visits.job(job_id).job
        said = help_read_out(job.reference, step, str(job.meter.device_id), code)
        return CallHelp(job.supplier, desk_number(job.supplier, self._own_numbers()), said)

    def keep_number(self, supplier: str, number: str) -> str:
        """Keep the number of a supplier's desk; as it is kept. Raises NoteError ``phone-number``."""
        kept = phone_number(number)
        self._store.save_setting(_PHONES, {**self._own_numbers(), supplier: kept})
        return kept

    def _own_numbers(self) -> Mapping[str, str]:
        return dict(self._store.setting(_PHONES) or {})

    # --- the paper that stays

    def notice(self, visit_id: str, number: str) -> bytes:
        """The notice of an unsafe situation as PDF, made of what the customer may see. Raises NoSuchNotice."""
        from hht.report.notice import unsafe_notice
        from ui.bundles import evidence_key, visit_bundle

        key = evidence_key(self._store, random_bytes)
        return unsafe_notice(visit_bundle(self._store, visit_id, key, self._clock.now(), "customer"), number)

    def save_notice(self, visit_id: str, number: str, path: Path) -> Path:
        """Write the notice as a file that only its owner reads. Raises ReportNotWritten, NoSuchNotice."""
        from hht.report.files import write_all

        pdf = path if path.suffix.lower() == ".pdf" else path.with_name(path.name + ".pdf")
        write_all({pdf: self.notice(visit_id, number)})
        return pdf


def read_photo(path: Path) -> bytes:
    """The octets of a photo's file. Raises PhotoError ``photo-not-read``."""
    try:
        with path.open("rb") as file:
            return file.read(MOST + 1)
    except OSError as error:
        raise PhotoError(
            _("The photo {file} cannot be read: {why}.").format(file=path, why=error.strerror),
            remedy=_("Check its path."),
            code="photo-not-read",
        ) from error


def photos_of(paths: Sequence[Path]) -> tuple[bytes, ...]:
    """The octets of several. Raises PhotoError."""
    return tuple(map(read_photo, paths))
