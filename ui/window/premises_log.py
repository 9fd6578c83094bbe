"""What happened in the premises, and why: the newest first, of one device or all, found by words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hht.i18n import _
from ui.window.premises_model import LogModel, device_choices, log_count, row_of_line
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet
from ui.window.tables import Table, TextTableModel
from ui.window.widgets import Button, Choice, Entry, FittingScroll, Text, row_of

if TYPE_CHECKING:
    from hht.model.training.panel import DeviceState
    from hht.model.training.story import Line


class WhoseSheet(Sheet):
    """Whose lines are to be looked at."""

    def __init__(self, log: LogPart, parent: QWidget) -> None:
        super().__init__(parent, _("Whose log?"))
        scroll = FittingScroll(lambda: self.room(0))
        self.body.addWidget(scroll)
        chosen = None
        for name, words in log.choices:
            button = Choice(safe_text(words), pressed=lambda name=name: self._choose(log, name))  # type: ignore[misc]
            button.setChecked(name == log.model.filter.device)
            chosen = button if button.isChecked() else chosen
            scroll.column.addWidget(button)
        self.add_button(_("Close"), self.close_sheet, icon="check")
        self.open(chosen)

    def _choose(self, log: LogPart, name: str) -> None:
        self.close_sheet()
        log.choose(name)


class LogPart(QWidget):
    """See the module."""

    WIDTHS = (240, 112, 0, 270)

    def __init__(self, canvas: QWidget) -> None:
        super().__init__()
        self.model = LogModel()
        self.choices: list[tuple[str, str]] = device_choices(())
        self._canvas = canvas
        self.search = Entry(_("Search the log"), placeholder=_("Search: words, device or code"))
        self.search.textChanged.connect(self._searched)
        self.whose = Button("", icon="meter", pressed=self.ask_whose)
        self._count = Text("", "soft", wrap=False)
        head = row_of(self.whose, self.search, self._count)
        head.setStretch(1, 1)
        self.items = TextTableModel(self, (_("Time (UTC)"), _("Device"), _("What happened"), _("Why")), mono=(0,))
        self.table = Table(_("Log of the premises"))
        self.table.setModel(self.items)
        self.table.columns(self.WIDTHS)
        self.table.selectionModel().currentChanged.connect(lambda now, _before: self._show_whole(now.row()))
        self._whole = Text("")
        self._none = Text("", "head")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addWidget(self._whole)
        column.addWidget(self._none, 1)
        self._say_whose()
        self._show()

    def ask_whose(self) -> None:
        """Have a device chosen."""
        WhoseSheet(self, self._canvas)

    def clear(self) -> None:
        """Another premises."""
        self.model.clear()
        self.choose("")

    def show_devices(self, states: Sequence[DeviceState]) -> None:
        """These can be looked at alone."""
        self.choices = device_choices(states)

    def add(self, lines: Sequence[Line]) -> None:
        """These happened."""
        if self.model.add(lines) and self.isVisible():
            self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()  # what came meanwhile

    def choose(self, device: str) -> None:
        """Show the lines of that device alone; "": of all."""
        self.model.filter = replace(self.model.filter, device=device)
        self._say_whose()
        self._show()

    def _searched(self, text: str) -> None:
        self.model.filter = replace(self.model.filter, words=text)
        self._show()

    def _say_whose(self) -> None:
        device = self.model.filter.device
        words = {"": _("All devices"), "-": _("The premises")}.get(device, device)
        self.whose.say(words)
        self.whose.setAccessibleName(_("Whose log: {device}").format(device=words))

    def _show(self) -> None:
        found = self.model.shown()
        self._count.setText(log_count(len(found), len(self.model.lines)))
        marked = self.table.currentIndex().row()
        rows = [row_of_line(line) for line in found]
        if rows != self.items.rows:
            self.items.show_rows(rows)
            if rows:
                self.table.selectRow(max(0, min(marked, len(rows) - 1)))
        self.table.setVisible(bool(found))
        self._whole.setVisible(bool(found))
        self._show_whole(self.table.currentIndex().row())
        self._none.setVisible(not found)
        self._none.setText(_("Nothing fits. Empty the search.") if self.model.lines else _("Nothing happened yet."))

    def _show_whole(self, row: int) -> None:
        """The marked line in full length, below the table."""
        if 0 <= row < len(self.items.rows):
            _time, _device, what, why = self.items.rows[row]
            self._whole.setText(safe_text(f"{what}: {why}" if why else what))
