"""The head of the window: menu, title, chips for trust, link and clock, and the trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hht.i18n import _
from ui.window.link_model import LinkLook
from ui.window.parts import LOW
from ui.window.safe_text import safe_text
from ui.window.theme import THEME
from ui.window.widgets import Button, Chip, ElidedText
from ui.window.wrapping import wrapped

ROOM_FOR_NOTICE = ((1500, 40), (0, 18))  # from so many pixels on, characters that have room beside an address


class Title(ElidedText):
    """What the window is about: one big line, or two smaller ones where that has no room. An address is read whole."""

    @property
    def big(self) -> bool:
        """Whether it has room in one big line."""
        return self.fontMetrics().horizontalAdvance(self.text()) <= self.width()

    def lines(self) -> list[str]:
        """The text as it is shown."""
        if self.big:
            return [self.text()]
        small = QFontMetrics(THEME.font(THEME.sizes.body, bold=True)).horizontalAdvance
        reference, dot, address = self.text().partition(" · ")
        if dot:
            return [line for part in (reference, address) for line in wrapped(part, small, self.width(), 1)]
        return wrapped(self.text(), small, self.width(), 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        lines = self.lines()
        if not self.big:
            painter.setFont(THEME.font(THEME.sizes.body, bold=True))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(self.rect(), flags, "\n".join(lines))


class Header(QWidget):
    """See the module."""

    def __init__(self, open_menu: Callable[[], None], open_trace: Callable[[], None]) -> None:
        super().__init__()
        self.menu = Button("", "", "menu", open_menu)
        self.menu.setAccessibleName(_("Menu"))
        self.title = Title("", "head")
        self.title.setMinimumHeight(THEME.sizes.target)
        self.training = Chip("training", _("TRAINING"), "on_accent")
        self.training.label.setObjectName("training")
        self.link = Chip("link", _("No link"))
        self.clock = Chip("clock", "")
        self.trace = Button(_("Trace"), "", "trace", open_trace)
        self.training.hide()
        row = QHBoxLayout(self)
        self._row = row
        self.fit()
        row.setSpacing(THEME.sizes.gap)
        row.addWidget(self.menu)
        row.addSpacing(4)
        row.addWidget(self.title, 1)
        for part in (self.training, self.link, self.clock, self.trace):
            row.addWidget(part)

    def fit(self) -> None:
        """As much air above and below as the window has to give away."""
        above, below = (12, 8) if self.window().height() >= LOW else (6, 4)
        self._row.setContentsMargins(THEME.sizes.margin, above, THEME.sizes.margin, below)

    def show_training(self, training: bool) -> None:
        """Say that nothing here is real."""
        self.training.setVisible(training)
        if training:
            self.training.fill("accent")

    def show_link(self, look: LinkLook, *, narrow: bool) -> None:
        """Show how the link is."""
        longest = next(count for least, count in ROOM_FOR_NOTICE if self.width() >= least)
        more = safe_text(look.notice, longest) if look.notice else look.counts
        text = look.word if narrow or not more else f"{look.word}  {more}"
        self.link.say(look.icon, text, look.token)
        self.trace.say("" if narrow else _("Trace"))
        self.trace.setAccessibleName(_("Trace"))
        more = safe_text(look.notice) if look.notice else look.counts
        self.link.setAccessibleName(_("Link: {word} {counts}").format(word=look.word, counts=more))

    def show_time(self, now: datetime) -> None:
        """Show the terminal's clock, local."""
        self.clock.say("clock", now.astimezone().strftime("%H:%M"))
