"""Calls that may block, kept off the event loop, without leaving a thread pool behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def post(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *args: object) -> bool:
    """Have `function` called on the loop's thread; from any thread. False: the loop is closed, nobody can be told."""
    try:
        loop.call_soon_threadsafe(function, *args)
    except RuntimeError:
        return False
    return True


async def in_thread(name: str, function: Callable[[], T], *, abandon: Callable[[T], object] | None = None) -> T:
    """The result of `function`, run in a thread of its own that ends with it (the default executor's would stay).

    If the caller is cancelled meanwhile, the thread finishes by itself and `abandon` gets the late result, so that
    an opened port does not stay open; it must not raise.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T) -> None:
        if not future.done():
            future.set_result(result)
        elif abandon is not None:  # the caller was cancelled while it ran
            abandon(result)

    def fail(error: BaseException) -> None:
        if not future.done():
            future.set_exception(error)

    def run() -> None:
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001 - carried to the caller, whatever it is
            post(loop, fail, error)
        else:
            if not post(loop, settle, result) and abandon is not None:
                abandon(result)

    threading.Thread(target=run, name=name, daemon=True).start()
    try:
        return await future
    except asyncio.CancelledError:
        if abandon is not None and future.done() and not future.cancelled() and future.exception() is None:
            abandon(future.result())  # it came in the same turn of the loop
        raise
