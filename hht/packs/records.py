"""What happened to a pack, one record after the other, each bound to all before it by its hash.

A record is on disk before anything is done or said because of it. The chain begins with the SHA-256 of the envelope, so
it belongs to one pack and no other; whoever has the records and the envelope can check both without this terminal.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from hht.clock import iso_z
from hht.i18n import _
from hht.packs.errors import PackError


class RecordKind(enum.StrEnum):
    """What a record tells. An INTENT without an ANSWER, a SILENCE or a SETTLED is a delivery that nobody knows of."""

    TAKEN = "taken"  # the pack was taken in
    INTENT = "intent"  # a command is about to leave
    ANSWER = "answer"  # what the device answered, octet for octet
    SILENCE = "silence"  # no answer came, or none that is the device's
    SETTLED = "settled"  # a read, or a person by what they saw, told what had become of it
    RETURNED = "returned"  # the way itself says that it never reached the device: it waits again
    FROZEN = "frozen"  # the WAN is back or the desk sends over it: nothing more is delivered
    CONFIRMED = "confirmed"  # the desk says that the pack still holds
    PASSED_OVER = "passed-over"  # a person decided to go on without it
    CHALLENGE = "challenge"  # what is read out to the desk before a command that affects supply may go
    MISREAD = "misread"  # a code was typed that is none of that challenge
    RELEASED = "released"  # the desk's code was right: the command may go, once, for some minutes
    OVER = "over"  # a challenge or a code was found to be over: it counts no more, whatever the clock says then


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `number` counts from 1, `entry`: "" for the pack as a whole, `before`: the hash of what precedes."""

    number: int
    at: datetime
    kind: RecordKind
    entry: str
    payload: dict[str, Any] = field(repr=False)
    before: str

    @property
    def hash(self) -> str:
        """SHA-256 over the record and all before it, in hex."""
        return hashlib.sha256(self.before.encode() + b"\n" + self.octets()).hexdigest()

    def octets(self) -> bytes:
        """The record as it is hashed and kept: JSON with sorted keys, without the hash before it."""
        plain = {"number": self.number, "at": iso_z(self.at), "kind": str(self.kind), "entry": self.entry}
        return json.dumps(plain | {"payload": self.payload}, sort_keys=True, separators=(",", ":")).encode()


class Records(Protocol):
    """Where records are kept. `append` returns when the record is on disk; raises StoreError where it is not."""

    def alone(self) -> AbstractContextManager[object]:
        """Nobody else appends while this is held: what is read inside is still so when it is written because of it."""
        ...

    def permit(self, *, supply: bool) -> None:
        """Before a command leaves; `supply`: it affects somebody's. Raises AccessRefused where whoever is logged in may
        not."""
        ...

    def append(self, kind: RecordKind, entry: str, payload: dict[str, Any]) -> Record:
        """Keep one more, chained to the one before it."""
        ...

    def all(self) -> Sequence[Record]:
        """All of them, the oldest first."""
        ...


def first_hash(envelope: bytes) -> str:
    """What the chain of an envelope begins with."""
    return hashlib.sha256(envelope).hexdigest()


def check_chain(records: Sequence[Record], envelope: bytes) -> str:
    """The hash of the last record. Raises PackError where a record is missing, moved, altered or of another pack."""
    before = first_hash(envelope)
    for number, record in enumerate(records, 1):
        if record.number != number or record.before != before:
            raise PackError(
                _("Record {number} of the pack does not follow what stands before it.").format(number=number),
                remedy=_("Deliver nothing more. Keep the store as it is and hand it in at the depot."),
                code="pack-records-broken",
            )
        before = record.hash
    return before
