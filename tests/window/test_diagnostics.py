"""Diagnostics in the window: read through before anything is written, by the keyboard alone."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt

from hht.errors import HhtError
from tests.window import samples
from tests.window.helping_scenes import HELPING_SCENES
from tests.window.keys import MakeStage, click, focus, press
from ui.window.diagnostics_sheet import DiagnosticsSheet
from ui.window.files import SaveSheet


def test_what_is_read_is_what_is_saved(make_stage: MakeStage, tmp_path: Path) -> None:
    stage = make_stage()
    HELPING_SCENES["settings-diagnostics"](stage)
    sheet = stage.shell.sheet()
    assert isinstance(sheet, DiagnosticsSheet)
    assert sheet.told.toPlainText() == samples.diagnostics().text()
    assert "left_out" in sheet.told.toPlainText()
    assert focus() is sheet.told
    while focus() is not sheet.save:
        press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Return)
    saving = stage.shell.sheet()
    assert isinstance(saving, SaveSheet)
    saving.path.setText(str(tmp_path / "d.json"))
    click(stage, "Save")
    assert (tmp_path / "d.json").read_text() == samples.diagnostics().text()
    assert "d.json" in sheet.notice.message
    press(Qt.Key.Key_Escape)
    assert stage.shell.sheet() is None


def test_what_cannot_be_told_is_a_sentence_and_nothing_can_be_saved(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.services.report_error = HhtError("1 personal text stands in it.", remedy="Tell the depot.", code="x")
    stage.shell.go("settings")
    click(stage, "Diagnostics…")
    sheet = stage.shell.sheet()
    assert isinstance(sheet, DiagnosticsSheet)
    stage.wait(lambda: bool(sheet.notice.message))
    assert "personal" in sheet.notice.message
    assert not sheet.save.isEnabled()
