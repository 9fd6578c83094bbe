"""Every screen is walked through: names for what takes focus, plain text, targets big enough, everything in sight,
no trap for Tab."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLabel,
    QLineEdit,
    QScrollArea,
    QTableView,
    QWidget,
)

from tests.window.registered import SHOWN_BY, registered, shown
from tests.window.scenes import AUDITED, Stage, settle
from tests.window.screen_checks import cut_at_the_end, cut_at_the_side, dim, mouse_alone, overlaps, qt_thread
from ui.window.theme import THEME
from ui.window.widgets import ElidedText

MM = 96 / 25.4
THEMES = ("day", "night", "sun")
EACH = set(SHOWN_BY.values())  # each page, part, sheet, card and kind of question that there is, once


def visible(stage: Stage, kind: type[QWidget] = QWidget) -> Iterator[QWidget]:
    """The visible widgets of that kind; with a sheet open only those on it."""
    root: QWidget = stage.shell.sheet() or stage.shell
    return (widget for widget in root.findChildren(kind) if widget.isVisible())


def focusable(stage: Stage) -> list[QWidget]:
    """What the keyboard reaches now."""
    tab = Qt.FocusPolicy.TabFocus
    return [w for w in visible(stage) if w.focusPolicy() & tab and w.isEnabled()]


def in_scroll_area(widget: QWidget) -> bool:
    """True when it may be scrolled into sight."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def spoken(widget: QWidget) -> str:
    """The name a screen reader says."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


def nameless(stage: Stage) -> list[str]:
    """What takes focus and has no name."""
    return [type(widget).__name__ for widget in focusable(stage) if not spoken(widget).strip()]


def not_plain(stage: Stage) -> list[str]:
    """Labels that are not plain text, and tool tips: there is no hover, and they are rich text."""
    rich = [label.text() for label in stage.shell.findChildren(QLabel) if label.textFormat() != Qt.TextFormat.PlainText]
    return rich + [w.toolTip() for w in stage.shell.findChildren(QWidget) if w.toolTip()]


def too_small(stage: Stage, *, glove: bool) -> list[str]:
    """Targets that are smaller than a finger, or a glove, needs."""
    least = (15 if glove else 10) * MM
    small = [
        f"{type(widget).__name__} {widget.accessibleName()} {widget.width()}x{widget.height()}"
        for widget in visible(stage)
        if isinstance(widget, QAbstractButton | QLineEdit) and (widget.height() < least or widget.width() < least)
    ]
    for view in visible(stage, QAbstractItemView):
        if isinstance(view, QAbstractItemView) and not isinstance(view, QHeaderView) and view.model() is not None:
            row = view.rowHeight(0) if isinstance(view, QTableView) else view.sizeHintForRow(0)
            if view.model().rowCount() and row < least:
                small.append(f"{view.accessibleName()}: row {row}")
    primary = [w for w in visible(stage) if isinstance(w, QAbstractButton) and w.property("role") in ("big", "primary")]
    return small + [f"{w.accessibleName()}: primary, {w.height()}" for w in primary if w.height() < 20 * MM]


def reached_as(widget: QWidget) -> QObject:
    """Tab reaches one button of an exclusive group; the arrow keys choose among them."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group if group is not None and group.exclusive() else widget


def strays(stage: Stage) -> list[str]:
    """Windows besides the one there is: a part that was shown before it had its place would be one."""
    own = [top for top in QApplication.topLevelWidgets() if top.isVisible() and top is not stage.shell.window()]
    return [f"{type(top).__name__} {top.accessibleName()}" for top in own]


