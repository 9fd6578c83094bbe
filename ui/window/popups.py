"""What stands over the window and is none of its children: context menus of fields, and lists that drop down.

Hiding what they came from does not close them, and what they do (Copy) they do to it unseen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QToolTip

if TYPE_CHECKING:
    from ui.window.shell import Shell

_HIDING: Final = ("cover", "lock")  # the actions whose keys a pop-up does not keep from the window


def close_popups() -> None:
    """Close every one that is open, the last first; nothing of what stood in them is chosen."""
    for widget in reversed(QApplication.topLevelWidgets()):
        if widget.isVisible() and widget.windowType() == Qt.WindowType.Popup:
            widget.close()
    QToolTip.hideText()


def hides(shell: Shell, event: QKeyEvent) -> bool:
    """A key was pressed in a pop-up, which has all keys to itself: whether it hides the window, as it then does."""
    keys = QKeySequence(event.keyCombination()).toString()
    for action in (shell.registry[name] for name in _HIDING):
        if action.shortcut == keys and action.enabled():
            close_popups()
            shell.act(action)
            return True
    return False
