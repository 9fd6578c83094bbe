"""The journal of a visit: what is on disk before a byte leaves, and before a screen says so.

Append-only; each append is one committed transaction, synced to the disk before the method returns. A visit's whole
state is rebuilt from its entries (`hht.work.progress`).
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hht.access.roles import Act
from hht.clock import iso_z
from hht.i18n import _
from hht.store.errors import SealBroken
from hht.work.visits_noted import note_ended

if TYPE_CHECKING:
    from hht.store.store import Store

_TABLE = "visit_journal"


class JournalKind(enum.StrEnum):
    """What an entry tells. An `INTENT` without its `OUTCOME` is a write of which nobody knows whether it happened."""

    RESUMED = "resumed"  # a process took the visit up (again)
    STARTED = "started"  # a step's attempt began
    ANSWER = "answer"
    INTENT = "intent"  # a write is about to leave
    OUTCOME = "outcome"  # ... and is known to have happened, or not
    DONE = "done"
    FAILED = "failed"
    LEFT = "left"
    STOPPED = "stopped"  # a safety value is bad or missing
    CLEARED = "cleared"  # a named person lifted the lock of a stop
    SKIPPED = "skipped"  # needless, by what was found on site
    LINK = "link"  # connected, lost, another meter
    ENDED = "ended"
    REPORT = "report"
    NOTED = "noted"  # beside the steps: unsafe, signed, rung, … (`hht.work.noted`)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry; `number` counts from 1 within the visit. The payload may be personal: not in `repr`."""

    number: int
    at: datetime
    step: str  # "" for the visit itself
    kind: JournalKind
    payload: dict[str, Any] = field(repr=False)


OnPoint = Callable[[str], None]


class Journal:
    """The journal of one visit. Every method raises StoreError where the disk or the file fails.

    `on_point`, when set, is called with a name right before and right after each append and each write: tests end the
    process there.
    """

    def __init__(
        self, store: Store, visit_id: str, job_id: str, *, visit_number: int = 1, on_point: OnPoint | None = None
    ) -> None:
        self.visit_id = visit_id
        self.job_id = job_id
        self.visit_number = visit_number  # of the visits of the job, from 1
        self.on_point = on_point
        self._store = store
        self._last: int | None = None

    def append(self, step: str, kind: JournalKind, payload: dict[str, Any] | None = None) -> JournalEntry:
        """Put one entry on disk. On an error nothing was added and it may be tried again.

        Raises StoreError; code ``visit-in-use`` where another process works on a visit.
        """
        self._store.hold_visits()
        number = self._last_number() + 1
        at = self._store.now()
        self.point(f"{step or 'visit'}/{kind}/before")
        row = {"visit_id": self.visit_id, "number": number, "at": at, "step": step, "kind": kind.value}
        body = json.dumps(payload or {}, separators=(",", ":")).encode()
        with self._store.transaction():
            self._store.insert(_TABLE, row, key=self._key(number, step, kind, at), sealed={"payload": body})
            if kind is JournalKind.ENDED:
                note_ended(self._store, self.visit_id)
        self._last = number
        self.point(f"{step or 'visit'}/{kind}/after")
        return JournalEntry(number, datetime.fromisoformat(at), step, kind, payload or {})

    def point(self, name: str) -> None:
        """A place where a test may end the process."""
        if self.on_point is not None:
            self.on_point(name)

    def entries(self) -> list[JournalEntry]:
        """Everything so far, oldest first. Raises SealBroken where an entry is missing, moved or altered."""
        rows = self._store.rows(_TABLE, "visit_id = ?", (self.visit_id,), order="number")
        entries = []
        for expected, row in enumerate(rows, 1):
            if row["number"] != expected:
                raise SealBroken(
                    _("Entry {number} of the visit's journal is missing.").format(number=expected),
                    remedy=_("Do not go on with this visit: copy the store for the depot and begin the job anew."),
                    code="journal-broken",
                )
            kind = JournalKind(row["kind"])
            key = self._key(expected, row["step"], kind, row["at"])
            payload = json.loads(self._store.unseal(_TABLE, "payload", key, row))
            entries.append(JournalEntry(expected, datetime.fromisoformat(row["at"]), row["step"], kind, payload))
        self._last = len(entries)
        return entries

    def put_again(self, entry: JournalEntry) -> None:
        """Put an entry in its old place, which was erased in the same transaction: with less in it than it had."""
        at = iso_z(entry.at)
        row = {"visit_id": self.visit_id, "number": entry.number, "at": at, "step": entry.step}
        row["kind"] = entry.kind.value
        body = json.dumps(entry.payload, separators=(",", ":")).encode()
        key = self._key(entry.number, entry.step, entry.kind, at)
        self._store.insert(_TABLE, row, key=key, sealed={"payload": body})

    def require(self, act: Act) -> None:
        """Before anything is done. Raises AccessRefused where whoever is logged in may not."""
        self._store.require(act)

    def release(self) -> None:
        """Let another process work on visits."""
        self._store.release_visits()

    def _last_number(self) -> int:
        if self._last is None:
            rows = self._store.rows(_TABLE, "visit_id = ?", (self.visit_id,), select="max(number) AS last")
            self._last = rows[0]["last"] or 0
        return self._last

    def _key(self, number: int, step: str, kind: JournalKind, at: str) -> str:
        """Everything that stands beside the sealed payload is bound to it."""
        return f"{self.visit_id}/{number}/{step}/{kind}/{at}"
