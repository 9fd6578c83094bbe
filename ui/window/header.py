"""The head of the window: menu, title, chips for trust, link and clock, and the trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hht.i18n import _
from ui.window.chip import Chip
from ui.window.link_model import LinkLook
from ui.window.outbox_chip import OutboxChip
from ui.window.parts import LOW
from ui.window.safe_text import safe_text
from ui.window.theme import THEME
from ui.window.widgets import Button, ElidedText
from ui.window.wrapping import wrapped

ROOM_FOR_NOTICE = ((1500, 40), (0, 18))  # from so many pixels on, characters that have room beside an address

ROOM_FOR_ICON = 1180  # beneath this width an address needs what the clock's icon would take

NAME_NARROW, NAME_WIDE = 10, 20  # characters of a log-in name


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

    def needs(self) -> int:
        """How many pixels it needs to be read whole."""
        small = QFontMetrics(THEME.font(THEME.sizes.body, bold=True)).horizontalAdvance
        return max(small(part) for part in self.text().split(" · ", 1))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        lines = self.lines()
        if not self.big:
            painter.setFont(THEME.font(THEME.sizes.body, bold=True))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(self.rect(), flags, "\n".join(lines))


class Header(QWidget):
    """See the module."""

    def __init__(
        self,
        open_menu: Callable[[], None],
        open_trace: Callable[[], None],
        open_timeline: Callable[[], None],
        open_outbox: Callable[[], None],
        change_person: Callable[[], None],
    ) -> None:
        super().__init__()
        self.menu = Button("", "", "menu", open_menu)
        self.menu.setAccessibleName(_("Menu"))
        self.title = Title("", "head")
        self.title.setMinimumHeight(THEME.sizes.target)
        self.training = Chip("training", _("TRAINING"), "on_accent")
        self.training.label.setObjectName("training")
        self.person = Button("-", "", "hand", change_person)  # where several share the store: who it is, and another
        self.person.hide()
        self._person = ""
        self.link = Chip("link", _("No link"))
        self.outbox = OutboxChip(open_outbox)
        self.clock = Button("", "", "clock", open_timeline)
        self.warning = Button(
            "", "warning", "warn", open_timeline
        )  # in the title's place: nothing moves under a finger
        self.warning.hide()
        self.trace = Button(_("Trace"), "", "trace", open_trace)
        self.training.hide()
        row = QHBoxLayout(self)
        self._row = row
        self.fit()
        row.setSpacing(THEME.sizes.gap)
        row.addWidget(self.menu)
        row.addSpacing(4)
        row.addWidget(self.title, 1)
        row.addWidget(self.warning, 1)
        for part in (self.training, self.person, self.link, self.outbox, self.clock, self.trace):
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

    def show_person(self, login: str) -> None:
        """Say who is logged in, as it is shown; "": nothing of it."""
        self._person = login
        self._fit_person()  # before it is shown: what has its width already may be short of room
        self.person.setVisible(bool(login))

    def _fit_person(self) -> None:
        """A long name is cut where there is little room."""
        most = NAME_NARROW if self.width() < ROOM_FOR_ICON else NAME_WIDE
        self.person.say(safe_text(self._person, most) or "-", "hand" if self.width() >= ROOM_FOR_ICON else "")
        self.person.setAccessibleName(_("Logged in: {login}. Somebody else logs in…").format(login=self._person))

    def show_link(self, look: LinkLook, *, narrow: bool) -> None:
        """Show how the link is."""
        longest = next(count for least, count in ROOM_FOR_NOTICE if self.width() >= least)
        more = safe_text(look.notice, longest) if look.notice else look.counts
        text = look.word if narrow or not more else f"{look.word}  {more}"
        self.link.say(look.icon, text, look.token)
        self.trace.say("" if narrow else _("Trace"))
        self._fit_person()
        self.outbox.show_narrow(self.width() < ROOM_FOR_NOTICE[0][0])
        self.outbox.show_room(self._room_beside_title())
        self.trace.setAccessibleName(_("Trace"))
        more = safe_text(look.notice) if look.notice else look.counts
        self.link.setAccessibleName(_("Link: {word} {counts}").format(word=look.word, counts=more))

    def _room_beside_title(self) -> bool:
        """Whether there is room for the outbox beside an address: that is read whole."""
        chip = self.outbox.sizeHint().width() + self._row.spacing()
        room = self.title.width() + (0 if self.outbox.isHidden() else self.outbox.width() + self._row.spacing())
        return self.title.needs() <= room - chip

    def show_time(self, now: datetime, next_end: str, spoken: str = "") -> None:
        """Show the terminal's clock, local, and what expires next in few words; `spoken`: the same in a sentence."""
        time = now.astimezone().strftime("%H:%M")
        self.clock.say(f"{time}  {next_end}" if next_end else time, "clock" if self.width() >= ROOM_FOR_ICON else "")
        self.clock.setAccessibleName(_("Timeline, {time}. {next}").format(time=time, next=spoken or next_end).strip())

    def show_warning(self, words: str, sentence: str) -> None:
        """Show it in the title's place, with the keyboard where it is; no words: the title again."""
        self.warning.say(words)
        self.warning.setAccessibleName(sentence)
        if self.warning.isHidden() is bool(words):
            self.warning.setVisible(bool(words))
            self.title.setVisible(not words)
