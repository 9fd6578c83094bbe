"""The engine of visits walked through as a graph: each state reached by some answers, each way on from it tried."""

from __future__ import annotations

import contextlib
import copy
import functools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from hht.access.roles import Act
from hht.client.radio.survey import ChannelSeen, NetworkSeen, Survey
from hht.clock import ManualClock
from hht.desk.asks import REFERENCE_OCTETS, Ask, make_reference
from hht.desk.course import AskReport, AskState
from hht.desk.course import Fact as DeviceFact
from hht.desk.kinds import AskKind
from hht.diagnosis.evidence import Evidence
from hht.diagnosis.verdict import Outcome as VerdictOutcome
from hht.diagnosis.verdict import Verdict
from hht.errors import HhtError
from hht.identifiers import DeviceId
from hht.link import LinkLost
from hht.protocol.gbcs.device_types import DuisDeviceType
from hht.resources import resource_text
from hht.work.actions.old_meter import known_old_meter
from hht.work.asking import NotNow
from hht.work.bearer import Brought, BroughtEntry
from hht.work.ending_early import ending
from hht.work.engineer import Engineer
from hht.work.hub_exchange_state import ExchangeState, Phase
from hht.work.job import Job, JobOther, parse_job
from hht.work.journal import JournalEntry, JournalKind
from hht.work.products import ProductList, parse_products
from hht.work.progress import VISIT_ENDED, StepProgress, VisitProgress
from hht.work.reasons import Reason
from hht.work.supplier import Wanted
from hht.work.unsafe import UnsafeSituation, categories, unsafe_situation
from hht.work.view import NOT_MEASURED, SURE, Outcome, Question, QuestionKind, StepState
from hht.work.visit import StepFailed, Visit
from hht.work.walkthrough import Walkthrough, load_walkthrough
from tests.work.small_meter import SmallMeter

NO_CAMERA = "none: the camera does not work"
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

    def require(self, act: Act) -> None:
        """In memory everybody may."""

    def release(self) -> None:
        pass


HCALCS = {"type": "load-control-switch", "device_id": "00-DB-12-34-56-78-90-A6"}
HUB = {"type": "communications-hub", "device_id": "00-DB-12-34-56-78-90-A2", "gpf_id": "00-DB-12-34-56-78-90-A3"}
GAS = {"type": "gas-meter", "device_id": "00-DB-12-34-56-78-90-A1", "mprn": "3938424403"}
CAD = {"type": "consumer-access-device", "device_id": "00-DB-12-34-56-78-90-A8"}
PPMID = {"type": "prepayment-interface", "device_id": "00-DB-12-34-56-78-90-A4"}
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


def all_well(of: Job, photo: str = NO_CAMERA) -> dict[str, str]:
    """An answers file of a visit where all is well."""
    answers = {"hand-over": "yes", "write-mpan": "yes"}
    for step in load_walkthrough(of.walkthrough).for_job(of).steps:
        device = of.device(step.device)
        if step.action.name == "scan-meter" and device is not None:
            answers[step.id] = str(device.device_id)
        for item in step.items:
            known = known_old_meter(of, item)
            question = item.question(step.id, answers, suggestion=known.serial if known is not None else "")
            answers[question.id] = photo if question.kind is QuestionKind.PHOTO else good(question, of)
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
            return NO_CAMERA
        case QuestionKind.MPAN:
            beside = of.device("generation-meter")
            export = beside.export_mpan if isinstance(beside, JobOther) else None
            return str(export if question.id.endswith("/export-mpan") else of.meter.mpan)
        case QuestionKind.INSTALL_CODE:
            return "00112233445566778899AABBCCDD0B04"
        case QuestionKind.UTRN:
            gas = question.id.startswith("check-gas")  # each meter has its own
            return "73946144332040217315" if gas else "73941569907863060480"
        case QuestionKind.COUNTER:
            return "none"
        case QuestionKind.LABEL:
            return question.suggestion
        case QuestionKind.SIGNATURE:
            return "A. Example"
        case QuestionKind.READING:
            return "08214"
        case QuestionKind.SERIAL if question.suggestion:
            return question.suggestion
        case QuestionKind.SERIAL if "seal" in question.id:
            return f"SN-{question.id}"  # each has its own
        case QuestionKind.TEXT if question.id == "ct-plate/ratio":
            return of.transformers
        case QuestionKind.TEXT if question.id == "head-end/reading":
            return NOT_MEASURED
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
            yield from (NOT_MEASURED, "IMG-1.jpg", "0" * 64)
        case QuestionKind.SERIAL:
            yield NOT_MEASURED
            yield from ("OTHER-9",) if question.suggestion else ()
        case _:
            return


