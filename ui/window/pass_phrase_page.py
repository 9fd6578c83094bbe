"""The pass phrase: it opens the sealed store, or is chosen when there is none yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from PySide6.QtWidgets import QVBoxLayout

from hht.errors import HhtError
from hht.i18n import _, ngettext
from ui.window.page import Host, Page
from ui.window.parts import Notice
from ui.window.sheet import give_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Button, Card, Entry, Icon, Text, row_of

LEAST = 8  # characters of a new pass phrase


@runtime_checkable
class KnowsFirstUse(Protocol):
    """Services that can tell whether the store is still to be made."""

    @property
    def store_exists(self) -> bool:
        """False when no store exists yet: the pass phrase is chosen now."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the phrase may be tried, and what is said about it."""

    ready: bool
    text: str = ""  # where it may not be tried, why not


def judge(phrase: str, again: str, *, new: bool) -> Verdict:
    """May this phrase be tried? A new one has at least `LEAST` characters and is typed twice."""
    if not new:
        return Verdict(True) if phrase else Verdict(False, _("Type the pass phrase first."))
    if not phrase:
        return Verdict(False, _("At least {count} characters; several words are best.").format(count=LEAST))
    if len(phrase) < LEAST:
        short = LEAST - len(phrase)
        words = ngettext("Too short: {count} more character.", "Too short: {count} more characters.", short)
        return Verdict(False, words.format(count=short))
    if not again:
        return Verdict(False, _("Type it once more in the field below."))
    if again != phrase:
        return Verdict(False, _("The two are not the same."))
    return Verdict(True, _("The two are the same."))


class PassPhrasePage(Page):
    """See the module. The phrase is wiped from the fields as soon as it is handed on."""

    name = "pass-phrase"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._new = False
        self._busy = False
        self._head = Text("", "title")
        self._words = Text("")
        words = _("Pass phrase")
        self.phrase = Entry(words, role="entry", secret=True, placeholder=words)
        self.again = Entry(_("Pass phrase once more"), role="entry", secret=True, placeholder=_("Once more"))
        self._remark = Text("", "body")
        self._remark_icon = Icon("info", "ink_soft", 26)
        self.notice = Notice()
        self.unlock = Button(_("Unlock"), "primary", "lock", self.go_on)
        self._build()

    def _build(self) -> None:
        card = Card()
        card.setMaximumWidth(720)
        column = QVBoxLayout(card)
        column.setContentsMargins(32, 20, 32, 20)
        column.setSpacing(THEME.sizes.gap)
        head = row_of(Icon("lock", "accent", 40), self._head, spacing=16)
        head.setStretch(1, 1)
        column.addLayout(head)
        for part in (self._words, self.phrase, self.again, self.notice):
            column.addWidget(part)
        self.unlock.setMinimumWidth(230)
        foot = row_of(self._remark_icon, self._remark, self.unlock)
        foot.setStretch(1, 1)
        column.addLayout(foot)
        self.body.addStretch(1)
        row = row_of(1, card, 1)
        row.setStretch(1, 6)
        self.body.addLayout(row)
        self.body.addStretch(2)
        self.phrase.textChanged.connect(self._typed)
        self.again.textChanged.connect(self._typed)
        self.phrase.returnPressed.connect(self._entered)
        self.again.returnPressed.connect(self.go_on)

    def title(self) -> str:
        return _("Handheld terminal")

    def entered(self) -> None:
        self._show(new=False)

        async def is_new(services: object) -> bool:
            return isinstance(services, KnowsFirstUse) and not services.store_exists

        self.host.bridge.call(is_new, lambda new: self._show(new=new))

    def _show(self, *, new: bool) -> None:
        self._new = new
        self._head.setText(_("Choose a pass phrase") if new else _("Unlock the terminal"))
        self._words.setText(
            _("It seals every job, reading and key on this computer. Nobody can open them without it or recover it.")
            if new
            else _("Everything on this computer is sealed with your pass phrase.")
        )
        self.again.setVisible(new)
        self.unlock.say(_("Create") if new else _("Unlock"))
        self._typed()
        give_keyboard(self.phrase)

    def _typed(self, _text: str = "") -> None:
        verdict = judge(self.phrase.text(), self.again.text(), new=self._new)
        self._say(verdict.text, "check" if verdict.ready else "info", "good" if verdict.ready else "ink_soft")
        self.unlock.setEnabled(verdict.ready and not self._busy)
        if self.phrase.text():
            self.notice.say("plain", "")

    def _say(self, text: str, icon: str, token: str) -> None:
        self._remark.setText(text)
        self._remark_icon.show_icon(icon, token)
        self._remark_icon.setVisible(bool(text))

    def _entered(self) -> None:
        if self._new:
            give_keyboard(self.again)
        else:
            self.go_on()

    def go_on(self) -> None:
        """Try the pass phrase."""
        if not self.unlock.isEnabled():
            return
        phrase = self.phrase.text()
        self._busy = True
        self.phrase.clear()
        self.again.clear()
        self.unlock.setEnabled(False)
        self._say(_("Opening the store…"), "running", "accent")
        self.host.bridge.call(
            lambda services: services.unlock(phrase), lambda _none: self._opened(), self._refused, self._ended
        )

    def _ended(self) -> None:
        self._busy = False
        self._typed()

    def _opened(self) -> None:
        self.host.unlocked()

    def _refused(self, error: HhtError) -> None:
        self._busy = False
        self.notice.say("bad", error.message, error.remedy, error.code)
        give_keyboard(self.phrase)
