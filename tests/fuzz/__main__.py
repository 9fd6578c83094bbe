"""Every target in turn on every core: ``python -m tests.fuzz [--minutes N | --inputs N] [--seed S] [--target T]``."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.fuzz import corpus, job, lengthy, seeds
from tests.fuzz.judge import Failure
from tests.fuzz.mutation import Messages
from tests.fuzz.targets import TARGETS

_STRETCH_S = 4.0  # CPU seconds of one job
_LONG_ROUND = 4  # one round in so many is of long inputs
_LONG_STRETCH = 100  # of these in one job
_STRETCH = 40_000  # inputs of one job: what is fast leaves its time to others
_MOST_MEMORY = 4 << 30  # address space of one process: what wants more gets a MemoryError, which is a failure


@dataclass
class _Totals:
    """What the jobs did so far."""

    began: float
    inputs: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: set[tuple[str, tuple[str, str]]] = field(default_factory=set)

    def add(self, report: job.Report, *, long: bool) -> None:
        name = f"{report.target}, long" if long else report.target
        self.inputs[name] = self.inputs.get(name, 0) + report.inputs
        self.seconds[name] = self.seconds.get(name, 0.0) + report.seconds
        for failure, messages in report.failures:
            if (name, failure.key) not in self.failed:
                self.failed.add((name, failure.key))
                _tell(report.target, failure, messages, long=long)

    @property
    def count(self) -> int:
        return sum(self.inputs.values())


def main() -> int:
    """0 where nothing failed, 1 where something did."""
    arguments = _arguments()
    if arguments.seeds:
        seeds.make()
        return 0
    names = arguments.target or sorted(TARGETS)
    totals = _Totals(time.monotonic())
    ends = totals.began + 60 * arguments.minutes
    with multiprocessing.Pool(arguments.jobs, _bound) as pool:
        tasks = _tasks(names, arguments.seed, arguments.inputs, long=arguments.long)
        pending = [pool.apply_async(_run, next(tasks)) for _process in range(2 * arguments.jobs)]
        while pending:
            report, long = pending.pop(0).get()
            totals.add(report, long=long)
            enough = totals.count >= arguments.inputs or time.monotonic() >= ends
            if not enough:
                pending.append(pool.apply_async(_run, next(tasks)))
    _sum_up(totals, arguments.jobs)
    return 1 if totals.failed else 0


def _tasks(names: list[str], seed: int, inputs: float, *, long: bool) -> Iterator[tuple[str, int, int, bool]]:
    """(target, seed, most inputs, long ones) of one job after the other; few inputs in all are spread over all targets.
    One round in four, and each where only `long` ones are wanted, is of long inputs."""
    round_number = 0
    lengthy_names = [name for name in names if TARGETS[name].longest]
    while True:
        round_number += 1
        if lengthy_names and (long or round_number % _LONG_ROUND == 0):
            for name in lengthy_names:
                yield name, seed * _LONG_STRETCH, _LONG_STRETCH, True
        if not long:
            for name in names:
                yield name, seed, int(min(_STRETCH, 1 + inputs // len(names))), False
        seed += 1


def _run(name: str, seed: int, count: int, long: bool) -> tuple[job.Report, bool]:
    run = lengthy.run if long else job.run
    return run(TARGETS[name], seed, count, seconds=_STRETCH_S), long


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _tell(target: str, failure: Failure, messages: Messages, *, long: bool) -> None:
    if long:
        print(
            f"FAILED {target}: {failure.kind} at {failure.where}: {failure.words}; {messages[0].decode()}", flush=True
        )
        return
    path = corpus.keep(target, messages, f"{failure.kind}: {failure.words} at {failure.where}")
    print(f"FAILED {target}: {failure.kind} at {failure.where}: {failure.words}; kept as {path.name}", flush=True)


def _sum_up(totals: _Totals, jobs: int) -> None:
    for name, count in sorted(totals.inputs.items()):
        print(f"{name:<26} {count:>10,} inputs {count / totals.seconds[name]:>8,.0f} per second and core")
    spent, cpu = time.monotonic() - totals.began, sum(totals.seconds.values())
    print(
        f"{totals.count:,} inputs in {spent:,.0f} s on {jobs} cores: {totals.count / spent:,.0f} per second,"
        f" {totals.count / cpu:,.0f} per second of CPU; {len(totals.failed)} failures"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long (10 without --inputs)")
    parser.add_argument("--inputs", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument("--seed", type=int, default=1, help="where to begin; a run goes on from there")
    parser.add_argument("--target", action="append", choices=sorted(TARGETS), help="this one only; may be repeated")
    parser.add_argument("--long", action="store_true", help="long inputs only, of targets that take them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--seeds", action="store_true", help="make the corpus anew instead")
    arguments = parser.parse_args()
    if arguments.minutes == arguments.inputs:
        arguments.minutes = 10.0
    return arguments


if __name__ == "__main__":
    sys.exit(main())
