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
from ui.services import JobSummary
from ui.short_file import read_short, why
from ui.system import new_id

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.visit_store import StoredJob, VisitStore


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
    """A job with the state of its latest visit."""
    from hht.work.progress import VisitProgress

    job, latest = stored.job, visits.latest_visit(stored.job_id)
    state, report, ended = "new", "", False
    if latest is not None:
        progress = VisitProgress(visits.walkthrough(latest.visit_id), visits.journal(latest.visit_id).entries())
        ended = progress.outcome is not None
        state = progress.outcome.value if progress.outcome else "in progress"
        report = progress.report
    return JobSummary(
        job_id=stored.job_id,
        reference=job.reference,
        address=job.address,
        task=visits_title(job.walkthrough),
        appointment=job.appointment_start,
        training=job.training,
        state=state,
        visit_id=latest.visit_id if latest else "",
        resumable=latest is not None and not ended,
        report=report,
    )


def visits_title(walkthrough: str) -> str:
    """A walkthrough's title."""
    from hht.work.walkthrough import load_walkthrough

    return load_walkthrough(walkthrough).title
