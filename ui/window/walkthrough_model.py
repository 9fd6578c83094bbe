"""What the walkthrough page shows, worked out from the visit's view. Plain Python: no widgets, no bytes."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from hht.i18n import _, texts_in_use
from hht.work.view import Outcome, StepState, StepView, VisitView

GLYPH = {
    StepState.WAITING: "",
    StepState.READY: "",
    StepState.STARTED: "running",
    StepState.ASKING: "hand",
    StepState.DONE: "check",
    StepState.FAILED: "cross",
    StepState.LEFT: "left",
    StepState.UNKNOWN: "unknown",
    StepState.STOPPED: "stop",
    StepState.SKIPPED: "dot",
}
TONE = {
    StepState.DONE: "good",
    StepState.FAILED: "bad",
    StepState.LEFT: "warn",
    StepState.UNKNOWN: "warn",
    StepState.STOPPED: "bad",
}
OVER = (StepState.DONE, StepState.LEFT, StepState.SKIPPED)
SHORT_S = 10.0  # a deadline nearer than this is shown as urgent


def state_word(state: StepState) -> str:
    """The word that stands beside the glyph."""
    return _state_words(texts_in_use())[state]


@lru_cache(4)  # asked for by every row of every view
def _state_words(_texts: object) -> dict[StepState, str]:
    return {
        StepState.WAITING: _("waiting"),
        StepState.READY: _("ready"),
        StepState.STARTED: _("running"),
        StepState.ASKING: _("your answer"),
        StepState.DONE: _("done"),
        StepState.FAILED: _("failed"),
        StepState.LEFT: _("left"),
        StepState.UNKNOWN: _("not known"),
        StepState.STOPPED: _("stopped"),
        StepState.SKIPPED: _("not needed"),
    }


def outcome_words(outcome: Outcome) -> tuple[str, str, str]:
    """(tone, title, sentence) of an outcome."""
    return {
        Outcome.COMPLETE: ("good", _("Visit complete"), _("Every step is done and written down.")),
        Outcome.INSTALL_AND_LEAVE: (
            "warn",
            _("Done in part"),
            _("What could be done here is done. The rest waits and is written down."),
        ),
        Outcome.MADE_SAFE: ("warn", _("Made safe, left off"), _("The supply is off and safe. This is written down.")),
        Outcome.ABANDONED: ("bad", _("Visit given up"), _("Nothing more was done. What was done is written down.")),
    }[outcome]


def clock_text(seconds: float) -> str:
    """Seconds as "m:ss"."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def took_text(seconds: float) -> str:
    """How long something took: tenths of a second, rounded up, while it is short; then "m:ss"."""
    return _("{seconds:.1f} s").format(seconds=math.ceil(seconds * 10) / 10) if seconds < 10 else clock_text(seconds)


@dataclass(frozen=True, slots=True)
class RailRow:
    """One line of the rail."""

    step_id: str
    number: int
    title: str
    state: StepState
    detail: str  # "done · 0:12"
    current: bool  # its turn
    shown: bool  # on the card
    heading: bool = False  # of a section; `step_id` is its first step then

    @property
    def short(self) -> str:
        """What there is to say where there is little room: a time where it says most, else the state in a word."""
        word, _dot, time = self.detail.partition(" · ")
        return time if time and self.state in (StepState.STARTED, StepState.DONE) else word

    @property
    def spoken(self) -> str:
        """The line as a screen reader says it."""
        if self.heading:
            return _("Part {title}: {detail}").format(title=self.title, detail=self.detail)
        return _("Step {number}, {title}: {detail}").format(number=self.number, title=self.title, detail=self.detail)


