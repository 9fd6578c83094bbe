"""How the corpus grows: inputs that reach lines of the program which no input reached before are kept, made small.

Bounded for each target in number and size, because they live in the tree. What they reach is looked at anew in each
run: where the program or the seeds have changed, those that add nothing any more go when others come.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from tests.fuzz import corpus
from tests.fuzz.judge import Judge, Verdict, no_garbage_collection
from tests.fuzz.minimise import smallest
from tests.fuzz.mutation import Messages
from tests.fuzz.reach import Line, Reach, fingerprint
from tests.fuzz.target import Target

MOST_INPUTS: Final = 24  # of one target
MOST_OCTETS: Final = 8 * 1024  # of one target's
_MOST_TRIES: Final = 200  # to make one smaller
_SLOWER: Final = 100  # times as long as short inputs may take those that are looked at


class Grown(NamedTuple):
    """An input, and the lines that it reached first."""

    messages: Messages
    lines: frozenset[Line]


class Guide:
    """What the inputs of one target reached so far: those of its seeds, those that failed, those that grew."""

    def __init__(self, judge: Judge, target: Target) -> None:
        seeds = corpus.load(target.seeds)
        for messages in seeds:
            _try(judge, target, messages)  # what is read once and kept is read now
        self._reach = Reach()
        with no_garbage_collection():  # what another target has left unfinished would end here, and count
            for messages in seeds:
                self._new(judge, target, messages)
        self.code = fingerprint(self._reach)  # by what goes with the program, not by what grew
        self.entered = {name for name, _code in self._reach.functions()}
        for _file, name, messages in corpus.found():
            if name == target.name:
                self._new(judge, target, messages)
        kept = ((messages, self._new(judge, target, messages)) for messages in corpus.grown(target.name))
        self.grown = [Grown(messages, frozenset(lines)) for messages, lines in kept]

    def look(self, judge: Judge, target: Target, messages: Messages) -> list[Grown]:
        """The input, made small, and the lines that it is the first to reach; nothing where there are none that it
        reaches each time."""
        found = self._new(judge, target, messages)
        lines = found & _reached(judge, target, messages) if found else found
        if not lines:
            return []
        small = smallest(
            messages, target.fixed, lambda candidate: lines <= _reached(judge, target, candidate), _MOST_TRIES
        )
        return [Grown(small, frozenset(lines))]

    def _new(self, judge: Judge, target: Target, messages: Messages) -> set[Line]:
        return self._reach.look(lambda: _try(judge, target, messages))


def _reached(judge: Judge, target: Target, messages: Messages) -> set[Line]:
    return Reach().look(lambda: _try(judge, target, messages))


def _try(judge: Judge, target: Target, messages: Messages) -> Verdict:
    return judge.fair(target, messages, _SLOWER)


def chosen(inputs: Iterable[Grown]) -> list[Messages]:
    """Those of `inputs` that are worth their room: each reaches a line that none before it does, and where there are
    too many, those that reach most."""
    seen: set[Line] = set()
    worth: list[tuple[int, Messages]] = []
    for messages, lines in inputs:
        if lines - seen:
            worth.append((len(lines - seen), messages))
            seen |= lines
    kept, room = [], MOST_OCTETS
    for _count, messages in sorted(worth, key=lambda one: (-one[0], sum(map(len, one[1])), one[1])):
        size = sum(map(len, messages))
        if size <= room and len(kept) < MOST_INPUTS:
            kept.append(messages)
            room -= size
    return sorted(kept)


_GUIDES: Final[dict[str, Guide]] = {}


def guide_of(target: Target) -> Guide:
    """The guide of a target in this process, and in those that it starts later."""
    if target.name not in _GUIDES:
        with Judge() as judge:
            _GUIDES[target.name] = Guide(judge, target)
    return _GUIDES[target.name]
