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
from hht.client.api import Meter, MeterError
from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.store.errors import StoreError
from hht.work.asking import Ask, Asking, Deadline, NotNow
from hht.work.bearer import PackBearer
from hht.work.competence import Competence, refuse_without
from hht.work.conditions import on_site
from hht.work.endings import Wakefulness, ending
from hht.work.engineer import Engineer
from hht.work.items import Finding
from hht.work.job import Job
from hht.work.journal import Journal, JournalKind
from hht.work.preview import Previews
from hht.work.progress import ENDED, StepProgress, VisitProgress
from hht.work.record import VisitRecord
from hht.work.session import IDLE_LIMIT_S, Connect, SessionKeeper
from hht.work.show import Transient
from hht.work.step import SafetyStop, StepContext, StepError, StepResult, WrongMeter
from hht.work.stops import make_safe
from hht.work.supplier import SupplierDesk
from hht.work.view import Fact, Outcome, Question, StepState, VisitView
from hht.work.visit_log import MakeReport, OnView, VisitLog
from hht.work.walkthrough import LeaveSpec, Walkthrough
from hht.work.wallet import Wallet


class StepFailed(HhtError):
    """Unattended, a step failed or its outcome is unknown; code, message and remedy are the step's. Resume later."""

    default_code = "step-failed"


