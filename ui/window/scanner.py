"""Keyboard-wedge scanners: a burst of keys ending in Enter, typed by no person, answers the question that is open.

Where the keyboard is in a text field the scan goes there by itself; elsewhere (on a button, in a list) this filter
gathers the burst, keeps its Enter from pressing anything, and hands the text on.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

BETWEEN_KEYS_S = 0.035
LEAST = 6  # characters: nobody types six keys at that speed


class Burst:
    """Gathers keys by their times. Plain Python; `now` in seconds."""

    def __init__(self) -> None:
        self._text = ""
        self._last = 0.0

    def key(self, char: str, now: float) -> None:
        """A character arrived."""
        if now - self._last > BETWEEN_KEYS_S:
            self._text = ""
        self._text += char
        self._last = now

    def enter(self, now: float) -> str:
        """Enter arrived: the scanned text, or "" when it was a person."""
        text, self._text = self._text, ""
        return text if len(text) >= LEAST and now - self._last <= BETWEEN_KEYS_S else ""


class WedgeFilter(QObject):
    """Install it on the application. `scanned(text)` returns True when somebody wanted the scan."""

    def __init__(self, scanned: Callable[[str], bool], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._scanned = scanned
        self._clock = clock
        self._burst = Burst()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        focus = QApplication.focusWidget()
        # A key that nobody takes climbs from the focus widget to its parents, and passes here each time.
        if watched is not focus or isinstance(focus, QLineEdit | QPlainTextEdit):
            return False
        now = self._clock()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            text = self._burst.enter(now)
            return bool(text) and self._scanned(text)
        if event.text() and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            self._burst.key(event.text(), now)
        return False
