"""The depot's end: wants what it has not, keeps what comes whole, receipts it, hands jobs out. Sans network; what it
says is on disk before it is said."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from hht.depot.letters import (
    MOST_ITEM,
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
from hht.depot.shelf import Shelf
from hht.evidence import check_bundle
from hht.i18n import _

AHEAD: Final = 16 * PART  # octets of an item that are asked for at once
BUNDLE: Final = ".hhtb"


@dataclass(slots=True)
class DepotEnd:
    """Of one depot, for all terminals. `heard` takes what a terminal said, and says what to answer it."""

    shelf: Shelf
    _asked: dict[tuple[str, str], int] = field(default_factory=dict)  # terminal, item -> the octet asked for up to

    def heard(self, terminal: str, letter: FromTerminal) -> Iterator[FromDepot]:
        """Go on with the terminal of that key. Raises OSError and sqlite3.Error where the disk fails: nothing was said
        then, and the terminal will ask again."""
        match letter:
            case Offer(items):
                yield from self._offered(terminal, items)
                jobs = self.shelf.jobs_for(terminal)
                yield from (JobLetter(*job) for job in jobs)
                yield Told(len(jobs))
            case Part():
                yield from self._part(terminal, letter)
            case Taken(number, state, why):
                self.shelf.job_taken(terminal, number, state, why)
            case Gone(sha256, erased):
                self.shelf.gone(terminal, sha256, erased=erased)

    def _offered(self, terminal: str, items: tuple[Offered, ...]) -> Iterator[FromDepot]:
        have = tuple(one.sha256 for one in items if self.shelf.has(one.sha256))
        if have:
            yield Receipt(have)
        for one in items:
            if one.sha256 in have:
                continue
            if not 0 < one.octets <= MOST_ITEM:
                yield Refusal(one.sha256, _("it is empty, or too large"))
                continue
            self.shelf.expect(terminal, one)
            there = self.shelf.spooled(terminal, one.sha256)
            if there < one.octets:
                yield self._want(terminal, one.sha256, there)
            else:  # all of it had come when the depot died, or its disk was full
                yield self._whole(terminal, one)

    def _want(self, terminal: str, sha256: str, start: int) -> Want:
        self._asked[terminal, sha256] = start + AHEAD
        return Want(sha256, start, AHEAD)

    def _part(self, terminal: str, part: Part) -> Iterator[FromDepot]:
        if self.shelf.has(part.sha256):
            yield Receipt((part.sha256,))
            return
        item = self.shelf.expected(terminal, part.sha256)
        if item is None:
            return  # it was never offered here: the terminal will offer it again
        there = self.shelf.spooled(terminal, item.sha256)
        if part.start == there and there + len(part.octets) <= item.octets:
            there = self.shelf.add(terminal, item.sha256, part.octets)
            if there == item.octets:
                yield self._whole(terminal, item)
            elif there >= self._asked.get((terminal, item.sha256), 0):
                yield self._want(terminal, item.sha256, there)
        elif part.start > there and self._asked.get((terminal, item.sha256), 0) != there + AHEAD:
            yield self._want(terminal, item.sha256, there)  # one was lost: from here on again, once

    def _whole(self, terminal: str, item: Offered) -> FromDepot:
        self._asked.pop((terminal, item.sha256), None)
        octets = self.shelf.spool(terminal, item.sha256)
        if hashlib.sha256(octets).hexdigest() != item.sha256:
            self.shelf.forget(terminal, item.sha256)
            return Refusal(item.sha256, _("its octets have another SHA-256"))
        if item.name.endswith(BUNDLE) and (problem := check_bundle(octets).problem):
            self.shelf.forget(terminal, item.sha256)
            return Refusal(item.sha256, problem)
        self.shelf.keep(terminal, item)
        return Receipt((item.sha256,))
