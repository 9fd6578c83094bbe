"""The rules of a kept job's site, as window and command line tell them: those of a day, with the set they belong to."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.work.reasons import Standing
from hht.work.rule_book import rule_book
from hht.work.ruling import Ruling
from hht.work.site_rules import rulings
from hht.work.visit_store import VisitStore
from hht.work.wan_attempts import wan_attempts
from ui.jobs import other_jobs
from ui.system import new_id

if TYPE_CHECKING:
    from hht.store.store import Store


@dataclass(frozen=True, slots=True)
class JobRules:
    """`number`: of the set of rules that holds on `day`, from 1 to `count`; `since`: its first day; `until`: the first
    of the next one."""

    reference: str
    day: date
    number: int
    count: int
    since: date | None
    until: date | None
    told: tuple[Ruling, ...]

    @property
    def forbidden(self) -> int:
        """How many rules say that what the job asks for must not be done."""
        return sum(one.standing is Standing.MUST_NOT for one in self.told)

    @property
    def title(self) -> str:
        """Whose rules, and of which day."""
        words = _("{reference}: rules of {day}, set {number} of {count}")
        return words.format(reference=self.reference, day=self.day, number=self.number, count=self.count)


def job_rules(store: Store, job: str, day: date) -> JobRules:
    """The rules of the job with that reference or id. Raises StoreError ``job-unknown``."""
    visits = VisitStore(store, new_id)
    stored = visits.find(job)
    told = rulings(stored.job, day, other_jobs(visits, stored), wan_attempts(visits, stored.job))
    days = rule_book().days(training=stored.job.training)
    place = bisect_right(days, day)
    return JobRules(
        stored.job.reference,
        day,
        place + 1,
        len(days) + 1,
        days[place - 1] if place else None,
        days[place] if place < len(days) else None,
        told,
    )
