"""The process dies, at every journalled point and at random instants: the visit goes on, nothing is lost or repeated.

The meter's state lives in a file beside the process and counts its writes. (Over real bytes, against an emulated meter
in another process, the same is proved by the command line's tests.)
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hht.clock import ManualClock
from hht.store.trace_store import TraceReader, TraceRecorder
from hht.work.view import Outcome, StepState
from tests.work.conftest import START, Rig, answers
from tests.work.playing import WRITES
from tests.work.small_meter import SmallMeter

_KILLED = 9
_FINISHED = 0
_BROKEN = 3


def _fork(play: Callable[[], None]) -> int:
    """The process id of a child that runs `play`."""
    pid = os.fork()
    if pid:
        return pid
    try:
        play()
        os._exit(_FINISHED)
    except BaseException:  # noqa: BLE001 - a child must not come back into the parent's test run
        import traceback

        traceback.print_exc()
        os._exit(_BROKEN)


def _status(pid: int) -> int:
    """Exit status; minus the signal where one ended it."""
    _pid, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _play(folder: Path, on_point: Callable[[str], None] | None = None, pace_s: float = 0.0) -> None:
    """One run of the visit, as the command line does it; `on_point` may end the process."""
    clock = ManualClock(START)
    meter = SmallMeter(clock, folder / "meter.json")
    rig = Rig(folder, meter, clock)

    def disturb(name: str) -> None:
        if on_point is not None:
            on_point(f"meter/{name}")
        time.sleep(pace_s)

    meter.disturb = disturb
    recorder = TraceRecorder(rig.store, os.urandom(4).hex(), visit_id="v")
    visit = rig.visit(ask=answers, flush_trace=recorder.flush)
    visit.journal.on_point = on_point
    asyncio.run(visit.run())
    rig.store.close()


def _points(folder: Path) -> list[str]:
    """Every point that a whole visit passes."""
    folder.mkdir()
    names: list[str] = []
    _play(folder, names.append)
    return names


def _check(folder: Path, told: object) -> None:
    clock = ManualClock(START)
    meter = SmallMeter(clock, folder / "meter.json")
    rig = Rig(folder, meter, clock)
    visit = rig.visit()
    assert visit.view.outcome is Outcome.COMPLETE, told
    assert meter.writes == WRITES, told
    assert {step.state for step in visit.view.steps} == {StepState.DONE}, told
    assert len(rig.visits.visits(rig.job.job_id)) == 1, told
    assert not [step for step in visit.progress.steps.values() if step.open_intents], told
    results = [(w.item, w.by_this_visit) for w in visit.record.writes]
    assert results == [("clock", True), ("import-mpan", True), ("randomised-offset-limit", True)], told
    list(TraceReader.of_visit(rig.store, "v"))
    rig.store.close()


def _die_at(number: int) -> Callable[[str], None]:
    left = [number]

    def on_point(_name: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            os._exit(_KILLED)

    return on_point


@pytest.mark.soak  # a sample of these points is in every run, below
def test_killed_at_every_point_it_goes_on_without_loss_or_repetition(tmp_path: Path) -> None:
    points = _points(tmp_path / "whole")
    assert {"write-mpan/intent/before", "write-mpan/write/before", "write-mpan/write/after"} <= set(points)
    assert len(points) > 90
    for number, name in enumerate(points):
        folder = tmp_path / f"point-{number}"
        folder.mkdir()
        assert _status(_fork(lambda: _play(folder, _die_at(number)))) == _KILLED, name  # noqa: B023
        assert _status(_fork(lambda: _play(folder))) == _FINISHED, name  # noqa: B023
        _check(folder, name)


def test_killed_again_and_again_it_still_ends(tmp_path: Path) -> None:
    """A battery that dies every few points: each run gets a little further."""
    folder = tmp_path / "again"
    folder.mkdir()
    kills = 0
    while _status(_fork(lambda: _play(folder, _die_at(10 + kills % 25)))) != _FINISHED:  # noqa: B023
        kills += 1
        assert kills < 100
    assert kills > 5
    _check(folder, f"after {kills} kills")


def _kill_at_random(tmp_path: Path, count: int) -> None:
    """Kill `count` runs, each at a random instant of its life, and let the next run finish the visit."""
    chance = random.Random(20260302)
    started_s = time.monotonic()
    whole = tmp_path / "whole"
    whole.mkdir()
    assert _status(_fork(lambda: _play(whole, pace_s=0.001))) == _FINISHED
    duration_s = time.monotonic() - started_s
    killed = number = 0
    while killed < count:
        number += 1
        folder = tmp_path / f"random-{number}"
        folder.mkdir()
        pid = _fork(lambda: _play(folder, pace_s=0.001))  # noqa: B023
        delay_s = chance.random() * duration_s
        time.sleep(delay_s)
        os.kill(pid, signal.SIGKILL)
        if _status(pid) == -signal.SIGKILL:
            killed += 1
        else:  # it was faster than the first run: aim earlier
            duration_s *= 0.95
        assert _status(_fork(lambda: _play(folder))) == _FINISHED  # noqa: B023
        _check(folder, f"killed after {delay_s:.4f} s")
        shutil.rmtree(folder)


@pytest.mark.long
def test_killed_at_random_instants(tmp_path: Path) -> None:
    _kill_at_random(tmp_path, 12)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_killed_at_a_thousand_random_instants(tmp_path: Path) -> None:
    _kill_at_random(tmp_path, 1000)
