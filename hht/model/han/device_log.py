"""The CHF Device Log (the whitelist) and the Historic Device Log, by the joining rules of factbook 2.11."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum

from hht.identifiers import InstallCode
from hht.model.device import DeviceKind
from hht.model.han.node import CONSUMERS

HISTORIC_ENTRIES = 15
USUAL_CAPACITY = 16  # factbook 2.2, from memory: a premises file may say otherwise


class DeviceClass(StrEnum):
    """The two classes of devices that a hub supports (CH-07): what a supplier brings, and consumers' devices, which
    read and no more (GBCS: Type 1, Type 2)."""

    SMART_METERING = "smart metering device"
    CONSUMER_ACCESS = "consumer access device"


@dataclass(slots=True)
class LinkStatistics:
    """What the hub has heard of a device: dBm, LQI 0 to 255, frames (factbook 2.11, read by CCS06)."""

    rssi_dbm: list[int] = field(default_factory=list)  # minimum, sum, maximum
    lqi: list[int] = field(default_factory=list)
    heard: int = 0
    failed: int = 0
    last_ms: int = 0

    def hear(self, rssi_dbm: int, lqi: int, time_ms: int) -> None:
        """A frame came through."""
        self.heard += 1
        self.last_ms = time_ms
        _spread(self.rssi_dbm, rssi_dbm)
        _spread(self.lqi, lqi)

    @property
    def average_rssi_dbm(self) -> int:
        """Average, dBm; 0 when nothing was heard."""
        return self.rssi_dbm[1] // self.heard if self.heard else 0

    @property
    def average_lqi(self) -> int:
        """Average LQI; 0 when nothing was heard."""
        return self.lqi[1] // self.heard if self.heard else 0


def _spread(kept: list[int], value: int) -> None:
    """Bring `value` into a minimum, a sum and a maximum."""
    if not kept:
        kept.extend([value, value, value])
        return
    kept[1] += value
    if value < kept[0]:
        kept[0] = value
    elif value > kept[2]:
        kept[2] = value


def key_hash(code: InstallCode) -> str:
    """The hash of the link key that comes of an install code: what a backup holds of it, 32 hex digits."""
    return hashlib.sha256(f"link key of {code.reveal()}".encode()).hexdigest()[:32].upper()


@dataclass(slots=True)
class LogEntry:
    """A device that may join, or has. `link_key_of`: the code whose key it joined with; None until then. `swap_hash`:
    of the key that it had with the hub before this one; such an entry may know no install code."""

    device_id: str
    kind: DeviceKind
    install_code: InstallCode | None
    added_ms: int
    link_key_of: InstallCode | None = None
    handheld: bool = False
    swap_hash: str = ""
    statistics: LinkStatistics = field(default_factory=LinkStatistics)

    @property
    def device_class(self) -> DeviceClass:
        """Of which class it is."""
        return DeviceClass.CONSUMER_ACCESS if self.kind in CONSUMERS else DeviceClass.SMART_METERING

    @property
    def joined(self) -> bool:
        """Whether it has a link key of its own."""
        return self.link_key_of is not None


class DeviceLog:
    """The devices that may be on the HAN, and those that were (15, with their keys, the oldest overwritten)."""

    def __init__(self, capacity: int = USUAL_CAPACITY) -> None:
        self.capacity = capacity
        self.entries: dict[str, LogEntry] = {}
        self.historic: OrderedDict[str, LogEntry] = OrderedDict()
        self._lost: dict[str, LogEntry] | None = None  # a fault: what stood in it

    def __contains__(self, device_id: object) -> bool:
        return device_id in self.entries

    @property
    def full(self) -> bool:
        """No further device can be added."""
        return len(self.entries) >= self.capacity

    def add(self, entry: LogEntry) -> bool:
        """Add a device; one that is listed stays as it is, its key untouched. Returns whether the log changed."""
        if entry.device_id in self.entries:
            return False
        self.entries[entry.device_id] = entry
        return True

    def remove(self, device_id: str) -> LogEntry | None:
        """Remove a device; its key goes into the Historic Device Log, a handheld terminal's does not."""
        entry = self.entries.pop(device_id, None)
        if entry is not None and (entry.joined or entry.swap_hash) and not entry.handheld:
            self.historic.pop(device_id, None)
            self.historic[device_id] = entry
            while len(self.historic) > HISTORIC_ENTRIES:
                self.historic.popitem(last=False)
        return entry

    # --- faults ----------------------------------------------------------------------------------------------------

    def lose(self) -> None:
        """All that stands in it is lost, until it is found again."""
        self._lost, self.entries = self.entries, {}

    def find_again(self) -> None:
        """What was lost stands in it again, but for what was listed anew."""
        lost, self._lost = self._lost or {}, None
        for entry in lost.values():
            self.give_back(entry)

    def known(self, device_id: str) -> LogEntry | None:
        """The entry of a device, also where it is lost."""
        return self.entries.get(device_id) or (self._lost or {}).get(device_id)

    def withdraw(self, device_id: str) -> LogEntry | None:
        """Take an entry out, also of what is lost: it is in no log any more."""
        found = self.entries.pop(device_id, None)
        return self._lost.pop(device_id, found) if self._lost is not None else found

    def give_back(self, entry: LogEntry) -> None:
        """Put an entry where it was; one that was listed anew stays as it is."""
        (self.entries if self._lost is None else self._lost).setdefault(entry.device_id, entry)
