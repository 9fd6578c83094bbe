"""The plan of a premises: rooms and links are painted; each device is a tile for keys, touch and screen readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from hht.i18n import _
from hht.model.training.house_plan import Grade
from ui.window.premises_geometry import CAPTION, Box, PlanDrawn, draw, free_spot
from ui.window.premises_model import BARS, GRADE_TOKEN, ICONS, link_of, spoken, wan_word
from ui.window.safe_text import safe_text
from ui.window.tables import paint_words
from ui.window.theme import THEME
from ui.window.widgets import drop

if TYPE_CHECKING:
    from hht.model.training.house_plan import HousePlan, LinkShown
    from hht.model.training.panel import DeviceState
    from ui.training_views import PremisesView

TILE_WIDE, TILE_HIGH = 148, 56
LEGEND = 28  # pixels below the plan
MAST = 22  # pixels of the sign of the WAN
LINES = {
    Grade.GOOD: (Qt.PenStyle.SolidLine, 4.0),
    Grade.FAIR: (Qt.PenStyle.SolidLine, 2.0),
    Grade.WEAK: (Qt.PenStyle.DashLine, 3.0),
    Grade.LOST: (Qt.PenStyle.DotLine, 4.0),
}


class DeviceTile(QAbstractButton):
    """One device: what it is, how it stands, how its link is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._state: DeviceState | None = None
        self._link: LinkShown | None = None
        self._faults = 0
        self._probe = False

    def show_state(self, state: DeviceState, link: LinkShown | None, faults: int, *, probe: bool) -> None:
        """Show this. `faults`: how many are on there; `probe`: the terminal's probe is on it."""
        if (state, link, faults, probe) != (self._state, self._link, self._faults, self._probe):
            self._state, self._link, self._faults, self._probe = state, link, faults, probe
            self.setAccessibleName(safe_text(f"{state.title} {state.name}"))
            self.setAccessibleDescription(safe_text(spoken(state, link, faults, probe=probe)))
            self.update()

    def sizeHint(self) -> QSize:
        return tile_size()

    def paintEvent(self, _event: QPaintEvent) -> None:
        state = self._state
        if state is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        sun = THEME.name == "sun"
        frame = "accent" if self.isChecked() else "line_strong"
        painter.setPen(QPen(THEME.colour(frame), 3 if self.isChecked() or sun else 2))
        painter.setBrush(THEME.colour("accent_soft" if self.isChecked() else "surface"))
        box = self.rect().adjusted(2, 2, -2, -2)
        painter.drawRoundedRect(box, 8, 8)
        if self.hasFocus():
            painter.setPen(QPen(THEME.colour("ink" if sun else "focus"), 4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 8, 8)
            if sun:  # black upon black: a second ring says that the keyboard is here
                painter.setPen(QPen(THEME.colour("ink"), 1.5))
                painter.drawRoundedRect(box.adjusted(5, 5, -5, -5), 5, 5)
        ratio = painter.device().devicePixelRatioF()
        icon, token = ("warn", "bad") if self._faults else (ICONS.get(state.kind, "dot"), "ink")
        painter.drawPixmap(8, (self.height() - 26) // 2, THEME.pixmap(icon, token, 26, ratio))
        self._paint_words(painter, state)

    def _paint_words(self, painter: QPainter, state: DeviceState) -> None:
        words, left = QRect(40, 4, self.width() - 46, self.height() - 8), Qt.AlignmentFlag.AlignLeft
        painter.setFont(THEME.font(THEME.sizes.small, bold=True))
        painter.setPen(THEME.colour("ink"))
        name = words.adjusted(0, 0, -26 if self._link is not None else 0, 0)
        paint_words(painter, name, left | Qt.AlignmentFlag.AlignTop, state.name)
        if self._probe:
            ratio = painter.device().devicePixelRatioF()
            sign = THEME.pixmap("link", "ink", 20, ratio)
            painter.drawPixmap(self.width() - 28, self.height() - 26, sign)
            words.adjust(0, 0, -24, 0)
        tone = {"plain": "ink_soft"}.get(state.tone, state.tone)
        painter.setFont(THEME.font(THEME.sizes.small))
        painter.setPen(THEME.colour(tone))
        paint_words(painter, words, left | Qt.AlignmentFlag.AlignBottom, state.words)
        if self._link is not None:
            paint_bars(painter, QRectF(self.width() - 30, 9, 20, 16), self._link.grade)


class PlanView(QWidget):
    """See the module. `chosen` says which device somebody went to."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Plan of the premises"))
        self._plan: HousePlan | None = None
        self._view: PremisesView | None = None
        self._drawn: PlanDrawn | None = None
        self._group = QButtonGroup(self)
        self.tiles: dict[str, DeviceTile] = {}

    def minimumSizeHint(self) -> QSize:
        return QSize(420, 200)

    def show_view(self, view: PremisesView) -> None:
        """Show the premises as it is now."""
        self._view = view
        if view.plan is not self._plan:
            self._plan = view.plan
            self._make_tiles([state.name for state in view.devices])
            self._lay_out()
        for state in view.devices:
            if state.name in self.tiles:
                faults = sum(one.device == state.name for one in view.faults)
                self.tiles[state.name].show_state(
                    state, link_of(view, state.name), faults, probe=state.name == view.probe
                )
        self.update()

    def choose(self, device: str) -> None:
        """Mark a device; says nothing to anybody."""
        if device in self.tiles:
            self.tiles[device].setChecked(True)

    def _make_tiles(self, names: list[str]) -> None:
        for tile in self.tiles.values():
            self._group.removeButton(tile)
            drop(tile)
        self.tiles = {}
        for name in names:
            tile = DeviceTile(self)
            tile.toggled.connect(lambda on, name=name: self.chosen.emit(name) if on else None)
            self._group.addButton(tile)
            self.tiles[name] = tile
            tile.show()

    def _lay_out(self) -> None:
        if self._plan is None:
            return
        size = tile_size()
        self._drawn = draw(self._plan, self.width(), max(60, self.height() - LEGEND), (size.width(), size.height()))
        for name, box in self._drawn.tiles.items():
            self.tiles[name].setGeometry(int(box.x), int(box.y), size.width(), size.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    # Painting --------------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._drawn is None or self._view is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(THEME.font(THEME.sizes.small))
        for floor in self._drawn.floors:
            if len(self._drawn.floors) > 1:
                painter.setPen(THEME.colour("ink_soft"))
                caption = QRectF(floor.area.x + 8, floor.area.y, floor.area.width - 16, CAPTION)
                painter.drawText(caption, Qt.AlignmentFlag.AlignLeft, floor_word(floor.floor))
            for _name, box in floor.rooms:
                self._paint_walls(painter, box)
        for name, tile in self._drawn.tiles.items():
            self._paint_point(painter, name, tile)
        for link in self._view.links:
            self._paint_link(painter, link)
        for floor in self._drawn.floors:
            for name, box in floor.rooms:
                self._paint_name(painter, name, box)
        self._paint_legend(painter)

    def _paint_walls(self, painter: QPainter, box: Box) -> None:
        painter.setPen(QPen(THEME.colour("line_strong"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(box.x, box.y, box.width, box.height))

    def _paint_name(self, painter: QPainter, name: str, box: Box) -> None:
        """A room's name, where no tile lies on it."""
        assert self._drawn is not None
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(safe_text(name), Qt.TextElideMode.ElideRight, int(box.width) - 10)
        size = (metrics.horizontalAdvance(shown) + 2, metrics.height())
        spot = free_spot(box, size, list(self._drawn.tiles.values()))
        if spot is not None:
            text = QRectF(spot.x, spot.y, spot.width, spot.height)
            painter.fillRect(text, THEME.colour("surface"))
            painter.setPen(THEME.colour("ink_soft"))
            painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_point(self, painter: QPainter, name: str, tile: Box) -> None:
        """Where the device really is, if its tile had to give way."""
        assert self._drawn is not None
        x, y = self._drawn.points[name]
        if not tile.cuts(Box(x, y, 0, 0)):
            painter.setPen(QPen(THEME.colour("ink_soft"), 1.5))
            painter.drawLine(QPointF(x, y), QPointF(*tile.middle))
            painter.setBrush(THEME.colour("ink_soft"))
            painter.drawEllipse(QPointF(x, y), 5, 5)

    def _paint_link(self, painter: QPainter, link: LinkShown) -> None:
        """From the device to its hub; a hub's to the mast that stands outdoors, in the corner."""
        assert self._drawn is not None
        mast = Box(self.width() - MAST - 4, 2, MAST, MAST)
        tiles = self._drawn.tiles
        one, other = tiles.get(link.device), mast if link.wan else tiles.get(link.hub)
        if one is None or other is None or link.grade not in LINES:
            return
        style, wide = LINES[link.grade]
        painter.setPen(QPen(THEME.colour(GRADE_TOKEN[link.grade]), wide, style))
        painter.drawLine(QPointF(*one.middle), QPointF(*other.middle))
        if link.wan:
            painter.fillRect(QRectF(mast.x - 2, mast.y, MAST + 6, MAST), THEME.colour("surface"))
            self._paint_mast(painter, int(mast.x), int(mast.y), link.grade)

    def _paint_legend(self, painter: QPainter) -> None:
        """What the lines mean, and how the WAN is."""
        assert self._view is not None
        x, y = 8.0, self.height() - LEGEND / 2
        words = {Grade.GOOD: _("good"), Grade.FAIR: _("fair"), Grade.WEAK: _("weak"), Grade.LOST: _("lost")}
        painter.setFont(THEME.font(THEME.sizes.small))
        for grade, (style, wide) in LINES.items():
            painter.setPen(QPen(THEME.colour(GRADE_TOKEN[grade]), wide, style))
            painter.drawLine(QPointF(x, y), QPointF(x + 30, y))
            painter.setPen(THEME.colour("ink_soft"))
            painter.drawText(QPointF(x + 36, y + 6), words[grade])
            x += 36 + painter.fontMetrics().horizontalAdvance(words[grade]) + 16
        wan = next((link for link in self._view.links if link.wan), None)
        text = _("WAN: {state}").format(state=wan_word(wan.grade)) if wan is not None else ""
        wanted = painter.fontMetrics().horizontalAdvance(text) + 40
        if wan is not None and x + wanted < self.width():
            token = GRADE_TOKEN[wan.grade]
            painter.setPen(THEME.colour(token))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - LEGEND / 2, self.width() - 8, LEGEND), right, text)
            self._paint_mast(painter, int(self.width() - wanted), int(y - 12), wan.grade)

    def _paint_mast(self, painter: QPainter, x: int, y: int, grade: Grade) -> None:
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(x, y, THEME.pixmap("mast", GRADE_TOKEN[grade], MAST, ratio))


