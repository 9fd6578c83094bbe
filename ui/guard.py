"""Whether the person at the keyboard is still the one who knows the pass phrase: asked again after a pause."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.store.errors import PHRASE_FIRST, phrase_first
from hht.work.supply_acts import supply_acts
from hht.work.view import StepState
from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.desk.course import AskReport
    from hht.store.store import Store
    from hht.work.view import VisitView
    from ui.pack_facts import PackFacts
    from ui.services import VisitControl

AGAIN: Final = "pass-phrase-again"  # the code of the error
_TO_COME = (StepState.WAITING, StepState.READY)
_ITSELF = (StepState.READY, StepState.FAILED, StepState.UNKNOWN)


class Guard:
    """Of one open store. `opened` raises HhtError ``locked`` where there is none."""

    def __init__(self, clock: Clock, opened: Callable[[], Store], *, training: bool = False) -> None:
        self._training = training
        self._clock = clock
        self._opened = opened
        self._given_at = clock.now()
        self._given_s = clock.monotonic()
        self._never = False

    def given(self) -> None:
        """The pass phrase was given just now."""
        self._given_at, self._given_s, self._never = self._clock.now(), self._clock.monotonic(), False

    def not_given(self) -> None:
        """The store was opened by this computer's key store: nobody gave a pass phrase yet."""
        self._never = True

    def since_s(self) -> float:
        """Seconds since it was given, infinitely many where it never was: by whichever clock says more, as one stands
        still while the computer sleeps and the other can be set back."""
        if self._never:
            return math.inf
        by_wall = (self._clock.now() - self._given_at).total_seconds()
        return max(by_wall, self._clock.monotonic() - self._given_s)

    def require(self) -> None:
        """Before what affects supply. Raises HhtError ``pass-phrase-again`` where the pass phrase was given longer ago
        than the catalogue allows, ``pass-phrase-first`` where it was not given yet; in training, whose pass phrase is
        no secret, never."""
        if self._training:
            return
        if self._never:
            raise phrase_first()
        if self.since_s() > 60 * supply_acts().minutes:
            raise HhtError(
                _("This affects the supply, and the pass phrase was given more than {n} minutes ago.").format(
                    n=supply_acts().minutes
                ),
                remedy=_("Lock the window (Ctrl+L) and unlock it with the pass phrase, then do it again."),
                code=AGAIN,
            )

    def require_fresh(self) -> None:
        """Before this computer's key store may open the store from now on: whoever knows the pass phrase is there.
        Raises HhtError ``pass-phrase-first``."""
        if not self._training and self.since_s() > 60 * supply_acts().minutes:
            raise HhtError(
                _("This needs your pass phrase, and it was given more than {n} minutes ago.").format(
                    n=supply_acts().minutes
                ),
                remedy=_("Lock the window (Ctrl+L) and unlock it with the pass phrase, then do it again."),
                code=PHRASE_FIRST,
            )

    def require_for_ask(self, report: AskReport) -> None:
        """`require`, where what is asked of the desk affects supply."""
        if report.ask.kind in supply_acts().asks:
            self.require()

    def require_for_pack(self, packs: Iterable[PackFacts]) -> None:
        """`require`, where one of the commands that these packs still bring affects supply."""
        if any(entry.supply for pack in packs for entry in pack.entries if not entry.state.final):
            self.require()

    async def again(self, pass_phrase: str) -> None:
        """Compare a pass phrase with the open store's, at the cost and with the patience of opening it. Raises
        PassPhraseError (wrong, or too soon after wrong ones) and HhtError ``locked``."""
        await in_thread(self._again, pass_phrase)
        self.given()

    def _again(self, pass_phrase: str) -> None:
        from hht.store.key_slot import BY_PHRASE
        from hht.store.log_chain import LOGGED_IN
        from hht.store.vault import PassPhrase

        store = self._opened()
        store.check_pass_phrase(PassPhrase(pass_phrase))
        store.note(LOGGED_IN, {"login": store.person.login, "window": "unlocked", "how": BY_PHRASE})

    async def locked(self, why: str) -> None:
        """Somebody, or the clock, has locked the window; `why`: the word for it. Raises HhtError ``locked``."""
        from hht.store.log_chain import LOCKED

        store = self._opened()
        await in_thread(store.note, LOCKED, {"login": store.person.login, "why": why})


class GuardedVisit:
    """A visit whose steps that affect supply begin only with a pass phrase that was given not long ago. See
    `ui.services.VisitControl`; `proceed` and `retry` raise HhtError ``pass-phrase-again``, and nothing has changed."""

    def __init__(self, visit: VisitControl, guard: Guard) -> None:
        self._visit, self._guard = visit, guard

    @property
    def view(self) -> VisitView:
        """The visit as it stands."""
        return self._visit.view

    def proceed(self) -> None:
        """Continue."""
        self._require()
        self._visit.proceed()

    def retry(self) -> None:
        """Try the step again."""
        self._require()
        self._visit.retry()

    def answer(self, question_id: str, value: str) -> None:
        """Answer the question that is being asked."""
        self._visit.answer(question_id, value)

    def leave(self, reason_code: str, note: str = "") -> None:
        """Leave the step, for a reason."""
        self._visit.leave(reason_code, note)

    def cancel(self) -> None:
        """Stop the step that runs."""
        self._visit.cancel()

    def _require(self) -> None:
        if begins_supply(self._visit.view):
            self._guard.require()


def begins_supply(view: VisitView) -> bool:
    """Whether to continue, or to try again, may begin a step that affects supply."""
    current = next((step for step in view.steps if step.id == view.current), None)
    if current is None:
        return False
    if current.state in _ITSELF:
        return current.supply
    coming = view.steps[view.steps.index(current) + 1 :]
    return current.state is StepState.DONE and any(step.supply for step in coming[:1] if step.state in _TO_COME)
