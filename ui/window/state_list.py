"""A list of things that each have a state: a sign, a name, a line of what hangs together with it, and a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import QItemSelectionModel, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyledItemDelegate, QStyleOptionViewItem

from ui.window.row_list import ROW, Index, RowListModel
from ui.window.tables import paint_row, paint_words
from ui.window.theme import THEME

_ICON = 28
_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
_TOP, _BOTTOM, _MIDDLE = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom, Qt.AlignmentFlag.AlignVCenter


class StateRow(Protocol):
    """What can stand in such a list."""

    @property
    def title(self) -> str:
        """What it is."""

    @property
    def line(self) -> str:
        """What hangs together with it."""

    @property
    def word(self) -> str:
        """Its state."""

    @property
    def tone(self) -> tuple[str, str]:
        """(icon, colour) of its state."""

    @property
    def spoken(self) -> str:
        """All of it in words."""


R = TypeVar("R", bound=StateRow)


class _Delegate(QStyledItemDelegate):
    """Paints one."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(200, THEME.sizes.row + 6)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: StateRow = index.data(ROW)
        painter.save()
        box = paint_row(painter, option).adjusted(18, 7, -14, -7)
        icon, token = row.tone
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(box.left(), box.center().y() - _ICON // 2, THEME.pixmap(icon, token, _ICON, ratio))
        box.adjust(_ICON + 14, 0, 0, 0)
        painter.setPen(THEME.colour(token))
        painter.setFont(THEME.font(THEME.sizes.small, bold=True))
        wide = min(box.width() // 2, painter.fontMetrics().horizontalAdvance(row.word))
        word = QRect(box.right() - wide, box.top(), wide + 1, box.height())
        paint_words(painter, word, _RIGHT | _MIDDLE, row.word)
        box.adjust(0, 0, -wide - 14, 0)
        painter.setPen(THEME.colour("ink"))
        painter.setFont(THEME.font(bold=True))
        paint_words(painter, box, _LEFT | _TOP, row.title)
        painter.setPen(THEME.colour("ink_soft"))
        painter.setFont(THEME.font(THEME.sizes.small))
        paint_words(painter, box, _LEFT | _BOTTOM, row.line)
        painter.restore()


class StateList(QListView, Generic[R]):
    """`marked_changed`: another one is marked, or what is marked has changed."""

    marked_changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._items: RowListModel[R] = RowListModel(self)
        self.setAccessibleName(name)
        self.setModel(self._items)
        self.setItemDelegate(_Delegate(self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.setProperty("role", "rail")
        self.viewport().setAutoFillBackground(False)
        self.selectionModel().currentChanged.connect(lambda _now, _before: self.marked_changed.emit())

    @property
    def rows(self) -> Sequence[R]:
        """What stands there."""
        return self._items.rows

    @property
    def marked(self) -> R | None:
        """The marked one; None where there is none."""
        place = self.currentIndex().row()
        return self._items.rows[place] if 0 <= place < len(self._items.rows) else None

    def show_rows(self, rows: Sequence[R], mark: int | None = None) -> None:
        """Show these; `mark` that place (None: the place that was marked)."""
        if list(rows) == list(self._items.rows) and mark is None:
            return
        place = self.currentIndex().row() if mark is None else mark
        self.blockSignals(True)
        self._items.show_rows(rows)
        if rows:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().setCurrentIndex(self._items.index(max(0, min(place, len(rows) - 1))), flags)
        self.blockSignals(False)
        self.marked_changed.emit()

    def mark(self, place: int) -> None:
        """Mark the one at that place."""
        if 0 <= place < len(self._items.rows):
            self.setCurrentIndex(self._items.index(place))
