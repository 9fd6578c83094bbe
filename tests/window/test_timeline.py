"""What expires next in the window: warned of in the head, at its time, with the keyboard left where it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from hht.work.timeline import Timer
from hht.work.timer_rules import TimerKind
from tests.window import samples
from tests.window.keys import focus, press
from tests.window.scenes import Stage
from tests.window.timeline_scenes import TIMELINE_SCENES
from ui.window.timeline_sheet import TimelineSheet
from ui.window.widgets import Text

MakeStage = Callable[..., Stage]
WINDOW = Timer(TimerKind.HUB_WINDOW, "J-1042", samples.NOW + timedelta(minutes=60))


def later(stage: Stage, **span: float) -> None:
    """Time goes by, and the window ticks."""
    stage.clock.advance(timedelta(**span).total_seconds())
    rest(stage)


def rest(stage: Stage) -> None:
    """The window ticks, and what it then asks has arrived."""
    stage.pause()  # ends with a tick, which may ask
    stage.pause()


def test_a_warning_comes_at_its_time_and_takes_neither_keyboard_nor_what_was_typed(make_stage: MakeStage) -> None:
    stage = make_stage(wide=1024, high=640)
    stage.services.timer_list = (WINDOW,)
    stage.visit("scan")
    rest(stage)
    header, field = stage.shell.header, focus()
    QTest.keyClicks(field, "00-DB")
    assert header.warning.isHidden()
    assert "Hub window" in header.clock.accessibleName()
    places = {w: w.mapTo(stage.shell, w.rect().topLeft()) for w in (field, stage.shell._visit_page().proceed)}
    later(stage, minutes=45)
    assert header.warning.isVisible()
    assert header.warning.text().strip() == "Hub window: 15:00"
    assert "Join the hub's HAN" in header.warning.accessibleName()
    assert not header.title.isVisible()
    assert focus() is field, "the keyboard stays"
    assert {w: w.mapTo(stage.shell, w.rect().topLeft()) for w in places} == places, "nothing moves under a finger"
    QTest.keyClicks(field, "-12")
    assert field.text() == "00-DB-12"  # type: ignore[attr-defined]
    later(stage, minutes=3)
    assert header.warning.text().strip() == "Hub window: 12:00"


def test_looked_at_it_goes_and_the_next_warning_comes(make_stage: MakeStage) -> None:
    stage = make_stage(wide=1024, high=640)
    stage.services.timer_list = (WINDOW,)
    stage.visit("confirm")
    later(stage, minutes=46)
    before = focus()
    press(Qt.Key.Key_F9)
    sheet = stage.shell.sheet()
    assert isinstance(sheet, TimelineSheet)
    assert any("14:00 · Hub window · J-1042" in text.text() for text in sheet.findChildren(Text))
    press(Qt.Key.Key_Escape)
    assert focus() is before
    later(stage, minutes=1)
    assert stage.shell.header.title.isVisible(), "it was seen"
    later(stage, minutes=9)
    assert stage.shell.header.warning.text().strip() == "Hub window: 4:00"
    later(stage, minutes=10)
    assert stage.shell.header.warning.text().strip() == "Hub window: over"
    assert "Switch the hub off and on" in stage.shell.header.warning.accessibleName()
    stage.services.timer_list = ()
    later(stage, minutes=2)
    assert stage.shell.header.title.isVisible(), "what is no longer so is not warned of"


def test_what_was_over_when_the_window_opened_is_in_the_sheet_alone(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.timer_list = (Timer(TimerKind.APPOINTMENT, "J-1044", samples.NOW - timedelta(minutes=5)),)
    later(stage, minutes=2)
    assert stage.shell.header.warning.isHidden()
    stage.shell.header.clock.click()
    sheet = stage.shell.sheet()
    assert isinstance(sheet, TimelineSheet)
    (line,) = [text.text() for text in sheet.findChildren(Text) if "Appointment" in text.text()]
    assert line.startswith("over · Appointment · J-1044")
    assert "£40 to the customer, unverified" in line


def test_the_core_is_asked_once_a_minute_and_at_each_step_s_turn(make_stage: MakeStage) -> None:
    stage = make_stage()
    asked: list[None] = []
    whole = stage.services.timers

    async def timers() -> tuple[Timer, ...]:
        asked.append(None)
        return await whole()

    stage.services.timers = timers  # type: ignore[method-assign]
    rest(stage)
    before = len(asked)
    for _tick in range(20):
        stage.shell._tick()
    rest(stage)
    assert len(asked) == before, "not at each tick"
    later(stage, minutes=1)
    assert len(asked) == before + 1
    stage.visit("confirm")
    rest(stage)
    assert len(asked) == before + 2


def test_what_is_longer_than_the_sheet_is_read_by_keys(make_stage: MakeStage) -> None:
    stage = make_stage(wide=1024, high=640)
    TIMELINE_SCENES["timeline"](stage)
    sheet = stage.shell.sheet()
    assert isinstance(sheet, TimelineSheet)
    bar = sheet._scroll.verticalScrollBar()
    assert bar.maximum() > 0
    press(Qt.Key.Key_PageDown)
    assert bar.value() > 0
    press(Qt.Key.Key_PageUp)
    assert bar.value() == 0
