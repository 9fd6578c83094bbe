"""The page of what the terminal says of itself, part by part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ui.window.about_page import PARTS, AboutPage

if TYPE_CHECKING:
    from tests.window.scenes import Stage


def about_page(stage: Stage, part: str = "responsible") -> AboutPage:
    """The page, with that part."""
    stage.shell.go("about")
    page = stage.shell.page("about")
    assert isinstance(page, AboutPage)
    page.show_part(part)
    return page


def _part(part: str) -> Callable[[Stage], None]:
    def show(stage: Stage) -> None:
        page = about_page(stage, part)
        stage.wait(lambda: bool(page.rows.rows))
        stage.pause()

    return show


ABOUT_SCENES: dict[str, Callable[[Stage], None]] = {f"about-{part}": _part(part) for part in PARTS}
