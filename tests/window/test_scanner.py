"""A scan goes where it is asked for, wherever the keyboard is, and says so; a person's keys are never held back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from hht.scan.formats import FORMAT
from hht.scan.labels import read_label
from hht.work.view import QuestionKind, StepState
from tests.scan.drawing import as_file, code, paper
from tests.window import samples
from tests.window.scenes import Stage
from ui.scanner import Scanner
from ui.window.hub_sheet import HubSheet
from ui.window.messages import ErrorSheet
from ui.window.scan_sheet import ChooseSheet, ScanSheet
from ui.window.scanner import Burst, WedgeFilter
from ui.window.sheet import open_sheets
from ui.window.way_sheet import hub_ids

CHF, GPF = "00-DB-12-34-56-79-0A-A2", "00-DB-12-34-56-79-0A-A3"
SECRET = "83FED3407A939723A5C639B26916D505C3B5"


def test_a_fast_burst_is_a_scan() -> None:
    burst = Burst()
    for number, char in enumerate("00DB1234567890A0"):
        assert burst.key(char, 1 + number * 0.010) == (number == 0)
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
    for number, char in enumerate("1234567890"):
        burst.key(char, 7 + number * 0.010)
    burst.stop()
    assert burst.enter(7.11) == ""


class Hand:
    """Keys that come with their times, at whatever has the keyboard."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.now = stage, 10.0
        scans = stage.shell.scans
        self.filter = WedgeFilter(scans.scanned, lambda: self.now, scans.pasted)
        stage.app.installEventFilter(self.filter)

    def keys(self, text: str, apart_s: float = 0.005, end: Qt.Key | None = Qt.Key.Key_Return) -> None:
        for char in text:
            self.now += apart_s
            focus = QApplication.focusWidget()
            assert focus is not None
            if char == "\x1d":
                QTest.keyClick(focus, Qt.Key.Key_BracketRight, Qt.KeyboardModifier.ControlModifier)
            else:
                QTest.keyClicks(focus, char)
        self.now += apart_s
        if end is not None:
            QTest.keyClick(QApplication.focusWidget(), end)


@pytest.fixture
def make_hand(make_stage: Callable[..., Stage]) -> Iterator[Callable[[], Hand]]:
    hands: list[Hand] = []

    def make() -> Hand:
        hands.append(Hand(make_stage()))
        return hands[-1]

    yield make
    for hand in hands:
        hand.stage.app.removeEventFilter(hand.filter)


@pytest.fixture
def hand(make_hand: Callable[[], Hand]) -> Hand:
    return make_hand()


def at_the_scan(hand: Hand) -> Stage:
    hand.stage.visit("scan")
    return hand.stage


def answers(stage: Stage) -> list[str]:
    return [call[2] for call in stage.services.visits[-1].calls if call[0] == "answer"]


@pytest.mark.parametrize("end", [Qt.Key.Key_Return, Qt.Key.Key_Tab])
def test_a_scan_on_a_button_answers_and_presses_nothing(hand: Hand, end: Qt.Key) -> None:
    stage = at_the_scan(hand)
    page = stage.shell._visit_page()
    page.leave.setFocus()
    hand.keys(samples.DEVICE_ID, end=end)
    stage.wait(lambda: answers(stage) == [samples.DEVICE_ID])
    assert stage.shell.sheet() is None  # Enter did not press “Can't do this…”
    stage.wait(lambda: stage.shell.scan_line.isVisible())
    assert "Device ID on the label" in stage.shell.scan_line.text.text()


def test_a_scan_in_the_field_answers_once(hand: Hand) -> None:
    stage = at_the_scan(hand)
    assert isinstance(QApplication.focusWidget(), QLineEdit)
    hand.keys(samples.DEVICE_ID)
    stage.wait(lambda: bool(answers(stage)))
    stage.pause()
    assert answers(stage) == [samples.DEVICE_ID]


def test_what_a_person_types_stays_a_persons(hand: Hand) -> None:
    stage = at_the_scan(hand)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    hand.keys("00-DB-12", apart_s=0.2, end=None)
    assert field.text() == "00-DB-12"
    hand.keys("3456789", end=None)  # fast, and no Enter behind it: nothing is taken away
    assert field.text() == "00-DB-123456789"
    hand.keys("0", apart_s=0.3)
    assert field.text() == "00-DB-1234567890"
    stage.wait(lambda: answers(stage) == ["00-DB-1234567890"])


