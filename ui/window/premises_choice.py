"""Which premises to train with: those that come along, or a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
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
from ui.window.row_list import ROW, Index, RowListModel
from ui.window.sheet import give_keyboard
from ui.window.tables import paint_row, paint_words
from ui.window.theme import THEME
from ui.window.widgets import Text

if TYPE_CHECKING:
    from ui.training_views import PremisesChoice


class _Delegate(QStyledItemDelegate):
    """Paints one premises: its title, and what stands there."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(300, THEME.sizes.row + 12)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: PremisesChoice = index.data(ROW)
        painter.save()
        box = paint_row(painter, option).adjusted(20, 8, -16, -8)
        top = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        bottom = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        painter.setPen(THEME.colour("ink"))
        painter.setFont(THEME.font(bold=True))
        paint_words(painter, box, top, row.title)
        painter.setPen(THEME.colour("bad" if row.problem else "ink_soft"))
        painter.setFont(THEME.font(THEME.sizes.small))
        paint_words(painter, box, bottom, row.description)
        painter.restore()


class ChoicePart(QWidget):
    """See the module. `picked`: the name of a premises."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._items: RowListModel[PremisesChoice] = RowListModel(self)
        self.list = QListView()
        self.list.setAccessibleName(_("Premises"))
        self.list.setModel(self._items)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setUniformItemSizes(True)
        self.list.setProperty("role", "rail")
        self.list.viewport().setAutoFillBackground(False)
        self.list.activated.connect(lambda _index: self.pick())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(Text(_("Which premises do you want to train with?"), "head"))
        column.addWidget(self.list, 1)

    def show_choices(self, choices: Sequence[PremisesChoice]) -> None:
        """These can be chosen."""
        self._items.show_rows(choices)
        if choices:
            self.list.setCurrentIndex(self._items.index(0))
            give_keyboard(self.list)

    @property
    def empty(self) -> bool:
        """Whether nothing is offered yet."""
        return not self._items.rows

    def mark(self, name: str) -> None:
        """Mark the premises of that name."""
        for place, row in enumerate(self._items.rows):
            if row.name == name:
                self.list.setCurrentIndex(self._items.index(place))

    def pick(self) -> None:
        """The marked one it is."""
        index = self.list.currentIndex()
        if index.isValid():
            self.picked.emit(self._items.rows[index.row()].name)
