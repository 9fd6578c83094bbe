"""The page of lights and displays as scenes: a light that was tapped along with, and what stands on a display."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ui.window.lights_page import LightsPage

if TYPE_CHECKING:
    from tests.window.scenes import Stage

FIRMWARE = "V24.01.10.00 71b803"


def lights_page(stage: Stage, part: str = "lights") -> LightsPage:
    """The page, with that part."""
    stage.shell.go("lights")
    page = stage.shell.page("lights")
    assert isinstance(page, LightsPage)
    page.show_part(part)
    return page


def _tapped(stage: Stage) -> None:
    page = lights_page(stage)
    for _flash in range(6):
        stage.clock.advance(5)
        page.tapped()
    stage.pause()


def _display(stage: Stage) -> None:
    page = lights_page(stage, "display")
    page.typed.setText(FIRMWARE)
    stage.pause()


LIGHT_SCENES: dict[str, Callable[[Stage], None]] = {"lights": _tapped, "lights-display": _display}
