"""A finished job in the window: its reports first, another visit only on purpose."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from hht.errors import HhtError
from hht.work.show import began_anew
from hht.work.view import Outcome, StepState, VisitView
from tests.window import samples
from tests.window.keys import MakeStage, click, focus, press
from tests.window.scenes import Stage
from tests.window.scripted import ScriptedVisit
from ui.services import VisitSummary
from ui.terminal import Terminal
from ui.window.files import SaveSheet
from ui.window.jobs_page import JobsPage
from ui.window.messages import ErrorSheet
from ui.window.visits_sheet import FinishedSheet, KeptVisitSheet, open_job, when_words


def words_on(stage: Stage) -> str:
    sheet = stage.shell.sheet()
    assert sheet is not None
    return " | ".join(label.text() for label in sheet.findChildren(QLabel) if label.isVisible())


def finished(stage: Stage, job_id: str) -> FinishedSheet:
    open_job(stage.shell, job_id)
    stage.wait(lambda: isinstance(stage.shell.sheet(), FinishedSheet))
    sheet = stage.shell.sheet()
    assert isinstance(sheet, FinishedSheet)
    return sheet


def test_a_finished_job_offers_its_report_first_and_a_visit_second(make_stage: MakeStage) -> None:
    stage = make_stage()
    page = stage.shell.page("jobs")
    assert isinstance(page, JobsPage)
    page.filters.chosen.emit("done")
    page.open_selected()
    stage.wait(lambda: isinstance(stage.shell.sheet(), FinishedSheet))
    assert stage.services.begun == []
    sheet = stage.shell.sheet()
    assert isinstance(sheet, FinishedSheet)
    names = [button.accessibleName() for button in sheet.findChildren(QPushButton)]
    assert names[-3:] == ["Show the report", "Visit again", "Close"]
    assert focus() is sheet.show_button
    press(Qt.Key.Key_Escape)
    assert stage.services.begun == []
    assert stage.shell.page_name() == "jobs"


def test_another_visit_is_begun_only_by_its_button(make_stage: MakeStage) -> None:
    stage = make_stage()
    finished(stage, "job-1")
    click(stage, "Visit again")
    stage.wait(lambda: stage.shell.page_name() == "visit")
    assert stage.services.begun == [("job-1", True)]
    assert stage.shell.sheet() is None


def test_a_job_that_is_not_finished_begins_at_once(make_stage: MakeStage) -> None:
    stage = make_stage()
    open_job(stage.shell, "job-3")
    stage.wait(lambda: stage.shell.page_name() == "visit")
    assert stage.services.begun == [("job-3", False)]


def test_a_training_visit_whose_home_began_anew_is_begun_again_by_its_button(make_stage: MakeStage) -> None:
    stage, words = make_stage(), "Begin this training visit again"
    stage.visit("running")
    with pytest.raises(AssertionError):
        stage.find(QPushButton, words)
    view = replace(samples.visit("clock", StepState.READY), notice=began_anew("J-1042"), home_anew=True)
    stage.show_visit(view)
    click(stage, words)
    stage.wait(lambda: len(stage.services.begun) == 3)
    assert stage.services.begun[-1] == (view.job_id, True)
    for state in (StepState.STARTED, StepState.STOPPED):  # what runs is stopped first; a safety stop is not passed
        stage.show_visit(replace(samples.visit("clock", state), home_anew=True))
        with pytest.raises(AssertionError):
            stage.find(QPushButton, words)


def test_where_beginning_again_is_refused_the_visit_goes_on_as_it_stood(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage()
    view = replace(samples.visit("clock", StepState.READY), notice=began_anew("J-1042"), home_anew=True)
    stage.show_visit(view)
    start, services = stage.services.start_visit, stage.services

    async def refuses(job_id: str, on_view: Any, link: str = "", *, again: bool = False) -> ScriptedVisit:
        if again:
            raise HhtError("A danger is on record.", remedy="Go on with the visit.", code="not-now")
        return await start(job_id, on_view, link)

    monkeypatch.setattr(services, "start_visit", refuses)
    before = len(services.visits)
    click(stage, "Begin this training visit again")
    stage.wait(lambda: isinstance(stage.shell.sheet(), ErrorSheet) and len(services.visits) > before)
    page = stage.shell._visit_page()
    stage.wait(lambda: page.control is services.visits[-1])
    assert services.begun[-1] == (view.job_id, False)
    assert stage.shell.page_name() == "visit"


def test_earlier_visits_are_listed_each_with_its_report(make_stage: MakeStage) -> None:
    stage = make_stage()
    finished(stage, "job-5")
    words = words_on(stage)
    assert words.index("Visit 2: done in part") < words.index("Earlier visits") < words.index("Visit 1: given up")
    click(stage, "Show the report of visit 1")
    stage.wait(lambda: isinstance(stage.shell.sheet(), KeptVisitSheet))
    assert stage.services.kept_asked == ["v-5-1"]
    assert "Report: J-1042, visit 1" in words_on(stage)


def test_the_report_shows_every_step_and_can_be_saved(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage(live=True)
    services = stage.services
    kept = replace(samples.ended(), report="", number=2, untouched=("electricity meter 00-DB, MPAN 13",))
    services.kept = kept
    finished(stage, "job-5")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: isinstance(stage.shell.sheet(), KeptVisitSheet))
    sheet = stage.shell.sheet()
    assert isinstance(sheet, KeptVisitSheet)
    words = words_on(stage)
    for step in kept.steps:
        assert step.title in words
    assert "electricity meter 00-DB, MPAN 13" in words
    assert sheet.open_button.isHidden(), "there is no file yet"
    assert focus() is sheet.save_button
    press(Qt.Key.Key_Return)
    stage.wait(lambda: isinstance(stage.shell.sheet(), SaveSheet))
    save = stage.shell.sheet()
    assert isinstance(save, SaveSheet)
    assert Path(save.path.text()).name == "J-1042-visit-2-report.pdf"
    save.kinds.buttons[".public.hhtb"].click()
    assert Path(save.path.text()).name == "J-1042-visit-2-report.public.hhtb"
    click(stage, "Save")
    stage.wait(lambda: "report.public.hhtb" in words_on(stage))
    assert sheet.open_button.isHidden(), "nothing here opens it"
    ((_visit, others),) = services.saved_reports
    services.saved_reports.clear()
    assert others.name == "J-1042-visit-2-report.public.hhtb"
    sheet.save_button.click()
    save = stage.shell.sheet()
    assert isinstance(save, SaveSheet)
    save.path.setText(str(tmp_path / "mine.pdf"))
    click(stage, "Save")
    stage.wait(lambda: not sheet.open_button.isHidden())
    assert services.saved_reports == [(kept.visit_id, tmp_path / "mine.pdf")]
    assert "mine.pdf" in words_on(stage)


def test_a_long_report_is_scrolled_by_keys(make_stage: MakeStage) -> None:
    stage = make_stage(wide=960, high=600)
    finished(stage, "job-1")
    press(Qt.Key.Key_Return)
    stage.wait(lambda: isinstance(stage.shell.sheet(), KeptVisitSheet))
    sheet = stage.shell.sheet()
    assert isinstance(sheet, KeptVisitSheet)
    bar = sheet._scroll.verticalScrollBar()
    stage.wait(lambda: bar.maximum() > 0)
    press(Qt.Key.Key_PageDown)
    assert bar.value() > 0
    press(Qt.Key.Key_PageUp)
    assert bar.value() == 0


def test_the_job_list_looks_up_how_a_job_stands_now(make_stage: MakeStage) -> None:
    """Another program may have ended its visit since the list was shown."""
    stage = make_stage()
    done, begun = stage.services.job_list[:2]
    stage.services.job_list[1] = replace(begun, resumable=False, state="complete", visits=done.visits)
    open_job(stage.shell, begun.job_id)
    stage.wait(lambda: isinstance(stage.shell.sheet(), FinishedSheet))
    assert stage.services.begun == []


def test_a_visit_that_runs_goes_on_beneath(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit("running")
    stage.shell.go("jobs")
    finished(stage, "job-1")
    press(Qt.Key.Key_Escape)
    stage.shell.go("visit")
    (visit,) = stage.services.visits
    bridge, shown = stage.bridge, threading.Event()
    bridge.tell(lambda _services: (visit.show(samples.ended()), shown.set()))
    stage.wait(lambda: (view := stage.shell.visit_view()) is not None and view.outcome is Outcome.COMPLETE)
    assert shown.is_set()


async def _visited(terminal: Terminal, job_id: str, *, again: bool) -> VisitView:
    """Start the visit and leave it at once for a reason that ends it."""
    ready, ended = asyncio.Event(), asyncio.Event()

    def see(view: VisitView) -> None:
        if view.steps[0].state is StepState.READY:
            ready.set()
        if view.outcome is not None and view.report:
            ended.set()

    control = await terminal.start_visit(job_id, see, again=again)
    await asyncio.wait_for(ready.wait(), 60)
    control.leave("no-access")
    await asyncio.wait_for(ended.wait(), 60)
    return control.view


async def test_the_core_keeps_the_same_rule(tmp_path: Path) -> None:
    terminal = Terminal(data_dir=tmp_path, training=True)
    await terminal.needs_pass_phrase()
    try:
        job, *_others = await terminal.jobs()
        first = await _visited(terminal, job.job_id, again=False)
        assert (await terminal.job(job.job_id)).finished
        with pytest.raises(HhtError) as caught:
            await terminal.start_visit(job.job_id, lambda _view: None)
        assert caught.value.code == "visit-finished"
        second = await _visited(terminal, job.job_id, again=True)
        kept = await terminal.job(job.job_id)
        assert [(v.number, v.visit_id, v.report) for v in kept.visits] == [
            (1, first.visit_id, first.report),
            (2, second.visit_id, second.report),
        ]
        assert Path(first.report).parent.name == "visit-1"
        assert (await terminal.kept_visit(first.visit_id)).report == first.report
        await asyncio.to_thread(Path(first.report).unlink)
        again = await terminal.kept_visit(first.visit_id)
        assert (again.report, again.number, again.outcome) == ("", 1, Outcome.ABANDONED)
    finally:
        await terminal.close()


def test_times_of_a_visit() -> None:
    visit = VisitSummary(1, "v", "complete", samples.NOW, samples.NOW + timedelta(minutes=4))
    assert when_words(visit) == "2026-03-17 09:41:12 – 09:45:12 UTC"
    assert when_words(replace(visit, ended=samples.NOW + timedelta(days=1))) == (
        "2026-03-17 09:41:12 – 2026-03-18 09:41:12 UTC"
    )
    assert when_words(replace(visit, ended=None)) == "2026-03-17 09:41:12 UTC"
    assert when_words(replace(visit, began=None)) == ""
