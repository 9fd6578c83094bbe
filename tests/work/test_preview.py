"""What a step shows while it waits for Continue: the job to compare, and what a write is going to change."""

from __future__ import annotations

import asyncio

import pytest

from hht.link import LinkLost
from hht.work.view import Outcome, StepState, StepView
from hht.work.visit import Visit
from tests.work.conftest import Rig
from tests.work.playing import WRITES, Hands, eventually

BEFORE_WRITES = ("check-job", "scan-meter", "connect", "identify", "reading-before")


def said(step: StepView) -> dict[str, str]:
    return {fact.label: fact.value for fact in step.facts}


async def waiting(hands: Hands, visit: Visit, step: str, words: str) -> StepView:
    """The step, once it waits and says `words`."""
    await hands.until(step, StepState.READY)
    await eventually(lambda: any(words in fact.value for fact in visit.view.step(step).facts))
    return visit.view.step(step)


async def test_the_job_is_there_to_be_compared_before_continue(rig: Rig) -> None:
    visit = rig.visit(auto=False, ask=None)
    async with Hands(visit) as hands:
        shown = await waiting(hands, visit, "check-job", "Specimen Street")
        assert said(shown) == {
            "Reference": "J-1042",
            "Address": "12 Specimen Street, Sampleton, ZZ9 9ZZ",
            "Device ID": "00-DB-12-34-56-78-90-A0",
            "Import MPAN": "1200023305967",
            "Randomised offset limit": "600 s (10:00 at worst)",
            "Notes": rig.job.job.notes,
            "Appointment": "2026-03-02T09:00:00Z – 2026-03-02T11:00:00Z",
            "Authority": "ACCESS-1042 of Example Energy (fictional) [S0 l.1359]",
        }
        assert rig.meter.operations == []
        await hands.through("check-job")
        assert visit.view.step("check-job").facts == shown.facts
        await hands.until("scan-meter", StepState.ASKING)
        visit.leave("no-access")


async def test_a_write_says_what_is_and_what_will_be(rig: Rig) -> None:
    visit = rig.visit(auto=False, ask=None)
    async with Hands(visit) as hands:
        for step in BEFORE_WRITES:
            await hands.through(step)
        clock = await waiting(hands, visit, "clock", "→")
        assert said(clock) == {"Clock": "now 2026-03-02T08:59:23Z, 37 s behind → will be the terminal's time"}
        await hands.through("clock")
        mpan = await waiting(hands, visit, "write-mpan", "→")
        assert said(mpan) == {
            "Import MPAN": "now nothing → will be 1200023305967",
            "Address": "12 Specimen Street, Sampleton, ZZ9 9ZZ",
            "New meter, by its label": "00-DB-12-34-56-78-90-A0",
        }
        await hands.through("write-mpan")
        limit = await waiting(hands, visit, "randomised-offset", "of 1000 homes")
        assert said(limit) == {
            "Randomised offset limit": "now 0 s (00:00 at worst) → will be 600 s (10:00 at worst)",
            "Many homes": "of 1000 homes at most 109 switch in one minute, the last after 09:59 (mm:ss)",
            "Loads and tariff": "registers that wait for the same offset switch with the loads (02:30, mm:ss, later);"
            " others do not",
        }
        for step in ("randomised-offset", "registers", "reading-after", "hand-over"):
            await hands.through(step)
    assert hands.outcome is Outcome.COMPLETE
    assert rig.meter.writes == WRITES


async def test_what_is_so_already_is_said_before(rig: Rig) -> None:
    rig.meter.state |= {"mpan": "1200023305967", "limit": 600, "drift": 3.0}
    visit = rig.visit(auto=False, ask=None)
    async with Hands(visit) as hands:
        for step in BEFORE_WRITES:
            await hands.through(step)
        for step in ("clock", "write-mpan", "randomised-offset"):
            await waiting(hands, visit, step, "nothing will be written")
            await hands.through(step)
        for step in ("registers", "reading-after", "hand-over"):
            await hands.through(step)
    assert rig.meter.writes == {}


