"""What the program puts onto the clipboard, and takes away again when nobody is there to paste it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QClipboard, QGuiApplication

STAYS_S: Final = 120.0  # so long what was copied here can be pasted
# What keeps a history of clipboards leaves out what is marked so: KDE's and GNOME's by the one, Windows' by the other.
_NO_HISTORY: Final = {
    "x-kde-passwordManagerHint": b"secret",
    'application/x-qt-windows-mime;value="ExcludeClipboardContentFromMonitorProcessing"': b"\x01",
}

_copied: set[str] = set()  # by buttons of ours since it was cleared last; what a field copies, Qt knows of


def copy_out(text: str) -> None:
    """Put `text` onto the clipboard, for no history of it."""
    _copied.clear()
    _copied.add(text)
    kept = QMimeData()
    kept.setText(text)
    for name, value in _NO_HISTORY.items():
        kept.setData(name, value)
    QGuiApplication.clipboard().setMimeData(kept)


def clear_own() -> None:
    """Empty the clipboard if what is on it came from here; what another program put there stays."""
    clipboard = QGuiApplication.clipboard()
    if clipboard.ownsClipboard() or clipboard.text() in _copied:
        clipboard.clear()
    if clipboard.supportsSelection() and clipboard.ownsSelection():
        clipboard.clear(QClipboard.Mode.Selection)
    _copied.clear()


class ClipboardWatch(QObject):
    """Clears what was copied here, by a button or out of a field, once it has stood for `STAYS_S`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._changed, self._since_s = False, -1.0
        QGuiApplication.clipboard().dataChanged.connect(self._look)

    def _look(self) -> None:
        self._changed = True

    def tick(self, monotonic_s: float) -> None:
        """A quarter of a second went by."""
        if self._changed:
            self._changed = False
            clipboard = QGuiApplication.clipboard()
            own = clipboard.ownsClipboard() or clipboard.text() in _copied
            self._since_s = monotonic_s if own else -1.0
        if 0 <= self._since_s <= monotonic_s - STAYS_S:
            self._since_s = -1.0
            clear_own()
