"""Keys and the mouse, as the tests of the window use them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from hht.work.view import StepState
from tests.window.scenes import Stage

MakeStage = Callable[..., Stage]
LEFT = Qt.MouseButton.LeftButton


def focus() -> QWidget:
    """What has the keyboard."""
    widget = QApplication.focusWidget()
    assert widget is not None, "nothing has the keyboard"
    return widget


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the keyboard is."""
    QTest.keyClick(focus(), key, modifier)


def click(stage: Stage, name: str) -> None:
    """Press the button of that name with the mouse."""
    QTest.mouseClick(stage.find(QPushButton, name), LEFT)


def state_of(stage: Stage) -> tuple[str, StepState]:
    """The step whose turn it is, and its state."""
    view = stage.shell.visit_view()
    assert view is not None
    return (view.current, view.step(view.current).state) if view.current else ("", StepState.DONE)
