"""An unsafe situation, from any step: category, what was found and done, who was told and rung, and the notice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QButtonGroup, QGridLayout

from hht.errors import HhtError
from hht.i18n import _
from hht.work.coded import Code, codes
from hht.work.unsafe import FILE, Receipt, UnsafeSituation, categories, unsafe_situation
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word, give_keyboard
from ui.window.widgets import Choice, Entry, Scroll, Segments, Text, Tick

if TYPE_CHECKING:
    from ui.window.page import Host

_COLUMNS: Final = 2


class UnsafeSheet(Sheet):
    """`found` is given the situation, checked."""

    def __init__(self, host: Host, fuel: str, found: Callable[[UnsafeSituation], None]) -> None:
        super().__init__(host.canvas(), _("Unsafe situation"), fill=True)
        self._found = found
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self._scroll = Scroll()
        self.body.addWidget(self._scroll, 1)
        self.fuels = Segments(_("What is unsafe"), [("gas", _("Gas")), ("electricity", _("Electricity"))])
        self.fuels.chosen.connect(self.choose_fuel)
        self._scroll.column.addWidget(self.fuels)
        self.categories = self._choices([*categories().values()])
        self._meaning = Text("", "small")
        self._scroll.column.addWidget(self._meaning)
        self.found = self._entry(_("What was found"))
        self.done = self._ticks(_("What was done"), "done")
        self.told = self._entry(_("Who was told (name, or place in the household)"))
        self.rung = self._ticks(_("Who was rung"), "rung")
        self.reference = self._entry(_("Their reference, if they gave one"))
        self.number = self._entry(_("Number of the notice that stays"))
        self._head(_("The notice"))
        self.receipts = self._choices([Code(one.value, {"text": one.words}) for one in Receipt])
        self._scroll.column.addStretch(1)
        self.add_button(_("Go back"), self.close_sheet, icon="back")
        self.go = self.add_button(_("Put on record"), self._go_on, primary=True, icon="check")
        self.choose_fuel(fuel)
        self.open(next(button for button in self.categories.values() if button.isVisibleTo(self)))

    def choose_fuel(self, fuel: str) -> None:
        """Show the categories of that fuel."""
        self.fuels.choose(fuel)
        group = next(iter(self.categories.values())).group()
        group.setExclusive(False)
        for code, button in self.categories.items():
            fits = categories()[code].plain["fuel"] == fuel
            button.setVisible(fits)
            if not fits:
                button.setChecked(False)
        group.setExclusive(True)
        self._show_meaning()

    def _head(self, text: str) -> None:
        self._scroll.column.addWidget(Text(text, "strong"))

    def _entry(self, label: str) -> Entry:
        self._head(label)
        entry = Entry(label)
        entry.setMaxLength(500)
        self._scroll.column.addWidget(entry)
        return entry

    def _choices(self, rows: list[Code]) -> dict[str, Choice]:
        group, found = QButtonGroup(self), dict[str, Choice]()
        grid = self._grid()
        for place, row in enumerate(rows):
            button = Choice(safe_text(row.title), pressed=self._show_meaning)
            group.addButton(button)
            found[row.code] = button
            grid.addWidget(button, place // _COLUMNS, place % _COLUMNS)
        return found

    def _ticks(self, label: str, table: str) -> dict[str, Tick]:
        self._head(label)
        grid, found = self._grid(), dict[str, Tick]()
        for place, row in enumerate(codes(FILE, table).values()):
            found[row.code] = Tick(safe_text(row.text))
            grid.addWidget(found[row.code], place // _COLUMNS, place % _COLUMNS)
        return found

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        self._scroll.column.addLayout(grid)
        return grid

    def _show_meaning(self) -> None:
        if not hasattr(self, "_meaning"):
            return
        code = _chosen(self.categories)
        row = categories().get(code)
        self._meaning.setText(safe_text(f"{row.text} {row.source}", 400) if row is not None else "")
        self._meaning.setVisible(row is not None)

    def _go_on(self) -> None:
        try:
            situation = unsafe_situation(
                _chosen(self.categories),
                self.found.text(),
                tuple(code for code, tick in self.done.items() if tick.isChecked()),
                self.told.text(),
                tuple(code for code, tick in self.rung.items() if tick.isChecked()),
                self.number.text(),
                _chosen(self.receipts),
                self.reference.text(),
            )
        except HhtError as error:
            self.notice.say("bad", error.message, error.remedy, error.code)
            give_keyboard(self.go)
            return
        self.close_sheet()
        self._found(situation)


def _chosen(buttons: dict[str, Choice]) -> str:
    return next((code for code, button in buttons.items() if button.isChecked()), "")


class NoticeKeptSheet(Sheet):
    """An unsafe situation is on record: its notice as a paper."""

    def __init__(self, host: Host, visit_id: str, number: str) -> None:
        super().__init__(host.canvas(), _("On record: notice {number}").format(number=safe_text(number, 60)))
        self._host, self._visit, self._number = host, visit_id, number
        words = _("It stands in the report and in the evidence. Leave the notice with the occupant.")
        self.body.addWidget(Text(words))
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self.save = self.add_button(_("Save the notice…"), self._save, icon="export")
        self.close_button = self.add_button(close_word(), self.close_sheet, primary=True, icon="check")
        self.open(self.close_button)

    def _save(self) -> None:
        host, visit_id, number = self._host, self._visit, self._number
        plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in number)

        def chosen(path: str) -> None:
            host.bridge.call(lambda services: services.evidence.save_notice(visit_id, number, Path(path)), None)

        host.pick_new_file(_("Save the notice"), f"notice-{plain}.pdf", chosen)
