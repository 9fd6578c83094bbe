"""What a terminal keeps of what it has to bring home: photos of a visit, and what became of each thing that goes.

Records of the outbox outlive the visit that they are of: that it was erased, on whose receipt, and what the search
found, has to be known when nothing of it is left. They hold hashes, counts and who did it, nothing of the visit itself.
"""

from __future__ import annotations

import contextlib
import enum
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hht.clock import iso_z
from hht.photos import Photo
from hht.store.errors import StoreError

if TYPE_CHECKING:
    from hht.store.store import Row, Store

_RECORDS, _PHOTOS = "outbox_records", "photos"


class OutKind(enum.StrEnum):
    """What a record of the outbox tells."""

    EXPORTED = "exported"  # a thing left, as octets with that hash: into a folder, or in live work by a desk's line
    RECEIPTED = "receipted"  # somebody has octets with that hash, and says so
    MISSED = "missed"  # whoever had receipted octets with that hash has them no more
    NEIGHBOURS_ERASING = "neighbours-erasing"  # what it had of a neighbour is gone; pieces to look for
    NEIGHBOURS_ERASED = "neighbours-erased"  # it was, and nothing was found
    ERASING = "erasing"  # the visit is about to be erased; pieces to look for, should the terminal die
    ERASED = "erased"  # it was, and nothing was found


def outbox_entry(kind: OutKind) -> str:
    """How the log of live work calls its entry of a record of this kind."""
    return f"outbox-{kind.value}"


@dataclass(frozen=True, slots=True)
class OutRecord:
    """One record; `number` counts from 1 within the visit."""

    number: int
    at: datetime
    kind: OutKind
    payload: dict[str, Any] = field(repr=False)


