"""What pictures of figures have in common: an area with axes, a cursor that keys and touch move, the ring of focus."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.window.theme import THEME

MARK = 2.0  # pixels: the frame around the column that is looked at


class Picture(QWidget):
    """`places` columns side by side; `picked` says to which of them a person has moved the cursor. `STRIDE`: how far
    Page Up and Page Down go."""

    picked = Signal(int)
    STRIDE = 7

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(110)
        self.setObjectName("plot")
        self.setAccessibleName(name)
        self.cursor_at = -1

    @property
    def places(self) -> int:
        """How many columns there are."""
        raise NotImplementedError

    def cursor_words(self) -> str:
        """What is under the cursor, in words."""
        raise NotImplementedError

    # Input -----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -self.STRIDE,
            Qt.Key.Key_PageDown: self.STRIDE, Qt.Key.Key_Home: -self.places, Qt.Key.Key_End: self.places,
        }  # fmt: skip
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._move(self.cursor_at + step)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        area = self._area()
        if self.places and area.width() > 0:
            self._move(int((event.position().x() - area.left()) / area.width() * self.places))

    def look_at(self, place: int) -> None:
        """A person looks at that column, wherever he has pointed at it."""
        if place != self.cursor_at:
            self._move(place)

    def _move(self, place: int) -> None:
        """A person moves the cursor."""
        if self.places:
            self.cursor_at = max(0, min(self.places - 1, place))
            self.update()
            self.picked.emit(self.cursor_at)

    # Painting --------------------------------------------------------------------------------------------------

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(68, 44, -10, -36)

    def cursor_box(self, area: QRectF) -> QRectF | None:
        """The column that is looked at; None while there is none."""
        if not 0 <= self.cursor_at < self.places:
            return None
        wide = area.width() / self.places
        return QRectF(area.left() + self.cursor_at * wide, area.top(), max(wide, 3.0), area.height())

    def _paint_head(self, painter: QPainter, unit: str) -> None:
        """What is shown, and what is under the cursor; where both do not fit, the latter."""
        words, box = self.cursor_words(), QRectF(10, 4, self.width() - 22, 26)
        metrics = painter.fontMetrics()
        left = box.width() - metrics.horizontalAdvance(words) - 24
        painter.setPen(THEME.colour("ink_soft"))
        shown = metrics.elidedText(unit, Qt.TextElideMode.ElideRight, int(max(0.0, left)))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, shown)
        painter.setPen(THEME.colour("ink"))
        painter.drawText(
            box, Qt.AlignmentFlag.AlignRight, metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(box.width()))
        )

    def _paint_line(self, painter: QPainter, area: QRectF, y: float, label: str) -> None:
        """A line of the grid, with its figure."""
        painter.setPen(QPen(THEME.colour("line"), 1))
        painter.drawLine(int(area.left()), int(y), int(area.right()), int(y))
        painter.setPen(THEME.colour("ink_soft"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, y - 12, area.left() - 10, 24), right, label)

    def _paint_cursor(self, painter: QPainter, area: QRectF) -> None:
        box = self.cursor_box(area)
        if box is not None:
            painter.fillRect(box, THEME.colour("accent_soft"))

    def _paint_cursor_mark(self, painter: QPainter, area: QRectF) -> None:
        """A frame and an arrow in ink: the pale column alone is hard to see by daylight."""
        box = self.cursor_box(area)
        if box is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # no half pixels: full ink
        painter.setPen(QPen(THEME.colour("ink"), MARK))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.toAlignedRect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.colour("ink"))
        middle, tip = box.center().x(), area.top() - 2
        painter.drawPolygon([QPointF(middle - 8, tip - 10), QPointF(middle + 8, tip - 10), QPointF(middle, tip)])

    def _paint_focus(self, painter: QPainter) -> None:
        if self.hasFocus():
            painter.setPen(QPen(THEME.colour("ink" if THEME.name == "sun" else "focus"), 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), 8, 8)

    def _paint_nothing(self, painter: QPainter, area: QRectF, words: str) -> None:
        painter.setPen(THEME.colour("ink_soft"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
