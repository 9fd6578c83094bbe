"""The terminal's end: offers what waits, sends what is wanted, notes receipts, takes jobs. Sans I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from hht.depot.letters import (
    MOST_OFFERED,
    PART,
    FromDepot,
    FromTerminal,
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


class Luggage(Protocol):
    """What a terminal has to bring home, and where its jobs go."""

    def waiting(self) -> tuple[Offered, ...]:
        """What is not receipted yet, what matters first."""

    def octets(self, item: Offered) -> bytes:
        """Those of an item."""

    def receipted(self, item: Offered) -> None:
        """The depot has it: noted on disk when this returns."""

    def take(self, job: JobLetter) -> Taken:
        """Take a job in, on disk when this returns; one that came before is answered as then."""


@dataclass(slots=True)
class TerminalEnd:
    """One meeting, of that number. `letters()` first; then each letter of the depot goes into `heard`, which says what
    to answer. Where nothing is heard for a while, `letters()` again: whatever was lost is found out by it."""

    luggage: Luggage
    meeting: int
    on_item: Callable[[Offered, int], object] = lambda _item, _octets: None  # how far it is: octets that were sent
    jobs: list[Taken] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)  # items that the depot does not take: SHA-256 -> why
    receipts: int = 0
    _left: dict[str, Offered] = field(default_factory=dict)
    _answered: bool = False
    _held: tuple[str, bytes] = ("", b"")  # the item that is being sent

    def letters(self) -> Iterator[FromTerminal]:
        """What to say first, and again when the depot is silent."""
        self._left = {one.sha256: one for one in self.luggage.waiting() if one.sha256 not in self.refused}
        items = tuple(self._left.values())
        for start in range(0, max(1, len(items)), MOST_OFFERED):
            yield Offer(items[start : start + MOST_OFFERED], self.meeting)

    @property
    def left(self) -> tuple[Offered, ...]:
        """What the depot is not known to have."""
        return tuple(self._left.values())

    @property
    def finished(self) -> bool:
        """Whether nothing is left to bring, and the depot has said what it has for this terminal."""
        return self._answered and not self._left

    def heard(self, letter: FromDepot) -> Iterator[FromTerminal]:
        """Go on from there."""
        match letter:
            case Want():
                yield from self._parts(letter)
            case Receipt(hashes):
                for sha256 in hashes:
                    item = self._left.pop(sha256, None)
                    if item is not None:
                        self.luggage.receipted(item)
                        self.receipts += 1
            case Refusal(sha256, why):
                if self._left.pop(sha256, None) is not None:
                    self.refused[sha256] = why
            case JobLetter():
                taken = self.luggage.take(letter)
                self.jobs.append(taken)
                yield taken
            case Told(meeting):
                self._answered |= meeting == self.meeting  # else it is the answer to a meeting that broke off

    def _parts(self, want: Want) -> Iterator[Part]:
        item = self._left.get(want.sha256)
        if item is None:
            return
        if self._held[0] != item.sha256:
            self._held = item.sha256, self.luggage.octets(item)
        octets = self._held[1]
        end = min(len(octets), want.start + min(want.count, _AHEAD * PART))
        for start in range(want.start, end, PART):
            self.on_item(item, min(end, start + PART))
            yield Part(item.sha256, start, octets[start : min(end, start + PART)])
