"""What expires next, all of it: how long it has, what to do before, and what after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.clock import utc_text
from hht.i18n import _
from hht.work.timeline import Timer, Urgency, in_order
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word
from ui.window.theme import THEME
from ui.window.widgets import FittingScroll, Icon, Text, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hht.errors import HhtError
    from ui.window.page import Host

_LOOK = {Urgency.AHEAD: ("clock", "ink"), Urgency.NEAR: ("warn", "warn"), Urgency.OVER: ("cross", "bad")}


class TimelineSheet(Sheet):
    """As it stood when it was opened."""

    def __init__(self, host: Host, timers: Sequence[Timer], error: HhtError | None) -> None:
        super().__init__(host.canvas(), _("What expires next"), wide=1000)
        self.notice = Notice()
        self.body.addWidget(self.notice)
        if error is not None:
            self.notice.say("bad", error.message, error.remedy, error.code)
        self._scroll = FittingScroll(self._most)
        now = host.clock.now()
        for timer in in_order(timers, now):
            row = row_of(Icon(*_LOOK[timer.urgency(now)], 30), Text(_line(timer, now)))
            row.setStretch(1, 1)
            self._scroll.column.addLayout(row)
        if timers:
            self.body.addWidget(self._scroll)
        else:
            self.body.addWidget(Text(_("Nothing runs out: no visit is under way, the wallet is empty."), "soft"))
        self.add_button(close_word(), self.close_sheet, primary=True, icon="close")

    def open_sheet(self) -> None:
        """Show it."""
        self.open()

    def _most(self) -> int:
        others = self.notice.sizeHint().height() + THEME.sizes.gap if self.notice.message else 0
        return self.room(others)


def _line(timer: Timer, now: datetime) -> str:
    """A timer in words: "12:40 · Hub window, J-1043, until 10:20 UTC", what to do, and what is known of the rule."""
    standing = f" ({timer.rule.standing})" if timer.rule.standing else ""
    if timer.unclear(now):
        return safe_text(timer.words(now)) + standing
    over = timer.urgency(now) is Urgency.OVER
    left = timer.left_words(now)
    head = f"{left} · {timer.kind.words} · {safe_text(timer.about)} · {utc_text(timer.ends)}"
    return f"{head}\n{timer.kind.after if over else timer.kind.before}{standing}"
