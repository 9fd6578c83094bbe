"""The page of what the terminal says of itself, part by part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.plugins.making import archive_of, maker, pem, sample
from ui.plugins import PlugIns
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


def install_plug_ins(stage: Stage) -> None:
    """One that a person turned on, and one that the program turned off."""
    radio = stage.services.radio
    store = radio._opened()
    assert radio._folder is not None
    plugins = PlugIns(store, radio._folder)
    plugins.accept("Kestrel Metering", pem(maker()))
    for name, octets in (
        ("kestrel", sample()),
        ("owl", archive_of({"plugin.py": ""}, name="owl", adds=("device:owl",))),
    ):
        plugins.turn_on(name, plugins.install(octets).digest)
    plugins.turn_off("owl", "The plug-in “owl” failed: KeyError in owl/plugin.py, line 7.")


def _plug_ins(stage: Stage) -> None:
    install_plug_ins(stage)
    _part("plug-ins")(stage)


ABOUT_SCENES: dict[str, Callable[[Stage], None]] = {
    **{f"about-{part}": _part(part) for part in PARTS},
    "about-plug-ins": _plug_ins,
}
