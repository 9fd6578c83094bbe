"""A stretch of fuzzing in one process: one target, one seed, so many inputs."""

from __future__ import annotations

import resource
from collections.abc import Hashable
from dataclasses import dataclass, field
from random import Random
from time import process_time
from typing import Final

from tests.fuzz import corpus
from tests.fuzz.growth import Grown, Guide
from tests.fuzz.judge import MOST_OCTETS, Failure, Hung, Judge
from tests.fuzz.minimise import minimise
from tests.fuzz.mutation import Messages, Soil, grow
from tests.fuzz.target import Target

_WEIGHED: Final = 64  # one input in so many has its memory measured
_SUSPECTS: Final = 32  # inputs between two looks at the memory of the whole process
_POOL: Final = 400  # inputs that did something new, kept to grow from
_POOL_OCTETS: Final = 2048  # what is longer would make all that grows from it slow
_MOST_FAILURES: Final = 8  # different ones, of one job
_LOOKED_AT: Final = 8  # one input in so many is looked at for lines that it reaches, where a job is guided


@dataclass(slots=True)
class Report:
    """What a job did."""

    target: str
    inputs: int = 0
    seconds: float = 0.0  # of CPU
    outcomes: set[Hashable] = field(default_factory=set)
    failures: list[tuple[Failure, Messages]] = field(default_factory=list)
    grown: list[Grown] = field(default_factory=list)


def run(target: Target, seed: int, count: int, *, seconds: float = float("inf"), guide: Guide | None = None) -> Report:
    """Try `count` inputs, or as many as `seconds` of CPU allow. The same arguments try the same inputs in order.

    With a `guide` some are looked at: what reaches lines that nothing reached before is grown from, and reported.
    """
    report, began = Report(target.name), process_time()
    pool: list[Messages] = corpus.load(target.seeds)
    pool += [messages for _file, name, messages in corpus.found() if name == target.name]
    pool += corpus.grown(target.name) if guide else []
    soil, random = (
        Soil(pool, target.words, target.repair, target.meaning, target.fixed),
        Random(f"{seed} {target.name}"),
    )
    watch = _Watch()
    failed: set[tuple[str, str]] = set()
    with Judge() as judge:
        while report.inputs < count and len(failed) < _MOST_FAILURES:
            if report.inputs % 32 == 0 and process_time() - began > seconds:
                break
            report.inputs += 1
            try:
                messages = grow(soil, random)
            except Hung:
                continue  # in a reader that the mutation uses, which is a target too
            verdict = (judge.weigh if report.inputs % _WEIGHED == 0 else judge.fair)(target, messages)
            failures = [(verdict.failure, messages)] if verdict.failure else watch.suspects(judge, target, messages)
            for failure, culprit in failures:
                if failure.key not in failed:
                    failed.add(failure.key)
                    report.failures.append((failure, minimise(judge, target, culprit, failure)))
            new = verdict.outcome not in report.outcomes and verdict.failure is None
            if new:
                report.outcomes.add(verdict.outcome)
            if guide is not None and (new or report.inputs % _LOOKED_AT == 0) and not failures:
                grown = guide.look(judge, target, messages)
                report.grown += grown
                new = new or bool(grown)
            if new and len(pool) < _POOL and sum(map(len, messages)) <= _POOL_OCTETS:
                pool.append(messages)
    report.seconds = process_time() - began
    return report


class _Watch:
    """Looks at the memory of the whole process: what grew beyond its bound is weighed input by input."""

    def __init__(self) -> None:
        self._recent: list[Messages] = []
        self._most = _most_resident()

    def suspects(self, judge: Judge, target: Target, messages: Messages) -> list[tuple[Failure, Messages]]:
        self._recent.append(messages)
        if len(self._recent) < _SUSPECTS:
            return []
        recent, self._recent = self._recent, []
        before, self._most = self._most, _most_resident()
        if self._most - before <= MOST_OCTETS:
            return []
        verdicts = [(judge.weigh(target, candidate).failure, candidate) for candidate in recent]
        return [(failure, candidate) for failure, candidate in verdicts if failure]


def _most_resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
