"""A training session: a living premises whose time is in a person's hands.

Time goes at a pace (paused, real, sixty times as fast), or to a goal: a moment, the next half-hour, the next thing that
happens. On the way to a goal nothing else moves the time; `work` does a slice of it, so that whoever has an event loop
stays quick. A link that is open meanwhile talks in the computer's time: only what the devices live is sped up.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hht.errors import HhtError
from hht.i18n import _
from hht.model.agenda import DAY_MS, HALF_HOUR_MS
from hht.model.premises import MAXIMUM_HISTORY_DAYS, Premises
from hht.model.site import to_datetime, to_ms
from hht.model.training.story import Story

LOOKS_AHEAD_MS = 31 * DAY_MS  # how far "the next thing that happens" goes before it says that nothing did
_CLOCK_LOOKS = 20  # appointments between two looks at the clock


class Pace(enum.IntEnum):
    """Seconds of the premises in a second of the computer's."""

    PAUSED = 0
    REAL = 1
    FAST = 60


class TimeRefused(HhtError):
    """A time that cannot be gone to."""

    default_code = "training-time"


@dataclass(frozen=True, slots=True)
class Goal:
    """Where time is going. `began_ms` and `until_ms` are true time; `until_line`: the first new line of the story ends
    it before."""

    began_ms: int
    until_ms: int
    until_line: bool = False


class TrainingSession:
    """See the module. `monotonic` gives the computer's seconds, by which slices are measured."""

    def __init__(self, premises: Premises, monotonic: Callable[[], float]) -> None:
        self.premises = premises
        self.site = premises.site
        self.story = Story(premises)
        self.goal: Goal | None = None
        self.remark = ""  # what became of the last goal, in words, where there is something to say
        self._monotonic = monotonic
        self._pace = Pace.REAL
        self._lines = 0
        self._fit_pace()

    # --- pace ------------------------------------------------------------------------------------------------------

    @property
    def pace(self) -> Pace:
        """How fast time goes, or will again when the goal is reached."""
        return self._pace

    def set_pace(self, pace: Pace) -> None:
        """Let time go so fast from now on. A goal that is not reached is given up."""
        self.stop()
        self.site.catch_up()
        self._pace = pace
        self._fit_pace()

    @property
    def now_ms(self) -> int:
        """True time, ms since 1970; what is due has happened, but for the rest of a goal."""
        return self.site.now_ms

    # --- goals -----------------------------------------------------------------------------------------------------

    def go_to(self, moment: datetime) -> None:
        """Let time come to `moment` (aware). TimeRefused when it has passed, or is more than ten years ahead."""
        until_ms, now_ms = to_ms(moment), self.site.now_ms
        if until_ms <= now_ms:
            raise TimeRefused(
                _("{time:%Y-%m-%d %H:%M} UTC has passed: time does not go backwards.").format(time=moment),
                remedy=_("Choose a later time, or start the premises again."),
            )
        if until_ms - now_ms > MAXIMUM_HISTORY_DAYS * DAY_MS:
            raise TimeRefused(
                _("{time:%Y-%m-%d} is too far ahead.").format(time=moment),
                remedy=_("Go at most {days} days at a time.").format(days=MAXIMUM_HISTORY_DAYS),
            )
        self._set_goal(Goal(now_ms, until_ms))

    def step(self) -> None:
        """Let time come to the end of this half-hour."""
        now_ms = self.site.now_ms
        self._set_goal(Goal(now_ms, (now_ms // HALF_HOUR_MS + 1) * HALF_HOUR_MS))

    def to_next_line(self) -> None:
        """Let time come to the next thing that the story tells, 31 days at most."""
        now_ms = self.site.now_ms
        self._set_goal(Goal(now_ms, now_ms + LOOKS_AHEAD_MS, until_line=True))

    def stop(self) -> None:
        """Give a goal up: time stays where it has come, and goes on at its pace."""
        if self.goal is not None:
            self._reached("")

    @property
    def progress(self) -> int:
        """How near the goal is, per cent; 100 without one."""
        if self.goal is None:
            return 100
        whole = max(1, self.goal.until_ms - self.goal.began_ms)
        return min(99, (self.site.agenda.now_ms - self.goal.began_ms) * 100 // whole)

    def work(self, budget_s: float) -> bool:
        """Let happen what is due, for about `budget_s` seconds at most; whether there is more to do at once."""
        goal = self.goal
        if goal is None:
            self.site.catch_up()
            return False
        agenda, ends = self.site.agenda, self._monotonic() + budget_s
        while True:
            for _look in range(_CLOCK_LOOKS):
                upcoming = agenda.next_ms
                agenda.run_to(goal.until_ms if upcoming is None else min(upcoming, goal.until_ms))
                if agenda.now_ms >= goal.until_ms or (goal.until_line and self.story.written > self._lines):
                    self._follow()
                    self._reached(self._outcome(goal))
                    return False
            if self._monotonic() >= ends:
                self._follow()
                return True

    def _set_goal(self, goal: Goal) -> None:
        self.goal, self.remark, self._lines = goal, "", self.story.written
        self.site.clock.set_speed(0)

    def _outcome(self, goal: Goal) -> str:
        if not goal.until_line or self.story.written > self._lines:
            return ""
        return _("Nothing happened until {time:%Y-%m-%d %H:%M} UTC.").format(time=to_datetime(goal.until_ms))

    def _reached(self, remark: str) -> None:
        self.goal, self.remark = None, remark
        self._fit_pace()

    def _follow(self) -> None:
        """The clock stands still on the way to a goal: bring it to where the agenda has come."""
        behind_ms = self.site.agenda.now_ms - to_ms(self.site.clock.now())
        if behind_ms > 0:
            self.site.clock.jump(behind_ms / 1000)

    def _fit_pace(self) -> None:
        self.site.clock.set_speed(float(self._pace))
