"""Waiting for input on a loop that may be held up: what came meanwhile is no silence."""

from __future__ import annotations

import asyncio
from contextlib import suppress

HELD_UP_S = 0.02  # woken so much later than was asked for, the whole program was held up, a driver's thread included
LOOK_AGAIN_S = 0.05  # so long it may take until that has handed over what it has


async def woken(wake: asyncio.Event, limit_s: float) -> None:
    """Wait for `wake`, for `limit_s` seconds at most, and a little longer where the program was held up (the computer
    was busy, or slept): whoever takes that for silence speaks into an answer that has arrived already."""
    loop = asyncio.get_running_loop()
    for wait_s in (limit_s, LOOK_AGAIN_S):
        due = loop.time() + wait_s
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await wake.wait()
        if loop.time() - due < HELD_UP_S:
            return