def test_what_stood_in_the_field_is_an_undo_away(hand: Hand) -> None:
    stage = at_the_scan(hand)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    hand.keys("typed half", apart_s=0.2, end=None)
    hand.now += 1
    hand.keys("CHF ID: " + CHF)
    stage.wait(lambda: bool(answers(stage)))
    assert answers(stage) == ["CHF ID: " + CHF]
    field.undo()
    assert field.text() == "typed half"


def test_elements_of_a_gs1_label_arrive_whole(hand: Hand) -> None:
    stage = at_the_scan(hand)
    hand.keys("]C121SN0042\x1d24000DB1234567890A0")
    stage.wait(lambda: answers(stage) == ["00DB1234567890A0"])


def test_a_search_field_keeps_what_is_scanned_into_it(hand: Hand) -> None:
    stage = hand.stage
    search = stage.shell.page("jobs").search  # type: ignore[attr-defined]
    search.setFocus()
    hand.keys("J-104433")
    stage.pause()
    assert search.text() == "J-104433"
    assert stage.shell.sheet() is None


def test_without_a_question_a_scan_is_shown_with_whose_it_is(hand: Hand) -> None:
    stage = hand.stage
    stage.shell.go("device")
    stage.pause()
    focus_a_button(stage)
    hand.keys(GPF)
    stage.wait(lambda: isinstance(stage.shell.sheet(), ScanSheet))
    told = facts(stage)
    assert told["Whose"] == "the GPF ID of the communications hub, job J-1044"
    assert told["Device ID"] == GPF


def focus_a_button(stage: Stage) -> None:
    page = stage.shell.stack.currentWidget()
    for widget in page.findChildren(QWidget):
        reached = widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if reached and not isinstance(widget, QLineEdit):
            widget.setFocus()
            return
    raise AssertionError("nothing to focus")


def facts(stage: Stage) -> dict[str, str]:
    sheet = stage.shell.sheet()
    assert isinstance(sheet, ScanSheet)
    return {label: value for table in sheet.tables for label, value, _tone, _device in table._shown}


def test_an_unknown_label_is_shown_and_a_secret_is_not(hand: Hand) -> None:
    stage = hand.stage
    stage.shell.go("device")
    stage.pause()
    focus_a_button(stage)
    hand.keys("https://example.org/?a=b")
    stage.wait(lambda: isinstance(stage.shell.sheet(), ScanSheet))
    assert facts(stage) == {"Unknown label": "https://example.org/?a=b"}
    close_sheets(stage)
    hand.keys(SECRET)
    stage.wait(lambda: isinstance(stage.shell.sheet(), ScanSheet))
    assert facts(stage) == {"Install code": "36 characters, CRC C3B5"}


def test_an_install_code_in_place_of_a_device_id_is_not_put_into_the_field(hand: Hand) -> None:
    stage = at_the_scan(hand)
    hand.keys(SECRET)
    stage.wait(lambda: isinstance(stage.shell.sheet(), ScanSheet))
    sheet = stage.shell.sheet()
    assert isinstance(sheet, ScanSheet)
    assert "Asked for is: Device ID" in sheet.words.text()
    assert answers(stage) == []
    entry = stage.shell._visit_page().card.question._entry
    assert entry is not None
    assert entry.text() == ""


def test_the_right_scan_after_a_wrong_one_answers(hand: Hand) -> None:
    stage = at_the_scan(hand)
    hand.keys(SECRET)
    stage.wait(lambda: isinstance(stage.shell.sheet(), ScanSheet))
    hand.now += 1
    hand.keys(samples.DEVICE_ID)
    stage.wait(lambda: answers(stage) == [samples.DEVICE_ID])
    assert stage.shell.sheet() is None


def test_after_a_wrong_device_the_right_one_needs_no_press(hand: Hand) -> None:
    """The step failed by a scan; the next scan tries it again, once."""
    stage = at_the_scan(hand)
    visit = stage.services.visits[-1]
    visit._set(StepState.FAILED, question=None, code="gpf-not-chf", message="This is the GPF ID.", remedy="Scan again.")
    page = stage.shell._visit_page()
    stage.wait(lambda: page.model.current is not None and page.model.current.state is StepState.FAILED)
    page.leave.setFocus()
    hand.keys(samples.DEVICE_ID)
    stage.wait(lambda: answers(stage) == [samples.DEVICE_ID])
    assert [call[0] for call in visit.calls].count("retry") == 1
    assert stage.shell.sheet() is None


