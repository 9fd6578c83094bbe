"""What an input may do to its target: be taken, or be refused in words; within 100 ms of CPU and 64 MB.

The 100 ms are those of the machine that the bound was set on: where one seems to be broken, a fixed piece of work is
measured beside it, and a machine that is slower with that has so much more time.
"""

from __future__ import annotations

import gc
import signal
import tracemalloc
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import thread_time_ns
from types import FrameType
from typing import Final

from tests.fuzz.mutation import Messages
from tests.fuzz.target import Target

LONGEST_NS: Final = 100_000_000
MOST_OCTETS: Final = 64 << 20
_MEASURED_AGAIN: Final = 3
_HEARTBEAT_S: Final = 0.5  # an input at work at two heartbeats in a row hangs
YARDSTICK_NS: Final = 3_500_000  # of `yardstick`


def yardstick() -> int:
    """A fixed piece of work."""
    total = 0
    for number in range(60_000):
        total += number * number % 7
    return total


def _slowness() -> float:
    """How many times slower this machine is just now than the one that the bounds were set on; never below 1."""
    before = thread_time_ns()
    yardstick()
    return max(1.0, (thread_time_ns() - before) / YARDSTICK_NS)


class Hung(BaseException):
    """Raised inside a target that does not come back."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, `where` (the innermost line of ours), and in which words."""

    kind: str  # "exception", "hang", "memory"
    where: str
    words: str

    @property
    def key(self) -> tuple[str, str]:
        """The same for the same mistake."""
        return self.kind, self.where


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an input ended: `outcome` in short (alike for alike inputs), and the failure, if it is one."""

    outcome: Hashable
    failure: Failure | None = None


class Judge:
    """Tries inputs. Use as ``with Judge() as judge``: a watch on what never ends runs inside."""

    def __init__(self) -> None:
        self._tried = 0
        self._seen = -1
        self._beats = self._patience = 1
        self._end: Callable[[], None] | None = None

    def __enter__(self) -> Judge:
        before = signal.signal(signal.SIGPROF, self._heartbeat)
        signal.setitimer(signal.ITIMER_PROF, _HEARTBEAT_S, _HEARTBEAT_S)

        def end() -> None:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)

        self._end = end
        return self

    def __exit__(self, *_exception: object) -> None:
        assert self._end is not None
        self._end()

    def _heartbeat(self, _number: int, _frame: FrameType | None) -> None:
        if not self._tried or self._seen != self._tried:
            self._seen, self._beats = self._tried, 0
            return
        self._beats += 1
        if self._beats >= self._patience and self._beats >= self._patience * _slowness():
            self._seen = -1
            raise Hung

    def fair(self, target: Target, messages: Messages, steps: int = 1) -> Verdict:
        """Try one input, its time measured: it may take `steps` times as long as a short one."""
        self._patience = 1 + steps
        verdict, spent = self._timed(target, messages)
        if spent <= LONGEST_NS * steps or verdict.failure is not None:
            return verdict
        for _again in range(_MEASURED_AGAIN):  # a slow or busy computer makes nobody guilty
            with no_garbage_collection():
                verdict, again = self._timed(target, messages)
                spent = min(spent, int(again / _slowness()))
            if spent <= LONGEST_NS * steps:
                return verdict
        size = sum(map(len, messages))
        return Verdict("hang", Failure("hang", target.name, f"{spent / 1e6:.0f} ms for {size} octets"))

    def weigh(self, target: Target, messages: Messages, steps: int = 1) -> Verdict:
        """Try one input, its memory measured (and its time not: measuring takes some)."""
        self._patience = 1 + steps
        with _memory() as peak:
            verdict = self._run(target, messages)
            most = peak()
        if most > MOST_OCTETS and verdict.failure is None:
            size = sum(map(len, messages))
            words = f"{most >> 20} MiB for {size} octets"
            return Verdict("memory", Failure("memory", target.name, words))
        return verdict

    def _timed(self, target: Target, messages: Messages) -> tuple[Verdict, int]:
        before = thread_time_ns()
        verdict = self._run(target, messages)
        return verdict, thread_time_ns() - before

    def _run(self, target: Target, messages: Messages) -> Verdict:
        self._tried += 1
        try:
            return Verdict(target.run(messages))
        except target.refusals as refusal:
            return Verdict((type(refusal).__name__, getattr(refusal, "code", "")))
        except Hung as error:
            return Verdict("hang", Failure("hang", _where(error), "it never ends"))
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            words = f"{type(error).__name__}: {str(error)[:200]}"
            return Verdict("exception", Failure("exception", f"{type(error).__name__} {_where(error)}", words))


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """What else this process holds is not looked through at the cost of what is measured."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _memory() -> Iterator[Callable[[], int]]:
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _where(error: BaseException) -> str:
    """The innermost line of the project's own code; a line of the tests where there is none."""
    place, trace = "?", error.__traceback__
    ours = False
    while trace is not None:
        code = trace.tb_frame.f_code
        of_ours = "/hht/" in code.co_filename or "/ui/" in code.co_filename
        if of_ours or not ours:
            parts = code.co_filename.rsplit("/", 3)[-3:]
            place, ours = f"{'/'.join(parts)}:{trace.tb_lineno} {code.co_name}", of_ours or ours
        trace = trace.tb_next
    return place
