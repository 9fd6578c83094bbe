"""By keyboard alone: a whole visit on the real terminal, and the focus, which is to be seen wherever it goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from hht.work.view import Outcome, QuestionKind, StepState, StepView, VisitView
from tests.window.keys import focus, press
from tests.window.recorded import LABEL
from tests.window.scenes import AUDITED, Stage
from tests.window.test_audit import focusable
from ui.system import SystemClock
from ui.terminal import Terminal
from ui.window.app import make_application
from ui.window.bridge import Bridge
from ui.window.files import SaveSheet
from ui.window.help_page import HelpPage
from ui.window.leave_sheet import LeaveSheet
from ui.window.palette import PaletteSheet
from ui.window.shell import Shell
from ui.window.theme import THEME, load_fonts
from ui.window.trace_drawer import TraceDrawer
from ui.window.walkthrough_page import WalkthroughPage

MakeStage = Callable[..., Stage]
CONTROL = Qt.KeyboardModifier.ControlModifier


class Typist:
    """Has a keyboard and no mouse."""

    def __init__(self, data_dir: Path) -> None:
        app = make_application()
        for mono in (False, True):
            load_fonts(mono=mono)
        THEME.choose("day", glove=False, training=True)
        THEME.apply(app)
        self.bridge = Bridge(lambda: Terminal(data_dir=data_dir, training=True))
        self.shell = Shell(self.bridge, SystemClock(), training=True)
        self.shell.resize(1024, 640)
        self.shell.show()
        self.shell.activateWindow()
        self.bridge.start()

    def until(self, condition: Callable[[], bool], what: str, timeout_s: float = 60) -> None:
        """Wait, letting the window work."""
        end = time.monotonic() + timeout_s
        while not condition():
            QCoreApplication.processEvents()
            time.sleep(0.002)
            assert time.monotonic() < end, f"waited in vain for: {what}"

    @property
    def view(self) -> VisitView:
        """The visit as the window has it."""
        view = self.shell.visit_view()
        assert view is not None
        return view

    @property
    def step(self) -> StepView:
        """The step whose turn it is."""
        return self.view.step(self.view.current)

    @property
    def page(self) -> WalkthroughPage:
        """The page of the visit."""
        return self.shell._visit_page()

    def settled(self) -> bool:
        """True while the window waits for a person, and the keyboard has gone where it should."""
        view = self.shell.visit_view()
        if view is None or self.shell.page_name() != "visit":
            return False
        waits = not view.current or view.step(view.current).state not in (StepState.STARTED, StepState.WAITING)
        return waits and QApplication.focusWidget() is not None

    def go_on(self) -> None:
        """Do what the card asks for with the keys that come to mind: type what is to be typed, then Enter."""
        before, here = self.view, focus()
        assert here.isVisible()
        assert here.isEnabled()
        if not before.current:
            return
        step = self.step
        if (
            step.state is StepState.ASKING
            and step.question is not None
            and step.question.kind is QuestionKind.DEVICE_ID
        ):
            assert isinstance(here, QLineEdit)
            QTest.keyClicks(here, LABEL)
        elif step.state is StepState.ASKING:
            assert here.accessibleName() == "Yes"
        else:
            assert here is self.page.proceed, f"{step.id}: the keyboard is on {here.accessibleName()}"
        press(Qt.Key.Key_Return)
        self.until(lambda: self.view != before, f"something to happen in {step.id}")
        self.until(self.settled, f"the end of {step.id}", 90)

    def close(self) -> None:
        """Close the window and its core."""
        if isValid(self.shell):
            self.shell.close()
            self.bridge.stop()
            self.shell.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            QCoreApplication.processEvents()


@pytest.fixture
def typist(qtbot: QtBot, tmp_path: Path) -> Iterator[Typist]:
    made = Typist(tmp_path)
    yield made
    made.close()


def look_around(typist: Typist) -> None:
    """Menu, trace, help and reasons, each opened and closed by a key; the keyboard is then where it was."""
    before = focus()
    press(Qt.Key.Key_F12)
    drawer = typist.shell.sheet()
    assert isinstance(drawer, TraceDrawer)
    assert focus() is drawer.table
    row = drawer.table.currentIndex().row()
    press(Qt.Key.Key_Up)
    assert drawer.table.currentIndex().row() == row - 1
    press(Qt.Key.Key_Escape)
    assert focus() is before
    press(Qt.Key.Key_F8)
    sheet = typist.shell.sheet()
    assert isinstance(sheet, LeaveSheet)
    first = focus()
    press(Qt.Key.Key_Down)
    assert focus() is not first
    press(Qt.Key.Key_Escape)
    assert typist.view.step(typist.view.current).state is not StepState.LEFT
    assert focus() is before
    press(Qt.Key.Key_K, CONTROL)
    assert isinstance(typist.shell.sheet(), PaletteSheet)
    press(Qt.Key.Key_Escape)
    assert focus() is before
    press(Qt.Key.Key_K, CONTROL)
    QTest.keyClicks(focus(), "help")
    press(Qt.Key.Key_Return)
    page = typist.shell.page("help")
    assert isinstance(page, HelpPage)
    assert page.isVisible()
    bar = page._scroll.verticalScrollBar()
    typist.until(lambda: bar.maximum() > 0, "the help to be laid out")
    press(Qt.Key.Key_PageDown)
    assert bar.value() > 0  # what is longer than the window is reached by key
    press(Qt.Key.Key_Escape)
    assert typist.shell.page_name() == "visit"
    assert focus() is before


@pytest.mark.timeout(240)
def test_a_whole_visit_without_a_mouse(typist: Typist, tmp_path: Path) -> None:
    typist.until(lambda: typist.shell.open and QApplication.focusWidget() is not None, "the job list")
    typist.until(lambda: focus().accessibleName() == "Jobs", "the keyboard on the list")
    press(Qt.Key.Key_Return)
    typist.until(typist.settled, "the first step")
    for _turn in range(60):
        if typist.view.outcome is not None:
            break
        if typist.view.current == "clock" and typist.step.state is StepState.READY:
            look_around(typist)
        typist.go_on()
    assert typist.view.outcome is Outcome.COMPLETE
    typist.until(lambda: bool(typist.view.report), "the report")
    typist.until(lambda: QApplication.focusWidget() is not None, "the keyboard, once the last card is built")
    for _tab in range(12):
        if focus() is typist.page.card.save_report:
            break
        press(Qt.Key.Key_Tab)
    assert focus() is typist.page.card.save_report
    press(Qt.Key.Key_Return)
    sheet = typist.shell.sheet()
    assert isinstance(sheet, SaveSheet)
    assert focus() is sheet.path
    QTest.keyClicks(focus(), str(tmp_path / "mine.pdf"))  # the proposal is marked: typing replaces it
    press(Qt.Key.Key_Return)
    typist.until(lambda: (tmp_path / "mine.pdf").exists() and typist.view.report.endswith("mine.pdf"), "the report")
    typist.until(lambda: typist.shell.sheet() is None, "the sheet to close")
    press(Qt.Key.Key_1, CONTROL)
    typist.until(lambda: typist.shell.page_name() == "jobs", "the job list")
    assert focus().accessibleName() == "Jobs"


@pytest.mark.sampled(one_in=4)
@pytest.mark.parametrize("theme", ["day", "night", "sun"])
@pytest.mark.parametrize(
    "scene", ["jobs", "visit-scan", "visit-running", "visit-failed", "visit-complete", "visit-leave", "visit-choice",
              "device-now", "device-half-hours", "device-logs", "trace", "settings", "help", "palette",
              "live-pass-phrase-new", "crash", "jobs-import", "device-objects"],
)  # fmt: skip
def test_the_focus_is_seen_wherever_it_goes(scene: str, theme: str, make_stage: MakeStage) -> None:
    stage = make_stage(theme, 1024, 640, live="live" in scene)
    AUDITED[scene](stage)
    targets = focusable(stage)
    unseen = []
    for widget in targets:
        others = [other for other in targets if other is not widget]
        if not others:
            continue
        others[0].setFocus()
        QCoreApplication.processEvents()
        without = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QCoreApplication.processEvents()
        if not isinstance(widget, QLineEdit | QPlainTextEdit) and widget.grab().toImage() == without:
            unseen.append(f"{type(widget).__name__} {widget.accessibleName()}")
        assert isinstance(widget, QWidget)
    assert unseen == []
