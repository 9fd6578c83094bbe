"""No page under an open sheet takes the keyboard, whatever arrives; its wish is granted when the sheet closes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from hht.errors import HhtError
from hht.resources import resource_path
from tests.conftest import ROOT
from tests.window import samples
from tests.window.keys import MakeStage, focus, press
from tests.window.scenes import Stage
from ui.window.device_page import DevicePage
from ui.window.jobs_page import JobsPage
from ui.window.palette import PaletteSheet
from ui.window.pass_phrase_page import PassPhrasePage
from ui.window.settings_page import SettingsPage

Late = Callable[[Stage], Callable[[], QWidget | None]]


def _jobs(stage: Stage) -> JobsPage:
    page = stage.shell.page("jobs")
    assert isinstance(page, JobsPage)
    return page


def _device(stage: Stage) -> DevicePage:
    page = stage.shell.page("device")
    assert isinstance(page, DevicePage)
    return page


def jobs_arrive(stage: Stage) -> Callable[[], QWidget | None]:
    page = _jobs(stage)
    page.model.loaded = False
    page.refresh()
    stage.wait(lambda: page.model.loaded)
    return lambda: page.banner.button


def a_job_is_imported(stage: Stage) -> Callable[[], QWidget | None]:
    page = _jobs(stage)
    page.model.filter = "today"
    page.import_path(str(next(iter(resource_path("jobs").glob("*.json")))))
    stage.wait(lambda: page.model.filter == "all")
    return lambda: page.list


def a_visit_begins(stage: Stage) -> Callable[[], QWidget | None]:
    stage.services.first_view = samples.scene("scan")
    stage.shell.open_visit("job-2")
    stage.wait(lambda: stage.shell.page_name() == "visit")
    return lambda: stage.shell._visit_page().card.question._entry


def a_step_asks(stage: Stage) -> Callable[[], QWidget | None]:
    page = stage.shell._visit_page()
    page.show_view(samples.scene("scan"))
    assert page.card.question._entry is not None
    return lambda: page.card.question._entry


def an_answer_is_refused(stage: Stage) -> Callable[[], QWidget | None]:
    page = stage.shell._visit_page()
    page.show_view(samples.scene("scan"))
    page.card.question.refused(HhtError("Not this one.", remedy="Scan again."))
    return lambda: page.card.question._entry


def a_read_begins(stage: Stage) -> Callable[[], QWidget | None]:
    page = _device(stage)
    page._show_busy("Reading…")
    return lambda: page.stop


def a_read_ends(stage: Stage) -> Callable[[], QWidget | None]:
    page = _device(stage)
    page.read()
    stage.wait(lambda: page.snapshot is not None and page.read_button.isEnabled())
    return lambda: page.read_button


def objects_are_listed(stage: Stage) -> Callable[[], QWidget | None]:
    page = _device(stage)
    page.show_part("objects")
    page.read()
    stage.wait(lambda: page.objects.chosen is not None and page.read_button.isEnabled())
    page.objects.to_list()
    return lambda: page.objects.list


def settings_come_up(stage: Stage) -> Callable[[], QWidget | None]:
    stage.shell.go("settings")
    page = stage.shell.page("settings")
    assert isinstance(page, SettingsPage)
    return lambda: page.theme.buttons["day"]


def the_help_comes_up(stage: Stage) -> Callable[[], QWidget | None]:
    stage.shell.go("help")
    return lambda: getattr(stage.shell.page("help"), "back")  # noqa: B009 typed as Page


def a_pass_phrase_is_refused(stage: Stage) -> Callable[[], QWidget | None]:
    stage.shell.go("pass-phrase")
    page = stage.shell.page("pass-phrase")
    assert isinstance(page, PassPhrasePage)
    page._refused(HhtError("Wrong.", remedy="Type it again."))
    return lambda: page.phrase


def _on_visit(stage: Stage) -> None:
    stage.visit("running")


def _on_device(stage: Stage) -> None:
    stage.shell.go("device")


def _nowhere(stage: Stage) -> None:
    stage.pause()


@pytest.mark.parametrize(
    ("there", "late"),
    [
        (_nowhere, jobs_arrive),
        (_nowhere, a_job_is_imported),
        (_nowhere, a_visit_begins),
        (_on_visit, a_step_asks),
        (_on_visit, an_answer_is_refused),
        (_on_device, a_read_begins),
        (_on_device, a_read_ends),
        (_on_device, objects_are_listed),
        (_nowhere, settings_come_up),
        (_nowhere, the_help_comes_up),
        (_nowhere, a_pass_phrase_is_refused),
    ],
)
def test_what_arrives_under_the_menu_waits_for_the_keyboard(
    make_stage: MakeStage, there: Callable[[Stage], None], late: Late
) -> None:
    stage = make_stage()
    there(stage)
    stage.shell.show_palette()
    sheet = stage.shell.sheet()
    assert isinstance(sheet, PaletteSheet)
    QTest.keyClicks(focus(), "tra")
    wanted = late(stage)
    stage.pause()
    assert QApplication.focusWidget() is sheet.entry
    QTest.keyClicks(focus(), "ce")
    assert sheet.entry.text() == "trace"  # not a key went anywhere else
    press(Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is wanted()


def test_a_sheet_that_closes_beneath_another_leaves_it_the_keyboard(make_stage: MakeStage) -> None:
    stage = make_stage()
    before = focus()
    stage.shell.show_palette()
    lower = stage.shell.sheet()
    stage.shell.show_error(HhtError("It failed.", remedy="Try again."))
    upper = stage.shell.sheet()
    assert lower is not None
    assert upper is not None
    assert upper.isAncestorOf(focus())
    lower.close_sheet()
    assert upper.isAncestorOf(focus())
    upper.close_sheet()
    assert focus() is before


def test_the_keyboard_does_not_stay_on_a_sheet_that_nobody_sees(make_stage: MakeStage) -> None:
    stage = make_stage()
    before = focus()
    stage.shell.show_palette()
    sheet = stage.shell.sheet()
    assert sheet is not None
    before.setEnabled(False)
    sheet.close_sheet()
    assert focus().isVisible()
    assert not sheet.isAncestorOf(focus())


def test_a_page_that_is_not_shown_takes_nothing(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.shell.go("device")
    before = focus()
    a_job_is_imported(stage)
    assert focus() is before


def test_pages_move_the_keyboard_in_one_way_only() -> None:
    """What calls `setFocus` itself takes the keyboard from sheets: only `give_keyboard` knows of them."""
    folder = Path(ROOT) / "ui" / "window"
    calls = {path.name for path in folder.glob("*.py") if re.search(r"\.setFocus\(", path.read_text(encoding="utf-8"))}
    assert calls == {"sheet.py"}