class OutboxBook:
    """The records of one store. Every method raises StoreError, SealBroken where a kept value was altered."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def append(self, visit_id: str, kind: OutKind, payload: dict[str, Any]) -> None:
        """Keep one more, with who did it, on disk when this returns; in live work it is an entry of the log too."""
        payload = {**payload, "who": self._store.acting()}
        with self._store.transaction():
            self._store.note(outbox_entry(kind), {"visit": visit_id, **_for_the_log(payload)})
            number, at = len(self._rows(visit_id)) + 1, self._store.now()
            row = {"visit_id": visit_id, "number": number, "at": at, "kind": kind.value}
            body = json.dumps(payload).encode()
            self._store.insert(_RECORDS, row, key=_place(visit_id, number, kind, at), sealed={"payload": body})

    def of_visit(self, visit_id: str) -> tuple[OutRecord, ...]:
        """The records of a visit, the oldest first."""
        return tuple(self._record(row) for row in self._rows(visit_id))

    def receipt_of(self, visit_id: str, sha256: str) -> dict[str, Any] | None:
        """What was noted when octets with that hash were receipted; None: they were not."""
        kept = (one.payload for one in reversed(self.of_visit(visit_id)) if one.kind is OutKind.RECEIPTED)
        return next((one for one in kept if one["sha256"] == sha256), None)

    def receipted_by(self, depot: str, since: datetime | None = None) -> list[tuple[str, dict[str, Any]]]:
        """What the depot of that key has receipted (from `since` on) and is not known to have lost: the visit, and what
        was noted (name, sha256, octets); each hash once, the oldest first."""
        at = iso_z(since) if since is not None else ""
        rows = self._store.rows(_RECORDS, "kind = ? AND at >= ?", (OutKind.RECEIPTED.value, at), order="at")
        records = [(row["visit_id"], self._record(row).payload) for row in rows]
        told = {note["sha256"]: (visit, note) for visit, note in records if note.get("depot") == depot}
        for row in self._store.rows(_RECORDS, "kind = ?", (OutKind.MISSED.value,), order="at"):
            note, missed = told.get(self._record(row).payload["sha256"]), row["number"]
            if note is not None and not self._again(row["visit_id"], note[1]["sha256"], missed):
                del told[note[1]["sha256"]]
        return [*told.values()]

    def _again(self, visit_id: str, sha256: str, after: int) -> bool:
        later = (one for one in self.of_visit(visit_id) if one.number > after and one.kind is OutKind.RECEIPTED)
        return any(one.payload["sha256"] == sha256 for one in later)

    def missed(self, visit_id: str) -> str:
        """Who said that it has something of the visit no more, which it had receipted; "": nobody."""
        record = self.last(visit_id, OutKind.MISSED)
        return str(record.payload["by"]) if record is not None else ""

    def last(self, visit_id: str, *kinds: OutKind) -> OutRecord | None:
        """The latest record of one of these kinds."""
        return next((one for one in reversed(self.of_visit(visit_id)) if one.kind in kinds), None)

    def visits(self) -> tuple[str, ...]:
        """The visits of which there are any, also erased ones."""
        rows = self._store.rows(_RECORDS, order="at, visit_id", select="visit_id, at")
        return tuple(dict.fromkeys(row["visit_id"] for row in rows))

    def _rows(self, visit_id: str) -> list[Row]:
        return self._store.rows(_RECORDS, "visit_id = ?", (visit_id,), order="number")

    def _record(self, row: Row) -> OutRecord:
        kind = OutKind(row["kind"])
        place = _place(row["visit_id"], row["number"], kind, row["at"])
        payload = json.loads(self._store.unseal(_RECORDS, "payload", place, row))
        return OutRecord(row["number"], datetime.fromisoformat(row["at"]), kind, payload)


@dataclass(frozen=True, slots=True)
class KeptPhoto:
    """A photo of a visit; `number` counts from 1; `step`: which it belongs to, "" for the visit as a whole."""

    visit_id: str
    number: int
    at: datetime
    step: str
    photo: Photo

    def told(self) -> dict[str, Any]:
        """What a bundle tells of it: its hash binds its octets."""
        told = {"number": self.number, "step": self.step, "at": iso_z(self.at), "sha256": self.photo.sha256}
        return {**told, "octets": len(self.photo.octets), "format": self.photo.format}


class PhotoStore:
    """The photos of one store, sealed. Every method raises StoreError, SealBroken."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, visit_id: str, step: str, photo: Photo) -> KeptPhoto:
        """Keep a photo of a step; one that the visit has already (by its hash) is the same."""
        with self._store.transaction():
            number, at = self.number_for(visit_id, step, photo), self._store.now()
            if (same := self.photo(visit_id, number)) is not None:
                return same
            facts = {"step": step, "format": photo.format, "dropped": photo.dropped, "sha256": photo.sha256}
            sealed = {"facts": json.dumps(facts).encode(), "octets": photo.octets}
            row = {"visit_id": visit_id, "number": number, "at": at}
            self._store.insert(_PHOTOS, row, key=f"{visit_id}/{number}/{at}", sealed=sealed)
        return KeptPhoto(visit_id, number, datetime.fromisoformat(at), step, photo)

    def number_for(self, visit_id: str, step: str, photo: Photo) -> int:
        """Under which number `add` keeps it: its own where the visit has it already, else the next one."""
        rows = self._rows(visit_id)
        own = (row["number"] for row in rows if _same(self._facts(row), step, photo))
        return next(own, max((row["number"] for row in rows), default=0) + 1)

    def numbers(self, visit_id: str) -> tuple[int, ...]:
        """The numbers of a visit's photos, the oldest first."""
        return tuple(row["number"] for row in self._rows(visit_id))

    def each(self, visit_id: str) -> Iterator[KeptPhoto]:
        """The photos of a visit, the oldest first; no more than one of them is in memory."""
        for number in self.numbers(visit_id):
            if (one := self.photo(visit_id, number)) is not None:
                yield one

    def photo(self, visit_id: str, number: int) -> KeptPhoto | None:
        """The photo of that number; None where there is none (any more)."""
        rows = self._store.rows(_PHOTOS, "visit_id = ? AND number = ?", (visit_id, number))
        return self._photo(rows[0]) if rows else None

    def of_visit(self, visit_id: str) -> tuple[KeptPhoto, ...]:
        """The photos of a visit, the oldest first, all at once."""
        return tuple(self.each(visit_id))

    def remove(self, visit_id: str, number: int) -> None:
        """Take a photo out that was taken again: it may show what nobody should see. The store's file overwrites it."""
        with self._store.transaction() as database:
            where = "visit_id = ? AND number = ?"
            database.execute(f"DELETE FROM [{_PHOTOS}] WHERE {where}", [visit_id, number])
        with contextlib.suppress(StoreError):  # another program reads: the next one tidies up
            self._store.checkpoint()

    def _rows(self, visit_id: str) -> list[Row]:
        """Without the octets: they may be many."""
        columns = "visit_id, number, at, facts_sealed"
        return self._store.rows(_PHOTOS, "visit_id = ?", (visit_id,), order="number", select=columns)

    def _facts(self, row: Row) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self._store.unseal(_PHOTOS, "facts", _key(row), row))
        return facts

    def _photo(self, row: Row) -> KeptPhoto:
        facts = self._facts(row)
        photo = Photo(self._store.unseal(_PHOTOS, "octets", _key(row), row), facts["format"], facts["dropped"])
        return KeptPhoto(row["visit_id"], row["number"], datetime.fromisoformat(row["at"]), facts["step"], photo)


def _for_the_log(payload: dict[str, Any]) -> dict[str, Any]:
    """Who did it the entry says itself; pieces are of what was sealed. `has_it`: who has the octets, or has them no
    more."""
    told = {name: value for name, value in payload.items() if name not in ("who", "pieces")}
    return {("has_it" if name == "by" else name): value for name, value in told.items()}


def _key(row: Row) -> str:
    return f"{row['visit_id']}/{row['number']}/{row['at']}"


def _same(facts: dict[str, Any], step: str, photo: Photo) -> bool:
    return bool((facts["sha256"], facts["step"]) == (photo.sha256, step))


def _place(visit_id: str, number: int, kind: OutKind, at: str) -> str:
    return f"{visit_id}/{number}/{kind.value}/{at}"
