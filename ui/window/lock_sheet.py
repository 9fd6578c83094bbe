"""The screen of a locked window: the pass phrase, and nothing of what the store holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent

from hht.errors import HhtError
from hht.i18n import _
from hht.work.view import StepState
from ui.window.lock import Why
from ui.window.parts import Notice
from ui.window.sheet import Sheet, give_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Button, Entry, Icon, Text, row_of

if TYPE_CHECKING:
    from ui.window.shell import Shell


def _why(why: Why) -> str:
    words = {
        Why.IDLE: _("Nobody touched it for a while."),
        Why.ASLEEP: _("The computer was asleep."),
        Why.HAND: _("It was locked by hand."),
        Why.AGAIN: _("This affects the supply: give the pass phrase again, then press once more."),
    }
    return words[why]


class LockSheet(Sheet):
    """See the module. `opened` is called once, when the pass phrase was right."""

    def __init__(self, shell: Shell, why: Why, opened: Callable[[], None]) -> None:
        super().__init__(shell, "", wide=720)
        self.setAccessibleName(_("The window is locked"))
        self._shell = shell
        self._opened = opened
        head = row_of(Icon("lock", "accent", 40), Text(_("The window is locked"), "title"), spacing=16)
        head.setStretch(1, 1)
        self.body.addLayout(head)
        text = _why(why)
        if THEME.training:
            text += " " + _("In training the pass phrase is “training”.")
        if shell.person:
            text += " " + _("Logged in: {login}.").format(login=shell.person)
        self.body.addWidget(Text(text))
        self.visit = Text("", "soft")
        self.body.addWidget(self.visit)
        words = _("Pass phrase")
        self.phrase = Entry(words, role="entry", secret=True, placeholder=words)
        self.phrase.returnPressed.connect(self.go_on)
        self.phrase.textChanged.connect(self._typed)
        self.body.addWidget(self.phrase)
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self.unlock = Button(_("Unlock"), "primary", "lock", self.go_on)
        self.unlock.setEnabled(False)
        self.buttons.addWidget(self.unlock, 1)
        self._busy = False
        self.look()

    def open_sheet(self) -> None:
        """Show it; the keyboard is on the pass phrase."""
        self.open(self.phrase)

    def look(self) -> None:
        """Say of a visit whether it works or waits, and no more."""
        view = self._shell.visit_view()
        words = ""
        if view is not None and view.outcome is None:
            step = view.step(view.current)
            works = step.state is StepState.STARTED
            words = _("The visit goes on meanwhile.") if works else _("The visit waits for you; nothing of it is lost.")
        self.visit.setText(words)
        self.visit.setVisible(bool(words))

    def _typed(self, text: str) -> None:
        self.unlock.setEnabled(bool(text) and not self._busy)
        if text:
            self.notice.say("plain", "")

    def go_on(self) -> None:
        """Try the pass phrase; it is wiped from the field at once."""
        if not self.unlock.isEnabled():
            return
        phrase = self.phrase.text()
        self._busy = True
        self.phrase.clear()
        self._shell.bridge.call(
            lambda services: services.guard.again(phrase), lambda _none: self._opened(), self._refused, self._ended
        )

    def _ended(self) -> None:
        self._busy = False
        self._typed(self.phrase.text())

    def _refused(self, error: HhtError) -> None:
        self.notice.say("bad", error.message, error.remedy, error.code)
        give_keyboard(self.phrase)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:  # nothing but the pass phrase leads on
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), THEME.colour("ground"))
