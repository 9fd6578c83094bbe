"""A training visit whose emulated home began anew is begun again: what it has done there is gone with the program that
the home lived in, and a step that is finished is not played twice in one visit.

The visit ends as given up, with the reason on record, and another visit of the job begins with nothing done and nothing
asked. Not from a safety stop or a danger on record: as everywhere, such a visit ends as made safe, and in no other way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hht import __version__
from hht.i18n import _
from hht.link_url import parse_link_url
from hht.work.ending_early import step_shown
from hht.work.items import Ends
from hht.work.journal import JournalKind
from hht.work.show import Transient
from hht.work.view import Outcome
from hht.work.visit_log import VisitLog
from hht.work.walkthrough import LeaveSpec

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.work.engineer import Engineer
    from hht.work.progress import VisitProgress
    from hht.work.visit_store import StoredJob, VisitStore
    from ui.compose import Composer

BEGUN_AGAIN: Final = "begun-again"


def life_at(composer: Composer, link: str) -> str:
    """The name of the life that the emulated home at `link` lives in this program; "" for what is not emulated."""
    url = parse_link_url(link)
    return composer.living.life(url) if url.scheme == "emulated" else ""


def home_is_gone(progress: VisitProgress, home: str) -> bool:
    """Whether what an unfinished visit has done at its emulated home is gone, now that this lives the life `home`."""
    return progress.outcome is None and bool(home) and (progress.home_anew or progress.elsewhere(home))


def visit_of_gone_home(visits: VisitStore, stored: StoredJob, home: str) -> str:
    """The job's unfinished training visit where its home is gone; "" where it is not so."""
    latest = visits.latest_visit(stored.job_id)
    if latest is None or not (visits.store.training and stored.job.training):
        return ""
    return latest.visit_id if home_is_gone(visits.progress(latest.visit_id), home) else ""


def leave_gone_home(visits: VisitStore, stored: StoredJob, home: str, engineer: Engineer, clock: Clock) -> bool:
    """End the job's unfinished visit where its home is gone; whether it was so. Raises NotNow at a safety stop or a
    danger on record, StoreError ``visit-in-use``."""
    visit_id = visit_of_gone_home(visits, stored, home)
    if not visit_id:
        return False
    progress = visits.progress(visit_id)
    step = step_shown(progress, progress.current())
    with visits.store.holding_visits(), visits.store.transaction():
        journal = visits.journal(visit_id)
        log = VisitLog(stored.job, journal, progress, Transient(), clock, on_view=None, flush_trace=None)
        log.append("", JournalKind.RESUMED, {"program": __version__, "engineer": engineer.as_plain(), "home": home})
        words = _("Not done: the training home began anew, and the visit was begun again.")
        log.left(step, LeaveSpec(BEGUN_AGAIN, words, Outcome.ABANDONED, Ends.VISIT), "")
        while (after := progress.current()) is not None:
            log.left_by_itself(after)
        log.ended()
    return True
