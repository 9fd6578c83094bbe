"""The list of a meter's objects and the table of one object's attributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from hht.i18n import _
from ui.window.objects_model import ObjectRow, attribute_rows
from ui.window.row_list import ROW, Index, RowListModel
from ui.window.tables import Table, TextTableModel, paint_row, paint_words
from ui.window.theme import THEME

if TYPE_CHECKING:
    from hht.client.object_reader import AttributeValue

NAME, VALUE, TYPE = 1, 2, 3  # columns; the types are shown where there is room
MOST_LINES = 4  # of a long value


class ObjectDelegate(QStyledItemDelegate):
    """Paints one object: OBIS and class above, its name below."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(200, THEME.sizes.row + 4)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: ObjectRow = index.data(ROW)
        painter.save()
        box = paint_row(painter, option).adjusted(16, 5, -10, -5)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        top, bottom = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
        painter.setFont(THEME.font(THEME.sizes.mono, mono=True))
        painter.setPen(THEME.colour("ink"))
        painter.drawText(box, left | top, row.obis)
        beside = painter.fontMetrics().horizontalAdvance(row.obis) + 14
        painter.setFont(THEME.font(THEME.sizes.small))
        painter.setPen(THEME.colour("ink_soft"))
        paint_words(painter, QRect(box).adjusted(beside, 0, 0, 0), right | top, row.kind)
        painter.setFont(THEME.font(bold=True))
        painter.setPen(THEME.colour("ink"))
        paint_words(painter, box, left | bottom, row.name)
        painter.restore()


class ObjectListView(QListView):
    """The objects as lines that a finger hits."""

    def __init__(self, items: RowListModel[ObjectRow]) -> None:
        super().__init__()
        self.setAccessibleName(_("Objects"))
        self.setModel(items)
        self.setItemDelegate(ObjectDelegate(self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setProperty("role", "rail")
        self.viewport().setAutoFillBackground(False)


class AttributeModel(TextTableModel):
    """Attributes as lines; where there is no value a sign stands before the reason."""

    def __init__(self, parent: QWidget, header: Sequence[str]) -> None:
        super().__init__(parent, header, right=(0,), mono=(VALUE,))
        self._attributes: Sequence[AttributeValue] = ()

    def show_attributes(self, attributes: Sequence[AttributeValue]) -> None:
        """Show these."""
        self._attributes = attributes
        self.show_rows(attribute_rows(attributes))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if index.column() == NAME and role == Qt.ItemDataRole.DisplayRole:
            return str(super().data(index, role)).replace("_", "_\u200b")  # a place to break the line
        if index.column() == VALUE and self._attributes[index.row()].data is None:
            if role == Qt.ItemDataRole.DecorationRole:
                return THEME.icon("warn", "warn", 22)
            if role == Qt.ItemDataRole.FontRole:
                return None
            if role == Qt.ItemDataRole.AccessibleTextRole:
                return _("no value: {why}").format(why=super().data(index, role))
        return super().data(index, role)


class AttributeTable(Table):
    """One object's attributes; a long value takes a few lines, and Ctrl+C copies the marked one's value."""

    WIDE = 640  # from here on there is room for the types

    def __init__(self, name: str, items: AttributeModel, copy: Callable[[], None]) -> None:
        super().__init__(name)
        self._copy = copy
        self.setModel(items)
        self.setWordWrap(True)
        self.columns((58, 174, 0, 214))
        self.fit_rows()

    def fit_rows(self) -> None:
        """Give each row the height that its value wants, to a limit."""
        rows = self.verticalHeader()
        rows.setMinimumSectionSize(THEME.sizes.dense)
        rows.setMaximumSectionSize(MOST_LINES * THEME.sizes.dense)
        self.resizeRowsToContents()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.setColumnHidden(TYPE, self.width() < self.WIDE)
        super().resizeEvent(event)
        self.fit_rows()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self.model() is not None:
            self.fit_rows()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        else:
            super().keyPressEvent(event)
