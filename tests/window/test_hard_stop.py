"""At a hard stop what to do now and what is asked are in sight together, however low the window is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QLabel, QWidget

from hht.work.view import StepState, VisitView
from tests.window.flow_scenes import view_at
from tests.window.scenes import Stage, settle

STOPS = (
    ("live-tests", "live-tests/polarity", "no"),
    ("gas-tight-after", "gas-tight-after/smell", "smell"),  # the longest that any walkthrough says
)


def hidden(parts: list[QWidget]) -> list[str]:
    """Which of them are not wholly in sight."""
    cut = [part for part in parts if part.visibleRegion().boundingRect() != part.rect()]
    return [part.accessibleName() or type(part).__name__ for part in cut]


def must_be_seen(stage: Stage) -> list[QWidget]:
    """What was found, what to do, what is asked and where it is answered."""
    card = stage.shell._visit_page().card
    entry = card.question._entry
    assert entry is not None
    prompt = card.question.findChildren(QLabel)[0]
    return [card.notice, prompt, entry]


def test_the_instruction_and_the_question_are_in_sight_together(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("day", 1024, 640)
    for theme in ("day", "night", "sun"):
        for glove in (False, True):
            stage.shell.save_settings(replace(stage.shell.settings, theme=theme, glove=glove))
            for step, question, bad in STOPS:
                view = view_at(step, question, bad)
                show(stage, view)
                where = f"{theme} {'glove' if glove else ''} {step}"
                assert hidden(must_be_seen(stage)) == [], where


def show(stage: Stage, view: VisitView) -> None:
    """Have it shown, and wait until it stands."""
    assert view.step(view.current).state is StepState.STOPPED
    stage.show_visit(view)
    settle(lambda: stage.shell._visit_page().card.question.question == view.step(view.current).question)
    stage.pause()
