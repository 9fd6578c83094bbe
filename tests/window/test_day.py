"""The work of the day in the window: jobs that come in by every way, filters, privacy, van, rehearsal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from hht.resources import resource_path, resource_text
from hht.work.job_code import job_parts
from hht.work.visit_store import VisitStore
from tests.scan.drawing import as_file
from tests.scan.drawing import code as code_picture
from tests.window import day_scenes, samples
from tests.window.keys import click
from tests.window.scenes import Stage
from ui.intake import Intake
from ui.job_search import JobFilter
from ui.system import new_id
from ui.van import training_list
from ui.window.intake_sheet import IntakeSheet
from ui.window.job_arrivals import EVERY_TICKS
from ui.window.messages import ErrorSheet
from ui.window.shell_actions import found_things
from ui.window.widgets import Text

MakeStage = Callable[..., Stage]
DEMO = resource_text("jobs", "demo.json")


def job_text(reference: str, **more: object) -> str:
    return json.dumps(json.loads(DEMO) | {"reference": reference, **more})


def dropped(target: QWidget, *paths: Path) -> bool:
    """Files dropped there as a desktop does it; whether they were taken."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    move, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), move, mime, buttons, keys)
    QApplication.sendEvent(target, enter)
    drop = QDropEvent(QPointF(5, 5), move, mime, buttons, keys)
    QApplication.sendEvent(target, drop)
    return enter.isAccepted() and drop.isAccepted()


def shown(stage: Stage) -> list[str]:
    """The references on the page of the jobs."""
    return [row.job.reference for row in day_scenes.jobs_page(stage).model.rows(samples.NOW.astimezone().date())]


def told(widget: QWidget) -> str:
    return "\n".join(text.text() for text in widget.findChildren(Text))


def test_files_dropped_on_the_window_are_taken_in_and_what_is_wrong_is_said(
    make_stage: MakeStage, tmp_path: Path
) -> None:
    stage = make_stage()
    page = day_scenes.jobs_page(stage)
    one = tmp_path / "one.json"
    one.write_text(job_text("J-2000"))
    assert dropped(stage.shell, one)
    stage.wait(lambda: "J-2000" in shown_now(page))
    job = page.selected()
    assert job is not None
    assert job.reference == "J-2000"
    assert "J-2000 is kept" in told(page.notice)
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    assert dropped(stage.shell, bad)
    stage.wait(lambda: isinstance(stage.shell.sheet(), ErrorSheet))
    stage.shell.sheet().close_sheet()  # type: ignore[union-attr]
    assert dropped(stage.shell, bad, one)
    stage.wait(lambda: isinstance(stage.shell.sheet(), IntakeSheet))
    sheet = stage.shell.sheet()
    assert sheet is not None
    assert "refused" in told(sheet)
    assert "the same" in told(sheet)
    sheet.close_sheet()
    assert not page.search.acceptDrops(), "what is dropped on a field is for the window"
    words = QMimeData()
    words.setText("no file")
    enter = QDragEnterEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, words, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(stage.shell, enter)
    assert not enter.isAccepted()


def test_a_job_that_says_otherwise_now_is_shown_and_one_that_has_begun_stays(
    make_stage: MakeStage, tmp_path: Path
) -> None:
    stage = make_stage()
    store = stage.services.radio._opened()
    (first,) = Intake(store).octets(job_text("J-2000").encode(), "first.json")
    path = tmp_path / "again.json"
    path.write_text(job_text("J-2000", supplier="Other Energy"))
    stage.shell.arrivals.take([path])
    stage.wait(lambda: isinstance(stage.shell.sheet(), IntakeSheet))
    sheet = stage.shell.sheet()
    assert sheet is not None
    assert "Other Energy" in told(sheet)
    sheet.close_sheet()
    assert first.job is not None
    VisitStore(store, new_id).create_visit(first.job.job_id)
    path.write_text(job_text("J-2000", supplier="Third Energy"))
    stage.shell.arrivals.take([path])
    stage.wait(lambda: isinstance(stage.shell.sheet(), IntakeSheet))
    sheet = stage.shell.sheet()
    assert sheet is not None
    assert "Nothing was changed" in told(sheet)
    assert "Third Energy" in told(sheet)


