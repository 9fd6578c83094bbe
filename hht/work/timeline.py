"""What expires next, and the warnings before it: rules over moments that are passed in, with no clock of its own.

A `Timer` is a moment at which something is over. `Watch` says each warning of `resources/catalogue/timers.toml` once;
whoever looks at each of its times misses none, and a timer that is nearer its end than its last warning when it is
first seen is warned of at once.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hht.clock import utc_text
from hht.i18n import _
from hht.work.timer_rules import TimerKind, TimerRule, timer_rules

HISTORY = timedelta(hours=12)  # what ended longer ago is not told any more
_SLACK = timedelta(seconds=2)  # that a clock may be put right by


class Urgency(enum.StrEnum):
    """How a timer stands."""

    AHEAD = "ahead"
    NEAR = "near"  # within its first warning
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Timer:
    """Something that is over at `ends` (UTC). `about`: the job, device, pack or number that it is about."""

    kind: TimerKind
    about: str = field(repr=False)
    ends: datetime

    @property
    def key(self) -> tuple[TimerKind, str, datetime]:
        """By what it is known: begun anew it is another."""
        return self.kind, self.about, self.ends

    @property
    def rule(self) -> TimerRule:
        """What is known of its kind."""
        return timer_rules()[self.kind]

    def left(self, now: datetime) -> timedelta:
        """What is left of it; negative once it is over."""
        return self.ends - now

    def unclear(self, now: datetime) -> bool:
        """Whether more is left of it than it lasts: the terminal's clock went back since it began, and nobody can say
        how much is left."""
        return self.rule.lasts is not None and self.left(now) > self.rule.lasts + _SLACK

    def urgency(self, now: datetime) -> Urgency:
        """How it stands; near where that is not known."""
        left = self.left(now)
        if left <= timedelta(0):
            return Urgency.OVER
        return Urgency.NEAR if left <= self.rule.warnings[0] or self.unclear(now) else Urgency.AHEAD

    def left_words(self, now: datetime) -> str:
        """What is left of it, in a word or two."""
        if self.urgency(now) is Urgency.OVER:
            return _("over")
        return _("not known") if self.unclear(now) else span_words(self.left(now))

    def words(self, now: datetime) -> str:
        """In one sentence: what, of what, how long, and what to do."""
        if self.unclear(now):
            text = _(
                "{what} ({about}): the terminal's clock went back since it began, so what is left is not known. {do}"
            )
            return text.format(what=self.kind.words, about=self.about, do=self.kind.before)
        over = self.urgency(now) is Urgency.OVER
        text = _("{what} ({about}) is over since {time}. {do}") if over else _("{what} ({about}): {left} left. {do}")
        do = self.kind.after if over else self.kind.before
        return text.format(
            what=self.kind.words, about=self.about, left=span_words(self.left(now)), time=utc_text(self.ends), do=do
        )


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning that is due now; `over`: it has ended."""

    timer: Timer
    over: bool = False


class Watch:
    """Remembers what was said already."""

    def __init__(self) -> None:
        self._said: dict[tuple[TimerKind, str, datetime], int] = {}  # warnings that are over, of each timer
        self._ended: set[tuple[TimerKind, str, datetime]] = set()

    def look(self, timers: Iterable[Timer], now: datetime) -> list[Warned]:
        """What is to be said now, the nearest end first."""
        seen = sorted(timers, key=lambda one: one.ends)
        return [said for timer in seen if (said := self._look_at(timer, now)) is not None]

    def _look_at(self, timer: Timer, now: datetime) -> Warned | None:
        if timer.left(now) <= timedelta(0):
            if timer.key in self._ended:
                return None
            self._ended.add(timer.key)
            return Warned(timer, over=True)
        passed = 1 if timer.unclear(now) else sum(timer.left(now) <= lead for lead in timer.rule.warnings)
        if passed <= self._said.get(timer.key, 0):
            return None
        self._said[timer.key] = passed
        return Warned(timer)


def worth_telling(timers: Iterable[Timer], now: datetime) -> list[Timer]:
    """Without what was over long ago and cannot be mended any more; a pack, what is in the wallet, or
    a supply that is still off, can."""
    lasting = (TimerKind.PACK, TimerKind.REGISTRATION, TimerKind.INSTRUMENT, TimerKind.SUPPLY_OFF)
    return [one for one in timers if one.kind in lasting or now - one.ends < HISTORY]


def in_order(timers: Iterable[Timer], now: datetime) -> tuple[Timer, ...]:
    """What still runs, the nearest end first; then what is over, the latest first."""
    every = sorted(timers, key=lambda one: one.ends)
    over = [one for one in every if one.ends <= now]
    return (*(one for one in every if one.ends > now), *reversed(over))


def next_to_end(timers: Sequence[Timer], now: datetime) -> Timer | None:
    """What ends next; None where nothing runs."""
    return min((one for one in timers if one.ends > now), key=lambda one: one.ends, default=None)


def span_words(span: timedelta) -> str:
    """A span that is left, as people read it: "9:41", "3 h 20 min", "12 days"."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 3600:
        return f"{seconds // 60}:{seconds % 60:02d}"
    if seconds < 172_800:
        return _("{hours} h {minutes:02d} min").format(hours=seconds // 3600, minutes=seconds % 3600 // 60)
    return _("{days} days").format(days=seconds // 86_400)