def tile_size() -> QSize:
    """Of every device, in the sizes in force."""
    glove = THEME.sizes.target > TILE_HIGH
    return QSize(TILE_WIDE, THEME.sizes.target + 4 if glove else TILE_HIGH)


def floor_word(floor: int) -> str:
    """What people call a floor."""
    return {-1: _("Basement"), 0: _("Ground floor")}.get(floor, _("Floor {number}").format(number=floor))


def paint_bars(painter: QPainter, box: QRectF, grade: Grade) -> None:
    """Four bars as people know them; a cross where there is no link."""
    if not BARS[grade]:
        painter.setPen(QPen(THEME.colour("bad"), 3))
        cross = box.adjusted(3, 1, -3, -1)
        painter.drawLine(cross.topLeft(), cross.bottomRight())
        painter.drawLine(cross.bottomLeft(), cross.topRight())
        return
    token = GRADE_TOKEN[grade]
    wide = box.width() / 4
    painter.setPen(QPen(THEME.colour(token), 1))
    for bar in range(4):
        high = box.height() * (bar + 1) / 4
        one = QRectF(box.left() + bar * wide, box.bottom() - high, wide - 2, high)
        painter.setBrush(THEME.colour(token) if bar < BARS[grade] else Qt.BrushStyle.NoBrush)
        painter.drawRect(one)
