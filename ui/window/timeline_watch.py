"""What expires next, in the head of the window: asked of the core now and then, said at its time, never in the way.

A warning stands in the place of the title, so nothing moves under a finger and the keyboard stays where it is; it is
told to screen readers as an alert. It stays until somebody has looked at it, or it is no longer so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QAccessible, QAccessibleEvent

from hht.i18n import _
from ui.window.safe_text import safe_text

if TYPE_CHECKING:
    from datetime import datetime

    from hht.errors import HhtError
    from hht.work.timeline import Timer, Warned, Watch
    from ui.window.shell import Shell

ASK_EVERY_S = 60.0
WIDE = 1400  # from this width on the head says what expires next beside the time


class TimelineWatch:
    """Of one window. `timers` is what the core said last; `error` why it could not."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.timers: tuple[Timer, ...] = ()
        self.error: HhtError | None = None
        self._watch: Watch | None = None
        self._asked_s: float | None = None  # monotonic
        self._turn: tuple[object, ...] = ()  # where the visit stood then
        self._told: list[Warned] = []  # and not looked at yet

    def tick(self, now: datetime) -> None:
        """Time has gone by: ask anew where it is time, say what is due, count down."""
        if self._shell.open and self._due():
            self.ask()
        if self._watch is not None:
            self._hear(self._watch.look(self.timers, now), now)
        self._show(now)

    def ask(self) -> None:
        """Ask the core what there is."""
        self._asked_s = self._shell.clock.monotonic()
        self._shell.bridge.call(lambda services: services.timers(), self._arrived, self._failed)

    def open_sheet(self) -> None:
        """Show all of it; what was warned of counts as seen."""
        from ui.window.timeline_sheet import TimelineSheet

        if self._shell.sheet() is None:
            self._told = []
            self._show(self._shell.clock.now())
            TimelineSheet(self._shell, [self._unnamed(one) for one in self.timers], self.error).open_sheet()

    def _unnamed(self, timer: Timer) -> Timer:
        """Without the name of a job that may not be named now."""
        return replace(timer, about=_("another job")) if self._shell.privacy.names_other(timer.about) else timer

    def _due(self) -> bool:
        """Whether a minute has gone by, or it is another step's turn in the visit."""
        view = self._shell.visit_view()
        turn = () if view is None else (view.visit_id, view.current, view.outcome)
        turned, self._turn = turn != self._turn, turn
        since = self._shell.clock.monotonic() - self._asked_s if self._asked_s is not None else ASK_EVERY_S
        return turned or since >= ASK_EVERY_S

    def _arrived(self, timers: tuple[Timer, ...]) -> None:
        from hht.work.timeline import Watch

        self.timers, self.error = timers, None
        now = self._shell.clock.now()
        first, self._watch = self._watch is None, self._watch or Watch()
        fresh = self._watch.look(timers, now)
        self._hear([one for one in fresh if not (first and one.over)], now)  # what was over before is no news
        self._show(now)

    def _failed(self, error: HhtError) -> None:
        self.error = error

    def _hear(self, fresh: list[Warned], now: datetime) -> None:
        """Warnings that are due, and those that are no longer so."""
        again = [one.timer for one in fresh]
        kept = [one for one in self._told if one.timer in self.timers and one.timer not in again]
        self._told = sorted([*kept, *fresh], key=lambda one: one.timer.ends)
        if fresh:
            self._show(now)
            alert = QAccessibleEvent(self._shell.header.warning, QAccessible.Event.Alert)
            QAccessible.updateAccessibility(alert)

    def _show(self, now: datetime) -> None:
        from hht.work.timeline import next_to_end

        header, told = self._shell.header, self._told[0].timer if self._told else None
        if told is not None:
            told, left = self._unnamed(told), told.left_words(now)
            header.show_warning(f"{told.kind.words}: {left}", safe_text(told.words(now)))
        else:
            header.show_warning("", "")
        following = next_to_end(self.timers, now)
        if following is None:
            header.show_time(now, "", _("Nothing runs out."))
            return
        following = self._unnamed(following)
        short = f"{following.kind.words} {following.left_words(now)}" if self._shell.width() >= WIDE else ""
        header.show_time(now, short, safe_text(following.words(now)))
