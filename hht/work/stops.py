"""After a safety stop: no Continue, no second try. What is asked is who clears the lock, where there is one, and the
number of the notice left at the premises; then the step is left as the stop says: made safe, left off.

Training goes the same way: there is no bypass.
"""

from __future__ import annotations

import re
import unicodedata

from hht.errors import HhtError
from hht.i18n import _
from hht.work.asking import Asking
from hht.work.danger import DANGER, notice_of
from hht.work.items import Ends, StopSpec
from hht.work.journal import JournalKind
from hht.work.progress import StepProgress
from hht.work.view import Outcome, Question, QuestionKind
from hht.work.visit_log import VisitLog
from hht.work.walkthrough import CLEARED_BY, NOTICE

_WORD = re.compile(r"[^\W_]+")
_ONESELF = frozenset(("i", "me", "myself", "self", "same", "above", "the", "engineer", "fitter", "installer"))


class NotYours(HhtError):
    """A lock that the engineer of the visit tried to clear."""

    default_code = "lock-not-yours"


async def make_safe(step: StepProgress, log: VisitLog, asking: Asking, engineer: str) -> None:
    """Ask what the stop asks for, and leave the step. Raises HhtError where nobody answers, and StoreError; the step
    stays stopped then. `engineer`: their name, which is not good for clearing a lock of their own, nor is that of
    anybody who worked on the visit before."""
    stop = stop_of(step)
    if step.locked:
        person = await asking.ask(_who(step), log.emit)
        if any(_names(person, one) for one in (engineer, *(run.engineer.name for run in log.progress.runs))):
            raise NotYours(
                _("The lock is cleared by somebody else than the engineer of the visit."),
                remedy=_("Ask who is in charge: the gas emergency service, or your supervisor."),
            )
        log.append(step.spec.id, JournalKind.CLEARED, {"person": person})
    notice = await _notice_left(step, stop, log, asking)
    payload = {"code": stop.code, "text": stop.title, "note": "", "outcome": stop.outcome.value}
    log.append(step.spec.id, JournalKind.LEFT, {**payload, "ends": stop.ends.value, "notice": notice})


def _names(text: str, engineer: str) -> bool:
    """Whether the text is the engineer: their whole name stands in it, however it is written, or nothing does but parts
    and initials of that name, and words for oneself. Another's surname may be the same: then their first name, or their
    position, tells the two apart."""
    name, said = _words(engineer), _words(text)
    others = {word for word in said - name - _ONESELF if len(word) > 1 or not any(part[0] == word for part in name)}
    return not others or (bool(name) and name <= said)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


async def _notice_left(step: StepProgress, stop: StopSpec, log: VisitLog, asking: Asking) -> str:
    if stop.code == DANGER:
        return notice_of(log.progress)  # it is on record with the danger
    return await asking.ask(_notice(step), log.emit) if stop.notice else ""


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
    return Question(f"{step.spec.id}/{NOTICE}", QuestionKind.SERIAL, prompt, numbered=True)
