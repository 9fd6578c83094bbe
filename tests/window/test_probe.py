"""What the probe sees, in the window: live while a step connects, drawn for each state, at the end of a failure; one
press to connect; a probe that is pulled out is watched for, and one press goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from hht.client.probe_sense import Sight
from hht.errors import HhtError
from hht.work.view import StepState
from tests.window import probe_scenes
from tests.window.keys import focus, press
from tests.window.probe_scenes import LINK, open_sheet, open_visit, plug, press_first, see, unplugged
from tests.window.scenes import Stage
from ui.probe_words import BY_CODE, sight_words
from ui.window.device_page import DevicePage
from ui.window.probe_panel import seen_by_failure
from ui.window.probe_picture import ProbePicture

MakeStage = Callable[..., Stage]


@pytest.mark.parametrize("theme", ["day", "night", "sun"])
def test_every_state_has_a_picture_and_words_of_its_own(theme: str, make_stage: MakeStage) -> None:
    make_stage(theme)
    picture, seen = ProbePicture(), dict[bytes, Sight]()
    for sight in (*(one for one in Sight if one.is_trouble), Sight.ASKING, Sight.TALKING):
        picture.show_sight(sight)
        pixels = bytes(picture.grab().toImage().constBits())
        assert seen.setdefault(pixels, sight) is sight, f"{sight} looks like {seen[pixels]}"
        words = sight_words(sight)
        assert picture.accessibleName() == words.word
        assert picture.accessibleDescription() == words.picture
        assert bool(words.todo) == sight.is_trouble, "whoever is told of trouble is told what to do"
        assert words.told.endswith(".")
    assert set(BY_CODE.values()) < set(Sight)


@pytest.mark.parametrize("sight", probe_scenes.HEARD)
def test_a_step_that_connects_shows_what_the_probe_sees(sight: Sight, make_stage: MakeStage) -> None:
    stage = make_stage(high=800)
    open_visit(stage, StepState.STARTED)
    panel = stage.shell._visit_page().card.probe
    assert panel.sight is None
    see(stage, sight)
    stage.shell._tick()
    assert stage.shell.probe_sight() is sight
    assert panel.sight is (None if sight is Sight.TALKING else sight), "no trouble, no picture"
    assert sight_words(sight).word in stage.shell.header.link.label.text()
    if sight is not Sight.TALKING:
        assert sight_words(sight).todo in panel.accessibleName()
        see(stage, Sight.TALKING)
        stage.shell._tick()
        assert panel.sight is Sight.TALKING, "once there was trouble, its end is shown too"


@pytest.mark.parametrize(
    ("sight", "shown"),
    [
        (Sight.ECHO, Sight.ECHO),
        (Sight.SILENT, Sight.SILENT),
        (Sight.SPEED, Sight.GARBLED),  # which the bridge does not tell
        (Sight.GONE, None),
    ],
)
def test_a_probe_behind_a_bridge_shows_what_it_sees_too(
    sight: Sight, shown: Sight | None, make_stage: MakeStage
) -> None:
    stage = make_stage(high=800)
    open_visit(stage, StepState.STARTED)
    see(stage, sight, "ble:F0:F1:F2:F3:F4:F5")
    panel = stage.shell._visit_page().card.probe
    assert panel.sight is shown
    if shown is not None:
        assert sight_words(shown).todo in panel.accessibleName()


def test_a_meter_that_answers_needs_no_picture(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit("running")
    stage.shell._tick()
    assert stage.shell._visit_page().card.probe.sight is None


@pytest.mark.parametrize(
    ("link", "code", "sight"),
    [
        (LINK, "sign-on-weak", Sight.WEAK),
        (LINK, "link-lost", Sight.GONE),
        ("ble:F0:F1:F2:F3:F4:F5", "sign-on-echo", Sight.ECHO),
        ("ble:F0:F1:F2:F3:F4:F5", "link-lost", None),  # its own words say what to do
        ("emulated:single-element", "sign-on-echo", Sight.ECHO),
        ("emulated:single-element", "link-lost", None),
        ("tcp://127.0.0.1:4059", "sign-on-echo", None),
        (LINK, "wrong-password", None),
        ("", "link-lost", None),
    ],
)
def test_what_a_failure_says_of_the_probe(link: str, code: str, sight: Sight | None) -> None:
    assert seen_by_failure(link, code) is sight


def test_a_failed_step_keeps_the_picture(make_stage: MakeStage) -> None:
    stage = make_stage()
    open_visit(stage, StepState.FAILED, "sign-on-echo")
    card = stage.shell._visit_page().card
    assert card.probe.sight is Sight.ECHO
    assert "hears only itself" in card.notice.message
    assert stage.services.watched == []


def test_a_probe_that_is_pulled_out_is_watched_for_and_one_press_goes_on(make_stage: MakeStage) -> None:
    stage = make_stage()
    unplugged(stage)
    page = stage.shell._visit_page()
    assert stage.services.watched == [LINK]
    assert page.card.probe.sight is Sight.GONE
    plug(stage)
    stage.wait(lambda: "plugged in again (/dev/ttyUSB3)" in page.card.notice.message)
    assert page.card.probe.sight is None
    stage.shell._tick()
    assert "plugged in again" in page.card.notice.message
    assert page.retry.hasFocus()
    assert stage.services.visits[-1].calls == [], "never by itself: something may be half done"
    press(Qt.Key.Key_Return)
    stage.wait(lambda: ("retry",) in stage.services.visits[-1].calls)


def test_connecting_takes_one_press(make_stage: MakeStage) -> None:
    stage = make_stage()
    sheet = open_sheet(stage)
    stage.wait(lambda: bool(sheet.rows))
    assert focus().accessibleName() == "Optical probe FT232R", "at once: nobody goes past the way out to it"
    press(Qt.Key.Key_Space)
    stage.wait(lambda: sheet.panel.sight is Sight.TALKING)
    assert sheet.notice.message == "The meter answers: HHT TRAINER-1E."
    stage.wait(lambda: stage.services.saved.link == "optical:/dev/ttyUSB0")
    press(Qt.Key.Key_Escape)
    assert stage.shell.sheet() is None


def test_a_probe_is_moved_until_the_meter_answers(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.try_error = HhtError("It hears only itself.", remedy="Seat it.", code="sign-on-echo")
    sheet = open_sheet(stage)
    press_first(stage, sheet)
    stage.wait(lambda: len(stage.services.tried) >= 2)
    assert sheet.notice.message == "", "no failure yet: the picture says what to do"
    assert not sheet.again.isEnabled()
    stage.services.try_error = None
    stage.wait(lambda: sheet.panel.sight is Sight.TALKING)
    tries = len(stage.services.tried)
    stage.wait(lambda: sheet.again.isEnabled())
    assert not sheet._once_more.isActive(), "it has been found"
    assert len(stage.services.tried) == tries


def test_a_sheet_that_is_closed_stops_trying(make_stage: MakeStage) -> None:
    stage = make_stage()
    probe_scenes.PROBE_SCENES["probe-trying"](stage)
    sheet = stage.shell.sheet()
    assert sheet is not None
    sheet.close_sheet()
    stage.pause()
    assert stage.services.saved.link != "optical:/dev/ttyUSB0"


def test_while_nothing_is_agreed_a_probe_that_is_back_is_tried_by_itself(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.try_error = HhtError("The adapter is not plugged in.", remedy="Plug it in.", code="link-absent")
    sheet = open_sheet(stage)
    press_first(stage, sheet)
    stage.wait(lambda: sheet.panel.sight is Sight.GONE and bool(stage.services.watched))
    assert sheet.again.hasFocus()
    stage.services.try_error = None
    plug(stage)
    stage.wait(lambda: sheet.panel.sight is Sight.TALKING)
    assert len(stage.services.tried) == 2


def test_a_read_that_lost_its_probe_goes_on_by_one_press(make_stage: MakeStage) -> None:
    stage = make_stage()
    see(stage, Sight.TALKING)
    stage.services.device_error = HhtError("The connection is gone.", remedy="Plug it in again.", code="link-lost")
    stage.shell.go("device")
    page = stage.shell.page("device")
    assert isinstance(page, DevicePage)
    page.read()
    stage.wait(lambda: page.probe.sight is Sight.GONE and bool(stage.services.watched))
    plug(stage)
    stage.wait(lambda: "plugged in again" in page.notice.message)
    assert page.probe.sight is None
    stage.services.device_error = None
    stage.wait(lambda: page.read_button.hasFocus())
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.snapshot is not None)
