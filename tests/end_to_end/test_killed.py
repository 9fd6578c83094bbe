"""Kill the terminal at any instant: `hht visit resume` goes on with no lost and no repeated write.

The meter runs in another process and counts the writes that it served.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import forked
from tests.support.command import hht, visit_words
from tests.support.emulate import Emulated

ONCE = {"0-0:1.0.0": 1, "0-0:94.44.0.1": 1, "0-0:94.44.34.11": 1}
POINTS = 110  # more than a visit has: the last ones complete without a kill


@pytest.fixture
def meter() -> Iterator[Emulated]:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--events", "--days", "1") as running:
        yield running


def finish(folder: Path, meter: Emulated) -> None:
    """Resume until the visit is complete, then count. What died after the end only lacks its report."""
    done = hht(*visit_words("run", folder, meter.url))
    if done.last.get("code") == "visit-finished":
        store = ["--training", "--data-dir", str(folder / "data")]
        done = hht("visit", "report", "J-1042", "--out", str(folder / "out"), *store)
        assert done.last["number"] == 1
    else:
        assert done.last.get("outcome") == "complete"
    assert done.status == 0, done.last
    counted = Counter(event["object"] for event in meter.events() if event["type"] == "write")
    assert counted == ONCE, counted
    assert (folder / "out" / "report.pdf").exists()


def kill_at_point(number: int, folder: Path, meter: Emulated) -> bool:
    """Run a visit that dies at a journalled point; False when it had ended before."""
    words = visit_words("run", folder, meter.url)
    done = forked.run("tests.support.killed_visit", str(number), *words)
    assert done.returncode in (0, 99), done.stderr
    return done.returncode == 99


def visit(folder: Path, meter: Emulated) -> forked.Forked:
    """A visit that has just been started."""
    return forked.Forked("ui", *visit_words("run", folder, meter.url), "--json")


@pytest.fixture(scope="module")
def duration_s(tmp_path_factory: pytest.TempPathFactory) -> float:
    """What a visit takes here and now that nobody kills, s."""
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "1") as meter:
        began_s = time.monotonic()
        running = visit(tmp_path_factory.mktemp("whole"), meter)
        running.communicate(timeout=100)
        assert running.wait() == 0
        running.close()
        return time.monotonic() - began_s


def kill_after(seconds: float, folder: Path, meter: Emulated) -> None:
    """Run a visit and kill it from outside after `seconds`."""
    running = visit(folder, meter)
    try:
        running.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        running.kill()
    running.close()


@pytest.mark.parametrize("number", random.Random(1).sample(range(80), 6))
def test_killed_at_a_journalled_point(number: int, tmp_path: Path, meter: Emulated) -> None:
    assert kill_at_point(number, tmp_path, meter)
    finish(tmp_path, meter)


@pytest.mark.parametrize("seed", range(7))
def test_killed_at_a_random_instant(seed: int, tmp_path: Path, meter: Emulated, duration_s: float) -> None:
    kill_after(random.Random(seed).uniform(0.0, duration_s), tmp_path, meter)
    finish(tmp_path, meter)


@pytest.mark.soak
@pytest.mark.parametrize("number", range(POINTS))
def test_killed_at_every_journalled_point(number: int, tmp_path: Path, meter: Emulated) -> None:
    kill_at_point(number, tmp_path, meter)
    finish(tmp_path, meter)


@pytest.mark.soak
@pytest.mark.timeout(14_400)
def test_killed_at_a_thousand_random_instants(tmp_path: Path, duration_s: float) -> None:
    rng = random.Random(1000)
    for number in range(1000):
        folder = tmp_path / str(number)
        folder.mkdir()
        with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--events", "--days", "1") as running:
            kill_after(rng.uniform(0.0, duration_s), folder, running)
            finish(folder, running)