def _inside(edge: str, question: Question) -> bool:
    numbers = [float(word) for word in question.limits.split() if word.replace(".", "").isdigit()]
    low = numbers[0] if not question.limits.startswith("at most") else float("-inf")
    high = numbers[-1] if not question.limits.startswith("at least") else float("inf")
    return low <= float(edge) <= high


class Halt(Exception):
    """The next step is about to begin, or the visit is about to leave what follows: here one edge of the graph ends."""


class Kept(list[JournalEntry]):
    """A journal's entries with what they come to, `progress`, so that nobody has to read them again."""

    progress: VisitProgress

    @classmethod
    def of(cls, entries: list[JournalEntry], progress: VisitProgress) -> Kept:
        """These entries, of which that is known."""
        kept = cls(entries)
        kept.progress = progress
        return kept


def progress_of(flow: Walkthrough, entries: Iterable[JournalEntry] = ()) -> VisitProgress:
    """In place of VisitProgress: a progress of its own for whoever plays on from entries that are kept with theirs."""
    return forked(entries.progress) if isinstance(entries, Kept) else VisitProgress(flow, entries)


def forked(known: VisitProgress) -> VisitProgress:
    """As good as reading the journal again (`tests.work.flow_search` holds the two against one another). Steps that
    have ended are shared: nothing changes them any more."""
    new = copy.copy(known)
    new.__dict__ |= {
        name: value.copy() for name, value in known.__dict__.items() if isinstance(value, list | dict | set)
    }
    for name, step in known.steps.items():
        if step.state is StepState.WAITING:
            new.steps[name] = StepProgress(step.spec)
        elif not step.ended:
            new.steps[name] = replace(step, answers=dict(step.answers), open_intents=dict(step.open_intents))
    return new


class EdgeJournal(MemoryJournal):
    """Ends the run when another step than `step` begins, and of a search also when another is left because the visit
    ends. Who took the visit up, and when, is of no interest: that is kept once."""

    def __init__(self, entries: list[JournalEntry], step: str) -> None:
        super().__init__()
        self._entries = Kept.of(entries, entries.progress) if isinstance(entries, Kept) else list(entries)
        self._step = step

    def append(self, step: str, kind: JournalKind, payload: dict[str, Any] | None = None) -> JournalEntry:
        if step not in ("", self._step):
            over = kind is JournalKind.LEFT and (payload or {}).get("code") == VISIT_ENDED
            if kind is JournalKind.STARTED or (over and isinstance(self._entries, Kept)):
                raise Halt
        if kind is JournalKind.RESUMED and self._entries:
            return JournalEntry(len(self._entries), START, step, kind, payload or {})
        return super().append(step, kind, payload)

    def entries(self) -> list[JournalEntry]:
        return self._entries

    def wrote(self, item: str) -> bool:
        """Whether it was written, or may have been, before."""
        known = self._entries
        progress = known.progress if isinstance(known, Kept) else None
        if progress is None:
            return any(entry.payload.get("item") == item for entry in known)
        begun = (step for step in progress.steps.values() if item in step.open_intents)
        return any(one.item == item for one in progress.writes) or any(begun)


@dataclass(frozen=True)
class Choice:
    """What is done differently in a step: one answer, one silence, the leaving, a link that fails; the visit ended, or
    a danger of that fuel put on record, as the step asks for the first time. Else all is well."""

    question: str = ""
    answer: str | None = None
    leave: str = ""
    lost: bool = False
    break_off: bool = False  # what is only work is skipped from here on
    ends: bool = False
    danger: str = ""
    unsure: bool = False  # what came of a command that was brought; of an image: it does not start


@dataclass
class Edge:
    """What one step came to."""

    entries: list[JournalEntry]
    visit: Visit
    asked: list[Question]
    outcome: Outcome | None
    wanted: list[Wanted] = field(default_factory=list)  # of the desk
    tried: int = 0  # ways past a stop that were tried in vain
    refused: bool = False  # the visit could not be ended there


