"""A day's switching under a Randomised Offset, drawn by QPainter: loads and rates of the day above, and below the half
hour after one switching, in which a thousand homes switch minute by minute."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QMouseEvent, QPainter, QPaintEvent, QPen

from hht.i18n import _
from hht.work.offset_effect import MINUTES, OffsetEffect, Switched, effect_facts, time_text
from hht.work.switching import DAY_S
from hht.work.units import minutes_seconds
from ui.window.picture import Picture
from ui.window.safe_text import safe_text
from ui.window.theme import THEME

ROW = 27  # pixels of a load in the day
HOUR = 6  # hours between the figures of the day
HALF_HOUR_S = MINUTES * 60


class OffsetPlot(Picture):
    """The cursor goes from one switching of the day to the next."""

    STRIDE = 4

    def __init__(self) -> None:
        super().__init__(_("The day under the offset"))
        self._effect: OffsetEffect | None = None

    @property
    def effect(self) -> OffsetEffect | None:
        """What is shown."""
        return self._effect

    def show_effect(self, effect: OffsetEffect | None) -> None:
        """Show it; the cursor stands at the first switching that runs into another rate, else at the first."""
        self.setVisible(effect is not None)
        if effect is None or effect == self._effect:
            return
        self._effect = effect
        touched = [place for place, one in enumerate(effect.switched) if one.other_rate_s]
        self.cursor_at = touched[0] if touched else 0 if effect.switched else -1
        self.setMinimumHeight(self.sizeHint().height())
        said = [f"{fact.label}: {fact.value}" for fact in effect_facts(effect)]
        self.setAccessibleDescription(safe_text("; ".join(said), 2000))
        self.update()

    def sizeHint(self) -> QSize:
        rows = len(self._effect.loads) + 1 if self._effect is not None else 1
        return QSize(420, 44 + rows * ROW + 40 + 170)

    @property
    def places(self) -> int:
        """One for each switching."""
        return len(self._effect.switched) if self._effect is not None else 0

    def cursor_words(self) -> str:
        """The switching under the cursor."""
        one = self._looked_at()
        if one is None or self._effect is None:
            return ""
        what = _("on") if one.closes else _("off")
        begins, ends = time_text(one.time_s), time_text(one.time_s + self._effect.limit_s)
        words = _("{load} {what} {begins}, at last {ends}")
        said = words.format(load=one.label or one.number, what=what, begins=begins, ends=ends)
        if one.other_rate_s:
            late = _("up to {time} min not at rate {rate}")
            said += ": " + late.format(time=minutes_seconds(one.other_rate_s), rate=one.register)
        return safe_text(said)

    def _looked_at(self) -> Switched | None:
        if self._effect is None or not 0 <= self.cursor_at < self.places:
            return None
        return self._effect.switched[self.cursor_at]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        day = self._day()
        if self._effect is None or not self.places or day.width() <= 0:
            return
        second = (event.position().x() - day.left()) / day.width() * DAY_S
        row = int((event.position().y() - day.top()) // ROW)
        number = self._effect.loads[row].number if 0 <= row < len(self._effect.loads) else 0
        rows = [(place, one) for place, one in enumerate(self._effect.switched) if one.number == number]
        near = rows or list(enumerate(self._effect.switched))
        self._move(min(near, key=lambda found: abs(found[1].time_s - second))[0])

    # Painting --------------------------------------------------------------------------------------------------

    def _day(self) -> QRectF:
        rows = len(self._effect.loads) + 1 if self._effect is not None else 1
        return QRectF(152, 40, max(1.0, self.width() - 166.0), rows * ROW)

    def _half_hour(self) -> QRectF:
        top = self._day().bottom() + 66
        return QRectF(152, top, max(1.0, self.width() - 166.0), max(40.0, self.height() - top - 34))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(THEME.font(THEME.sizes.small))
        if self._effect is None:
            return
        self._paint_head(painter, "")
        self._paint_day(painter, self._effect)
        self._paint_homes(painter, self._effect)
        self._paint_focus(painter)

    def _paint_day(self, painter: QPainter, effect: OffsetEffect) -> None:
        day = self._day()
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for hour in range(0, 25, HOUR):
            x = day.left() + hour / 24 * day.width()
            painter.setPen(QPen(THEME.colour("line"), 1))
            painter.drawLine(QPointF(x, day.top()), QPointF(x, day.bottom()))
            painter.setPen(THEME.colour("ink_soft"))
            place = QRectF(min(x - 30, self.width() - 62.0), day.bottom() + 2, 60, 22)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, f"{hour:02d}:00")
        for row, load in enumerate(effect.loads):
            y = day.top() + row * ROW
            self._paint_name(painter, y, safe_text(load.label) or _("Switch {number}").format(number=load.number), left)
            for start, end in load.spans:
                self._paint_span(painter, effect, y, start, end)
        self._paint_rates(painter, effect, day, left)
        one = self._looked_at()
        rows = [load.number for load in effect.loads]
        if one is not None:
            x = self._x(one.time_s)
            y = day.top() + rows.index(one.number) * ROW
            painter.setPen(QPen(THEME.colour("ink"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(x - 7, y + 1, 14 + self._wide(effect.limit_s), ROW - 2))

    def _paint_name(self, painter: QPainter, y: float, words: str, where: Qt.AlignmentFlag) -> None:
        painter.setPen(THEME.colour("ink"))
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, 134)
        painter.drawText(QRectF(10, y, 138, ROW), where, shown)

    def _paint_span(self, painter: QPainter, effect: OffsetEffect, y: float, start: int, end: int) -> None:
        """Full: on for certain; hatched: on or off, by the offset; a line: this meter's own time."""
        accent, high = THEME.colour("accent"), ROW - 11.0
        begins, ends = self._x(start), self._x(end)
        late = max(2.0, self._wide(effect.limit_s)) if effect.limit_s else 0.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        painter.drawRect(QRectF(begins + late, y + 5, max(1.0, ends - begins - late), high))
        painter.setPen(QPen(accent, 1))
        painter.setBrush(QBrush(accent, Qt.BrushStyle.BDiagPattern))
        for x, edge in ((begins, start), (ends, end)):
            if late and 0 < edge < DAY_S:
                painter.drawRect(QRectF(x, y + 5, late, high))
        for edge in (start, end):
            if effect.offset_s and 0 < edge < DAY_S:
                self._paint_mark(painter, self._x(edge + effect.offset_s), y + 2, y + ROW - 3)

    @staticmethod
    def _paint_mark(
        painter: QPainter, x: float, top: float, bottom: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine
    ) -> None:
        """A line in ink with a pale edge: it crosses bars that are as dark."""
        for colour, wide in (("surface", 4.5), ("ink", 2.0)):
            painter.setPen(QPen(THEME.colour(colour), wide, style if colour == "ink" else Qt.PenStyle.SolidLine))
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))

    def _paint_rates(self, painter: QPainter, effect: OffsetEffect, day: QRectF, where: Qt.AlignmentFlag) -> None:
        y = day.bottom() - ROW
        self._paint_name(painter, y, _("Tariff"), where)
        for start, end, register in effect.rates:
            box = QRectF(self._x(start), y + 3, self._x(end) - self._x(start), ROW - 6)
            self._paint_rate(painter, box, register)

    def _paint_rate(self, painter: QPainter, box: QRectF, register: int) -> None:
        painter.setPen(QPen(THEME.colour("line_strong"), 1.5))
        painter.setBrush(THEME.colour("surface" if register % 2 else "accent_soft"))
        painter.drawRect(box)
        words = _("rate {rate}").format(rate=register)
        if painter.fontMetrics().horizontalAdvance(words) + 6 > box.width():
            words = str(register)
        if painter.fontMetrics().horizontalAdvance(words) + 4 <= box.width():
            painter.setPen(THEME.colour("ink"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_homes(self, painter: QPainter, effect: OffsetEffect) -> None:
        """The half hour after the switching that is looked at."""
        area, one = self._half_hour(), self._looked_at()
        homes, most = effect.spread, max(1, effect.spread.busiest)
        title = _("{homes} homes, in each minute after it; at most {busiest}").format(
            homes=homes.homes, busiest=homes.busiest
        )
        painter.setPen(THEME.colour("ink_soft"))
        painter.drawText(QRectF(10, area.top() - 36, self.width() - 20.0, 22), Qt.AlignmentFlag.AlignLeft, title)
        self._paint_line(painter, area, area.bottom() - ROW, "0")
        self._paint_line(painter, area, area.top(), str(homes.busiest))
        wide, high = area.width() / MINUTES, area.height() - ROW
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.colour("accent"))
        for minute, count in enumerate(homes.minutes):
            tall = count / most * high
            painter.drawRect(
                QRectF(area.left() + minute * wide + 1, area.top() + high - tall, max(1.0, wide - 2), tall)
            )
        if one is not None:
            self._paint_rates_after(painter, effect, one, QRectF(area.left(), area.bottom() - ROW, area.width(), ROW))
        self._paint_own(painter, effect, area)
        painter.setPen(THEME.colour("ink_soft"))
        for minute in range(0, MINUTES + 1, 5):
            x = area.left() + minute * wide
            place = QRectF(min(x - 30, self.width() - 62.0), area.bottom() + 4, 60, 22)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, _("{minute} min").format(minute=minute))

    def _paint_rates_after(self, painter: QPainter, effect: OffsetEffect, one: Switched, box: QRectF) -> None:
        self._paint_name(painter, box.top(), _("Tariff then"), Qt.AlignmentFlag.AlignVCenter)
        for start, end, register in effect.rates:
            for day in (0, DAY_S):
                first, last = max(start + day, one.time_s), min(end + day, one.time_s + HALF_HOUR_S)
                if first < last:
                    left = box.left() + (first - one.time_s) / HALF_HOUR_S * box.width()
                    wide = (last - first) / HALF_HOUR_S * box.width()
                    self._paint_rate(painter, QRectF(left, box.top() + 3, wide, box.height() - 6), register)

    def _paint_own(self, painter: QPainter, effect: OffsetEffect, area: QRectF) -> None:
        """This meter's own time, and the limit."""
        for seconds, pen in ((effect.limit_s, Qt.PenStyle.DashLine), (effect.offset_s, Qt.PenStyle.SolidLine)):
            x = area.left() + seconds / HALF_HOUR_S * area.width()
            self._paint_mark(painter, x, area.top() - 10, area.bottom() - ROW, pen)
        words = _("this meter {own}, limit {limit}").format(
            own=minutes_seconds(effect.offset_s), limit=minutes_seconds(effect.limit_s)
        )
        painter.setPen(THEME.colour("ink"))
        where = QRectF(area.left(), area.top() - 36, area.width(), 22)
        painter.drawText(where, Qt.AlignmentFlag.AlignRight, words)

    def _x(self, time_s: int) -> float:
        return self._day().left() + time_s / DAY_S * self._day().width()

    def _wide(self, seconds: int) -> float:
        return seconds / DAY_S * self._day().width()
