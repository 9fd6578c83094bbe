"""What the program puts onto the clipboard, and takes away again when nobody is there to paste it."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

_copied: set[str] = set()  # by buttons of ours since it was cleared last; what a field copies, Qt knows of


def copy_out(text: str) -> None:
    """Put `text` onto the clipboard."""
    _copied.clear()
    _copied.add(text)
    QGuiApplication.clipboard().setText(text)


def clear_own() -> None:
    """Empty the clipboard if what is on it came from here; what another program put there stays."""
    clipboard = QGuiApplication.clipboard()
    if clipboard.ownsClipboard() or clipboard.text() in _copied:
        clipboard.clear()
    _copied.clear()
