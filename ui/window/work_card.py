"""The card of a page that works: a head, what is said, how far it is, and parts of which one is shown."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from ui.window.parts import Notice
from ui.window.theme import THEME
from ui.window.widgets import Card, ProgressBar


class PartStack(QStackedWidget):
    """Parts by name; only the part that is shown asks for room."""

    def __init__(self, parts: Mapping[str, QWidget]) -> None:
        super().__init__()
        self.named = dict(parts)
        for part in self.named.values():
            self.addWidget(part)

    def show_part(self, name: str) -> None:
        """Show that part; KeyError if there is none."""
        shown = self.named[name]
        for part in self.named.values():
            policy = QSizePolicy.Policy.Expanding if part is shown else QSizePolicy.Policy.Ignored
            part.setSizePolicy(policy, policy)
        self.setCurrentWidget(shown)


class WorkCard(Card):
    """Head, notice and progress above the body. `stretched`: which of the head's parts takes the room that is left."""

    def __init__(self, head: QHBoxLayout, stretched: int, notice: Notice, progress: ProgressBar) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        pad = THEME.sizes.pad
        self.column.setContentsMargins(pad - 4, pad - 10, pad - 4, pad - 10)
        self.column.setSpacing(THEME.sizes.gap)
        head.setStretch(stretched, 1)
        self.column.addLayout(head)
        self.column.addWidget(notice)
        self.column.addWidget(progress)

    def add(self, body: QWidget | QLayout) -> None:
        """Put this below what is there already; it takes the room that is left."""
        if isinstance(body, QLayout):
            self.column.addLayout(body, 1)
        else:
            self.column.addWidget(body, 1)
