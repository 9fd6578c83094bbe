"""Calls that may block, kept off the event loop, without leaving a thread pool behind."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def post(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *args: object) -> None:
    """Have `function` called on the loop's thread; from any thread. A loop that is closed already drops it."""
    with contextlib.suppress(RuntimeError):  # "Event loop is closed": nobody is left to be told
        loop.call_soon_threadsafe(function, *args)


async def in_thread(name: str, function: Callable[[], T], *, abandon: Callable[[T], object] | None = None) -> T:
    """The result of `function`, run in a thread of its own that ends with it (the default executor's would stay).

    If the caller is cancelled meanwhile, the thread finishes by itself and `abandon` gets the late result (still in
    that thread), so that an opened port does not stay open.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    left = threading.Event()
    lock = threading.Lock()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # None only where T allows it

    def run() -> None:
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001 - carried to the caller, whatever it is
            post(loop, settle, None, error)
            return
        with lock:
            late = left.is_set()
            if not late:
                post(loop, settle, result, None)
        if late and abandon is not None:
            with contextlib.suppress(OSError):
                abandon(result)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        return await future
    except asyncio.CancelledError:
        with lock:
            left.set()
        if future.done() and not future.cancelled() and future.exception() is None and abandon is not None:
            abandon(future.result())
        raise
