"""Who works at this terminal: who is logged in, what each may, a line to add somebody, one's own pass phrase."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QVBoxLayout

from hht.access.person import Person, role_words
from hht.access.roles import roles
from hht.i18n import _
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word, give_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Button, Choice, Entry, FittingScroll, Icon, Text, drop, row_of

if TYPE_CHECKING:
    from hht.errors import HhtError
    from ui.people import PeopleFacts
    from ui.window.page import Host


class PeopleSheet(Sheet):
    """See the module. What is changed is kept at once; who may not is told who may."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.canvas(), _("People"), wide=1000)
        self._host = host
        self._role = "engineer"
        self.rows: dict[str, Button] = {}  # log-in name -> what takes them out
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self._scroll = FittingScroll(self._most)
        self.words = Text("", "soft")
        self._scroll.column.addWidget(self.words)
        self.other = Button(_("Somebody else logs in…"), icon="hand", pressed=host.whose.change)
        self.other.hide()
        self._scroll.column.addLayout(row_of(self.other, 1))
        self._kept = QVBoxLayout()
        self._scroll.column.addLayout(self._kept)
        self._build_mine()
        self._build_new()
        self.body.addWidget(self._scroll)
        self.add_button(close_word(), self.close_sheet, icon="close")
        host.bridge.call(lambda services: services.people.all(), self._arrived, self._refused)
        self.open(self.mine)

    def _most(self) -> int:
        """How high the list may be: above it stands what was refused."""
        if not self.notice.message:
            return self.room(0)
        return self.room(self.notice.heightForWidth(self.card.width() - 2 * THEME.sizes.pad) + THEME.sizes.gap)

    def _build_mine(self) -> None:
        words = _("Your new pass phrase")
        self.mine = Entry(words, secret=True, placeholder=words)
        self.mine.returnPressed.connect(self._change)
        self.change = Button(_("Change"), icon="lock", pressed=self._change)
        self.change.setAccessibleName(_("Change your pass phrase"))
        row = row_of(self.mine, self.change)
        row.setStretch(0, 1)
        self._scroll.column.addLayout(row)

    def _build_new(self) -> None:
        self._scroll.column.addWidget(Text(_("Somebody new"), "head"))
        self.login = Entry(_("Log-in name"), placeholder=_("Log-in name: small letters, in the clear"))
        self.called = Entry(_("Their name"), placeholder=_("Their name"))
        self.identifier = Entry(_("Their identifier"), placeholder=_("Their identifier"))
        words = _("Their first pass phrase")
        self.phrase = Entry(words, secret=True, placeholder=words)
        grid, group = QGridLayout(), QButtonGroup(self)
        self.roles: dict[str, Choice] = {}
        for place, role in enumerate(roles().roles.values()):
            words = f"{_(role.words)}: {_(role.about)}"
            self.roles[role.name] = Choice(words, pressed=partial(self._choose, role.name))
            group.addButton(self.roles[role.name])
            grid.addWidget(self.roles[role.name], place // 2, place % 2)
        self.roles[self._role].setChecked(True)
        self._scroll.column.addLayout(row_of(self.login, self.called))
        self._scroll.column.addLayout(row_of(self.identifier, self.phrase))
        self._scroll.column.addLayout(grid)
        self.add = Button(_("Add"), icon="check", pressed=self._add)
        self.add.setMinimumSize(150, THEME.sizes.target)
        self._scroll.column.addLayout(row_of(self.add, 1))

    def _choose(self, role: str) -> None:
        self._role = role

    def _add(self) -> None:
        person = Person(self.login.text().strip(), self.called.text(), self.identifier.text(), (self._role,))
        phrase = self.phrase.text()
        self.phrase.clear()
        self._host.bridge.call(lambda services: services.people.add(person, phrase), self._added, self._refused)

    def _added(self, facts: PeopleFacts) -> None:
        for entry in (self.login, self.called, self.identifier):
            entry.clear()
        self._arrived(facts)
        give_keyboard(self.login)

    def _change(self) -> None:
        phrase = self.mine.text()
        self.mine.clear()
        self._host.bridge.call(
            lambda services: services.people.change_pass_phrase(phrase), self._changed, self._refused
        )

    def _changed(self, facts: PeopleFacts) -> None:
        self._arrived(facts)
        self.notice.say("good", _("Your pass phrase is changed."))
        self._scroll.fit()

    def _remove(self, login: str) -> None:
        self._host.bridge.call(lambda services: services.people.remove(login), self._removed, self._refused)

    def _removed(self, facts: PeopleFacts) -> None:
        self._arrived(facts)
        give_keyboard(self.mine)

    def _refused(self, error: HhtError) -> None:
        self.notice.say("bad", error.message, error.remedy, error.code)
        self._scroll.fit()

    def _arrived(self, facts: PeopleFacts) -> None:
        self.notice.say("plain", "")
        self._host.whose.arrived(facts)
        self.other.setVisible(bool(facts.one_of_several))
        here = _("Logged in: {login}.")
        words = _("Training has one person, who has every role.") if facts.training else here
        self.words.setText(words.format(login=safe_text(facts.here.login)))
        while (item := self._kept.takeAt(0)) is not None:
            layout = item.layout()
            while layout is not None and (inner := layout.takeAt(0)) is not None:
                if (widget := inner.widget()) is not None:
                    drop(widget)
        self.rows = {}
        for one in () if facts.training else facts.everybody:
            mark = ("check", "good") if one.login == facts.here.login else ("info", "ink_soft")
            words = f"{safe_text(one.login)} · {safe_text(one.words) or '-'} · {role_words(one.roles)}"
            remove = Button(_("Remove"), icon="cross", pressed=partial(self._remove, one.login))
            remove.setAccessibleName(_("Remove {number}").format(number=safe_text(one.login)))
            self.rows[one.login] = remove
            row = row_of(Icon(*mark, 26), Text(words), remove)
            row.setStretch(1, 1)
            self._kept.addLayout(row)
        self._scroll.fit()
