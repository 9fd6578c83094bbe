"""Fixtures of the window's tests: stages that are closed again, and cores that end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.window.scenes import Stage


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
