"""The rail: every step with its glyph, its word and its time, the current one marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from hht.i18n import _
from hht.work.view import StepState
from ui.window.safe_text import safe_text
from ui.window.theme import THEME
from ui.window.walkthrough_model import GLYPH, TONE, RailRow
from ui.window.wrapping import wrapped

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole + 1
BADGE = 60  # pixels on the left for the badge
BROAD = 330  # a rail at least this wide has titles of the body size
LINES = 2  # of a title
COMPACT = 38  # pixels of a row where two lines each would put steps out of sight: 10 mm, the least that can be pressed


class RailModel(QAbstractListModel):
    """The rows, as an item model."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[RailRow, ...] = ()
        self.titles: tuple[str, ...] = ()

    def show_rows(self, rows: Sequence[RailRow]) -> None:
        """Show these; the list is only rebuilt when steps come or go."""
        rows = tuple(rows)
        self.titles = tuple(safe_text(row.title) for row in rows)
        if [row.step_id for row in rows] != [row.step_id for row in self.rows]:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
            return
        for line, (old, new) in enumerate(zip(self.rows, rows, strict=True)):
            if old != new:
                self.rows = (*self.rows[:line], new, *self.rows[line + 1 :])
                self.dataChanged.emit(self.index(line), self.index(line))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return safe_text(row.title)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return safe_text(row.spoken)
        return None


@lru_cache(1024)
def _lines(title: str, room: int, size: int) -> tuple[str, ...]:
    metrics = QFontMetrics(THEME.font(size, bold=True))
    return tuple(wrapped(title, metrics.horizontalAdvance, room, LINES))


@lru_cache(64)  # the height of every row asks for that of all titles
def _beyond_one_line(titles: tuple[str, ...], room: int, size: int) -> int:
    """What titles of more than one line need more than a row has, pixels."""
    return sum(len(_lines(title, room, size)) - 1 for title in titles) * _line_height(size)


@lru_cache(16)
def _line_height(size: int) -> int:
    return QFontMetrics(THEME.font(size, bold=True)).height()


