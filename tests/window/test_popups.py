"""What stands over the window, a field's context menu or a list that drops down, goes when the window is hidden."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from tests.window.keys import MakeStage
from tests.window.scenes import Stage
from ui.window.jobs_page import JobsPage
from ui.window.lock import Why
from ui.window.succession import hear_keys

NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support (raise|grabbing the keyboard)")
STREET = "12 Specimen Street"


def menu_of(stage: Stage) -> QMenu:
    """The menu that comes up at the right-hand button in the search field, with something marked in it."""
    page = stage.shell.page("jobs")
    assert isinstance(page, JobsPage)
    page.search.setText(STREET)
    page.search.selectAll()
    return menu_at(page.search)


def menu_at(field: QLineEdit) -> QMenu:
    where = field.mapToGlobal(QPoint(4, 4))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(4, 4), where)
    QApplication.sendEvent(field, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def open_popups() -> list[str]:
    return [
        type(one).__name__
        for one in QApplication.topLevelWidgets()
        if one.isVisible() and one.windowType() == Qt.WindowType.Popup
    ]


@pytest.mark.parametrize("hide", ["lock", "cover"])
def test_no_menu_of_what_was_hidden_stays_and_copies(make_stage: MakeStage, hide: str) -> None:
    stage = make_stage(live=True)
    menu = menu_of(stage)
    if hide == "lock":
        stage.shell.lock.lock(Why.IDLE)
    else:
        stage.shell.privacy.turn()
    assert open_popups() == []
    assert not menu.isVisible()
    assert QGuiApplication.clipboard().text() == ""


@pytest.mark.parametrize(("key", "modifier"), [(Qt.Key.Key_F2, NONE), (Qt.Key.Key_L, CTRL)])
def test_the_keys_that_hide_the_window_do_so_with_a_menu_open(
    make_stage: MakeStage, key: Qt.Key, modifier: Qt.KeyboardModifier
) -> None:
    stage = make_stage(live=True)
    hear_keys(stage.shell)
    QTest.keyClick(menu_of(stage), Qt.Key.Key_Down)
    assert open_popups() == ["QMenu"]
    QTest.keyClick(QApplication.activePopupWidget(), key, modifier)
    assert stage.shell.lock.locked if modifier else stage.shell.privacy.covered
    assert open_popups() == []


def test_a_menu_of_the_lock_goes_with_it(make_stage: MakeStage) -> None:
    stage = make_stage(live=True)
    stage.shell.lock.lock(Why.HAND)
    sheet = stage.shell.lock.sheet
    assert sheet is not None
    sheet.phrase.setText("correct horse")
    menu_at(sheet.phrase)
    sheet.go_on()
    stage.wait(lambda: not stage.shell.lock.locked)
    assert open_popups() == []
