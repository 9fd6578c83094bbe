"""Fixtures of the window's tests: stages that are closed again, and cores that end."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.window.beginning import VisitBeginner
from tests.window.scenes import Stage


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """As in the window itself, no thread but Qt's own ends what is left of one (`ui.window.garbage`).

    What a test leaves behind goes after it, when nothing holds it any more.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect(1)


@pytest.fixture
def make_stage(qtbot: QtBot) -> Iterator[Callable[..., Stage]]:
    """Makes windows on the scripted terminal; whatever a test made is closed, and no core may be left running."""
    stages: list[Stage] = []

    def make(*args: Any, **kwargs: Any) -> Stage:
        stage = Stage(*args, **kwargs)
        stages.append(stage)
        return stage

    yield make
    for stage in stages:
        stage.close()
    assert not [thread.name for thread in threading.enumerate() if thread.name == "core"], "a core was left running"


@pytest.fixture
def begin_visit(qtbot: QtBot, tmp_path: Path) -> Iterator[VisitBeginner]:
    """Begins visits in real windows, in this test's folder."""
    begin = VisitBeginner(tmp_path)
    yield begin
    begin.close()
