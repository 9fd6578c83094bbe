"""Saying goodbye to a meter even when it comes at a bad moment: one that is left associated answers nobody else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, Final

# A window of seven full frames is heard out at 9600 baud (15 s), then the meter answers the disconnection
GOODBYE_S: Final = 20.0
SPARE_S: Final = 5.0  # beside the meter's turn: its reaction, and what it answers


async def said(goodbye: Coroutine[Any, Any, None], limit_s: float = GOODBYE_S) -> None:
    """Await `goodbye`, for `limit_s` seconds at most.

    Being cancelled does not stop it: somebody who asks to end while the end is under way gets it. Then CancelledError
    is raised after it; being cancelled once more leaves it at once.
    """
    task = asyncio.create_task(_bounded(goodbye, limit_s))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.cancelled():  # it was not the goodbye itself, as when the loop ends everything
            await asyncio.wait({task})
        raise


async def _bounded(goodbye: Coroutine[Any, Any, None], limit_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await goodbye
