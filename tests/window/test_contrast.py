"""Contrast as it is seen: what is really painted under words and around the marked column, in every theme."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QGraphicsOpacityEffect, QLabel, QWidget

from tests.window.painted import Painted, stands_out
from tests.window.scenes import AUDITED, Stage
from ui.window.picture import MARK
from ui.window.theme import THEME
from ui.window.tokens import contrast

MakeStage = Callable[..., Stage]
TEXT = 7.0  # WCAG 2.1 AAA
SHAPE = 3.0  # WCAG 2.1, 1.4.11
WORDY = (  # each screen is looked at in one theme by `tests.window.test_audit`; these in all three, letter by letter
    "jobs", "visit-failed", "visit-leave", "device-profile", "settings", "crash", "jobs-warned",
)  # fmt: skip


def worst(colour: str, grounds: Iterable[str]) -> float:
    """The least contrast of `colour` with any of `grounds`."""
    return min((stands_out(colour, ground) for ground in grounds), default=21.0)


def without_words(stage: Stage, labels: list[QLabel]) -> Painted:
    """What the window paints beneath these labels."""
    for label in labels:
        effect = QGraphicsOpacityEffect(label)
        effect.setOpacity(0.0)
        label.setGraphicsEffect(effect)
    return Painted(stage.shell.grab().toImage())


def box_of(stage: Stage, widget: QWidget) -> QRect:
    """Where it, or the one line of a label, is seen in the window; empty where it is scrolled out of sight."""
    box = widget.visibleRegion().boundingRect()
    if isinstance(widget, QLabel) and not widget.wordWrap():
        high = min(box.height(), widget.fontMetrics().height())
        box = QRect(box.left(), box.center().y() - high // 2, box.width(), high)
    return QRect(widget.mapTo(stage.shell, box.topLeft()), box.size()).intersected(stage.shell.rect())


@pytest.mark.parametrize("theme", ["day", "night", "sun"])
@pytest.mark.parametrize("scene", WORDY)
def test_every_word_stands_out_from_what_is_under_it(scene: str, theme: str, make_stage: MakeStage) -> None:
    """In training: the watermark lies under them."""
    stage = make_stage(theme, 1024, 640)
    AUDITED[scene](stage)
    root: QWidget = stage.shell.sheet() or stage.shell
    labels = [label for label in root.findChildren(QLabel) if label.isVisible() and label.text()]
    assert len(labels) > 1
    painted = without_words(stage, labels)
    low = {}
    for label in labels:
        label.ensurePolished()
        ink = label.palette().color(label.foregroundRole()).name()
        ratio = worst(ink, painted.colours(box_of(stage, label)))
        if ratio < TEXT:
            low[label.text()] = round(ratio, 2)
    assert low == {}


@pytest.mark.parametrize("theme", ["day", "night", "sun"])
def test_the_watermark_is_there_and_words_on_it_stand_out(theme: str, make_stage: MakeStage) -> None:
    stage = make_stage(theme, 1024, 640)
    stage.visit("ready")
    card = stage.shell._visit_page().card
    stage.pause()
    colours = Painted(stage.shell.grab().toImage()).colours(box_of(stage, card), every=3)
    mark = THEME.colour("mark").name()
    assert mark in colours
    assert mark != THEME.colour("surface").name()
    for token in ("ink", "ink_soft", "accent", "good", "warn", "bad"):
        assert contrast(THEME.colour(token).name(), mark) >= TEXT, token


@pytest.mark.parametrize("theme", ["day", "night", "sun"])
@pytest.mark.parametrize("scene", ["device-profile", "device-half-hours"])
def test_the_marked_column_is_seen_and_so_is_its_bar(scene: str, theme: str, make_stage: MakeStage) -> None:
    stage = make_stage(theme, 1024, 640)
    AUDITED[scene](stage)
    page = stage.shell.page("device")
    plot = next(one for one in page.findChildren(QWidget, "plot") if one.isVisible())
    area = plot._area()  # type: ignore[attr-defined]
    box = plot.cursor_box(area).toAlignedRect()  # type: ignore[attr-defined]
    QApplication.processEvents()
    painted = Painted(plot.grab().toImage())
    frame = painted.colours(QRect(box.left() - 1, box.top() + 4, round(MARK), 40), every=1)
    beside = painted.colours(QRect(box.left() - 12, area.toRect().top() + 4, 8, 6), every=1)
    ink = THEME.colour("ink").name()
    assert ink in frame
    assert worst(ink, beside) >= SHAPE
    inside = THEME.colour("accent_soft").name()
    assert inside in painted.colours(box.adjusted(2, 2, -2, -2), every=1)
    assert contrast(ink, inside) >= SHAPE
    assert contrast(THEME.colour("accent").name(), inside) >= SHAPE
    arrow = QPoint(box.center().x(), area.toRect().top() - 8)
    assert ink in painted.colours(QRect(arrow, arrow + QPoint(2, 2)), every=1)
