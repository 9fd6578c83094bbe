"""Work in a thread is seen to its end."""

from __future__ import annotations

import asyncio
import threading

import pytest

from ui.threads import in_thread


async def test_what_the_work_returns_or_raises() -> None:
    assert await in_thread(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await in_thread(divmod, 7, 0)


@pytest.mark.parametrize("fails", [False, True])
async def test_who_is_cancelled_waits_for_the_work_to_end(fails: bool) -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert may_end.wait(60)
        ended.set()
        if fails:
            raise OSError

    task = asyncio.create_task(in_thread(work))
    assert await asyncio.to_thread(begun.wait, 20)
    task.cancel()
    done, _pending = await asyncio.wait([task], timeout=0.05)
    assert not done
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
