"""What to do with a probe, drawn: meter, optical port, probe and cable, and the one thing that is wrong."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from hht.client.probe_sense import Sight
from ui.probe_words import sight_words
from ui.window.theme import THEME

WIDE, HIGH = 260.0, 150.0  # of the drawing, in its own units
PORT: Final = QPointF(112, 74)  # the middle of the optical port
GAPS: Final = {Sight.SILENT: 46.0, Sight.ECHO: 66.0, Sight.LIFTED: 50.0, Sight.LIGHT: 26.0}  # between port and probe
TILTS: Final = {Sight.LIFTED: 24.0, Sight.WEAK: -13.0}  # degrees
_NAMES: Final = ("silent", "echo", "lifted", "light", "weak", "speed", "garbled", "talking", "asking", "gone")


class ProbePicture(QWidget):
    """Shows a `Sight`; as big as it is given room, its proportions kept."""

    def __init__(self, size: QSize | None = None) -> None:
        super().__init__()
        self.sight = Sight.QUIET
        self.setFixedSize(size or QSize(round(WIDE), round(HIGH)))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_sight(self, sight: Sight) -> None:
        """Show what is to be done where the probe sees that."""
        words = sight_words(sight)
        self.setAccessibleName(words.word)
        self.setAccessibleDescription(words.picture)
        if sight is not self.sight:
            self.sight = sight
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        factor = min(self.width() / WIDE, self.height() / HIGH)
        painter.scale(factor, factor)
        _Drawing(painter, self.sight).draw()
        painter.end()


class _Drawing:
    """One drawing."""

    def __init__(self, painter: QPainter, sight: Sight) -> None:
        self._p, self._sight = painter, sight
        self._trouble = "bad" if sight is Sight.GONE else "warn"

    def draw(self) -> None:
        """All of it."""
        if self._sight is Sight.GONE:
            self._plug()
            return
        self._meter()
        self._probe(GAPS.get(self._sight, 0.0), TILTS.get(self._sight, 0.0))
        special = getattr(self, f"_{self._sight.value}", None) if self._sight.value in _NAMES else None
        if special is not None:
            special()  # its own part of the drawing

    # What is always there ----------------------------------------------------------------------------------------

    def _pen(self, token: str, wide: float = 3.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> None:
        pen = QPen(THEME.colour(token), wide, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        self._p.setPen(pen)
        self._p.setBrush(Qt.BrushStyle.NoBrush)

    def _fill(self, token: str) -> None:
        self._p.setBrush(THEME.colour(token))

    def _meter(self) -> None:
        self._pen("ink")
        self._fill("surface")
        self._p.drawRoundedRect(QRectF(8, 8, 96, 132), 10, 10)
        self._pen("ink", 2)
        self._fill("ground")
        self._p.drawRoundedRect(QRectF(20, 22, 72, 30), 4, 4)
        if self._sight is not Sight.SILENT:  # a meter that sleeps shows nothing
            self._p.setFont(THEME.font(18, bold=True, mono=True))
            self._p.drawText(QRectF(20, 22, 72, 30), Qt.AlignmentFlag.AlignCenter, "01627")
        self._pen("ink", 2)
        self._p.drawLine(QLineF(26, 122, 86, 122))
        self._p.drawLine(QLineF(26, 130, 62, 130))
        self._pen("ink")
        self._fill("line_strong" if THEME.name != "sun" else "surface")
        self._p.drawRoundedRect(QRectF(PORT.x() - 10, PORT.y() - 22, 12, 44), 4, 4)

    def _probe(self, gap: float, tilt: float) -> None:
        self._p.save()
        self._p.translate(PORT.x() + 6 + gap, PORT.y())
        self._p.rotate(tilt)
        self._pen("ink", 4)
        cable = QPainterPath(QPointF(34, 10))
        cable.cubicTo(QPointF(58, 12), QPointF(52, 44), QPointF(62, 70))
        self._p.drawPath(cable)
        self._pen("ink")
        self._fill("ink" if THEME.name != "night" else "ink_soft")
        self._p.drawRoundedRect(QRectF(0, -24, 12, 48), 3, 3)
        self._fill("surface")
        self._p.drawRoundedRect(QRectF(12, -18, 24, 36), 6, 6)
        self._p.restore()

    def _arrow(self, start: QPointF, end: QPointF, token: str = "accent", *, head: bool = True) -> None:
        """A thick arrow; in the sun black with yellow inside."""
        line = QLineF(start, end)
        for token_now, wide in ((token, 9.0), (("accent_soft", 3.0) if THEME.name == "sun" else (token, 9.0))):
            self._pen(token_now, wide)
            self._p.drawLine(line)
        if head:
            self._head(end, line.angle(), token)

    def _head(self, tip: QPointF, angle: float, token: str, size: float = 17.0) -> None:
        """The point of an arrow that has come along `angle` (degrees, as `QLineF.angle`)."""
        back = [QLineF.fromPolar(size, angle + 180 + turn).p2() for turn in (32, -32)]
        self._pen(token, 3)
        self._fill("accent_soft" if THEME.name == "sun" else token)
        self._p.drawPolygon(QPolygonF([tip + QLineF.fromPolar(6, angle).p2(), *(tip + point for point in back)]))

    def _to_port(self, y: float = 0.0) -> None:
        """Put it there."""
        gap = GAPS.get(self._sight, 0.0)
        self._arrow(QPointF(PORT.x() + gap - 2, PORT.y() + y), QPointF(PORT.x() + 18, PORT.y() + y))

    def _waves(self, token: str, count: int, *, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> None:
        """Light between meter and probe, above them."""
        self._pen(token, 4, style)
        for ring in range(count):
            radius = 12.0 + 11 * ring
            self._p.drawArc(QRectF(138 - radius, 46 - radius, 2 * radius, 2 * radius), 40 * 16, 100 * 16)

    def _mark(self, icon: str, token: str, size: int = 44) -> None:
        """The state's own glyph, beside the probe: never colour alone."""
        ratio = self._p.device().devicePixelRatioF()
        pixmap = THEME.pixmap(icon, token, size, ratio)
        self._p.drawPixmap(QPointF(WIDE - size - 6, 10), pixmap)

    # What is wrong -------------------------------------------------------------------------------------------------

    def _silent(self) -> None:
        self._to_port()
        self._mark("unknown", self._trouble)

    def _echo(self) -> None:
        self._pen(self._trouble, 4, Qt.PenStyle.DotLine)
        start = QPointF(PORT.x() + 4 + GAPS[Sight.ECHO], PORT.y() - 16)
        path = QPainterPath(start)
        path.cubicTo(start + QPointF(-50, -6), start + QPointF(-50, -48), start + QPointF(-2, -34))
        self._p.drawPath(path)
        self._head(start + QPointF(-2, -34), 340, self._trouble, 13)
        self._to_port(14)
        self._mark("warn", self._trouble)

    def _lifted(self) -> None:
        self._to_port()
        self._mark("warn", self._trouble)

    def _light(self) -> None:
        centre = QPointF(WIDE - 34, 32)
        self._pen(self._trouble, 4)
        self._fill("warn_soft" if THEME.name != "sun" else "accent_soft")
        self._p.drawEllipse(centre, 15, 15)
        for angle in range(0, 360, 45):
            ray = QLineF.fromPolar(28, angle)
            self._p.drawLine(QLineF(centre + QLineF.fromPolar(21, angle).p2(), centre + ray.p2()))
        self._pen("accent", 9)
        shade = QPainterPath(QPointF(PORT.x() + 6, PORT.y() - 42))
        shade.cubicTo(QPointF(PORT.x() + 40, 18), QPointF(PORT.x() + 82, 44), QPointF(PORT.x() + 84, PORT.y() + 4))
        self._p.drawPath(shade)

    def _weak(self) -> None:
        self._pen("accent", 8)
        box = QRectF(PORT.x() - 6, PORT.y() - 46, 92, 92)
        self._p.drawArc(box, -40 * 16, 80 * 16)
        self._head(QPointF(PORT.x() + 76, PORT.y() - 30), 118, "accent")
        self._mark("warn", self._trouble)

    def _speed(self) -> None:
        for y, step, token in ((20.0, 22.0, self._trouble), (46.0, 9.0, "accent")):
            self._pen(token, 4)
            path, x, high = QPainterPath(QPointF(116, y)), 116.0, True
            while x + step < 206:
                top = y - 12 if high else y
                path.lineTo(x, top)
                x += step
                path.lineTo(x, top)
                high = not high
            self._p.drawPath(path)
        self._mark("clock", self._trouble)

    def _garbled(self) -> None:
        self._pen(self._trouble, 4)
        points = [(114, 34), (124, 14), (130, 42), (142, 22), (150, 44), (160, 12), (170, 36), (182, 24), (190, 40)]
        self._p.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))
        self._mark("warn", self._trouble)

    def _talking(self) -> None:
        self._waves("good", 3)
        self._mark("check", "good")

    def _asking(self) -> None:
        self._waves("accent", 2, style=Qt.PenStyle.DotLine)
        self._mark("running", "ink")

    def _plug(self) -> None:
        """The USB plug is out."""
        self._pen("ink")
        self._fill("surface")
        self._p.drawRoundedRect(QRectF(8, 26, 84, 90), 8, 8)
        self._p.drawRoundedRect(QRectF(0, 116, 104, 14), 6, 6)
        self._fill("ink")
        self._p.drawRect(QRectF(84, 62, 8, 26))
        self._fill("surface")
        self._p.drawRect(QRectF(150, 64, 22, 22))
        self._p.drawRoundedRect(QRectF(172, 56, 42, 38), 6, 6)
        self._pen("ink", 4)
        cable = QPainterPath(QPointF(214, 75))
        cable.cubicTo(QPointF(240, 76), QPointF(226, 118), QPointF(252, 132))
        self._p.drawPath(cable)
        self._arrow(QPointF(144, 75), QPointF(108, 75))
        self._mark("cross", self._trouble)
