"""Facts that change twice before they are seen: nothing comes up as a window of its own, and takes the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from ui.window.parts import FactTable
from ui.window.widgets import Button, Text


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


def test_facts_that_come_one_after_the_other_leave_those_above_alone(qtbot: QtBot) -> None:
    facts = FactTable()
    qtbot.addWidget(facts)
    facts.show()
    told = [("Meter", "12 34", "plain", True), ("State", "on", "good", False), ("Clock", "right", "plain", False)]

    def shown() -> list[str]:
        labels = [one for one in facts.findChildren(Text) if one.isVisible() and one.text() != "from device"]
        return [one.text() for one in sorted(labels, key=lambda one: one.mapTo(facts, one.rect().topLeft()).y())]

    def words(*lines: tuple[str, str, str, bool]) -> set[str]:
        return {word for label, value, *_rest in lines for word in (label, value)}

    facts.show_facts(told[:2])
    QCoreApplication.processEvents()
    first = [one for one in facts.findChildren(Text) if one.text() in words(*told[:2])]
    facts.show_facts(told)
    QCoreApplication.processEvents()
    assert all(isValid(one) and one.isVisible() for one in first), "the same as before"
    assert set(shown()) == words(*told)
    changed = [told[0], ("State", "off", "bad", False), told[2]]
    for now in (changed, changed[:1], [], told):
        facts.show_facts(now)
        for _turn in range(3):
            QCoreApplication.processEvents()
        assert sorted(shown()) == sorted(words(*now))
        assert facts.isVisible() is bool(now)
        lines = [[label for label in shown() if label in (one[0], one[1])] for one in now]
        assert [name for line in lines for name in line] == shown(), "each line is where it belongs"
