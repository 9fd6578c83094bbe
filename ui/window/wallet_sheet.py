"""The engineer's wallet: registrations and test instruments, how each stands, and a line to add one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QVBoxLayout

from hht.errors import HhtError
from hht.i18n import _
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word, give_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Button, Choice, Entry, FittingScroll, Icon, Text, drop, row_of

if TYPE_CHECKING:
    from hht.work.wallet import Entry as Kept
    from hht.work.wallet import Wallet
    from ui.window.page import Host


class WalletSheet(Sheet):
    """See the module. What is added or removed is kept at once."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.canvas(), _("Wallet"), wide=1000)
        self._host = host
        self._kind = "electricity"
        self.rows: dict[str, Button] = {}  # number -> what removes it
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self._scroll = FittingScroll(self._most)
        self._list = self._scroll.column
        self._list.addWidget(Text(_("Visits fill this in. What has ended shuts the steps that need it."), "soft"))
        self._kept = QVBoxLayout()
        self._list.addLayout(self._kept)
        self._build_kinds()
        self.body.addWidget(self._scroll)
        self._build_line()
        self.add_button(close_word(), self.close_sheet, icon="close")
        self.add = self.add_button(_("Add"), self._add, primary=True, icon="check")
        host.bridge.call(lambda services: services.wallet.all(), self._arrived, self._refused)
        self.open(self.number)

    def _most(self) -> int:
        """How high the list may be: beneath it is the line to type in, above it what was refused."""
        others = THEME.sizes.target + 2 * THEME.sizes.gap + 30
        if self.notice.message:
            others += self.notice.heightForWidth(self.card.width() - 2 * THEME.sizes.pad) + THEME.sizes.gap
        return self.room(others)

    def _build_kinds(self) -> None:
        self._list.addWidget(Text(_("Add, or renew by the same number"), "head"))
        kinds = {
            "electricity": _("Registration: electricity"),
            "gas": _("Registration: gas"),
            "electricity,gas": _("Registration: both"),
            "voltage": _("Approved voltage indicator"),
            "loop": _("Loop impedance tester"),
            "manometer": _("Gas pressure gauge"),
        }
        self.kinds: dict[str, Choice] = {}
        grid, group = QGridLayout(), QButtonGroup(self)
        for place, (key, text) in enumerate(kinds.items()):
            self.kinds[key] = Choice(text, pressed=lambda key=key: self._choose(key))  # type: ignore[misc]
            group.addButton(self.kinds[key])
            grid.addWidget(self.kinds[key], place % 3, place // 3)
        self._list.addLayout(grid)
        self.kinds[self._kind].setChecked(True)

    def _build_line(self) -> None:
        self.number = Entry(_("Number"), placeholder=_("Number on the card, or serial number"))
        self.until = Entry(_("Last day"), placeholder=_("Last day: 2027-03-31"))
        self.number.returnPressed.connect(lambda: give_keyboard(self.until))
        self.until.returnPressed.connect(self._add)
        self.body.addLayout(row_of(self.number, self.until))

    def _choose(self, kind: str) -> None:
        self._kind = kind

    def _add(self) -> None:
        from hht.work.wallet import INSTRUMENT_KINDS, instrument, registration

        try:
            if self._kind in INSTRUMENT_KINDS:
                entry = instrument(self._kind, self.number.text(), self.until.text())
            else:
                entry = registration(self.number.text(), self._kind.split(","), self.until.text())
        except HhtError as error:
            self._refused(error)
            return
        self._host.bridge.call(lambda services: services.wallet.add(entry), self._added, self._refused)

    def _added(self, wallet: Wallet) -> None:
        self.number.clear()
        self.until.clear()
        self._arrived(wallet)
        give_keyboard(self.number)

    def _remove(self, entry: Kept) -> None:
        self._host.bridge.call(lambda services: services.wallet.remove(entry), self._removed, self._refused)

    def _removed(self, wallet: Wallet) -> None:
        self._arrived(wallet)
        give_keyboard(self.number)

    def _refused(self, error: HhtError) -> None:
        self.notice.say("bad", error.message, error.remedy, error.code)
        self._scroll.fit()

    def _arrived(self, wallet: Wallet) -> None:
        from hht.work.wallet import Standing

        self.notice.say("plain", "")
        self._scroll.fit()
        while (item := self._kept.takeAt(0)) is not None:
            layout = item.layout()
            while layout is not None and (inner := layout.takeAt(0)) is not None:
                widget = inner.widget()
                if widget is not None:
                    drop(widget)
        self.rows = {}
        today = self._host.clock.now().date()
        for entry in wallet.entries:
            standing = entry.standing(today)
            icons = {Standing.HOLDS: ("check", "good"), Standing.ENDS_SOON: ("warn", "warn")}
            words = f"{safe_text(entry.words)} · {safe_text(entry.number)} · {entry.standing_words(today)}"
            remove = Button(_("Remove"), icon="cross", pressed=lambda entry=entry: self._remove(entry))  # type: ignore[misc]
            remove.setAccessibleName(_("Remove {number}").format(number=safe_text(entry.number)))
            self.rows[entry.number] = remove
            row = row_of(Icon(*icons.get(standing, ("cross", "bad")), 26), Text(words), remove)
            row.setStretch(1, 1)
            self._kept.addLayout(row)
