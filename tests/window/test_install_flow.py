"""Installations in the real window: sections, measured values with limits, a hard stop and a gas lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton

from hht.work.job import Job
from hht.work.view import SURE, Outcome, Question, QuestionKind, StepState
from hht.work.walkthrough import load_walkthrough
from tests.window.beginning import VisitBeginner
from tests.window.test_visit_end_to_end import Hands
from tests.work.flow_model import GAS, HUB, good, job_text
from ui.services import Services
from ui.window.question_model import SCANNED, TYPED

LINK = "emulated:single-element?days=1"


class Engineer(Hands):
    """Installs."""

    def __init__(self, data_dir: Path, of: Job) -> None:
        super().__init__(data_dir)
        self.of = of
        self.flow = load_walkthrough(of.walkthrough).for_job(of)

    def play(self, stop_before: str = "", stop_at: str = "", **answers: str) -> None:
        """Do whatever the window asks for, all well but for `answers`, until `stop_before` is asked, the step `stop_at`
        waits to be begun, or the end."""
        told = {name.replace("__", "-").replace("_", "/"): value for name, value in answers.items()}
        for _turn in range(400):
            view = self.view
            assert view is not None
            if view.outcome is not None:
                return
            step = view.step(view.current)
            if step.id == stop_at and step.state is StepState.READY:
                return
            assert step.state not in (StepState.FAILED, StepState.UNKNOWN), f"{step.id}: {step.message}"
            if step.state is StepState.STOPPED and step.question is None:  # it is about to be asked
                self.until(lambda before=view: self.view != before, f"what is asked of {step.id}")  # type: ignore[misc]
                continue
            if step.state is StepState.DONE and not self.flow.step(step.id).pause:  # it goes on by itself
                self.until(lambda before=view: self.view != before, f"what follows {step.id}")  # type: ignore[misc]
                continue
            question = step.question if step.state in (StepState.ASKING, StepState.STOPPED) else None
            if question is not None and question.id == stop_before:
                return
            if question is None:
                self.press("Continue")
            else:
                meant = question.id.endswith(SURE) and question.id.removesuffix(SURE) in told
                self.give(question, "yes" if meant else told.get(question.id, good(question, self.of)))
            self.until(lambda before=view: self.view != before, f"an answer to {step.id}")  # type: ignore[misc]
            self.until(self.settled, f"the end of {step.id}")
        raise AssertionError("the visit does not end")

    def give(self, question: Question, value: str) -> None:
        """Answer as a person does."""
        box = self.shell._visit_page().card.question
        self.until(lambda: box.question == question, f"the question {question.id}")
        if question.kind is QuestionKind.CONFIRM:
            self.press("Yes" if value == "yes" else "No")
        elif question.kind is QuestionKind.CHECKLIST and not question.safety:
            self.press("All of these")
        elif question.kind in SCANNED:
            box.scanned(value)
        elif question.kind is QuestionKind.CHOICE and not question.safety:
            assert box._choices is not None
            next(one for one in box._choices.buttons() if one.property("value") == value).click()
        elif question.kind in TYPED:
            field = box._entry
            assert isinstance(field, QLineEdit)
            field.setFocus()
            field.selectAll()
            QTest.keyClicks(field, value)
            self.press(self.shell._visit_page().proceed.accessibleName())
        else:
            assert box._choices is not None
            wanted = [one for one in box._choices.buttons() if one.property("value") in value.split(",")]
            for button in wanted:
                button.click()
            self.press(self.shell._visit_page().proceed.accessibleName())

    def choose_desk(self, url: str) -> None:
        """In the settings."""
        done: list[object] = []

        async def choose(services: Services) -> None:
            await services.save_settings(replace(await services.settings(), desk=url))

        self.bridge.call(choose, done.append, done.append)
        self.until(lambda: bool(done), "the settings")
        assert done == [None]


@pytest.fixture
def engineer(begin_visit: VisitBeginner) -> Callable[[str], Engineer]:
    return partial(begin_visit, Engineer)


@pytest.mark.timeout(240)
def test_sections_limits_and_help_stand_on_the_card(engineer: Callable[[str], Engineer]) -> None:
    at = engineer(job_text("install-electricity", link=LINK))
    at.play(stop_before="live-tests/loop")
    rows = at.shell._visit_page().rail._model.rows
    headings = [row.title for row in rows if row.heading]
    assert headings == ["Before work", "Electricity", "Meter by probe", "Hand-over"]
    assert {row.title for row in rows if not row.heading} >= {"Isolate", "Prove dead"}
    assert "Check the job" not in {row.title for row in rows}, "a section that is over is one line"
    box = at.shell._visit_page().card.question
    said = [label.text() for label in box.findChildren(type(box._remark))]
    assert any("at most 0.35 Ω (limit unverified)" in one for one in said), said
    assert not at.shell._visit_page().card.help.unfolded
    at.press("Help on this step")
    assert at.shell._visit_page().card.help.unfolded


@pytest.mark.timeout(240)
def test_a_hard_stop_has_no_continue_and_no_way_round(engineer: Callable[[str], Engineer]) -> None:
    at = engineer(job_text("install-electricity", link=LINK))
    at.play(stop_before="live-tests/notice", live__tests_loop="9.5")
    page = at.shell._visit_page()
    for name in ("Continue", "Try again", "Can't do this…", "Stop"):
        assert at.see(QPushButton, name) is None, name
    assert page.proceed.accessibleName() == "Made safe, left off"
    assert "9.5" in page.card.notice.message
    assert page.rail._model.rows[-1].heading
    page.ask_leave()
    page.try_again()
    assert at.shell.sheet() is None
    assert at.view is not None
    assert at.view.step("live-tests").state is StepState.STOPPED
    question = at.view.step("live-tests").question
    assert question is not None
    at.give(question, "N-4711")
    at.until(lambda: at.view is not None and at.view.outcome is not None, "the end")
    assert at.view.outcome is Outcome.MADE_SAFE


@pytest.mark.timeout(240)
def test_a_gas_lock_is_cleared_by_somebody_else(engineer: Callable[[str], Engineer]) -> None:
    at = engineer(job_text("install-dual-fuel", HUB, GAS, link=LINK))
    at.play(stop_before="gas-warning/cleared-by", gas__warning_smell="smell")
    page = at.shell._visit_page()
    assert page.proceed.accessibleName() == "Clear the lock"
    assert at.view is not None
    assert at.view.step("gas-warning").locked
    shown = page.card.notice._remedy.text()
    assert "0800 111 999" in shown
    assert "Locked" in shown
    assert at.see(QPushButton, "Can't do this…") is None
    at.play(stop_before="gas-warning/notice")
    assert page.proceed.accessibleName() == "Made safe, left off"
