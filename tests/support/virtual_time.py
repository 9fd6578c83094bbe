"""An event loop whose time passes only while everybody waits: seconds on a simulated line are counted, not spent."""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
SPIN = 200_000  # turns of the loop in which no time passes: somebody asks and asks


class _Selector(selectors.DefaultSelector):
    """Waits for nothing: what would have been waited is added to the clock."""

    now = 0.0
    turns = 0  # of the loop since time last passed
    on_turn: Callable[[], None] | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.on_turn is not None:
            self.on_turn()
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        self.turns += 1
        assert self.turns < SPIN, "the loop turns and turns, and no time passes"
        if not ready:
            assert timeout is not None, "everybody waits, and no timer runs: this would never end"
            if timeout > 0:
                self.pass_time(timeout)
        return ready

    def pass_time(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds
        self.turns = 0


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop with its own clock, which begins at 0."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now

    @property
    def on_turn(self) -> Callable[[], None] | None:
        """What is called at each turn, before what is due then."""
        return self._virtual.on_turn

    @on_turn.setter
    def on_turn(self, call: Callable[[], None] | None) -> None:
        self._virtual.on_turn = call

    def sleep_through(self, seconds: float) -> None:
        """The computer sleeps, and its monotonic clock does not: every timer of that time is due when it wakes."""
        self._virtual.pass_time(seconds)


def in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


def virtual(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """A test that runs in virtual time."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        in_virtual_time(test(*args, **kwargs))

    return run


__all__ = ["VirtualTimeLoop", "in_virtual_time", "virtual"]
