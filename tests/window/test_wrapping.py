"""Titles and reasons are broken into lines, and whole wherever there is room."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from hht.work.view import LeaveReason, StepState, StepView
from hht.work.walkthrough import load_walkthrough
from tests.window.painted import Painted
from tests.window.scenes import Stage, settle
from ui.window.leave_sheet import LeaveSheet
from ui.window.rail import Rail
from ui.window.theme import THEME
from ui.window.walkthrough_model import RailRow
from ui.window.widgets import Choice
from ui.window.wrapping import BREAK, WHOLE, breakable, wrapped

MakeStage = Callable[..., Stage]
LONG = "The meter refuses: only the supplier may make this change, and the desk has been told so by telephone"


def test_words_go_over_as_many_lines_as_there_may_be() -> None:
    assert wrapped("Check the job", len, 40, 2) == ["Check the job"]
    assert wrapped("Set the randomised offset limit", len, 20, 2) == ["Set the randomised", "offset limit"]
    assert wrapped("Set the randomised offset limit", len, 12, 2) == ["Set the", "randomised…"]
    assert wrapped("Unbreakableword", len, 8, 3) == ["Unbreak…"]
    assert wrapped("", len, 8, 2) == []


@given(st.text(max_size=200))
def test_places_to_break_change_nothing_else(text: str) -> None:
    shown = breakable(text)
    assert shown.replace(BREAK, "") == text.replace(BREAK, "")
    assert all(len(piece) <= WHOLE for word in shown.split() for piece in word.split(BREAK))


def test_short_words_stay_whole() -> None:
    assert breakable("00-DB-12-34-56-78-90-A0 is short") == "00-DB-12-34-56-78-90-A0 is short"
    assert breakable("a " + "1" * 31) == "a " + BREAK.join(["1" * 8, "1" * 8, "1" * 8, "1" * 7])


@given(st.text(max_size=200), st.integers(2, 60), st.integers(1, 5))
def test_no_line_is_wider_than_the_room(text: str, room: int, most: int) -> None:
    lines = wrapped(text, len, room, most)
    assert len(lines) <= most
    assert all(len(line) <= room for line in lines)
    if not any(line.endswith("…") for line in lines):
        assert " ".join(lines).split() == text.split()


@pytest.mark.parametrize("glove", [False, True])
def test_no_title_of_a_shipped_walkthrough_is_cut(glove: bool, make_stage: MakeStage) -> None:
    stage = make_stage("day", 1024, 640, glove=glove)
    stage.visit("scan")
    rail = stage.shell._visit_page().rail
    titles = [step.title for step in load_walkthrough("commission-electricity").steps]
    for title in [*titles, "Check registers, voltage and supply state"]:
        row = RailRow("x", 1, title, StepState.WAITING, "waiting", current=True, shown=True)
        assert " ".join(rail.delegate.title_lines(row)) == title


def test_a_long_heading_leaves_room_for_its_count(make_stage: MakeStage) -> None:
    stage = make_stage("day", 1024, 640)
    stage.visit("scan")
    rail = stage.shell._visit_page().rail
    row = RailRow(
        "x", 0, "Cyfrif ac ychwanegiad credyd", StepState.WAITING, "2 of 9", current=True, shown=False, heading=True
    )
    box = QRect(16, 0, rail.viewport().width() - 28, 80)
    image = QImage(box.right() + 40, 80, QImage.Format.Format_RGB32)
    image.fill(THEME.colour("surface"))
    painter = QPainter(image)
    rail.delegate._paint_heading(painter, row, box)
    count = painter.fontMetrics().horizontalAdvance(row.detail)
    painter.end()
    beside, ink = QRect(box.right() - count - 4, 0, count + 4, 80), THEME.colour("ink").name()
    assert ink in Painted(image).colours(QRect(16, 0, box.width() - count, 80), every=1)
    assert ink not in Painted(image).colours(beside, every=1)
    assert THEME.colour("ink_soft").name() in Painted(image).colours(beside, every=1)


def in_sight(rail: Rail, place: int) -> bool:
    return rail.viewport().rect().contains(rail.visualRect(rail.model().index(place, 0)))


@pytest.mark.parametrize(("wide", "high"), [(1280, 800), (1024, 640), (960, 600)])
@pytest.mark.parametrize("scene", ["running", "complete", "failed"])
def test_the_visit_is_in_sight(wide: int, high: int, scene: str, make_stage: MakeStage) -> None:
    """Eleven steps need no scrolling; in a low window, or at 200 %, where what can be put on record at any step stands
    below them, the one whose turn it is is in sight. Every row can be pressed."""
    stage = make_stage("day", wide, high)
    stage.visit(scene)
    rail = stage.shell._visit_page().rail
    count = rail.model().rowCount()
    assert count == 11
    if high >= 700:
        settle(lambda: rail.verticalScrollBar().maximum() == 0)
    for place, row in enumerate(rail._model.rows):  # none where the visit is over
        if row.shown:
            settle(partial(in_sight, rail, place))
    assert all(rail.visualRect(rail.model().index(n, 0)).height() >= 38 for n in range(count))  # 10 mm
    assert rail.compact is (high < 700)


def test_rows_for_gloves_are_never_compact(make_stage: MakeStage) -> None:
    stage = make_stage("day", 1024, 640, glove=True)
    stage.visit("running")
    rail = stage.shell._visit_page().rail
    assert not rail.compact
    assert rail.sizeHintForRow(0) >= 57  # 15 mm


def test_a_title_of_two_lines_has_room_for_both(make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make_stage("day", 1024, 640)
    stage.visit("scan")
    rail = stage.shell._visit_page().rail
    one, two = (
        RailRow(title, n, title, StepState.WAITING, "waiting", current=False, shown=False)
        for n, title in enumerate(("Connect", "Check registers, voltage and supply state"))
    )
    show_rows = rail.show_rows
    monkeypatch.setattr(rail, "show_rows", lambda _rows: None)  # the visit goes on, and would show its own again
    show_rows([one, two])

    def second_line() -> int:
        one, two = (rail.visualRect(rail.model().index(n, 0)).height() for n in (0, 1))
        return two - one

    settle(lambda: second_line() > 0)
    assert second_line() >= THEME.sizes.small


def reasons_sheet(parent: QWidget, count: int) -> LeaveSheet:
    reasons = tuple(LeaveReason(f"r{n}", LONG if n == 1 else f"Reason {n}") for n in range(count))
    step = StepView("s", "Step", "", StepState.FAILED, 30, leave_reasons=reasons)
    return LeaveSheet(parent, step, lambda _code, _note: None)


@pytest.mark.parametrize(("wide", "high", "glove"), [(1280, 800, False), (1024, 640, False), (1024, 640, True)])
def test_reasons_are_big_enough_whole_and_in_sight(wide: int, high: int, glove: bool, make_stage: MakeStage) -> None:
    stage = make_stage("day", wide, high, glove=glove)
    sheet = reasons_sheet(stage.shell, 5)
    sheet.open()
    stage.pause()
    buttons = sheet.findChildren(Choice)
    assert len(buttons) == 5
    for button in buttons:
        assert button.height() >= (56 if glove else 44)
        assert button.visibleRegion().boundingRect() == button.rect(), "out of sight"
        text = button.text()
        assert " ".join(text.split()) == button.accessibleName(), "cut"
        lines = [button.fontMetrics().horizontalAdvance(line) for line in text.splitlines()]
        assert max(lines) <= button.width() - 60
        assert len(lines) * button.fontMetrics().height() <= button.height()
