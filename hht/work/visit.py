"""The engine of a visit: plays a walkthrough's steps, journals before it acts, and survives whatever happens between.

A step ends done, failed with cause and remedy, left on purpose, or unknown (a write left and no answer came: a read
settles that, never a retry). Everything that a screen shows was put on disk before.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from hht import __version__
from hht.access.roles import Act
from hht.client.api import Meter, MeterError
from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.store.errors import StoreError
from hht.work import danger
from hht.work.asking import Ask, Asking, Deadline, NotNow
from hht.work.bearer import PackBearer
from hht.work.competence import refuse_without
from hht.work.ending_early import Ending, break_off, leave_for
from hht.work.endings import Wakefulness, ending
from hht.work.engineer import Engineer
from hht.work.exchanger import HubExchanger
from hht.work.fault_finder import FaultFinder
from hht.work.job import Job
from hht.work.journal import Journal, JournalKind
from hht.work.noted import Notable, payload_of
from hht.work.preview import Previews
from hht.work.progress import ENDED, StepProgress, VisitProgress
from hht.work.questions import kept_answer
from hht.work.record import VisitRecord
from hht.work.scanned import JobKnowledge
from hht.work.session import IDLE_LIMIT_S, Connect, ConnectBeside, SessionKeeper
from hht.work.show import Transient, at_hand
from hht.work.step import SafetyStop, StepContext, StepError, StepResult, WrongMeter
from hht.work.step_ends import Leaving, StepEnds, StepFailed
from hht.work.stops import make_safe
from hht.work.supplier import SupplierDesk
from hht.work.supply_acts import affects_supply
from hht.work.van_check import VanCheck
from hht.work.view import Fact, Outcome, Question, StepState, VisitView
from hht.work.visit_log import MakeReport, OnView, VisitLog, reason_to_leave
from hht.work.walkthrough import LeaveSpec, Walkthrough
from hht.work.wallet import Wallet

__all__ = ["StepFailed", "Visit"]


class Visit:
    """One visit. `run` plays it; the other methods are called in the same event loop and return at once.

    The state is whatever the journal says: a new journal is a new visit, any other is resumed. `connect` returns an
    open meter. `auto` goes on by itself and stops at the first step that fails; otherwise a step that is READY waits
    for `proceed`, and so does the way on from a DONE one. With `ask`, questions go there (again, with the error,
    where the answer was not acceptable; None means that there is no answer); without it they wait for `answer`.
    `leaves`, when `auto`: which steps to leave, step id -> reason code. `wallet`: what the engineer may do. `desk`: the
    supplier's; `bearer` of packs without a WAN; `finder` of faults; `exchanger` of a hub; `van`: its devices;
    `knowledge`: whose a number is; `link_proof`: what its bridge proved; `home`: which life an emulated premises lives.
    """

    def __init__(
        self,
        job: Job,
        walkthrough: Walkthrough,
        journal: Journal,
        connect: Connect,
        clock: Clock,
        *,
        auto: bool = False,
        on_view: OnView | None = None,
        ask: Ask | None = None,
        link: str = "",
        flush_trace: Callable[[], None] | None = None,
        make_report: MakeReport | None = None,
        engineer: Engineer | None = None,
        wallet: Callable[[], Wallet] = Wallet,
        leaves: Mapping[str, str] | None = None,
        desk: SupplierDesk | None = None,
        bearer: PackBearer | None = None,
        finder: FaultFinder | None = None,
        exchanger: HubExchanger | None = None,
        van: VanCheck | None = None,
        knowledge: JobKnowledge | None = None,
        idle_limit_s: float = IDLE_LIMIT_S,
        beside: ConnectBeside | None = None,
        link_proof: Callable[[], str] = str,
        home: str = "",
    ) -> None:
        self.job, self.clock, self.journal = job, clock, journal
        self.progress = VisitProgress(walkthrough, journal.entries())
        self._read_wallet = wallet
        self.desk, self.finder, self.exchanger = desk, finder, exchanger
        self.bearer, self.van, self.knowledge = bearer, van, knowledge or JobKnowledge(job)
        self.held: dict[str, Any] = {}
        self._auto, self._home, self._leaves = auto, home, leaves or {}
        self._make_report, self._engineer = make_report, engineer or Engineer()
        self.link, self._link_proof = link or job.link, link_proof
        self._sessions = SessionKeeper(connect, self._on_session, beside, link=self.link, idle_limit_s=idle_limit_s)
        shown = self._transient = Transient(link=self.link, at_hand=at_hand(desk=desk, han=bearer))
        self._log = VisitLog(job, journal, self.progress, shown, clock, on_view=on_view, flush_trace=flush_trace)
        self._ends = StepEnds(self.progress, self._log)
        self._asking = Asking(ask, shown, self.knowledge, unattended=auto, bound=self.progress.photos_of)
        self._deadline = Deadline(clock, self._transient)
        self._wakefulness = Wakefulness(clock, self._deadline)
        self._session_lock = asyncio.Lock()
        self._previews = Previews(self, self._sessions, self._session_lock, self._transient, self._log.emit)
        self._task: asyncio.Task[StepResult] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._leaving: Leaving | None = None
        self._spoke = False  # the step that runs has used the conversation with the meter

    # --- what others may ask of it

    @property
    def view(self) -> VisitView:
        """The visit as it stands."""
        return self._log.view

    @property
    def wallet(self) -> Wallet:
        """The engineer's wallet as it is now: it may be put right while the visit stands still. Raises StoreError."""
        return self._read_wallet()

    @property
    def report_error(self) -> HhtError | None:
        """Why there is no report, once the visit has ended."""
        return self._log.report_error

    @property
    def record(self) -> VisitRecord:
        """Everything a report needs."""
        return VisitRecord.of(self.job, self.view, self.progress)

    async def run(self) -> Outcome:
        """Play the visit to its end. Raises StepFailed (only when `auto`) and StoreError; then it can be resumed.

        Cancelling it closes the session; the visit can be resumed.
        """
        try:
            if self.progress.outcome is None:
                told = {"program": __version__, "engineer": self._engineer.as_plain(), "home": self._home}
                self._log.append("", JournalKind.RESUMED, told)
                await self._play_all()
                self._log.ended()
            await self._sessions.drop()
            await self._log.report(self._make_report)
            return self.progress.outcome or Outcome.ABANDONED
        finally:
            await self._sessions.drop()
            self._log.flush()
            self.journal.release()

    def proceed(self) -> None:
        """Continue: start the step that is READY, or go on after a DONE one. Ignored at any other time."""
        if (step := self._shown()) is not None and step.state in (StepState.READY, StepState.DONE):
            self._wake()

    def retry(self) -> None:
        """Try the failed, unknown or interrupted step again. Ignored at any other time."""
        again = (StepState.READY, StepState.FAILED, StepState.UNKNOWN)
        if (step := self._shown()) is not None and step.state in again:
            self._wake()

    def cancel(self) -> None:
        """Stop the step that runs; it becomes FAILED with code "cancelled" (UNKNOWN amid a write)."""
        if self._task is not None:
            self._task.cancel()

    def wait(self, seconds: float) -> None:
        """The meter makes the step that runs wait so long: its deadline is that much later."""
        if self._task is not None:
            self._deadline.prolong(seconds)
            self._log.emit()

    def answer(self, question_id: str, value: str) -> None:
        """Answer the question being asked. Raises HhtError where it is not acceptable, and nothing changes."""
        self._asking.answer(question_id, value)

    def leave(self, reason_code: str, note: str = "") -> None:
        """Leave the step for a coded reason. Raises NotNow where the code or the moment does not fit."""
        step, spec = reason_to_leave(self._shown(), reason_code)
        self._go(step, spec, note)

    def note(self, note: Notable, step: str = "") -> None:
        """Put something on record beside the steps, whatever runs. Raises StoreError."""
        self._log.append(step, JournalKind.NOTED, payload_of(note))
        if danger.standing(self.progress) is not None:
            self._wake()  # whoever waits for Continue is stopped; a step that runs, when it has ended

    def end(self, why: Ending) -> None:
        """End the visit before its work is done. Raises NotNow as `leave_for`, StoreError."""
        step, spec = leave_for(self.progress, self._shown(), why)
        self._go(step, spec, why.note, why)

    def break_off(self, why: Ending) -> None:
        """Skip what is only work, and go on with what safety still asks for. Raises NotNow, StoreError."""
        why = why.breaking
        step, spec = break_off(self.progress, self._shown(), why)
        if spec is None:
            self.note(why, step.spec.id)
        else:
            self._go(step, spec, why.note, why)

    def _go(self, step: StepProgress, spec: LeaveSpec, note: str, why: Ending | None = None) -> None:
        if self._task is not None:
            self._leaving = (spec, note, why)
            self._task.cancel()
        else:
            self._ends.left(step, spec, note, why)
            self._wake()

    @contextlib.asynccontextmanager
    async def borrow(self) -> AsyncIterator[Meter]:
        """The open session for something beside the steps (the device page). Raises NotNow while a step runs."""
        if self._task is not None or (self._session_lock.locked() and not self._previews.reading):
            raise NotNow(_("A step is at work on the meter."), remedy=_("Wait until it has ended, or cancel it."))
        async with self._session_lock:
            try:
                yield await self.meter()
            except HhtError as error:
                if not isinstance(error, MeterError):
                    await self._sessions.drop()
                raise

    # --- what a step may ask of it (hht.work.step.StepHost)

    async def meter(self, *, fresh: bool = False) -> Meter:
        """The open meter; see `SessionKeeper.meter`."""
        self._spoke = True
        self._sessions.expected_device_id = str(self.progress.identity.get("device_id", ""))
        return await self._sessions.meter(fresh=fresh)

    def beside(self, device_id: str) -> contextlib.AbstractAsyncContextManager[Meter]:
        """Another meter of the job, as long as the block lasts; see `StepHost.beside`."""
        return self._sessions.beside(device_id)

    def conversation(self) -> Meter | None:
        """The meter, where a conversation is open; see `SessionKeeper.warm`."""
        return self._sessions.warm()

    def append(self, step: str, kind: JournalKind, payload: dict[str, Any]) -> None:
        """Journal an entry of a running step."""
        self._log.append(step, kind, payload)

    def point(self, name: str) -> None:
        """A place where a test may end the process."""
        self.journal.point(name)

    def show_progress(self, step: str, done: int, total: int | None) -> None:
        """Show how far a long reading has come; not journalled."""
        self._transient.progress = (done, total)
        self._log.emit()

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        """Show what is known before the step that runs has ended; not journalled."""
        self._transient.preview = facts
        self._log.emit()

    async def ask(self, question: Question) -> str:
        """The answer to `question`: one given before an interruption, or a person's. The deadline stands still."""
        step = self.progress.steps[question.id.partition("/")[0]]
        earlier = step.answers.get(question.id)
        if earlier is not None and not question.again and not question.secret:
            return earlier
        with self._deadline.held():
            step.state = StepState.ASKING
            try:
                value = await self._asking.ask(question, self._log.emit)
            finally:
                step.state = StepState.STARTED
        told = {"question": question.id, "value": kept_answer(question, value)}
        self._log.append(step.spec.id, JournalKind.ANSWER, told)
        return value

    # --- playing

    async def _play_all(self) -> None:
        first = True
        while (step := self.progress.current()) is not None:
            self._transient.turn_to(step.spec.id)
            passed = danger.standing(self.progress) is None  # else it stops the visit, though that was ending already
            if passed and (self._log.left_by_itself(step) or self._log.needless(step)):
                continue
            await self._play(step, waits=not self._auto and (first or step.spec.confirm))
            first = False

    async def _play(self, step: StepProgress, *, waits: bool) -> None:
        waits = waits or (not self._auto and step.state is not StepState.WAITING)
        leave = step.spec.leave_spec(self._leaves.get(step.spec.id, "")) if self._auto else None
        if leave is not None and not step.ended and step.state is not StepState.STOPPED:
            self._ends.left(step, leave, "")
        while not step.ended:
            if step.state is not StepState.STOPPED and (found := danger.standing(self.progress)) is not None:
                self._log.stopped(step, danger.stop_for(found))
            if step.state is StepState.STOPPED:
                await self._make_safe(step)
                continue
            if waits:
                await self._wait(step)
            if step.state in (StepState.STOPPED, *ENDED) or danger.standing(self.progress) is not None:
                continue
            await self._attempt(step)
            if step.state in (StepState.FAILED, StepState.UNKNOWN) and self._auto:
                raise StepFailed.of(step)
            waits = True
        pauses = step.spec.pause and not self._auto and self.progress.current() is not None
        if step.state is StepState.DONE and pauses:
            await self._wait(step)

    async def _make_safe(self, step: StepProgress) -> None:
        """At a safety stop: what it asks for is asked until it is answered; unattended and unanswered, the run ends."""
        self._transient.notice = ""
        try:
            await make_safe(step, self._log, self._asking, self._engineer.name)
        except HhtError as error:
            if self._auto or error.code == "answer-needed":
                raise StepFailed.of(step, why=error) from error
            self._transient.notice = f"{error.message} {error.remedy}"

    async def _wait(self, step: StepProgress) -> None:
        """Wait for a person: `proceed`, `retry` or `leave`."""
        if step.state is StepState.WAITING:
            step.state = StepState.READY
        self._waiter = asyncio.get_running_loop().create_future()
        self._log.emit()
        try:
            async with self._previews.shown(step):
                await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _attempt(self, step: StepProgress) -> None:
        async with self._session_lock:
            self._leaving, self._spoke = None, False
            self._wakefulness.begin()
            try:
                self._log.append(step.spec.id, JournalKind.STARTED)
            except StoreError as error:
                self._log.failed(step, error)
                return
            self._task = asyncio.create_task(self._act(step))
            try:
                await asyncio.wait({self._task})
            except asyncio.CancelledError:
                self._task.cancel()
                await asyncio.wait({self._task})
                raise
            finally:
                task, self._task = self._task, None
                self._transient.progress = None
            if not await self._settle(step, task):
                await self._sessions.drop()

    async def _act(self, step: StepProgress) -> StepResult:
        async with self._deadline.running(step.spec.deadline_s):
            self._log.emit()
            if affects_supply(step.spec):
                self.journal.require(Act.SUPPLY)
            told = self.progress.competences  # before the visit has established it: as the wallet says
            known = self.wallet.competences if told is None else told
            refuse_without(step.spec.competence, known, self.clock.now().date())
            return await step.spec.action.run(StepContext(self, step.spec))

    async def _settle(self, step: StepProgress, task: asyncio.Task[StepResult]) -> bool:
        """Journal how the attempt ended. Whether the session can still be trusted."""
        try:
            if task.cancelled():
                self._ends.cancelled(step, self._leaving)
                return False
            error = task.exception()
            if isinstance(error, SafetyStop):
                self._log.stopped(step, error)
                return True
            if error is None:
                self._ends.done(step, task.result())
                if self._spoke:
                    self._sessions.touch()
                return True
        except StoreError as store_error:
            error = store_error
        told = ending(error, step.spec, self.link, self._deadline, self._wakefulness.slept_s)
        self._log.failed(step, told)
        return isinstance(told, MeterError | StepError) and not isinstance(told, WrongMeter)

    def _on_session(self, event: str) -> None:
        step = self._transient.shown if self._task else ""
        said = {"event": event, "link": self.link, "proof": self._link_proof()}
        self._log.append(step, JournalKind.LINK, {name: text for name, text in said.items() if text})

    def _shown(self) -> StepProgress | None:
        return self.progress.steps.get(self._transient.shown)
