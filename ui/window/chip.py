"""A small state with icon and words."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout

from ui.window.theme import THEME
from ui.window.widgets import Icon, Text


class Chip(QFrame):
    """A small state with icon and words, not to be pressed."""

    def __init__(self, icon: str, text: str = "", token: str = "ink") -> None:
        super().__init__()
        self._fill = ""
        self.icon = Icon(icon, token, 22)
        self.label = Text(text, "strong", wrap=False)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(self.icon)
        row.addWidget(self.label)
        self.setFixedHeight(44)

    def say(self, icon: str, text: str, token: str = "ink") -> None:
        """Show another state."""
        self.icon.show_icon(icon, token)
        self.label.setText(text)

    def fill(self, token: str) -> None:
        """Fill it with a colour (the text must stand on it)."""
        self._fill = token
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(THEME.colour(self._fill or "line_strong"), 2))
        painter.setBrush(THEME.colour(self._fill or "surface"))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 22, 22)
