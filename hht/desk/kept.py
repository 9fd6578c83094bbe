"""Asks in the store: what was asked and everything that happened to it, sealed; each record on disk by itself.

An ask is known by its reference; which job it belongs to is kept as a fingerprint alone.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hht.access.roles import Act
from hht.clock import iso_z
from hht.desk.asks import Ask
from hht.desk.course import AskReport, Course
from hht.desk.errors import DeskError
from hht.desk.records import Record, RecordKind
from hht.i18n import _
from hht.store.errors import StoreError
from hht.work.supply_acts import supply_acts

if TYPE_CHECKING:
    from hht.store.store import Store

_ASKS, _RECORDS = "desk_asks", "desk_records"


class AskBook:
    """The asks of one store. Every method raises StoreError where the disk or the file fails, SealBroken where a kept
    value was altered."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def permit(self, ask: Ask) -> None:
        """Before it is kept, and before it goes to the desk. Raises AccessRefused where it affects somebody's supply
        and whoever is logged in may not."""
        if ask.kind in supply_acts().asks:
            self._store.require(Act.SUPPLY)

    def keep(self, ask: Ask) -> KeptRecords:
        """Keep a new ask: on disk when this returns. Raises DeskError ``desk-reference-used``, and as `permit`."""
        self.permit(ask)
        if self.known(ask.reference):
            raise DeskError(
                _("The reference {reference} is used already.").format(reference=ask.reference),
                remedy=_("Ask again; another reference is drawn."),
                code="desk-reference-used",
            )
        index = self._store.blind_index(_ASKS, "job", ask.job)
        with self._store.transaction() as database:
            row = [ask.reference, self._store.now(), index]
            database.execute(f"INSERT INTO {_ASKS} (reference, at, job_index) VALUES (?, ?, ?)", row)
            records = KeptRecords(self._store, ask.reference)
            records.append(RecordKind.ASKED, {"ask": ask.plain()})
        return records

    def known(self, reference: str) -> bool:
        """Whether there is an ask of that reference."""
        return bool(self._store.rows(_ASKS, "reference = ?", (reference,), select="reference"))

    def records(self, reference: str) -> KeptRecords:
        """An ask's records. Raises DeskError ``desk-unknown-ask``."""
        if not self.known(reference):
            raise DeskError(
                _("There is no ask with the reference {reference} here.").format(reference=reference[:20]),
                remedy=_("See hht desk list for those of this store."),
                code="desk-unknown-ask",
            )
        return KeptRecords(self._store, reference)

    def shown_records(self, reference: str) -> tuple[Record, ...]:
        """An ask's records as anybody may read them: nothing secret is in them. Raises as `records`."""
        records = self.records(reference).all()
        ask = Course(records).ask
        if not ask.secret:
            return tuple(records)
        cleared = ((record, _without_secrets(record, ask)) for record in records)
        return tuple(record if shown is None else replace(record, payload=shown) for record, shown in cleared)

    def erase_secrets(self, reference: str) -> bool:
        """Take what is secret out of an ask that needs it no more, and out of the commands that came of it; whether
        there was anything. The rest stays as it is; the desk cannot be asked under this reference any more.

        Raises StoreError: then all of it is as before.
        """
        records = self.records(reference).all()
        ask = Course(records).ask
        if not ask.secret:
            return False
        self._rewrite(reference, [(record, _without_secrets(record, ask)) for record in records])
        return True

    def erase_answer(self, reference: str) -> None:
        """Take out what was answered: it is kept elsewhere, or by nobody. Raises StoreError: then all is as before."""
        records = self.records(reference).all()
        self._rewrite(reference, [(record, _without_answer(record)) for record in records])

    def _rewrite(self, reference: str, records: Sequence[tuple[Record, dict[str, Any] | None]]) -> None:
        """Put other payloads in the place of those that are there, and say that something was erased."""
        with self._store.transaction() as database:
            for record, cleared in records:
                if cleared is not None:
                    place = f"{reference}/{record.number}"
                    body = self._store.seal(_RECORDS, "record", place, _body(record.at, record.kind, cleared))
                    where = "WHERE reference = ? AND number = ?"
                    key = [reference, record.number]
                    empty = f"UPDATE {_RECORDS} SET record_sealed = zeroblob(length(record_sealed)) {where}"
                    database.execute(empty, key)
                    database.execute(f"UPDATE {_RECORDS} SET record_sealed = ? {where}", [body, *key])
            KeptRecords(self._store, reference).append(RecordKind.ERASED, {})
        with contextlib.suppress(StoreError):  # another program reads: it goes with the next one's tidying up
            self._store.checkpoint()

    def report(self, reference: str) -> AskReport:
        """How an ask stands. Raises DeskError ``desk-unknown-ask``."""
        return Course(self.records(reference).all()).report()

    def reports(self, job: str | None = None) -> tuple[AskReport, ...]:
        """All asks, or those of a job, the oldest first."""
        where: str = "1"
        values: tuple[str, ...] = ()
        if job is not None:
            where, values = "job_index = ?", (self._store.blind_index(_ASKS, "job", job),)
        rows = self._store.rows(_ASKS, where, values, order="rowid", select="reference")
        return tuple(self.report(row["reference"]) for row in rows)