@dataclass(frozen=True, slots=True)
class Buttons:
    """Which of the four buttons may be pressed, and what they say. `stop` stands in the place of `retry`."""

    back: bool
    leave: bool
    retry: bool
    stop: bool
    proceed: bool
    retry_text: str
    proceed_text: str


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the step on the card has taken, and what is left; `left_s` None while its time stands still."""

    elapsed_s: float | None
    left_s: float | None
    deadline_s: float
    awaited: tuple[str, float] | None = None  # what the step waits for, and seconds until it comes at the latest

    @property
    def share(self) -> float:
        """What is left, 0 to 1."""
        return 0.0 if self.left_s is None or self.deadline_s <= 0 else max(0.0, self.left_s / self.deadline_s)

    @property
    def short(self) -> bool:
        """True when the deadline is near."""
        return self.left_s is not None and self.left_s < min(SHORT_S, self.deadline_s / 2)


def _look_of(step: StepView | None) -> tuple[object, ...]:
    """What makes a step look another: then the keyboard goes to what is next."""
    return () if step is None else (step.id, step.state, step.question)


class WalkthroughModel:
    """The visit as the engineer sees it: the step whose turn it is, or an earlier one looked at."""

    def __init__(self) -> None:
        self.view: VisitView | None = None
        self._looking = ""
        self._asked_s: dict[str, float] = {}  # per step: seconds spent waiting for the person
        self._asking_since: tuple[str, datetime] | None = None

    def show(self, view: VisitView, now: datetime) -> bool:
        """Take the new view; True when another step, or another state of the step, came up on the card."""
        before = self.step
        turned = self.view is None or self.view.current != view.current or self.view.outcome != view.outcome
        if turned:
            self._looking = ""
        self.view = view
        self._count_asking(view, now)
        after = self.step
        return turned or _look_of(before) != _look_of(after)

    def _count_asking(self, view: VisitView, now: datetime) -> None:
        asking = next((step.id for step in view.steps if step.state is StepState.ASKING), "")
        if self._asking_since and self._asking_since[0] != asking:
            step, since = self._asking_since
            self._asked_s[step] = self._asked_s.get(step, 0.0) + (now - since).total_seconds()
            self._asking_since = None
        if asking and not self._asking_since:
            self._asking_since = (asking, now)

    @property
    def current(self) -> StepView | None:
        """The step whose turn it is; None when the visit has ended."""
        if self.view is None or not self.view.current:
            return None
        return self.view.step(self.view.current)

    @property
    def step(self) -> StepView | None:
        """The step on the card; None for the outcome card."""
        if self.view is not None and self._looking:
            return self.view.step(self._looking)
        return self.current

    @property
    def looking_back(self) -> bool:
        """True while an earlier step is looked at: nothing can be changed."""
        return bool(self._looking)

    def look(self, step_id: str) -> None:
        """Look at that step if it has begun; the current one ends the looking."""
        if self.view is None:
            return
        step = self.view.step(step_id)
        if step_id == self.view.current:
            self._looking = ""
        elif step.state is not StepState.WAITING:
            self._looking = step_id

    def back(self) -> None:
        """Look at the step before the one on the card."""
        index = self._index()
        if self.view is not None and index > 0:
            self._looking = self.view.steps[index - 1].id

    def follow(self) -> None:
        """Look at the step whose turn it is again."""
        self._looking = ""

    def _index(self) -> int:
        if self.view is None:
            return 0
        wanted = self._looking or self.view.current
        ids = [step.id for step in self.view.steps]
        return ids.index(wanted) if wanted in ids else len(ids)

    def rows(self, now: datetime) -> tuple[RailRow, ...]:
        """The rail; a visit of one section needs no line for it."""
        if self.view is None:
            return ()
        on_card = self.step
        rows: list[RailRow] = []
        several = len({step.section for step in self.view.steps}) > 1
        for name, steps in itertools.groupby(enumerate(self.view.steps, 1), key=lambda pair: pair[1].section):
            part = list(steps)
            open_now = {self.view.current, on_card.id if on_card is not None else ""}
            if several:
                rows.append(self._heading(name, [step for _number, step in part]))
            if not several or open_now & {step.id for _number, step in part}:
                rows += [self._row(number, step, now) for number, step in part]
        return tuple(rows)

    def _row(self, number: int, step: StepView, now: datetime) -> RailRow:
        view, on_card = self.view, self.step
        current = view is not None and step.id == view.current
        shown = on_card is not None and step.id == on_card.id
        return RailRow(step.id, number, step.title, step.state, self._detail(step, now), current, shown)

    @staticmethod
    def _heading(name: str, steps: list[StepView]) -> RailRow:
        """A section's line: how much was done of what was needed; stopped or left where a step of it is."""
        over = sum(step.finished_at is not None and step.state in OVER for step in steps)
        states = {step.state for step in steps}
        worst = next((state for state in (StepState.STOPPED, StepState.FAILED) if state in states), None)
        done = StepState.LEFT if StepState.LEFT in states else StepState.DONE
        begun = StepState.READY if over or states - {StepState.WAITING} else StepState.WAITING
        state = worst or (done if over == len(steps) else begun)
        needed = sum(step.state is not StepState.SKIPPED for step in steps)
        finished = sum(step.state is StepState.DONE for step in steps)
        detail = _("{done} of {total}").format(done=finished, total=needed)
        return RailRow(steps[0].id, 0, name, state, detail, False, False, heading=True)

    def _detail(self, step: StepView, now: datetime) -> str:
        timing = self.timing(step, now)
        word = state_word(step.state)
        if step.state is StepState.STARTED and timing.left_s is not None:
            return _("{word} · {time} left").format(word=word, time=clock_text(timing.left_s))
        if timing.elapsed_s is not None and step.finished_at is not None:
            return f"{word} · {took_text(timing.elapsed_s)}"
        return word

    def timing(self, step: StepView, now: datetime) -> Timing:
        """How long `step` has taken. Its deadline stands still while a person is asked."""
        if step.started_at is None:
            return Timing(None, None, step.deadline_s)
        elapsed = ((step.finished_at or now) - step.started_at).total_seconds()
        if step.state is not StepState.STARTED:
            return Timing(max(0.0, elapsed), None, step.deadline_s)
        if step.deadline_at is not None:
            left = (step.deadline_at - now).total_seconds()
        else:
            left = step.deadline_s - (elapsed - self._asked_s.get(step.id, 0.0))
        waits = ((one.label, (one.until - now).total_seconds()) for one in step.facts if one.until is not None)
        awaited = next(((label, max(0.0, left_s)) for label, left_s in waits), None)
        return Timing(max(0.0, elapsed), max(0.0, left), step.deadline_s, awaited)

    def buttons(self) -> Buttons:
        """The four buttons."""
        step, view = self.current, self.view
        again, onward = _("Try again"), _("Continue")
        if view is None:
            return Buttons(False, False, False, False, False, again, onward)
        back = self._index() > 0
        if self.looking_back:
            return Buttons(back, False, False, False, True, again, _("Return"))
        if step is None:
            return Buttons(back, False, False, False, True, again, _("Back to jobs"))
        state = step.state
        if state is StepState.STOPPED:  # a hard stop: what is asked is answered, and nothing else leads on
            said = _("Clear the lock") if step.locked else _("Made safe, left off")
            return Buttons(back, False, False, False, step.question is not None, again, said)
        stuck = state in (StepState.FAILED, StepState.UNKNOWN)
        if state is StepState.UNKNOWN:
            again = _("Read to settle")
        runs = state is StepState.STARTED
        can_leave = step.can_leave and (stuck or runs or state in (StepState.READY, StepState.ASKING))
        onward, barred = step.onward or onward, step.barred
        onward_now = not barred and state in (StepState.READY, StepState.ASKING, StepState.DONE, StepState.LEFT)
        return Buttons(back, can_leave, stuck, runs, onward_now, again, onward)
