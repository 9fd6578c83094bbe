"""The report from the window: saved where a person says, told when it cannot be; who the engineer is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from hht.errors import HhtError
from tests.window import samples
from tests.window.keys import click, press
from tests.window.scenes import Stage
from tests.window.scripted import ScriptedServices
from ui.window.files import SaveSheet
from ui.window.jobs_page import JobsPage
from ui.window.messages import ErrorSheet
from ui.window.settings_page import SettingsPage

MakeStage = Callable[..., Stage]


def ended(stage: Stage, **changes: object) -> None:
    """A live visit that has just ended."""
    view = replace(samples.scene("complete"), training=False, report="", **changes)  # type: ignore[arg-type]
    stage.services.first_view = view
    stage.shell.open_visit("job-2")
    stage.wait(lambda: stage.shell.page_name() == "visit")


def there(stage: Stage, name: str) -> bool:
    return any(b.isVisible() and b.accessibleName() == name for b in stage.shell.findChildren(QPushButton))


def facts(stage: Stage) -> str:
    return " ".join(label.text() for label in stage.shell._visit_page().card.facts.findChildren(QLabel))


def save_to(stage: Stage, path: Path) -> None:
    sheet = stage.shell.sheet()
    assert isinstance(sheet, SaveSheet)
    sheet.path.setText(str(path))
    click(stage, "Save")


def test_a_live_report_is_saved_where_the_engineer_says(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage(live=True)
    ended(stage)
    assert not there(stage, "Open the report"), "there is no file yet"
    assert "Sealed in the store" in facts(stage)
    click(stage, "Save report as…")
    sheet = stage.shell.sheet()
    assert isinstance(sheet, SaveSheet)
    assert Path(sheet.path.text()).name == "J-1042-report.pdf"
    save_to(stage, tmp_path / "mine.pdf")
    stage.wait(lambda: there(stage, "Open the report"))
    assert stage.services.saved_reports == [("v-2", tmp_path / "mine.pdf")]
    assert "mine.pdf" in facts(stage)


def test_a_report_that_cannot_be_saved_is_a_sentence(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage(live=True)
    stage.services.report_error = HhtError("The report could not be written: the disk is full.", remedy="Make room.")
    ended(stage)
    click(stage, "Save report as…")
    save_to(stage, tmp_path / "mine.pdf")
    stage.wait(lambda: isinstance(stage.shell.sheet(), ErrorSheet))
    press(Qt.Key.Key_Return)
    assert not there(stage, "Open the report")
    assert there(stage, "Save report as…")


def test_a_missing_report_is_told_on_the_last_page(make_stage: MakeStage) -> None:
    stage = make_stage(live=True)
    ended(stage, notice="The report /x could not be written: No space left on device. Make room.")
    notice = stage.shell._visit_page().card.notice
    assert notice.isVisible()
    assert "No space left" in notice.message
    assert there(stage, "Save report as…")


def test_the_report_of_an_earlier_visit_from_the_job_list(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage(live=True)
    page = stage.shell.page("jobs")
    assert isinstance(page, JobsPage)
    page.filters.chosen.emit("all")
    action = stage.shell.registry["save-report"]
    for row, job in enumerate(page.list.model().rows):
        page.list.setCurrentIndex(page.list.model().index(row, 0))
        assert action.enabled() is bool(job.job.visit_id)
    rows = [row.job.reference for row in page.list.model().rows]
    page.list.setCurrentIndex(page.list.model().index(rows.index("J-1038"), 0))
    action.run()
    save_to(stage, tmp_path / "old.pdf")
    stage.wait(lambda: stage.services.saved_reports == [("v-5", tmp_path / "old.pdf")])


def typed(stage: Stage, name: str, text: str) -> None:
    field = stage.find(QLineEdit, name)
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.clear()
    QTest.keyClicks(field, text)


def test_the_engineer_is_kept_when_the_field_is_left(make_stage: MakeStage) -> None:
    stage = make_stage(live=True, services=ScriptedServices(training=False))
    stage.shell.go("settings")
    page = stage.shell.page("settings")
    assert isinstance(page, SettingsPage)
    typed(stage, "Your name", "Ann Other")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: stage.services.saved.engineer == "Ann Other")
    typed(stage, "Your identifier", " E-17 ")
    press(Qt.Key.Key_Tab)
    stage.wait(lambda: stage.services.saved.engineer_id == "E-17")
    typed(stage, "Your name", "Ann" + "n" * 100)
    press(Qt.Key.Key_Return)
    stage.pause()
    assert "80 characters" in page.engineer_problem.text()
    assert stage.services.saved.engineer == "Ann Other"
