"""What is put on record at a step, in the window: covered photos, signatures, unsafe situations, calls, an end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QSize, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from hht.photos import PhotoError
from hht.work.asking import NotNow
from hht.work.ending_early import SAFETY_FIRST
from hht.work.noted import NoteKind, VisitNote
from hht.work.view import Outcome, Question, QuestionKind
from tests.window import note_scenes
from tests.window.desk_scenes import kept
from tests.window.keys import MakeStage, click, press
from tests.window.test_visit_end_to_end import Hands
from ui.evidence import KeptEvidence
from ui.evidence_notes import EndingAsked
from ui.services import Services
from ui.window.call_sheet import CallSheet
from ui.window.end_sheet import EndSheet
from ui.window.note_sheet import NoteSheet
from ui.window.photo_cover import COLOUR, MOST_SQUARES, Cover, encoded, kept_octets, preview, squares
from ui.window.photo_sheet import PhotoSheet
from ui.window.sign_sheet import SignSheet
from ui.window.unsafe_sheet import NoticeKeptSheet, UnsafeSheet
from ui.window.visits_sheet import FinishedSheet, open_job


def red(image: QImage) -> int:
    """How many pixels look like what nobody should see."""
    colours = (image.pixelColor(x, y) for x in range(0, image.width(), 4) for y in range(0, image.height(), 4))
    return sum(colour.red() > 180 and colour.green() < 90 for colour in colours)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_is_covered_is_in_no_pixel_of_what_is_kept(kind: str) -> None:
    octets = encoded(note_scenes.picture(), kind)
    assert red(QImage.fromData(octets)) > 100
    assert kept_octets(octets, ()) == octets, "nothing is coded anew without need"
    shown = kept_octets(octets, (Cover(0.48, 0.48, 0.3, 0.3),))
    image = QImage.fromData(shown)
    assert (image.width(), image.height(), red(image)) == (640, 480, 0)
    middle, wanted = image.pixelColor(400, 300), QColor(COLOUR)
    assert abs(middle.red() - wanted.red()) < 6
    assert preview(octets, QSize(320, 320)).width() == 320
    with pytest.raises(PhotoError):
        kept_octets(b"no picture", ())
    with pytest.raises(PhotoError):
        kept_octets(octets[: len(octets) // 2].replace(b"\xff\xd8", b"\x00\x00"), (Cover(0, 0, 1, 1),))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_blurred_place_is_a_few_squares_of_mean_colour_and_nothing_more(kind: str) -> None:
    """Two pictures that differ within the squares alone, by stripes as of a number, are kept as one and the same."""
    striped, plain = note_scenes.picture(), note_scenes.picture()
    painter = QPainter(striped)
    painter.fillRect(320, 240, 160, 120, QColor("white"))
    for x in range(320, 480, 4):
        painter.fillRect(x, 240, 2, 120, QColor("black"))
    painter.end()
    painter = QPainter(plain)
    painter.fillRect(320, 240, 160, 120, QColor(127, 127, 127))
    painter.end()
    place = Cover(0.5, 0.5, 0.25, 0.25, blurred=True)
    kept_images = [QImage.fromData(kept_octets(encoded(one, kind), (place,))) for one in (striped, plain)]
    grey = [
        [image.pixelColor(x, y).lightness() for x in range(328, 476, 8)] for image in kept_images for y in (250, 300)
    ]
    assert all(abs(one - 127) < 8 for line in grey for one in line), "no stripe is left"
    box = place.pixels(striped.size())
    assert (squares(striped, place).width(), squares(striped, place).height()) == (MOST_SQUARES, MOST_SQUARES)
    assert squares(striped, Cover(0.5, 0.5, 0.03, 0.03)).size() == QSize(1, 1), "a small place is one colour"
    before, after = note_scenes.picture(), QImage.fromData(kept_octets(encoded(note_scenes.picture(), "PNG"), (place,)))
    outside = [(x, y) for x in range(0, 640, 20) for y in range(0, 480, 20) if not box.contains(x, y)]
    assert all(before.pixel(*at) == after.pixel(*at) for at in outside), "nothing else is touched"
    colours = {after.pixel(x, y) for x in range(box.left(), box.right()) for y in range(box.top(), box.bottom())}
    assert len(colours) <= MOST_SQUARES**2


def test_a_cover_that_lies_under_a_blur_is_in_no_mean_colour() -> None:
    octets = encoded(note_scenes.picture(), "PNG")
    covers = (Cover(0.4, 0.4, 0.5, 0.5, blurred=True), Cover(0.5, 0.5, 0.25, 0.25))
    image = QImage.fromData(kept_octets(octets, covers))
    assert red(image) == 0
    assert all(image.pixelColor(x, y).red() < 210 for x in range(256, 576, 16) for y in range(192, 432, 16))


def test_a_place_is_blurred_and_covered_again_and_every_change_is_taken_back(make_stage: MakeStage) -> None:
    stage = make_stage()
    sheet = note_scenes.photo(stage)
    view = sheet.view
    (first,) = view.covers
    assert not first.blurred, "a flat cover is what one gets"
    click(stage, "Blur it")
    assert view.covers == [replace(first, blurred=True)]
    assert "1 place covered" in view.accessibleName()
    for _press in range(3):
        press(Qt.Key.Key_Right)
    press(Qt.Key.Key_B)
    assert not view.covers[0].blurred
    press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert view.covers[0].blurred
    click(stage, "Undo")  # three keys moved it: one thing to take back
    assert view.covers == [replace(first, blurred=True)]
    click(stage, "Undo")
    assert view.covers == [first]
    click(stage, "Undo")
    assert (view.covers, sheet.undo.isEnabled(), sheet.blur.isEnabled()) == ([], False, False)


def test_a_picture_that_stood_askew_is_kept_upright() -> None:
    octets = encoded(note_scenes.picture(), "JPEG")
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"  # orientation 6: turned right
    askew = octets[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + octets[2:]
    upright = QImage.fromData(kept_octets(askew, ()))
    assert (upright.width(), upright.height()) == (480, 640)
    assert preview(askew, QSize(200, 200)).size() == QSize(150, 200)


def test_covers_stay_inside_and_keys_move_them(make_stage: MakeStage) -> None:
    assert Cover.between(0.9, 0.9, 2.0, 2.0).inside() == Cover.between(0.9, 0.9, 1.0, 1.0)
    stage = make_stage()
    sheet = note_scenes.photo(stage)
    view = sheet.view
    (before,) = view.covers
    press(Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    (after,) = view.covers
    assert (after.left > before.left, after.high > before.high, after.top) == (True, True, before.top)
    box = view._box()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=box.topLeft().toPoint() + QPoint(5, 5))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=box.center().toPoint())
    assert len(view.covers) == 2
    assert view.covers[1].wide == pytest.approx(0.5, abs=0.05)
    press(Qt.Key.Key_Delete)
    assert len(view.covers) == 1
    assert "1 place covered" in view.accessibleName()


def test_the_check_characters_are_in_sight_in_a_low_window(make_stage: MakeStage) -> None:
    stage = make_stage("day", 1024, 640)
    page = kept(stage, "phone")
    stage.wait(lambda: bool(page.phone.said))
    stage.pause()
    last = page.phone.last
    assert last.accessibleName() == page.phone.said[-1]
    bottom = last.mapTo(stage.shell, QPoint(0, last.height())).y()
    assert last.isVisible()
    assert bottom <= page.phone.field.mapTo(stage.shell, QPoint(0, 0)).y()


# --- with the real terminal ------------------------------------------------------------------------------------------


@pytest.fixture
def hands(qtbot: QtBot, tmp_path: Path) -> Iterator[Hands]:
    at = Hands(tmp_path)
    at.open_job()
    at.until(at.settled, "the first step")
    yield at
    at.close()


def asked(at: Hands, what: Callable[[KeptEvidence], Any]) -> Any:
    """What the core says."""
    found: list[Any] = []
    at.bridge.call(lambda services: what(services.evidence), found.append)
    at.until(lambda: len(found) > 0, "an answer of the core")
    return found[0]


def noted(at: Hands) -> list[VisitNote]:
    """What is on record of the visit that is open."""
    assert at.view is not None
    visit_id = at.view.visit_id
    return list(asked(at, lambda evidence: evidence.notes(visit_id)))


def sheet_of(at: Hands, kind: type[Any]) -> Any:
    at.until(lambda: isinstance(at.shell.sheet(), kind), kind.__name__)
    return at.shell.sheet()


def test_a_step_has_its_notes_and_the_visit_its_end(hands: Hands, tmp_path: Path) -> None:
    """By keys and presses alone, at the first step: unsafe and signed for, rung, a photo, and nobody lets you in."""
    at, page = hands, hands.shell._visit_page()
    visit = at.view
    assert visit is not None
    at.press("Unsafe situation…")
    unsafe = sheet_of(at, UnsafeSheet)
    at.press("Put on record")
    assert unsafe.notice.message, "nothing is on record that is not whole"
    at.press("Customer's installation: could become dangerous")
    for field, text in ((unsafe.found, "Bare wire"), (unsafe.told, "The tenant"), (unsafe.number, "N-5")):
        field.setFocus()
        QTest.keyClicks(field, text)
    for button in (unsafe.done["labelled"], unsafe.rung["nobody"], unsafe.receipts["signed"]):
        button.click()
    at.press("Put on record")
    signing = sheet_of(at, SignSheet)
    assert not signing.go.isEnabled()
    QTest.keyClicks(signing.name, "B. Example")
    signing.declare.click()
    assert signing.go.isEnabled(), "a typed name with its declaration stands for a signature"
    signing.declare.click()
    pad = signing.pad
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    for place in range(30, 200, 10):
        QTest.mouseMove(pad, QPoint(place, 20 + place % 30))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(200, 40))
    at.press("Signed")
    papers = sheet_of(at, NoticeKeptSheet)
    saved = asked(at, lambda evidence: evidence.save_notice(visit.visit_id, "N-5", tmp_path / "n.pdf"))
    assert saved.read_bytes().startswith(b"%PDF")
    papers.close_button.click()

    at.press("Ring the desk…")
    call = sheet_of(at, CallSheet)
    at.until(lambda: bool(call.check), "the read-out")
    assert "01632 960143" in call.number.text()
    assert call.check in call.last.text()
    at.type("Go on without it")
    at.until(lambda: at.shell.sheet() is None, "the call on record")

    data = QMimeData()
    data.setImageData(note_scenes.picture())
    assert page.notes.drop(data)
    photo = sheet_of(at, PhotoSheet)
    at.until(lambda: not photo.view.image.isNull(), "the picture")
    photo.view.covers.append(Cover(0.48, 0.48, 0.3, 0.3))
    at.press("Keep the photo")
    at.until(lambda: at.shell.sheet() is None, "the photo kept")
    (kept_photo,) = asked(at, lambda evidence: evidence.photos(visit.visit_id))
    assert (kept_photo.step, red(QImage.fromData(kept_photo.photo.octets))) == (visit.current, 0)

    at.press("Can't do this…")
    at.press("End the visit…")
    end = sheet_of(at, EndSheet)
    at.press("Kind of reason: Refused")
    end.reasons["refused-work"].click()
    at.press("End the visit")
    at.until(lambda: at.view is not None and at.view.outcome is Outcome.ABANDONED, "the end")
    kinds = [note.kind for note in noted(at)]
    assert kinds == [NoteKind.UNSAFE, NoteKind.SIGNATURE, NoteKind.CALL, NoteKind.PHOTO, NoteKind.ENDING]
    strokes = noted(at)[1].told["strokes"]
    assert len(strokes[0]) > 20
    at.until(lambda: at.shell.header.outbox.waiting == 1, "the chip")
    assert at.view is not None
    assert [fact.label for fact in at.view.noted] == ["Unsafe", "Signature", "Rung", "Photo", "Ended"]


def test_questions_are_answered_by_what_is_signed_and_kept(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    at, page = hands, hands.shell._visit_page()
    visit = at.view
    assert visit is not None
    answered: list[tuple[str, str]] = []
    monkeypatch.setattr(page, "answer", lambda question, value: answered.append((question, value)))
    page.notes.sign(Question("duties/signature", QuestionKind.SIGNATURE, "Signature", suggestion="B. Example"))
    signing = sheet_of(at, SignSheet)
    assert signing.name.text() == "B. Example"
    signing.declare.click()
    at.press("Signed")
    at.until(lambda: len(answered) == 1, "the answer")
    assert answered == [("duties/signature", "B. Example (name typed in place of a signature)")]

    page.notes.look_at(encoded(note_scenes.picture()))
    first = sheet_of(at, PhotoSheet)
    at.until(lambda: first.keep.isEnabled(), "the picture")
    assert first.instead.isHidden()
    at.press("Keep the photo")
    at.until(lambda: at.shell.sheet() is None, "the first photo")
    page.notes.look_at(encoded(note_scenes.picture(320, 240)))
    second = sheet_of(at, PhotoSheet)
    at.until(lambda: second.keep.isEnabled() and second.instead.isVisible(), "what stood before")
    second.instead.click()
    at.press("Keep the photo")
    at.until(lambda: at.shell.sheet() is None, "the second photo")
    (left,) = asked(at, lambda evidence: evidence.photos(visit.visit_id))
    assert left.number == 2, "the one that was taken again is gone"
    question = Question("old-electricity/photo", QuestionKind.PHOTO, "Photo")
    page.notes._kept(question, left)
    assert answered[1] == ("old-electricity/photo", left.photo.sha256)


def test_nobody_opened_the_door_from_the_job_list(qtbot: QtBot, tmp_path: Path) -> None:
    at = Hands(tmp_path)
    try:
        at.until(lambda: at._jobs().model.loaded and at._jobs().not_done.isEnabled(), "the job list")
        job = at._jobs().selected()
        assert job is not None
        at.press("The marked job could not be visited…")
        end = sheet_of(at, EndSheet)
        at.press("Nobody opened the door")
        at.press("End the visit")
        assert end.notice.message.endswith("asks for a photo of the doorstep.")
        end.take_photo(str(tmp_path / "none.jpg"))
        at.until(lambda: "cannot be read" in end.notice.message, "that there is no such file")
        (tmp_path / "door.png").write_bytes(encoded(note_scenes.picture()))
        end.take_photo(str(tmp_path / "door.png"))
        at.until(lambda: len(end.photos) == 1, "the photo")
        end.next.setText("tomorrow")
        at.press("End the visit")
        assert "is no time" in end.notice.message
        end.next.setText("2099-03-04 09:00")
        end.flags["ladder"].click()
        at.press("End the visit")
        at.until(lambda: bool(at._jobs().model.jobs) and state(at, job.job_id) == "abandoned", "the end")
        open_job(at.shell, job.job_id)
        finished = sheet_of(at, FinishedSheet)
        said = [label.text() for label in finished.findChildren(QLabel)]
        assert any("The next visit needs: Ladder or platform needed." in one for one in said), said
    finally:
        at.close()


def state(at: Hands, job_id: str) -> str:
    return next(one.state for one in at._jobs().model.jobs if one.job_id == job_id)


def test_what_was_said_of_an_end_stays_where_the_visit_does_not_end(make_stage: MakeStage) -> None:
    stage = make_stage()  # nothing of its visit is played by the core: as where that ended because of a full disk
    sheet = note_scenes.end(stage)
    sheet.no_photo.setText("too dark")
    sheet.note.setText("Bell dead")
    sheet.go.click()
    assert not sheet.go.isEnabled(), "once is enough"
    stage.wait(lambda: "not being played" in sheet.notice.message)
    assert stage.shell.sheet() is sheet
    assert (sheet.note.text(), sheet.no_photo.text()) == ("Bell dead", "too dark")
    assert sheet.go.isEnabled()


def test_where_safety_comes_first_the_visit_can_be_broken_off(make_stage: MakeStage) -> None:
    stage = make_stage()
    sheet = note_scenes.end(stage)
    assert sheet.instead.isHidden()
    asked: list[EndingAsked] = []

    async def end(_services: Services, told: EndingAsked) -> None:
        asked.append(told)
        if not told.break_off:
            raise NotNow("The visit cannot end like this.", remedy="Break off.", code=SAFETY_FIRST)

    sheet._end = end
    sheet.no_photo.setText("too dark")
    sheet.go.click()
    stage.wait(sheet.instead.isVisible)
    assert stage.shell.sheet() is sheet
    sheet.instead.click()
    stage.wait(lambda: stage.shell.sheet() is None)
    assert [one.break_off for one in asked] == [False, True]
    assert asked[0].code == asked[1].code


def test_a_question_for_a_signature_is_answered_by_signing_or_by_why_not(make_stage: MakeStage) -> None:
    stage = make_stage()
    sheet = note_scenes.sign(stage)
    sheet.decline.click()
    reason = stage.shell.sheet()
    assert isinstance(reason, NoteSheet)
    assert not reason.button.isEnabled()
    (field,) = reason.findChildren(QLineEdit)
    QTest.keyClicks(field, "in a hurry")
    assert reason.button.isEnabled()


def test_what_is_no_picture_is_dropped_on_the_window_not_on_the_step(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage()
    page = note_scenes.notes_of(stage)._page

    def taken(data: QMimeData) -> bool:
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        event = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, keys)
        event.ignore()
        page.dragEnterEvent(event)
        return event.isAccepted()

    job, photo, image = QMimeData(), QMimeData(), QMimeData()
    job.setUrls([QUrl.fromLocalFile(str(tmp_path / "job.json"))])
    photo.setUrls([QUrl.fromLocalFile(str(tmp_path / "door.JPG"))])
    image.setImageData(note_scenes.picture(8, 8))
    assert [taken(one) for one in (job, photo, image)] == [False, True, True]
