"""Faults as switches: what can go wrong in this premises, what will be seen of it, and where it is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QItemSelectionModel,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from hht.i18n import _
from ui.window.premises_model import FaultRow, FaultsModel
from ui.window.row_list import ROW, Index, RowListModel
from ui.window.safe_text import safe_text
from ui.window.sheet import give_keyboard
from ui.window.tables import paint_row
from ui.window.theme import THEME
from ui.window.widgets import Button, Entry, Scroll, Text, row_of

if TYPE_CHECKING:
    from ui.training_ground import FaultOn, FaultShown


class _Delegate(QStyledItemDelegate):
    """Paints one fault: its title, and where it is on."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(200, THEME.sizes.row + 4)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: FaultRow = index.data(ROW)
        painter.save()
        box = paint_row(painter, option).adjusted(14, 5, -10, -5)
        ratio = painter.device().devicePixelRatioF()
        icon, token = ("warn", "bad") if row.on_at else ("dot", "ink_soft")
        painter.drawPixmap(box.left(), box.center().y() - 12, THEME.pixmap(icon, token, 24, ratio))
        words = box.adjusted(34, 0, 0, 0)
        painter.setFont(THEME.font(bold=True))
        painter.setPen(THEME.colour("ink"))
        self._elided(painter, words, Qt.AlignmentFlag.AlignTop, row.fault.title)
        painter.setFont(THEME.font(THEME.sizes.small))
        painter.setPen(THEME.colour("bad" if row.on_at else "ink_soft"))
        self._elided(painter, words, Qt.AlignmentFlag.AlignBottom, row.state or ", ".join(row.fault.devices))
        painter.restore()

    def _elided(self, painter: QPainter, box: QRect, where: Qt.AlignmentFlag, text: str) -> None:
        shown = painter.fontMetrics().elidedText(safe_text(text), Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | where, shown)


class FaultSwitch(Button):
    """One fault at one place, on or off."""

    def __init__(self, device: str, part: FaultsPart) -> None:
        self.device = device
        self._part = part
        super().__init__("", pressed=lambda: part.turn(device))
        self.setCheckable(True)

    def show_state(self, on: bool, title: str) -> None:
        """It is on, or off."""
        where = self.device or _("the premises")
        self.setChecked(on)
        words = _("{where}: on") if on else _("{where}: off")
        self.say(words.format(where=where), "warn" if on else "dot")
        self.setAccessibleName(safe_text(f"{title}, {words.format(where=where)}"))


class FaultsPart(QWidget):
    """See the module. `switched`: (fault, device, on)."""

    switched = Signal(str, str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.model = FaultsModel()
        self._items = RowListModel[FaultRow](self)
        self._switches: dict[str, FaultSwitch] = {}
        self._shown: FaultShown | None = None
        self.search = Entry(_("Search the faults"), placeholder=_("Search: words, device or F-12"))
        self.search.textChanged.connect(self._searched)
        self.search.returnPressed.connect(self._to_list)
        self.list = QListView()
        self.list.setAccessibleName(_("Faults"))
        self.list.setModel(self._items)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setProperty("role", "rail")
        self.list.viewport().setAutoFillBackground(False)
        self.list.selectionModel().currentChanged.connect(lambda _now, _before: self._show_fault())
        self.list.activated.connect(lambda _index: self._to_switch())
        self._build()
        self._show_rows()

    def _build(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(THEME.sizes.gap)
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        self._none = Text(_("No fault has these words."), "head")
        left.addWidget(self._none)
        self._details = Scroll()
        self.title, self.name = Text("", "head"), Text("", "small")
        self.symptom, self.remedy, self.stays = Text(""), Text("", "soft"), Text("", "soft")
        self._places = QVBoxLayout()
        self._places.setSpacing(8)
        column = self._details.column
        column.setSpacing(8)
        for part in (self.title, self.name, self.symptom):
            column.addWidget(part)
        column.addLayout(self._places)
        for part in (self.remedy, self.stays):
            column.addWidget(part)
        column.addStretch(1)
        both = row_of(self._details, spacing=THEME.sizes.gap + 6)
        both.insertLayout(0, left, 5)
        both.setStretch(1, 6)
        both.setContentsMargins(0, 0, 0, 0)
        self.setLayout(both)

    @property
    def chosen(self) -> FaultShown | None:
        """The fault that is marked."""
        index = self.list.currentIndex()
        return self._items.rows[index.row()].fault if index.isValid() else None

    def show_offered(self, offered: tuple[FaultShown, ...]) -> None:
        """These can be here."""
        if offered != self.model.offered:
            self.model.offered = offered
            self._show_rows()

    def show_on(self, on: tuple[FaultOn, ...]) -> None:
        """These are on."""
        if on != self.model.on:
            self.model.on = on
            self._show_rows()

    def turn(self, device: str) -> None:
        """Switch the marked fault at that device."""
        fault = self.chosen
        if fault is not None:
            self.switched.emit(fault.name, device, not self.model.is_on(fault.name, device))
            self._show_switches(fault)  # it is on when the premises says so

    def _searched(self, text: str) -> None:
        self.model.words = text
        self._show_rows()

    def _show_rows(self) -> None:
        before = self.chosen
        rows = self.model.rows()
        self._items.show_rows(rows)
        self.list.setVisible(bool(rows))
        self._none.setVisible(not rows and bool(self.model.offered))
        names = [row.fault.name for row in rows]
        if rows:
            place = names.index(before.name) if before is not None and before.name in names else 0
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.list.selectionModel().setCurrentIndex(self._items.index(place), flags)
        self._show_fault()

    def _show_fault(self) -> None:
        fault = self.chosen
        self._details.setVisible(fault is not None)
        if fault is None:
            return
        self.title.setText(safe_text(fault.title))
        self.name.setText(safe_text(" · ".join((fault.name, *fault.failures))))
        self.symptom.setText(safe_text(_("Seen: {symptom}").format(symptom=fault.symptom), 600))
        self.remedy.setText(safe_text(_("What cures it: {remedy}").format(remedy=fault.remedy), 600))
        self.stays.setText(safe_text(_("What stays: {stays}").format(stays=fault.stays), 600))
        self.stays.setVisible(bool(fault.stays))
        if fault != self._shown:
            self._shown = fault
            self._details.verticalScrollBar().setValue(0)
            self._make_switches(fault)
        self._show_switches(fault)

    def _make_switches(self, fault: FaultShown) -> None:
        for switch in self._switches.values():
            switch.setParent(None)
            switch.deleteLater()
        self._switches = {device: FaultSwitch(device, self) for device in fault.devices or ("",)}
        for switch in self._switches.values():
            self._places.addWidget(switch)
            switch.show()

    def _show_switches(self, fault: FaultShown) -> None:
        for device, switch in self._switches.items():
            switch.show_state(self.model.is_on(fault.name, device), fault.title)

    def _to_list(self) -> None:
        give_keyboard(self.list)

    def _to_switch(self) -> None:
        """Enter on a fault: to its switch; with one place only it is switched at once."""
        if len(self._switches) == 1:
            self.turn(next(iter(self._switches)))
        elif self._switches:
            give_keyboard(next(iter(self._switches.values())))
