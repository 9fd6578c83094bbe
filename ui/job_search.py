"""Searching and filtering jobs: for window and command line alike. Plain Python.

A text finds a job by reference, address, postcode, name, work, MPAN, MPRN, Device ID or old serial, however spaces and
hyphens are set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.services import JobSummary

STATES = ("open", "new", "in progress", "done", "complete", "install-and-leave", "made-safe", "abandoned")
FUELS = ("electricity-only", "with-gas")
DAYS = ("today", "tomorrow", "yesterday", "overdue", "undated")


@dataclass(frozen=True, slots=True)
class JobFilter:
    """What is wanted; "" of everything. `day`: one of DAYS or a day (ISO)."""

    text: str = ""
    state: str = ""
    fuel: str = ""
    walkthrough: str = ""
    day: str = ""

    @property
    def narrow(self) -> bool:
        """Whether it leaves anything out besides what the text does."""
        return bool(self.state or self.fuel or self.walkthrough or self.day)


def day_of(job: JobSummary) -> date | None:
    """The day of its appointment, where the computer is."""
    return job.appointment.astimezone().date() if job.appointment is not None else None


def overdue(job: JobSummary, today: date) -> bool:
    """Whether it was for an earlier day and is not done."""
    day = day_of(job)
    return job.open and day is not None and day < today


def of_today(job: JobSummary, today: date) -> bool:
    """Whether it belongs on today's list: for today, without a day, begun, or left over from an earlier day."""
    return day_of(job) in (today, None) or job.resumable or overdue(job, today)


def fits(job: JobSummary, wanted: JobFilter, today: date) -> bool:
    """Whether the job is wanted."""
    return (
        _state_fits(job, wanted.state)
        and wanted.fuel in ("", "with-gas" if job.gas else "electricity-only")
        and wanted.walkthrough in ("", job.walkthrough)
        and _day_fits(job, wanted.day, today)
        and found(job, wanted.text)
    )


def found(job: JobSummary, text: str) -> bool:
    """Whether the text finds the job: each of its words, or all of it as one number."""
    words = [_bare(word) for word in text.split()]
    words = [word for word in words if word]
    if not words:
        return True
    fields = (job.reference, job.address, job.task, job.state, *job.found_by)
    bare = [_bare(one) for one in fields]
    together = "".join(words)
    return any(together in one for one in bare) or all(any(word in one for one in bare) for word in words)


def by_appointment(jobs: Iterable[JobSummary]) -> list[JobSummary]:
    """In the order of their appointments, those without one last."""
    return sorted(jobs, key=lambda job: (job.appointment is None, job.appointment and job.appointment.timestamp()))


def walkthroughs(jobs: Sequence[JobSummary]) -> dict[str, str]:
    """The kinds of work that there are among the jobs: name -> title."""
    return {job.walkthrough: job.task for job in sorted(jobs, key=lambda job: job.task) if job.walkthrough}


def _state_fits(job: JobSummary, state: str) -> bool:
    return state in ("", job.state) or (state in ("open", "done") and job.open is (state == "open"))


def _day_fits(job: JobSummary, wanted: str, today: date) -> bool:
    day = day_of(job)
    near = {"today": today, "tomorrow": today + timedelta(days=1), "yesterday": today - timedelta(days=1)}
    if wanted in near:
        return day == near[wanted]
    if wanted == "overdue":
        return overdue(job, today)
    if wanted == "undated":
        return day is None
    return not wanted or (day is not None and day.isoformat() == wanted)


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