def _without_secrets(record: Record, ask: Ask) -> dict[str, Any] | None:
    """The payload of a record without what is secret; None: there is nothing of the kind in it."""
    if record.kind is RecordKind.ASKED:
        return {"ask": ask.plain() | {"details": ask.shown}}
    return record.payload | {"response": ""} if record.kind is RecordKind.COMMAND else None


def _without_answer(record: Record) -> dict[str, Any] | None:
    """The payload of a result without what was answered; None: there is none in it."""
    answered = record.kind is RecordKind.RESULT and record.payload.get("answer")
    return record.payload | {"answer": ""} if answered else None


def _body(at: datetime, kind: RecordKind, payload: dict[str, Any]) -> bytes:
    return json.dumps({"at": iso_z(at), "kind": str(kind), "payload": payload}).encode()


class KeptRecords:
    """The records of one ask in the store (`hht.desk.records.Records`). Several may work on it: a person notes what
    they saw while a command is out."""

    def __init__(self, store: Store, reference: str) -> None:
        self._store = store
        self.reference = reference

    def alone(self) -> AbstractContextManager[object]:
        """See `Records`."""
        return self._store.transaction()

    def append(self, kind: RecordKind, payload: dict[str, Any]) -> Record:
        """Put one record on disk; in live work with whoever is logged in. Raises StoreError; nothing was added then."""
        payload = payload if self._store.training else {**payload, "person": self._store.acting()}
        with self._store.transaction():
            (row,) = self._store.rows(_RECORDS, "reference = ?", (self.reference,), select="count(*) AS records")
            record = Record(row["records"] + 1, datetime.fromisoformat(self._store.now()), kind, payload)
            place = {"reference": self.reference, "number": record.number}
            sealed = {"record": _body(record.at, kind, payload)}
            self._store.insert(_RECORDS, place, key=self._place(record.number), sealed=sealed)
        return record

    def all(self) -> Sequence[Record]:
        """Every record, the oldest first; also what another has added."""
        rows = self._store.rows(_RECORDS, "reference = ?", (self.reference,), order="number")
        return [self._record(row) for row in rows]

    def _record(self, row: Any) -> Record:
        plain = json.loads(self._store.unseal(_RECORDS, "record", self._place(row["number"]), row))
        at, kind = datetime.fromisoformat(plain["at"]), RecordKind(plain["kind"])
        return Record(row["number"], at, kind, plain["payload"])

    def _place(self, number: int) -> str:
        return f"{self.reference}/{number}"
