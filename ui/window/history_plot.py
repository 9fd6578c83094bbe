"""A history as columns, drawn by QPainter: + and - look nearer and further, arrows move the cursor."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QKeyEvent, QPainter, QPaintEvent, QPen

from hht.british_time import local_day
from hht.dates import date_text
from hht.history.buckets import Grain, local_clock
from hht.history.rows import Row
from hht.i18n import _
from ui.window.device_model import nice_step
from ui.window.devices_model import HistoryView
from ui.window.picture import Picture
from ui.window.theme import THEME


class HistoryPlot(Picture):
    """See the module. `zoomed`: nearer (True) or further; `turned`: later (True) or earlier."""

    zoomed = Signal(bool)
    turned = Signal(bool)

    def __init__(self, view: HistoryView) -> None:
        super().__init__(_("History"))
        self._view = view

    def refresh(self, at: int | None = None) -> None:
        """Show what the view has now; `at`: where the cursor is (None: at the latest row that is known)."""
        rows = self._view.shown
        known = [place for place, row in enumerate(rows) if row.amount is not None]
        latest = known[-1] if known else len(rows) - 1
        self.cursor_at = latest if at is None else max(0, min(len(rows) - 1, at))
        self.setAccessibleDescription(self._view.summary())
        self.update()

    @property
    def places(self) -> int:
        """One for each row that is looked at."""
        return len(self._view.shown)

    def cursor_words(self) -> str:
        """The row under the cursor."""
        return self._view.words(self.cursor_at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoomed.emit(True)
        elif key == Qt.Key.Key_Minus:
            self.zoomed.emit(False)
        elif key == Qt.Key.Key_Left and self.cursor_at == 0:
            self.turned.emit(False)
        elif key == Qt.Key.Key_Right and self.cursor_at == self.places - 1:
            self.turned.emit(True)
        else:
            super().keyPressEvent(event)

    # Painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(THEME.font(THEME.sizes.small))
        area, rows = self._area(), self._view.shown
        most = max((row.amount or 0 for row in rows), default=0) / 1000
        step = nice_step(most, max(1, min(4, int(area.height() / (1.4 * painter.fontMetrics().height())))))
        top = max(step, step * -(-most // step)) if most > 0 else 1.0
        self._paint_grid(painter, area, step, top)
        if not rows:
            self._paint_nothing(painter, area, _("No history read yet."))
        self._paint_cursor(painter, area)
        self._paint_columns(painter, area, top)
        self._paint_cursor_mark(painter, area)
        self._paint_times(painter, area)
        self._paint_focus(painter)

    def _paint_grid(self, painter: QPainter, area: QRectF, step: float, top: float) -> None:
        unit = self._view.unit_words()
        if any(_vague(row) for row in self._view.shown):
            unit = _("{unit}; outlined: not all of it known").format(unit=unit)
        self._paint_head(painter, unit)
        digits = next(places for places in (0, 1, 2, 3) if places == 3 or round(step * 10**places, 6) % 1 == 0)
        for number in range(round(top / step) + 1):
            y = area.bottom() - number * step / top * area.height()
            self._paint_line(painter, area, y, f"{number * step:.{digits}f}")

    def _paint_columns(self, painter: QPainter, area: QRectF, top: float) -> None:
        rows = self._view.shown
        wide = area.width() / max(1, len(rows))
        gap = 2.0 if wide > 8 else (1.0 if wide > 3 else 0.0)
        accent, missing = THEME.colour("accent"), QBrush(THEME.colour("line"), Qt.BrushStyle.BDiagPattern)
        for place, row in enumerate(rows):
            left = area.left() + place * wide
            if row.amount is None:
                if not row.running:
                    painter.fillRect(QRectF(left, area.bottom() - 10, wide, 10), missing)
                continue
            high = row.amount / 1000 / top * area.height()
            vague = _vague(row)
            painter.setPen(QPen(accent, 1.5) if vague else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if vague else accent)
            painter.drawRect(QRectF(left + gap / 2, area.bottom() - high, max(wide - gap, 1.0), high))

    def _paint_times(self, painter: QPainter, area: QRectF) -> None:
        rows = self._view.shown
        if not rows:
            return
        painter.setPen(THEME.colour("ink_soft"))
        wide, last = area.width() / len(rows), -1000.0
        for place, row in enumerate(rows):
            x = area.left() + place * wide
            if x - last >= 84 and x + 60 < self.width():
                painter.drawLine(int(x), int(area.bottom()), int(x), int(area.bottom()) + 6)
                box = QRect(int(x), int(area.bottom()) + 8, 90, 24)
                painter.drawText(box, Qt.AlignmentFlag.AlignLeft, self._time(row))
                last = x

    def _time(self, row: Row) -> str:
        day = local_day(row.span.start_s)
        return {
            Grain.HALF_HOUR: local_clock(row.span.start_s)[:5],
            Grain.MONTH: date_text(day, "%b %y"),
            Grain.YEAR: f"{day:%Y}",
        }.get(self._view.grain, date_text(day, "%d %b"))


def _vague(row: Row) -> bool:
    """Whether its figure is not the whole of it, or in doubt."""
    return row.amount is not None and (row.doubtful or not (row.whole or row.running))