def missed_by_tab(stage: Stage) -> list[str]:
    """What Tab does not come to. AssertionError where it is trapped."""
    assert QApplication.focusWidget() is not None, "nothing has the keyboard"
    wanted = {id(reached_as(widget)): widget for widget in focusable(stage)}
    seen: set[int] = set()
    for _press in range(len(wanted) + 6):
        here = QApplication.focusWidget()
        assert here is not None
        seen.add(id(reached_as(here)))
        QTest.keyClick(here, Qt.Key.Key_Tab)
        if len(wanted) > 1:
            assert QApplication.focusWidget() is not here, f"{here.accessibleName()} keeps Tab"
    here = QApplication.focusWidget()
    assert here is not None
    QTest.keyClick(here, Qt.Key.Key_Backtab)
    assert QApplication.focusWidget() is not None
    return [f"{type(w).__name__} {w.accessibleName()}" for key, w in wanted.items() if key not in seen]


@pytest.mark.requirement("CON-08", "HHT-05")
@pytest.mark.parametrize("scene", [scene for scene in AUDITED if scene in EACH])
def test_everything_has_a_name_plain_text_and_room_and_tab_goes_everywhere(
    scene: str, make_stage: Callable[..., Stage]
) -> None:
    audit(scene, make_stage)


@pytest.mark.sampled(one_in=3)
@pytest.mark.parametrize("scene", [scene for scene in AUDITED if scene not in EACH])
def test_so_it_is_on_the_same_screens_with_other_things_on_them(scene: str, make_stage: Callable[..., Stage]) -> None:
    audit(scene, make_stage)


def audit(scene: str, make_stage: Callable[..., Stage]) -> None:
    """AssertionError where anything on it is not as it must be."""
    theme = THEMES[list(AUDITED).index(scene) % len(THEMES)]  # colours are tokens: each screen in one, each in all
    stage = make_stage(THEMES[THEMES.index(theme) - 1], wide=1024, high=640, live="live" in scene)
    stage.shell.save_settings(replace(stage.shell.settings, theme=theme))  # what is opened after that is dressed anew
    stage.pause()  # it is kept by the core, and scenes choose settings of their own
    with qt_thread() as blocking:
        AUDITED[scene](stage)
    stage.pause()
    for wide, high in ((1024, 640), (960, 600)):  # and a tablet of 1920x1200 at 200 %
        fits(stage, wide, high)
    stage.shell.resize(1280, 800)
    stage.pause()
    assert {name for name, by in SHOWN_BY.items() if by == scene} <= shown(stage)
    assert blocking == []
    assert dim(stage) == {}
    assert mouse_alone(stage) == []
    assert nameless(stage) == []
    assert not_plain(stage) == []
    assert too_small(stage, glove=False) == []
    assert missed_by_tab(stage) == []
    assert strays(stage) == []
    if list(AUDITED).index(scene) % 2 == 0:
        gloves_are_served(stage)


