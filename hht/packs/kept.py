"""Packs in the store: the envelope as it came, and its records, both sealed.

A pack is known by the SHA-256 of its envelope. Records go in one transaction each, synced to the disk before anything
is done because of them; a job's newest edition is remembered for as long as the store lives.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hht.access.roles import Act
from hht.packs.envelope import open_unverified
from hht.packs.locker import Elsewhere, Parties
from hht.packs.pack import Pack, parse_pack
from hht.packs.records import Record, RecordKind, check_chain, first_hash
from hht.protocol.gbcs.clocks import CLOCK_CODES

if TYPE_CHECKING:
    from hht.store.store import Store

_PACKS, _RECORDS = "packs", "pack_records"


@dataclass(frozen=True, slots=True)
class KeptPack:
    """A pack as it is kept. `key`: the SHA-256 of `envelope` in hex."""

    key: str
    envelope: bytes = field(repr=False)
    pack: Pack


@dataclass(frozen=True, slots=True)
class Left:
    """A command that left: of the pack with the key `pack`; what its record says, when, and whether it came back."""

    pack: str
    payload: dict[str, Any] = field(repr=False)
    at: datetime
    returned: bool = False


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

    def take(self, envelope: bytes, pack: Pack, desk: str = "") -> KeptPack:
        """Keep an accepted pack. One that is kept already is the same, whatever white space stands in this copy's
        envelope: only what the desk signed counts. `desk`: who signed it, as people call them."""
        signed = open_unverified(envelope)
        same = (kept for kept in self.of_job(pack.job) if open_unverified(kept.envelope) == signed)
        here = next(same, None)
        key = here.key if here else first_hash(envelope)
        if here is None:
            row = {
                "key": key,
                "at": self._store.now(),
                "job_index": self._store.blind_index(_PACKS, "job", pack.job),
                "edition": pack.edition,
            }
            self._store.insert(_PACKS, row, key=key, sealed={"envelope": envelope})
        records = KeptRecords(self._store, key)
        with records.alone():
            if not records.all():
                records.append(RecordKind.TAKEN, "", {"pack": pack.name, "edition": pack.edition, "desk": desk})
        return here or KeptPack(key, envelope, pack)

    def all(self) -> list[KeptPack]:
        """Every pack, the newest last."""
        return [self._kept(row) for row in self._store.rows(_PACKS, order="at, edition")]

    def elsewhere(self, key: str, left: Sequence[Left] | None = None) -> Elsewhere:
        """What all packs but that one did at devices. Only what left counts, answered or not. `left`: where it is known
        already."""
        counters: dict[Parties, int] = {}
        clocks: dict[bytes, datetime] = {}
        for one in self.left() if left is None else left:
            if one.pack == key:
                continue
            target = bytes.fromhex(one.payload["target"])
            both = bytes.fromhex(one.payload["originator"]), target
            counters[both] = max(one.payload["counter"], counters.get(both, 0))
            if one.payload["code"] in CLOCK_CODES:
                clocks[target] = max(one.at, clocks.get(target, one.at))
        return Elsewhere(counters, clocks)

    def last_reference(self, way: str) -> int:
        """The reference of the message that left last by `way`, of any pack, even if it came back; 0: none did."""
        used = [(one.at, one.payload["reference"]) for one in self._intents() if one.payload["way"] == way]
        return int(max(used)[1]) if used else 0

    def left(self) -> list[Left]:
        """Each command of any pack that left and did not come back."""
        return [one for one in self._intents() if not one.returned]

    def _intents(self) -> list[Left]:
        """The last time that each command of any pack left."""
        found: dict[tuple[str, str], Left] = {}
        for row in self._store.rows(_RECORDS, order="pack_key, number"):
            place = row["pack_key"], (record := KeptRecords(self._store, row["pack_key"]).read(row)).entry
            if record.kind is RecordKind.INTENT and "way" in record.payload:
                found[place] = Left(row["pack_key"], record.payload, record.at)
            elif record.kind is RecordKind.RETURNED and place in found:
                found[place] = replace(found[place], returned=True)
        return list(found.values())

    def get(self, key: str) -> KeptPack | None:
        """The pack of that key; None: it is not kept."""
        rows = self._store.rows(_PACKS, "key = ?", (key,))
        return self._kept(rows[0]) if rows else None

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
    """The records of one pack in the store (`Records`). Several processes may note things; one delivers at a time."""

    def __init__(self, store: Store, key: str) -> None:
        self._store = store
        self._key = key
        self._known: list[Record] = []  # committed, never only written

    def alone(self) -> AbstractContextManager[object]:
        """See `Records`."""
        return self._store.transaction()

    def permit(self, *, supply: bool) -> None:
        """See `Records`."""
        self._store.require(Act.DELIVER)
        if supply:
            self._store.require(Act.SUPPLY)

    def append(self, kind: RecordKind, entry: str, payload: dict[str, Any]) -> Record:
        """Put one record on disk; in live work with whoever is logged in. Raises StoreError; nothing was added then."""
        payload = payload if self._store.training else {**payload, "person": self._store.acting()}
        with self._store.transaction():
            before = self.all()
            at = datetime.fromisoformat(self._store.now())
            last = before[-1].hash if before else self._key
            record = Record(len(before) + 1, at, kind, entry, payload, last)
            row = {"pack_key": self._key, "number": record.number}
            body = json.dumps({"before": last, "record": base64.b64encode(record.octets()).decode()}).encode()
            self._store.insert(_RECORDS, row, key=self._place(record.number), sealed={"record": body})
        return record

    def all(self) -> list[Record]:
        """Every record, oldest first; also what another process has added."""
        rows = self._store.rows(_RECORDS, "pack_key = ? AND number > ?", (self._key, len(self._known)), order="number")
        found = [*self._known, *(self.read(row) for row in rows)]
        if not self._store.in_transaction:  # what is read inside of one is lost where its commit fails
            self._known = found
        return list(found)

    def read(self, row: Any) -> Record:
        """The record in a row of the table. Raises SealBroken."""
        body = json.loads(self._store.unseal(_RECORDS, "record", self._place(row["number"]), row))
        plain = json.loads(base64.b64decode(body["record"]))
        at, kind = datetime.fromisoformat(plain["at"]), RecordKind(plain["kind"])
        return Record(plain["number"], at, kind, plain["entry"], plain["payload"], body["before"])

    def _place(self, number: int) -> str:
        return f"{self._key}/{number}"
