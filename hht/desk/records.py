"""What happened to an ask, one record after the other. A record is on disk before anything is done because of it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class RecordKind(enum.StrEnum):
    """What a record tells."""

    ASKED = "asked"  # what is asked; nothing has left yet
    OFFERED = "offered"  # it is about to leave for the desk, and in which way
    TAKEN = "taken"  # the desk has it
    SENT = "sent"  # the desk sent the service request
    ACKNOWLEDGED = "acknowledged"  # the DCC took the request
    RESULT = "result"  # what came of it
    DENIED = "denied"  # the desk said no
    LOST = "lost"  # the line went away, or the desk fell silent
    COMMAND = "command"  # a finished command came, to be brought to the device
    INTENT = "intent"  # it is about to leave for the device
    ANSWER = "answer"  # what the device answered, octet for octet
    SILENCE = "silence"  # no answer came
    RETURNED = "returned"  # the desk has the answer
    SPOKEN = "spoken"  # a reference that the desk said was typed in
    ERASED = "erased"  # what was secret in it is no longer kept here
    CONTRADICTED = "contradicted"  # the desk said something else than before
    SETTLED = "settled"  # nobody knew what became of it, and a read of the device made afterwards shows it
    SEEN = "seen"  # what the terminal itself read from the device or the hub, or a person noted of it


@dataclass(frozen=True, slots=True)
class Record:
    """One record of an ask; `number` counts from 1."""

    number: int
    at: datetime
    kind: RecordKind
    payload: dict[str, Any] = field(repr=False)


class Records(Protocol):
    """Where one ask's records are kept. `append` returns when the record is on disk; raises StoreError otherwise."""

    def alone(self) -> AbstractContextManager[object]:
        """Nobody else appends while this is held: what is read inside is still so when it is written because of it."""
        ...

    def append(self, kind: RecordKind, payload: dict[str, Any]) -> Record:
        """Keep one more."""
        ...

    def all(self) -> Sequence[Record]:
        """All of them, the oldest first."""
        ...
