"""``hht visit run --hasten``: what has to be waited for at an emulated home is passed over, and nothing else."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

import pytest

from hht.resources import resource_path, resource_text
from hht.work.job import JobError, parse_job
from tests.cli.conftest import Run
from ui.cli.hastened import HastenedClock, HastenedLoop

HOUR_S = 3600.0


def test_an_hour_in_which_everybody_waits_is_passed_over() -> None:
    clock = HastenedClock()

    async def wait() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        began, moment = loop.time(), clock.now()
        await asyncio.gather(asyncio.sleep(HOUR_S), asyncio.sleep(HOUR_S / 2))
        return loop.time() - began, (clock.now() - moment).total_seconds()

    with asyncio.Runner(loop_factory=lambda: HastenedLoop(clock)) as runner:
        by_loop, by_clock = runner.run(wait())
    assert by_loop >= HOUR_S
    assert by_clock >= HOUR_S
    assert HOUR_S - 5 < clock.led_s <= HOUR_S, "no more than was waited for"


def test_while_a_thread_works_no_time_is_led_on() -> None:
    clock, done = HastenedClock(), threading.Event()

    async def work() -> float:
        working = asyncio.ensure_future(asyncio.to_thread(done.wait))
        late = asyncio.ensure_future(asyncio.sleep(HOUR_S))
        await asyncio.sleep(0.05)
        led_s = clock.led_s
        done.set()
        await working
        await late
        return led_s

    with asyncio.Runner(loop_factory=lambda: HastenedLoop(clock)) as runner:
        assert runner.run(work()) == 0
    assert clock.led_s > HOUR_S - 5


@pytest.mark.parametrize("link", ["tcp://127.0.0.1:1", "recorded:trace.jsonl"])
def test_what_lives_by_the_computers_time_is_not_hastened(run: Run, tmp_path: Path, link: str) -> None:
    where = ["--training", "--data-dir", str(tmp_path / "data")]
    job = str(resource_path("jobs", "demo.json"))
    done = run("visit", "run", job, *where, "--hasten", "--link", link)
    assert (done.status, done.last["code"]) == (1, "cannot-hasten"), done.last
    assert "--hasten" in done.last["remedy"]
    (kept,) = run("visit", "list", *where).of("job")
    assert kept["visits"] == [], "nothing was begun"


def test_who_plugs_a_load_in_and_out_is_not_waited_for(run: Run, tmp_path: Path) -> None:
    """The meter counts through all of the time that passes; its own clock says how long that was."""
    job, answers = resource_path("jobs", "crossed-meters.json"), resource_path("samples", "crossed-meters-answers.json")
    out = str(tmp_path / "out")
    where = ["--training", "--data-dir", str(tmp_path / "data"), "--out", out]
    done = run("visit", "run", str(job), *where, "--hasten", "--answers", str(answers))
    assert (done.status, done.last["outcome"]) == (0, "install-and-leave"), done.last
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    (step,) = [one for one in report["steps"] if one["id"] == "load-step"]
    told = {fact["label"]: fact["value"] for fact in step["facts"]}
    assert told["Verdict"] == "this meter does not count the load: the home hangs on another one"
    assert int(told["Watched for"].split()[0]) > 60, "by the meter's clock"
    began, ended = (step[name] for name in ("started_at", "finished_at"))
    assert began[:16] < ended[:16], "the journal has the time that it took"
    assert "of waiting were passed over" in done.errors


def test_what_is_at_hand_at_an_emulated_home_is_of_training_alone() -> None:
    plain = json.loads(resource_text("jobs", "firmware.json"))
    assert parse_job(json.dumps(plain), "job.json").kit.pack == ("firmware",)
    for changes, named in (
        ({"training": False, "link": "optical:/dev/ttyUSB0"}, "for training only"),
        ({"training_kit": {"desk": "desk:tcp://elsewhere:1"}}, "desk"),
        ({"training_kit": {"pack": ["everything"]}}, "pack"),
    ):
        with pytest.raises(JobError) as caught:
            parse_job(json.dumps(plain | changes), "job.json")
        assert any(named in str(one) for one in caught.value.problems), caught.value.problems
