"""What is put on record beside the steps: checked, journalled, in the chain, and no way past a safety stop."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from hht.errors import HhtError
from hht.evidence import check_bundle
from hht.report.bundle_lines import EvidenceKey
from hht.resources import resource_path, resource_text
from hht.work.asking import NotNow
from hht.work.coded import NoteError, codes
from hht.work.danger import DANGER, standing
from hht.work.ending_early import ending, endings, leave_for
from hht.work.journal import JournalKind
from hht.work.noted import NoteKind
from hht.work.progress import VisitProgress, WriteRecord
from hht.work.questions import AnswerError, check_answer
from hht.work.ringing import call, desk_number, help_read_out, phone_number, spelled
from hht.work.signing import HIGH, WIDE, declined, drawn, typed
from hht.work.unsafe import UnsafeSituation, categories, unsafe_situation
from hht.work.view import Outcome, Question, QuestionKind, StepState
from hht.work.visit import StepFailed, Visit
from hht.work.walkthrough import Walkthrough, load_walkthrough, walkthrough_names
from tests.work.conftest import START, Rig, answers
from tests.work.playing import Hands
from ui.bundles import visit_bundle
from ui.evidence_notes import EndingAsked, EvidenceNotes
from ui.visits import VisitError

SAMPLES = {
    json.loads(path.read_text("utf-8"))["walkthrough"]: path.name for path in resource_path("jobs").glob("*.json")
}
FLOWS = walkthrough_names()
KEY = EvidenceKey(b"k" * 32)
LINE = [[(10, 200), (400, 100), (700, 300)]]


def situation(**other: Any) -> UnsafeSituation:
    told: dict[str, Any] = {
        "category_code": "at-risk", "found": "Flue loose", "done": ("labelled",), "told": "The tenant",
        "rung": ("desk",), "notice": "N-4711", "receipt": "refused",
    }  # fmt: skip
    return unsafe_situation(**(told | other))


@pytest.mark.parametrize(
    "wrong",
    [
        {"category_code": "mild"}, {"found": " "}, {"done": ()}, {"done": ("hidden",)}, {"told": ""}, {"rung": ()},
        {"rung": ("nobody", "desk")}, {"receipt": "perhaps"}, {"found": "a\u202eb"}, {"found": "x" * 501},
    ],
)  # fmt: skip
def test_an_unsafe_situation_is_whole_or_none(wrong: dict[str, Any]) -> None:
    assert situation().notice == "N-4711"
    with pytest.raises(NoteError):
        situation(**wrong)
    with pytest.raises(AnswerError):
        situation(notice="")


def test_every_code_says_whose_words_it_uses() -> None:
    assert {row.plain["fuel"] for row in categories().values()} == {"gas", "electricity"}
    for row in categories().values():
        assert "(unverified)" in row.source, row.code
    groups = set(codes("endings", "group"))
    assert {row.plain["group"] for row in endings()} == groups
    assert {type(row.plain[key]) for row in endings() for key in ("photo", "next")} == {bool}


def test_signatures_are_drawn_typed_with_a_declaration_or_declined() -> None:
    signed = drawn("B. Example", "customer", "work-done", LINE)
    assert signed.as_plain()["strokes"] == [[10, 200, 400, 100, 700, 300]]
    assert "I, B. Example, agree" in typed("B. Example", "customer", "consent", declared=True).words
    assert declined("in a hurry", "notice").answer == "declined: in a hurry"
    for strokes in ([], [[]], [[(5, 5)]], [[(5, 5), (30, 10)]], [[(0, 0), (WIDE + 1, 3)]], [[(0, 0), (3, HIGH + 1)]]):
        with pytest.raises(NoteError):
            drawn("B. Example", "customer", "work-done", strokes)
    with pytest.raises(NoteError):
        drawn("B", "customer", "work-done", [[(x % WIDE, 3) for x in range(8001)]])
    for make in (
        lambda: typed("B. Example", "customer", "consent", declared=False),
        lambda: typed("", "customer", "consent", declared=True),
        lambda: declined(" ", "notice"),
        lambda: drawn("B", "king", "work-done", LINE),
        lambda: drawn("B", "customer", "peace", LINE),
    ):
        with pytest.raises(NoteError):
            make()


def test_what_is_read_out_has_check_characters_that_one_slip_changes() -> None:
    said = help_read_out("J-1042", "write-mpan", "00-DB-12-34-56-78-90-A0", "link-timeout")
    assert said.lines[:2] == ("JOB J-1042", "STEP WRITE-MPAN")
    checks = said.lines[-1].removeprefix("CHECK ")
    assert len(checks) == 4
    for slip in ("J-1043", "J-1024", "J-104"):
        assert help_read_out(slip, "write-mpan", "00-DB-12-34-56-78-90-A0", "link-timeout").lines[-1][6:] != checks
    assert spelled("L0-7x") == "Lima zero dash seven X-ray"
    assert desk_number("Example Energy (fictional)", {}).startswith("01632 960")
    assert desk_number("Nobody's", {}) == ""
    assert desk_number("Nobody's", {"Nobody's": "020 7946 0000"}) == "020 7946 0000"
    assert phone_number(" 020  7946 0000 ") == "020 7946 0000"
    assert call("The desk", "105", said, "wait").as_plain()["read_out"] == said.text
    for number in ("", "1", "12a", "++44", "0" * 30):
        with pytest.raises(NoteError):
            phone_number(number)


async def test_notes_stand_in_the_chain_and_in_no_step(rig: Rig) -> None:
    visit = rig.visit()
    visit.note(situation(), "scan-meter")
    await visit.run()
    notes = EvidenceNotes(rig.store, rig.clock)
    notes.note(rig.journal.visit_id, drawn("B. Example", "customer", "work-done", LINE))  # it has ended
    kinds = [note.kind for note in rig.visits.progress(rig.journal.visit_id).notes]
    assert kinds == [NoteKind.UNSAFE, NoteKind.SIGNATURE]
    assert rig.visits.progress(rig.journal.visit_id).outcome is Outcome.COMPLETE
    bundle = visit_bundle(rig.store, rig.journal.visit_id, KEY, START)
    assert check_bundle(bundle).code == ""
    for told in (b"Flue loose", b"B. Example", b"400,100"):
        altered = check_bundle(bundle.replace(told, bytes(reversed(told)), 1))
        assert altered.code == "altered", told
    assert rig.journal.entries()[-1].payload["strokes"] == [[10, 200, 400, 100, 700, 300]]


def test_a_visit_ends_before_anybody_opened_the_door(rig: Rig) -> None:
    notes = EvidenceNotes(rig.store, rig.clock)
    job_id = rig.job.job_id
    nobody, jpeg_less = hands(rig), EndingAsked("nobody-home")
    with pytest.raises(NoteError) as refused:
        notes.end_job(job_id, jpeg_less, nobody)
    assert refused.value.code == "doorstep-photo"
    asked = EndingAsked("nobody-home", "Bell dead", ("ladder",), START + timedelta(days=2), no_photo="too dark")
    visit_id = notes.end_job(job_id, asked, nobody)
    progress = rig.visits.progress(visit_id)
    assert progress.outcome is Outcome.ABANDONED
    assert {step.state for step in progress.steps.values()} == {StepState.LEFT}
    (note,) = progress.notes
    assert (note.kind, note.told["flags"], note.told["next_at"]) == (
        NoteKind.ENDING,
        ["ladder"],
        "2026-03-04T09:00:00Z",
    )
    with pytest.raises(VisitError) as finished:
        notes.end_job(job_id, EndingAsked("refused-work"), nobody)
    assert finished.value.code == "visit-finished"
    assert "hht visit end J-1042 --code CODE --again" in finished.value.remedy
    assert [visit.visit_id for visit in rig.visits.visits(job_id)] == [visit_id]
    again = notes.end_job(job_id, EndingAsked("refused-work"), nobody, again=True)
    assert [visit.visit_id for visit in rig.visits.visits(job_id)] == [visit_id, again]
    for wrong in (
        EndingAsked("bored"), EndingAsked("refused-work", flags=("wings",)),
        EndingAsked("refused-work", next_at=START - timedelta(minutes=1)),
        EndingAsked("refused-work", photos=(b"no picture",)),
    ):  # fmt: skip
        with pytest.raises(Exception, match=r".") as error:
            notes.end_job(job_id, wrong, nobody, again=True)
        assert error.type.__name__ in ("NoteError", "PhotoError")


def hands(rig: Rig) -> Any:
    from hht.work.engineer import Engineer

    return Engineer.of("Ann Other", "E-7")


async def test_a_running_step_is_left_and_the_visit_ends(rig: Rig) -> None:
    why = ending("called-away", now=START)
    seen: list[Visit] = []

    async def ask(_question: object, _error: object) -> str | None:
        seen[0].end(why)
        await asyncio.Event().wait()
        return None

    seen.append(rig.visit(ask=ask))
    assert await seen[0].run() is Outcome.ABANDONED
    progress = rig.visits.progress(rig.journal.visit_id)
    assert [note.kind for note in progress.notes] == [NoteKind.ENDING]
    with pytest.raises(NotNow):
        seen[0].end(why)


async def test_a_visit_ends_while_a_step_that_is_done_waits_for_continue(rig: Rig) -> None:
    async with Hands(rig.visit(auto=False, ask=None)) as hands:
        await hands.until("check-job", StepState.READY)
        hands.visit.proceed()
        await hands.until("check-job", StepState.DONE)
        hands.visit.end(ending("called-away", now=START))
    assert hands.outcome is Outcome.ABANDONED
    states = {step.id: step.state for step in hands.visit.view.steps}
    assert states.pop("check-job") is StepState.DONE
    assert set(states.values()) == {StepState.LEFT}


def test_a_note_lets_go_of_visits_only_where_nobody_plays_one(rig: Rig) -> None:
    rig.journal.append("", JournalKind.RESUMED, {"program": "x", "engineer": {}})
    assert rig.store.holds_visits
    notes = EvidenceNotes(rig.store, rig.clock)
    notes.note(rig.journal.visit_id, situation())
    assert rig.store.holds_visits, "the visit that is being played goes on"
    rig.journal.release()
    notes.note(rig.journal.visit_id, situation())
    assert not rig.store.holds_visits


@pytest.mark.parametrize("name", FLOWS)
def test_nothing_ends_while_a_supply_is_off_or_at_a_safety_stop_or_before_a_proof(name: str, rig: Rig) -> None:
    """Every step of the flow, in every state that it can stand in, with all before it done: what the visit changed is
    on record, and known."""
    job = rig.visits.import_job(resource_text("jobs", SAMPLES[name]), "job.json").job
    flow = load_walkthrough(name).for_job(job)
    why = ending("called-away", now=START)
    refused = 0
    for place, spec in enumerate(flow.steps):
        off = {one.isolates for one in flow.steps[:place] if one.isolates}
        off -= {one.restores for one in flow.steps[:place] if one.restores}
        changed = {one.action.name for one in flow.steps[:place]}
        opened = {one.isolates for one in flow.steps[:place] if one.isolates}
        due = any(one.proves in changed or one.closes in opened for one in flow.steps[place:])
        for state in StepState:
            if state in (StepState.DONE, StepState.LEFT, StepState.SKIPPED):
                continue
            progress = standing_at(flow, place, state)
            may_be_off = (
                {spec.isolates} if spec.isolates and state not in (StepState.WAITING, StepState.READY) else set()
            )
            assert set(progress.fuels_off()) == off | may_be_off, (spec.id, state)
            if off | may_be_off or state is StepState.STOPPED or due:
                refused += 1
                with pytest.raises(NotNow):
                    leave_for(progress, progress.steps[spec.id], why)
            else:
                restored = any(one.restores for one in flow.steps[:place])
                wanted = Outcome.INSTALL_AND_LEAVE if restored else Outcome.ABANDONED
                assert leave_for(progress, progress.steps[spec.id], why)[1].outcome is wanted
                progress.steps[spec.id].open_intents["import-mpan"] = "1200023305967"
                with pytest.raises(NotNow):  # nobody knows what came of it
                    leave_for(progress, progress.steps[spec.id], why)
    tests = [spec.id for spec in flow.steps if spec.action.name == "switch-test"]
    assert bool(tests) is (name in ("load-control", "replace-teleswitch"))
    assert refused > {"install-electricity": 40, "install-dual-fuel": 80, "replace-teleswitch": 60}.get(name, 0)


def standing_at(flow: Walkthrough, place: int, state: StepState) -> VisitProgress:
    """All before that step done, and what they wrote."""
    progress = VisitProgress(flow)
    for before in flow.steps[:place]:
        progress.steps[before.id].state = StepState.DONE
        progress.writes.append(WriteRecord(before.id, START, "it", "", "", "by-desk", ""))
    progress.steps[flow.steps[place].id].state = state
    return progress


def test_a_change_that_is_open_where_its_step_was_left_is_still_to_be_proved(rig: Rig) -> None:
    job = rig.visits.import_job(resource_text("jobs", "load-control.json"), "job.json").job
    flow = load_walkthrough("load-control").for_job(job)
    places = {spec.id: place for place, spec in enumerate(flow.steps)}
    progress = standing_at(flow, places["switches-at-rest"], StepState.READY)
    progress.writes.clear()
    why = ending("refused-work", now=START)
    assert leave_for(progress, progress.current(), why)[1].outcome is Outcome.ABANDONED, "nothing was moved"
    tested = progress.steps["switch-test-1"]
    tested.state, tested.open_intents = StepState.LEFT, {"test of switch 1": "closed"}
    with pytest.raises(NotNow):
        leave_for(progress, progress.current(), why)
    progress.steps["switches-at-rest"].state = StepState.DONE
    assert leave_for(progress, progress.current(), why)[1].outcome is Outcome.ABANDONED


def test_a_visit_is_not_ended_past_the_covers_of_a_meter_that_was_opened(rig: Rig) -> None:
    job = rig.visits.import_job(resource_text("jobs", "install-dual-fuel.json"), "job.json").job
    flow = load_walkthrough("install-dual-fuel").for_job(job)
    places = {spec.id: place for place, spec in enumerate(flow.steps)}
    why = ending("called-away", now=START)
    for step in ("seals", "gas-seals", "connect", "leaving-check"):
        progress = standing_at(flow, places[step], StepState.READY)
        with pytest.raises(NotNow, match="has to be answered first"):
            leave_for(progress, progress.current(), why)
    after = standing_at(flow, places["leaving-check"] + 1, StepState.READY)
    assert leave_for(after, after.current(), why)[1].outcome is Outcome.INSTALL_AND_LEAVE


@pytest.mark.parametrize("stop", ["", "gas-off"])
def test_gas_that_nobody_touched_or_that_was_made_safe_keeps_no_visit_from_ending(stop: str, rig: Rig) -> None:
    job = rig.visits.import_job(resource_text("jobs", "install-dual-fuel.json"), "job.json").job
    flow = load_walkthrough("install-dual-fuel").for_job(job)
    places = {spec.id: place for place, spec in enumerate(flow.steps)}
    progress = standing_at(flow, places["hand-over"], StepState.READY)
    for spec in flow.steps:
        step = progress.steps[spec.id]
        if spec.section.name == "gas":
            step.state, step.attempts = StepState.LEFT, int(bool(stop) and spec.id in ("gas-shut", "gas-purge"))
    progress.steps["gas-purge"].stop = stop
    why = ending("called-away", now=START)
    assert leave_for(progress, progress.current(), why)[1].outcome is Outcome.INSTALL_AND_LEAVE
    progress.steps["gas-shut"].attempts, progress.steps["gas-purge"].stop = 1, ""
    with pytest.raises(NotNow, match="gas"):
        leave_for(progress, progress.current(), why)


def test_a_fuel_is_off_from_the_first_attempt_on_and_never_where_it_was_not_begun(rig: Rig) -> None:
    job = rig.visits.import_job(resource_text("jobs", "install-dual-fuel.json"), "job.json").job
    flow = load_walkthrough("install-dual-fuel").for_job(job)
    progress = VisitProgress(flow)
    isolates = {spec.isolates: progress.steps[spec.id] for spec in flow.steps if spec.isolates}
    assert set(isolates) == {"electricity", "gas"}
    isolates["gas"].state = StepState.LEFT  # its section ended before
    isolates["electricity"].state, isolates["electricity"].attempts = StepState.READY, 1  # taken up in the middle
    assert progress.fuels_off() == {"electricity": isolates["electricity"]}
    isolates["gas"].attempts = 1
    assert set(progress.fuels_off()) == {"electricity", "gas"}


async def test_a_danger_on_record_stops_the_visit_and_training_has_no_way_round(rig: Rig) -> None:
    danger = situation(category_code="immediately-dangerous", notice="N-9", rung=("gas-emergency",))
    visit = rig.visit()
    visit.note(situation(), "scan-meter")  # at risk: told, and the work goes on
    assert standing(visit.progress) is None
    visit.note(danger, "scan-meter")
    with pytest.raises(StepFailed):  # nobody clears the lock
        await visit.run()
    first = next(iter(visit.progress.steps.values()))
    assert (first.state, first.locked, first.attempts) == (StepState.STOPPED, True, 0)
    cleared = {f"{first.spec.id}/cleared-by": "Gas engineer 4711"}

    async def ask(question: Question, error: object) -> str | None:
        return None if error else cleared.get(question.id)

    again = rig.visit(ask=ask)
    assert await again.run() is Outcome.MADE_SAFE
    (stopped, *others) = again.progress.steps.values()
    assert (stopped.notice, stopped.cleared_by) == ("N-9", "Gas engineer 4711")
    assert {step.state for step in others} == {StepState.LEFT}


async def test_a_danger_that_is_found_while_a_step_runs_stops_before_the_next(rig: Rig) -> None:
    seen: list[Visit] = []

    async def ask(question: Question, error: object) -> str | None:
        if question.id == "scan-meter":
            seen[0].note(situation(category_code="installation-danger", rung=("desk",)), "scan-meter")
            return question.suggestion
        return None

    seen.append(rig.visit(ask=ask))
    assert await seen[0].run() is Outcome.MADE_SAFE
    steps = list(seen[0].progress.steps.values())
    done = [step.spec.id for step in steps if step.state is StepState.DONE]
    assert done[-1] == "scan-meter"
    assert steps[len(done)].stop == DANGER


@pytest.mark.parametrize("way", ["goes on", "leaves the step", "ends the visit"])
async def test_a_danger_found_in_the_last_step_is_no_end_of_the_visit_either(rig: Rig, way: str) -> None:
    """Whatever leads out of that step, the visit was complete, or just given up: no step was left to be stopped."""
    visits: list[Visit] = []

    async def ask(question: Question, error: HhtError | None) -> str | None:
        if question.id != "hand-over":
            return await answers(question, error)
        (visit,) = visits
        visit.note(situation(category_code="installation-danger", rung=("desk",)), "hand-over")
        if way == "leaves the step":
            visit.leave("customer-refused")
        if way == "ends the visit":
            with pytest.raises(NotNow, match="A danger is on record"):
                visit.end(ending("no-adult", now=START))
        return "yes"

    visits.append(rig.visit(ask=ask))
    assert await visits[0].run() is Outcome.MADE_SAFE
    assert visits[0].progress.steps["hand-over"].stop == DANGER


@pytest.mark.parametrize("number", ["none", "None", "n/a", "-", "no notice"])
def test_that_there_is_no_notice_is_no_number_of_one(number: str) -> None:
    with pytest.raises(AnswerError):
        situation(notice=number)


@pytest.mark.parametrize(
    ("who", "good"), [("x", False), ("12", False), ("..", False), ("Jo Bloggs", True), ("477110", True)]
)
def test_a_lock_is_cleared_by_somebody_with_a_name_or_a_reference(who: str, good: bool) -> None:
    question = Question("arrive/cleared-by", QuestionKind.TEXT, "?", person=True)
    if good:
        assert check_answer(question, who) == who
    else:
        with pytest.raises(AnswerError):
            check_answer(question, who)
