"""What is known of a HAN before its hub is exchanged: who is on it, how well each is heard, who is joined to whom.

Never a key, never a hash of one: the hub's copy of its log (CCS07) holds hashes that would let another hub take its
devices over, and of those only a fingerprint of the whole is here. It is kept sealed in the store, from before the old
hub is taken off until every device has been shown to talk again; then it is erased, and a receipt says so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from hht.clock import iso_z
from hht.identifiers.device_id import DeviceId
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.store.erasure import Erased, erase, first_piece
from hht.work.hub_facts import DeviceLogEntry, LogCopy, Partner
from hht.work.hub_partners import kinds_of
from hht.work.hub_records import HubRecordKind, HubRecords

if TYPE_CHECKING:
    from hht.store.store import Store

_TABLE: Final = "hub_snapshots"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """See the module. `joins`: whom each device that could be asked knows; `told`: what a person said that devices are;
    `last_change`: when the hub's Event Log last
    says that the Device Log changed (the hub's time; None: it says nothing of it)."""

    chf: DeviceId
    gpf: DeviceId
    pan: DeviceId
    taken: datetime
    log: tuple[DeviceLogEntry, ...] = field(repr=False)
    historic: tuple[DeviceId, ...] = field(repr=False)
    joins: dict[DeviceId, tuple[Partner, ...]] = field(repr=False)
    fingerprint: str
    last_change: datetime | None
    told: dict[DeviceId, GbcsDeviceType] = field(default_factory=dict, repr=False)

    @property
    def devices(self) -> frozenset[DeviceId]:
        """Everybody who was on the log."""
        return frozenset(row.device for row in self.log)

    @property
    def to_come_back(self) -> frozenset[DeviceId]:
        """Those that had joined: they have to be shown to talk."""
        return frozenset(row.device for row in self.log if row.joined)

    @property
    def kinds(self) -> dict[DeviceId, GbcsDeviceType]:
        """What each device is, as far as others or a person told."""
        return self.told | kinds_of(self.joins)

    def octets(self) -> bytes:
        """As JSON."""
        return json.dumps(self._plain(), separators=(",", ":")).encode()

    def _plain(self) -> dict[str, Any]:
        return {
            "chf": str(self.chf),
            "gpf": str(self.gpf),
            "pan": str(self.pan),
            "taken": iso_z(self.taken),
            "log": [row.plain() for row in self.log],
            "historic": [str(one) for one in self.historic],
            "joins": {
                str(device): [[str(one.device), one.kind.name] for one in known] for device, known in self.joins.items()
            },
            "told": {str(device): kind.name for device, kind in self.told.items()},
            "fingerprint": self.fingerprint,
            "last_change": None if self.last_change is None else iso_z(self.last_change),
        }


def snapshot_of(octets: bytes) -> Snapshot:
    """A snapshot as it was kept."""
    plain = json.loads(octets)
    changed = plain["last_change"]
    return Snapshot(
        DeviceId.parse(plain["chf"]),
        DeviceId.parse(plain["gpf"]),
        DeviceId.parse(plain["pan"]),
        datetime.fromisoformat(plain["taken"]),
        tuple(_entry(row) for row in plain["log"]),
        tuple(map(DeviceId.parse, plain["historic"])),
        {
            DeviceId.parse(device): tuple(Partner(DeviceId.parse(one), GbcsDeviceType[kind]) for one, kind in known)
            for device, known in plain["joins"].items()
        },
        plain["fingerprint"],
        None if changed is None else datetime.fromisoformat(changed),
        {DeviceId.parse(device): GbcsDeviceType[kind] for device, kind in plain["told"].items()},
    )


def make_snapshot(
    gpf: DeviceId,
    chf: DeviceId,
    log: tuple[DeviceLogEntry, ...],
    copy: LogCopy,
    joins: dict[DeviceId, tuple[Partner, ...]],
    last_change: datetime | None,
    terminal: DeviceId | None,
    told: dict[DeviceId, GbcsDeviceType],
) -> Snapshot:
    """Of what was read. `terminal`: this terminal's own Device ID: it is on the log as long as it reads, and is not
    restored."""
    rows = tuple(row for row in log if row.device != terminal)
    return Snapshot(chf, gpf, copy.pan, copy.taken, rows, copy.historic, joins, copy.fingerprint, last_change, told)


class SnapshotStore:
    """The snapshot of one exchange. Every method raises StoreError where the store fails."""

    def __init__(self, store: Store, work_id: str) -> None:
        self._store = store
        self._work_id = work_id

    def keep(self, snapshot: Snapshot, records: HubRecords) -> None:
        """Keep it, and note that it is: both or neither."""
        told = {
            "step": "snapshot",
            "fingerprint": snapshot.fingerprint,
            "devices": len(snapshot.log),
            "last_change": None if snapshot.last_change is None else iso_z(snapshot.last_change),
            "pan": str(snapshot.pan),
        }
        with self._store.transaction():
            sealed = {"snapshot": snapshot.octets()}
            self._store.insert(_TABLE, {"work_id": self._work_id}, key=self._work_id, sealed=sealed)
            records.append(HubRecordKind.STEP, told)

    def load(self) -> Snapshot | None:
        """It; None: there is none (any more). Raises SealBroken where it was altered."""
        rows = self._store.rows(_TABLE, "work_id = ?", (self._work_id,))
        return snapshot_of(self._store.unseal(_TABLE, "snapshot", self._work_id, rows[0])) if rows else None

    def mark(self) -> bytes:
        """What of it is looked for should the terminal die between erasing and looking."""
        return first_piece(self._store, _TABLE, "snapshot", "work_id", self._work_id)

    def destroy(self) -> Erased | None:
        """Erase it, and look whether anything is left; None: there was none. Raises StoreError ``store-erasure``."""
        snapshot = self.load()
        if snapshot is None:
            return None
        return erase(self._store, _TABLE, "snapshot", "work_id", self._work_id, also=_clear(snapshot))


def _clear(snapshot: Snapshot) -> list[bytes]:
    """What of it must stand in no file of the store in the clear."""
    texts = [str(one) for one in snapshot.devices] + [one.value for one in snapshot.devices]
    return [text.encode() for text in texts] + [one.to_bytes() for one in snapshot.devices]


def _entry(plain: dict[str, Any]) -> DeviceLogEntry:
    rssi, lqi, heard = plain["rssi_dbm"], plain["lqi"], plain["last_heard"]
    return DeviceLogEntry(
        DeviceId.parse(plain["device"]),
        plain["joined"],
        None if heard is None else datetime.fromisoformat(heard),
        None if rssi is None else (rssi[0], rssi[1], rssi[2]),
        None if lqi is None else (lqi[0], lqi[1], lqi[2]),
        plain["hops"],
        plain["frames_heard"],
        plain["frames_failed"],
    )