def test_a_step_that_failed_otherwise_is_not_tried_again_by_a_scan(hand: Hand) -> None:
    stage = at_the_scan(hand)
    visit = stage.services.visits[-1]
    visit._set(StepState.FAILED, question=None, code="link-lost", message="The probe is gone.", remedy="Put it back.")
    page = stage.shell._visit_page()
    stage.wait(lambda: page.model.current is not None and page.model.current.state is StepState.FAILED)
    page.leave.setFocus()
    hand.keys(samples.DEVICE_ID)
    stage.wait(lambda: isinstance(stage.shell.sheet(), ScanSheet))
    assert ("retry",) not in visit.calls


def test_a_photo_that_comes_late_answers_no_other_question(hand: Hand) -> None:
    stage = at_the_scan(hand)
    page = stage.shell._visit_page()
    step = page.model.step
    assert step is not None
    assert step.question is not None
    before = stage.shell.scans._asked()
    page.card.question.ask(replace(step.question, id="another"))
    told = stage.services.own_scanner._told((read_label(samples.DEVICE_ID),))
    stage.shell.scans._arrived(told, before)
    stage.pause()
    assert isinstance(stage.shell.sheet(), ScanSheet)
    assert answers(stage) == []


def test_a_locked_window_takes_no_scan(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.shell.open = False
    assert not stage.shell.scans.scanned("1234567890123", lambda: True)


def test_a_pass_phrase_is_never_a_scan(hand: Hand) -> None:
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.show()
    field.setFocus()
    hand.stage.wait(field.hasFocus)
    hand.keys("correct horse")
    assert field.text() == "correct horse"
    assert hand.filter._burst.enter(hand.now) == ""


# --- pictures


def shown(stage: Stage, octets: bytes) -> None:
    stage.shell.scans._look_at(lambda services: services.scanner.picture(octets))


def test_one_code_of_a_photo_answers(hand: Hand, tmp_path: Path) -> None:
    stage = at_the_scan(hand)
    photo = tmp_path / "label.png"
    photo.write_bytes(as_file(paper((code("(240)00DB1234567890A0(21)X"), (30, 30)))))
    stage.shell._visit_page().card.question.label_wanted.emit()
    sheet = stage.shell.sheet()
    assert sheet is not None
    sheet.path.setText(str(photo))  # type: ignore[attr-defined]
    sheet.finish()  # type: ignore[attr-defined]
    stage.wait(lambda: answers(stage) == ["00DB1234567890A0"])


def test_of_several_the_person_chooses_by_the_piece_of_the_picture(hand: Hand) -> None:
    stage = at_the_scan(hand)
    drawn = ((code(CHF, "DataMatrix", scale=5), (30, 30)), (code(GPF, "DataMatrix", scale=5), (30, 300)))
    shown(stage, as_file(paper(*drawn, (code("https://example.org"), (400, 30)))))
    stage.wait(lambda: isinstance(stage.shell.sheet(), ChooseSheet))
    sheet = stage.shell.sheet()
    assert isinstance(sheet, ChooseSheet)
    assert len(sheet.rows) == 2
    assert "the GPF ID of the communications hub, of another job" in sheet.rows[1].accessibleName()
    sheet.rows[1].click()
    stage.wait(lambda: answers(stage) == [GPF])


def test_a_label_with_both_ids_answers_with_both_named(hand: Hand) -> None:
    stage = at_the_scan(hand)
    shown(stage, as_file(code(f"CHF ID: {CHF}\nGPF ID: {GPF}")))
    stage.wait(lambda: answers(stage) == [f"CHF ID: {CHF}; GPF ID: {GPF}"])


def test_a_code_without_a_check_of_its_own_waits_for_the_person(hand: Hand) -> None:
    stage = hand.stage
    view = samples.scene("scan")
    step = view.step(view.current)
    assert step.question is not None
    asked = replace(step, question=replace(step.question, kind=QuestionKind.SERIAL, suggestion=""))
    stage.show_visit(replace(view, steps=tuple(asked if one is step else one for one in view.steps)))
    shown(stage, as_file(code("21E50012345", "Code39")))
    entry = stage.shell._visit_page().card.question._entry
    assert entry is not None
    stage.wait(lambda: entry.text() == "21E50012345")
    stage.pause()
    assert answers(stage) == []
    assert "no check of its own" in stage.shell._visit_page().card.question._remark.text()
    QTest.keyClick(entry, Qt.Key.Key_Return)
    stage.wait(lambda: answers(stage) == ["21E50012345"])


def test_a_picture_is_pasted(hand: Hand) -> None:
    stage = at_the_scan(hand)
    image = QImage.fromData(as_file(paper((code("00DB1234567890A0", "DataMatrix", scale=5), (30, 30)))))
    QGuiApplication.clipboard().setImage(image)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    stage.wait(lambda: answers(stage) == ["00DB1234567890A0"])


def test_pasted_text_is_text(hand: Hand) -> None:
    at_the_scan(hand)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    QGuiApplication.clipboard().setText("00-DB-12")
    QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert field.text() == "00-DB-12"
    QGuiApplication.clipboard().clear()  # as the lock does
    assert QGuiApplication.clipboard().mimeData() is None
    QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert field.text() == "00-DB-12"


def test_a_picture_is_dropped(hand: Hand, tmp_path: Path) -> None:
    stage = at_the_scan(hand)
    photo = tmp_path / "label.jpg"
    photo.write_bytes(as_file(paper((code("00DB1234567890A0", "DataMatrix", scale=5), (30, 30))), "JPEG"))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photo))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, left, none)
    QApplication.sendEvent(stage.shell, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(stage.shell, QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, left, none))
    stage.wait(lambda: answers(stage) == ["00DB1234567890A0"])


