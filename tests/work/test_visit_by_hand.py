"""The engine with a person at the screen: Continue, Try again, Can't do this, cancel, questions."""

from __future__ import annotations

import asyncio

import pytest

from hht.errors import HhtError
from hht.work.asking import NotNow
from hht.work.view import Outcome, StepState, Tone
from tests.work.conftest import Rig
from tests.work.playing import WRITES, Hands, eventually, shorten


async def test_by_hand_every_step_waits_for_its_person(rig: Rig) -> None:
    visit = rig.visit(auto=False, ask=None)
    taps = 0
    async with Hands(visit) as hands:
        await hands.until("check-job", StepState.READY)
        assert rig.meter.operations == []
        for step in list(visit.view.steps):
            if (await hands.until(step.id, StepState.READY) if step.authority else step).state is StepState.READY:
                assert step.id.replace("write-", "") not in rig.meter.writes
            await hands.through(step.id)
            taps += 1
    assert hands.outcome is Outcome.COMPLETE
    assert rig.meter.writes == WRITES
    assert taps == 11


async def test_a_running_step_can_be_cancelled_and_tried_again(rig: Rig) -> None:
    rig.meter.slow = {"identify"}
    visit = rig.visit(auto=False, ask=None)
    async with Hands(visit) as hands:
        for step in ("check-job", "scan-meter", "connect"):
            await hands.through(step)
        await hands.until("identify", StepState.STARTED)
        assert visit.view.step("identify").deadline_at is not None
        await asyncio.sleep(0.01)
        visit.cancel()
        failed = await hands.until("identify", StepState.FAILED)
        assert failed.code == "cancelled"
        assert not rig.meter.is_open
        rig.meter.slow = set()
        visit.retry()
        await hands.until("identify", StepState.DONE)
        for step in visit.view.steps[3:]:
            await hands.through(step.id)
    assert hands.outcome is Outcome.COMPLETE


async def test_a_running_step_can_be_left(rig: Rig) -> None:
    rig.meter.slow = {"wrote-mpan"}
    visit = rig.visit(auto=False, ask=None)
    async with Hands(visit) as hands:
        for step in ("check-job", "scan-meter", "connect", "identify", "reading-before", "clock"):
            await hands.through(step)
        await hands.until("write-mpan", StepState.READY)
        visit.proceed()
        await eventually(lambda: "wrote-mpan" in rig.meter.operations)
        with pytest.raises(NotNow):
            visit.leave("no-such-reason")
        visit.leave("no-answer")
        for name in ("randomised-offset", "registers", "reading-after", "hand-over"):
            await hands.through(name)
    assert hands.outcome is Outcome.INSTALL_AND_LEAVE
    left = visit.view.step("write-mpan")
    assert (left.state, left.code) == (StepState.LEFT, "no-answer")
    assert [fact.tone for fact in left.facts] == [Tone.BAD]
    assert "import-mpan" in left.facts[0].value


async def test_a_reason_that_ends_the_visit_ends_it(rig: Rig) -> None:
    visit = rig.visit(auto=False, ask=None)
    async with Hands(visit) as hands:
        await hands.until("check-job", StepState.READY)
        visit.leave("unsafe", "burnt cut-out")
        await hands.until("check-job", StepState.STOPPED)
        await eventually(lambda: visit.view.step("check-job").question is not None)
        visit.answer("check-job/notice", "N-1")
    assert hands.outcome is Outcome.MADE_SAFE
    assert {step.state for step in visit.view.steps} == {StepState.LEFT}
    assert rig.connections == 0


async def test_the_deadline_stands_still_while_asking(rig: Rig) -> None:
    visit = rig.visit(auto=False, ask=None)
    shorten(visit, "scan-meter")
    async with Hands(visit) as hands:
        await hands.through("check-job")
        asking = await hands.until("scan-meter", StepState.ASKING)
        assert asking.deadline_at is None
        await asyncio.sleep(0.1)
        with pytest.raises(HhtError) as caught:
            visit.answer("scan-meter", "12")
        assert caught.value.code == "device-id-length"
        with pytest.raises(NotNow):
            visit.answer("hand-over", "yes")
        visit.answer("scan-meter", "00-DB-12-34-56-78-90-A0")
        await hands.until("scan-meter", StepState.DONE)
        visit.proceed()
        await hands.until("connect", StepState.READY)
        visit.leave("no-optical-port")
        await hands.through("hand-over")
    assert hands.outcome is Outcome.INSTALL_AND_LEAVE


async def test_stopping_closes_the_session_and_can_be_resumed(rig: Rig) -> None:
    rig.meter.slow = {"read-clock"}
    visit = rig.visit()
    task = asyncio.create_task(visit.run())
    await eventually(lambda: "read-clock" in rig.meter.operations)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not rig.meter.is_open
    rig.meter.slow = set()
    resumed = rig.visit(auto=False, ask=None)
    async with Hands(resumed) as hands:
        interrupted = await hands.until("clock", StepState.READY)
        assert interrupted.code == "interrupted"
        for step in resumed.view.steps[5:]:
            await hands.through(step.id)
    assert hands.outcome is Outcome.COMPLETE


async def test_the_device_page_borrows_the_session_between_steps(rig: Rig) -> None:
    rig.meter.slow = {"identify"}
    visit = rig.visit(auto=False, ask=None)
    async with Hands(visit) as hands:
        for step in ("check-job", "scan-meter"):
            await hands.through(step)
        await hands.until("connect", StepState.READY)
        async with visit.borrow() as meter:
            await meter.read_registers()
        await hands.through("connect")
        await hands.until("identify", StepState.STARTED)
        await asyncio.sleep(0.01)
        with pytest.raises(NotNow):
            async with visit.borrow():
                pass
        visit.leave("no-answer")
        await hands.through("hand-over")
    assert rig.connections == 2  # the step Connect always signs on anew


async def test_a_cold_session_is_opened_anew(rig: Rig) -> None:
    visit = rig.visit(idle_limit_s=-1.0)
    assert await visit.run() is Outcome.COMPLETE
    assert rig.connections > 5
    assert rig.meter.writes == WRITES
