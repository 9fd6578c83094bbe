"""A wedge scanner answers the open question wherever the keyboard is; a person's typing never does."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.window import samples
from tests.window.scenes import Stage
from ui.window.scanner import Burst, WedgeFilter


def test_a_fast_burst_is_a_scan() -> None:
    burst = Burst()
    for number, char in enumerate("00DB1234567890A0"):
        burst.key(char, 1 + number * 0.010)
    assert burst.enter(1.16) == "00DB1234567890A0"
    assert burst.enter(1.17) == ""


def test_slow_or_short_or_late_is_a_person() -> None:
    burst = Burst()
    for number, char in enumerate("00DB1234"):
        burst.key(char, 1 + number * 0.120)
    assert burst.enter(1.95) == ""
    for number, char in enumerate("1234"):
        burst.key(char, 3 + number * 0.010)
    assert burst.enter(3.05) == ""
    for number, char in enumerate("1234567890"):
        burst.key(char, 5 + number * 0.010)
    assert burst.enter(5.5) == ""


def test_a_scan_on_a_button_answers_and_presses_nothing(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.visit("scan")
    now = [10.0]
    wedge = WedgeFilter(stage.shell.scanned, lambda: now[0])
    stage.app.installEventFilter(wedge)
    try:
        page = stage.shell._visit_page()
        page.leave.setFocus()
        for char in samples.DEVICE_ID:
            now[0] += 0.005
            QTest.keyClicks(page.leave, char)
        now[0] += 0.005
        QTest.keyClick(page.leave, Qt.Key.Key_Return)
        visit = stage.services.visits[-1]
        stage.wait(lambda: ("answer", "scan-meter", samples.DEVICE_ID) in visit.calls)
        assert stage.shell.sheet() is None  # Enter did not press “Can't do this…”
    finally:
        stage.app.removeEventFilter(wedge)


def test_without_a_question_a_scan_is_not_swallowed(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    assert not stage.shell.scanned("1234567890123")
