"""The window used: by keys alone, by pressing, through errors and ends. The terminal behind it is scripted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QListView, QPushButton, QTableView, QWidget

from hht.work.view import StepState
from tests.window import samples
from tests.window.keys import click, focus, press, state_of
from tests.window.scenes import Stage
from tests.window.scripted import ScriptedServices
from ui.window import appearance
from ui.window.files import OpenSheet, SaveSheet
from ui.window.header import Title
from ui.window.jobs_page import JobsPage
from ui.window.messages import CrashSheet, ErrorSheet
from ui.window.palette import PaletteSheet
from ui.window.pass_phrase_page import PassPhrasePage, judge
from ui.window.settings_page import SettingsPage
from ui.window.theme import THEME

MakeStage = Callable[..., Stage]
LEFT = Qt.MouseButton.LeftButton


def test_a_whole_visit_by_enter_and_typing_alone(make_stage: MakeStage) -> None:
    stage = make_stage()
    assert focus().accessibleName() == "Continue visit"  # the first screen offers the unfinished visit
    press(Qt.Key.Key_Return)
    stage.wait(lambda: stage.shell.page_name() == "visit")
    typed = {"scan-meter": samples.DEVICE_ID}
    for _press in range(60):
        step, state = state_of(stage)
        if not step:
            break
        if state is StepState.ASKING and step in typed:
            QTest.keyClicks(focus(), typed[step])
        press(Qt.Key.Key_Return)
        stage.wait(lambda step=step, state=state: state_of(stage) != (step, state))  # type: ignore[misc]
    assert state_of(stage)[0] == ""
    assert stage.shell._visit_page().card._title.text() == "Visit complete"
    answers = [call for call in stage.services.visits[-1].calls if call[0] == "answer"]
    assert answers == [("answer", "scan-meter", samples.DEVICE_ID), ("answer", "hand-over", "yes")]
    press(Qt.Key.Key_Return)
    stage.wait(lambda: stage.shell.page_name() == "jobs")


def test_a_job_is_opened_by_touch(make_stage: MakeStage) -> None:
    stage = make_stage()
    view = stage.find(QListView, "Jobs")
    assert isinstance(view, QListView)
    QTest.mouseClick(view.viewport(), LEFT, pos=view.visualRect(view.model().index(2, 0)).center())
    click(stage, "Open job")
    stage.wait(lambda: stage.shell.page_name() == "visit")
    assert stage.shell.header.title.text() == "J-1042 · 12 Specimen Street, Sampleton, ZZ9 9ZZ"


def test_a_refused_answer_keeps_what_was_typed(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit("scan")
    QTest.keyClicks(focus(), "00-DB-11")
    press(Qt.Key.Key_Return)
    question = stage.shell._visit_page().card.question
    stage.wait(lambda: "not the device" in question._remark.text())
    assert question._entry is not None
    assert question._entry.text() == "00-DB-11"
    assert focus() is question._entry


def test_an_empty_answer_is_asked_for(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit("mpan")
    click(stage, "Continue")
    assert "Nothing is typed" in stage.shell._visit_page().card.question._remark.text()
    assert stage.services.visits[-1].calls == []


def test_leaving_a_wrong_check_digit_says_so_and_changes_nothing(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit("mpan")
    question = stage.shell._visit_page().card.question
    assert question._entry is not None
    QTest.keyClicks(focus(), "1312345678111")
    press(Qt.Key.Key_Tab)
    assert "8" in question._remark.text()
    assert question._entry.text() == "1312345678111"


def test_cannot_do_this_has_coded_reasons(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit("failed")
    click(stage, "Can't do this…")
    leave = stage.find(QPushButton, "Leave this step")
    assert not leave.isEnabled()  # a reason first
    click(stage, "The meter does not answer")
    assert leave.isEnabled()
    QTest.mouseClick(leave, LEFT)
    stage.wait(lambda: ("leave", "no-answer", "") in stage.services.visits[-1].calls)
    assert stage.shell.sheet() is None


def test_escape_closes_the_sheet_and_gives_the_keyboard_back(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit("failed")
    press(Qt.Key.Key_F8)
    assert stage.shell.sheet() is not None
    press(Qt.Key.Key_Escape)
    assert stage.shell.sheet() is None
    assert stage.services.visits[-1].calls == []
    assert focus().accessibleName() == "Try again"
    press(Qt.Key.Key_F5)
    stage.wait(lambda: ("retry",) in stage.services.visits[-1].calls)


def test_a_running_step_can_be_stopped(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit("running")
    page = stage.shell._visit_page()
    assert focus() is page.stop
    assert page.stop.height() == page.proceed.height()
    assert page.leave.isEnabled()
    assert not page.retry.isVisible()
    press(Qt.Key.Key_Return)  # a second Enter is not meant for it
    stage.pause()
    assert stage.services.visits[-1].calls == []
    press(Qt.Key.Key_Space)
    stage.wait(lambda: ("cancel",) in stage.services.visits[-1].calls)
    stage.wait(lambda: state_of(stage)[1] is StepState.FAILED)
    assert page.retry.isVisible()
    assert not page.stop.isVisible()
    QTest.mouseClick(page.retry, LEFT)  # the second tap of a hurried finger: too soon to be meant
    stage.pause()
    assert ("retry",) not in stage.services.visits[-1].calls
    stage.clock.advance(1)
    QTest.mouseClick(page.retry, LEFT)
    stage.wait(lambda: ("retry",) in stage.services.visits[-1].calls)
    assert not stage.shell._visit_page().card._ring.isVisible()  # no sign outlives its cause


def test_who_stops_a_step_is_told_what_is_waited_for(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit("running")
    page, visit = stage.shell._visit_page(), stage.services.visits[-1]
    assert not page.card.notice.message
    visit.finishes_turn = True
    press(Qt.Key.Key_Space)
    assert page.card.notice.message == "Stopping…"
    stage.wait(lambda: ("cancel",) in visit.calls)
    stage.bridge.tell(lambda services: [hear(9.4) for hear in services.stopping])  # type: ignore[attr-defined]
    stage.wait(lambda: "at most 9 s" in page.card.notice.message)
    stage.bridge.tell(lambda _services: visit.ended())
    stage.wait(lambda: state_of(stage)[1] is StepState.FAILED)
    assert page.card.notice.message == "Stopped."


def test_escape_stops_what_runs_and_ends_a_look_back(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit("running")
    press(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    page = stage.shell._visit_page()
    assert page.model.looking_back
    press(Qt.Key.Key_Escape)
    assert not page.model.looking_back
    assert stage.services.visits[-1].calls == []
    press(Qt.Key.Key_Escape)
    stage.wait(lambda: ("cancel",) in stage.services.visits[-1].calls)


def test_a_running_step_can_be_left_for_a_reason(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit("running")
    click(stage, "Can't do this…")
    sheet = stage.shell.sheet()
    assert sheet is not None
    assert [label.text() for label in sheet.findChildren(QLabel) if "still runs" in label.text()]
    click(stage, samples.reasons("connect")[1].text)
    click(stage, "Leave this step")
    stage.wait(lambda: ("leave", samples.reasons("connect")[1].code, "") in stage.services.visits[-1].calls)


@pytest.mark.parametrize("wide", [960, 1024, 1280])
def test_reference_and_address_are_read_whole(wide: int, make_stage: MakeStage) -> None:
    stage = make_stage("day", wide, 640)
    page = stage.shell.page("jobs")
    assert isinstance(page, JobsPage)
    stage.pause()
    banner = page.banner.findChildren(Title)
    stage.visit("scan")
    stage.pause()
    for title in [*banner, stage.shell.header.title]:
        assert " · ".join(title.lines()) == "J-1042 · 12 Specimen Street, Sampleton, ZZ9 9ZZ"


def test_a_table_has_room_for_the_letters_of_the_glove_size(make_stage: MakeStage) -> None:
    stage = make_stage("day", 1024, 640)
    stage.shell.show_trace()
    table = stage.find(QTableView, "Frames")
    assert isinstance(table, QTableView)
    stage.shell.save_settings(replace(stage.shell.settings, glove=True))
    stage.pause()
    font = THEME.font(THEME.sizes.mono, mono=True)
    assert table.columnWidth(0) >= QFontMetrics(font).horizontalAdvance("09:41:09.000") + 20


def test_looking_back_is_read_only(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit("offset")
    press(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    page = stage.shell._visit_page()
    assert page.card._title.text() == "Write the MPAN"
    assert page.card.question.question is None
    assert not page.leave.isEnabled()
    click(stage, "Return")
    assert page.card._title.text() == "Randomised offset limit"


def test_the_palette_finds_and_does(make_stage: MakeStage) -> None:
    stage = make_stage()
    press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(stage.shell.sheet(), PaletteSheet)
    QTest.keyClicks(focus(), "night")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: stage.services.saved.theme == "night")
    assert THEME.name == "night"
    assert stage.shell.sheet() is None


def test_the_palette_finds_jobs_and_steps(make_stage: MakeStage) -> None:
    stage = make_stage()
    press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(focus(), "mock-up")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: len(stage.services.visits) == 1)
    stage.visit("registers")
    press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(focus(), "identify")
    press(Qt.Key.Key_Return)
    assert stage.shell._visit_page().card._title.text() == "Identify the meter"


def test_every_action_has_a_line_on_the_help_page(make_stage: MakeStage) -> None:
    stage = make_stage()
    press(Qt.Key.Key_F1)
    stage.pause()
    shown = {
        label.text() for label in stage.shell.findChildren(QWidget) if (label.isVisible() and hasattr(label, "text"))
    }
    assert {action.title for action in stage.shell.registry} <= shown
    assert {action.shortcut for action in stage.shell.registry if action.shortcut} <= shown


def test_settings_hold_at_once(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage()
    stage.shell._remember = str(tmp_path / "hht" / "appearance")
    stage.shell.go("settings")
    page = stage.shell.page("settings")
    assert isinstance(page, SettingsPage)
    stage.wait(lambda: page._list.count() == 1 + len(samples.links()))
    press(Qt.Key.Key_Right)  # by the arrow keys within the group
    stage.wait(lambda: stage.services.saved.theme == "night")
    click(stage, "Size: Glove: bigger")
    stage.wait(lambda: stage.services.saved.glove)
    assert stage.find(QPushButton, "Back").height() == THEME.sizes.primary == 88
    assert appearance.read(stage.shell._remember) == ("night", True)
    page.url.setText("optical")
    click(stage, "Use")
    assert "not a link" in page._problem.text()
    page.url.setText("tcp://127.0.0.1:4059")
    click(stage, "Use")
    stage.wait(lambda: stage.services.saved.link == "tcp://127.0.0.1:4059")
    stage.find(QPushButton, "Link: tcp://127.0.0.1:4059")


def test_another_language_keeps_the_visit(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit("offset")
    stage.shell.go("settings")
    click(stage, "Language: English")
    stage.wait(lambda: stage.services.saved.language == "en")
    stage.shell.go("visit")
    assert stage.shell._visit_page().control is stage.services.visits[-1]
    assert stage.shell._visit_page().card._title.text() == "Randomised offset limit"


def test_a_job_file_is_chosen_from_a_folder_and_what_is_wrong_with_it_told(
    make_stage: MakeStage, tmp_path: Path
) -> None:
    stage = make_stage()
    (tmp_path / "bad.json").write_text("{}")
    press(Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    sheet = stage.shell.sheet()
    assert isinstance(sheet, OpenSheet)
    sheet.show_folder(tmp_path)
    sheet.path.setText("")
    sheet.list.itemClicked.emit(sheet.list.item([e.name for e in sheet._entries].index("bad.json")))
    click(stage, "Open")
    stage.wait(lambda: isinstance(stage.shell.sheet(), ErrorSheet))


def test_a_bug_ends_on_a_sheet_with_a_session_file(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage()

    async def bug(_services: object) -> None:
        raise KeyError("offset")

    stage.bridge.call(bug)
    stage.wait(lambda: isinstance(stage.shell.sheet(), CrashSheet))
    crash = stage.shell.sheet()
    assert isinstance(crash, CrashSheet)
    assert focus() is crash.save_button  # what is to be done next
    assert crash.details.toPlainText().splitlines()[0] == "KeyError: 'offset'"
    click(stage, "Copy")
    assert QApplication.clipboard().text() == crash.details.toPlainText()
    stage.find(QPushButton, "Copied")
    click(stage, "Save session file…")
    sheet = stage.shell.sheet()
    assert isinstance(sheet, SaveSheet)
    sheet.path.setText(str(tmp_path / "s.json"))
    click(stage, "Save")
    saved = json.loads((tmp_path / "s.json").read_text())
    assert saved["error"]["kind"] == "KeyError"
    assert saved["last_frames"][-1] == samples.trace()[-1].summary


@pytest.mark.parametrize(
    ("phrase", "again", "new", "ready"),
    [("", "", False, False), ("x", "", False, True), ("short", "", True, False), ("long enough", "", True, False),
     ("long enough", "long enougH", True, False), ("long enough", "long enough", True, True)],
)  # fmt: skip
def test_a_new_pass_phrase_is_long_and_typed_twice(phrase: str, again: str, new: bool, ready: bool) -> None:
    assert judge(phrase, again, new=new).ready is ready


@pytest.mark.parametrize(
    ("phrase", "again", "new", "why"),
    [("", "", False, "Type the pass phrase first."), ("", "", True, "At least 8 characters; several words are best."),
     ("short", "", True, "Too short: 3 more characters."), ("seven77", "", True, "Too short: 1 more character."),
     ("long enough", "", True, "Type it once more in the field below."),
     ("long enough", "long enougH", True, "The two are not the same.")],
)  # fmt: skip
def test_a_pass_phrase_that_may_not_be_tried_says_why(
    phrase: str, again: str, new: bool, why: str, make_stage: MakeStage
) -> None:
    stage = make_stage(services=ScriptedServices(training=False, locked=True, new=new), live=True)
    page = stage.shell.page("pass-phrase")
    assert isinstance(page, PassPhrasePage)
    stage.wait(lambda: page.phrase.isVisible() and page.again.isVisible() == new)
    page.phrase.setText(phrase)
    page.again.setText(again)
    assert not page.unlock.isEnabled()
    beside = [text for text in page.findChildren(QLabel) if text.text() == why and text.isVisible()]
    assert len(beside) == 1
    assert beside[0].geometry().center().y() == pytest.approx(page.unlock.geometry().center().y(), abs=4)


def test_the_store_is_unlocked_by_the_pass_phrase(make_stage: MakeStage) -> None:
    stage = make_stage(services=ScriptedServices(training=False, locked=True), live=True)
    stage.wait(lambda: stage.shell.page_name() == "pass-phrase")
    page = stage.shell.page("pass-phrase")
    assert isinstance(page, PassPhrasePage)
    QTest.keyClicks(focus(), "wrong")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: page.notice.message == "That is not the pass phrase.")
    assert page.phrase.text() == ""  # never left standing
    QTest.keyClicks(focus(), "correct horse")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: stage.shell.page_name() == "jobs" and stage.jobs_loaded())


def test_a_first_pass_phrase_is_chosen(make_stage: MakeStage) -> None:
    stage = make_stage(services=ScriptedServices(training=False, locked=True, new=True), live=True)
    page = stage.shell.page("pass-phrase")
    assert isinstance(page, PassPhrasePage)
    stage.wait(lambda: page.again.isVisible())
    QTest.keyClicks(focus(), "battery staple")
    press(Qt.Key.Key_Return)
    QTest.keyClicks(focus(), "battery staple")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: stage.shell.page_name() == "jobs")


def test_an_interrupted_write_is_never_called_a_failure(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit("unknown")
    page = stage.shell._visit_page()
    assert page.retry.accessibleName() == "Read to settle"
    assert page.card._state.text() == "not known"
    assert [label.text() for label in page.card.notice.findChildren(QLabel) if "“Read to settle”" in label.text()]
