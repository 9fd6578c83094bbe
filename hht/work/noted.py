"""What is noted of a visit beside its steps: at any step and any time, in the same journal, so in the same chain."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from hht.work.journal import JournalEntry

_KIND = "noted"


class NoteKind(enum.StrEnum):
    """What a note is of."""

    UNSAFE = "unsafe"  # an unsafe situation, with its notice
    SIGNATURE = "signature"
    CALL = "call"  # somebody was rung
    ENDING = "ending"  # why the visit ended before its work was done
    PHOTO = "photo"  # a photo was bound, or taken again


class Notable(Protocol):
    """What can be noted."""

    @property
    def kind(self) -> NoteKind:
        """Of which kind it is."""
        ...

    def as_plain(self) -> dict[str, Any]:
        """What is kept of it, as JSON knows it."""
        ...


@dataclass(frozen=True, slots=True)
class VisitNote:
    """A note as the journal has it; `number`: of its entry; `step`: "" for the visit as a whole. It may be personal."""

    number: int
    at: datetime
    step: str
    kind: NoteKind
    told: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, entry: JournalEntry) -> VisitNote:
        """The note in a journal's entry."""
        told = {name: value for name, value in entry.payload.items() if name != _KIND}
        return cls(entry.number, entry.at, entry.step, NoteKind(entry.payload[_KIND]), told)


def payload_of(note: Notable) -> dict[str, Any]:
    """What the journal keeps of it."""
    return {_KIND: note.kind.value, **note.as_plain()}


def of_kind(notes: Iterable[VisitNote], kind: NoteKind) -> list[VisitNote]:
    """Those of that kind, the oldest first."""
    return [note for note in notes if note.kind is kind]
