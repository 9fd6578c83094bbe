"""Questions to a person while a step runs, and the step's deadline, which stands still meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterator

from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.work.questions import check_answer, photo_refused
from hht.work.scanned import JobKnowledge
from hht.work.show import Transient
from hht.work.view import NO_PHOTO, NOT_MEASURED, Question, QuestionKind

Ask = Callable[[Question, HhtError | None], Awaitable[str | None]]


class NotNow(HhtError):
    """What was asked of the visit does not fit its state."""

    default_code = "not-now"


class Asking:
    """Where answers come from: a handler (asked again with the error while the answer is not acceptable), a screen
    that calls `answer`, or nobody."""

    def __init__(
        self,
        handler: Ask | None,
        transient: Transient,
        knowledge: JobKnowledge,
        *,
        unattended: bool,
        bound: Callable[[str], Container[str]] = lambda _step: (),
    ) -> None:
        """`bound`: the SHA-256 of the photos that are bound to a step."""
        self._handler = handler
        self._transient = transient
        self._knowledge = knowledge
        self._bound = bound
        self._unattended = unattended
        self._answer: asyncio.Future[str] | None = None

    async def ask(self, question: Question, on_shown: Callable[[], None]) -> str:
        """A checked answer. Raises HhtError ``answer-needed`` where nobody can give one."""
        if question.known and self._handler is None:
            return self._checked(question, question.filled)
        self._transient.question = question
        self._answer = asyncio.get_running_loop().create_future()
        try:
            on_shown()
            return await (self._screen(question) if self._handler is None else self._handled(question, self._handler))
        finally:
            self._transient.question = self._answer = None

    def answer(self, question_id: str, value: str) -> None:
        """A screen's answer. Raises HhtError where it is not acceptable or not asked for; then nothing changes."""
        question = self._transient.question
        if question is None or question.id != question_id or self._answer is None or self._answer.done():
            raise NotNow(_("Nobody asked this."), remedy=_("Answer the question that is shown."))
        self._answer.set_result(self._checked(question, value))

    async def _screen(self, question: Question) -> str:
        if self._unattended and question.filled:
            return self._checked(question, question.filled)
        if self._unattended or self._answer is None:
            raise _answer_needed(question)
        return await self._answer

    async def _handled(self, question: Question, handler: Ask) -> str:
        error: HhtError | None = None
        while (value := await handler(question, error)) is not None:
            try:
                return self._checked(question, value)
            except HhtError as refused:
                error = refused
        raise error or _answer_needed(question)

    def _checked(self, question: Question, value: str) -> str:
        text = self._knowledge.piece(question, value)
        try:
            answer = check_answer(question, text, allow_test=self._knowledge.job.allow_test_identifiers)
        except HhtError as error:
            if text != value:
                error.details.pop("position", None)  # a place in the piece, not in what stands in the field
            raise self._knowledge.instead(question, value, error) from error
        self._knowledge.check(question, answer)
        self._require_bound(question, answer)
        return answer

    def _require_bound(self, question: Question, answer: str) -> None:
        """A photo that is answered with is one that was added to its step. Raises AnswerError ``photo-not-bound``."""
        picture = question.kind is QuestionKind.PHOTO and not answer.startswith((NOT_MEASURED, NO_PHOTO))
        if picture and answer not in self._bound(question.id.partition("/")[0]):
            raise photo_refused(answer)


def _answer_needed(question: Question) -> HhtError:
    return HhtError(
        _("Nobody answered: {prompt}").format(prompt=question.prompt),
        remedy=_("Give the answer in the answers file under “{id}”, or run it at a terminal.").format(id=question.id),
        code="answer-needed",
        question=question.id,
    )


class Deadline:
    """The time a step may take. A screen counts down to `Transient.deadline_at`."""

    def __init__(self, clock: Clock, transient: Transient) -> None:
        self._clock = clock
        self._transient = transient
        self._timeout: asyncio.Timeout | None = None

    @contextlib.asynccontextmanager
    async def running(self, seconds: float) -> AsyncIterator[None]:
        """What is inside gets `seconds`, then TimeoutError; `expired` tells it from another TimeoutError."""
        async with asyncio.timeout(seconds) as self._timeout:
            self._mark(seconds)
            try:
                yield
            finally:
                self._transient.deadline_at = None

    @property
    def expired(self) -> bool:
        """Whether the last step ran out of time."""
        return self._timeout is not None and self._timeout.expired()

    @property
    def overdue_s(self) -> float:
        """Seconds since the last step's time was over; 0 where it was not."""
        when = self._timeout.when() if self._timeout is not None else None
        return 0.0 if when is None else max(0.0, asyncio.get_running_loop().time() - when)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """It stands still inside."""
        timeout, loop = self._timeout, asyncio.get_running_loop()
        when = timeout.when() if timeout is not None else None
        if timeout is None or when is None:
            yield
            return
        left_s = when - loop.time()
        timeout.reschedule(None)
        self._transient.deadline_at = None
        try:
            yield
        finally:
            timeout.reschedule(loop.time() + left_s)
            self._mark(left_s)

    def prolong(self, seconds: float) -> None:
        """Give the step that runs so much longer; harmless where none does."""
        timeout = self._timeout
        when = timeout.when() if timeout is not None else None
        if timeout is None or when is None or timeout.expired():
            return
        timeout.reschedule(when + seconds)
        self._mark(when + seconds - asyncio.get_running_loop().time())

    def _mark(self, left_s: float) -> None:
        self._transient.set_deadline(self._clock.now(), left_s)
