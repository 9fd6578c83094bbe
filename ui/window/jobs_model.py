"""What the job list shows. Plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from hht.dates import date_text
from hht.i18n import _
from ui.job_search import JobFilter, by_appointment, fits, of_today, overdue

if TYPE_CHECKING:
    from ui.services import JobSummary

FILTERS = ("today", "open", "done", "all")


def filter_word(name: str) -> str:
    """The filter's name for people."""
    return {"today": _("Today"), "open": _("To do"), "done": _("Done"), "all": _("All")}[name]


def state_look(state: str) -> tuple[str, str, str]:
    """(word, icon, colour token) of a job's state."""
    return {
        "new": (_("to do"), "dot", "ink_soft"),
        "in progress": (_("in progress"), "running", "accent"),
        "complete": (_("complete"), "check", "good"),
        "install-and-leave": (_("done in part"), "left", "warn"),
        "made-safe": (_("made safe"), "shield", "warn"),
        "abandoned": (_("given up"), "cross", "bad"),
    }.get(state, (state, "dot", "ink_soft"))


@dataclass(frozen=True, slots=True)
class JobRow:
    """One line of the list."""

    job: JobSummary
    time: str  # "09:30", local
    day: str  # "Mon 23 Nov"; "" for today
    title: str
    address: str
    word: str
    icon: str
    token: str
    origin: str = ""  # who answers for the job, in a few words

    @property
    def spoken(self) -> str:
        """The line as a screen reader says it."""
        return ", ".join(part for part in (self.time, self.title, self.address, self.word, self.origin) if part)


def _day(when: datetime | None, today: date) -> str:
    if when is None:
        return ""
    local = when.astimezone().date()
    return "" if local == today else date_text(local, "%a %d %b")


class JobsModel:
    """The jobs, the filter and the search; `selected` survives a refresh."""

    def __init__(self) -> None:
        self.jobs: tuple[JobSummary, ...] = ()
        self.query = ""
        self.narrowed = JobFilter()  # fuel, kind of work, day
        self.scope = ""  # the job whose customer looks on: no other is shown (T24); "" where nobody does
        self.filter = "today"
        self.selected = ""
        self.loaded = False

    def show(self, jobs: Sequence[JobSummary]) -> None:
        """Take the jobs as the store has them."""
        self.jobs = tuple(jobs)
        self.loaded = True

    def first_filter(self, today: date) -> str:
        """The filter to begin with: today's jobs, else what is to do, else all, so that no list starts empty."""
        counts = self.counts(today)
        return next((name for name in ("today", "open", "all") if counts[name]), "today")

    def unfinished(self) -> JobSummary | None:
        """The job whose visit was interrupted, if there is one: the window's first screen offers to go on."""
        return next((job for job in self._in_scope() if job.resumable), None)

    def _in_scope(self) -> list[JobSummary]:
        return [job for job in self.jobs if self.scope in ("", job.job_id)]

    def counts(self, today: date) -> dict[str, int]:
        """How many jobs each filter shows."""
        jobs = [job for job in self._in_scope() if fits(job, self.narrowed, today)]
        return {name: sum(self._fits(job, name, today) for job in jobs) for name in FILTERS}

    def rows(self, today: date) -> list[JobRow]:
        """The lines that filter and search leave, by appointment."""
        if self.scope:
            return [self._row(job, today) for job in self._in_scope()]
        wanted = replace(self.narrowed, text=self.query)
        kept = [job for job in self.jobs if self._fits(job, self.filter, today) and fits(job, wanted, today)]
        return [self._row(job, today) for job in by_appointment(kept)]

    def line_to_mark(self, rows: Sequence[JobRow]) -> int:
        """The line that is marked: the one chosen before, else the first with something to do."""
        for line, row in enumerate(rows):
            if row.job.job_id == self.selected:
                return line
        return next((line for line, row in enumerate(rows) if row.job.state in ("new", "in progress")), 0)

    @staticmethod
    def _fits(job: JobSummary, name: str, today: date) -> bool:
        return of_today(job, today) if name == "today" else name == "all" or job.open == (name == "open")

    @staticmethod
    def _row(job: JobSummary, today: date) -> JobRow:
        word, icon, token = state_look(job.state)
        if job.state == "new" and overdue(job, today):
            word, icon, token = _("left over"), "warn", "warn"
        time = job.appointment.astimezone().strftime("%H:%M") if job.appointment else ""
        title = f"{job.reference} · {job.task}" if job.task else job.reference
        place = (
            _("Next: {step} · {address}").format(step=job.onward, address=job.address) if job.onward else job.address
        )
        return JobRow(job, time, _day(job.appointment, today), title, place, word, icon, token, job.origin_short)

    def empty_words(self) -> str:
        """What the page says where no job is shown."""
        if not self.loaded:
            return _("Opening the job list…")
        if not self.jobs:
            return _("There are no jobs yet. Import a job file, or have the depot send one.")
        return _("No job fits. Choose another filter or empty the search.")
