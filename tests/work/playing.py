"""What tests of the engine share: a person at the screen, a link that goes away, a run that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from hht.link import LinkLost
from hht.work.view import Outcome, StepState, StepView
from hht.work.visit import StepFailed, Visit

WRITES = {"clock": 1, "mpan": 1, "limit": 1}  # what the demo visit writes, each once


def lose_link(name: str) -> Callable[[str], None]:
    """Lose the link at the first operation `name`."""
    fired: list[str] = []

    def disturb(operation: str) -> None:
        if operation == name and not fired:
            fired.append(name)
            raise LinkLost("The probe was unplugged.", remedy="Plug it in again.")

    return disturb


async def failure(visit: Visit) -> StepFailed:
    with pytest.raises(StepFailed) as caught:
        await visit.run()
    return caught.value


async def eventually(true: Callable[[], bool]) -> None:
    """Wait until `true()`, at most a minute."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.001)


class Hands:
    """A person at the screen: waits for what the screen shows, then acts."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.outcome: Outcome | None = None

    async def __aenter__(self) -> Hands:
        self.task = asyncio.create_task(self.visit.run())
        return self

    async def __aexit__(self, kind: object, *_rest: object) -> None:
        if kind is not None:
            self.task.cancel()
            return
        self.outcome = await asyncio.wait_for(self.task, 60)

    async def until(self, step: str, state: StepState) -> StepView:
        async with asyncio.timeout(60):
            await eventually(
                lambda: self.visit.view.step(step).state is state and self.visit.view.current in (step, "")
            )
        return self.visit.view.step(step)

    async def through(self, step: str) -> None:
        """Do what the screen asks for until the step is done."""
        async with asyncio.timeout(60):
            while (view := self.visit.view.step(step)).state is not StepState.DONE:
                if self.visit.view.current == step and view.state is StepState.READY:
                    self.visit.proceed()
                if view.question is not None:
                    self.visit.answer(step, {"scan-meter": "00db1234567890a0"}.get(step, "yes"))
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.001)
        self.visit.proceed()


def shorten(visit: Visit, step: str, deadline_s: float = 0.05) -> None:
    """That step of this visit has only so long. What is known of steps is shared by all visits and stays."""
    progress = visit.progress.steps[step]
    progress.spec = replace(progress.spec, deadline_s=deadline_s)
