"""The engine when something fails: words kept, unknown outcomes settled by reading, wrong meters never written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from hht.client.api import LocalAccess, MeterError
from hht.errors import HhtError
from hht.link import LinkLost
from hht.work.view import Outcome, Question, StepState
from tests.store.conftest import FailingCommit
from tests.work.conftest import Rig, answers
from tests.work.playing import WRITES, Hands, failure, lose_link, shorten
from tests.work.small_meter import SmallMeter


async def test_an_error_keeps_its_words_and_can_be_resumed(rig: Rig) -> None:
    rig.meter.disturb = lose_link("read-registers")
    failed = await failure(rig.visit())
    assert (failed.code, failed.message, failed.remedy) == (
        "link-lost",
        "The probe was unplugged.",
        "Plug it in again.",
    )
    assert failed.details == {"step": "reading-before", "state": "failed"}
    resumed = rig.visit()
    step = resumed.view.step("reading-before")
    assert (step.state, step.message, step.remedy) == (StepState.FAILED, failed.message, failed.remedy)
    assert await resumed.run() is Outcome.COMPLETE
    assert resumed.view.resumed
    assert rig.connections == 2
    assert rig.meter.writes == WRITES


async def test_a_link_lost_amid_a_write_leaves_it_unknown_until_read(rig: Rig) -> None:
    rig.meter.disturb = lose_link("wrote-mpan")
    failed = await failure(rig.visit())
    assert failed.details["state"] == "unknown"
    assert failed.message == "The probe was unplugged."
    assert rig.visit().view.step("write-mpan").state is StepState.UNKNOWN
    resumed = rig.visit()
    assert await resumed.run() is Outcome.COMPLETE
    assert rig.meter.writes == WRITES
    fact, *_whose = resumed.view.step("write-mpan").facts
    assert "already written before the interruption" in fact.value
    assert [write.result for write in resumed.record.writes] == ["written", "written-earlier", "written"]


async def test_a_write_that_never_arrived_is_written_once(rig: Rig) -> None:
    rig.meter.disturb = lose_link("write-mpan")
    failed = await failure(rig.visit())
    assert failed.details["state"] == "unknown"
    resumed = rig.visit()
    assert await resumed.run() is Outcome.COMPLETE
    assert rig.meter.writes == WRITES
    assert [write.result for write in resumed.record.writes] == ["written"] * 3


async def test_losing_the_link_at_every_single_operation(make_rig: Callable[..., Rig]) -> None:
    """Whatever is lost, wherever: one more run completes, and nothing was written twice."""
    rig = make_rig()
    await rig.visit().run()
    operations = len(rig.meter.operations)
    assert operations > 20
    for number in range(operations):
        rig.meter = SmallMeter(rig.clock)
        rig.journal = rig.visits.create_visit(rig.job.job_id)
        left = [number]

        def disturb(_operation: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == -1:
                raise LinkLost("gone", remedy="plug it in")

        rig.meter.disturb = disturb
        await failure(rig.visit())
        assert await rig.visit().run() is Outcome.COMPLETE
        assert rig.meter.writes == WRITES, number


async def test_a_refusal_is_an_outcome_and_is_not_retried_by_itself(rig: Rig) -> None:
    rig.meter.refuses = {"write-limit"}
    failed = await failure(rig.visit())
    assert failed.code == "meter-refused"
    assert failed.details["state"] == "failed"
    assert rig.kinds("randomised-offset") == ["started", "intent", "outcome", "failed"]
    assert rig.meter.operations.count("write-limit") == 1


async def test_a_meter_that_forgets_is_found_out(rig: Rig) -> None:
    rig.meter.forgets = True
    rig.meter.state["drift"] = 0.0
    failed = await failure(rig.visit())
    assert failed.code == "read-back-mismatch"
    assert failed.details == {"step": "write-mpan", "state": "failed"}


async def test_a_clock_that_nobody_could_read_after_it_was_set_is_unknown(rig: Rig) -> None:
    """The line took so long over each look that none of them tells whether it is right."""

    def slow_line(operation: str) -> None:
        if operation == "wrote-clock":
            raise MeterError("nobody can tell", remedy="mend the line", code="clock-unclear")

    rig.meter.disturb = slow_line
    failed = await failure(rig.visit())
    assert (failed.code, failed.details["state"]) == ("clock-unclear", "unknown")
    rig.meter.disturb = lambda _name: None
    assert await rig.visit().run() is Outcome.COMPLETE
    assert rig.meter.writes["clock"] == 1


async def test_a_fault_of_the_program_fails_the_step_and_not_the_visit(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(operation: str) -> None:
        if operation == "read-supply":
            raise ZeroDivisionError("boom")

    rig.meter.disturb = broken
    failed = await failure(rig.visit())
    assert failed.code == "internal-error"
    assert "trace" in failed.remedy
    assert "boom" in caplog.text
    assert "Traceback" in caplog.text
    rig.meter.disturb = lambda _name: None
    assert await rig.visit().run() is Outcome.COMPLETE


async def test_a_deadline_ends_a_step(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.meter.slow = {"read-registers"}
    visit = rig.visit()
    shorten(visit, "reading-before")
    failed = await failure(visit)
    assert failed.code == "deadline"
    assert not rig.meter.is_open
    rig.meter.slow = set()
    assert await rig.visit().run() is Outcome.COMPLETE


async def test_a_deadline_amid_a_write_is_unknown(rig: Rig) -> None:
    rig.meter.slow = {"wrote-clock"}
    visit = rig.visit()
    shorten(visit, "clock")
    failed = await failure(visit)
    assert (failed.code, failed.details["state"]) == ("deadline", "unknown")
    rig.meter.slow = set()
    assert await rig.visit().run() is Outcome.COMPLETE
    assert rig.meter.writes == WRITES


async def test_a_timeout_error_of_something_else_is_no_deadline(rig: Rig) -> None:
    def late(operation: str) -> None:
        if operation == "read-supply":
            raise TimeoutError

    rig.meter.disturb = late
    assert (await failure(rig.visit())).code == "internal-error"


async def test_a_full_disk_is_told_and_nothing_is_lost(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(operation: str) -> None:
        if operation == "wrote-mpan":
            monkeypatch.setattr(FailingCommit, "failing", "SQLITE_FULL")

    rig.meter.disturb = fill
    failed = await failure(rig.visit())
    assert failed.code == "store-disk-full"
    assert failed.details["state"] == "unknown"
    monkeypatch.setattr(FailingCommit, "failing", "")
    resumed = rig.visit()
    assert resumed.view.step("write-mpan").state is StepState.STARTED
    assert await resumed.run() is Outcome.COMPLETE
    assert rig.meter.writes == WRITES


async def test_a_full_disk_before_a_write_sends_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(operation: str) -> None:
        if operation == "read-mpan":
            monkeypatch.setattr(FailingCommit, "failing", "SQLITE_FULL")

    rig.meter.disturb = fill
    failed = await failure(rig.visit())
    assert failed.code == "store-disk-full"
    assert "mpan" not in rig.meter.writes


async def test_a_wrong_label_is_refused_before_anything_is_sent(rig: Rig) -> None:
    async def wrong(question: Question, error: HhtError | None) -> str | None:
        return "00-DB-12-34-56-78-90-A1"

    failed = await failure(rig.visit(ask=wrong))
    assert failed.code == "wrong-meter"
    assert "90-A1" in failed.message
    assert "90-A0" in failed.message
    assert rig.connections == 0


@pytest.mark.parametrize("said", ["00-DB-12-34-56-78-90-A1", "", "\x1b[2J<a href=x>", "\u202e"])
async def test_the_wrong_meter_on_the_wall_is_never_written(rig: Rig, said: str) -> None:
    rig.meter.device_id = said
    failed = await failure(rig.visit())
    assert failed.code == "wrong-meter"
    assert failed.details["step"] == "identify"
    assert failed.message.isprintable()
    assert rig.meter.writes == {}


async def test_leaving_identify_leaves_every_write(rig: Rig) -> None:
    rig.meter.device_id = "00-DB-12-34-56-78-90-A1"
    visit = rig.visit(auto=False)
    async with Hands(visit) as hands:
        for step in ("check-job", "scan-meter"):
            await hands.through(step)
        await hands.through("connect")
        await hands.until("identify", StepState.FAILED)
        visit.proceed()
        await asyncio.sleep(0)
        assert visit.view.step("identify").state is StepState.FAILED
        visit.leave("no-answer", "called the desk")
        await hands.through("hand-over")
    assert hands.outcome is Outcome.INSTALL_AND_LEAVE
    assert rig.meter.writes == {}
    states = {step.id: (step.state, step.code) for step in visit.view.steps}
    for name in ("reading-before", "clock", "write-mpan", "randomised-offset", "registers", "reading-after"):
        assert states[name] == (StepState.LEFT, "needs-not-met")
    assert visit.record.notes == {"identify": "called the desk"}


async def test_another_meter_after_a_reconnection_is_noticed(rig: Rig) -> None:
    lost = lose_link("read-mpan")

    def disturb(operation: str) -> None:
        lost(operation)

    rig.meter.disturb = disturb
    await failure(rig.visit())
    rig.meter.device_id = "00-DB-12-34-56-78-90-A1"
    failed = await failure(rig.visit())
    assert failed.code == "wrong-meter"
    assert failed.details["step"] == "write-mpan"
    assert "mpan" not in rig.meter.writes
    rig.meter.device_id = "00-DB-12-34-56-78-90-A0"
    assert await rig.visit().run() is Outcome.COMPLETE


@pytest.mark.parametrize("access", [LocalAccess.READ, LocalAccess.NONE])
async def test_a_port_that_is_not_for_writing_is_written_nothing(rig: Rig, access: LocalAccess) -> None:
    rig.meter.access = access
    failed = await failure(rig.visit())
    assert failed.code == "port-not-for-writing"
    assert failed.details["step"] == "clock"
    assert rig.meter.writes == {}


async def test_another_mpan_is_replaced_only_when_a_person_agrees(rig: Rig) -> None:
    rig.meter.state["mpan"] = "2000000000015"

    async def no(question: Question, error: HhtError | None) -> str | None:
        if question.id == "write-mpan":
            assert "2000000000015" in question.prompt
            return "no"
        return await answers(question, error)

    failed = await failure(rig.visit(ask=no))
    assert failed.code == "mpan-kept"
    assert rig.meter.state["mpan"] == "2000000000015"
    visit = rig.visit()
    assert await visit.run() is Outcome.COMPLETE
    assert rig.meter.state["mpan"] == "1200023305967"
