"""What an action of a walkthrough may use: the job, the meter, a person's answers, and the journal around writes.

An action reads before it writes and reads back after (the `Meter` does so); it returns facts to show and data to keep.
It raises `HhtError` where it cannot be done: the step has then failed, with that error's words.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from hht.client.api import LocalAccess, Meter, MeterRefused, OnIntent, ReadBackMismatch, WriteResult
from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.work.journal import JournalKind
from hht.work.view import Fact, Question, QuestionKind, Tone

if TYPE_CHECKING:
    from hht.work.bearer import PackBearer
    from hht.work.exchanger import HubExchanger
    from hht.work.fault_finder import FaultFinder
    from hht.work.items import Finding, StopSpec
    from hht.work.job import Job
    from hht.work.progress import VisitProgress
    from hht.work.scanned import JobKnowledge
    from hht.work.supplier import SupplierDesk
    from hht.work.van_check import VanCheck
    from hht.work.walkthrough import StepSpec
    from hht.work.wallet import Wallet


class StepError(HhtError):
    """What an action found makes it impossible to go on with its step."""

    default_code = "step-error"


class WrongMeter(StepError):
    """The meter is not the one of the job. Nothing was and nothing will be written to it."""

    default_code = "wrong-meter"


class SafetyStop(StepError):
    """A safety value is bad or missing: the step cannot be tried again, only made safe (`hht.work.stops`)."""

    default_code = "safety-stop"

    def __init__(self, stop: StopSpec, item: str, value: str, found: Finding) -> None:
        super().__init__(found.words, remedy=stop.text, code=found.code)
        self.stop, self.item, self.value = stop, item, value


@dataclass(frozen=True, slots=True)
class StepResult:
    """What an action found: `facts` for people, `data` (JSON) for the report and for later steps."""

    facts: tuple[Fact, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """A step's doing. `writes`: it may change the meter. `identifies`: it proves which meter this is. `only_asks`: it
    speaks to a person alone. `through`: what it cannot be done without: "desk", the supplier's, or "han", a way onto
    the hub's HAN; "" for nothing of the kind.

    `preview` yields what a person sees while the step waits for them to continue, once or better each time; it may read
    from a meter that is in conversation already (`StepContext.conversation`) and does nothing else.
    """

    name: str
    run: Callable[[StepContext], Awaitable[StepResult]]
    writes: bool = False
    identifies: bool = False
    only_asks: bool = False
    through: str = ""
    asks: tuple[str, ...] = ()  # names of what it asks besides the step's items
    asks_by_data: Callable[[], Iterable[str]] | None = None  # ... and of what a catalogue has it ask
    preview: Callable[[StepContext], AsyncIterator[tuple[Fact, ...]]] | None = None


class StepHost(Protocol):
    """The engine, as far as a step may use it."""

    job: Job
    clock: Clock
    link: str
    progress: VisitProgress
    desk: SupplierDesk | None
    bearer: PackBearer | None
    finder: FaultFinder | None
    exchanger: HubExchanger | None
    van: VanCheck | None
    knowledge: JobKnowledge
    held: dict[str, Any]  # what steps keep of one another in memory alone: gone with the terminal, in no journal

    @property
    def wallet(self) -> Wallet:
        """The engineer's wallet as it is now. Raises StoreError."""
        ...

    async def meter(self, *, fresh: bool = False) -> Meter:
        """The conversation with the meter, opened where there is none, or anew (`fresh`). Raises HhtError."""
        ...

    def beside(self, device_id: str) -> AbstractAsyncContextManager[Meter]:
        """Another meter of the job, by the same probe: the conversation with the first is ended, and this one at the
        end of the block. Raises HhtError."""
        ...

    def conversation(self) -> Meter | None:
        """The conversation that is open; None where there is none: nothing is opened."""
        ...

    async def ask(self, question: Question) -> str:
        """What the person answers; waited for without limit."""
        ...

    def append(self, step: str, kind: JournalKind, payload: dict[str, Any]) -> None:
        """Write into the journal; it is on disk when this returns. Raises StoreError."""
        ...

    def point(self, name: str) -> None:
        """A place at which tests let the terminal die."""
        ...

    def show_progress(self, step: str, done: int, total: int | None) -> None:
        """How far it is; `total` None where nobody knows."""
        ...

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        """What has been found so far."""
        ...


