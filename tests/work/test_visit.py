"""The engine when all is well: order on disk and on screen, questions, what the meter measures, the end."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from decimal import Decimal

import pytest

from hht.errors import HhtError
from hht.store.errors import StoreError
from hht.work.actions.readings import cumulative
from hht.work.record import VisitRecord
from hht.work.view import Outcome, Question, StepState, Tone, VisitView
from tests.work.conftest import Rig, answers
from tests.work.playing import WRITES, failure


async def test_an_unattended_visit_completes(rig: Rig) -> None:
    visit = rig.visit()
    assert await visit.run() is Outcome.COMPLETE
    assert rig.meter.writes == WRITES
    assert {step.state for step in visit.view.steps} == {StepState.DONE}
    assert visit.view.outcome is Outcome.COMPLETE
    assert visit.view.current == ""
    assert not rig.meter.is_open
    assert rig.connections == 1
    assert rig.meter.state == {"mpan": "1200023305967", "limit": 600, "drift": 0.0, "writes": WRITES}


async def test_everything_needed_for_the_record_is_there(rig: Rig) -> None:
    visit = rig.visit()
    await visit.run()
    record = visit.record
    assert [(w.item, w.result, w.step) for w in record.writes] == [
        ("clock", "written", "clock"),
        ("import-mpan", "written", "write-mpan"),
        ("randomised-offset-limit", "written", "randomised-offset"),
    ]
    assert all("supplier" in write.authority for write in record.writes)
    assert record.data["identify"]["device_id"] == "00-DB-12-34-56-78-90-A0"
    assert record.data["reading-before"]["registers"][0]["value"] == "8214.306"
    assert record.data["randomised-offset"] == {"limit_s": 600, "number": "0.25", "offset_s": 150, "before": "0"}
    assert record.data["clock"]["drift_before_s"] == -37.0
    assert record.answers["scan-meter"] == "00-DB-12-34-56-78-90-A0"
    assert all(step.finished_at is not None for step in record.view.steps)
    facts = {fact.label: fact for fact in record.view.step("randomised-offset").facts}
    assert facts["Worst case"].value == "10:00 late (mm:ss)"


async def test_a_meter_that_holds_everything_is_written_nothing(rig: Rig) -> None:
    rig.meter.state.update(mpan="1200023305967", limit=600, drift=2.0)
    visit = rig.visit()
    await visit.run()
    assert rig.meter.writes == {}
    assert [write.result for write in visit.record.writes] == ["held-already"] * 3
    assert "intent" not in rig.kinds("write-mpan")


async def test_what_a_screen_shows_is_on_disk_before(rig: Rig) -> None:
    def check(view: VisitView) -> None:
        for step in view.steps:
            if step.state in (StepState.DONE, StepState.FAILED, StepState.LEFT):
                assert step.state.value in rig.kinds(step.id)
            elif step.state is StepState.STARTED:
                assert "started" in rig.kinds(step.id)
        if view.outcome is not None:
            assert [entry.kind.value for entry in rig.journal.entries()][-1] == "ended"
        seen.append(view)

    seen: list[VisitView] = []
    visit = rig.visit(on_view=check)
    assert await visit.run() is Outcome.COMPLETE
    assert len(seen) > 30


async def test_the_intent_is_committed_before_the_write_leaves(rig: Rig) -> None:
    seen: dict[str, int] = {}

    def look(operation: str) -> None:
        if operation.startswith("write-"):
            with sqlite3.connect(rig.store.path) as other:  # another connection sees only what is committed
                row = other.execute("SELECT kind FROM visit_journal ORDER BY seq DESC LIMIT 1").fetchone()
            other.close()
            seen[operation] = row[0] == "intent"

    rig.meter.disturb = look
    await rig.visit().run()
    assert seen == {"write-clock": True, "write-mpan": True, "write-limit": True}


async def test_the_journal_is_sealed(rig: Rig) -> None:
    await rig.visit().run()
    for path in rig.store.path.parent.iterdir():
        data = path.read_bytes()
        for canary in (b"1200023305967", b"00-DB-12", b"8214.306", b"Specimen", b"TRAINER"):
            assert canary not in data, (path.name, canary)


async def test_an_odd_voltage_and_supply_are_warned_about(rig: Rig) -> None:
    rig.meter.voltage = Decimal("255.0")
    visit = rig.visit()
    await visit.run()
    warned = [fact.value for fact in visit.view.step("registers").facts if fact.tone is Tone.WARN]
    assert warned[0] == "255.0 V"
    assert "105" in warned[1]


async def test_a_register_that_goes_back_fails_the_step(rig: Rig) -> None:
    def back(operation: str) -> None:
        if operation == "read-supply":
            rig.meter.energy[0] = Decimal("8214.305")

    rig.meter.disturb = back
    failed = await failure(rig.visit())
    assert (failed.code, failed.details["step"]) == ("register-went-back", "reading-after")


@pytest.mark.parametrize(
    ("obis", "total"),
    [("1-0:1.8.0", True), ("1-0:2.8.2", True), ("7-0:3.8.0", True), ("1-0:1.29.0", False), ("", False)],
)
def test_what_counts_within_an_interval_alone_may_go_back(obis: str, total: bool) -> None:
    assert cumulative(obis) is total


async def test_a_terminal_clock_from_the_past_is_not_put_into_a_meter(rig: Rig) -> None:
    visit = rig.visit()

    class Stopped:
        def now(self) -> object:
            return rig.clock.now().replace(year=2004)

        monotonic = rig.clock.monotonic

    visit.clock = Stopped()  # type: ignore[assignment]
    failed = await failure(visit)
    assert failed.code == "terminal-clock"
    assert "clock" not in rig.meter.writes


async def test_without_an_answer_an_unattended_visit_says_which_is_missing(rig: Rig) -> None:
    failed = await failure(rig.visit(ask=None))
    assert failed.code == "answer-needed"
    assert "scan-meter" in failed.remedy


async def test_an_unacceptable_answer_is_asked_again_with_the_error(rig: Rig) -> None:
    tries: list[str] = []

    async def clumsy(question: Question, error: HhtError | None) -> str | None:
        if question.id == "scan-meter" and error is None:
            return "00-DB"
        if question.id == "scan-meter":
            tries.append(error.code if error else "")
            return "00-DB-12-34-56-78-90-A0"
        return await answers(question, error)

    assert await rig.visit(ask=clumsy).run() is Outcome.COMPLETE
    assert tries == ["device-id-length"]


async def test_an_unacceptable_answer_from_a_file_is_thefailure(rig: Rig) -> None:
    async def from_file(question: Question, error: HhtError | None) -> str | None:
        return None if error else "00-DB"

    assert (await failure(rig.visit(ask=from_file))).code == "device-id-length"


async def test_the_report_is_made_when_the_outcome_is_on_disk(rig: Rig) -> None:
    records: list[VisitRecord] = []

    async def report() -> str:
        assert [entry.kind.value for entry in rig.journal.entries()][-1] == "ended"
        records.append(rig.visits.record(rig.journal.visit_id))
        return "/somewhere/report.pdf"

    visit = rig.visit(make_report=report)
    await visit.run()
    assert records[0].view.outcome is Outcome.COMPLETE
    assert visit.view.report == "/somewhere/report.pdf"
    assert visit.report_error is None
    again = rig.visit(make_report=report)
    assert await again.run() is Outcome.COMPLETE
    assert len(records) == 1
    assert again.view.report == "/somewhere/report.pdf"


async def test_a_report_that_cannot_be_written_is_told_and_the_visit_is_complete(rig: Rig) -> None:
    async def full() -> str:
        raise StoreError("The disk is full.", remedy="Free some space.")

    visit = rig.visit(make_report=full)
    assert await visit.run() is Outcome.COMPLETE
    assert "The disk is full. Free some space." in visit.view.notice
    assert visit.report_error is not None
    later = rig.visit(make_report=lambda: asyncio.sleep(0, "/report.pdf"))
    await later.run()
    assert later.view.report == "/report.pdf"


async def test_a_report_stands_even_where_its_path_cannot_be_kept(rig: Rig) -> None:
    async def last_room_on_the_disk() -> str:
        rig.store.close()
        return "/report.pdf"

    visit = rig.visit(make_report=last_room_on_the_disk)
    assert await visit.run() is Outcome.COMPLETE
    assert (visit.view.report, visit.view.notice, visit.report_error) == ("/report.pdf", "", None)


async def test_two_processes_cannot_work_on_visits_at_once(rig: Rig, make_rig: Callable[..., Rig]) -> None:
    other = Rig(rig.store.path.parent)
    other.store.hold_visits()
    with pytest.raises(StoreError) as caught:
        await rig.visit().run()
    assert caught.value.code == "visit-in-use"
    other.store.close()
    assert await rig.visit().run() is Outcome.COMPLETE


async def test_a_screen_that_fails_does_not_end_the_visit(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_view: VisitView) -> None:
        raise ValueError("no screen")

    assert await rig.visit(on_view=broken).run() is Outcome.COMPLETE
    assert "no screen" in caplog.text


async def test_the_trace_is_flushed_before_outcomes_and_its_failure_is_not_the_steps(rig: Rig) -> None:
    flushed: list[int] = []

    def flush() -> None:
        flushed.append(len(rig.journal.entries()))
        raise StoreError("full", remedy="free")

    assert await rig.visit(flush_trace=flush).run() is Outcome.COMPLETE
    entries = rig.journal.entries()
    outcomes = [entry.number - 1 for entry in entries if entry.kind.value in ("outcome", "done", "ended")]
    assert set(outcomes) <= set(flushed)