async def test_a_visit_taken_up_again_connects_to_nothing_by_itself(rig: Rig) -> None:
    visit = rig.visit()
    rig.meter.refuses = {"write-mpan"}
    with pytest.raises(Exception, match="refused"):
        await visit.run()
    rig.meter.refuses = set()
    rig.meter.operations.clear()
    resumed = rig.visit(auto=False, ask=None)
    async with Hands(resumed) as hands:
        await eventually(lambda: resumed.view.current == "write-mpan")
        await asyncio.sleep(0.01)
        assert rig.meter.operations == []
        resumed.leave("no-answer")
        shown = await waiting(hands, resumed, "randomised-offset", "will be")
        assert said(shown) == {"Randomised offset limit": "will be 600 s (10:00 at worst)"}
        assert rig.meter.operations == []
        for step in ("randomised-offset", "registers", "reading-after", "hand-over"):
            await hands.through(step)


async def test_a_preview_that_fails_takes_nothing_from_the_step(rig: Rig) -> None:
    visit = rig.visit(auto=False, ask=None)
    async with Hands(visit) as hands:
        for step in (*BEFORE_WRITES, "clock"):
            await hands.through(step)
            if step == "reading-before":
                await waiting(hands, visit, "clock", "→")

        def gone(name: str) -> None:
            if name == "read-mpan":
                rig.meter.disturb = lambda _name: None
                raise LinkLost("The probe was unplugged.", remedy="Plug it in again.")

        rig.meter.disturb = gone
        shown = await waiting(hands, visit, "write-mpan", "will be")
        await eventually(lambda: not rig.meter.is_open)
        assert said(shown)["Import MPAN"] == "will be 1200023305967"
        assert shown.state is StepState.READY
        for step in ("write-mpan", "randomised-offset", "registers", "reading-after", "hand-over"):
            await hands.through(step)
    assert hands.outcome is Outcome.COMPLETE
    assert rig.meter.writes == WRITES


async def test_continue_does_not_wait_for_a_meter_that_says_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hht.work.preview.GRACE_S", 0.02)
    visit = rig.visit(auto=False, ask=None)
    async with Hands(visit) as hands:
        for step in (*BEFORE_WRITES, "clock"):
            await hands.through(step)
        rig.meter.operations.clear()
        rig.meter.slow = {"read-mpan"}
        await hands.until("write-mpan", StepState.READY)
        await eventually(lambda: "read-mpan" in rig.meter.operations)
        visit.proceed()
        await hands.until("write-mpan", StepState.STARTED)
        rig.meter.slow = set()
        visit.cancel()
        await hands.until("write-mpan", StepState.FAILED)
        assert visit.view.step("write-mpan").facts == ()
        visit.retry()
        await hands.until("write-mpan", StepState.DONE)
        visit.proceed()
        for step in ("randomised-offset", "registers", "reading-after", "hand-over"):
            await hands.through(step)
    assert hands.outcome is Outcome.COMPLETE


async def test_the_device_page_waits_for_a_preview(rig: Rig) -> None:
    visit = rig.visit(auto=False, ask=None)
    async with Hands(visit) as hands:
        for step in (*BEFORE_WRITES, "clock"):
            await hands.through(step)
        rig.meter.operations.clear()
        await eventually(lambda: "read-mpan" in rig.meter.operations)
        async with visit.borrow() as meter:
            await meter.read_registers()
        for step in ("write-mpan", "randomised-offset", "registers", "reading-after", "hand-over"):
            await hands.through(step)
    assert hands.outcome is Outcome.COMPLETE


async def test_closing_the_window_amid_a_preview_ends_the_conversation(rig: Rig) -> None:
    visit = rig.visit(auto=False, ask=None)
    hands = await Hands(visit).__aenter__()
    for step in (*BEFORE_WRITES, "clock"):
        await hands.through(step)
    rig.meter.operations.clear()
    rig.meter.slow = {"read-mpan"}
    await eventually(lambda: "read-mpan" in rig.meter.operations)
    hands.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hands.task
    assert not rig.meter.is_open
