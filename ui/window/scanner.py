"""Keyboard-wedge scanners: a burst of keys ending in Enter or Tab, typed by no person, is a scan wherever it lands.

In a text field the keys arrive as they are typed, a person's or a scanner's: nothing is ever held back. Once it turns
out that it was a scan, and something here wants it, the field is made again what it was before the first key.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from shiboken6 import isValid

BETWEEN_KEYS_S = 0.035
LEAST = 6  # characters: nobody types six keys at that speed
GS = "\x1d"  # between the elements of a GS1 label: scanners send it as Ctrl+]
_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)


class Burst:
    """Gathers keys by their times. Plain Python; `now` in seconds."""

    def __init__(self) -> None:
        self._text = ""
        self._last = 0.0

    def key(self, char: str, now: float) -> bool:
        """A character arrived; whether it may be the first of a scan."""
        first = not self._text or now - self._last > BETWEEN_KEYS_S
        self._text = char if first else self._text + char
        self._last = now
        return first

    def enter(self, now: float) -> str:
        """Enter arrived: the scanned text, or "" when it was a person."""
        text, self._text = self._text, ""
        return text if len(text) >= LEAST and now - self._last <= BETWEEN_KEYS_S else ""

    def stop(self) -> None:
        """A key that no scanner sends."""
        self._text = ""


@dataclass(frozen=True, slots=True)
class Before:
    """A field as it was before a burst began."""

    field: QLineEdit
    text: str
    cursor: int
    selected: tuple[int, int]  # where the selection begins, and its length

    @classmethod
    def of(cls, field: QLineEdit) -> Before:
        return cls(field, field.text(), field.cursorPosition(), (field.selectionStart(), len(field.selectedText())))

    def restore(self, burst: str) -> bool:
        """Take `burst` out of the field again; False, and nothing done, where the field is not what both make."""
        field, (start, length) = self.field, self.selected
        begin = start if length else self.cursor
        typed = burst.replace(GS, "")
        expected = (self.text[:begin] + typed)[: field.maxLength()] + self.text[begin + length :]
        if not isValid(field) or field.text()[: field.maxLength()] != expected[: field.maxLength()]:
            return False
        field.setText(self.text)
        field.setCursorPosition(self.cursor)
        if length:
            field.setSelection(start, length)
        return True


class WedgeFilter(QObject):
    """Install it on the application. `scanned(text, put_back)` returns True when somebody wanted the scan; before it is
    routed elsewhere `put_back` makes the field that had the keyboard what it was (True where none had it).

    `pasted(in_field)` is asked at Ctrl+V, and returns True when it took a picture from the clipboard; `over` at each
    key pressed in a menu or another pop-up, and returns True when it was for the window.
    """

    def __init__(
        self,
        scanned: Callable[[str, Callable[[], bool]], bool],
        clock: Callable[[], float] = time.monotonic,
        pasted: Callable[[bool], bool] | None = None,
        over: Callable[[QKeyEvent], bool] | None = None,
    ) -> None:
        super().__init__()
        self._scanned = scanned
        self._clock = clock
        self._pasted = pasted
        self._over = over
        self._burst = Burst()
        self._before: Before | None = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if QApplication.activePopupWidget() is not None:
            return self._over is not None and self._over(event)
        focus = QApplication.focusWidget()
        # A key that nobody takes climbs from the focus widget to its parents, and passes here each time.
        if watched is not focus or focus is None:
            return False
        if event.matches(QKeySequence.StandardKey.Paste):
            return self._pasted is not None and self._pasted(isinstance(focus, QLineEdit | QPlainTextEdit))
        return self._key(event, focus)

    def _key(self, event: QKeyEvent, focus: QWidget) -> bool:
        if isinstance(focus, QPlainTextEdit) or event.isAutoRepeat() or _is_secret(focus):
            self._burst.stop()
            return False
        now = self._clock()
        if event.key() in _ENDS:
            text, before = self._burst.enter(now), self._before
            self._before = None
            if not text or (before is not None and before.field is not focus):
                return False
            return self._scanned(text, lambda: before is None or before.restore(text))
        if char := _character(event):
            if self._burst.key(char, now):
                self._before = Before.of(focus) if isinstance(focus, QLineEdit) else None
        elif event.key() not in (Qt.Key.Key_Shift, Qt.Key.Key_Control):
            self._burst.stop()
        return False


def _character(event: QKeyEvent) -> str:
    """The character that a scanner sent with the key; "" for a key that types none."""
    modifiers = event.modifiers()
    if not modifiers & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
        return event.text()
    separates = event.text() == GS or event.key() == Qt.Key.Key_BracketRight
    return GS if separates and modifiers == Qt.KeyboardModifier.ControlModifier else ""


def _is_secret(widget: QWidget) -> bool:
    return isinstance(widget, QLineEdit) and widget.echoMode() is not QLineEdit.EchoMode.Normal
