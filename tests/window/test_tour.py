"""The tour: offered at the first start in training, gone through by keyboard alone, left, taken up, remembered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QListView, QWidget
from pytestqt.qtbot import QtBot

from hht.work.view import QuestionKind, StepState
from tests.window.keys import MakeStage, click, focus, press
from tests.window.test_visit_end_to_end import Hands
from ui.services import Settings
from ui.tour import COUNTED, DONE, JOB, LABEL, LEFT, Stop
from ui.window.jobs_page import JobsPage

CTRL = Qt.KeyboardModifier.ControlModifier


def tab_to(widget: QWidget) -> None:
    for _step in range(40):
        if focus() is widget:
            return
        press(Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not come to {widget.accessibleName()}")


class Beginner(Hands):
    """Somebody who starts the program for the first time, and has a keyboard alone."""

    def at_the_jobs(self) -> None:
        self.until(lambda: self._jobs().model.loaded, "the jobs")

    def kept(self) -> str:
        """How far the tour is, as it stands on disk."""
        told: list[Settings] = []
        self.bridge.call(lambda services: services.settings(), told.append)
        self.until(lambda: bool(told), "the settings")
        return told[0].tour

    def next_key(self) -> None:
        """What the step that is shown asks for."""
        view = self.view
        assert view is not None
        step = view.step(view.current)
        assert step.state not in (StepState.FAILED, StepState.UNKNOWN), f"{step.id}: {step.message}"
        if step.state is not StepState.ASKING or step.question is None:
            self.until(lambda: self.shell._visit_page().proceed.isEnabled(), "Continue")
            QTest.keyClick(focus(), Qt.Key.Key_Return, CTRL)
        elif step.question.kind is QuestionKind.DEVICE_ID:
            self.until(lambda: isinstance(QApplication.focusWidget(), QLineEdit), "the field")
            self.type(LABEL)
        else:
            assert step.question.kind is QuestionKind.CONFIRM
            self.until(lambda: focus().accessibleName() == "Yes", "the keyboard on Yes")
            press(Qt.Key.Key_Space)
        self.until(lambda: self.view != view, f"what follows {step.id}")
        self.until(self.settled, f"the end of {step.id}")


@pytest.fixture
def hands(qtbot: QtBot) -> Iterator[list[Beginner]]:
    made: list[Beginner] = []
    yield made
    for one in made:
        one.close()


@pytest.mark.timeout(240)
def test_the_first_start_offers_it_and_it_leads_through_a_whole_visit(tmp_path: Path, hands: list[Beginner]) -> None:
    at = Beginner(tmp_path)
    hands.append(at)
    at.at_the_jobs()
    strip = at.shell.tour
    at.until(lambda: strip.on, "the offer")
    assert strip.head.text() == "Tour 1 of 6: Choose a job"
    tab_to(strip.show_me)
    press(Qt.Key.Key_Space)
    assert isinstance(focus(), QListView)
    marked = at._jobs().selected()
    assert marked is not None
    assert marked.reference == "J-1042"
    press(Qt.Key.Key_Return)
    at.until(lambda: at.shell.page_name() == "visit" and at.view is not None, "the visit")
    at.until(at.settled, "its first step")
    seen = [Stop.JOB]
    for _turn in range(60):
        at.shell._tick()
        if strip.stop is not seen[-1]:
            seen.append(strip.stop)
        if strip.stop is Stop.END:
            break
        at.next_key()
    assert seen == [*COUNTED, Stop.END]
    assert at.shell.settings.tour == DONE
    assert not strip.show_me.isVisible()
    tab_to(strip.leave)
    assert focus().accessibleName() == "Finish the tour"
    press(Qt.Key.Key_Space)
    assert not strip.on
    assert QApplication.focusWidget() not in (None, strip.leave), "the keyboard stays in the window"
    at.until(lambda: at.kept() == DONE, "what is kept")
    at.close()
    again = Beginner(tmp_path)
    hands.append(again)
    again.at_the_jobs()
    again.until(lambda: again.shell.settings.tour == DONE, "what was kept")
    again.shell._tick()
    assert not again.shell.tour.on


def test_it_is_left_and_taken_up_again_where_the_visit_stands(make_stage: MakeStage) -> None:
    stage = make_stage(tour="")
    strip = stage.shell.tour
    stage.wait(lambda: strip.on)
    click(stage, "Leave the tour")
    assert not strip.on
    stage.wait(lambda: stage.services.saved.tour == LEFT)
    stage.visit("write-ready")
    stage.shell.go("settings")
    press(Qt.Key.Key_F1, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert strip.on
    assert strip.stop is Stop.WRITE
    assert stage.shell.page_name() == "visit"
    stage.wait(lambda: stage.services.saved.tour == "")


def test_another_job_is_told_and_show_me_leads_back(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.shell.tour.take_up()
    page = stage.shell.page("jobs")
    assert isinstance(page, JobsPage)
    stage.wait(lambda: getattr(page.selected(), "reference", "") == "J-1042")
    stage.shell.go("help")
    click(stage, "Show me")
    assert stage.shell.page_name() == "jobs"
    assert focus() is page.list


@pytest.mark.parametrize(("live", "tour"), [(True, ""), (False, DONE), (False, LEFT)])
def test_it_is_offered_in_training_alone_and_not_again(make_stage: MakeStage, live: bool, tour: str) -> None:
    stage = make_stage(live=live, tour=tour)
    stage.pause()
    assert not stage.shell.tour.on
    assert stage.shell.registry["tour"].enabled() is not live


def test_where_other_jobs_are_the_tour_puts_its_own_beside_them(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.job_list = [job for job in stage.services.job_list if job.reference != JOB]
    page = stage.shell.page("jobs")
    assert isinstance(page, JobsPage)
    page.refresh()
    stage.wait(lambda: JOB not in [job.reference for job in page.model.jobs])
    before = len(page.model.jobs)
    stage.shell.tour.take_up()
    stage.wait(lambda: getattr(page.selected(), "reference", "") == JOB)
    assert len(page.model.jobs) == before + 1
    assert focus() is page.list


def test_it_puts_its_job_there_by_itself_where_it_offers_itself(make_stage: MakeStage) -> None:
    from tests.window.scripted import ScriptedServices

    services = ScriptedServices()
    services.job_list = [job for job in services.job_list if job.reference != JOB]
    stage = make_stage(services=services, tour="")
    page = stage.shell.page("jobs")
    assert isinstance(page, JobsPage)
    stage.wait(lambda: JOB in [row.job.reference for row in page.model.rows(page._today())])
    assert stage.shell.tour.head.text() == "Tour 1 of 6: Choose a job"
