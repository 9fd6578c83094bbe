"""Nothing a driver test starts may outlive it: threads, descriptors and tasks are counted before and after."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hht.link import TraceEvent, TraceKind

AT_ONCE_S = 30.0  # for what is to come: far from what is waited out otherwise, and from what a loaded machine takes


class RealClock:
    """The computer's clock, as the program's own entry point passes it in."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class Trace(list[TraceEvent]):
    """A sink that keeps everything."""

    def __call__(self, event: TraceEvent) -> None:
        self.append(event)

    def bytes_of(self, kind: TraceKind) -> bytes:
        """All bytes of one direction, in order."""
        return b"".join(event.data for event in self if event.kind is kind)

    def notes(self, kind: TraceKind) -> list[str]:
        """The notes of one kind, in order."""
        return [event.note for event in self if event.kind is kind]


@pytest.fixture
def clock() -> RealClock:
    return RealClock()


@pytest.fixture
def trace() -> Trace:
    return Trace()


def open_descriptors() -> set[str]:
    """What this process holds open, as Linux names it."""
    folder = Path("/proc/self/fd")
    names = set()
    for entry in folder.iterdir():
        try:
            names.add(f"{entry.name} -> {os.readlink(entry)}")
        except OSError:
            continue  # the listing's own descriptor
    return names


@pytest.fixture(autouse=True)
def no_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """The test fails if it leaves a thread or a descriptor behind."""
    threads, descriptors = set(threading.enumerate()), open_descriptors()
    yield
    deadline = time.monotonic() + AT_ONCE_S  # a loaded machine ends threads late
    while left := (set(threading.enumerate()) - threads) or (open_descriptors() - descriptors):
        gc.collect()  # what only waits to be collected is no leak
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    assert not left, f"left behind: {left}"


async def eventually(condition: Callable[[], bool], limit_s: float = 2 * AT_ONCE_S) -> None:
    """Wait until `condition` holds; fails after `limit_s` seconds."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it never came to pass"
        await asyncio.sleep(0.001)


@pytest.fixture
async def no_tasks() -> AsyncIterator[None]:
    """The test fails if it leaves a task behind on its loop."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:
        _done, left = await asyncio.wait(left, timeout=AT_ONCE_S)  # what is ending may end
    assert not left, f"tasks left: {left}"
