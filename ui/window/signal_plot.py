"""A signal over time as lines: one for each network or device, told apart by its number, its dashes and its marks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from hht.i18n import _
from ui.window.han_model import Signal, signal_words, signals_words
from ui.window.picture import Picture
from ui.window.theme import THEME

_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
_COLUMN = 22.0  # pixels: the widest frame around a look
_LABEL = 18.0  # pixels that two labels need between them
_END = 30  # pixels for the numbers at the ends of the lines


class SignalPlot(Picture):
    """`unit`: what is shown ("LQI", "dBm"); `low` to `high` its range; `levels`: lines with a meaning."""

    def __init__(self, name: str, unit: str, low: int, high: int, levels: Sequence[int]) -> None:
        super().__init__(name)
        self._unit, self._low, self._high, self._levels = unit, low, high, tuple(levels)
        self._signals: Sequence[Signal] = ()
        self._times: Sequence[datetime] = ()
        self._moved = False
        self.setMinimumHeight(130)
        self.setAccessibleDescription(signals_words((), unit))

    def show_signals(self, signals: Sequence[Signal], times: Sequence[datetime]) -> None:
        """Show these lines; the cursor follows what comes until a person moves it."""
        self._signals, self._times = signals, times
        if not self._moved or not 0 <= self.cursor_at < len(times):
            self.cursor_at = len(times) - 1
        self.setAccessibleDescription(signals_words(signals, self._unit))
        self.update()

    @property
    def places(self) -> int:
        """One for each look."""
        return len(self._times)

    def cursor_words(self) -> str:
        """What was heard at the look under the cursor."""
        if not 0 <= self.cursor_at < len(self._times):
            return ""
        return signal_words(self._signals, self.cursor_at, self._times[self.cursor_at])

    def _move(self, place: int) -> None:
        self._moved = self._moved or bool(self._times)
        super()._move(place)

    # Painting --------------------------------------------------------------------------------------------------

    def cursor_box(self, area: QRectF) -> QRectF | None:
        """Around the values of the look that is looked at."""
        box = super().cursor_box(area)
        if box is None or box.width() <= _COLUMN:
            return box
        return QRectF(box.center().x() - _COLUMN / 2, box.top(), _COLUMN, box.height())

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(62, 46, -10 - _END, -36)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(THEME.font(THEME.sizes.small))
        area = self._area()
        self._paint_head(painter, self._unit)
        self._paint_cursor(painter, area)
        labelled: list[float] = []
        for level in (self._low, self._high, *self._levels):
            y = self._y(area, level)
            free = all(abs(y - other) >= _LABEL for other in labelled)
            self._paint_line(painter, area, y, str(level) if free else "")
            labelled += [y] if free else []
        if not self._times:
            self._paint_nothing(painter, area, _("Nothing heard yet."))
        for signal in self._signals:
            self._paint_signal(painter, area, signal)
        self._paint_ends(painter, area)
        self._paint_cursor_mark(painter, area)
        self._paint_times(painter, area)
        self._paint_focus(painter)

    def _y(self, area: QRectF, value: int) -> float:
        share = (max(self._low, min(self._high, value)) - self._low) / (self._high - self._low)
        return area.bottom() - share * area.height()

    def _point(self, area: QRectF, place: int, value: int) -> QPointF:
        return QPointF(area.left() + (place + 0.5) * area.width() / len(self._times), self._y(area, value))

    def _paint_signal(self, painter: QPainter, area: QRectF, signal: Signal) -> None:
        """The line breaks where nothing was heard; a mark at each value, while there is room; its number at the end."""
        colour = THEME.colour("accent" if signal.own else "ink")
        dashes = _DASHES[(signal.number - 1) % len(_DASHES)]
        pen = QPen(colour, 4 if signal.own else 2.5, dashes)
        marks = area.width() / len(self._times) > 10
        before: QPointF | None = None
        for place, value in enumerate(signal.values):
            here = None if value is None else self._point(area, place, value)
            if here is not None:
                painter.setPen(pen)
                if before is not None:
                    painter.drawLine(before, here)
                if marks or before is None:
                    painter.setPen(QPen(colour, 2))
                    painter.setBrush(colour if signal.own else THEME.colour("surface"))
                    painter.drawEllipse(here, 4.5, 4.5)
            before = here

    def _paint_ends(self, painter: QPainter, area: QRectF) -> None:
        """The number of each line at its end; those that end in one place stand side by side."""
        ends: list[tuple[QPointF, list[Signal]]] = []
        for signal in self._signals:
            last = signal.last
            value = None if last is None else signal.values[last]
            if last is None or value is None:
                continue
            here = self._point(area, last, value)
            near = next(
                (one for end, one in ends if abs(end.x() - here.x()) < 1 and abs(end.y() - here.y()) < _LABEL), None
            )
            if near is None:
                ends.append((here, [signal]))
            else:
                near.append(signal)
        painter.setFont(THEME.font(THEME.sizes.small, bold=True))
        middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for end, signals in ends:
            painter.setPen(THEME.colour("accent" if any(one.own for one in signals) else "ink"))
            numbers = ", ".join(str(one.number) for one in signals)
            painter.drawText(QRectF(end.x() + 14, end.y() - 13, self.width() - end.x() - 14, 26), middle, numbers)

    def _paint_times(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(THEME.colour("ink_soft"))
        painter.setFont(THEME.font(THEME.sizes.small))
        last = -1000.0
        for place, when in enumerate(self._times):
            x = area.left() + (place + 0.5) * area.width() / len(self._times)
            if x - last >= 92 and x + 46 < self.width():
                painter.drawText(
                    QRectF(x - 46, area.bottom() + 6, 92, 26), Qt.AlignmentFlag.AlignHCenter, f"{when:%H:%M:%S}"
                )
                last = x
