"""The HAN X-ray: what a hub's Device Log and the devices' joins say of a home's network, device by device: how well it
is heard, how far its joining has come, how old the gas mirror can be at best, and when the gas meter wakes next.

Nothing is asked here: `ui.han_xray` reads. Times of hearing are the hub's own clock's. Who tried to join and was not
let in stands in the hub's Security Log, where a hub puts it there (0x8F3E with the Device ID; that hubs do so is
unverified): an entry is a fact, and no entry proves nothing. So who is expected here and not listed is told besides.
"""

from __future__ import annotations

import enum
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hht.identifiers.device_id import DeviceId
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.work.hub_facts import DeviceLogEntry, LogLine, Partner
from hht.work.join_matrix import matrix

WAKE_EVERY: Final = timedelta(minutes=30)  # factbook 2.3
GRACE: Final = timedelta(seconds=60)  # our own number: for how long a wake that was not heard is not called missed
UNAUTHORISED: Final = 0x8F3E  # unauthorised communication access attempted (GBCS)
_SAME_S: Final = 2.0  # our own number: two hearings so near to the same second of the half-hour are of its rhythm

Joins = Mapping[DeviceId, tuple[Partner, ...]]
Kinds = Mapping[DeviceId, GbcsDeviceType]


class Position(enum.StrEnum):
    """How far a device has come with joining."""

    NOT_LISTED = "not listed"  # expected here, and not on the log: the hub turns it away
    FORMER = "listed no more"  # the same, and it was on the log once
    LISTED = "listed, never joined"
    LEFT = "listed, not joined now"
    ON_HAN = "on the HAN, joined to nobody"
    PARTLY = "joined, not to all it could be"
    JOINED = "joined"


