"""Windows that nobody holds any more end in Qt's thread, whoever allocates."""

from __future__ import annotations

import gc
import threading

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ui.window.garbage import GarbageCollector


class _Cycle:
    """Tells which thread it ended in."""

    def __init__(self, ended_in: list[str]) -> None:
        self.me = self
        self._ended_in = ended_in

    def __del__(self) -> None:
        self._ended_in.append(threading.current_thread().name)


def _allocate() -> None:
    """Enough for the core thread to have collected all generations, many times over."""
    kept: list[list[object]] = []
    for _round in range(20_000):
        one: list[object] = []
        one.append(one)
        kept.append(one)


def test_what_the_core_allocates_collects_nothing_there(qtbot: QtBot) -> None:
    ended_in: list[str] = []
    parent = QObject()
    GarbageCollector(parent)
    _Cycle(ended_in)
    core = threading.Thread(target=_allocate, name="core")
    core.start()
    core.join()
    assert not ended_in
    qtbot.waitUntil(lambda: bool(ended_in), timeout=100_000)
    assert ended_in == [threading.main_thread().name]


def test_where_no_window_is_left_python_collects_as_ever(qtbot: QtBot) -> None:
    parent = QObject()
    GarbageCollector(parent)
    assert not gc.isenabled()
    parent.deleteLater()
    qtbot.waitUntil(gc.isenabled, timeout=100_000)


@pytest.mark.parametrize(
    ("counts", "collected"), [((701, 0, 0), 0), ((701, 11, 0), 1), ((701, 11, 11), 2), ((5, 0, 0), None)]
)
def test_the_oldest_generation_that_is_due_is_collected(
    monkeypatch: pytest.MonkeyPatch, counts: tuple[int, int, int], collected: int | None
) -> None:
    parent = QObject()
    collector = GarbageCollector(parent)
    seen: list[int] = []
    monkeypatch.setattr(gc, "get_count", lambda: counts)
    monkeypatch.setattr(gc, "get_threshold", lambda: (700, 10, 10))
    monkeypatch.setattr(gc, "collect", seen.append)
    collector.look()
    assert seen == ([] if collected is None else [collected])
    gc.enable()
