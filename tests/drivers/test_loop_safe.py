"""Calls that block, beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from drivers import loop_safe
from drivers.loop_safe import in_thread, post


async def test_a_result_that_comes_in_the_moment_of_a_cancel_is_abandoned_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The result is there, and whoever waits is cancelled before it runs again: an opened port would stay open."""
    late: list[str] = []

    def then_cancel(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *args: object) -> bool:
        return post(loop, lambda: (function(*args), opening.cancel()))

    monkeypatch.setattr(loop_safe, "post", then_cancel)
    opening = asyncio.create_task(in_thread("opening", lambda: "port", abandon=late.append))
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert late == ["port"]