@dataclass(frozen=True, slots=True)
class GasWake:
    """When a gas meter's radio wakes: `last` it was heard, `next` it will be (the hub's clock). `missed`: wakes that
    were not heard since. `confirmed`: two hearings show its rhythm; else `last` may have been somebody's press of a
    button, and the next wake is another one, at `next` at the latest."""

    last: datetime
    next: datetime
    missed: int
    confirmed: bool

    def at(self, now: datetime) -> GasWake:
        """The same at a later moment, where it was not heard since."""
        missed = max(0, (now - self.last - GRACE) // WAKE_EVERY)
        ahead = max(0, (now - self.last) // WAKE_EVERY) + 1
        return GasWake(self.last, self.last + ahead * WAKE_EVERY, missed, self.confirmed)

    def wait_s(self, now: datetime) -> int:
        """Whole seconds from `now` until it listens."""
        return max(0, -int((now - self.next) // timedelta(seconds=1)))


@dataclass(frozen=True, slots=True)
class XrayDevice:
    """One device. `row`: None where it is not on the log. `knows`: whom it is joined to, by its own word or theirs;
    `lacks`: who is on this HAN, could be joined to it, and is not."""

    device: DeviceId
    kind: GbcsDeviceType | None
    position: Position
    row: DeviceLogEntry | None
    knows: tuple[DeviceId, ...] = ()
    lacks: tuple[DeviceId, ...] = ()
    wake: GasWake | None = None


@dataclass(frozen=True, slots=True)
class Knock:
    """A device that is not listed, and tried to join so many `times` by the hub's Security Log, `last` then."""

    device: DeviceId
    times: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Xray:
    """A HAN as it was at `read_at`. `mirror_from`: the gas proxy's copy is of this moment at best; None: it has none,
    or nobody knows which device is the gas meter."""

    read_at: datetime
    chf: DeviceId
    gpf: DeviceId
    devices: tuple[XrayDevice, ...]
    mirror_from: datetime | None
    knocked: tuple[Knock, ...] | None = None  # None: the Security Log was not read

    @property
    def mirror_age_s(self) -> int | None:
        """How old the copy is at least, in seconds."""
        return None if self.mirror_from is None else max(0, int((self.read_at - self.mirror_from).total_seconds()))

    @property
    def wakes(self) -> tuple[XrayDevice, ...]:
        """The gas meters whose wake is known, the one that wakes first first."""
        known = [one for one in self.devices if one.wake is not None]
        return tuple(sorted(known, key=lambda one: one.wake.next if one.wake else self.read_at))

    def at(self, *positions: Position) -> tuple[XrayDevice, ...]:
        """The devices that have come so far."""
        return tuple(one for one in self.devices if one.position in positions)


@dataclass(frozen=True, slots=True)
class HanSeen:
    """What was read: each reading of the Device Log, the joins that were told, what devices are, whom the job or a
    person expects here, and whom the log once had."""

    logs: Sequence[Sequence[DeviceLogEntry]]
    joins: Joins
    kinds: Kinds
    expected: Kinds
    former: frozenset[DeviceId] = frozenset()
    security: Sequence[LogLine] | None = None  # the hub's Security Log; None: not read


def gas_wake(heard: Iterable[datetime], now: datetime) -> GasWake | None:
    """When a gas meter wakes next that was heard at these times; None where it never was."""
    times = sorted(set(heard))
    if not times:
        return None
    last = times[-1]
    fits = [one for one in times[:-1] if last - one > timedelta(seconds=_SAME_S) and _in_rhythm(last - one)]
    return GasWake(last, last, 0, bool(fits)).at(now)


def _in_rhythm(apart: timedelta) -> bool:
    beyond = (apart % WAKE_EVERY).total_seconds()
    return min(beyond, WAKE_EVERY.total_seconds() - beyond) <= _SAME_S


def xray(now: datetime, chf: DeviceId, gpf: DeviceId, seen: HanSeen) -> Xray:
    """All of it, from the latest reading; earlier ones tell the rhythm of a gas meter. `now`: when that was read."""
    rows = {row.device: row for row in seen.logs[-1]}
    kinds = {**seen.expected, **seen.kinds, gpf: GbcsDeviceType.GPF}
    pairs = _pairs(seen.joins)
    there = {device for device, row in rows.items() if row.joined} | {gpf}
    found = []
    for device in [*rows, *(one for one in seen.expected if one not in rows)]:
        row, kind = rows.get(device), kinds.get(device)
        knows = tuple(sorted((one for one in pairs.get(device, ()) if one in there), key=str))
        could = {one for one in there - {device} if _may_join(kind, kinds.get(one))}
        lacks = tuple(sorted(could - set(knows), key=str)) if row is not None and row.joined else ()
        place = _position(device, row, knows, lacks, seen)
        wake = gas_wake(_heard(device, seen.logs), now) if kind is GbcsDeviceType.GSME and place in _ON else None
        found.append(XrayDevice(device, kind, place, row, knows, lacks, wake))
    told = [one for one in found if one.wake is not None and gpf in one.knows]
    mirror = max((one.wake.last for one in told if one.wake is not None), default=None)
    return Xray(now, chf, gpf, tuple(found), mirror, knocks(seen.security, rows))


def knocks(security: Sequence[LogLine] | None, listed: Container[DeviceId]) -> tuple[Knock, ...] | None:
    """Who tried to join and is not `listed`, the latest first, by the hub's Security Log; None where that is not
    known."""
    if security is None:
        return None
    tried: dict[DeviceId, list[datetime]] = {}
    for line in security:
        if line.code == UNAUTHORISED and line.device is not None and line.device not in listed:
            tried.setdefault(line.device, []).append(line.time)
    found = [Knock(device, len(times), max(times)) for device, times in tried.items()]
    return tuple(sorted(found, key=lambda one: one.last, reverse=True))


_ON: Final = (Position.ON_HAN, Position.PARTLY, Position.JOINED)


def _position(
    device: DeviceId,
    row: DeviceLogEntry | None,
    knows: tuple[DeviceId, ...],
    lacks: tuple[DeviceId, ...],
    seen: HanSeen,
) -> Position:
    if row is None:
        return Position.FORMER if device in seen.former else Position.NOT_LISTED
    if not row.joined:
        return Position.LISTED if row.never_joined else Position.LEFT
    if not knows:
        return Position.ON_HAN
    return Position.PARTLY if lacks else Position.JOINED


def _pairs(joins: Joins) -> dict[DeviceId, set[DeviceId]]:
    """Who knows whom, whichever of the two said so."""
    found: dict[DeviceId, set[DeviceId]] = {}
    for device, partners in joins.items():
        for partner in partners:
            found.setdefault(device, set()).add(partner.device)
            found.setdefault(partner.device, set()).add(device)
    return found


def _may_join(one: GbcsDeviceType | None, other: GbcsDeviceType | None) -> bool:
    return one is not other and any(set(link.between) == {one, other} for link in matrix())


def _heard(device: DeviceId, logs: Sequence[Sequence[DeviceLogEntry]]) -> list[datetime]:
    return [row.last_heard for log in logs for row in log if row.device == device and row.last_heard is not None]
