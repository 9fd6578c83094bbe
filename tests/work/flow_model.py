"""The engine of visits walked through as a graph: each state reached by some answers, each way on from it tried."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from hht.clock import ManualClock
from hht.desk.asks import REFERENCE_OCTETS, Ask, make_reference
from hht.desk.course import AskReport, AskState
from hht.desk.course import Fact as DeviceFact
from hht.desk.kinds import AskKind
from hht.errors import HhtError
from hht.identifiers import DeviceId
from hht.link import LinkLost
from hht.protocol.gbcs.device_types import DuisDeviceType
from hht.resources import resource_text
from hht.work.asking import NotNow
from hht.work.engineer import Engineer
from hht.work.job import Job, parse_job
from hht.work.journal import JournalEntry, JournalKind
from hht.work.progress import VisitProgress
from hht.work.supplier import Wanted
from hht.work.view import NOT_MEASURED, SURE, Outcome, Question, QuestionKind, StepState
from hht.work.visit import StepFailed, Visit
from hht.work.walkthrough import Walkthrough, load_walkthrough
from tests.work.small_meter import SmallMeter

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class MemoryJournal:
    """A journal without a disk: what the engine may ask of one."""

    visit_id, job_id, visit_number = "visit-1", "job-1", 1

    def __init__(self, entries: list[JournalEntry] | None = None) -> None:
        self._entries = list(entries or ())

    def append(self, step: str, kind: JournalKind, payload: dict[str, Any] | None = None) -> JournalEntry:
        plain = json.loads(json.dumps(payload or {}))
        self._entries.append(JournalEntry(len(self._entries) + 1, START, step, kind, plain))
        return self._entries[-1]

    def point(self, name: str) -> None:
        pass

    def entries(self) -> list[JournalEntry]:
        return list(self._entries)

    def release(self) -> None:
        pass


HUB = {"type": "communications-hub", "device_id": "00-DB-12-34-56-78-90-A2", "gpf_id": "00-DB-12-34-56-78-90-A3"}
GAS = {"type": "gas-meter", "device_id": "00-DB-12-34-56-78-90-A1", "mprn": "3938424403"}
SOLAR = {"type": "generation-meter", "device_id": "00-DB-12-34-56-78-90-A9", "export_mpan": "1012345678903"}


@cache
def plain_job() -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(resource_text("jobs", "demo.json"))
    return plain


def job_text(walkthrough: str, *others: dict[str, Any], variant: str = "single", **more: Any) -> str:
    """A job file for `walkthrough` with these devices beside its electricity meter."""
    plain = plain_job()
    meter = {**plain["devices"][0], "variant": variant}
    return json.dumps({**plain, "walkthrough": walkthrough, "devices": [meter, *others], **more})


def job(walkthrough: str, *others: dict[str, Any], variant: str = "single", **more: Any) -> Job:
    """The job of `job_text`."""
    return parse_job(job_text(walkthrough, *others, variant=variant, **more), "job.json")


def all_well(of: Job) -> dict[str, str]:
    """An answers file of a visit where all is well."""
    answers = {"hand-over": "yes", "write-mpan": "yes"}
    for step in load_walkthrough(of.walkthrough).for_job(of).steps:
        device = of.device(step.device)
        if step.action.name == "scan-meter" and device is not None:
            answers[step.id] = str(device.device_id)
        for item in step.items:
            question = item.question(step.id, answers)
            answers[question.id] = good(question, of)
        if step.action.name == "read-lights":
            answers |= {f"{step.id}/{light}": "off" for light in ("sw", "wan", "mesh", "han", "gas")}
    return answers


def good(question: Question, of: Job) -> str:
    """The answer with which all is well."""
    match question.kind:
        case QuestionKind.CONFIRM:
            return "no" if question.id.endswith("?") else "yes"
        case QuestionKind.CHOICE:
            return {"hub-time/status": "reliable"}.get(question.id, question.choices[0])
        case QuestionKind.CHECKLIST:
            return ",".join(question.choices)
        case QuestionKind.MEASURE:
            return _in_limits(question)
        case QuestionKind.DATE:
            return "2027-03-31"
        case QuestionKind.DEVICE_ID:
            return question.suggestion
        case QuestionKind.PHOTO:
            return "IMG-1.jpg"
        case QuestionKind.MPAN:
            return str(of.meter.mpan)
        case QuestionKind.SIGNATURE:
            return "A. Example"
        case QuestionKind.TEXT:
            return "B. Supervisor" if question.person else "08214"
        case _:
            return "SN-1001"


def _in_limits(question: Question) -> str:
    numbers = [word for word in question.limits.split() if word.replace(".", "").isdigit()]
    return numbers[0]


def bad(question: Question) -> Iterator[str]:
    """Answers that are acceptable as such and not good, or may not be."""
    match question.kind:
        case QuestionKind.CONFIRM:
            yield "no"
        case QuestionKind.CHOICE:
            yield from question.choices[1:]
        case QuestionKind.CHECKLIST:
            yield ""
            for left_out in question.choices:
                yield ",".join(code for code in question.choices if code != left_out)
        case QuestionKind.MEASURE:
            yield NOT_MEASURED
            low, high = question.plausible or ("0", "0")
            yield from (edge for edge in (low, high) if not _inside(edge, question))
        case QuestionKind.DATE:
            yield "2026-03-01"
        case QuestionKind.PHOTO:
            yield NOT_MEASURED
        case QuestionKind.SERIAL:
            yield NOT_MEASURED
        case _:
            return


def _inside(edge: str, question: Question) -> bool:
    numbers = [float(word) for word in question.limits.split() if word.replace(".", "").isdigit()]
    low = numbers[0] if not question.limits.startswith("at most") else float("-inf")
    high = numbers[-1] if not question.limits.startswith("at least") else float("inf")
    return low <= float(edge) <= high


class Halt(Exception):
    """The next step is about to begin: here one edge of the graph ends."""


class EdgeJournal(MemoryJournal):
    """Ends the run when another step than `step` begins."""

    def __init__(self, entries: list[JournalEntry], step: str) -> None:
        super().__init__(entries)
        self._step = step

    def append(self, step: str, kind: JournalKind, payload: dict[str, Any] | None = None) -> JournalEntry:
        if kind is JournalKind.STARTED and step != self._step:
            raise Halt
        return super().append(step, kind, payload)


@dataclass(frozen=True)
class Choice:
    """What is done differently in a step: one answer, one silence, the leaving, a link that fails. Else all is well."""

    question: str = ""
    answer: str | None = None
    leave: str = ""
    lost: bool = False


@dataclass
class Edge:
    """What one step came to."""

    entries: list[JournalEntry]
    visit: Visit
    asked: list[Question]
    outcome: Outcome | None
    tried: int = 0  # ways past a stop that were tried in vain


async def play(of: Job, flow: Walkthrough, entries: list[JournalEntry], step: str, choice: Choice) -> Edge:
    """Play on from a journal until `step` has ended, with the engine itself."""
    journal = EdgeJournal(entries, step)
    clock = ManualClock(START)
    asked: list[Question] = []
    meter = SmallMeter(clock)

    async def connect() -> SmallMeter:
        if choice.lost:
            raise LinkLost("The probe was unplugged.", remedy="Plug it in again.")
        await meter.open()
        return meter

    async def ask(question: Question, error: HhtError | None) -> str | None:
        asked.append(question)
        if error is not None:
            return None
        if visit.progress.steps[step].state is StepState.STOPPED:
            edge.tried += push(visit, step)
        if question.id == choice.question:
            return choice.answer
        if question.id == f"{choice.question}{SURE}":
            return "yes"
        return good(question, of)

    desk = None if choice.lost else YesDesk()
    leaves = {step: choice.leave} if choice.leave else {}
    visit = Visit(
        of,
        flow,
        journal,  # type: ignore[arg-type]
        connect,
        clock,
        auto=True,
        ask=ask,
        leaves=leaves,
        engineer=ENGINEER,
        desk=desk,
    )
    edge = Edge([], visit, asked, None)
    with contextlib.suppress(Halt, StepFailed):
        edge.outcome = await visit.run()
    told = [entry for entry in journal.entries() if entry.kind is not JournalKind.RESUMED]  # a run each: of no interest
    edge.entries = [replace(entry, number=number) for number, entry in enumerate(told, 1)]
    return edge


class YesDesk:
    """A desk that does whatever it is asked, at once."""

    def kept(self, step: str) -> AskReport | None:
        return None

    def new(self, step: str, wanted: Wanted) -> AskReport:
        reference = make_reference(bytes(REFERENCE_OCTETS))
        ask = Ask(reference, "J-1", wanted.kind, wanted.device, wanted.type, wanted.details, step)
        return AskReport(ask, AskState.DONE, {"asked": START, "result": START}, code="I0", alert="N24 8F69")

    def again(self, reference: str) -> AskReport:
        raise AssertionError("nothing ended in vain")

    async def follow(self, reference: str, on_report: Any) -> AskReport:
        raise AssertionError("nothing is left to be heard")

    def seen(self, reference: str, what: str, *, agrees: bool, by: str) -> AskReport:
        ask = Ask(reference, "J-1", AskKind.READ_MPXN, DeviceId.parse(SOLAR["device_id"]), DuisDeviceType.ESME)
        return AskReport(ask, AskState.DONE, {}, fact=DeviceFact(what, agrees, by, START))


async def entries_before(of: Job, step: str) -> list[JournalEntry]:
    """The journal of a visit where all is well, up to the step."""
    flow, entries = load_walkthrough(of.walkthrough).for_job(of), list[JournalEntry]()
    while (current := VisitProgress(flow, entries).current()) is not None and current.spec.id != step:
        entries = (await play(of, flow, entries, current.spec.id, Choice())).entries
    return entries


ENGINEER = Engineer("A. Engineer", "E-1")


def push(visit: Visit, step: str) -> int:
    """Try every other way on from a stop; how many there were, each of them refused."""
    visit.proceed()
    visit.retry()
    visit.cancel()
    reasons = [reason.code for reason in visit.view.step(step).leave_reasons]
    for code in reasons:
        try:
            visit.leave(code)
        except NotNow:
            continue
        raise AssertionError(f"{step} was left for {code} out of a stop")
    assert visit.view.step(step).state is StepState.STOPPED
    return 3 + len(reasons)


def variants(name: str) -> list[Job]:
    """The jobs between which the walkthrough's conditions of the job tell, all told."""
    common = [job(name, variant=variant) for variant in ("single", "twin", "polyphase")]
    return [*common, job(name, HUB, SOLAR, variant="polyphase"), job(name, HUB, payment_mode="prepayment")]
