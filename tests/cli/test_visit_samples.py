"""``hht visit run`` of sample jobs whose devices somebody has to press, from start to end with their sample answers:
everything but time is as in a run that somebody waits for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest

from hht.resources import resource_path
from hht.work.coded import codes
from tests.support.command import Done, here
from tests.support.radio import START
from tests.support.virtual_time import in_virtual_time
from ui import visits
from ui.cli import visit

WHOLE = "install-dual-fuel"  # of which the sheet has each of its texts
JOBS = (
    "pair-cad",
    "pair-cad-passkey",
    "pair-cad-remote",
    "remove-cad",
    "change-tenancy",
    "load-control",
    "replace-teleswitch",
)
Play = Callable[..., Done]


class Clock:
    """The running loop's time; each loop goes on where the one before ended, and between them time stands still."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._before = self._elapsed = 0.0

    def __call__(self) -> Clock:
        return self

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return self._elapsed
        if loop is not self._loop:
            self._loop, self._before = loop, self._elapsed
        self._elapsed = self._before + loop.time()
        return self._elapsed


async def at_once(work: Callable[..., Any], *words: Any) -> Any:
    return work(*words)


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    monkeypatch.setattr(visit, "run_async", in_virtual_time)
    monkeypatch.setattr(visit, "SystemClock", Clock())
    monkeypatch.setattr(visits, "in_thread", at_once)  # the report: no time passes while a thread works

    def run(name: str, desk: str = "desk:emulated", **changes: str | None) -> Done:
        answers = json.loads(resource_path("samples", f"{name}-answers.json").read_text(encoding="utf-8"))
        told = {name: value for name, value in (answers | changes).items() if value is not None}
        (tmp_path / "answers.json").write_text(json.dumps(told))
        job = str(resource_path("jobs", f"{name}.json"))
        link = f"{json.loads(Path(job).read_text(encoding='utf-8'))['link']}?days=1"  # a short history
        where = ("--training", "--data-dir", str(tmp_path / "data"), "--out", str(tmp_path / "out"))
        way = ("--link", link, "--desk", desk, "--answers", str(tmp_path / "answers.json"))
        return here("visit", "run", job, *where, *way)

    return run


@pytest.mark.parametrize("name", [WHOLE, *(pytest.param(one, marks=pytest.mark.sampled(one_in=2)) for one in JOBS)])
def test_the_sample_job_is_done_from_start_to_end(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Begun at four, when the calendar of a switch ends: the home's own day goes on to where nothing switches."""
    monkeypatch.setattr(f"{__name__}.START", START.replace(hour=16, minute=0))
    done = play(name)
    assert (done.status, done.last.get("outcome")) == (0, "complete"), done.last
    assert done.last["not_done"] == []
    assert "never asks for" not in done.errors, "each answer of the sample is one that is asked for"
    states = {step["id"]: step["state"] for step in done.of("step")}
    assert set(states.values()) <= {"done", "skipped"}
    skipped = {step for step, state in states.items() if state == "skipped"}
    with_wan = ("install-dual-fuel", "load-control", "replace-teleswitch")
    assert (skipped != set()) == (name in with_wan), skipped  # there: what is done where there is no WAN
    said = (tmp_path / "out" / "report.json").read_text()
    assert "00112233445566778899AABBCCDD0B04" not in said, "an install code stands in no report"
    if name == WHOLE:  # the customer reads what came of it: all went well
        where = ("--training", "--data-dir", str(tmp_path / "data"), "--out", str(tmp_path / "out"), "--sheet")
        assert here("visit", "report", done.of("visit")[0]["reference"], *where).status == 0
        pages = pypdf.PdfReader(tmp_path / "out" / "report-customer.pdf").pages
        sheet = " ".join(" ".join(page.extract_text() for page in pages).split())
        for row in codes("told_outcomes", "outcome").values():
            assert f"{row.title} {row.text}" in sheet


@pytest.mark.requirement("PRV-03", "OLC-14", "CAD-18")
def test_what_was_agreed_to_is_on_record_with_day_and_signature(play: Play, tmp_path: Path) -> None:
    assert play("pair-cad").status == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    told = report["findings"]["device-consent"]
    assert told["agrees"] == "yes"
    assert told["told"].split(",") == ["reads", "habits", "others", "end", "contract"]
    assert told["signature"] == "A. Example"
    (step,) = [one for one in report["steps"] if one["id"] == "device-consent"]
    assert step["finished_at"].startswith("2026-03-02")


def test_without_hands_it_stops_with_what_the_meter_said(play: Play) -> None:
    stopped = play("pair-cad", **{"hands:join-device/shown": None})
    assert (stopped.status, stopped.last["code"]) == (1, "desk-failed")
    assert "partner" in stopped.last["message"]


def test_a_visit_that_goes_on_is_told_that_the_emulated_desk_forgot(play: Play) -> None:
    """It lives in the process: what an earlier run asked for is not there any more."""
    changes: dict[str, str | None] = {"hands:join-device/shown": None}
    assert "began anew" not in play("pair-cad", **changes).errors
    again = play("pair-cad", **changes).errors
    assert again.count("began anew") == 1
    assert "hht visit resume J-1060 --again" in again


def test_what_sleeps_needs_somebody_beside_it(play: Play) -> None:
    """The gas meter takes its commands when it is woken; nobody wakes it, and its half hour is longer than the step."""
    alone = play("install-dual-fuel", **{"beside:ask-join-gsme": None})
    assert alone.status == 1
    assert {step["id"]: step["state"] for step in alone.of("step")}["ask-join-gsme"] == "unknown", (
        "asked, and no answer came"
    )


def test_the_number_is_waited_for_and_never_asked(play: Play) -> None:
    done = play("pair-cad-remote", "desk:emulated?role=other-user")
    assert (done.status, done.last["code"]) == (1, "desk-waiting")
    assert "customer's number" in done.last["message"]
    (waits,) = [one for one in done.of("waits") if one["id"] == "ask-pair-device"]
    assert waits["label"] == "The party waits for"
    assert waits["value"].endswith(f"this step waits until {waits['until']}"), "said as it begins to wait, not after it"
    assert done.lines.index(waits) < max(place for place, one in enumerate(done.lines) if one["type"] == "step")


@pytest.mark.parametrize(
    "orders",
    [
        "kettle on",
        "wait soon",
        "cad-1",
        "wait 999999",
        "until noon",
        "until 25:00",
        "stand hob-1",
        "image hub-9 00020132",
    ],
)
def test_orders_that_nobody_can_carry_out_are_refused(play: Play, orders: str) -> None:
    done = play("pair-cad", **{"hands:arrive/smell": orders})
    assert (done.status, done.last["code"]) == (1, "training-hands"), done.last
    assert done.last["remedy"]
