"""The page of lights and displays: tapping by finger and key in virtual time, choosing, the dictionary."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.window.keys import MakeStage, click, focus, press
from tests.window.light_scenes import FIRMWARE, lights_page
from ui.window.widgets import Button


def test_a_light_is_tapped_along_with_by_key_and_by_finger(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = lights_page(stage)
    assert focus().accessibleName() == "Tap with each flash"
    for flash in range(8):
        stage.clock.advance(5.05 if flash % 2 else 4.95)
        if flash % 2:
            click(stage, "Tap with each flash")
        else:
            press(Qt.Key.Key_Space)
    assert page.notice.message == "WAN: connected to the WAN"
    marked = page.patterns.marked
    assert marked is not None
    assert (marked.title, marked.word) == ("a flash every 5 s", "sure to 99 %")
    assert page.label.text() == "unverified: from memory"
    page.leds_of_table().buttons["GAS"].click()
    assert page.taps_s == []
    assert "0 so far" in page.notice.message


def test_taps_that_are_no_pattern_are_told_as_that_and_too_slow_ones_begin_anew(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = lights_page(stage)
    for gap_s in (1.0, 3.1, 0.7, 2.2, 9):
        stage.clock.advance(gap_s)
        page.tapped()
    assert "None of these is sure" in page.notice.message
    stage.clock.advance(100)
    page.tapped()
    assert "do not follow one another" in page.notice.message
    assert page.taps_s == []
    page.patterns.mark(0)
    marked = page.patterns.marked  # chosen by what is seen
    assert marked is not None
    assert (marked.title, marked.line) == ("dark all the time", "no WAN was found")


def test_meters_of_before_smets2_have_lights_of_their_own(make_stage: MakeStage) -> None:
    page = lights_page(make_stage())
    page.choose_table(1)
    assert sorted(page.leds_of_table().buttons) == ["HAN", "WAN"]
    assert [row.title for row in page.patterns.rows] == ["5 flashes, then a pause", "dark all the time"]


def test_a_firmware_version_is_no_error_and_a_code_is_not_looked_up(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = lights_page(stage)
    page.show_part("display")
    assert focus() is page.typed
    every = len(page.texts.rows)
    page.typed.setText(FIRMWARE)
    assert [row.word for row in page.texts.rows] == ["a firmware version: no error code"]
    assert page.label.text().startswith("unverified")
    page.typed.setText("keypad locks")
    assert 0 < len(page.texts.rows) < every
    page.typed.setText("7394 3333 4571 8904 3313")
    assert not page.texts.rows
    assert "as good as money" in page.notice.message
    page.typed.setText("nobody ever saw this")
    assert page.notice.message == "The dictionary does not have this text."
    assert isinstance(stage.find(Button, "Back"), Button)
