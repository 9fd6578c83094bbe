"""The load profile as bars, drawn by QPainter: axes with units, a cursor that keys and touch move."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from hht.i18n import _
from ui.window.device_model import Bar, bar_words, nice_step, summary_words
from ui.window.theme import THEME

MARK = 2.0  # pixels: the frame around the column that is looked at


class ProfilePlot(QWidget):
    """Shows bars; `picked` says which bar's place the cursor came to."""

    picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(110)
        self.setObjectName("plot")
        self.setAccessibleName(_("Load profile"))
        self._bars: Sequence[Bar] = ()
        self._daily = True
        self.cursor_at = -1
        self._moved = False  # by the person; until then the cursor follows what comes in

    def show_bars(self, bars: Sequence[Bar], *, daily: bool) -> None:
        """Show these; the cursor stays where it was put, or is at the last bar that is known."""
        if daily != self._daily or not bars:
            self._moved = False
        self._bars, self._daily = bars, daily
        if not self._moved or not 0 <= self.cursor_at < len(bars):
            known = [place for place, bar in enumerate(bars) if bar.energy_kwh is not None]
            self.cursor_at = known[-1] if known else len(bars) - 1
        self.setAccessibleDescription(summary_words(bars, daily=daily))
        self.update()

    def cursor_words(self) -> str:
        """The bar under the cursor, in words."""
        if not 0 <= self.cursor_at < len(self._bars):
            return ""
        return bar_words(self._bars[self.cursor_at], daily=self._daily)

    # Input -----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -7, Qt.Key.Key_PageDown: 7,
            Qt.Key.Key_Home: -len(self._bars), Qt.Key.Key_End: len(self._bars),
        }  # fmt: skip
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._move(self.cursor_at + step)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        area = self._area()
        if self._bars and area.width() > 0:
            self._move(int((event.position().x() - area.left()) / area.width() * len(self._bars)))

    def _move(self, place: int) -> None:
        if self._bars:
            self._moved = True
            self.cursor_at = max(0, min(len(self._bars) - 1, place))
            self.update()
            self.picked.emit(self.cursor_at)

    # Painting --------------------------------------------------------------------------------------------------

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(68, 44, -10, -36)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(THEME.font(THEME.sizes.small))
        area = self._area()
        most = max((bar.energy_kwh or 0.0 for bar in self._bars), default=0.0)
        step = nice_step(most)
        top = max(step, step * -(-most // step)) if most > 0 else 1.0
        self._paint_grid(painter, area, step, top)
        if not self._bars:
            painter.setPen(THEME.colour("ink_soft"))
            words = _("Nothing read yet. Choose how far back, and press “Read profile”.")
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
        self._paint_cursor(painter, area)
        self._paint_bars(painter, area, top)
        self._paint_cursor_mark(painter, area)
        self._paint_times(painter, area)
        if self.hasFocus():
            painter.setPen(QPen(THEME.colour("ink" if THEME.name == "sun" else "focus"), 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), 8, 8)

    def _paint_grid(self, painter: QPainter, area: QRectF, step: float, top: float) -> None:
        unit = _("kWh per day, UTC") if self._daily else _("kWh per half-hour, UTC")
        if any(bar.doubtful for bar in self._bars):
            unit = _("{unit}; outlined: clock in doubt").format(unit=unit)
        if any(bar.unproved for bar in self._bars):
            unit = _("{unit}; hatched: not proved yet").format(unit=unit)
        painter.setPen(THEME.colour("ink_soft"))
        painter.drawText(QRectF(10, 4, self.width() - 20, 26), Qt.AlignmentFlag.AlignLeft, unit)
        painter.setPen(THEME.colour("ink"))
        painter.drawText(QRectF(10, 4, self.width() - 22, 26), Qt.AlignmentFlag.AlignRight, self.cursor_words())
        digits = 0 if step >= 1 else (1 if step >= 0.1 else 2)
        value = 0.0
        while value <= top + step / 100:
            y = area.bottom() - value / top * area.height()
            painter.setPen(QPen(THEME.colour("line"), 1))
            painter.drawLine(int(area.left()), int(y), int(area.right()), int(y))
            painter.setPen(THEME.colour("ink_soft"))
            box = QRectF(0, y - 12, area.left() - 10, 24)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, right, f"{value:.{digits}f}")
            value += step

    def cursor_box(self, area: QRectF) -> QRectF | None:
        """The column of the bar that is looked at; None while there is none."""
        if not 0 <= self.cursor_at < len(self._bars):
            return None
        wide = area.width() / len(self._bars)
        return QRectF(area.left() + self.cursor_at * wide, area.top(), max(wide, 3.0), area.height())

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

    def _paint_bars(self, painter: QPainter, area: QRectF, top: float) -> None:
        """Those that look alike in one go: there may be four hundred."""
        wide = area.width() / max(1, len(self._bars))
        gap = 2.0 if wide > 8 else (1.0 if wide > 3 else 0.0)
        alike: dict[tuple[bool, bool], list[QRectF]] = {}
        for place, bar in enumerate(self._bars):
            if bar.energy_kwh is not None:
                left, high = area.left() + place * wide, bar.energy_kwh / top * area.height()
                box = QRectF(left + gap / 2, area.bottom() - high, max(wide - gap, 1.0), high)
                alike.setdefault((bar.doubtful, bar.unproved), []).append(box)
        accent = THEME.colour("accent")
        for (doubtful, unproved), boxes in alike.items():
            painter.setPen(QPen(accent, 1.5) if doubtful or unproved else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if doubtful else accent)
            if unproved:
                painter.setBrush(QBrush(accent, Qt.BrushStyle.BDiagPattern))
            painter.drawRects(boxes)

    def _paint_times(self, painter: QPainter, area: QRectF) -> None:
        if not self._bars:
            return
        painter.setPen(THEME.colour("ink_soft"))
        wide = area.width() / len(self._bars)
        form = "%d %b" if self._daily else "%H:%M"
        every = max(1, round(96 / wide)) if self._daily else max(4, -(-round(70 / wide) // 4) * 4)
        last = -1000.0
        for place in range(0, len(self._bars), every):
            x = area.left() + place * wide
            box = QRect(int(x), int(area.bottom()) + 8, 90, 24)
            if x - last >= 70 and box.left() + 60 < self.width():
                painter.drawLine(int(x), int(area.bottom()), int(x), int(area.bottom()) + 6)
                painter.drawText(box, Qt.AlignmentFlag.AlignLeft, self._bars[place].start.strftime(form))
                last = x