async def play(of: Job, flow: Walkthrough, entries: list[JournalEntry], step: str, choice: Choice) -> Edge:
    """Play on from a journal until `step` has ended, with the engine itself."""
    journal = EdgeJournal(entries, step)
    clock = ManualClock(START)
    asked: list[Question] = []
    meter = SmallMeter(clock)
    if journal.wrote("randomised-offset-limit"):
        meter.state["limit"] = of.meter.randomised_offset_limit_s

    if of.firmware:
        after = step == "firmware-after" and not choice.unsure
        meter.runs = "SMETS2-1E", of.firmware[0].version if after else "00020131"

    async def connect() -> SmallMeter:
        if choice.lost:
            raise LinkLost("The probe was unplugged.", remedy="Plug it in again.")
        await meter.open()
        return meter

    async def beside(device_id: str) -> SmallMeter:
        other = SmallMeter(clock)
        other.device_id = device_id
        await other.open()
        return other

    async def ask(question: Question, error: HhtError | None) -> str | None:
        asked.append(question)
        if error is not None:
            return None
        if len(asked) == 1:
            _beside(visit, step, choice, edge)
        if visit.progress.steps[step].state is StepState.STOPPED:
            edge.tried += push(visit, step)
        if question.id == choice.question:
            return choice.answer
        if question.id == f"{choice.question}{SURE}":
            return "yes"
        return good(question, of)

    desk = None if choice.lost else YesDesk(meter)
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
        beside=beside,
        exchanger=None if choice.lost else YesExchanger(),
        finder=None if choice.lost else KnowsNothing(),
        bearer=None if choice.lost or not of.firmware else Brings(sure=not choice.unsure),
        van=Listed() if of.firmware else None,  # type: ignore[arg-type]
    )
    edge = Edge([], visit, asked, None)
    if choice.break_off:
        with contextlib.suppress(NotNow):
            visit.break_off(CALLED_AWAY)
    with contextlib.suppress(Halt, StepFailed):
        edge.outcome = await visit.run()
    edge.wanted = desk.wanted if desk is not None else []
    edge.entries = journal.entries()
    return edge


def _beside(visit: Visit, step: str, choice: Choice, edge: Edge) -> None:
    """What is done beside the step that asks."""
    if choice.danger:
        visit.note(danger(choice.danger), step)
    if choice.ends:
        try:
            visit.end(ending("no-adult", now=START))
        except NotNow:
            edge.refused = True


@cache
def danger(fuel: str) -> UnsafeSituation:
    """A situation of the worst kind, as it is put on record at any step."""
    worst = {row.plain["fuel"]: code for code, row in categories().items() if row.plain["danger"]}
    return unsafe_situation(worst[fuel], "It is so", ("turned-off",), "The tenant", ("desk",), "N-77", "signed")


class KnowsNothing:
    """A finder of faults that finds none: what the verdict is, is no matter of safety."""

    async def find(self, symptom: str, person: Any, on_step: Any, on_look: Any, more: Any) -> Verdict:
        return Verdict(VerdictOutcome.NOT_ENOUGH, (), (), (), Evidence(), None, 25.0, "The time box is over.")

    async def heard(self, looks: int) -> Survey:
        """The job's hub, well, wherever the dongle is."""
        channels = [ChannelSeen(number, [1] * looks) for number in (11, 15)]
        network = NetworkSeen(str(HUB["gpf_id"]).replace("-", ""), 1, 11, lqis=dict.fromkeys(range(1, looks + 1), 220))
        return Survey([START] * looks, channels, [network])


def _log(step: str, wanted: Wanted) -> str:
    """What hub and meters know: gas that is on and an empty log; one consumer's device, and after it was removed none;
    a switch and its meter each other."""
    if step.startswith("partners-"):
        return json.dumps([[HCALCS["device_id"], HCALCS["type"]], [plain_job()["devices"][0]["device_id"], "esme"]])
    if wanted.kind is AskKind.READ_FIRMWARE:
        return '"00030105"'
    if wanted.kind is AskKind.READ_ENROLMENT:
        return json.dumps({"generation": "SMETS1", "state": "enrolled", "lead": "Example Energy (fictional)"})
    if wanted.kind is AskKind.READ_DIAGNOSTICS:
        return json.dumps({"taken": "2026-03-02T09:00:00Z", "fresh": True, "parts": {}})
    if wanted.kind is AskKind.RAISE_INCIDENT:
        return json.dumps({"number": 1, "assigned": "Example Energy"})
    if wanted.kind is AskKind.READ_INVENTORY and "old" in step:
        return json.dumps({"status": "Decommissioned"})
    if wanted.kind in (AskKind.READ_SUPPLY, AskKind.READ_LOG):
        return {AskKind.READ_SUPPLY: '"enabled"', AskKind.READ_LOG: "[]"}[wanted.kind]
    if wanted.kind is not AskKind.READ_DEVICE_LOG or step.startswith("logs-gone"):
        return "[]" if wanted.kind is AskKind.READ_DEVICE_LOG else ""
    if wanted.type is DuisDeviceType.CHF:
        return json.dumps([{"device_id": CAD["device_id"], "kind": CAD["type"], "joined": True}])
    return json.dumps([[CAD["device_id"], CAD["type"]]])


