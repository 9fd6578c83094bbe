"""What the window shows in tests and on screenshots, taken from the real thing: the shipped sample job, played through
the shipped walkthrough by the real terminal against emulated premises.

Each recording is made once per process, in well under a second, and is the same each time: the clock moves by script.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar

from hht.client.api import Listeners, LogEntry, ProfileRow
from hht.errors import HhtError
from hht.resources import resource_path
from hht.work.view import StepState, StepView, VisitView
from ui.services import DeviceSnapshot, JobSummary, LinkChoice, TraceLine
from ui.terminal import Terminal

Result = TypeVar("Result")
BEGIN = datetime(2026, 3, 17, 9, 32, 0, tzinfo=UTC)
LABEL = "00DB1234567890A0"  # of the meter that the sample job names
REPORT = "/home/engineer/Documents/J-1042-report.pdf"
READ_S = 0.003  # each look at the clock takes so long: no two frames at the same time
PERSON_S = 11.0  # how long a person takes to read a card and press Continue


class ScriptedClock:
    """A clock that moves a little when it is read, and by script."""

    def __init__(self, start: datetime) -> None:
        self._start, self._elapsed_s = start, 0.0

    def now(self) -> datetime:
        """UTC."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds since the start."""
        self._elapsed_s += READ_S
        return self._elapsed_s

    def advance(self, seconds: float) -> None:
        """Let time go by."""
        self._elapsed_s += seconds


@dataclass
class Recording:
    """What a visit showed, with the time of each showing, and what went over the line."""

    shown: list[tuple[datetime, VisitView]] = field(default_factory=list)
    lines: list[TraceLine] = field(default_factory=list)
    jobs: list[JobSummary] = field(default_factory=list)

    @property
    def first(self) -> VisitView:
        """The first view."""
        return self.shown[0][1]

    @property
    def last(self) -> VisitView:
        """The last view."""
        return self.shown[-1][1]

    def when(self, step: str, state: StepState) -> tuple[datetime, VisitView]:
        """When that step first stood so, and how the visit looked then; of one that waits, all that it showed."""
        found = [(at, v) for at, v in self.shown if v.current == step and v.step(step).state is state]
        return found[-1 if state is StepState.READY else 0]


Play = Callable[[Terminal, ScriptedClock], Awaitable[Result]]


def _with_terminal(play: Play[Result]) -> Result:
    async def run() -> Result:
        clock = ScriptedClock(BEGIN)
        with tempfile.TemporaryDirectory(prefix="hht-recorded-") as folder:
            terminal = Terminal(data_dir=Path(folder), training=True, clock=clock)
            await terminal.needs_pass_phrase()
            try:
                return await play(terminal, clock)
            finally:
                await terminal.close()

    with ThreadPoolExecutor(1) as elsewhere:  # a loop may be running here already
        return elsewhere.submit(lambda: asyncio.run(run())).result()


class _Person:
    """Goes through a visit as an engineer does; leaves the steps named in `leaving` (step -> reason), and stops at what
    fails or at `until`."""

    def __init__(self, terminal: Terminal, clock: ScriptedClock, leaving: dict[str, str], until: str) -> None:
        self._terminal, self._clock = terminal, clock
        self._leaving, self._until = leaving, until
        self._changed = asyncio.Event()
        self.recording = Recording()

    def see(self, view: VisitView) -> None:
        """The visit changed."""
        shown = replace(view, report=REPORT) if view.report else view
        self.recording.shown.append((self._clock.now(), shown))
        self._changed.set()

    async def play(self, link: str) -> Recording:
        """The whole visit."""
        self._terminal.subscribe_trace(self.recording.lines.append)
        job = (await self._terminal.jobs())[0]
        control = await self._terminal.start_visit(job.job_id, self.see, link)
        while True:
            await self._changed.wait()
            self._changed.clear()
            view = control.view
            step = view.step(view.current) if view.current else None
            if step is None or self._is_over(step):
                break
            if step.state not in (StepState.STARTED, StepState.WAITING):
                self._clock.advance(PERSON_S)
                self._act(control, step)
        while view.outcome is not None and not control.view.report:  # it is written a moment later
            await self._changed.wait()
            self._changed.clear()
        self.recording.jobs = await self._terminal.jobs()
        return self.recording

    def _is_over(self, step: StepView) -> bool:
        stuck = step.state in (StepState.FAILED, StepState.UNKNOWN) and step.id not in self._leaving
        return stuck or (step.id == self._until and step.state is StepState.READY)

    def _act(self, control: object, step: StepView) -> None:
        from hht.work.visit import Visit

        assert isinstance(control, Visit)
        if step.id in self._leaving and step.state not in (StepState.DONE, StepState.LEFT, StepState.STOPPED):
            control.leave(self._leaving[step.id])
        elif step.question is not None:
            made_safe = step.state is StepState.STOPPED
            control.answer(step.question.id, "N-1" if made_safe else LABEL if step.id == "scan-meter" else "yes")
        elif step.state in (StepState.READY, StepState.DONE):
            control.proceed()


@cache
def visit(premises: str = "single-element", leaving: tuple[tuple[str, str], ...] = (), until: str = "") -> Recording:
    """A visit at that premises, to its end or to where it fails."""

    async def play(terminal: Terminal, clock: ScriptedClock) -> Recording:
        return await _Person(terminal, clock, dict(leaving), until).play(f"emulated:{premises}")

    return _with_terminal(play)


@cache
def resumed(until: str = "write-mpan") -> Recording:
    """A visit that was interrupted where `until` was to begin, taken up again."""

    async def play(terminal: Terminal, clock: ScriptedClock) -> Recording:
        await _Person(terminal, clock, {}, until).play("")
        await terminal.stop_visit()
        clock.advance(300)
        return await _Person(terminal, clock, {}, until).play("")

    return _with_terminal(play)


@dataclass(frozen=True)
class Meter:
    """What the device page reads."""

    snapshot: DeviceSnapshot
    profile: tuple[ProfileRow, ...]
    logs: dict[str, list[LogEntry]]
    links: list[LinkChoice]


@cache
def meter(premises: str = "single-element", days: int = 30) -> Meter:
    """The meter of that premises as it is before a visit."""

    async def play(terminal: Terminal, _clock: ScriptedClock) -> Meter:
        snapshot = await terminal.read_device(f"emulated:{premises}")
        rows: list[ProfileRow] = []
        await terminal.read_profile(days, Listeners(rows.extend))
        logs = {log: await terminal.read_log(log) for log in ("event", "security")}
        return Meter(snapshot, tuple(rows), logs, await terminal.links())

    return _with_terminal(play)


@cache
def unreachable() -> HhtError:
    """What a meter without an optical port makes of reading it."""

    async def play(terminal: Terminal, _clock: ScriptedClock) -> HhtError:
        try:
            await terminal.read_device("emulated:no-optical-port")
        except HhtError as error:
            return error
        raise AssertionError("a meter without a port was read")

    return _with_terminal(play)


@cache
def refused_job() -> HhtError:
    """What is said to a job file with a wrong check digit in its MPAN."""

    async def play(terminal: Terminal, _clock: ScriptedClock) -> HhtError:
        with tempfile.TemporaryDirectory(prefix="hht-recorded-") as folder:
            path = Path(folder) / "J-1045.json"
            sample = resource_path("jobs", "demo.json").read_text(encoding="utf-8")
            path.write_text(sample.replace("1200023305967", "1200023305969"), encoding="utf-8")
            (taken,) = await terminal.day.take([path])
        assert taken.error is not None, "a job with a wrong MPAN was taken in"
        return taken.error

    return _with_terminal(play)
