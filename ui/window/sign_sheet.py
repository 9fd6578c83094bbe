"""A signature: drawn with mouse, finger or pen; or a typed name with its declaration; or why nobody signs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QTabletEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from hht.errors import HhtError
from hht.i18n import _
from hht.work.coded import codes, known
from hht.work.signing import FILE, HIGH, WIDE, Signature, declaration, declined, drawn, typed
from ui.window.note_sheet import NoteSheet
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet
from ui.window.theme import THEME
from ui.window.widgets import Button, Entry, Segments, Text, Tick, row_of

if TYPE_CHECKING:
    from ui.window.page import Host


class SignPad(QWidget):
    """The field that is signed in. `strokes`: in WIDE by HIGH, whatever its size on the screen. `changed`: drawn on,
    or cleared."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.strokes: list[list[tuple[int, int]]] = []
        self._down = False
        self.setMinimumHeight(90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Field for the signature: by finger, pen or mouse"))

    def clear(self) -> None:
        """Nothing is signed."""
        self.strokes = []
        self.update()
        self.changed.emit()

    def _point(self, at: QPointF) -> tuple[int, int]:
        x, y = at.x() / max(1, self.width()), at.y() / max(1, self.height())
        return round(min(1.0, max(0.0, x)) * WIDE), round(min(1.0, max(0.0, y)) * HIGH)

    def _draw(self, at: QPointF, *, begins: bool) -> None:
        point = self._point(at)
        if begins:
            self._down = True
            self.strokes.append([point])
        elif self._down and self.strokes and self.strokes[-1][-1] != point:
            self.strokes[-1].append(point)
        self.update()
        self.changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._draw(event.position(), begins=True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._draw(event.position(), begins=False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._draw(event.position(), begins=False)
        self._down = False

    def tabletEvent(self, event: QTabletEvent) -> None:
        if event.type() is QEvent.Type.TabletRelease:
            self._draw(event.position(), begins=False)
            self._down = False
        else:
            self._draw(event.position(), begins=event.type() is QEvent.Type.TabletPress)
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(THEME.colour("line_strong"), 2))
        painter.setBrush(THEME.colour("surface"))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 8, 8)
        foot = round(self.height() * 0.8)
        painter.drawLine(20, foot, self.width() - 20, foot)
        pen = QPen(THEME.colour("ink"), 3.2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        across, down = self.width() / WIDE, self.height() / HIGH
        for stroke in self.strokes:
            points = [QPointF(x * across, y * down) for x, y in stroke]
            if len(points) == 1:
                painter.drawPoint(points[0])
            else:
                painter.drawPolyline(QPolygonF(points))


class SignSheet(Sheet):
    """`signed` is given the signature, also one that was declined. `about`: the code of what is signed."""

    def __init__(self, host: Host, about: str, signed: Callable[[Signature], None], name: str = "") -> None:
        row = known(FILE, "about", about)
        super().__init__(host.canvas(), row.title, fill=True)
        self._host, self._about, self._signed = host, about, signed
        self._role = "customer"
        self.body.addWidget(Text(row.text, "strong"))
        self.name = Entry(_("Name of who signs"), placeholder=_("Name of who signs"))
        self.name.setText(name)
        self.name.setMaxLength(120)
        roles = codes(FILE, "role")
        self.roles = Segments(_("Who signs"), [(code, one.title) for code, one in roles.items()])
        self.roles.choose(self._role)
        self.roles.chosen.connect(self._choose_role)
        line = row_of(self.name, self.roles)
        line.setStretch(0, 1)
        self.body.addLayout(line)
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self.pad = SignPad()
        self.body.addWidget(self.pad, 1)
        self.declare = Tick(declaration(""))
        self.clear = Button(_("Clear"), icon="retry", pressed=self.pad.clear)
        foot = row_of(self.declare, self.clear)
        foot.setStretch(0, 1)
        self.body.addLayout(foot)
        self.add_button(_("Go back"), self.close_sheet, icon="back")
        self.decline = self.add_button(_("Nobody signs…"), self._decline, icon="cross")
        self.go = self.add_button(_("Signed"), self._sign, primary=True, icon="check")
        self.pad.changed.connect(self._look)
        self.declare.toggled.connect(self._look)
        self.name.textChanged.connect(self._look)
        self.name.returnPressed.connect(self._sign)
        self._look()
        self.open(self.name)

    def _choose_role(self, role: str) -> None:
        self._role = role

    def _look(self, _changed: object = None) -> None:
        name = self.name.text().strip()
        self.declare.say(safe_text(declaration(name)))
        self.clear.setEnabled(bool(self.pad.strokes))
        self.go.setEnabled(bool(name) and (bool(self.pad.strokes) or self.declare.isChecked()))

    def _sign(self) -> None:
        if not self.go.isEnabled():
            return
        name = self.name.text()
        try:
            if self.pad.strokes:
                signature = drawn(name, self._role, self._about, self.pad.strokes)
            else:
                signature = typed(name, self._role, self._about, declared=self.declare.isChecked())
        except HhtError as error:
            self.notice.say("bad", error.message, error.remedy, error.code)
            return
        self.close_sheet()
        self._signed(signature)

    def _decline(self) -> None:
        about, role, name, signed = self._about, self._role, self.name.text(), self._signed
        canvas = self._host.canvas()
        self.close_sheet()

        def noted(_choice: str, reason: str) -> None:
            signed(declined(reason, about, role, name))

        words = _("That nobody signed, and why, goes on record in the place of a signature.")
        NoteSheet(canvas, _("Nobody signs"), words, _("Why nobody signs"), _("Put on record"), noted)