class YesDesk:
    """A desk that does whatever it is asked, at once; `meter`: whose switches it moves. `wanted`: all of it."""

    def __init__(self, meter: SmallMeter | None = None) -> None:
        self.wanted: list[Wanted] = []
        self._meter = meter
        self._report: AskReport | None = None

    def kept(self, step: str) -> AskReport | None:
        return None

    def new(self, step: str, wanted: Wanted) -> AskReport:
        reference = make_reference(bytes(REFERENCE_OCTETS))
        ask = Ask(reference, "J-1", wanted.kind, wanted.device, wanted.type, wanted.details, step)
        since = {"asked": START, "result": START}
        self.wanted.append(wanted)
        if self._meter is not None and wanted.kind is AskKind.CLOSE_SWITCH:
            self._meter.held[int(wanted.details["switch"])] = 1
        answer = _log(step, wanted)
        self._report = AskReport(ask, AskState.DONE, since, code="I0", alert="N24 8F69", answer=answer)
        return self._report

    def again(self, reference: str) -> AskReport:
        raise AssertionError("nothing ended in vain")

    async def follow(self, reference: str, on_report: Any, on_news: Any) -> AskReport:
        raise AssertionError("nothing is left to be heard")

    def seen(self, reference: str, what: str, *, agrees: bool, by: str) -> AskReport:
        assert self._report is not None
        return replace(self._report, fact=DeviceFact(what, agrees, by, START))

    def settled(self, reference: str, what: str, *, done: bool) -> AskReport:
        raise AssertionError("nothing is unknown")


class Brings:
    """The supplier's pack, brought at once; `sure`: whether anybody knows what came of it."""

    def __init__(self, *, sure: bool) -> None:
        self._sure, self._waits = sure, 1

    def waiting_for(self, device: DeviceId) -> int:
        return self._waits

    async def deliver(self, on_news: Any) -> Brought:
        self._waits = 0
        return Brought("P-1", (BroughtEntry("Activate", "carried out" if self._sure else "unknown", self._sure),))

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name}: nothing else is brought")


class Listed:
    """The fictional product list, and no van."""

    def about(self, _products: ProductList) -> tuple[Reason, ...]:
        return ()

    def products(self) -> ProductList:
        return _listed()

    def judge(self, of: Job, device: Any) -> None:
        return None


@cache
def _listed() -> ProductList:
    return parse_products(resource_text("samples", "products.json").encode(), "products.json")


class YesExchanger:
    """The exchange of a hub of which each step is done already: the engine's way through is what is tried."""

    def state(self) -> ExchangeState:
        hub, none = DeviceId.parse(HUB["device_id"]), DeviceId.parse(HUB["gpf_id"])
        receipt = {"found_after": 0, "pieces": 20, "octets_searched": 4096}
        return ExchangeState(
            "w", hub, none, "A. Engineer", "J-1", Phase.FINISHED, dict.fromkeys(Phase, START), 5, receipt=receipt
        )

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name}: nothing is left to be done")


async def entries_before(of: Job, step: str) -> list[JournalEntry]:
    """The journal of a visit where all is well, up to the step."""
    flow, entries = load_walkthrough(of.walkthrough).for_job(of), list[JournalEntry]()
    while (current := VisitProgress(flow, entries).current()) is not None and current.spec.id != step:
        entries = (await play(of, flow, entries, current.spec.id, Choice())).entries
    return entries


CALLED_AWAY = ending("called-away", now=START)
ENGINEER = Engineer("A. Engineer", "E-1")


def push(visit: Visit, step: str) -> int:
    """Try every other way on from a stop; how many there were, each of them refused."""
    visit.proceed()
    visit.retry()
    visit.cancel()
    ways: list[Callable[[], None]] = [
        functools.partial(visit.leave, reason.code) for reason in visit.progress.steps[step].spec.leave
    ]
    ways.append(functools.partial(visit.end, ending("no-adult", now=START)))
    for way in ways:
        try:
            way()
        except NotNow:
            continue
        raise AssertionError(f"{step} was left out of a stop")
    assert visit.progress.steps[step].state is StepState.STOPPED
    return 3 + len(ways)


def variants(name: str) -> list[Job]:
    """The jobs between which the walkthrough's conditions of the job tell, all told."""
    common = [job(name, variant=variant) for variant in ("single", "twin", "polyphase")]
    return [*common, job(name, HUB, SOLAR, variant="polyphase"), job(name, HUB, payment_mode="prepayment")]