class StepContext:
    """Handed to an action while its step runs."""

    def __init__(self, host: StepHost, spec: StepSpec) -> None:
        self._host = host
        self.spec = spec
        self.job = host.job
        self.device = host.job.meter
        self.clock = host.clock
        self.link = host.link  # its name
        self.wallet = host.wallet
        self.desk = host.desk
        self.bearer = host.bearer
        self.finder = host.finder
        self.exchanger = host.exchanger
        self.van = host.van
        self.knowledge = host.knowledge
        self.held = host.held

    @property
    def visit(self) -> VisitProgress:
        """What is known of the visit so far."""
        return self._host.progress

    def data(self, step_id: str) -> Mapping[str, Any]:
        """What a step that is done found; empty where it is not done."""
        step = self.visit.steps.get(step_id)
        return step.data if step is not None else {}

    async def meter(self, *, fresh: bool = False) -> Meter:
        """The meter in conversation; reconnected where the session was lost, and then checked to be the same meter.

        Raises LinkError, MeterError, WrongMeter. `fresh` closes an open session first.
        """
        return await self._host.meter(fresh=fresh)

    def beside(self, device_id: str) -> AbstractAsyncContextManager[Meter]:
        """Another meter of the job, open as long as the block lasts; who it is remains to be asked of it."""
        return self._host.beside(device_id)

    def conversation(self) -> Meter | None:
        """The meter, where a conversation with it is open; None where one would have to be begun."""
        return self._host.conversation()

    async def ask(self, kind: QuestionKind | None = None, prompt: str = "", suggestion: str = "") -> str:
        """A person's answer, checked and journalled. Without arguments, the walkthrough's question."""
        asked = self.spec.question
        if asked is not None:
            kind, prompt = kind or asked.kind, prompt or asked.prompt
        choices = asked.choices if asked is not None else ()
        question = Question(self.spec.id, kind or QuestionKind.CONFIRM, prompt, choices, suggestion)
        return await self._host.ask(question)

    async def put(self, question: Question) -> str:
        """The answer to a question that the action made, checked and journalled under the question's id."""
        return await self._host.ask(question)

    def progress(self, done: int, total: int | None) -> None:
        """Show how far a long reading has come."""
        self._host.show_progress(self.spec.id, done, total)

    def show(self, facts: tuple[Fact, ...]) -> None:
        """Show what is known before the step has ended, beside a question say; not journalled."""
        self._host.show_facts(facts)

    async def write(
        self, item: str, target: str, send: Callable[[OnIntent], Awaitable[WriteResult]]
    ) -> tuple[WriteResult, bool]:
        """Have `send` write `item`; the intent is journalled before its first byte leaves, the outcome once known.

        Returns the result and whether an earlier, interrupted attempt had written it already. Where the link fails
        between the two, no outcome is journalled: the step's state is then UNKNOWN until a read settles it.
        """
        self._refuse_closed_port()
        unsettled = item in self.visit.steps[self.spec.id].open_intents
        known = self.visit.last_write(self.spec.id, item)
        sent = False

        def intend() -> None:
            nonlocal sent
            self._append(JournalKind.INTENT, {"item": item, "target": target})
            sent = True
            self._host.point(f"{self.spec.id}/write/before")

        try:
            result = await send(intend)
        except (MeterRefused, ReadBackMismatch) as error:
            if sent:
                self._append(JournalKind.OUTCOME, {"item": item, "target": target, "result": error.code})
            raise
        self._host.point(f"{self.spec.id}/write/after")
        earlier = not result.written and (unsettled or (known is not None and known.by_this_visit))
        if sent or unsettled or known is None:  # otherwise an interrupted attempt has put it on record already
            self._append(JournalKind.OUTCOME, self._outcome(item, result, earlier))
        return result, earlier

    def intend(self, item: str, target: str) -> None:
        """Journal that a change is about to be asked for of somebody else; once, whatever is asked again."""
        if item not in self.visit.steps[self.spec.id].open_intents:
            self._append(JournalKind.INTENT, {"item": item, "target": target})
            self._host.point(f"{self.spec.id}/write/before")

    def settle(self, item: str, target: str, result: str) -> None:
        """Journal what came of it; once."""
        known = self.visit.last_write(self.spec.id, item)
        if item in self.visit.steps[self.spec.id].open_intents or known is None or known.result != result:
            payload = {"item": item, "before": "", "after": target, "result": result}
            self._append(JournalKind.OUTCOME, {**payload, "authority": self.spec.authority})

    def _outcome(self, item: str, result: WriteResult, earlier: bool) -> dict[str, Any]:
        kind = "written" if result.written else "written-earlier" if earlier else "held-already"
        payload = {"item": item, "before": result.before, "after": result.after, "result": kind}
        return {**payload, "authority": self.spec.authority}

    def _append(self, kind: JournalKind, payload: dict[str, Any]) -> None:
        self._host.append(self.spec.id, kind, payload)

    def _refuse_closed_port(self) -> None:
        access = self.visit.identity.get("local_access")
        if access == LocalAccess.INSTALLER:
            return
        raise MeterRefused(
            _("This meter's optical port lets nobody write: the change is the supplier's."),
            remedy=_("Choose Can't do this, and ask the desk to send the change."),
            code="port-not-for-writing",
        )


def plan_fact(label: str, held: str | None, target: str) -> Fact:
    """What a write is going to do: `held` is what the meter was just read to hold, None where it was not read."""
    if held is None:
        return Fact(label, _("will be {target}").format(target=target))
    if held == target:
        return Fact(label, _("is {held} already: nothing will be written").format(held=held), Tone.GOOD)
    return Fact(label, _("now {held} → will be {target}").format(held=held or _("nothing"), target=target))


def write_fact(label: str, result: WriteResult, earlier: bool) -> Fact:
    """What a write came to, in words."""
    if result.written:
        text = _("written and read back: {after}").format(after=result.after)
    elif earlier:
        text = _("was already written before the interruption; read back: {after}").format(after=result.after)
    else:
        text = _("was set already: {after}").format(after=result.after)
    return Fact(label, text, Tone.GOOD)
