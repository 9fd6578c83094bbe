"""The five stages of an ask side by side: a sign, a name, when. Each sign has a word for who cannot see it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from hht.i18n import _
from ui.window.desk_model import Stage
from ui.window.safe_text import safe_text
from ui.window.theme import THEME

_SIGN = 34
_ICON = {"good": "check", "warn": "unknown", "bad": "cross", "plain": "dot"}


class StageRow(QWidget):
    """See the module. Not to be pressed; its description says all of it."""

    def __init__(self) -> None:
        super().__init__()
        self._stages: Sequence[Stage] = ()
        self.setAccessibleName(_("How far it is"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_stages(self, stages: Sequence[Stage]) -> None:
        """Show these."""
        self._stages = stages
        self.setAccessibleDescription("; ".join(stage.words for stage in stages))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, _SIGN + 2 * (THEME.sizes.small + 8))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._stages:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide = self.width() / len(self._stages)
        middle = _SIGN / 2 + 2
        painter.setPen(QPen(THEME.colour("line_strong"), 3))
        painter.drawLine(QPointF(wide / 2, middle), QPointF(self.width() - wide / 2, middle))
        for place, stage in enumerate(self._stages):
            self._paint_stage(painter, stage, place * wide, wide)

    def _paint_stage(self, painter: QPainter, stage: Stage, left: float, wide: float) -> None:
        token = "ink_soft" if stage.tone == "plain" else stage.tone
        box = QRectF(left + wide / 2 - _SIGN / 2, 2, _SIGN, _SIGN)
        painter.setPen(QPen(THEME.colour(token), 3))
        painter.setBrush(THEME.colour("surface" if stage.tone == "plain" else f"{stage.tone}_soft"))
        painter.drawEllipse(box)
        ratio = self.devicePixelRatioF()
        icon = THEME.pixmap(_ICON[stage.tone], token, 22, ratio)
        painter.drawPixmap(QPointF(box.center().x() - 11, box.center().y() - 11), icon)
        bold = THEME.font(THEME.sizes.small, bold=True)
        name = stage.name if QFontMetrics(bold).horizontalAdvance(stage.name) <= wide - 4 else stage.short
        for line, text in enumerate((name, stage.note)):
            painter.setFont(bold if not line and stage.tone != "plain" else THEME.font(THEME.sizes.small))
            painter.setPen(THEME.colour("ink_soft" if line else "ink"))
            place = QRectF(left + 2, _SIGN + 6 + line * (THEME.sizes.small + 6), wide - 4, THEME.sizes.small + 8)
            shown = painter.fontMetrics().elidedText(safe_text(text), Qt.TextElideMode.ElideRight, int(wide - 4))
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, shown)
