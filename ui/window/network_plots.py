"""The network operator's pictures, drawn by QPainter: each day's highest half-hour with the registers marked, and the
voltage over days between its thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF

from hht.clock import utc_text
from hht.dates import date_text
from hht.i18n import _
from hht.work.network_view import demand_words, threshold_words
from ui.window.device_model import nice_step
from ui.window.picture import Picture
from ui.window.safe_text import safe_text
from ui.window.theme import THEME

LINES = 4  # of the grid
PENS = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)  # of the phases
NOMINAL_V = 230.0
MARGIN_V = 4.0  # above and below what is drawn


class DemandPlot(Picture):
    """The cursor goes from day to day; a register stands over the day of its half-hour."""

    def __init__(self) -> None:
        super().__init__(_("Highest half-hour of each day"))
        self._days: list[tuple[str, int]] = []
        self._marks: list[tuple[str, int, str]] = []

    @property
    def places(self) -> int:
        """One for each day."""
        return len(self._days)

    def show_demand(self, drawn: Mapping[str, Any] | None) -> None:
        """Show the picture of a step (`hht.work.network_told.demand_picture`), or nothing."""
        self.setVisible(drawn is not None and bool(drawn["days"]))
        if drawn is None:
            return
        days = [(str(day), int(watts)) for day, watts in drawn["days"]]
        marks = [(str(name), int(watts), str(day)) for name, watts, day in drawn["marks"]]
        if (days, marks) == (self._days, self._marks):
            return
        self._days, self._marks = days, marks
        self.cursor_at = max(range(len(days)), key=lambda at: days[at][1], default=-1)
        self.setMinimumHeight(self.sizeHint().height())
        said = [self._words(at) for at in range(len(days))]
        self.setAccessibleDescription(safe_text("; ".join(said), 2000))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 220)

    def cursor_words(self) -> str:
        """The day under the cursor."""
        return self._words(self.cursor_at) if 0 <= self.cursor_at < self.places else ""

    def _words(self, at: int) -> str:
        day, watts = self._days[at]
        words = _("{day}: {watts:,} W").format(day=day, watts=watts)
        marks = [demand_words(name) for name, _watts, mark_day in self._marks if mark_day == day]
        return f"{words} ({'; '.join(marks)})" if marks else words

    # Painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(THEME.font(THEME.sizes.small))
        area = self._area()
        self._paint_head(painter, _("W, highest half-hour of the day (UTC)"))
        if not self._days:
            return
        highest = max([watts for _day, watts in self._days] + [watts for _name, watts, _day in self._marks])
        step = nice_step(highest, LINES)
        top = max(highest * 1.15, 1.0)
        for line in range(int(top // step) + 1):
            self._paint_line(painter, area, area.bottom() - line * step / top * area.height(), f"{line * step:,.0f}")
        self._paint_cursor(painter, area)
        wide = area.width() / self.places
        for at, (day, watts) in enumerate(self._days):
            left, high = area.left() + at * wide, watts / top * area.height()
            painter.setPen(QPen(THEME.colour("ink"), 1))
            painter.setBrush(THEME.colour("accent"))
            painter.drawRect(QRectF(left + wide * 0.15, area.bottom() - high, wide * 0.7, high))
            self._paint_marks(painter, area, (left + wide / 2, top), day)
            self._paint_day(painter, area, at, day)
        self._paint_cursor_mark(painter, area)
        self._paint_focus(painter)

    def _paint_marks(self, painter: QPainter, area: QRectF, where: tuple[float, float], day: str) -> None:
        """A register: a triangle that stands on its value; the windowed one is hollow."""
        x, top = where
        for name, watts, mark_day in self._marks:
            if mark_day != day:
                continue
            y = area.bottom() - watts / top * area.height()
            shape = QPolygonF([QPointF(x - 9, y - 14), QPointF(x + 9, y - 14), QPointF(x, y)])
            painter.setPen(QPen(THEME.colour("ink"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush if name != "import" else THEME.colour("ink"))
            painter.drawPolygon(shape)

    def _paint_day(self, painter: QPainter, area: QRectF, at: int, day: str) -> None:
        every = max(1, -(-round(70 * self.places) // max(1, int(area.width()))))
        if at % every:
            return
        wide = area.width() / self.places
        painter.setPen(THEME.colour("ink_soft"))
        words = date_text(datetime.fromisoformat(day), "%d %b")
        box = QRectF(area.left() + at * wide - 20, area.bottom() + 6, wide + 40, 24)
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, words)


class VoltagePlot(Picture):
    """The cursor goes from one average to the next; thresholds are dashed lines with their names."""

    STRIDE = 48

    def __init__(self) -> None:
        super().__init__(_("Voltage over days"))
        self._from: datetime | None = None
        self._phases: Sequence[Sequence[tuple[float, float]]] = ()
        self._limits: Sequence[tuple[str, float]] = ()

    @property
    def places(self) -> int:
        """One for each average of the first phase."""
        return len(self._phases[0]) if self._phases else 0

    def show_voltage(self, drawn: Mapping[str, Any] | None) -> None:
        """Show the picture of a step (`hht.work.network_told.voltage_picture`), or nothing."""
        self.setVisible(drawn is not None and bool(drawn["from"]))
        if drawn is None or not drawn["from"]:
            return
        began = datetime.fromisoformat(str(drawn["from"]))
        phases = [[(float(at), float(volts)) for at, volts in phase] for phase in drawn["phases"]]
        if (began, phases) == (self._from, self._phases):
            return
        self._from, self._phases = began, phases
        self._limits = [(str(name), float(volts)) for name, volts in drawn["limits"]]
        first = phases[0]
        far = [abs(volts - NOMINAL_V) if volts else 0.0 for _at, volts in first]
        self.cursor_at = far.index(max(far)) if far else -1
        self.setMinimumHeight(self.sizeHint().height())
        self.setAccessibleDescription(safe_text(self._summary(), 2000))
        self.update()

    def _summary(self) -> str:
        live = [volts for phase in self._phases for _at, volts in phase if volts]
        words = _("{low} to {high} V").format(low=min(live, default=0), high=max(live, default=0))
        limits = [f"{threshold_words(name)} {volts:g} V" for name, volts in self._limits]
        return "; ".join([words, *limits])

    def sizeHint(self) -> QSize:
        return QSize(420, 260)

    def cursor_words(self) -> str:
        """The average under the cursor, of each phase."""
        if self._from is None or not 0 <= self.cursor_at < self.places:
            return ""
        at = self._from + timedelta(minutes=self._phases[0][self.cursor_at][0])
        volts = [phase[self.cursor_at][1] for phase in self._phases if self.cursor_at < len(phase)]
        said = " · ".join(f"{one:.1f} V" if one else _("no supply") for one in volts)
        return f"{utc_text(at.astimezone(UTC))[:16]}: {said}"

    # Painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(THEME.font(THEME.sizes.small))
        area = self._area()
        self._paint_head(painter, _("V, average of each period (UTC)"))
        live = [volts for phase in self._phases for _at, volts in phase if volts]
        if not live:
            return
        shown = [volts for _name, volts in self._limits]
        low, high = min([*live, *shown]) - MARGIN_V, max([*live, *shown]) + MARGIN_V
        self._paint_cursor(painter, area)
        self._paint_limits(painter, area, (low, high))
        for number, phase in enumerate(self._phases):
            self._paint_phase(painter, area, (low, high), phase, PENS[number % len(PENS)])
        self._paint_days(painter, area)
        self._paint_cursor_mark(painter, area)
        self._paint_focus(painter)

    def _paint_limits(self, painter: QPainter, area: QRectF, scale: tuple[float, float]) -> None:
        """Each threshold, its volts at the side and its name on the line."""
        last = -100.0
        for name, volts in sorted(self._limits, key=lambda one: -one[1]):
            y = _height(area, scale, volts)
            painter.setPen(QPen(THEME.colour("ink_soft"), 1.5, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            box = QRectF(area.left() + 6, y - 22, area.width() - 12, 22)
            if y - last < 20:  # no room below the one above: at the other end, with its volts
                words = f"{threshold_words(name)} {volts:g}"
                painter.drawText(box, Qt.AlignmentFlag.AlignRight, words)
                continue
            painter.drawText(QRectF(0, y - 12, area.left() - 8, 24), Qt.AlignmentFlag.AlignRight, f"{volts:g}")
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft, threshold_words(name))
            last = y

    def _paint_phase(
        self,
        painter: QPainter,
        area: QRectF,
        scale: tuple[float, float],
        phase: Sequence[tuple[float, float]],
        style: Qt.PenStyle,
    ) -> None:
        """A line, broken where there was no supply."""
        painter.setPen(QPen(THEME.colour("accent"), 2.5, style))
        wide = area.width() / max(1, len(phase))
        run: list[QPointF] = []
        for at, (_minutes, volts) in enumerate([*phase, (0.0, 0.0)]):
            if volts:
                run.append(QPointF(area.left() + (at + 0.5) * wide, _height(area, scale, volts)))
                continue
            if len(run) == 1:
                painter.drawPoint(run[0])
            painter.drawPolyline(QPolygonF(run))
            run = []

    def _paint_days(self, painter: QPainter, area: QRectF) -> None:
        """Midnights."""
        if self._from is None:
            return
        painter.setPen(THEME.colour("ink_soft"))
        wide, last = area.width() / self.places, -1000.0
        for at, (minutes, _volts) in enumerate(self._phases[0]):
            time = (self._from + timedelta(minutes=minutes)).astimezone(UTC)
            x = area.left() + at * wide
            if time.hour == time.minute == 0 and x - last >= 70 and x + 50 < self.width():
                painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + 6))
                painter.drawText(
                    QRectF(x, area.bottom() + 8, 90, 24), Qt.AlignmentFlag.AlignLeft, date_text(time, "%d %b")
                )
                last = x


def _height(area: QRectF, scale: tuple[float, float], volts: float) -> float:
    low, high = scale
    return area.bottom() - (volts - low) / (high - low) * area.height()
