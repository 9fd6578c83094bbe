"""The top-level window and its very first frame: the outline of the first page, before anything else is imported.

The real window (`ui.window.shell`) grows inside it as soon as that frame stands. Nothing here may touch Qt's big `Qt`
namespace: its enums take 13 ms, which any `QPainter.setPen(colour)` costs. Hence an SVG; no style sheet, no fonts.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from ui.window.tokens import NORMAL, Colours, colours


def outline_svg(wide: int, high: int, look: Colours, *, training: bool) -> str:
    """The first page's outline, `wide` by `high` pixels: head, list, buttons, and the tape of training."""
    margin, target, primary, gap = NORMAL.margin, NORMAL.target, NORMAL.primary, NORMAL.gap
    top = 12 if training else 0
    foot = high - margin - primary
    button = (wide - 2 * margin) / 3.65
    boxes = (
        (margin, top + 12, target, target),
        (wide - margin - 114, top + 12, 114, target),
        (margin, top + 76, wide - 2 * margin, foot - top - 90),
        (margin, foot, button, primary),
        (margin + button + gap, foot, button, primary),
        (wide - margin - button, foot, button, primary),
    )
    parts = [f'<rect width="{wide}" height="{high}" fill="{look.ground}"/>']
    if training:
        parts.append(f'<rect width="{wide}" height="{top}" fill="{look.accent_soft}"/>')
        parts += [f'<path d="M{x} 12l12-12h18l-12 12z" fill="{look.accent}"/>' for x in range(-20, wide + 20, 36)]
    style = f'rx="{NORMAL.radius}" fill="{look.surface}" stroke="{look.line}" stroke-width="2"'
    parts += [f'<rect x="{x}" y="{y}" width="{w}" height="{h}" {style}/>' for x, y, w, h in boxes]
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}">{"".join(parts)}</svg>'


class Frame(QWidget):
    """Paints the outline; `first_painted` fires once, after the first frame. `shell` fills it from then on."""

    first_painted = Signal()

    def __init__(self, theme: str = "day", *, training: bool = False) -> None:
        super().__init__()
        self._colours: Colours = colours(theme, training=training)
        self._training = training
        self._painted = False
        self.shell: QWidget | None = None
        self.closing: Callable[[], None] | None = None  # begins to end the core, at once
        self.ending: Callable[[], None] | None = None  # waits for it, once no event is handed out any more
        self.status = 0  # the exit status where a signal has ended the window
        self.setMinimumSize(940, 560)
        self.resize(1280, 800)

    def grow(self, shell: QWidget) -> None:
        """Let the real window take the room."""
        self.shell = shell
        shell.setParent(self)
        shell.setGeometry(self.rect())
        shell.show()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.shell is None:
            painter = QPainter(self)
            outline = outline_svg(self.width(), self.height(), self._colours, training=self._training)
            QSvgRenderer(QByteArray(outline.encode())).render(painter)
            painter.end()
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.first_painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.shell is not None:
            self.shell.setGeometry(self.rect())

    def stop(self, number: int) -> None:
        """A signal asks for the end: as if a person closed the window."""
        self.status = 128 + number
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.hide()  # a meter may have to be heard out first, and nobody wants to look at that
        if self.closing is not None:
            self.closing()
        super().closeEvent(event)
