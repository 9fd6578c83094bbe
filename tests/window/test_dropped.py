"""Facts that change twice before they are seen: nothing comes up as a window of its own, and takes the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui.window.parts import FactTable
from ui.window.widgets import Button


def test_facts_that_never_were_seen_do_not_come_up_as_windows(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    facts, button = FactTable(), Button("Go")
    column = QVBoxLayout(window)
    column.addWidget(facts)
    column.addWidget(button)
    window.show()
    window.activateWindow()
    button.setFocus()
    QCoreApplication.processEvents()
    for number in range(3):
        facts.show_facts([("State", str(number), "plain", False)])
    for _turn in range(3):
        QCoreApplication.processEvents()
    assert [one for one in QApplication.topLevelWidgets() if one.isVisible()] == [window]
    assert button.hasFocus()
