"""The map of a home's network: the hub above, every device below it, the nearer the better it is heard; lines for links
and for joins."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from hht.i18n import _
from ui.window.device_log_model import LogRow
from ui.window.picture import Picture
from ui.window.theme import THEME

_NODE = 15.0  # pixels: half of a device's mark
_NEAR_DBM, _FAR_DBM = -30, -100  # where the two ends of the picture are


class HanMap(Picture):
    """See the module. One column for each device; a device that was never heard is at the far end, its line dotted."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._rows: Sequence[LogRow] = ()
        self.setAccessibleDescription(_("Nothing read yet."))

    def show_rows(self, rows: Sequence[LogRow]) -> None:
        """Show these devices."""
        self._rows = rows
        self.cursor_at = min(self.cursor_at, len(rows) - 1)
        self.setAccessibleDescription("; ".join(row.spoken for row in rows) or _("Nothing read yet."))
        self.update()

    @property
    def places(self) -> int:
        """One for each device."""
        return len(self._rows)

    def cursor_words(self) -> str:
        """The device that is looked at."""
        if not 0 <= self.cursor_at < len(self._rows):
            return ""
        row = self._rows[self.cursor_at]
        return f"{row.title}: {row.word}"

    # Painting --------------------------------------------------------------------------------------------------

    def cursor_box(self, area: QRectF) -> QRectF | None:
        """Around the device."""
        if not 0 <= self.cursor_at < len(self._rows):
            return None
        here, half = self._place(area, self.cursor_at), _NODE + 5
        return QRectF(here.x() - half, here.y() - half, 2 * half, 2 * half)

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(16, 62, -16, -24)

    def _place(self, area: QRectF, place: int) -> QPointF:
        rssi = self._rows[place].row.rssi_dbm
        dbm = _FAR_DBM if rssi is None else max(_FAR_DBM, min(_NEAR_DBM, rssi[1]))
        far = (_NEAR_DBM - dbm) / (_NEAR_DBM - _FAR_DBM)
        room = max(0.0, area.height() - 2 * _NODE)
        return QPointF(area.left() + (place + 0.5) * area.width() / self.places, area.top() + _NODE + far * room)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(THEME.font(THEME.sizes.small))
        area = self._area()
        self._paint_head(painter, _("Hub above; nearer is heard better"))
        if not self._rows:
            self._paint_nothing(painter, area, _("Nothing read yet."))
        hub = QPointF(area.center().x(), area.top() - 14)
        for one, other in self._joins():
            painter.setPen(QPen(THEME.colour("line"), 2))
            painter.drawLine(self._place(area, one), self._place(area, other))
        for place in range(self.places):
            self._paint_link(painter, hub, self._place(area, place), self._rows[place])
        for place in range(self.places):
            self._paint_node(
                painter, self._place(area, place), str(self._rows[place].number), self._rows[place].tone[1]
            )
        if self._rows:
            painter.drawPixmap(hub.toPoint() - QPointF(14, 14).toPoint(), THEME.pixmap("hub", "ink", 28, 1.0))
        self._paint_cursor_mark(painter, area)
        self._paint_focus(painter)

    def _joins(self) -> list[tuple[int, int]]:
        """Who is joined to whom, as places."""
        places = {row.row.device: place for place, row in enumerate(self._rows)}
        pairs = {
            (place, places[str(other)])
            for place, row in enumerate(self._rows)
            for other in (row.seen.knows if row.seen is not None else ())
            if str(other) in places
        }
        return sorted(pair for pair in pairs if pair[0] < pair[1])

    @staticmethod
    def _paint_link(painter: QPainter, hub: QPointF, here: QPointF, row: LogRow) -> None:
        style = Qt.PenStyle.SolidLine if row.row.joined and row.row.rssi_dbm is not None else Qt.PenStyle.DotLine
        wide = 2.0 if row.row.lqi is None else 1.5 + 3.5 * row.row.lqi[1] / 255
        painter.setPen(QPen(THEME.colour(row.tone[1]), wide, style))
        painter.drawLine(hub, here)

    @staticmethod
    def _paint_node(painter: QPainter, here: QPointF, number: str, token: str) -> None:
        painter.setPen(QPen(THEME.colour(token), 3))
        painter.setBrush(THEME.colour("surface"))
        painter.drawEllipse(here, _NODE, _NODE)
        painter.setPen(THEME.colour("ink"))
        painter.drawText(
            QRectF(here.x() - _NODE, here.y() - _NODE, 2 * _NODE, 2 * _NODE), Qt.AlignmentFlag.AlignCenter, number
        )
