"""The energy on each channel of 2.4 GHz as bars: mean full, peak outlined; hubs stand on their channels."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from hht.client.radio.survey import BUSY, QUIET
from hht.i18n import _
from ui.window.han_model import FULL, ChannelBar, survey_words
from ui.window.picture import Picture
from ui.window.theme import THEME

HUB = 26  # pixels of a hub's sign


class EnergyPlot(Picture):
    """Shows channels; `picked` says which one the cursor came to."""

    STRIDE = 4

    def __init__(self) -> None:
        super().__init__(_("Energy per channel"))
        self._bars: Sequence[ChannelBar] = ()
        self._moved = False
        self.setMinimumHeight(130)
        self.setAccessibleDescription(survey_words(()))

    def show_bars(self, bars: Sequence[ChannelBar]) -> None:
        """Show these; the cursor stays where a person put it, else it is on the chosen hub's channel."""
        self._bars = bars
        if not self._moved or not 0 <= self.cursor_at < len(bars):
            self.cursor_at = next((at for at, bar in enumerate(bars) if bar.own), 0 if bars else -1)
        self.setAccessibleDescription(survey_words(bars))
        self.update()

    @property
    def places(self) -> int:
        """One for each channel."""
        return len(self._bars)

    def cursor_words(self) -> str:
        """The channel under the cursor, in words."""
        return self._bars[self.cursor_at].words if 0 <= self.cursor_at < len(self._bars) else ""

    def _move(self, place: int) -> None:
        self._moved = self._moved or bool(self._bars)
        super()._move(place)

    # Painting --------------------------------------------------------------------------------------------------

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(56, 46 + HUB, -10, -36)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(THEME.font(THEME.sizes.small))
        area = self._area()
        self._paint_head(painter, "" if self._bars else _("Energy per channel"))
        self._paint_cursor(painter, area)
        for level, words in ((0, "0"), (QUIET, str(QUIET)), (BUSY, str(BUSY)), (FULL, str(FULL))):
            self._paint_line(painter, area, area.bottom() - level / FULL * area.height(), words)
        if not self._bars:
            self._paint_nothing(painter, area, _("Press “Look around”: it takes some seconds and joins nothing."))
        self._paint_bars(painter, area)
        self._paint_levels(painter, area)
        self._paint_cursor_mark(painter, area)
        self._paint_names(painter, area)
        self._paint_focus(painter)

    def _paint_bars(self, painter: QPainter, area: QRectF) -> None:
        wide = area.width() / max(1, len(self._bars))
        accent = THEME.colour("accent")
        for place, bar in enumerate(self._bars):
            left = area.left() + place * wide + wide * 0.16
            for value, fill in ((bar.peak, Qt.BrushStyle.NoBrush), (bar.average, Qt.BrushStyle.SolidPattern)):
                high = value / FULL * area.height()
                painter.setPen(QPen(accent, 1.5))
                painter.setBrush(accent if fill is Qt.BrushStyle.SolidPattern else Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(left, area.bottom() - high, wide * 0.68, high))

    def _paint_levels(self, painter: QPainter, area: QRectF) -> None:
        """What the levels mean, at the left edge, where no bar is as high as they are."""
        if not self._bars:
            return
        pen = QPen(THEME.colour("ink_soft"), 1.5, Qt.PenStyle.DashLine)
        for level in (QUIET, BUSY):
            y = area.bottom() - level / FULL * area.height()
            painter.setPen(pen)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        """Numbers beneath; above, a hub's sign where hubs are: framed where it is the chosen one."""
        if not self._bars:
            return
        wide = area.width() / len(self._bars)
        ratio = self.devicePixelRatioF()
        for place, bar in enumerate(self._bars):
            left = area.left() + place * wide
            painter.setPen(THEME.colour("ink" if bar.own else "ink_soft"))
            painter.setFont(THEME.font(THEME.sizes.small, bold=bar.own))
            painter.drawText(QRectF(left, area.bottom() + 6, wide, 26), Qt.AlignmentFlag.AlignHCenter, str(bar.channel))
            if bar.hubs:
                at = QPointF(left + wide / 2 - HUB / 2, area.top() - HUB - 14)
                painter.drawPixmap(at, THEME.pixmap("hub", "accent" if bar.own else "ink_soft", HUB, ratio))
            if bar.own:
                painter.setPen(QPen(THEME.colour("accent"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(left + wide / 2 - 17, area.top() - HUB - 18, 34, 34), 6, 6)
