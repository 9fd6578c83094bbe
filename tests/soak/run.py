"""One run: a visit with its faults, taken up again where it failed, until it is complete; and what is wrong with it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import math
import random
import shutil
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hht.work.view import Outcome
from hht.work.visit import StepFailed
from tests.soak.faults import HOUR_S, SLEEP, FaultKind
from tests.soak.judge import Judge
from tests.soak.place import Place, scratch
from tests.soak.plan import Plan, Strike, plan
from tests.support.virtual_time import in_virtual_time
from ui.visits import VisitError

BOUND_S = 900.0  # of one terminal's run: eleven steps of a minute, and goodbyes
TRIES = 6  # terminals that the faults may kill or fail, one after the other
STARTS_S = 0.2  # a program takes at least so long to be there again
HANGS_UP_S = 130.0  # after which a meter has ended a conversation that was broken off
# It has not yet: it listens in another way, or what it still had to say to the one before is heard first
BUSY = frozenset(("hdlc-refused", "hdlc-disconnected", "hdlc-no-answer", "sign-on-busy", "sign-on-silent")) | {
    "cosem-authentication-failure"  # a slow meter's answer to the challenge of the one before
}


@dataclass(slots=True)
class Ended:
    """How one terminal's run ended: an outcome, an error's code, or what ended the terminal. `mended`: all faults had
    been mended before it began."""

    how: str
    step: str = ""
    state: str = ""
    mended: bool = False


@dataclass(slots=True)
class Report:
    """A run, told."""

    plan: Plan
    struck: list[str] = field(default_factory=list)  # names of the faults that really began
    ends: list[Ended] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    seconds: float = 0.0  # virtual
    digest: str = ""  # of every octet of the trace, and the ends

    @property
    def first(self) -> str:
        """How the first terminal's run ended."""
        return self.ends[0].how if self.ends else "nothing"