@pytest.mark.soak
@pytest.mark.parametrize("scene", list(AUDITED)[1::2])
def test_gloves_are_served_on_the_others_too(scene: str, make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("day", wide=1280, high=800, live="live" in scene)
    AUDITED[scene](stage)
    stage.pause()
    gloves_are_served(stage)


def test_every_screen_that_there_is_is_audited(make_stage: Callable[..., Stage]) -> None:
    """A page, a sheet, a part, a card or a kind of question that is new has no scene yet, and fails here."""
    there = registered(make_stage())
    assert there - set(SHOWN_BY) == set(), "give it a scene, and name it in tests.window.registered"
    assert set(SHOWN_BY) - there == set(), "that is gone"
    assert set(SHOWN_BY.values()) - set(AUDITED) == set(), "no such scene is audited"


def misfits(stage: Stage, wide: int, high: int) -> list[str]:
    """What lies outside of the window, or is cut."""
    outside, cut = [], []
    for widget in visible(stage):
        if not isinstance(widget, QAbstractButton | QLabel | QLineEdit | QAbstractItemView):
            continue
        corner = widget.mapTo(stage.shell, QPoint(widget.width(), widget.height()))
        too_low = corner.y() > high and not in_scroll_area(widget)
        if corner.x() > wide or too_low or widget.mapTo(stage.shell, QPoint(0, 0)).x() < 0:
            outside.append(f"{type(widget).__name__} {widget.accessibleName()}")
        if isinstance(widget, QAbstractButton) and widget.text() and widget.sizeHint().width() > widget.width() + 16:
            cut.append(f"{widget.text()} needs {widget.sizeHint().width()}, has {widget.width()}")
        if isinstance(widget, QLabel) and not isinstance(widget, ElidedText) and widget.text():
            wanted = widget.heightForWidth(widget.width()) if widget.wordWrap() else widget.sizeHint().height()
            narrow = not widget.wordWrap() and widget.sizeHint().width() > widget.width() + 1
            if narrow or wanted > widget.height() + 2:  # a line is that much higher than its letters
                cut.append(
                    f"{widget.text()!r}: {widget.width()}x{widget.height()}, wants {widget.sizeHint().width()}x{wanted}"
                )
    side = [f"cut at the side: {name}" for name in cut_at_the_side(stage)]
    end = [f"cut at the end: {name}" for name in cut_at_the_end(stage)]
    return [f"outside: {name}" for name in outside] + cut + side + end


def fits(stage: Stage, wide: int, high: int) -> None:
    """Of that size nothing lies outside, nothing is cut. AssertionError."""
    stage.shell.resize(wide, high)
    for _layout in range(3):
        QCoreApplication.processEvents()
    assert (stage.shell.width(), stage.shell.height()) == (wide, high)
    found: list[str] = []

    def fitting() -> bool:
        found[:] = [*filter(None, [needs_more(stage)]), *misfits(stage, wide, high), *overlaps(stage)]
        return not found

    with contextlib.suppress(AssertionError):  # a layout that is still being made is no misfit
        settle(fitting)
    assert found == []


def needs_more(stage: Stage) -> str:
    """The room that the window says it needs where it has less; "" where it has enough."""
    need, has = stage.shell.minimumSizeHint(), stage.shell.size()
    enough = need.width() <= has.width() and need.height() <= has.height()
    return "" if enough else f"needs {need.width()}x{need.height()} px, has {has.width()}x{has.height()}"


def gloves_are_served(stage: Stage) -> None:
    """In glove size, too, everything fits at 1024x640."""
    stage.shell.save_settings(replace(stage.shell.settings, glove=True))
    stage.pause()
    assert too_small(stage, glove=True) == []
    fits(stage, 1024, 640)
    assert too_small(stage, glove=True) == []
    if stage.shell.sheet() is not None:
        a_sheet_serves_gloves_on_a_small_screen(stage)


def a_sheet_serves_gloves_on_a_small_screen(stage: Stage) -> None:
    """1920x1200 at 200 %, in glove size: nothing is cut or lies on another thing, and Tab comes to each button."""
    stage.shell.resize(960, 600)
    with contextlib.suppress(AssertionError):
        settle(lambda: not misfits(stage, 960, 600), 10.0)
    assert misfits(stage, 960, 600) == []
    assert overlaps(stage) == []
    assert too_small(stage, glove=True) == []
    assert missed_by_tab(stage) == []


@pytest.mark.parametrize("theme", ["day", "night", "sun"])
def test_no_widget_wears_a_colour_from_elsewhere(theme: str, make_stage: Callable[..., Stage]) -> None:
    """Labels and buttons are painted in the theme's own ink: the palette is owned, not left to the platform."""
    stage = make_stage(theme)
    stage.visit("failed")
    allowed = {THEME.colour(name).name() for name in ("ink", "ink_soft", "good", "warn", "bad", "on_accent", "accent")}
    odd = {}
    for widget in visible(stage, QLabel):
        widget.ensurePolished()
        colour = widget.palette().color(widget.foregroundRole()).name()
        if colour not in allowed:
            odd[widget.accessibleName()] = colour
    assert odd == {}


def test_training_is_unmistakable(make_stage: Callable[..., Stage]) -> None:
    training, live = make_stage(), None
    assert training.shell.tape.isVisible()
    assert training.shell.header.training.isVisible()
    accent = THEME.colours.accent
    training.close()
    live = make_stage(live=True)
    assert not live.shell.tape.isVisible()
    assert not live.shell.header.training.isVisible()
    assert THEME.colours.accent != accent
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
