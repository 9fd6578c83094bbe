"""The screen of a locked window: the pass phrase, and nothing of what the store holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout

from hht.errors import HhtError
from hht.i18n import _
from hht.work.view import StepState
from ui.window.lock import Why
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, give_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Button, Choice, Entry, FittingScroll, Icon, Text, drop, row_of

if TYPE_CHECKING:
    from ui.window.shell import Shell

SHORT = 9  # characters of a name, of which four stand in a row; else two
ROWS = 2  # of names; more than that scroll


def _why(why: Why) -> str:
    words = {
        Why.IDLE: _("Nobody touched it for a while."),
        Why.ASLEEP: _("The computer was asleep."),
        Why.HAND: _("It was locked by hand."),
        Why.CHANGE: _("Choose who logs in."),
        Why.AGAIN: _("This affects the supply: give the pass phrase again, then press once more."),
        Why.FIRST: _("This needs your pass phrase, not the key store's word: give it, then press once more."),
    }
    return words[why]


class LockSheet(Sheet):
    """See the module. `opened` is called once, when the pass phrase was right. Where several people share the store,
    another may log in instead, as soon as nothing is under way: then the window ends."""

    def __init__(self, shell: Shell, why: Why, opened: Callable[[], None]) -> None:
        super().__init__(shell, "", wide=920 if shell.whose.login else 720)
        self.setAccessibleName(_("The window is locked"))
        self._shell = shell
        self._opened = opened
        head = row_of(Icon("lock", "accent", 40), Text(_("The window is locked"), "title"), spacing=16)
        head.setStretch(1, 1)
        self.body.addLayout(head)
        text = _why(why)
        if THEME.training:
            text += " " + _("In training the pass phrase is “training”.")
        if shell.whose.person:
            text += " " + _("Logged in: {login}.").format(login=shell.whose.person)
        self.body.addWidget(Text(text))
        self.visit = Text("", "soft")
        self.body.addWidget(self.visit)
        self._build_people()
        self._build_phrase()
        self._busy = self._waiting = False
        self._asks_who = why is Why.CHANGE
        self._offer(shell.whose.logins)
        shell.bridge.call(lambda services: services.logins(), self._heard, lambda _error: None)
        shell.bridge.quiet.connect(self._quiet)

    def _build_phrase(self) -> None:
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

    def _build_people(self) -> None:
        """Room for the names of several people, and for what it means to take another."""
        self.logins: dict[str, Choice] = {}  # by log-in name
        self._login = self._shell.whose.login  # who is to be here
        self._who = QGridLayout()  # no group of buttons: Tab is to come to each, an arrow to choose none
        self._people = FittingScroll(lambda: ROWS * THEME.sizes.target + (ROWS - 1) * THEME.sizes.gap + 4)
        self._people.column.addLayout(self._who)
        self._people.setAccessibleName(_("Who is here"))
        self.body.addWidget(self._people)
        self.means = Text("", "soft")
        self.body.addWidget(self.means)

    def _offer(self, logins: Sequence[str]) -> None:
        """The names, whoever is logged in first chosen; of two, who is not, where another is to log in. Who has been
        chosen stays so, unless they are gone."""
        for choice in self.logins.values():
            drop(choice)
        self.logins = {}
        in_a_row = 4 if all(len(login) <= SHORT for login in logins) else 2
        for place, login in enumerate(logins):
            choice = Choice(safe_text(login), pressed=partial(self._choose, login))
            self.logins[login] = choice
            self._who.addWidget(choice, place // in_a_row, place % in_a_row)
        here = self._shell.whose.login
        if self._login not in logins:
            self._login = here
        others = [login for login in logins if login != here]
        if self._asks_who and self._login == here and len(others) == 1:
            self._login = others[0]
        self._people.setVisible(bool(self.logins))
        self._say_who()

    def _heard(self, logins: Sequence[str]) -> None:
        """Who there is by now: another window or command may have added somebody."""
        if self.logins and set(logins) - {self._login} and set(logins) != set(self.logins):
            self._offer(sorted(logins))

    def _choose(self, login: str) -> None:
        """Whose pass phrase it is; what waited for another's is called off."""
        self._login = login
        self._waiting = False
        self.phrase.clear()
        self.phrase.setReadOnly(False)
        self._tell("plain", "")
        self._say_who()
        give_keyboard(self.phrase)

    @property
    def _other(self) -> bool:
        """Whether somebody else than who is logged in is to be here."""
        return bool(self.logins) and self._login != self._shell.whose.login

    def _say_who(self) -> None:
        words = ""
        for login, choice in self.logins.items():
            choice.setChecked(login == self._login)
        if self._other:
            words = _(
                "{login} logs in: what is open here closes, and what was typed and not entered is gone. "
                "An open visit can be continued."
            ).format(login=safe_text(self._login))
        self.means.setText(words)
        self.means.setVisible(bool(words) and not self.notice.message)
        self.look()
        self.unlock.say(_("Log in") if self._other else _("Unlock"))
        self._typed(self.phrase.text())

    def open_sheet(self) -> None:
        """Show it; the keyboard is on the pass phrase, or on the names where it is still to be said whose."""
        asks = self._asks_who and not self._other and bool(self.logins)
        self.open(self.logins[self._login] if asks and self._login in self.logins else self.phrase)
        self._people.fit()

    def look(self) -> None:
        """Say of a visit whether it works or waits, and no more."""
        view = self._shell.visit_view()
        words = ""
        if view is not None and view.outcome is None:
            step = view.step(view.current)
            works = step.state is StepState.STARTED
            words = _("The visit goes on meanwhile.") if works else _("The visit waits for you; nothing of it is lost.")
        self.visit.setText(words)
        self.visit.setVisible(bool(words) and not self._other)

    def _tell(self, tone: str, message: str, remedy: str = "", code: str = "") -> None:
        """What has become of it, in the place of what it means."""
        self.notice.say(tone, message, remedy, code)
        self.means.setVisible(bool(self.means.text()) and not message)

    def _typed(self, text: str) -> None:
        self.unlock.setEnabled(bool(text) and not self._busy and not self._waiting)
        if text and not self._waiting:
            self._tell("plain", "")

    def go_on(self) -> None:
        """Try the pass phrase; it is wiped from the field at once, unless what is under way has to end before."""
        if not self.unlock.isEnabled():
            return
        if self._other and self._shell.bridge.under_way:
            self._wait()
            return
        phrase, login = self.phrase.text(), self._login
        self._busy = True
        self.phrase.clear()
        if self._other:
            self._tell("plain", _("Opening the store…"))
            self._shell.whose.log_in(phrase, login, self._refused, self._ended)
            return
        self._shell.bridge.call(
            lambda services: services.guard.again(phrase), lambda _none: self._opened(), self._refused, self._ended
        )

    def _wait(self) -> None:
        """Nothing that is under way is broken off, or becomes somebody else's."""
        self._waiting = True
        self.phrase.setReadOnly(True)
        self.unlock.setEnabled(False)
        self._tell(
            "plain",
            _("Something is still being read, written or sent: the log-in waits until it has ended."),
            _("To call it off, choose a name: whoever is logged in can unlock the window and stop what goes on."),
        )

    def _quiet(self) -> None:
        """What was under way has ended."""
        if self._waiting:
            self._waiting = False
            self.phrase.setReadOnly(False)
            self._typed(self.phrase.text())
            self.go_on()

    def _ended(self) -> None:
        self._busy = False
        self._typed(self.phrase.text())

    def _refused(self, error: HhtError) -> None:
        self._tell("bad", error.message, error.remedy, error.code)
        give_keyboard(self.phrase)

    def not_noted(self, error: HhtError) -> None:
        """It is locked, and the log does not have that: whoever comes back is told."""
        self.notice.say("bad", error.message, error.remedy, error.code)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:  # nothing but the pass phrase leads on
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), THEME.colour("ground"))