class Run:
    """See the module."""

    def __init__(self, what: Plan, place: Place) -> None:
        self.plan, self.place = what, place
        self.report = Report(what)
        self.judge = Judge(place)
        self._rng = random.Random(f"run {what.seed}")
        self._loop = asyncio.get_running_loop()
        self._timers: list[asyncio.TimerHandle] = []
        self._active: dict[str, FaultKind] = {}
        self._points = 0
        self._dies: asyncio.Future[str] = self._loop.create_future()

    async def play(self) -> Report:
        """Until the visit is complete, or something is wrong."""
        for strike in self.plan.strikes:
            if strike.point is None:
                self._later(strike.at_s, strike)
        while len(self.report.ends) < TRIES:
            ended = await self._terminal(mended=False)
            if ended.how == Outcome.COMPLETE.value:
                break
            if ended.how not in ("killed", "stopped"):
                self._mend()
                await self._finish()
                break
        self._mend()
        self.judge.told_complete(self.report.ends[-1].how)
        self.report.seconds = self._loop.time()
        self.report.defects += self.judge.defects
        self.report.digest = self._digest()
        return self.report

    async def _finish(self) -> None:
        """Everything has been mended: now the visit is completed, at the latest when the meter has hung up."""
        await asyncio.sleep(self.plan.pause_s)
        ended = await self._terminal(mended=True)
        if ended.how in BUSY and self.plan.pause_s < HANGS_UP_S:
            await asyncio.sleep(HANGS_UP_S)
            ended = await self._terminal(mended=True)
        if ended.how != Outcome.COMPLETE.value:
            self.judge.wrong(f"all is mended, and the visit still ends with {ended.how} ({ended.step})")

    # Faults ------------------------------------------------------------------------------------------------------
    def _later(self, seconds: float, strike: Strike) -> None:
        self._timers.append(self._loop.call_later(seconds, self._begin, strike))

    def _begin(self, strike: Strike) -> None:
        kind = strike.kind
        self.report.struck.append(kind.name)
        if kind.kills:
            if not self._dies.done():
                self._dies.set_result(kind.kills)
            return
        self._active[kind.name] = kind
        kind.begin(self.place, self._rng)
        if math.isfinite(strike.lasts_s):
            self._timers.append(self._loop.call_later(strike.lasts_s, self._end, kind))

    def _end(self, kind: FaultKind) -> None:
        if self._active.pop(kind.name, None) is not None:
            kind.end(self.place, self._rng)

    def _mend(self) -> None:
        for timer in self._timers:
            timer.cancel()
        for kind in list(self._active.values()):
            self._end(kind)
        self._points = math.inf  # type: ignore[assignment] - no place of the journal is one to strike at any more

    def _point(self, _name: str) -> None:
        for strike in self.plan.strikes:
            if strike.point == self._points:
                self._later(strike.after_s, strike)
        self._points += 1

    # Terminals ---------------------------------------------------------------------------------------------------
    async def _terminal(self, *, mended: bool) -> Ended:
        """One terminal, from its start to its end."""
        self._dies = self._loop.create_future()
        try:
            runner = self.place.runner(self._point)
        except VisitError as error:  # it died, or was stopped, after the end of the visit
            if error.code != "visit-finished":
                raise
            self.report.ends.append(Ended(Outcome.COMPLETE.value))
            return self.report.ends[-1]
        visit = asyncio.create_task(runner.visit.run())
        may_sleep = any(strike.kind.name == SLEEP for strike in self.plan.strikes)
        bound_s = BOUND_S + may_sleep * HOUR_S  # in which it does nothing
        await asyncio.wait({visit, self._dies}, timeout=bound_s, return_when=asyncio.FIRST_COMPLETED)
        if self._dies.done():
            ended = await self._died(visit, self._dies.result())
        elif not visit.done():
            self.judge.wrong(f"after {bound_s:.0f} s the visit still runs")
            ended = await self._died(visit, "hung")
        else:
            ended = self._ended(visit)
        ended.mended = mended
        self.report.ends.append(ended)
        self.judge.terminal(ended.how, ended.step, self._struck_kinds(), mended=mended)
        return ended

    def _struck_kinds(self) -> list[FaultKind]:
        return [strike.kind for strike in self.plan.strikes if strike.kind.name in self.report.struck]

    def _ended(self, visit: asyncio.Task[Outcome]) -> Ended:
        error = visit.exception()
        if error is None:
            return Ended(visit.result().value)
        if isinstance(error, StepFailed):
            return Ended(error.code, str(error.details["step"]), str(error.details["state"]))
        self.judge.wrong(f"{type(error).__name__} came out of the visit: {error}")
        return Ended("escaped")

    async def _died(self, visit: asyncio.Task[Outcome], how: str) -> Ended:
        """The terminal ends: at once and without a goodbye, or asked to."""
        if how == "stopped":
            visit.cancel()
            await asyncio.wait({visit})
        else:
            old = self.place.kill()
            self._hang()
            visit.cancel()
            await asyncio.wait({visit})
            old.close()
            await asyncio.sleep(STARTS_S)
            self._hang()  # a radio link that was still coming up has nobody
        with contextlib.suppress(asyncio.CancelledError, StepFailed):
            visit.result()
        return Ended(how)

    def _hang(self) -> None:
        """The system ends what the terminal had open."""
        if self.place.way.hang is not None:
            self.place.way.hang(EOFError())

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for event in self.place.events:
            digest.update(f"{event.monotonic_s:.6f} {event.kind} ".encode() + event.data)
        digest.update(repr(self.report.ends).encode())
        return digest.hexdigest()


def _ours(context: dict[str, Any]) -> list[str]:
    """What nobody caught, unless it came out of the virtual radio (Bumble answers commands that were given up)."""
    error = context.get("exception")
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    if frames and any("bumble" in frame.filename for frame in frames[-2:]):
        return []
    return [f"nobody caught: {context.get('message')} {error!r}"]


async def _play(what: Plan, watch: Callable[[Place], None]) -> Report:
    folder = scratch() / f"run-{what.seed}"
    folder.mkdir()
    place = Place(what.seed, what.way, folder)
    watch(place)
    uncaught: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: uncaught.extend(_ours(context)))
    try:
        await place.plug.start()
        report = await Run(what, place).play()
        report.defects += uncaught
    finally:
        await place.close()
        shutil.rmtree(folder)
    await asyncio.sleep(1.0)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        report.defects.append(f"tasks left: {sorted(task.get_coro().__qualname__ for task in left)}")  # type: ignore[union-attr]
    return report


def run(seed: int, watch: Callable[[Place], None] = lambda _place: None) -> Report:
    """The run with that seed. `watch` may look at its place before it begins."""
    logging.getLogger("bumble").setLevel(logging.CRITICAL)  # it warns of what is done to it here on purpose
    what = plan(seed)
    try:
        return in_virtual_time(_play(what, watch))
    except Exception as error:  # noqa: BLE001 - a run that cannot even be played is a defect, with a seed
        report = Report(what)
        report.defects.append(f"{type(error).__name__}: {error}")
        return report
