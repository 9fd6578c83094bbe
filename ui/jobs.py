"""Jobs as window and command line list them; the sample jobs of training; job and trace files."""

from __future__ import annotations

import errno
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from hht.resources import resource_path
from ui.services import JobSummary, VisitSummary
from ui.short_file import read_short, why
from ui.system import new_id

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.visit_store import StoredJob, StoredVisit, VisitStore


class NoSuchVisit(HhtError):
    """A visit that the job does not have."""

    default_code = "no-visit"


class FileProblem(HhtError):
    """A file that cannot be read or written."""

    default_code = "file"


def read_job_file(path: Path) -> bytes:
    """The bytes of a job file. Raises FileProblem."""
    try:
        return read_short(path)
    except OSError as error:
        raise FileProblem(
            _("{path} cannot be read: {why}.").format(path=path, why=why(error)),
            remedy=_("Check the file's name and place."),
            code="job-too-long" if error.errno == errno.EFBIG else "file-not-read",
        ) from error


def add_sample_jobs(store: Store, today: date) -> None:
    """Put the sample jobs into a training store that has none; their appointments are `today`."""
    from hht.work.visit_store import VisitStore

    visits = VisitStore(store, new_id)
    if visits.jobs():
        return
    for path in sorted(resource_path("jobs").glob("*.json")):
        sample = json.loads(path.read_text(encoding="utf-8"))
        for end, moment in sample.get("appointment", {}).items():
            sample["appointment"][end] = today.isoformat() + moment[10:]
        visits.import_job(json.dumps(sample, ensure_ascii=False), path.name)


def job_summaries(store: Store) -> list[JobSummary]:
    """Every job, by appointment, those without one last."""
    from hht.work.visit_store import VisitStore

    visits = VisitStore(store, new_id)
    summaries = [summary_of(visits, stored) for stored in visits.jobs()]
    return sorted(summaries, key=lambda s: (s.appointment is None, s.appointment, s.reference))


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
    )


def _visit_summary(visits: VisitStore, visit: StoredVisit) -> VisitSummary:
    progress = visits.progress(visit.visit_id)
    return VisitSummary(
        number=visit.number,
        visit_id=visit.visit_id,
        state=progress.outcome.value if progress.outcome else "in progress",
        began=progress.started_at,
        ended=progress.ended_at,
        report=progress.report,
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
