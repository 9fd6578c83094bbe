"""The whole visit through the real window: real clicks and keys, the real terminal, an emulated meter over real bytes.

Everything is found by its accessible name, as a screen reader or an engineer finds it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QListView, QPushButton, QTableView, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from hht.work.view import Outcome, QuestionKind, StepState, VisitView
from ui.system import SystemClock
from ui.terminal import Terminal
from ui.window.app import make_application
from ui.window.bridge import Bridge
from ui.window.device_page import DevicePage
from ui.window.jobs_page import JobsPage
from ui.window.shell import Shell
from ui.window.theme import THEME, load_fonts
from ui.window.trace_drawer import TraceDrawer

LEFT = Qt.MouseButton.LeftButton
DEVICE_ID = "00-DB-12-34-56-78-90-A0"


class Hands:
    """Eyes and hands of an engineer in front of the window."""

    def __init__(self, data_dir: Path) -> None:
        app = make_application()
        for mono in (False, True):
            load_fonts(mono=mono)
        THEME.choose("day", glove=False, training=True)
        THEME.apply(app)
        self.bridge = Bridge(lambda: Terminal(data_dir=data_dir, training=True))
        self.shell = Shell(self.bridge, SystemClock(), training=True)
        self.shell.show()
        self.shell.activateWindow()
        self.bridge.start()

    def until(self, condition: Callable[[], bool], what: str, timeout_s: float = 180) -> None:
        """Wait, letting the window work."""
        end = time.monotonic() + timeout_s
        while not condition():
            QCoreApplication.processEvents()
            time.sleep(0.002)
            assert time.monotonic() < end, f"waited in vain for: {what}; {self.view and self.view.current}"

    @property
    def view(self) -> VisitView | None:
        """The visit as the window has it."""
        return self.shell.visit_view()

    def see(self, kind: type[QWidget], name: str) -> QWidget | None:
        """The visible, enabled widget of that kind and accessible name."""
        root = self.shell.sheet() or self.shell
        found = [w for w in root.findChildren(kind) if w.isVisible() and w.isEnabled() and w.accessibleName() == name]
        return found[0] if found else None

    def press(self, name: str) -> None:
        """Press the button of that name."""
        self.until(lambda: self.see(QPushButton, name) is not None, f"button {name}")
        button = self.see(QPushButton, name)
        assert button is not None
        QTest.mouseClick(button, LEFT)

    def type(self, text: str) -> None:
        """Type where the keyboard is, and press Enter."""
        field = QApplication.focusWidget()
        assert isinstance(field, QLineEdit), f"the keyboard is on {field and field.accessibleName()}"
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)

    def close(self) -> None:
        """Close the window and its core."""
        if isValid(self.shell):
            self.shell.close()
            self.bridge.stop()
            self.shell.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            QCoreApplication.processEvents()

    def open_job(self) -> None:
        """Open the sample job from the list."""
        self.until(lambda: self._jobs().model.loaded, "the job list")
        self.until(lambda: self.see(QListView, "Jobs") is not None, "a job in the list")
        name = "Continue visit" if self._jobs().model.unfinished() else "Open job"
        self.press(name)
        self.until(lambda: self.shell.page_name() == "visit" and self.view is not None, "the visit")

    def _jobs(self) -> JobsPage:
        page = self.shell.page("jobs")
        assert isinstance(page, JobsPage)
        return page

    def settled(self) -> bool:
        """True while the window waits for the engineer."""
        view = self.view
        if view is None or not view.current:
            return view is not None
        return view.step(view.current).state not in (StepState.STARTED, StepState.WAITING)

    def do_next(self) -> None:
        """Whatever the step that is shown asks for."""
        view = self.view
        assert view is not None
        step = view.step(view.current)
        assert step.state not in (StepState.FAILED, StepState.UNKNOWN), f"{step.id}: {step.message} {step.remedy}"
        if step.state is not StepState.ASKING or step.question is None:
            self.press("Continue")
        elif step.question.kind is QuestionKind.CONFIRM:
            self.press("Yes")
        elif step.question.kind is QuestionKind.DEVICE_ID:
            self.type(DEVICE_ID)
        else:
            self.press("Continue")
        self.until(lambda: self.view != view, f"an answer to {step.id} {step.state}")
        self.until(self.settled, f"the end of {step.id}", 90)


@pytest.fixture
def make_hands(qtbot: QtBot) -> Iterator[Callable[[Path], Hands]]:
    made: list[Hands] = []

    def make(data_dir: Path) -> Hands:
        made.append(Hands(data_dir))
        return made[-1]

    yield make
    for hands in made:
        hands.close()


@pytest.mark.timeout(240)
def test_from_job_list_to_report(make_hands: Callable[[Path], Hands], tmp_path: Path) -> None:
    hands = make_hands(tmp_path)
    hands.open_job()
    hands.until(hands.settled, "the first step")
    titles = []
    for _turn in range(60):
        view = hands.view
        assert view is not None
        if view.outcome is not None:
            break
        titles.append(view.current)
        hands.do_next()
    hands.until(lambda: hands.view is not None and bool(hands.view.report), "the report")
    view = hands.view
    assert view is not None
    assert view.outcome is Outcome.COMPLETE
    assert {step.state for step in view.steps} == {StepState.DONE}
    assert Path(view.report).read_bytes().startswith(b"%PDF")
    assert hands.see(QPushButton, "Open the report") is not None
    report = json.loads(Path(view.report).with_suffix(".json").read_text())
    assert DEVICE_ID in json.dumps(report)
    hands.press("Back to jobs")
    hands.until(lambda: hands.shell.page_name() == "jobs", "the job list")
    hands.until(lambda: any(job.state == "complete" for job in hands._jobs().model.jobs), "the job to be complete")


@pytest.mark.timeout(240)
def test_a_visit_interrupted_half_way_goes_on_from_the_first_screen(
    make_hands: Callable[[Path], Hands], tmp_path: Path
) -> None:
    first = make_hands(tmp_path)
    first.open_job()
    first.until(first.settled, "the first step")
    while (view := first.view) is not None and view.current != "write-mpan":
        first.do_next()
    first.close()
    second = make_hands(tmp_path)
    second.until(lambda: second.see(QPushButton, "Continue visit") is not None, "the offer to go on")
    second.open_job()
    second.until(lambda: second.view is not None and second.view.resumed, "the visit to be taken up")
    view = second.view
    assert view is not None
    assert view.step("identify").state is StepState.DONE
    for _turn in range(60):
        second.until(second.settled, "the next question")
        if second.view is not None and second.view.outcome is not None:
            break
        second.do_next()
    assert second.view is not None
    assert second.view.outcome is Outcome.COMPLETE


@pytest.mark.timeout(240)
def test_what_the_meter_says_unasked_is_told_calmly(make_hands: Callable[[Path], Hands], tmp_path: Path) -> None:
    hands = make_hands(tmp_path)
    hands.until(lambda: hands._jobs().model.loaded, "the job list")
    link = "emulated:single-element?notifies=yes&days=1"
    hands.shell.save_settings(replace(hands.shell.settings, link=link))
    hands.open_job()
    hands.until(hands.settled, "the first step")
    for _turn in range(40):
        if any(line.notice for line in hands.shell.trace_lines):
            break
        hands.do_next()
    hands.shell._tick()
    lines = [line for line in hands.shell.trace_lines if line.notice]
    assert lines[0].notice.startswith("Clock adjusted")
    assert lines[-1].notice[:17] in hands.shell.header.link.label.text()
    assert lines[-1].notice in hands.shell.header.link.accessibleName()
    assert hands.shell.sheet() is None  # nobody is interrupted
    hands.press("Trace")
    drawer = hands.shell.sheet()
    assert isinstance(drawer, TraceDrawer)
    hands.press("Show: Events")
    told = [row for row in drawer.items.rows if row[1] == "· notice"]
    assert [row[3] for row in told] == [line.summary for line in lines]
    assert "UTC" in told[0][3]
    assert lines[0].notice in told[0][3]


@pytest.mark.timeout(120)
def test_the_meter_shows_what_it_says(make_hands: Callable[[Path], Hands], tmp_path: Path) -> None:
    hands = make_hands(tmp_path)
    hands.until(lambda: hands.shell.open, "the store")
    hands.press("Meter")
    page = hands.shell.page("device")
    assert isinstance(page, DevicePage)
    hands.press("Read meter")
    hands.until(lambda: page.snapshot is not None and page.read_button.isEnabled(), "the meter's answers", 60)
    assert page.notice.message == ""
    hands.press("Show: Registers")
    table = hands.see(QTableView, "Registers")
    assert isinstance(table, QTableView)
    assert "1-0:1.8.0" in {table.model().index(row, 3).data() for row in range(table.model().rowCount())}
    hands.press("Show: Profile")
    hands.press("How far back: 7 days")
    hands.press("Read profile")
    hands.until(lambda: len(page.profile.model) >= 7 * 48 - 1 and page.read_button.isEnabled(), "the profile", 60)
    assert any(bar.energy_kwh for bar in page.profile.model.days())
    hands.press("Show: Logs")
    hands.press("Read log")
    hands.until(lambda: page.logs.items.rowCount() > 0 and page.read_button.isEnabled(), "the log")
    assert hands.shell.link.bytes_rx > 1000
    hands.press("Trace")
    drawer = hands.shell.sheet()
    assert isinstance(drawer, TraceDrawer)
    hands.until(lambda: drawer._tree_items.rowCount() == 1, "a decoded frame")
