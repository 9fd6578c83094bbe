"""Jobs as window and command line list them; the sample jobs of training; job and trace files."""

from __future__ import annotations

import errno
import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from hht.resources import resource_path
from ui.services import JobSummary, VisitSummary
from ui.short_file import MAX_BYTES, read_short, why
from ui.system import new_id

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.job import Job
    from hht.work.job_door import JobDoor
    from hht.work.visit_store import StoredJob, StoredVisit, VisitStore


class NoSuchVisit(HhtError):
    """A visit that the job does not have."""

    default_code = "no-visit"


class FileProblem(HhtError):
    """A file that cannot be read or written."""

    default_code = "file"


def read_job_file(path: Path, most: int = MAX_BYTES) -> bytes:
    """The bytes of a job file, or another one of at most `most` bytes. Raises FileProblem."""
    try:
        return read_short(path, most)
    except OSError as error:
        raise FileProblem(
            _("{path} cannot be read: {why}.").format(path=path, why=why(error)),
            remedy=_("Check the file's name and place."),
            code="job-too-long" if error.errno == errno.EFBIG else "file-not-read",
        ) from error


def job_door(store: Store) -> JobDoor:
    """The door by which jobs come into this store, with the desks that it trusts."""
    from hht.work.job_door import JobDoor
    from hht.work.visit_store import VisitStore
    from ui.desk_trust import DeskTrust

    return JobDoor(store, VisitStore(store, new_id), DeskTrust(store).trusted)


def add_sample_jobs(store: Store, today: date) -> None:
    """Put the sample jobs into a training store that has none, their appointments `today`, and their devices onto its
    van; a list of fictional products is renewed."""
    from hht.work.visit_store import VisitStore
    from ui.van import add_sample_van, renew_training_list

    visits = VisitStore(store, new_id)
    if visits.jobs():
        renew_training_list(store)
        return
    add_sample_van(store)
    for path in sorted(resource_path("jobs").glob("*.json")):
        _add_sample(visits, path, today)


def _add_sample(visits: VisitStore, path: Path, today: date) -> StoredJob:
    """Put that sample job into the store, its appointment `today`."""
    sample = json.loads(path.read_text(encoding="utf-8"))
    for end, moment in sample.get("appointment", {}).items():
        sample["appointment"][end] = today.isoformat() + moment[10:]
    return visits.import_job(json.dumps(sample, ensure_ascii=False), path.name)


def add_tour_job(store: Store, today: date) -> str:
    """The id of the tour's job; where a training store has none of its reference, the sample job is put there, beside
    what there is."""
    from hht.work.visit_store import VisitStore
    from ui.tour import JOB

    visits = VisitStore(store, new_id)
    known = next((stored.job_id for stored in visits.jobs() if stored.job.reference == JOB), "")
    return known or _add_sample(visits, resource_path("jobs", "demo.json"), today).job_id


def job_summaries(store: Store) -> list[JobSummary]:
    """Every job, by appointment, those without one last."""
    from hht.work.visit_store import VisitStore

    visits = VisitStore(store, new_id)
    summaries = [summary_of(visits, stored) for stored in visits.jobs()]
    return sorted(summaries, key=lambda s: (s.appointment is None, s.appointment, s.reference))


def jobs_of_day(store: Store, day: date) -> list[Job]:
    """The jobs of that day, where the computer is, and those without an appointment, that are not done yet; by
    appointment."""
    from hht.work.visit_store import VisitStore

    visits = VisitStore(store, new_id)
    every = (stored for stored in visits.jobs() if not stored.job.rehearsal)
    open_jobs = [stored.job for stored in every if _is_open(visits, stored)]
    begins = {job.reference: job.appointment_start for job in open_jobs}
    wanted = [job for job in open_jobs if (when := begins[job.reference]) is None or when.astimezone().date() == day]
    return sorted(wanted, key=lambda job: (begins[job.reference] is None, begins[job.reference], job.reference))


def _is_open(visits: VisitStore, stored: StoredJob) -> bool:
    latest = visits.latest_visit(stored.job_id)
    return latest is None or visits.progress(latest.visit_id).outcome is None


