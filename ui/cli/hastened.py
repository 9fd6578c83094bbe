"""A loop and a clock for visits at emulated homes alone: what everybody waits for comes at once.

Wherever nothing is left to do but to wait, the loop's time and the clock's are led on by as much as would have been
waited. Nothing that is measured changes: meters, radio, deadlines and journal live by this one time, as they do by the
computer's where somebody waits.
"""

from __future__ import annotations

import argparse
import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Executor
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar, TypeVarTuple, Unpack

from hht.i18n import _
from hht.link_url import all_emulated
from ui.cli.common import Output, UsageProblem, run_async
from ui.system import SystemClock

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
_Ready = list[tuple[selectors.SelectorKey, int]]


class HastenedClock(SystemClock):
    """The computer's time and what it was led on by."""

    def __init__(self) -> None:
        self.led_s = 0.0

    def now(self) -> datetime:
        """Ahead of the computer's by `led_s`."""
        return super().now() + timedelta(seconds=self.led_s)

    def monotonic(self) -> float:
        """Ahead of the computer's by `led_s`."""
        return super().monotonic() + self.led_s


class HastenedLoop(asyncio.SelectorEventLoop):
    """A loop that waits for threads and signals alone."""

    def __init__(self, clock: HastenedClock) -> None:
        self._led_by = clock
        self._threads = 0
        super().__init__(_Selector(clock, lambda: self._threads > 0))

    def time(self) -> float:
        """Seconds by the clock."""
        return self._led_by.monotonic()

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[_Ts]], _T], *args: *_Ts
    ) -> asyncio.Future[_T]:
        """As usual; until it has ended no time is led on, for a thread lives by the computer's."""
        self._threads += 1
        working = super().run_in_executor(executor, func, *args)
        working.add_done_callback(self._thread_ended)
        return working

    def _thread_ended(self, _working: object) -> None:
        self._threads -= 1

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """As usual: its own time-out is not led on either."""
        self._threads += 1
        await super().shutdown_default_executor()


class _Selector(selectors.DefaultSelector):
    """`must_wait()`: whether somebody works who lives by the computer's time."""

    def __init__(self, clock: HastenedClock, must_wait: Callable[[], bool]) -> None:
        super().__init__()
        self._led_by, self._must_wait = clock, must_wait

    def select(self, timeout: float | None = None) -> _Ready:
        ready: _Ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None or self._must_wait():
            waited: _Ready = super().select(timeout)
            return waited
        self._led_by.led_s += timeout
        return ready


def add_hasten(parser: argparse._ActionsContainer, words: str = "") -> None:
    """``--hasten``; `words`: its help, where it means more than elsewhere."""
    usual = _("in training at an emulated home: pass over what has to be waited for")
    parser.add_argument("--hasten", action="store_true", help=words or usual)


def run_hastened(
    main: Callable[[SystemClock], Coroutine[Any, Any, int]], output: Output, links: Iterable[str], *, hasten: bool
) -> int:
    """`run_async` with the clock that `main` is to live by; with `hasten` what is waited for is passed over. Raises
    UsageProblem ``cannot-hasten`` where one of `links` ("": there is none) leads to what lives by the computer's
    time."""
    if not hasten:
        return run_async(main(SystemClock()))
    if not all_emulated(links):
        raise UsageProblem(
            _("Only where link, desk and dongle are emulated can waiting be passed over."),
            remedy=_("Leave --hasten out."),
            code="cannot-hasten",
        )
    clock = HastenedClock()
    try:
        return run_async(main(clock), partial(HastenedLoop, clock))
    finally:
        words = _(
            "{minutes:.0f} min of waiting were passed over: what is kept of this is ahead of this computer's time."
        )
        output.note(words.format(minutes=clock.led_s / 60))
