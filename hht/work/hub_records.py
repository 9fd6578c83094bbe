"""What is on disk of work at a hub: one record after the other, each there before anything is done because of it.

A piece of work is all that is done at one hub's HAN (`HubWorkKind.LOG`), or one exchange of a hub. Records are sealed
and bound to their place; whatever state a piece of work is in follows from them alone.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from hht.store.errors import SealBroken

if TYPE_CHECKING:
    from hht.store.store import Store

_WORKS, _RECORDS = "hub_works", "hub_records"
_REFERENCES = "hub-references"  # the setting


class HubWorkKind(enum.StrEnum):
    """What a piece of work is."""

    LOG = "log"  # devices added, removed, joined and unjoined at one hub
    EXCHANGE = "exchange"


class HubRecordKind(enum.StrEnum):
    """What a record tells. An INTENT without an OUTCOME or a SILENCE after it is a command that nobody knows of."""

    BEGUN = "begun"
    INTENT = "intent"  # a command is about to leave
    OUTCOME = "outcome"  # what came of it
    SILENCE = "silence"  # no answer came, or none that is the device's
    KNOWS = "knows"  # a device said whom it is joined to, or a hub whom it lists
    LINK = "link"  # what two devices are to one another, by both
    STEP = "step"  # an exchange came one step further
    NOTED = "noted"  # a person said something
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class HubRecord:
    """One record; `number` counts from 1. The payload may name devices of a home: not in `repr`."""

    number: int
    at: datetime
    kind: HubRecordKind
    payload: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class HubWorkKept:
    """A piece of work in the store. `hub`: the CHF's Device ID."""

    work_id: str
    kind: HubWorkKind
    begun_at: str
    hub: str


class HubRecords:
    """The records of one piece of work. Every method raises StoreError where the store fails, SealBroken where a record
    is missing or was altered. `on_point` is called right before and after each record: tests end the process there."""

    def __init__(self, store: Store, work_id: str, *, on_point: Callable[[str], None] | None = None) -> None:
        self.store = store
        self.work_id = work_id
        self._on_point = on_point

    def append(self, kind: HubRecordKind, payload: dict[str, Any]) -> HubRecord:
        """Put one record on disk."""
        number = self._last() + 1
        at = self.store.now()
        self._point(f"{kind}/{payload.get('step', payload.get('order', ''))}/before")
        row = {"work_id": self.work_id, "number": number, "at": at, "kind": kind.value}
        body = json.dumps(payload, separators=(",", ":")).encode()
        self.store.insert(_RECORDS, row, key=self._key(number, kind, at), sealed={"payload": body})
        self._point(f"{kind}/{payload.get('step', payload.get('order', ''))}/after")
        return HubRecord(number, datetime.fromisoformat(at), kind, payload)

    def all(self) -> list[HubRecord]:
        """Every record, oldest first."""
        rows = self.store.rows(_RECORDS, "work_id = ?", (self.work_id,), order="number")
        found = []
        for expected, row in enumerate(rows, 1):
            if row["number"] != expected:
                raise SealBroken(
                    _("Record {number} of the work at the hub is missing.").format(number=expected),
                    remedy=_("Do not go on with this work: copy the store for the depot, and ask the desk."),
                    code="hub-records-broken",
                )
            kind = HubRecordKind(row["kind"])
            payload = json.loads(self.store.unseal(_RECORDS, "payload", self._key(expected, kind, row["at"]), row))
            found.append(HubRecord(expected, datetime.fromisoformat(row["at"]), kind, payload))
        return found

    def _last(self) -> int:
        rows = self.store.rows(_RECORDS, "work_id = ?", (self.work_id,), select="max(number) AS last")
        return int(rows[0]["last"] or 0)

    def _key(self, number: int, kind: HubRecordKind, at: str) -> str:
        return f"{self.work_id}/{number}/{kind}/{at}"

    def _point(self, name: str) -> None:
        if self._on_point is not None:
            self._on_point(name)


def begin(store: Store, work_id: str, kind: HubWorkKind, hub: str) -> None:
    """Begin a piece of work at `hub`; one that is there already stays as it is."""
    with store.transaction():
        if store.rows(_WORKS, "work_id = ?", (work_id,), select="work_id"):
            return
        row = {
            "work_id": work_id,
            "kind": kind.value,
            "begun_at": store.now(),
            "hub_index": store.blind_index(_WORKS, "hub", hub),
        }
        store.insert(_WORKS, row, key=work_id, sealed={"hub": hub.encode()})


def works(store: Store, kind: HubWorkKind) -> list[HubWorkKept]:
    """Every piece of work of a kind, the oldest first."""
    rows = store.rows(_WORKS, "kind = ?", (kind.value,), order="begun_at, work_id")
    return [
        HubWorkKept(
            row["work_id"],
            HubWorkKind(row["kind"]),
            row["begun_at"],
            store.unseal(_WORKS, "hub", row["work_id"], row).decode(),
        )
        for row in rows
    ]


def log_work_of(store: Store, hub: str, *, on_point: Callable[[str], None] | None = None) -> HubRecords:
    """The records of what is done at one hub's HAN; begun where there are none."""
    work_id = "log-" + store.blind_index(_WORKS, "hub", hub)
    begin(store, work_id, HubWorkKind.LOG, hub)
    return HubRecords(store, work_id, on_point=on_point)


def last_reference(store: Store, way: str) -> int:
    """The highest reference that hub work has used on `way`, erased work included; 0: none."""
    kept = store.setting(_REFERENCES) or {}
    return max(int(kept.get(_way_index(store, way), 0)), _ways(store).get(way, 0))


def keep_references(store: Store) -> None:
    """Before work is erased: the highest reference of each way, by a fingerprint of the way."""
    kept: dict[str, int] = store.setting(_REFERENCES) or {}
    ways = {_way_index(store, way): last_reference(store, way) for way in _ways(store)}
    if ways:
        store.save_setting(_REFERENCES, kept | ways)


def _ways(store: Store) -> dict[str, int]:
    """Each way that records tell of, with its highest reference."""
    found: dict[str, int] = {}
    for kind in HubWorkKind:
        for work in works(store, kind):
            for record in HubRecords(store, work.work_id).all():
                told = record.payload.get("way")
                if record.kind is HubRecordKind.INTENT and told:
                    found[str(told[0])] = max(found.get(str(told[0]), 0), int(told[1]))
    return found


def _way_index(store: Store, way: str) -> str:
    return store.blind_index("references", "way", way)