class Visit:
    """One visit. `run` plays it; the other methods are called in the same event loop and return at once.

    The state is whatever the journal says: a new journal is a new visit, any other is resumed. `connect` returns an
    open meter. `auto` goes on by itself and stops at the first step that fails; otherwise a step that is READY waits
    for `proceed`, and so does the way on from a DONE one. With `ask`, questions go there (again, with the error,
    where the answer was not acceptable; None means that there is no answer); without it they wait for `answer`.
    `leaves`, when `auto`: which steps to leave, step id -> reason code. `wallet`: what the engineer may do. `desk`: the
    supplier's; `bearer` of its packs where there is no WAN.
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
        idle_limit_s: float = IDLE_LIMIT_S,
    ) -> None:
        self.job = job
        self.clock = clock
        self.journal = journal
        self.progress = VisitProgress(walkthrough, journal.entries())
        self._read_wallet = wallet
        self.desk = desk
        self.bearer = bearer
        self._auto = auto
        self._leaves = leaves or {}
        self._make_report = make_report
        self._engineer = engineer or Engineer()
        self.link = link or job.link
        self._sessions = SessionKeeper(connect, self._on_session, link=self.link, idle_limit_s=idle_limit_s)
        self._transient = Transient(link=self.link, desk=desk is not None)
        self._log = VisitLog(
            job, journal, self.progress, self._transient, clock, on_view=on_view, flush_trace=flush_trace
        )
        self._asking = Asking(ask, self._transient, unattended=auto, allow_test=job.allow_test_identifiers)
        self._deadline = Deadline(clock, self._transient)
        self._wakefulness = Wakefulness(clock, self._deadline)
        self._session_lock = asyncio.Lock()
        self._previews = Previews(self, self._sessions, self._session_lock, self._transient, self._log.emit)
        self._task: asyncio.Task[StepResult] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._leaving: tuple[LeaveSpec, str] | None = None
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
                self._log.append(
                    "", JournalKind.RESUMED, {"program": __version__, "engineer": self._engineer.as_plain()}
                )
                await self._play_all()
                outcome = self.progress.best_outcome(
                    untouched=bool(self.job.untouched(self.progress.walkthrough.devices))
                )
                self._log.append("", JournalKind.ENDED, {"outcome": outcome.value})
            await self._sessions.drop()
            await self._log.report(self._make_report)
            return self.progress.outcome or Outcome.ABANDONED
        finally:
            await self._sessions.drop()
            self._log.flush()
            self.journal.release()

    def proceed(self) -> None:
        """Continue: start the step that is READY, or go on after a DONE one. Ignored at any other time."""
        step = self._shown()
        if step is not None and step.state in (StepState.READY, StepState.DONE):
            self._wake()

    def retry(self) -> None:
        """Try the failed, unknown or interrupted step again. Ignored at any other time."""
        step = self._shown()
        if step is not None and step.state in (StepState.READY, StepState.FAILED, StepState.UNKNOWN):
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
        step = self._shown()
        spec = step.spec.leave_spec(reason_code) if step is not None else None
        if step is None or spec is None or step.ended or step.state is StepState.STOPPED:
            raise NotNow(
                _("“{code}” is no reason to leave this step now.").format(code=reason_code),
                remedy=_("Choose one of the reasons shown."),
            )
        if self._task is not None:
            self._leaving = (spec, note)
            self._task.cancel()
        else:
            self._leave(step, spec, note)
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
        if question.id in step.answers and not question.again:
            return step.answers[question.id]
        with self._deadline.held():
            step.state = StepState.ASKING
            try:
                value = await self._asking.ask(question, self._log.emit)
            finally:
                step.state = StepState.STARTED
        self._log.append(step.spec.id, JournalKind.ANSWER, {"question": question.id, "value": value})
        return value

    # --- playing

    async def _play_all(self) -> None:
        first = True
        while (step := self.progress.current()) is not None:
            self._transient.turn_to(step.spec.id)
            if self._log.left_by_itself(step) or self._needless(step):
                continue
            await self._play(step, waits=not self._auto and (first or step.spec.confirm))
            first = False

    def _needless(self, step: StepProgress) -> bool:
        if step.state is not StepState.WAITING or on_site(step.spec.when, self.progress):
            return False
        self._log.append(step.spec.id, JournalKind.SKIPPED, {"text": _("Not needed here.")})
        return True

    async def _play(self, step: StepProgress, *, waits: bool) -> None:
        waits = waits or (not self._auto and step.state is not StepState.WAITING)
        leave = step.spec.leave_spec(self._leaves.get(step.spec.id, "")) if self._auto else None
        if leave is not None and not step.ended and step.state is not StepState.STOPPED:
            self._leave(step, leave, "")
        while not step.ended:
            if step.state is StepState.STOPPED:
                await self._make_safe(step)
                continue
            if waits:
                await self._wait(step)
            if step.state in (StepState.STOPPED, *ENDED):
                continue
            await self._attempt(step)
            if step.state in (StepState.FAILED, StepState.UNKNOWN) and self._auto:
                raise StepFailed(
                    step.message, remedy=step.remedy, code=step.code, step=step.spec.id, state=step.state.value
                )
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
                raise StepFailed(
                    step.message, remedy=step.remedy, code=step.code, step=step.spec.id, state=step.state.value
                ) from error
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
            refuse_without(step.spec.competence, self._known_competences(), self.clock.now().date())
            return await step.spec.action.run(StepContext(self, step.spec))

    async def _settle(self, step: StepProgress, task: asyncio.Task[StepResult]) -> bool:
        """Journal how the attempt ended. Whether the session can still be trusted."""
        try:
            if task.cancelled():
                self._stopped(step)
                return False
            error = task.exception()
            if isinstance(error, SafetyStop):
                self._log.stopped(step, error)
                return True
            if error is None:
                self._log.done(step, task.result())
                if self._spoke:
                    self._sessions.touch()
                return True
        except StoreError as store_error:
            error = store_error
        told = ending(error, step.spec, self.link, self._deadline, self._wakefulness.slept_s)
        self._log.failed(step, told)
        return isinstance(told, MeterError | StepError) and not isinstance(told, WrongMeter)

    def _stopped(self, step: StepProgress) -> None:
        if self._leaving is not None:
            self._leave(step, *self._leaving)
            return
        message = _("Stopped by you.")
        self._log.failed(step, HhtError(message, remedy=_("Try again when you are ready."), code="cancelled"))

    def _leave(self, step: StepProgress, spec: LeaveSpec, note: str) -> None:
        if spec.stop is None:
            self._log.left(step, spec, note)
        else:
            self._log.stopped(step, SafetyStop(spec.stop, "", note, Finding(spec.code, spec.text)))

    # --- helpers

    def _known_competences(self) -> tuple[Competence, ...]:
        """As the visit has established it; before that, as the wallet says."""
        told = self.progress.competences
        return self.wallet.competences if told is None else told

    def _on_session(self, event: str) -> None:
        step = self._transient.shown if self._task is not None else ""
        self._log.append(step, JournalKind.LINK, {"event": event, "link": self.link})

    def _shown(self) -> StepProgress | None:
        return self.progress.steps.get(self._transient.shown)
