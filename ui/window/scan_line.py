"""A line under the head that says where a scan went; it goes by itself, and takes no keyboard."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout

from ui.window.safe_text import safe_text
from ui.window.theme import THEME
from ui.window.widgets import Icon, Text

STAYS_S = 8.0


class ScanLine(QFrame):
    """Hidden while it has nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self._until = 0.0
        self.text = Text("", "strong")
        row = QHBoxLayout(self)
        row.setContentsMargins(THEME.sizes.margin, 2, THEME.sizes.margin, 2)
        row.setSpacing(10)
        row.addWidget(Icon("scan", "accent", 26), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.text, 1)
        self.hide()

    def say(self, words: str, now_s: float) -> None:
        """Say it, or nothing any more; `now_s` is monotonic."""
        self._until = now_s + STAYS_S
        self.text.setText(safe_text(words, 300))
        self.setVisible(bool(words))

    def tick(self, now_s: float) -> None:
        """Time goes by."""
        if self.isVisible() and now_s >= self._until:
            self.hide()
