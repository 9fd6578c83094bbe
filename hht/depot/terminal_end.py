"""The terminal's end: offers what waits, sends what is wanted, notes receipts, takes jobs. Sans I/O.

What was receipted before may be offered once more (`Offered.before`): a depot that was put back to an earlier day wants
it then, and says by that that it has lost what it had receipted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Protocol

from hht.depot.letters import (
    MOST_OFFERED,
    PART,
    FromDepot,
    FromTerminal,
    Gone,
    JobLetter,
    Offer,
    Offered,
    Part,
    Receipt,
    Refusal,
    Taken,
    Told,
    Want,
)

_AHEAD: Final = 64  # letters of one item at a time, at most: a depot asks for fewer


class Fate(StrEnum):
    """What is left at the terminal of an item that the depot receipted once, and has no more."""

    HERE = "here"  # it goes once more
    CHANGED = "changed"  # something was added to it: as it is now it waits for itself
    ERASED = "erased"  # on the depot's receipt: nobody has it any more


class Luggage(Protocol):
    """What a terminal has to bring home, and where its jobs go."""

    def waiting(self) -> tuple[Offered, ...]:
        """What is not receipted yet, what matters first."""

    def octets(self, item: Offered) -> bytes:
        """Those of an item."""

    def receipted(self, item: Offered) -> None:
        """The depot has it: noted on disk when this returns."""

    def missed(self, item: Offered) -> Fate:
        """The depot receipted it once and has it no more: noted on disk when this returns."""

    def take(self, job: JobLetter) -> Taken:
        """Take a job in, on disk when this returns; one that came before is answered as then."""


@dataclass(slots=True)
class TerminalEnd:
    """One meeting. `letters()` first; then each letter of the depot goes into `heard`, which says what to answer. Where
    nothing is heard for a while, `letters()` again: whatever was lost is found out by it."""

    luggage: Luggage
    on_item: Callable[[Offered, int], object] = lambda _item, _octets: None  # how far it is: octets that were sent
    jobs: list[Taken] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)  # items that the depot does not take: SHA-256 -> why
    missed: list[Offered] = field(default_factory=list)  # receipted once, gone there, and erased here
    receipts: int = 0  # of what had none before
    _left: dict[str, Offered] = field(default_factory=dict)
    _answered: bool = False
    _held: tuple[str, bytes] = ("", b"")  # the item that is being sent

    def letters(self) -> Iterator[FromTerminal]:
        """What to say first, and again when the depot is silent."""
        over = {*self.refused, *(one.sha256 for one in self.missed)}
        self._left = {one.sha256: one for one in self.luggage.waiting() if one.sha256 not in over}
        items = tuple(self._left.values())
        for start in range(0, max(1, len(items)), MOST_OFFERED):
            yield Offer(items[start : start + MOST_OFFERED])

    @property
    def left(self) -> tuple[Offered, ...]:
        """What the depot is not known to have."""
        return tuple(one for one in self._left.values() if not one.before)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to bring, and the depot has said what it has for this terminal."""
        return self._answered and not self._left

    def heard(self, letter: FromDepot) -> Iterator[FromTerminal]:
        """Go on from there."""
        match letter:
            case Want():
                yield from self._wanted(letter)
            case Receipt(hashes):
                for sha256 in hashes:
                    item = self._left.pop(sha256, None)
                    if item is not None and not item.before:
                        self.luggage.receipted(item)
                        self.receipts += 1
            case Refusal(sha256, why):
                if self._left.pop(sha256, None) is not None:
                    self.refused[sha256] = why
            case JobLetter(number):
                taken = self.luggage.take(letter)
                if number not in {one.number for one in self.jobs}:  # else it came twice in this meeting
                    self.jobs.append(taken)
                yield taken
            case Told():
                self._answered = True

    def _wanted(self, want: Want) -> Iterator[FromTerminal]:
        item = self._left.get(want.sha256)
        if item is None:
            return
        if item.before:
            fate = self.luggage.missed(item)
            if fate is not Fate.HERE:
                del self._left[item.sha256]
                self.missed += [item] if fate is Fate.ERASED else []
                yield Gone(item.sha256, fate is Fate.ERASED)
                return
            item = self._left[item.sha256] = replace(item, before=False)
        yield from self._parts(item, want)

    def _parts(self, item: Offered, want: Want) -> Iterator[Part]:
        if self._held[0] != item.sha256:
            self._held = item.sha256, self.luggage.octets(item)
        octets = self._held[1]
        end = min(len(octets), want.start + min(want.count, _AHEAD * PART))
        for start in range(want.start, end, PART):
            self.on_item(item, min(end, start + PART))
            yield Part(item.sha256, start, octets[start : min(end, start + PART)])
