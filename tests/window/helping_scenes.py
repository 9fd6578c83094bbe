"""Scenes of what helps people: diagnostics, the tour."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton

from ui.window.diagnostics_sheet import DiagnosticsSheet

if TYPE_CHECKING:
    from tests.window.scenes import Stage


def _diagnostics(stage: Stage) -> None:
    stage.shell.go("settings")
    stage.find(QPushButton, "Diagnostics…").click()  # type: ignore[attr-defined]
    sheet = stage.shell.sheet()
    assert isinstance(sheet, DiagnosticsSheet)
    stage.wait(sheet.save.isEnabled)


def _tour(stage: Stage) -> None:
    """Where it begins: the list of jobs."""
    stage.shell.tour.take_up()
    stage.pause()


def _tour_write(stage: Stage) -> None:
    """Before a write."""
    stage.visit("write-ready")
    stage.shell.tour.take_up()
    stage.pause()


HELPING_SCENES: dict[str, Callable[[Stage], None]] = {
    "settings-diagnostics": _diagnostics,
    "tour": _tour,
    "tour-write": _tour_write,
}