class RailDelegate(QStyledItemDelegate):
    """Paints one line."""

    def __init__(self, rail: Rail) -> None:
        super().__init__(rail)
        self._rail = rail

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, self._rail.row_height() + self.extra_height(safe_text(index.data(ROW).title)))

    def _measure(self) -> tuple[int, int]:
        """Pixels that a title has room for, and the size of its letters: as big as the rail's width allows."""
        wide = self._rail.viewport().width()
        return wide - BADGE - 14, THEME.sizes.body if wide >= BROAD else THEME.sizes.small

    def title_font(self, *, bold: bool) -> QFont:
        """The font of the titles."""
        return THEME.font(self._measure()[1], bold=bold)

    def title_lines(self, row: RailRow) -> list[str]:
        """The title as it is shown. Broken as if it were bold, so that no line moves when its turn comes."""
        return list(_lines(safe_text(row.title), *self._measure()))

    def extra_height(self, *titles: str) -> int:
        """What titles of more than one line need more than a row has."""
        return _beyond_one_line(titles, *self._measure())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: RailRow = index.data(ROW)
        box = QRect(option.rect).adjusted(4, 2, -4, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.shown:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(THEME.colour("accent_soft"))
            painter.drawRoundedRect(box, 8, 8)
            painter.setBrush(THEME.colour("accent"))
            inset = 4 if self._rail.compact else 8
            painter.drawRoundedRect(QRect(box.left(), box.top() + inset, 5, box.height() - 2 * inset), 2.5, 2.5)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if focused:
            painter.setPen(QPen(THEME.colour("focus" if THEME.name != "sun" else "ink"), 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 8, 8)
        if row.heading:
            self._paint_heading(painter, row, box.adjusted(12, 0, -8, 0))
            painter.restore()
            return
        compact = self._rail.compact
        size = 32 if compact else 34
        self._paint_badge(painter, row, QRectF(box.left() + 31 - size / 2, box.center().y() + 1 - size / 2, size, size))
        if compact:
            self._paint_line(painter, row, box.adjusted(BADGE - 4, 0, -8, 0))
        else:
            inset = max(0, (box.height() - self.extra_height(safe_text(row.title)) - 48) // 2)
            self._paint_words(painter, row, box.adjusted(BADGE, inset, -6, -inset))
        painter.restore()

    def _paint_heading(self, painter: QPainter, row: RailRow, box: QRect) -> None:
        """A section's title, on as many lines as its row is high, and how much of it is over."""
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self.title_font(bold=True))
        painter.setPen(THEME.colour(TONE.get(row.state, "ink")))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | middle, "\n".join(self.title_lines(row)))
        painter.setFont(THEME.font(THEME.sizes.small))
        painter.setPen(THEME.colour("ink_soft"))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle, row.detail)

    def _paint_badge(self, painter: QPainter, row: RailRow, circle: QRectF) -> None:
        glyph = GLYPH[row.state]
        token = TONE.get(row.state, "accent" if row.current else "ink_soft")
        filled = row.current or row.state is not StepState.WAITING
        painter.setPen(QPen(THEME.colour(token), 2.5))
        painter.setBrush(THEME.colour(token if filled else "surface"))
        painter.drawEllipse(circle)
        ink = "on_accent" if filled and token == "accent" else ("surface" if filled else "ink_soft")
        if glyph:
            ratio = painter.device().devicePixelRatioF()
            side = round(circle.width()) - 12
            painter.drawPixmap(circle.adjusted(6, 6, -6, -6).topLeft(), THEME.pixmap(glyph, ink, side, ratio))
            return
        painter.setPen(THEME.colour(ink))
        painter.setFont(THEME.font(THEME.sizes.small, bold=True))
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, str(row.number))

    def _paint_line(self, painter: QPainter, row: RailRow, box: QRect) -> None:
        """Title and state on one line; the state only where it has room: its sign stands before the title."""
        waiting = row.state is StepState.WAITING
        lines = self.title_lines(row)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self.title_font(bold=row.current))
        painter.setPen(THEME.colour("ink_soft" if waiting else "ink"))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | middle, "\n".join(lines))
        taken = max(painter.fontMetrics().horizontalAdvance(line) for line in lines)
        painter.setFont(THEME.font(THEME.sizes.small))
        if not waiting and taken + 12 + painter.fontMetrics().horizontalAdvance(row.short) <= box.width():
            painter.setPen(THEME.colour(TONE.get(row.state, "ink_soft")))
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle, row.short)

    def _paint_words(self, painter: QPainter, row: RailRow, box: QRect) -> None:
        waiting = row.state is StepState.WAITING
        painter.setFont(self.title_font(bold=row.current))
        painter.setPen(THEME.colour("ink_soft" if waiting else "ink"))
        top = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        painter.drawText(box, top, "\n".join(self.title_lines(row)))
        painter.setFont(THEME.font(THEME.sizes.small))
        painter.setPen(THEME.colour(TONE.get(row.state, "ink_soft")))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, row.detail)


class Rail(QListView):
    """The list of steps. Pressing one that has begun looks at it."""

    def __init__(self, look: Callable[[str], None]) -> None:
        super().__init__()
        self.setProperty("role", "rail")
        self.setAccessibleName(_("Steps of the visit"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self._model = RailModel(self)
        self._current = ""
        self._compact = False
        self.setModel(self._model)
        self.delegate = RailDelegate(self)
        self.setItemDelegate(self.delegate)
        self.clicked.connect(lambda index: look(index.data(ROW).step_id))
        self.activated.connect(lambda index: look(index.data(ROW).step_id))

    def row_height(self) -> int:
        """A row's height with a title of one line: as high as the room allows, so that the whole visit is in sight
        where it can be."""
        least = COMPACT if self.compact else self._least()
        return max(least, min(THEME.sizes.row + 6, self._room() // max(1, len(self._model.rows))))

    @property
    def compact(self) -> bool:
        """Whether the rows have one line each: where two would put steps out of sight. Never for gloves."""
        return self._compact

    def _least(self) -> int:
        return THEME.sizes.row - 11

    def _room(self) -> int:
        return self.viewport().height() - self.delegate.extra_height(*self._model.titles)

    def _fit(self) -> None:
        """Choose between rows of two lines and of one."""
        self._compact = False
        self._compact = not THEME.glove and len(self._model.rows) * self._least() > self._room()
        self.scheduleDelayedItemsLayout()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def show_rows(self, rows: Sequence[RailRow]) -> None:
        """Show these rows; the one on the card is scrolled into sight when it changes."""
        count = len(self._model.rows)
        self._model.show_rows(rows)
        if len(rows) != count:
            self._fit()
        shown = next((line for line, row in enumerate(rows) if row.shown), -1)
        if shown >= 0 and rows[shown].step_id != self._current:
            self._current = rows[shown].step_id
            index = self._model.index(shown)
            self.setCurrentIndex(index)
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
