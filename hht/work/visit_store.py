"""Jobs and visits in the store: import, list, begin, take up again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hht.i18n import _
from hht.store.errors import StoreError
from hht.store.store import Row, Store
from hht.work.job import Job, JobMeter, job_from_stored, parse_job
from hht.work.job_changes import JobChange, job_changes
from hht.work.job_check import check_job
from hht.work.job_origin import UNSIGNED, JobOrigin, require_origin
from hht.work.journal import Journal, OnPoint
from hht.work.progress import VisitProgress
from hht.work.record import VisitRecord
from hht.work.show import Transient, visit_view
from hht.work.visits_noted import note_begun
from hht.work.walkthrough import Walkthrough, load_walkthrough

NewId = Callable[[], str]


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job in the store. The same reference always has the same `job_id` in the same store."""

    job_id: str
    imported_at: str
    source: str = field(repr=False)
    job: Job
    origin: JobOrigin = UNSIGNED


@dataclass(frozen=True, slots=True)
class StoredVisit:
    """A visit in the store; `number` counts the visits of a job from 1."""

    visit_id: str
    job_id: str
    number: int
    created_at: str
    walkthrough: str


class VisitStore:
    """Jobs, visits and their journals. Every method raises StoreError where the store fails."""

    def __init__(self, store: Store, new_id: NewId) -> None:
        self.store = store
        self._new_id = new_id

    def import_job(self, text: str | bytes, source: str, origin: JobOrigin = UNSIGNED) -> StoredJob:
        """Check a job file and keep it; the same reference again replaces it as long as no visit has begun. (What
        differs says `changes_to`, before.) `origin`: who answers for it; whoever takes a file in goes by
        `hht.work.job_door`, which knows.

        Raises JobError (what is wrong in the file), WalkthroughError (not a walkthrough this terminal has), StoreError
        ``wrong-trust`` (a live job in training or the reverse), ``job-unsigned`` and ``job-exists`` (a visit of it has
        begun; `changes` in its details).
        """
        job = parse_job(text, source)
        load_walkthrough(job.walkthrough)
        self.refuse_other_trust(job)
        body = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        job_id = self.id_of(job.reference)
        row = {"job_id": job_id, "imported_at": self.store.now()}
        with self.store.transaction() as database:
            if self._same(job_id, body) and not self._better_known(job_id, origin):
                return self.job(job_id)
            require_origin(origin, job.reference, training=self.store.training)
            self._refuse_begun(job, job_id, body)
            database.execute("DELETE FROM jobs WHERE job_id = ?", [job_id])
            said = {"body": body, "source": source, "origin": json.dumps(origin.as_plain())}
            sealed = {name: text.encode() for name, text in said.items()}
            self.store.insert("jobs", row, key=job_id, sealed=sealed)
            if job.allow_test_identifiers:
                self.store.log("test-identifiers", _override(job))
        return self.job(job_id)

    def jobs(self) -> list[StoredJob]:
        """Every job, oldest import first."""
        return [self._job(row) for row in self.store.rows("jobs", order="imported_at, job_id")]

    def job(self, job_id: str) -> StoredJob:
        """The job with this id. Raises StoreError ``job-unknown``."""
        rows = self.store.rows("jobs", "job_id = ?", (job_id,))
        if not rows:
            raise _unknown(_("There is no job “{id}” in this store.").format(id=job_id), "job-unknown")
        return self._job(rows[0])

    def id_of(self, reference: str) -> str:
        """The id of the job with this reference in this store, whether it is kept or not."""
        return "job-" + self.store.blind_index("jobs", "reference", reference)

    def find(self, text: str) -> StoredJob:
        """The job with this reference or id. Raises StoreError ``job-unknown``."""
        job_id = self.id_of(text)
        found = self.store.rows("jobs", "job_id IN (?, ?)", (job_id, text))
        if not found:
            raise _unknown(_("There is no job “{text}” in this store.").format(text=text), "job-unknown")
        return self._job(found[0])

    def text_of(self, text: str) -> str:
        """The job file of this reference or id, without the envelope of a signed one. Raises StoreError
        ``job-unknown``."""
        return json.dumps(self._body(self.find(text).job_id), ensure_ascii=False)

    def file_of(self, text: str) -> str:
        """The file of this reference or id as it was taken in, signed if it was. Raises StoreError ``job-unknown``."""
        return self.find(text).origin.envelope or self.text_of(text)

    def is_kept(self, text: bytes) -> bool:
        """Whether a checked job file says what is kept of its reference."""
        body = json.loads(text.decode("utf-8-sig"))
        return self._same(self.id_of(body["reference"]), json.dumps(body))

    def create_visit(self, job_id: str) -> Journal:
        """Begin a visit of a job; its journal, still empty."""
        job = self.job(job_id).job
        visit_id = self._new_id()
        with self.store.transaction():
            row = {
                "visit_id": visit_id,
                "job_id": job_id,
                "number": max((visit.number for visit in self.visits(job_id)), default=0) + 1,  # some may be erased
                "created_at": self.store.now(),
                "walkthrough": job.walkthrough,
            }
            self.store.insert("visits", row, key=visit_id, sealed={})
            note_begun(self.store, visit_id, job.reference)
        return self.journal(visit_id)

    def visits(self, job_id: str) -> list[StoredVisit]:
        """The visits of a job, oldest first."""
        rows = self.store.rows("visits", "job_id = ?", (job_id,), order="number")
        return [_visit(row) for row in rows]

    def latest_visit(self, job_id: str) -> StoredVisit | None:
        """The job's latest visit; None where none has begun."""
        visits = self.visits(job_id)
        return visits[-1] if visits else None

    def rehearsed(self) -> frozenset[str]:
        """The ids of the visits that are rehearsals: nothing of them is evidence."""
        jobs = (stored.job_id for stored in self.jobs() if stored.job.rehearsal)
        return frozenset(visit.visit_id for job_id in jobs for visit in self.visits(job_id))

    def visit(self, visit_id: str) -> StoredVisit:
        """The visit with this id. Raises StoreError ``visit-unknown``."""
        rows = self.store.rows("visits", "visit_id = ?", (visit_id,))
        if not rows:
            raise _unknown(_("There is no visit “{id}” in this store.").format(id=visit_id), "visit-unknown")
        return _visit(rows[0])

    def journal(self, visit_id: str, *, on_point: OnPoint | None = None) -> Journal:
        """The journal of a visit. Raises StoreError ``visit-unknown``."""
        visit = self.visit(visit_id)
        return Journal(self.store, visit_id, visit.job_id, visit_number=visit.number, on_point=on_point)

    def progress(self, visit_id: str) -> VisitProgress:
        """What is known of a visit, without taking it up; it can be resumed as long as its `outcome` is None."""
        return VisitProgress(self.walkthrough(visit_id), self.journal(visit_id).entries())

    def record(self, visit_id: str) -> VisitRecord:
        """Everything a report needs of a visit, without taking it up."""
        journal, progress = self.journal(visit_id), self.progress(visit_id)
        job = self.job(journal.job_id).job
        view = visit_view(job, journal, progress, Transient(link=progress.link or job.link))
        return VisitRecord.of(job, view, progress, self.job(journal.job_id).origin)

    def walkthrough(self, visit_id: str) -> Walkthrough:
        """The walkthrough that a visit follows."""
        visit = self.visit(visit_id)
        return load_walkthrough(visit.walkthrough).for_job(self.job(visit.job_id).job)

    def _job(self, row: Row) -> StoredJob:
        body, source = (self.store.unseal("jobs", name, row["job_id"], row).decode() for name in ("body", "source"))
        return StoredJob(row["job_id"], row["imported_at"], source, job_from_stored(body), self._origin(row))

    def _origin(self, row: Row) -> JobOrigin:
        if row["origin_sealed"] is None:  # taken in before signatures were looked at
            return UNSIGNED
        return JobOrigin.from_plain(json.loads(self.store.unseal("jobs", "origin", row["job_id"], row)))

    def _better_known(self, job_id: str, origin: JobOrigin) -> bool:
        """Whether the same job comes with more to show for it than what is kept of it, and no visit has begun."""
        kept = self.job(job_id).origin
        return origin.signed and origin.version > kept.version and not self.visits(job_id)

    def changes_to(self, text: str | bytes, source: str) -> tuple[JobChange, ...] | None:
        """What differs between the job that is kept and this file of it; None where none of its reference is kept.

        Raises JobError."""
        new = check_job(text, source)
        kept = self._body(self.id_of(new["reference"]))
        return job_changes(kept, new) if kept is not None else None

    def _body(self, job_id: str) -> dict[str, Any] | None:
        rows = self.store.rows("jobs", "job_id = ?", (job_id,))
        if not rows:
            return None
        body: dict[str, Any] = json.loads(self.store.unseal("jobs", "body", job_id, rows[0]))
        return body

    def _same(self, job_id: str, body: str) -> bool:
        return bool(self._body(job_id) == json.loads(body))

    def refuse_other_trust(self, job: Job) -> None:
        """Raises StoreError ``wrong-trust`` for a job of training in live work, or the reverse."""
        if job.training == self.store.training:
            return
        message = (
            _("Job {reference} is for training; this is the store for live work.")
            if job.training
            else _("Job {reference} is live work; this is the training store.")
        )
        remedy = (
            _("Import it with --training.")
            if job.training
            else _("Leave --training out, with the pass phrase of the live store.")
        )
        raise StoreError(message.format(reference=job.reference), remedy=remedy, code="wrong-trust")

    def _refuse_begun(self, job: Job, job_id: str, body: str) -> None:
        if not self.visits(job_id):
            return
        changes = [change.words for change in job_changes(self._body(job_id) or {}, json.loads(body))]
        head = _("Job {reference} is here already, and a visit of it has begun. The new file says otherwise:")
        raise StoreError(
            "\n".join([head.format(reference=job.reference), *changes]),
            remedy=_(
                "Nothing was changed. Go on with that visit as it is, or ask the desk for a job with a new reference."
            ),
            code="job-exists",
            changes=changes,
        )


def _visit(row: Row) -> StoredVisit:
    return StoredVisit(row["visit_id"], row["job_id"], row["number"], row["created_at"], row["walkthrough"])


def _override(job: Job) -> dict[str, Any]:
    meters = [device for device in job.devices if isinstance(device, JobMeter)]
    test_data = [str(device.mpan) for device in meters if device.mpan.test_data]
    return {"reference": job.reference, "accepted": test_data}


def _unknown(message: str, code: str) -> StoreError:
    return StoreError(message, remedy=_("List the jobs (hht visit list) and choose one, or import the job."), code=code)
