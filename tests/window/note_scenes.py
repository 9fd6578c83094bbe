"""What is put on record at a step, as scenes: unsafe, ringing, ending, signing, a photo before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QImage, QPainter

from ui.window.call_sheet import CallSheet
from ui.window.end_sheet import EndSheet
from ui.window.photo_cover import encoded
from ui.window.photo_sheet import PhotoSheet
from ui.window.sign_sheet import SignSheet
from ui.window.unsafe_sheet import NoticeKeptSheet, UnsafeSheet
from ui.window.visit_notes import VisitNotes

if TYPE_CHECKING:
    from tests.window.scenes import Stage


def picture(wide: int = 640, high: int = 480) -> QImage:
    """A meter on a wall, and beside it what nobody should see: red, from a half on."""
    image = QImage(wide, high, QImage.Format.Format_RGB32)
    image.fill(QColor("#c8bfae"))
    painter = QPainter(image)
    painter.fillRect(60, 60, 200, 300, QColor("#e8e8e8"))
    painter.fillRect(90, 100, 140, 50, QColor("#20262c"))
    painter.fillRect(wide // 2, high // 2, wide // 4, high // 4, QColor("#ff0000"))
    painter.end()
    return image


def notes_of(stage: Stage) -> VisitNotes:
    """The buttons beneath the rail, of a visit that is open."""
    stage.visit("registers")
    return stage.shell._visit_page().notes


def unsafe(stage: Stage) -> UnsafeSheet:
    notes_of(stage).unsafe()
    sheet = stage.shell.sheet()
    assert isinstance(sheet, UnsafeSheet)
    stage.pause()
    return sheet


def unsafe_kept(stage: Stage) -> None:
    """It is on record: its notice as a paper."""
    notes_of(stage)
    NoticeKeptSheet(stage.shell, "visit-1", "N-4711")
    stage.pause()


def sign(stage: Stage) -> SignSheet:
    notes_of(stage).sign()
    sheet = stage.shell.sheet()
    assert isinstance(sheet, SignSheet)
    sheet.name.setText("B. Example")
    sheet.pad.strokes = [[(80 + x * 8, 260 - (x * 37) % 130) for x in range(60)]]
    sheet.pad.changed.emit()
    stage.pause()
    return sheet


def end(stage: Stage) -> EndSheet:
    notes_of(stage).end()
    sheet = stage.shell.sheet()
    assert isinstance(sheet, EndSheet)
    next(iter(sheet.reasons.values())).click()
    stage.pause()
    return sheet


def ring(stage: Stage) -> CallSheet:
    """About a job that the store has."""
    from hht.resources import resource_text
    from hht.work.visit_store import VisitStore

    visits = VisitStore(stage.services.radio._opened(), lambda: "visit-of-demo")
    stored = visits.import_job(resource_text("jobs", "demo.json"), "demo.json")
    visits.create_visit(stored.job_id)
    stage.visit("failed")
    CallSheet(stage.shell, "visit-of-demo", stored.job_id, "write-mpan", "link-timeout")
    sheet = stage.shell.sheet()
    assert isinstance(sheet, CallSheet)
    stage.wait(lambda: bool(sheet.check))
    stage.pause()
    return sheet


def photo(stage: Stage) -> PhotoSheet:
    notes_of(stage).look_at(encoded(picture(), "JPEG"))
    sheet = stage.shell.sheet()
    assert isinstance(sheet, PhotoSheet)
    stage.wait(lambda: not sheet.view.image.isNull())
    sheet.cover.click()
    stage.pause()
    return sheet


def _only(play: Callable[[Stage], object]) -> Callable[[Stage], None]:
    def done(stage: Stage) -> None:
        play(stage)

    return done


NOTE_SCENES: dict[str, Callable[[Stage], None]] = {
    "note-unsafe": _only(unsafe),
    "note-kept": unsafe_kept,
    "note-sign": _only(sign),
    "note-end": _only(end),
    "note-ring": _only(ring),
    "note-photo": _only(photo),
}
