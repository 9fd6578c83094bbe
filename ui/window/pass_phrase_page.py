"""The pass phrase: it opens the sealed store, or is chosen when there is none yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QVBoxLayout

from hht.errors import HhtError
from hht.i18n import _, ngettext
from hht.store.key_slot import STALE
from ui.window.page import Host, Page
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import give_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Button, Card, Choice, Entry, Icon, Text, Tick, drop, row_of

if TYPE_CHECKING:
    from ui.services import Services

LEAST = 8  # characters of a new pass phrase
IN_A_ROW = 4  # people


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
        self._login = ""
        self._slots: tuple[str, ...] = ()  # whose the key store may open
        self._asked: object | None = None  # stands for the asking of the key store whose answer is wanted
        self.logins: dict[str, Choice] = {}  # of several people, each by log-in name
        self._head = Text("", "title")
        self._words = Text("")
        words = _("Pass phrase")
        self.phrase = Entry(words, role="entry", secret=True, placeholder=words)
        self.again = Entry(_("Pass phrase once more"), role="entry", secret=True, placeholder=_("Once more"))
        self._remark = Text("", "body")
        self._remark_icon = Icon("info", "ink_soft", 26)
        self.keep = Tick(
            _("From now on this computer's key store opens it: for whoever is in your account of this computer")
        )
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
        column.addWidget(self._words)
        self._who, self._group = QGridLayout(), QButtonGroup(self)
        column.addLayout(self._who)
        for part in (self.phrase, self.again, self.keep, self.notice):
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

        async def who(services: Services) -> tuple[Sequence[str], tuple[str, ...]]:
            return await services.logins(), await services.slot_logins()

        self.host.bridge.call(is_new, lambda new: self._show(new=new))
        self.host.bridge.call(who, lambda found: self._offer(*found))

    def _offer(self, logins: Sequence[str], slots: tuple[str, ...]) -> None:
        """Where several people share the store, each is to say who they are. Who has nobody beside them, and chose that
        the key store opens it, need do nothing."""
        self._slots = slots
        for choice in self.logins.values():
            drop(choice)
        self.logins = {}
        for place, login in enumerate(logins if len(logins) > 1 else ()):
            choice = Choice(safe_text(login), pressed=partial(self._chosen, login))
            self.logins[login] = choice
            self._group.addButton(choice)
            self._who.addWidget(choice, place // IN_A_ROW, place % IN_A_ROW)
        self._login = ""
        self._typed()
        if slots and not self.logins:
            self._ask_key_store()

    def _chosen(self, login: str) -> None:
        self._login, self._asked = login, None
        self.keep.show()
        self.notice.say("plain", "")
        self._typed()
        give_keyboard(self.phrase)
        if login in self._slots:
            self._ask_key_store()

    def _ask_key_store(self) -> None:
        """Have it open the store; the pass phrase may be typed meanwhile, and goes before."""
        self._asked = asking = object()
        login = self._login

        def opened(by_key_store: bool) -> None:
            if by_key_store:
                self._opened()

        def refused(error: HhtError) -> None:
            if self._asked is asking:
                self._asked = None
                self.keep.setVisible(error.code == STALE)  # else it is on, and stays so
                self._typed()
                self.notice.say("plain", error.message, error.remedy)

        self.keep.hide()
        self._say(_("This computer's key store is asked; or type the pass phrase."), "running", "accent")
        self.host.bridge.call(
            lambda services: services.unlock_by_key_store(login, lambda: self._asked is asking), opened, refused
        )

    def _show(self, *, new: bool) -> None:
        self._new = new
        self._head.setText(_("Choose a pass phrase") if new else _("Unlock the terminal"))
        self._words.setText(
            _("It seals every job, reading and key on this computer. Nobody can open them without it or recover it.")
            if new
            else _("Everything on this computer is sealed with your pass phrase.")
        )
        self.again.setVisible(new)
        self.keep.setVisible(not new and not self._slots)
        self.unlock.say(_("Create") if new else _("Unlock"))
        self._typed()
        give_keyboard(self.phrase)

    def _typed(self, _text: str = "") -> None:
        verdict = judge(self.phrase.text(), self.again.text(), new=self._new)
        if self.logins and not self._login:
            verdict = Verdict(False, _("Choose who you are."))
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
        phrase, login, keep = self.phrase.text(), self._login, self.keep.isChecked()
        self._busy, self._asked = True, None

        async def unlock(services: Services) -> HhtError | None:
            await services.unlock(phrase, login)
            try:
                if keep:
                    await services.key_slot.turn_on()
            except HhtError as error:  # it is open all the same
                return error
            return None

        self.phrase.clear()
        self.again.clear()
        self.unlock.setEnabled(False)
        self._say(_("Opening the store…"), "running", "accent")
        self.host.bridge.call(unlock, self._opened, self._refused, self._ended)

    def _ended(self) -> None:
        self._busy = False
        self._typed()

    def _opened(self, trouble: HhtError | None = None) -> None:
        self.host.unlocked()
        if trouble is not None:
            self.host.show_error(trouble)

    def _refused(self, error: HhtError) -> None:
        self._busy = False
        self.notice.say("bad", error.message, error.remedy, error.code)
        give_keyboard(self.phrase)
