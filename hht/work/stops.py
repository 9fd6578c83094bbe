"""After a safety stop: no Continue, no second try. What is asked is who clears the lock, where there is one, and the
number of the notice left at the premises; then the step is left as the stop says: made safe, left off.

Training goes the same way: there is no bypass.
"""

from __future__ import annotations

from hht.errors import HhtError
from hht.i18n import _
from hht.work.asking import Asking
from hht.work.items import Ends, StopSpec
from hht.work.journal import JournalKind
from hht.work.progress import StepProgress
from hht.work.view import Outcome, Question, QuestionKind
from hht.work.visit_log import VisitLog

CLEARED_BY, NOTICE = "cleared-by", "notice"  # question ids: step/cleared-by, step/notice


class NotYours(HhtError):
    """A lock that the engineer of the visit tried to clear."""

    default_code = "lock-not-yours"


async def make_safe(step: StepProgress, log: VisitLog, asking: Asking, engineer: str) -> None:
    """Ask what the stop asks for, and leave the step. Raises HhtError where nobody answers, and StoreError; the step
    stays stopped then. `engineer`: their name, which is not good for clearing a lock of their own."""
    stop = stop_of(step)
    if step.locked:
        person = await asking.ask(_who(step), log.emit)
        if person.casefold() == engineer.casefold():
            raise NotYours(
                _("The lock is cleared by somebody else than the engineer of the visit."),
                remedy=_("Ask who is in charge: the gas emergency service, or your supervisor."),
            )
        log.append(step.spec.id, JournalKind.CLEARED, {"person": person})
    notice = await asking.ask(_notice(step), log.emit) if stop.notice else ""
    payload = {"code": stop.code, "text": stop.title, "note": "", "outcome": stop.outcome.value}
    log.append(step.spec.id, JournalKind.LEFT, {**payload, "ends": stop.ends.value, "notice": notice})


def stop_of(step: StepProgress) -> StopSpec:
    """The stop that the step stands at; where the walkthrough has none of that name any more, the one that ends the
    visit and asks for a notice: a newer program opens no way past an older one's stop."""
    stops = [item.stop for item in step.spec.items] + [reason.stop for reason in step.spec.leave]
    for stop in stops:
        if stop is not None and stop.code == step.stop:
            return stop
    title = _("Made safe, left off")
    return StopSpec(step.stop, title, step.remedy, Outcome.MADE_SAFE, Ends.VISIT, lock=step.locked)


def _who(step: StepProgress) -> Question:
    prompt = _("Who clears the lock (name and position, or the emergency service's reference)?")
    return Question(f"{step.spec.id}/{CLEARED_BY}", QuestionKind.TEXT, prompt, person=True)


def _notice(step: StepProgress) -> Question:
    prompt = _("Made safe and left off: number of the notice that stays at the premises")
    return Question(f"{step.spec.id}/{NOTICE}", QuestionKind.SERIAL, prompt)
