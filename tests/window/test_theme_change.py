"""Another theme or size is worn by what is in sight at once, and by the rest when it comes up: the window never stands
still for a page that nobody looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QLabel, QWidget

from tests.window.scenes import Stage
from ui.window.theme import THEME


class Styled(QObject):
    """Counts who is told that his style is another."""

    def __init__(self) -> None:
        super().__init__()
        self.told: Counter[int] = Counter()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 Qt's name
        if event.type() is QEvent.Type.StyleChange:
            self.told[id(watched)] += 1
        return False


def styled_in(part: QWidget, styled: Styled) -> int:
    """How many of its widgets were told."""
    return sum(id(one) in styled.told for one in (part, *part.findChildren(QWidget)))


def ink(part: QWidget) -> set[str]:
    """The colours of its plain words."""
    labels = [one for one in part.findChildren(QLabel) if one.isVisible() and one.property("role") == "title"]
    return {one.palette().color(one.foregroundRole()).name() for one in labels}


def test_a_theme_is_worn_by_what_is_in_sight_and_by_a_page_when_it_comes_up(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("day")
    shell = stage.shell
    for name in ("settings", "device", "help"):
        shell.go(name)
        stage.pause()
    stage.visit("failed")
    visit, settings = shell.page("visit"), shell.page("settings")
    styled = Styled()
    stage.app.installEventFilter(styled)
    shell.save_settings(replace(shell.settings, theme="night", glove=True))
    assert styled_in(visit, styled) > 50
    assert styled_in(shell.header, styled) > 5
    assert [styled_in(shell.page(name), styled) for name in ("settings", "device", "help", "jobs")] == [0, 0, 0, 0]
    stage.pause()
    assert ink(visit) == {THEME.colour("ink").name()}
    assert shell.grab().toImage().pixelColor(3, shell.height() // 2) == THEME.colour("ground")
    shell.go("settings")
    stage.pause()
    assert ink(settings) <= {THEME.colour("ink").name()}
    assert styled_in(settings, styled) > 20
    styled.told.clear()
    shell.go("visit")
    shell.go("settings")
    assert not styled.told, "who wears it already is left alone"
    shell.save_settings(replace(shell.settings, theme="day", glove=False))
    shell.show_palette()
    sheet = shell.sheet()
    assert sheet is not None
    shell.save_settings(replace(shell.settings, theme="sun"))
    assert styled_in(sheet, styled) > 2
    stage.app.removeEventFilter(styled)
