"""The locked window: when it locks, that nothing of the store is to be seen, that what runs goes on, who gets in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QTextEdit, QWidget

from hht.errors import HhtError
from hht.link import TraceKind
from tests.window import samples
from tests.window.keys import focus, press
from tests.window.scenes import Stage
from tests.window.screen_checks import qt_thread
from ui.window.clipboard import STAYS_S, copy_out
from ui.window.lock import ASLEEP_S, Idle, Why, lock_after_s
from ui.window.lock_sheet import LockSheet

MakeStage = Callable[..., Stage]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def live(make_stage: MakeStage, theme: str = "day") -> Stage:
    return make_stage(theme, wide=1024, high=640, live=True)


def later(stage: Stage, seconds: float, *, every_s: float = 10.0) -> None:
    """The window ticks on for so long; nobody touches it."""
    for _tick in range(int(seconds / every_s)):
        stage.clock.advance(every_s)
        stage.shell._tick()


def give(phrase: str) -> None:
    QTest.keyClicks(focus(), phrase)
    press(Qt.Key.Key_Return)


def seen(stage: Stage) -> set[str]:
    """Every word that is to be seen."""

    def words(widget: QWidget) -> Iterator[str]:
        yield widget.accessibleName()
        if isinstance(widget, QLabel | QPushButton | QLineEdit):
            yield widget.text()
        elif isinstance(widget, QTextEdit | QPlainTextEdit):
            yield widget.toPlainText()
        elif isinstance(widget, QComboBox):
            yield widget.currentText()

    shown = [widget for widget in stage.shell.findChildren(QWidget) if widget.isVisible()]
    return {word.strip() for widget in shown for word in words(widget) if word.strip()}


def test_a_window_that_nobody_touches_locks_itself_and_not_a_tick_before(make_stage: MakeStage) -> None:
    stage = live(make_stage)
    later(stage, 290)
    assert not stage.shell.lock.locked
    handle = stage.shell.window().windowHandle()
    assert handle is not None
    QTest.keyClick(handle, Qt.Key.Key_Shift)  # somebody is there
    later(stage, 290)
    assert not stage.shell.lock.locked
    later(stage, 10)
    assert isinstance(stage.shell.sheet(), LockSheet)


def test_it_locks_when_the_computer_slept_whichever_clock_stood_still() -> None:
    def looked(by_wall_s: float, monotonic_s: float) -> Why | None:
        return Idle(NOW, 0.0, 0.0).look(NOW + timedelta(seconds=by_wall_s), monotonic_s, 300.0)

    assert looked(0.25, 0.25) is None
    assert looked(ASLEEP_S, 0.25) is Why.ASLEEP  # Linux: the monotonic clock stands still in sleep
    assert looked(0.25, ASLEEP_S) is Why.ASLEEP
    assert looked(-3600, 0.25) is None  # the wall clock was set back: no sleep


@pytest.mark.parametrize(("minutes", "training", "limit_s"), [
    (1, False, 60), (15, False, 900), (0, False, 300), (0, True, None), (-1, True, 300), ("5", False, 300),
    (10**9, False, 300), (None, True, 300), (5, True, 300),
])  # fmt: skip
def test_it_is_off_in_training_alone(minutes: object, training: bool, limit_s: float | None) -> None:
    assert lock_after_s(minutes, training=training) == limit_s


def test_nothing_of_the_store_is_to_be_seen_and_what_comes_up_is_hidden_too(make_stage: MakeStage) -> None:
    stage = live(make_stage)
    stage.visit("registers")
    stage.shell.show_trace()
    stage.pause()
    assert len(seen(stage)) > 20
    press(Qt.Key.Key_Escape)
    copy_out("1012345678901")
    press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    stage.wait(lambda: stage.shell.lock.locked)
    stage.shell.show_error(HhtError("1 Coronation Street", remedy="", code="x"))
    stage.shell.show_trace()
    stage.shell.show_palette()
    stage.shell.go("device")
    stage.pause()
    allowed = {
        "Pass phrase", "Unlock", "The window is locked", "It was locked by hand.",
        "The visit waits for you; nothing of it is lost.",
    }  # fmt: skip
    assert seen(stage) - allowed == set()
    assert QGuiApplication.clipboard().text() == ""
    assert not stage.shell.scans.pasted(in_field=False)
    assert not stage.shell.scans.scanned("HHTJOB", lambda: True)


def test_the_clipboard_of_others_stays(make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = live(make_stage)
    QGuiApplication.clipboard().setText("of another program")
    monkeypatch.setattr(type(QGuiApplication.clipboard()), "ownsClipboard", lambda _self: False)
    stage.shell.lock.lock(Why.HAND)
    assert QGuiApplication.clipboard().text() == "of another program"
    stage.wait(lambda: stage.services.locks == ["hand"])  # and the core was told, for the log


def test_what_was_copied_clears_itself_after_two_minutes(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = live(make_stage)
    clipboard = QGuiApplication.clipboard()
    copy_out("1012345678901")
    assert clipboard.mimeData().data("x-kde-passwordManagerHint").data() == b"secret"
    stage.shell._tick()
    later(stage, STAYS_S - 1, every_s=1)
    assert clipboard.text() == "1012345678901"
    later(stage, 1, every_s=1)
    assert clipboard.text() == ""
    monkeypatch.setattr(type(clipboard), "ownsClipboard", lambda _self: True)  # offscreen it never says so
    clipboard.setText("out of a field")  # as Qt copies what is marked
    stage.shell._tick()
    later(stage, STAYS_S)
    assert clipboard.text() == ""


def test_only_the_pass_phrase_leads_back_to_what_was_there(make_stage: MakeStage) -> None:
    stage = live(make_stage)
    stage.shell.go("settings")
    stage.shell.show_trace()
    stage.pause()
    drawer = stage.shell.sheet()
    stage.shell.lock.lock(Why.ASLEEP)
    sheet = stage.shell.sheet()
    assert isinstance(sheet, LockSheet)
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_F1, Qt.Key.Key_Return):
        press(key)
    press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert stage.shell.sheet() is sheet
    give("wrong")
    stage.wait(lambda: sheet.notice.message == "That is not the pass phrase.")
    assert sheet.phrase.text() == ""
    give("correct horse")
    stage.wait(lambda: not stage.shell.lock.locked)
    assert stage.shell.sheet() is drawer
    assert drawer is not None
    assert drawer.isAncestorOf(focus())
    assert stage.shell.page_name() == "settings"


def test_the_visit_goes_on_beneath(make_stage: MakeStage) -> None:
    stage = live(make_stage)
    stage.visit("registers")
    lines = len(stage.shell.trace_lines)
    stage.shell.lock.lock(Why.IDLE)
    sheet = stage.shell.sheet()
    assert isinstance(sheet, LockSheet)
    view = samples.scene("failed")
    stage.services.visits[-1].show(view)
    for hear in stage.services.listeners:
        hear(samples.trace()[0])
    stage.wait(lambda: stage.shell.visit_view() == view and len(stage.shell.trace_lines) > lines)
    assert stage.shell.trace_lines[-1].event.kind in TraceKind
    give("correct horse")
    stage.wait(lambda: not stage.shell.lock.locked)
    assert stage.shell.page_name() == "visit"
    assert stage.services.stopped == 0
    assert stage.shell._visit_page().card.isVisible()


def test_before_the_store_is_open_there_is_nothing_to_lock(make_stage: MakeStage) -> None:
    from tests.window.scripted import ScriptedServices

    stage = make_stage(services=ScriptedServices(training=False, locked=True), live=True)
    stage.wait(lambda: stage.shell.page_name() == "pass-phrase")
    later(stage, 400)
    assert not stage.shell.lock.locked


def test_a_store_that_was_put_back_is_told_as_it_opens(make_stage: MakeStage) -> None:
    from hht.store.log_memory import LogPutBack
    from tests.window.scripted import ScriptedServices
    from ui.window.messages import ErrorSheet

    services = ScriptedServices()
    services.log_trouble = LogPutBack("The log was put back to an earlier copy, or cut.")
    stage = make_stage(services=services)
    stage.wait(lambda: "verify NEW --after OLD" in " ".join(seen(stage)))
    assert isinstance(stage.shell.sheet(), ErrorSheet)
    assert "put back to an earlier copy" in " ".join(seen(stage))


@pytest.mark.parametrize("theme", ["day", "night", "sun"])
def test_it_looks_right_and_can_be_read_in_each_theme(theme: str, make_stage: MakeStage) -> None:
    from tests.window.screen_checks import dim, overlaps

    stage = live(make_stage, theme)
    with qt_thread() as blocking:
        stage.shell.lock.lock(Why.IDLE)
        stage.pause()
    assert blocking == []
    assert dim(stage) == {}
    assert overlaps(stage) == []
    sheet = stage.shell.sheet()
    assert isinstance(sheet, LockSheet)
    assert stage.shell.rect().contains(sheet.card.geometry())


def test_the_setting_is_kept(make_stage: MakeStage) -> None:
    stage = live(make_stage)
    stage.shell.go("settings")
    stage.shell.save_settings(replace(stage.shell.settings, lock_minutes=1))
    stage.wait(lambda: stage.services.saved.lock_minutes == 1)
    later(stage, 50)
    assert not stage.shell.lock.locked
    later(stage, 10)
    assert stage.shell.lock.locked
