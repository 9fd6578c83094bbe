"""Places of a survey against what is heard there, drawn by QPainter: both bands' margins as bars, what was measured
above the name, and what a person said of the place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPen

from hht.i18n import _
from hht.work.survey_told import PlaceTold, survey_told
from ui.window.picture import Picture
from ui.window.safe_text import safe_text
from ui.window.theme import THEME

LOWEST, HIGHEST, STEP = -30, 60, 15  # dB; what lies beyond is drawn to the edge
NAMES = 52  # pixels below the axis


class SurveyPlot(Picture):
    """The cursor goes from place to place."""

    STRIDE = 2

    def __init__(self) -> None:
        super().__init__(_("Places by radio"))
        self._places: Sequence[PlaceTold] = ()

    @property
    def places(self) -> int:
        """One for each proposed place."""
        return len(self._places)

    def show_survey(self, drawn: Mapping[str, Any] | None) -> None:
        """Show the picture of a step, or nothing."""
        self.setVisible(drawn is not None)
        found = survey_told(drawn) if drawn is not None else ()
        if not found or found == self._places:
            return
        self._places = found
        worst = min(range(len(found)), key=lambda at: found[at].margins.get("2400", 0.0))
        self.cursor_at = worst
        self.setMinimumHeight(self.sizeHint().height())
        self.setAccessibleDescription(safe_text("; ".join(one.words for one in found), 2000))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 294)

    def cursor_words(self) -> str:
        """The place under the cursor with its margins; the rest stands beneath the bars and among the facts."""
        if not 0 <= self.cursor_at < self.places:
            return ""
        place = self._places[self.cursor_at]
        return safe_text(f"{place.name}: {place.reach}", 300)

    # Painting --------------------------------------------------------------------------------------------------

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(68, 44, -10, -NAMES - 54)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(THEME.font(THEME.sizes.small))
        area = self._area()
        self._paint_head(painter, _("dB"))
        for level in range(LOWEST, HIGHEST + 1, STEP):
            self._paint_line(painter, area, self._y(area, level), f"{level:+d}" if level else "0")
        self._paint_cursor(painter, area)
        for at, place in enumerate(self._places):
            self._paint_place(painter, area, at, place)
        painter.setPen(QPen(THEME.colour("ink"), 2))
        zero = self._y(area, 0)
        painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero))
        painter.setPen(THEME.colour("ink_soft"))
        words = _("over the least that is heard; filled: 2.4 GHz, hatched: 868 MHz; LQI as measured")
        below = QRectF(10, self.height() - 52, self.width() - 20, 50)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap, words)
        self._paint_cursor_mark(painter, area)
        self._paint_focus(painter)

    @staticmethod
    def _y(area: QRectF, level: float) -> float:
        kept = max(LOWEST, min(HIGHEST, level))
        return area.bottom() - (kept - LOWEST) / (HIGHEST - LOWEST) * area.height()

    def _paint_place(self, painter: QPainter, area: QRectF, at: int, place: PlaceTold) -> None:
        wide = area.width() / self.places
        left, zero = area.left() + at * wide, self._y(area, 0)
        bars = (("2400", Qt.BrushStyle.SolidPattern), ("868", Qt.BrushStyle.BDiagPattern))
        for number, (band, style) in enumerate(bars):
            if band not in place.margins:
                continue
            y = self._y(area, place.margins[band])
            box = QRectF(left + wide * (0.16 + 0.36 * number), min(y, zero), wide * 0.32, max(2.0, abs(y - zero)))
            painter.setPen(QPen(THEME.colour("ink"), 1))
            colour = "accent" if style is Qt.BrushStyle.SolidPattern else "ink_soft"
            painter.setBrush(QBrush(THEME.colour(colour), style))
            painter.drawRect(box)
        painter.setPen(THEME.colour("ink"))
        lines = (place.name, place.measured)
        for row, words in enumerate(lines):
            box = QRectF(left, area.bottom() + 4 + row * 24, wide, 24)
            shown = painter.fontMetrics().elidedText(safe_text(words), Qt.TextElideMode.ElideRight, int(wide) - 4)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, shown)