def test_a_picture_without_a_code_is_told(hand: Hand) -> None:
    stage = at_the_scan(hand)
    shown(stage, as_file(paper()))
    stage.wait(lambda: stage.shell.sheet() is not None)
    assert not stage.shell.scan_line.isVisible()
    assert answers(stage) == []


def test_the_line_goes_by_itself(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    line = stage.shell.scan_line
    line.say("It went there.", 100.0)
    assert line.isVisible()
    line.tick(107.9)
    assert line.isVisible()
    line.tick(108.0)
    assert not line.isVisible()


def test_a_broken_table_of_formats_is_told_once_and_scanning_goes_on(hand: Hand, tmp_path: Path) -> None:
    stage = hand.stage
    (tmp_path / "label_formats.toml").write_text(f'format = "{FORMAT}"\n', encoding="utf-8")
    stage.services.own_scanner = Scanner(tmp_path, list)
    stage.shell.go("device")
    stage.pause()
    focus_a_button(stage)
    hand.keys(samples.DEVICE_ID)
    stage.wait(lambda: isinstance(stage.shell.sheet(), ErrorSheet))
    close_sheets(stage)
    hand.keys(samples.DEVICE_ID)
    stage.wait(lambda: isinstance(stage.shell.sheet(), ScanSheet))
    stage.pause()
    assert len(open_sheets(stage.shell)) == 1


def close_sheets(stage: Stage) -> None:
    for sheet in reversed(open_sheets(stage.shell)):
        sheet.close_sheet()
    stage.pause()
    focus_a_button(stage)


# --- sheets that ask


def test_both_ids_of_a_hub_go_where_the_label_says(hand: Hand) -> None:
    stage = hand.stage
    read: list[tuple[str, str]] = []
    sheet = HubSheet(stage.shell, "", "", lambda gpf, chf: read.append((gpf, chf)))
    sheet.gpf.setFocus()
    hand.keys(f"CHF ID {CHF}; GPF ID {GPF}")
    stage.wait(lambda: sheet.chf.text() == CHF)
    assert (sheet.gpf.text(), read) == (GPF, [])
    sheet.gpf.clear()
    sheet.chf.clear()
    sheet.chf.setFocus()
    hand.now += 1
    hand.keys(CHF)
    stage.wait(lambda: sheet.chf.text() == CHF)
    assert sheet.gpf.text() == ""


def test_what_a_label_calls_them() -> None:
    assert hub_ids(f"GPF: {GPF}") == {"gpf-id": GPF}
    assert hub_ids(GPF) == {}


def test_two_ids_that_look_swapped_are_asked_about_and_not_refused(hand: Hand) -> None:
    read: list[tuple[str, str]] = []
    sheet = HubSheet(hand.stage.shell, CHF, GPF, lambda gpf, chf: read.append((gpf, chf)))
    assert "They may be swapped" in sheet.problem.text()
    assert sheet.button.isEnabled()
    sheet.gpf.setText(GPF)
    sheet.chf.setText(CHF)
    assert sheet.problem.text() == ""
    sheet.chf.setText(GPF)
    assert "a hub has two" in sheet.problem.text()
    assert not sheet.button.isEnabled()