def other_jobs(visits: VisitStore, stored: StoredJob) -> list[Job]:
    """The jobs of the store but this one."""
    return [other.job for other in visits.jobs() if other.job_id != stored.job_id]


def summary_of(visits: VisitStore, stored: StoredJob) -> JobSummary:
    """A job with its visits, in the state of the latest one."""
    job = stored.job
    every = tuple(_visit_summary(visits, visit) for visit in visits.visits(stored.job_id))
    latest = every[-1] if every else None
    return JobSummary(
        job_id=stored.job_id,
        reference=job.reference,
        address=job.address,
        task=visits_title(job.walkthrough),
        appointment=job.appointment_start,
        training=job.training,
        state=latest.state if latest else "new",
        visit_id=latest.visit_id if latest else "",
        resumable=latest is not None and latest.ended is None,
        report=latest.report if latest else "",
        visits=every,
        walkthrough=job.walkthrough,
        gas=job.device("gas-meter") is not None,
        rehearsal=job.rehearsal,
        onward=_onward(visits, latest),
        found_by=_found_by(job),
        origin=stored.origin.words,
        origin_short=stored.origin.short,
    )


def _onward(visits: VisitStore, latest: VisitSummary | None) -> str:
    """The title of the step whose turn it is; "" for a visit that has ended, or none."""
    if latest is None or latest.ended is not None:
        return ""
    step = visits.progress(latest.visit_id).current()
    return step.spec.title if step is not None else ""


def _found_by(job: Job) -> tuple[str, ...]:
    numbers = (str(number.value) for number in job.numbers())
    return (job.customer_name, *numbers, *(old.serial for old in job.old_meters))


def _visit_summary(visits: VisitStore, visit: StoredVisit) -> VisitSummary:
    from hht.work.ending_early import flag_words
    from hht.work.noted import NoteKind, of_kind

    progress = visits.progress(visit.visit_id)
    ended = [note.told for note in of_kind(progress.notes, NoteKind.ENDING)][-1:]
    return VisitSummary(
        number=visit.number,
        visit_id=visit.visit_id,
        state=progress.outcome.value if progress.outcome else "in progress",
        began=progress.started_at,
        ended=progress.ended_at,
        report=progress.report,
        next_needs=tuple(flag_words(ended[0])) if ended else (),
        next_at=datetime.fromisoformat(ended[0]["next_at"]) if ended and ended[0]["next_at"] else None,
    )


def visit_of(visits: VisitStore, stored: StoredJob, number: int | None = None) -> StoredVisit:
    """The job's visit of that number, else its latest. Raises NoSuchVisit."""
    every = visits.visits(stored.job_id)
    reference = stored.job.reference
    if not every:
        raise NoSuchVisit(
            _("Job {reference} has no visit yet.").format(reference=reference),
            remedy=_("Begin one: {command}").format(command=visit_command(stored, "run")),
        )
    found = every[-1] if number is None else next((visit for visit in every if visit.number == number), None)
    if found is None:
        raise NoSuchVisit(
            _("Job {reference} has no visit {number}; its latest is visit {latest}.").format(
                reference=reference, number=number, latest=every[-1].number
            ),
            remedy=_("List them: {command}").format(command=f"hht visit list{_training(stored)}"),
        )
    return found


def visit_command(stored: StoredJob, verb: str, *options: str) -> str:
    """The command that does `verb` with the job's visit, as a person would type it."""
    return " ".join(["hht visit", verb, stored.job.reference, *options]) + _training(stored)


def report_command(stored: StoredJob) -> str:
    """The command that writes the report of the job's latest visit; a live one wants to be told where."""
    return visit_command(stored, "report", *([] if stored.job.training else ["--out DIR"]))


def _training(stored: StoredJob) -> str:
    return " --training" if stored.job.training else ""


def visits_title(walkthrough: str) -> str:
    """A walkthrough's title."""
    from hht.work.walkthrough import load_walkthrough

    return load_walkthrough(walkthrough).title
