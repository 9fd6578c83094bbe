"""Tables that do not trap Tab, with rows that a finger hits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyleOptionViewItem, QTableView, QWidget

from ui.window.safe_text import safe_text
from ui.window.theme import THEME
from ui.window.tokens import NORMAL

Index = QModelIndex | QPersistentModelIndex


class TextTableModel(QAbstractTableModel):
    """Rows of texts under a header; `right` columns are aligned to the right, `mono` ones in the mono face."""

    def __init__(
        self, parent: QWidget, header: Sequence[str], *, right: Sequence[int] = (), mono: Sequence[int] = ()
    ) -> None:
        super().__init__(parent)
        self._header = tuple(header)
        self._right, self._mono = tuple(right), tuple(mono)
        self.rows: list[tuple[str, ...]] = []

    def show_rows(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Show these instead."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def append(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Add these at the end."""
        if rows:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(rows) - 1)
            self.rows.extend(rows)
            self.endInsertRows()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 Qt's own default
        return 0 if parent.isValid() else len(self._header)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return safe_text(self.rows[index.row()][index.column()])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if index.column() in self._right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.FontRole and index.column() in self._mono:
            return THEME.font(THEME.sizes.mono, mono=True)
        return None

    def headerData(self, section: int, along: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if along is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._header[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in self._right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


def paint_row(painter: QPainter, option: QStyleOptionViewItem) -> QRect:
    """The ground of a list's line, with the signs of the marked one and of the keyboard; the box for its words."""
    whole, state = QRect(option.rect), option.state
    box = whole.adjusted(6, 3, -6, -3)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if state & QStyle.StateFlag.State_Selected:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.colour("accent_soft"))
        painter.drawRoundedRect(box, 8, 8)
        painter.setBrush(THEME.colour("accent"))
        painter.drawRoundedRect(QRect(box.left(), box.top() + 8, 5, box.height() - 16), 2.5, 2.5)
    else:
        painter.setPen(QPen(THEME.colour("line"), 1))
        painter.drawLine(box.left() + 10, whole.bottom(), box.right() - 10, whole.bottom())
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(THEME.colour("focus" if THEME.name != "sun" else "ink"), 3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 8, 8)
    return box


def paint_words(painter: QPainter, box: QRect, where: Qt.AlignmentFlag, text: str) -> None:
    """One line of words in `box`, as many as there is room for."""
    shown = painter.fontMetrics().elidedText(safe_text(text), Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, where, shown)


class Table(QTableView):
    """A table to look at: whole rows, no editing, Tab goes on."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._widths: tuple[int, ...] = ()
        self.setAccessibleName(name)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(False)
        self.setCornerButtonEnabled(False)
        self._fit()

    def columns(self, widths: Sequence[int]) -> None:
        """Widths in pixels, for letters of the normal size; 0 takes what is left."""
        header = self.horizontalHeader()
        self._widths = tuple(widths)
        for column, width in enumerate(widths):
            if width:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
                self.setColumnWidth(column, round(width * THEME.sizes.mono / NORMAL.mono))
            else:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self._fit()
        super().changeEvent(event)

    def _fit(self) -> None:
        self.verticalHeader().setDefaultSectionSize(THEME.sizes.dense)
        self.columns(self._widths)
