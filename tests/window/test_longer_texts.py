"""Every screen with texts that are 40 % longer (`hht.pseudo_locale`), and in Welsh: at 1024x640 nothing is cut or lies
on another thing, with gloves neither. The suite looks at those that were cut once; `make soak` at every one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from hht.i18n import use_language
from hht.pseudo_locale import PSEUDO
from tests.window import flow_scenes, load_scenes, recorded, sample_objects, samples
from tests.window.scenes import AUDITED, Stage, settle
from tests.window.screen_checks import overlaps
from tests.window.test_audit import misfits
from ui.window.widgets import Button

IN_ENGLISH = {"visit-probe-back"}  # its scene waits for an English sentence
SIZE = (1024, 640)
CUT_ONCE = [("jobs", "cy"), ("packs-code", "cy"), ("premises-flat", "cy"), ("visit-confirm", PSEUDO)]


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Makes a language the system's; it is English again afterwards."""

    def of_system(language: str) -> None:
        monkeypatch.setenv("LANGUAGE", language)
        use_language(None)
        forget()

    yield of_system
    use_language("en")
    forget()


def forget() -> None:
    """What scenes keep for one another was made in one language."""
    for module in (flow_scenes, load_scenes, recorded, sample_objects, samples):
        for kept in vars(module).values():
            if hasattr(kept, "cache_clear"):
                kept.cache_clear()


def all_fits(scene: str, make_stage: Callable[..., Stage]) -> None:
    for glove in (False, True):
        stage = make_stage("day", *SIZE, live="live" in scene, glove=glove)
        AUDITED[scene](stage)
        stage.shell.resize(*SIZE)
        stage.pause()
        nothing_is_cut(stage)
        stage.close()


def nothing_is_cut(stage: Stage) -> None:
    assert (stage.shell.width(), stage.shell.height()) == SIZE
    with contextlib.suppress(AssertionError):  # a layout that is still being made is no misfit
        settle(lambda: not misfits(stage, *SIZE) and not overlaps(stage), 10.0)
    assert misfits(stage, *SIZE) == []
    assert overlaps(stage) == []


@pytest.mark.parametrize(("scene", "language"), CUT_ONCE)
def test_what_was_cut_once_fits_where_texts_are_longer(
    scene: str, language: str, speak: Callable[[str], None], make_stage: Callable[..., Stage]
) -> None:
    speak(language)
    all_fits(scene, make_stage)


@pytest.mark.soak
@pytest.mark.parametrize("language", [PSEUDO, "cy"])
@pytest.mark.parametrize("scene", sorted(set(AUDITED) - IN_ENGLISH))
def test_everything_fits_where_texts_are_longer(
    scene: str, language: str, speak: Callable[[str], None], make_stage: Callable[..., Stage]
) -> None:
    speak(language)
    all_fits(scene, make_stage)


def test_words_of_a_button_that_has_too_little_room_go_on_two_lines_and_its_sign_goes_last(qtbot: QtBot) -> None:
    row, button = QWidget(), Button("Show the others", icon="jobs")
    qtbot.addWidget(row)
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(button)
    row.show()
    whole = button.sizeHint().width()
    for width, lines, sign in (
        (whole, 1, True),
        (whole - 10, 1, True),
        (whole - 30, 2, True),
        (whole // 2 - 20, 2, False),
        (whole, 1, True),
    ):
        row.setFixedWidth(width)
        qtbot.waitUntil(lambda width=width: button.width() == width)  # type: ignore[misc]
        assert button.text().count("\n") + 1 == lines, width
        assert button.icon().isNull() is not sign, width
        assert button.height() >= lines * button.fontMetrics().lineSpacing()
        assert button.accessibleName() == "Show the others"
    row.setFixedWidth(whole // 2 - 20)
    button.say("Show")
    assert button.text().strip() == "Show", "fewer words have room again"
