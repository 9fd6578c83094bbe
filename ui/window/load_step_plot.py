"""A load step, drawn by QPainter: average power piece by piece, filled where the load ran."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPen

from hht.i18n import _
from ui.window.picture import Picture
from ui.window.safe_text import safe_text
from ui.window.theme import THEME

LINES = 4  # of the grid
SHOWN_W = 200.0  # at least, up the side


class LoadStepPlot(Picture):
    """The cursor goes from one piece to the next."""

    STRIDE = 5

    def __init__(self) -> None:
        super().__init__(_("The load step"))
        self._pieces: list[tuple[float, float, float, bool]] = []
        self._rated_w = 0.0

    @property
    def places(self) -> int:
        """One for each piece."""
        return len(self._pieces)

    def show_load(self, drawn: Mapping[str, Any] | None) -> None:
        """Show the picture of a step (`hht.work.load_watch.picture`), or nothing."""
        self.setVisible(drawn is not None)
        if drawn is None:
            return
        pieces = [(float(start), float(end), float(watts), bool(on)) for start, end, watts, on in drawn["pieces"]]
        if pieces == self._pieces and drawn["rated_w"] == self._rated_w:
            return
        self._pieces, self._rated_w = pieces, float(drawn["rated_w"])
        self.cursor_at = len(pieces) - 1
        self.setMinimumHeight(self.sizeHint().height())
        ran = [self._words(piece) for piece in pieces]
        self.setAccessibleDescription(safe_text("; ".join(ran), 2000))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 240)

    def cursor_words(self) -> str:
        """The piece under the cursor."""
        return self._words(self._pieces[self.cursor_at]) if 0 <= self.cursor_at < self.places else ""

    def _words(self, piece: tuple[float, float, float, bool]) -> str:
        start, end, watts, on = piece
        what = _("load in") if on else _("load out")
        words = _("{start:.0f} to {end:.0f} s, {what}: {watts:.0f} W")
        return words.format(start=start, end=end, what=what, watts=watts)

    # Painting --------------------------------------------------------------------------------------------------

    def cursor_box(self, area: QRectF) -> QRectF | None:
        """The piece that is looked at: as wide as it lasted."""
        if not 0 <= self.cursor_at < self.places:
            return None
        start, end, *_rest = self._pieces[self.cursor_at]
        left, right = self._x(area, start), self._x(area, end)
        return QRectF(left, area.top(), max(right - left, 3.0), area.height())

    def _x(self, area: QRectF, seconds: float) -> float:
        return area.left() + seconds / max(self._pieces[-1][1], 1.0) * area.width()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(THEME.font(THEME.sizes.small))
        area = self._area()
        self._paint_head(painter, _("W, by the meter"))
        if not self._pieces:
            self._paint_nothing(painter, area, _("Nothing counted yet"))
            return
        most = max(SHOWN_W, *(watts for _start, _end, watts, _on in self._pieces)) * 1.05
        for line in range(LINES + 1):
            y = area.bottom() - line / LINES * area.height()
            self._paint_line(painter, area, y, f"{most * line / LINES:.0f}")
        self._paint_cursor(painter, area)
        for piece in self._pieces:
            self._paint_piece(painter, area, piece, most)
        painter.setPen(THEME.colour("ink_soft"))
        words = _("filled: the load of {watts:.0f} W is in; hatched: it is out").format(watts=self._rated_w)
        below = QRectF(area.left(), area.bottom() + 6, area.width(), 24)
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(below.width()))
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, shown)
        self._paint_cursor_mark(painter, area)
        self._paint_focus(painter)

    def _paint_piece(
        self, painter: QPainter, area: QRectF, piece: tuple[float, float, float, bool], most: float
    ) -> None:
        start, end, watts, on = piece
        high = max(0.0, watts) / most * area.height()
        left, right = self._x(area, start), self._x(area, end)
        box = QRectF(QPointF(left, area.bottom() - high), QPointF(right, area.bottom()))
        style = Qt.BrushStyle.SolidPattern if on else Qt.BrushStyle.BDiagPattern
        painter.setPen(QPen(THEME.colour("ink"), 1))
        painter.setBrush(QBrush(THEME.colour("accent" if on else "ink_soft"), style))
        painter.drawRect(box)
