"""The premises' time in a person's hands: pace, steps, and the sheet that asks to which date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hht.i18n import _
from hht.model.site import to_datetime
from ui.window.premises_model import pace_words, parse_moment
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet
from ui.window.theme import THEME
from ui.window.widgets import Button, Entry, Segments, Text, row_of, set_property

if TYPE_CHECKING:
    from ui.training_views import PremisesView

NARROW = 980  # pixels of the bar: below, in glove size, a button has to do with its icon
ICONS = {"0": "pause", "1": "play", "60": "fast"}


class TimeBar(QWidget):
    """The bar along the bottom: back, pace, and the ways ahead. `pace` has seconds per second, as text."""

    pace = Signal(str)
    step = Signal()
    onward = Signal()
    date = Signal()
    stop = Signal()

    def __init__(self, back: Button) -> None:
        super().__init__()
        self.going = False
        self.paces = Segments(_("Time"), [(key, "" if key != "60" else word) for key, word in pace_words()])
        for key, word in pace_words():
            button = self.paces.buttons[key]
            if key != "60":
                button.say("", ICONS[key])
            button.setAccessibleName(_("Time: {pace}").format(pace=word))
        self.paces.chosen.connect(self.pace)
        self.step_button = Button(_("Half-hour"), "big", "next", self.step.emit)
        self.step_button.setAccessibleName(_("To the end of this half-hour"))
        self.date_button = Button(_("Date…"), "big", "calendar", self.date.emit)
        self.date_button.setAccessibleName(_("To a date…"))
        self.onward_button = Button(_("Next event"), "primary", "fast", self._onward)
        self.onward_button.setAccessibleName(_("To the next thing that happens"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(THEME.sizes.gap)
        back.setMinimumWidth(140)
        row.addWidget(back)
        row.addWidget(self.paces)
        row.addStretch(1)
        for button in (self.step_button, self.date_button, self.onward_button):
            row.addWidget(button, 10)
        self.show_view(None)

    def show_view(self, view: PremisesView | None) -> None:
        """Show how time goes; None: there is no premises."""
        for part in (self.paces, self.step_button, self.date_button, self.onward_button):
            part.setEnabled(view is not None)
        self.going = view is not None and view.going
        if view is None:
            return
        self.paces.choose(str(int(view.pace)))
        self.step_button.setEnabled(not view.going)
        self.date_button.setEnabled(not view.going)
        if view.going:
            self.onward_button.say(_("Stop"), "stop")
        else:
            self.onward_button.say(_("Next event"), "fast")
            self.onward_button.setAccessibleName(_("To the next thing that happens"))

    def show_choice(self, choosing: bool) -> None:
        """While a premises is chosen there is no time: only the way back."""
        for part in (self.paces, self.step_button, self.date_button, self.onward_button):
            part.setVisible(not choosing)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.date_button.say("" if THEME.glove and self.width() < NARROW else _("Date…"))
        self.date_button.setAccessibleName(_("To a date…"))

    def _onward(self) -> None:
        if self.going:
            self.stop.emit()
        else:
            self.onward.emit()


class DateSheet(Sheet):
    """To which date? `chosen` is given the moment."""

    def __init__(self, parent: QWidget, now_ms: int, chosen: Callable[[datetime], None]) -> None:
        super().__init__(parent, _("To which date?"))
        self._now = to_datetime(now_ms)
        self._chosen = chosen
        now = _("It is {time:%Y-%m-%d %H:%M} UTC there. Time goes ahead only.").format(time=self._now)
        self.body.addWidget(Text(now, "soft"))
        self.entry = Entry(_("Date and time, UTC"), role="entry", placeholder="2026-12-24 18:30")
        self.entry.setText(f"{self._now + timedelta(days=1):%Y-%m-%d} 00:00")
        self.entry.returnPressed.connect(self.finish)
        self.body.addWidget(self.entry)
        self.trouble = Text("")
        set_property(self.trouble, "tone", "bad")
        self.trouble.hide()
        self.body.addWidget(self.trouble)
        quick = (
            (_("An hour on"), timedelta(hours=1)),
            (_("A day on"), timedelta(days=1)),
            (_("A week on"), timedelta(weeks=1)),
            (_("Four weeks on"), timedelta(weeks=4)),
        )
        buttons = [Button(words, pressed=lambda ahead=ahead: self._go(self._now + ahead)) for words, ahead in quick]  # type: ignore[misc]
        self.body.addLayout(row_of(*buttons))
        self.add_button(_("Cancel"), self.close_sheet)
        self.add_button(_("Go there"), self.finish, primary=True, icon="fast")

    def open_sheet(self) -> None:
        """Show it."""
        self.open(self.entry)
        self.entry.selectAll()

    def finish(self) -> None:
        """What was typed it is."""
        moment = parse_moment(self.entry.text())
        if moment is None:
            typed = safe_text(self.entry.text(), 40)
            self._complain(_("“{typed}” is no date. Write it as 2026-12-24 18:30.").format(typed=typed))
        elif moment <= self._now:
            self._complain(_("That has passed: time does not go backwards. Choose a later one."))
        else:
            self._go(moment)

    def _complain(self, words: str) -> None:
        self.trouble.setText(words)
        self.trouble.show()

    def _go(self, moment: datetime) -> None:
        self.close_sheet()
        self._chosen(moment)
