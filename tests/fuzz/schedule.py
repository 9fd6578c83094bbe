"""What is tried next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, cycle
from typing import Final, NamedTuple

from tests.fuzz.ledger import Ledger
from tests.fuzz.targets import TARGETS

STRETCH_S: Final = 4.0  # CPU seconds of one job
LONG_STRETCH: Final = 100  # long inputs in one job
_STRETCH: Final = 40_000  # inputs of one job: what is fast leaves its time to others
_LONG_ROUND: Final = 4  # one round in so many, or so much of the time, is for long inputs


class Task(NamedTuple):
    """One job: a target, where its inputs begin, how many, and of which kind. `guided`: the corpus grows by it."""

    name: str
    seed: int
    count: int
    long: bool = False
    guided: bool = False


def in_rounds(names: Sequence[str], seed: int, inputs: float, *, long: bool = False) -> Iterator[Task]:
    """One target after the other, from `seed` on: the same each time. Few inputs in all are spread over all targets.
    One round in four, and each where only `long` ones are wanted, is of long inputs."""
    lengthy = [name for name in names if TARGETS[name].longest]
    for number in count(1):
        if lengthy and (long or number % _LONG_ROUND == 0):
            yield from (Task(name, seed * LONG_STRETCH, LONG_STRETCH, long=True) for name in lengthy)
        if not long:
            yield from (Task(name, seed, _share(names, inputs)) for name in names)
        seed += 1


def by_need(names: Sequence[str], ledger: Ledger, seed: int, inputs: float) -> Iterator[Task]:
    """Every other stretch for whoever has had least since its code changed, the others in turn, beginning with who has
    had least in all. Long inputs have a quarter of the time of those that take them."""
    since = {name: ledger.of(name).since_s for name in names}
    spent = {name: ledger.of(name).cpu_s for name in names}
    long_s = {name: ledger.of(name).long_s for name in names}
    in_turn = cycle(sorted(names, key=lambda name: (spent[name], name)))
    for number in count():
        name = next(in_turn) if number % 2 == 0 else min(since, key=lambda one: (since[one], one))
        long = bool(TARGETS[name].longest) and long_s[name] * _LONG_ROUND < spent[name]
        since[name] += STRETCH_S
        spent[name] += STRETCH_S
        if long:
            long_s[name] += STRETCH_S
            yield Task(name, seed + number * LONG_STRETCH, LONG_STRETCH, long=True)
        else:
            yield Task(name, seed + number, _share(names, inputs), guided=True)


def _share(names: Sequence[str], inputs: float) -> int:
    return int(min(_STRETCH, 1 + inputs // len(names)))
