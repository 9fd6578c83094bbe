"""What a person sees of a step before they continue: what is known at once, and what an open conversation adds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from hht.client.api import MeterError
from hht.errors import HhtError
from hht.work.progress import StepProgress
from hht.work.session import SessionKeeper
from hht.work.show import Transient
from hht.work.step import StepContext, StepHost
from hht.work.view import StepState

LONGEST_S = 15.0  # three small objects at 300 baud take half of it
GRACE_S = 1.5  # a read that is cut off costs the conversation, so one that is nearly done is waited for

_log = logging.getLogger(__name__)


class Previews:
    """Shows a step's preview while the step waits. Where it cannot be had, the step is as good without it."""

    def __init__(
        self,
        host: StepHost,
        sessions: SessionKeeper,
        lock: asyncio.Lock,
        transient: Transient,
        on_change: Callable[[], None],
    ) -> None:
        self._host = host
        self._sessions = sessions
        self._lock = lock
        self._transient = transient
        self._on_change = on_change
        self.reading = False  # a preview holds the conversation, and will soon let go of it

    @contextlib.asynccontextmanager
    async def shown(self, step: StepProgress) -> AsyncIterator[None]:
        """Shown from now on; what is inside waits for the person. Afterwards the conversation is free again."""
        self._transient.preview = ()
        if step.spec.action.preview is None or step.state is not StepState.READY:
            yield
            return
        task = asyncio.create_task(self._show(step))
        try:
            yield
            await asyncio.wait({task}, timeout=GRACE_S)
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _show(self, step: StepProgress) -> None:
        async with self._lock:
            self.reading = True
            whole = False  # the conversation can go on
            try:
                async with asyncio.timeout(LONGEST_S):
                    await self._follow(step)
                whole = True
            except MeterError:
                whole = True
            except (HhtError, TimeoutError) as error:
                _log.info("no preview of %s: %s", step.spec.id, getattr(error, "code", "timeout"))
            except Exception:  # noqa: BLE001 - the step itself will tell what is wrong
                _log.exception("the preview of %s failed", step.spec.id)
            finally:
                self.reading = False
                if not whole:
                    await self._sessions.drop()

    async def _follow(self, step: StepProgress) -> None:
        preview = step.spec.action.preview
        assert preview is not None
        async for facts in preview(StepContext(self._host, step.spec)):
            self._transient.preview = facts
            self._on_change()
