"""Packs in the store: the envelope as it came, and its records, both sealed.

A pack is known by the SHA-256 of its envelope. Records go in one transaction each, synced to the disk before anything
is done because of them; a job's newest edition is remembered for as long as the store lives.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hht.packs.envelope import open_unverified
from hht.packs.pack import Pack, parse_pack
from hht.packs.records import Record, RecordKind, check_chain, first_hash

if TYPE_CHECKING:
    from hht.store.store import Store

_PACKS, _RECORDS = "packs", "pack_records"


@dataclass(frozen=True, slots=True)
class KeptPack:
    """A pack as it is kept. `key`: the SHA-256 of `envelope` in hex."""

    key: str
    envelope: bytes = field(repr=False)
    pack: Pack


class PackStore:
    """The packs of one store. Every method raises StoreError where the disk or the file fails, SealBroken where a kept
    value was altered."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def newest_edition(self, job: str) -> int:
        """The newest edition of a job's packs that was ever taken in; 0: none."""
        index = self._store.blind_index(_PACKS, "job", job)
        rows = self._store.rows(_PACKS, "job_index = ?", (index,), select="max(edition) AS newest")
        return int(rows[0]["newest"] or 0)

    def take(self, envelope: bytes, pack: Pack) -> KeptPack:
        """Keep an accepted pack; one that is kept already is the same."""
        key = first_hash(envelope)
        if not self._store.rows(_PACKS, "key = ?", (key,), select="key"):
            row = {
                "key": key,
                "at": self._store.now(),
                "job_index": self._store.blind_index(_PACKS, "job", pack.job),
                "edition": pack.edition,
            }
            self._store.insert(_PACKS, row, key=key, sealed={"envelope": envelope})
        records = KeptRecords(self._store, key)
        if not records.all():
            records.append(RecordKind.TAKEN, "", {"pack": pack.name, "edition": pack.edition})
        return KeptPack(key, envelope, pack)

    def of_job(self, job: str) -> list[KeptPack]:
        """A job's packs, the newest edition first."""
        index = self._store.blind_index(_PACKS, "job", job)
        return [
            self._kept(row) for row in self._store.rows(_PACKS, "job_index = ?", (index,), order="edition DESC, at")
        ]

    def records(self, kept: KeptPack) -> KeptRecords:
        """A pack's records. Raises PackError where the chain is broken."""
        found = KeptRecords(self._store, kept.key)
        check_chain(found.all(), kept.envelope)
        return found

    def _kept(self, row: Any) -> KeptPack:
        envelope = self._store.unseal(_PACKS, "envelope", row["key"], row)
        return KeptPack(row["key"], envelope, parse_pack(open_unverified(envelope), row["key"][:12]))


class KeptRecords:
    """The records of one pack in the store (`Records`). One process works on a pack at a time."""

    def __init__(self, store: Store, key: str) -> None:
        self._store = store
        self._key = key
        self._known: list[Record] | None = None

    def append(self, kind: RecordKind, entry: str, payload: dict[str, Any]) -> Record:
        """Put one record on disk. Raises StoreError; nothing was added then."""
        before = self.all()
        at = datetime.fromisoformat(self._store.now())
        last = before[-1].hash if before else self._key
        record = Record(len(before) + 1, at, kind, entry, payload, last)
        row = {"pack_key": self._key, "number": record.number}
        body = json.dumps({"before": last, "record": base64.b64encode(record.octets()).decode()}).encode()
        self._store.insert(_RECORDS, row, key=self._place(record.number), sealed={"record": body})
        self._known = [*before, record]
        return record

    def all(self) -> list[Record]:
        """Every record, oldest first."""
        if self._known is None:
            rows = self._store.rows(_RECORDS, "pack_key = ?", (self._key,), order="number")
            self._known = [self._record(row) for row in rows]
        return self._known

    def _record(self, row: Any) -> Record:
        body = json.loads(self._store.unseal(_RECORDS, "record", self._place(row["number"]), row))
        plain = json.loads(base64.b64decode(body["record"]))
        at, kind = datetime.fromisoformat(plain["at"]), RecordKind(plain["kind"])
        return Record(plain["number"], at, kind, plain["entry"], plain["payload"], body["before"])

    def _place(self, number: int) -> str:
        return f"{self._key}/{number}"
