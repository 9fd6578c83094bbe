"""The parts of the page of command packs: what is kept, the locker of one pack, and who made it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hht.i18n import _
from ui.window.packs_model import EntryRow, PackRow, about_facts, entry_facts_shown, entry_rows
from ui.window.parts import FactTable
from ui.window.safe_text import safe_text
from ui.window.state_list import StateList
from ui.window.theme import THEME
from ui.window.widgets import Button, Scroll, Text, row_of

if TYPE_CHECKING:
    from ui.pack_facts import EntryFacts, PackFacts


class KeptPart(QWidget):
    """The packs that are kept, the newest first. `chosen`: the key of the one to work with."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.list: StateList[PackRow] = StateList(_("Packs"))
        self.list.activated.connect(lambda _index: self.open_marked())
        self._none = Text(
            _("No pack is kept here. A supplier's desk gives one for a visit: take it in from a file."), "head"
        )
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list, 1)
        column.addWidget(self._none, 1)
        self.show_packs((), datetime.min)

    def show_packs(self, packs: tuple[PackFacts, ...], now: datetime) -> None:
        """Show these."""
        self.list.show_rows([PackRow(pack, now) for pack in reversed(packs)])
        self.list.setVisible(bool(packs))
        self._none.setVisible(not packs)

    def open_marked(self) -> None:
        """The marked one it is."""
        row = self.list.marked
        if row is not None:
            self.chosen.emit(row.pack.key)


class LockerPart(QWidget):
    """The commands of a pack in their order, and everything about the marked one."""

    def __init__(
        self,
        settle: Callable[[], None],
        pass_over: Callable[[], None],
        ask: Callable[[], None],
        code: Callable[[], None],
    ) -> None:
        super().__init__()
        self.list: StateList[EntryRow] = StateList(_("Commands, in their order"))
        self.list.marked_changed.connect(self._show_marked)
        self.title = Text("", "head")
        self.facts = FactTable()
        scroll = Scroll()
        scroll.column.addWidget(self.title)
        scroll.column.addWidget(self.facts)
        scroll.column.addStretch(1)
        self.settle = Button(_("Settle…"), icon="unknown", pressed=settle)
        self.ask = Button(_("Ask the hub"), icon="hub", pressed=ask)
        self.pass_over = Button(_("Pass over…"), icon="left", pressed=pass_over)
        self.code = Button(_("Desk's code…"), icon="phone", pressed=code)
        right = QVBoxLayout()
        right.addWidget(scroll, 1)
        right.addLayout(row_of(1, self.ask, self.settle, self.code, self.pass_over))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(THEME.sizes.gap + 4)
        row.addWidget(self.list, 1)
        row.addLayout(right, 1)
        self.busy = False
        self._doing = ""
        self._show_marked()

    @property
    def marked(self) -> EntryFacts | None:
        """The command that is looked at."""
        row = self.list.marked
        return row.entry if row is not None else None

    def show_pack(self, pack: PackFacts | None, sending: str, *, follow: bool = False) -> None:
        """Show this pack's commands; `follow`: look at the one that is on its way, goes next, or has to be settled."""
        rows = entry_rows(pack, sending) if pack is not None else []
        names = [row.entry.name for row in rows]
        wanted = sending or (pack.unknown[0].name if pack is not None and pack.unknown else "")
        wanted = wanted or (pack.next if pack is not None else "")
        place = names.index(wanted) if follow and wanted in names else None
        self.list.show_rows(rows, place if place is not None or not follow else 0)
        self._show_marked()

    def show_doing(self, doing: str) -> None:
        """What is said of the command that is on its way."""
        self._doing = doing
        self._show_marked()

    def show_busy(self, busy: bool) -> None:
        """While a delivery runs nothing is noted."""
        self.busy = busy
        self._show_marked()

    def _show_marked(self) -> None:
        from ui.pack_facts import PASS_OVER, SETTLE

        row, entry = self.list.marked, self.marked
        self.title.setText(safe_text(entry.name, 60) if entry is not None else "")
        self.facts.show_facts(entry_facts_shown(row, self._doing) if row is not None else ())
        may = entry.may if entry is not None and not self.busy else frozenset()
        self.settle.setVisible(SETTLE in may)
        self.ask.setVisible(SETTLE in may)
        self.pass_over.setVisible(PASS_OVER in may)
        self.code.setVisible(PASS_OVER in may and entry is not None and entry.codes > 0)


class AboutPart(Scroll):
    """Who made it, for what, until when, and what of it is checked here."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = FactTable()
        self.column.addWidget(self.facts)
        self.column.addStretch(1)

    def show_pack(self, pack: PackFacts | None, now: datetime) -> None:
        """Show this pack."""
        self.facts.show_facts(about_facts(pack, now) if pack is not None else ())
