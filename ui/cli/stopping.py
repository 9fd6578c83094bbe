"""A command that somebody asks to end: its work is cancelled, and it says goodbye to the meter before it goes.

Ctrl+C is asyncio's own business, and works the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType
from typing import Any

from ui.cli.common import Stopped
from ui.stop_signals import stop_signals


def run_until_stopped(
    main: Coroutine[Any, Any, int], new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None
) -> int:
    """The status of `main`, in a loop of the usual kind or of `new_loop`. A signal cancels it, a second one ends it at
    once. Raises Stopped then, and as `main`."""
    heard: list[int] = []
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(_listening(main, heard))
    except BaseException:
        if heard:  # whatever came of it afterwards: that is why
            raise Stopped(heard[0]) from None
        raise


async def _listening(main: Coroutine[Any, Any, int], heard: list[int]) -> int:
    task = asyncio.current_task()
    assert task is not None

    def stop(number: int) -> None:
        heard.append(number)
        if len(heard) > 1:
            raise KeyboardInterrupt  # as asyncio does at the second Ctrl+C: everything is cancelled
        task.cancel()

    with _handlers(stop):
        return await main


@contextlib.contextmanager
def _handlers(stop: Callable[[int], None]) -> Iterator[None]:
    """Have `stop` called in the loop for each signal; afterwards they do what they did before."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in stop_signals()}

    def from_outside(number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop, number)

    for number in before:
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:  # Windows has no signal handlers in its loop
            signal.signal(number, from_outside)
    try:
        yield
    finally:
        for number, handler in before.items():
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, handler)