def test_a_job_that_nobody_signed_is_taken_for_a_reason_alone(make_stage: MakeStage) -> None:
    stage = make_stage()
    sheet = day_scenes.unsigned_sheet(stage, job_text("J-2000"))
    assert "is not signed" in told(sheet)
    assert sheet.leave.hasFocus()
    for reason in ("", "   because   "):
        sheet.reason.setText(reason)
        assert not sheet.take_button.isEnabled()
    sheet.reason.setText("The desk read it out by telephone")
    sheet.take_button.click()
    page = stage.shell.page("jobs")
    assert isinstance(page, day_scenes.JobsPage)
    stage.wait(lambda: "J-2000" in shown_now(page))
    stored = VisitStore(stage.services.radio._opened(), new_id).find("J-2000")
    assert stored.origin.reason == "The desk read it out by telephone"
    job = page.selected()
    assert job is not None
    assert (job.reference, job.origin_short) == ("J-2000", "unsigned")
    assert "unsigned" in page.model.rows(stage.shell.clock.now().date())[0].spoken
    stage.shell.arrivals.arrived((*day_scenes.held(), *day_scenes.held()))
    several = stage.shell.sheet()
    assert isinstance(several, IntakeSheet), "several are told first"


def test_a_job_comes_by_scanner_and_by_picture_in_several_codes(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage()
    page = day_scenes.jobs_page(stage)
    put_back: list[bool] = []

    def scanned(text: str) -> bool:
        return stage.shell.scans.scanned(text, lambda: put_back.append(True) or True)  # type: ignore[func-returns-value]

    first, *middle, last = job_parts(job_text("J-3000"), piece=250)
    assert scanned(first)
    stage.wait(lambda: "still to come" in told(page.notice))
    for code in middle:
        assert scanned(code)
    assert len(put_back) == 1 + len(middle), "what the scanner typed into a field is taken out again"
    path = tmp_path / "photo.png"
    path.write_bytes(as_file(code_picture(last)))
    assert dropped(stage.shell, path)
    stage.wait(lambda: "J-3000" in shown_now(page))


def test_the_folder_that_is_watched_is_looked_into_and_told_without_a_sheet(
    make_stage: MakeStage, tmp_path: Path
) -> None:
    stage = make_stage()
    page = day_scenes.jobs_page(stage)
    stage.shell.go("settings")
    settings = stage.shell.page("settings")
    entry = stage.find(type(page.search), "Folder of new jobs")
    entry.setText(str(tmp_path / "gone"))  # type: ignore[attr-defined]
    entry.editingFinished.emit()  # type: ignore[attr-defined]
    assert "There is no folder" in told(settings)
    assert stage.shell.settings.job_folder == ""
    entry.setText(str(tmp_path))  # type: ignore[attr-defined]
    entry.editingFinished.emit()  # type: ignore[attr-defined]
    assert stage.shell.settings.job_folder == str(tmp_path)
    day_scenes.jobs_page(stage)
    (tmp_path / "new.json").write_text(job_text("J-4000"))
    (tmp_path / "bad.json").write_text("[]")
    for _look in range(2):
        for _tick in range(EVERY_TICKS):
            stage.shell.arrivals.tick()
        stage.wait(lambda: not stage.shell.arrivals.looking)
    stage.wait(lambda: "J-4000 is kept" in told(page.notice))
    assert "bad.json" in told(page.notice)
    assert stage.shell.sheet() is None
    stage.wait(lambda: "J-4000" in [job.reference for job in page.model.jobs])


@pytest.mark.requirement("PRV-06")
def test_while_a_visit_is_open_no_other_customer_s_job_is_on_the_screen_or_in_the_menu(make_stage: MakeStage) -> None:
    stage = make_stage()
    assert len(shown(stage)) == 4
    stage.visit("check")
    page = day_scenes.jobs_page(stage)
    assert shown(stage) == ["J-1042"]
    assert not page.search.isVisible()
    named = [action.title for action in found_things(stage.shell) if action.id.startswith("job-")]
    assert len(named) == 1
    assert "J-1042" in named[0]
    click(stage, "Show the other jobs")
    assert len(shown_now(page)) == 4
    stage.shell.go("visit")
    assert shown(stage) == ["J-1042"], "once more only its own"
    stage.show_visit(samples.scene("complete"))
    day_scenes.jobs_page(stage)
    assert len(shown(stage)) == 4, "the visit is over"


def shown_now(page: object) -> list[str]:
    from ui.window.jobs_page import JobsPage

    assert isinstance(page, JobsPage)
    return [row.job.reference for row in page.model.rows(samples.NOW.astimezone().date())]


def test_jobs_are_filtered_by_fuel_work_and_day(make_stage: MakeStage) -> None:
    stage = make_stage()
    text = day_scenes.today_job()
    store = stage.services.radio._opened()
    (gas,) = Intake(store).octets(text.encode(), "gas.json")
    assert gas.job is not None
    sheet = day_scenes.filter_sheet(stage)
    page = stage.shell.page("jobs")
    sheet.fuel.buttons["with-gas"].click()
    assert shown_now(page) == []
    stage.services.day._listed((gas,))  # type: ignore[attr-defined]
    page.refresh()  # type: ignore[attr-defined]
    stage.wait(lambda: shown_now(page) == ["J-1044"])
    sheet.day.buttons["tomorrow"].click()
    assert shown_now(page) == []
    sheet.everything.click()
    assert len(shown_now(page)) > 1
    assert page.model.narrowed == JobFilter()  # type: ignore[attr-defined]


def test_the_van_is_checked_filled_and_given_a_product_list(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage()
    path = tmp_path / "products.signed"
    path.write_bytes(training_list(samples.NOW.date()))
    page = day_scenes.van_page(stage)
    assert "No product list is kept" in told(page)
    page.take_list(str(path))
    stage.wait(lambda: "Fictional product list" in told(page))
    Intake(stage.services.radio._opened()).octets(day_scenes.today_job().encode(), "job.json")
    page.refresh()
    stage.wait(lambda: "5 devices are not ready" in told(page))
    page.ask_device()
    sheet = stage.shell.sheet()
    assert sheet is not None
    sheet.device.setText("00DB123456790AA1")  # type: ignore[attr-defined]
    sheet.add.click()  # type: ignore[attr-defined]
    assert "not chosen what it is" in told(sheet)
    next(choice for title, choice in sheet.choices.items() if "VG-4" in title).click()  # type: ignore[attr-defined]
    sheet.add.click()  # type: ignore[attr-defined]
    stage.wait(lambda: "On the van: 00DB123456790AA1" in told(sheet))
    assert sheet.device.text() == "", "ready for the next label"  # type: ignore[attr-defined]
    next(choice for title, choice in sheet.choices.items() if "NH-CH2 " in title).click()  # type: ignore[attr-defined]
    assert stage.shell.scans.scanned("GPF ID: 00-DB-12-34-56-79-0A-A3", lambda: True)
    stage.wait(lambda: "the CHF ID is needed here" in told(sheet))
    assert stage.shell.scans.scanned("CHF ID: 00-DB-12-34-56-79-0A-A2", lambda: True)
    stage.wait(lambda: "On the van: 00-DB-12-34-56-79-0A-A2" in told(sheet))
    sheet.close_sheet()
    stage.wait(lambda: "3 devices are not ready" in told(page))
    jobs = day_scenes.jobs_page(stage)
    stage.wait(lambda: jobs.van_button.accessibleName() == "Van: 3 devices are not ready")
    stage.shell.go("van")
    page.show_part("stock")
    assert page.off.isEnabled()
    page.take_off()
    stage.wait(lambda: len(page.list.rows) == 1)
    page.take_off()
    stage.wait(lambda: "Nothing is on the van" in told(page))
    page.take_list(str(resource_path("samples", "van.json")))
    stage.wait(lambda: "products-envelope" in told(page))


def test_a_rehearsal_tells_play_by_play_and_stops_when_it_is_closed(make_stage: MakeStage) -> None:
    stage = make_stage()
    sheet = day_scenes.rehearsal_sheet(stage)
    stage.wait(lambda: sheet.report is not None)
    assert "2 blockers are predicted" in told(sheet)
    assert "is not in the inventory" in told(sheet)
    assert "It is not on the van" in told(sheet)
    sheet.walk_button.click()
    stage.wait(lambda: ("rehearsal-of-job-3", False) in stage.services.begun)
    stage.show_visit(samples.scene("complete"))
    gate = asyncio.Event()
    waits = day_scenes.rehearsal_sheet(stage, gate)
    assert "As it should go" in told(waits)
    assert waits.report is None
    call = waits._call
    waits.close_sheet()
    stage.wait(lambda: not call.running)


@pytest.mark.requirement("ARC-11", "CON-11")
def test_the_rules_of_the_marked_job_are_shown_with_what_forbids_it_first(make_stage: MakeStage) -> None:
    sheet = day_scenes.rules_sheet(make_stage())
    shown = told(sheet)
    assert "1 rule forbids what the job asks for." in shown
    assert "no exceptional circumstance is named" in shown
    for words in (
        "micro-business: ",
        "Exempt: ",
        "Riser on floor 2",
        "it follows SMETS1",
        "does not comply until it is",
    ):
        assert words in shown, words
    assert sheet.told is not None
    assert sheet.told.told[0].code == "hub-not-supplier"
