"""Bad input for every target on every core: ``python -m tests.fuzz [--minutes N | --inputs N] [--target T]``.

Each run has seeds that none before it had, gives more time to what had less (`ledger.toml`), and keeps what reaches new
code (`corpus/grown`). ``--seed S`` tries the same inputs each time instead, and leaves ledger and corpus alone.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.fuzz import corpus, growth, job, lengthy, outside, seeds
from tests.fuzz.judge import Failure
from tests.fuzz.ledger import Ledger
from tests.fuzz.mutation import Messages
from tests.fuzz.schedule import STRETCH_S, Task, by_need, in_rounds
from tests.fuzz.targets import TARGETS

_KEPT_EVERY_S = 60.0  # the ledger: a run that is killed loses so much of it at most
_MOST_MEMORY = 4 << 30  # address space of one process: what wants more gets a MemoryError, which is a failure


@dataclass
class _Totals:
    """What the jobs did so far."""

    began: float
    ledger: Ledger | None
    inputs: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: set[tuple[str, tuple[str, str]]] = field(default_factory=set)
    grown: dict[str, list[growth.Grown]] = field(default_factory=dict)
    tried: dict[str, set[int]] = field(default_factory=dict)
    kept: float = 0.0

    def add(self, task: Task, report: job.Report) -> None:
        name = f"{task.name}, long" if task.long else task.name
        self.inputs[name] = self.inputs.get(name, 0) + report.inputs
        self.seconds[name] = self.seconds.get(name, 0.0) + report.seconds
        self.tried.setdefault(task.name, set()).add(task.seed)
        self.grown.setdefault(task.name, []).extend(report.grown)
        if self.ledger is not None:
            self.ledger.add(task.name, cpu_s=report.seconds, inputs=report.inputs, long=task.long)
        for failure, messages in report.failures:
            if (name, failure.key) not in self.failed:
                self.failed.add((name, failure.key))
                _tell(task, failure, messages)
                if self.ledger is not None:
                    self.ledger.of(task.name).failures += 1

    def keep(self, *, now: bool = False) -> None:
        """The ledger, and what has grown."""
        if self.ledger is None or not (now or time.monotonic() - self.kept > _KEPT_EVERY_S):
            return
        self.kept = time.monotonic()
        for name, tried in self.tried.items():
            self.ledger.tried(name, tried, datetime.now(UTC).date())
        for name, grown in self.grown.items():
            if grown:
                corpus.save_grown(name, growth.chosen([*growth.guide_of(TARGETS[name]).grown, *grown]))
        self.ledger.write(TARGETS)

    @property
    def count(self) -> int:
        return sum(self.inputs.values())


def main() -> int:
    """0 where nothing failed, 1 where something did."""
    arguments = _arguments()
    if arguments.seeds:
        seeds.make()
        return 0
    if arguments.reached:
        outside.note()
        return 0
    names = arguments.target or sorted(TARGETS)
    if arguments.seed is not None or arguments.long:
        first = arguments.seed if arguments.seed is not None else 1
        totals = _Totals(time.monotonic(), None)
        tasks = in_rounds(names, first, arguments.inputs, long=arguments.long)
    else:
        ledger = Ledger()
        for name in (one for one in names if ledger.is_now(one, growth.guide_of(TARGETS[one]).code)):
            print(f"{name}: its code is new or has changed", flush=True)
        totals = _Totals(time.monotonic(), ledger)
        tasks = by_need(names, ledger, _first_seed(), arguments.inputs)
    _play(totals, tasks, arguments)
    _sum_up(totals, arguments.jobs)
    return 1 if totals.failed else 0


def _first_seed() -> int:
    """One beyond those of every earlier run, here or elsewhere: a stretch of work takes longer than its numbers."""
    return time.time_ns() // 1_000_000


def _play(totals: _Totals, tasks: Iterator[Task], arguments: argparse.Namespace) -> None:
    ends = totals.began + 60 * arguments.minutes
    try:
        with suppress(KeyboardInterrupt), multiprocessing.Pool(arguments.jobs, _bound) as pool:
            pending = [pool.apply_async(_run, [next(tasks)]) for _process in range(2 * arguments.jobs)]
            while pending:
                totals.add(*pending.pop(0).get())
                totals.keep()
                enough = totals.count >= arguments.inputs or time.monotonic() >= ends
                if not enough:
                    pending.append(pool.apply_async(_run, [next(tasks)]))
    finally:
        totals.keep(now=True)


def _run(task: Task) -> tuple[Task, job.Report]:
    target = TARGETS[task.name]
    if task.long:
        return task, lengthy.run(target, task.seed, task.count, seconds=STRETCH_S)
    guide = growth.guide_of(target) if task.guided else None
    return task, job.run(target, task.seed, task.count, seconds=STRETCH_S, guide=guide)


def _bound() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who has had enough tells the process that keeps the ledger
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _tell(task: Task, failure: Failure, messages: Messages) -> None:
    told = f"FAILED {task.name}: {failure.kind} at {failure.where}: {failure.words}"
    if task.long:
        print(f"{told}; {messages[0].decode()}", flush=True)
        return
    path = corpus.keep(task.name, messages, f"{failure.kind}: {failure.words} at {failure.where}")
    print(f"{told}; kept as {path.name}", flush=True)


def _sum_up(totals: _Totals, jobs: int) -> None:
    for name, count in sorted(totals.inputs.items()):
        print(f"{name:<26} {count:>10,} inputs {count / totals.seconds[name]:>8,.0f} per second and core")
    spent, cpu = time.monotonic() - totals.began, sum(totals.seconds.values())
    print(
        f"{totals.count:,} inputs in {spent:,.0f} s on {jobs} cores: {totals.count / spent:,.0f} per second,"
        f" {totals.count / cpu:,.0f} per second of CPU; {len(totals.failed)} failures"
    )
    if totals.ledger is not None:
        found = sum(map(len, totals.grown.values()))
        print(f"{found} inputs reached lines that none before them did; those worth their room are in corpus/grown")
        print("\n".join(totals.ledger.lines(TARGETS)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long (10 without --inputs)")
    parser.add_argument("--inputs", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument(
        "--seed", type=int, help="where to begin: the same inputs each time, ledger and corpus as before"
    )
    parser.add_argument("--target", action="append", choices=sorted(TARGETS), help="this one only; may be repeated")
    parser.add_argument(
        "--long", action="store_true", help="long inputs only, of targets that take them, from --seed on"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--seeds", action="store_true", help="make the corpus anew instead")
    parser.add_argument("--reached", action="store_true", help="note which readers the targets enter (outside.toml)")
    arguments = parser.parse_args()
    if arguments.minutes == arguments.inputs:
        arguments.minutes = 10.0
    return arguments


if __name__ == "__main__":
    sys.exit(main())
