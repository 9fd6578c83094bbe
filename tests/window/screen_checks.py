"""What is looked for on every screen besides names, room and Tab: keys for all that a mouse can do, words that stand
out and do not lie on one another, and no file opened, folder listed or process waited for in Qt's thread.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)

from tests.window.painted import Painted, stands_out
from tests.window.scenes import Stage

TEXT = 7.0  # WCAG 2.1 AAA
HAS_KEYS = (QAbstractButton, QLineEdit, QPlainTextEdit, QAbstractItemView, QAbstractScrollArea)
MOUSE = ("mousePressEvent", "mouseReleaseEvent")
DRAWN = ("SignPad",)  # a signature is a drawing; who signed can be typed in its stead

# Keys ---------------------------------------------------------------------------------------------------------------


def own(widget: QWidget, *names: str) -> bool:
    """Whether a class of the window's own handles one of these events."""
    ours = [one for one in type(widget).__mro__ if one.__module__.startswith("ui.")]
    return any(name in one.__dict__ for one in ours for name in names)


def _reached(widget: QWidget) -> bool:
    """Whether Tab comes to it; to one button of a group, in which arrow keys go on (Qt's way, exclusive or not)."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    alike = list(group.buttons()) if group is not None else [widget]
    parent = widget.parentWidget()
    if isinstance(widget, QAbstractButton) and widget.autoExclusive() and parent is not None:
        alike += parent.findChildren(type(widget), options=Qt.FindChildOption.FindDirectChildrenOnly)
    return any(one.focusPolicy() & Qt.FocusPolicy.TabFocus for one in alike)


def mouse_alone(stage: Stage) -> list[str]:
    """What can be pressed and cannot be reached by key, or is reached and hears none."""
    root: QWidget = stage.shell.sheet() or stage.shell
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or not widget.isEnabled():
            continue
        pressed = isinstance(widget, QAbstractButton | QAbstractItemView) or own(widget, *MOUSE)
        if isinstance(widget, QHeaderView):
            pressed = widget.sectionsClickable() and not own(widget.parentWidget(), "keyPressEvent")
        reached = _reached(widget)
        deaf = reached and not isinstance(widget, HAS_KEYS) and not own(widget, "keyPressEvent")
        if (pressed and not reached and type(widget).__name__ not in DRAWN) or deaf:
            found.append(f"{type(widget).__name__} {widget.accessibleName()}")
    return found


# Places -------------------------------------------------------------------------------------------------------------


def _seen_box(stage: Stage, widget: QWidget) -> QRect:
    box = widget.visibleRegion().boundingRect()
    return QRect(widget.mapTo(stage.shell, box.topLeft()), box.size())


def overlaps(stage: Stage) -> list[str]:
    """Words and what can be pressed that lie on one another."""
    root: QWidget = stage.shell.sheet() or stage.shell
    kinds = QLabel | QAbstractButton | QLineEdit
    there = [w for w in root.findChildren(QWidget) if isinstance(w, kinds) and w.isVisible()]
    boxes = [(w, _seen_box(stage, w)) for w in there if not isinstance(w, QLabel) or w.text()]
    return [
        f"{type(one).__name__} {one.accessibleName()!r} on {type(other).__name__} {other.accessibleName()!r}"
        for (one, here), (other, there_too) in combinations(boxes, 2)
        if here.intersects(there_too) and not one.isAncestorOf(other) and not other.isAncestorOf(one)
    ]


def cut_at_the_side(stage: Stage) -> list[str]:
    """Words in what scrolls up and down alone that go beyond its side."""
    root: QWidget = stage.shell.sheet() or stage.shell
    found = []
    for area in root.findChildren(QScrollArea):
        if not area.isVisible() or area.widget() is None or area.horizontalScrollBar().isVisible():
            continue
        view = area.viewport()
        for widget in area.widget().findChildren(QWidget):
            words = isinstance(widget, QLabel | QAbstractButton | QLineEdit) and widget.isVisible()
            if words and widget.mapTo(view, QPoint(widget.width(), 0)).x() > view.width() + 1:
                found.append(f"{type(widget).__name__} {widget.accessibleName()!r}")
    return found


def cut_at_the_end(stage: Stage) -> list[str]:
    """What scrolls and has more than can be scrolled to."""
    root: QWidget = stage.shell.sheet() or stage.shell
    areas = [one for one in root.findChildren(QScrollArea) if one.isVisible() and one.widget() is not None]
    return [
        f"{child.accessibleName() or type(child).__name__} in {area.accessibleName()}"
        for area in areas
        for child in area.widget().findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if child.isVisible() and child.geometry().bottom() > area.widget().height()
    ]


# Contrast -----------------------------------------------------------------------------------------------------------


def dim(stage: Stage) -> dict[str, float]:
    """Labels and buttons whose words stand out less than they must from what is painted under them: the strongest
    contrast within them, for edges of letters are softened. What is disabled need not."""
    root: QWidget = stage.shell.sheet() or stage.shell
    painted = Painted(stage.shell.grab().toImage())
    low: dict[str, float] = {}
    for widget in root.findChildren(QWidget):
        if not isinstance(widget, QLabel | QAbstractButton) or not widget.isVisible() or not widget.isEnabled():
            continue
        if not widget.text().strip():
            continue
        box = _seen_box(stage, widget).intersected(stage.shell.rect())
        if isinstance(widget, QAbstractButton):  # without its frame
            box = box.adjusted(8, 8, -8, -8)
        high, wide = widget.fontMetrics().height(), widget.fontMetrics().averageCharWidth()
        if box.height() < high or box.width() < 3 * wide:
            continue  # scrolled out of sight but for an edge
        middle = QRect(box.x(), box.center().y() - high // 2, box.width(), high)
        top = QRect(box.x(), box.y(), box.width(), min(box.height(), 2 * high))
        colours = painted.colours(middle)
        if isinstance(widget, QLabel):
            colours += painted.colours(top)
        ground = colours.most_common(1)[0][0]
        best = max(stands_out(ground, one) for one in colours)
        if best < TEXT:
            low[widget.text()] = round(best, 2)
    return low


# Qt's thread --------------------------------------------------------------------------------------------------------

BLOCKS = (
    "open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.walk", "os.system", "time.sleep",
    "shutil.copyfile", "sqlite3.connect", "subprocess.Popen", "socket.connect", "socket.getaddrinfo",
)  # fmt: skip
ROOT = Path(__file__).parents[2]
WINDOW, TESTS, RESOURCES = (str(ROOT / name) for name in (Path("ui", "window"), "tests", "resources"))
CODE = (".py", ".pyc", ".so", ".pyd")  # a module is imported once
LISTS = str(ROOT / "ui" / "window" / "files_model.py")  # a person looks through folders: names alone, at most LIMIT
_watching: list[list[str]] = []


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if not _watching or event not in BLOCKS or threading.current_thread() is not threading.main_thread():
        return
    what = str(arguments[0]) if arguments else ""
    if what.endswith(CODE) or what.startswith(RESOURCES):
        return
    if sys._getframe(1).f_code.co_filename.startswith("<frozen importlib"):
        return  # looks a module's folder through again after another test had Python forget what is there
    where = _by_window(sys._getframe(1))
    if where and not where.startswith(LISTS):
        _watching[-1].append(f"{event} {what} by {where}")


def _by_window(frame: FrameType | None) -> str:
    """Whose doing it is: the window's, if none of the tests is nearer to it."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(TESTS):
            return ""
        if name.startswith(WINDOW):
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


sys.addaudithook(_hear)


@contextlib.contextmanager
def qt_thread() -> Iterator[list[str]]:
    """What of the window's blocks Qt's thread meanwhile."""
    _watching.append([])
    try:
        yield _watching[-1]
    finally:
        _watching.pop()


__all__ = ["cut_at_the_side", "dim", "mouse_alone", "overlaps", "qt_thread"]
