"""The load profile as bars, drawn by QPainter: axes with units, a cursor that keys and touch move."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPen

from hht.dates import date_text
from hht.i18n import _
from ui.window.device_model import Bar, bar_words, nice_step, summary_words
from ui.window.picture import Picture
from ui.window.theme import THEME


class ProfilePlot(Picture):
    """Shows bars; `picked` says which bar's place the cursor came to."""

    def __init__(self) -> None:
        super().__init__(_("Load profile"))
        self._bars: Sequence[Bar] = ()
        self._daily = True
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

    @property
    def places(self) -> int:
        """One for each bar."""
        return len(self._bars)

    def _move(self, place: int) -> None:
        self._moved = self._moved or bool(self._bars)
        super()._move(place)

    # Painting --------------------------------------------------------------------------------------------------

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
            words = _("Nothing read yet. Choose how far back, and press “Read profile”.")
            self._paint_nothing(painter, area, words)
        self._paint_cursor(painter, area)
        self._paint_bars(painter, area, top)
        self._paint_cursor_mark(painter, area)
        self._paint_times(painter, area)
        self._paint_focus(painter)

    def _paint_grid(self, painter: QPainter, area: QRectF, step: float, top: float) -> None:
        unit = _("kWh per day, UTC") if self._daily else _("kWh per half-hour, UTC")
        if any(bar.doubtful for bar in self._bars):
            unit = _("{unit}; outlined: clock in doubt").format(unit=unit)
        if any(bar.unproved for bar in self._bars):
            unit = _("{unit}; hatched: not proved yet").format(unit=unit)
        self._paint_head(painter, unit)
        digits = 0 if step >= 1 else (1 if step >= 0.1 else 2)
        value = 0.0
        while value <= top + step / 100:
            y = area.bottom() - value / top * area.height()
            self._paint_line(painter, area, y, f"{value:.{digits}f}")
            value += step

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
                painter.drawText(box, Qt.AlignmentFlag.AlignLeft, date_text(self._bars[place].start, form))
                last = x
