"""ZDO: networks in reach, energy on channels, joining and leaving."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hht.protocol.little_endian import ListOf, Record, Whole, Within, ieee, of, u8, u16, u32
from hht.protocol.znp.messages import Command, command
from hht.protocol.znp.status import STATUS

CHANNELS: Final = range(11, 27)  # at 2.4 GHz
ALL_CHANNELS: Final = 0x07FFF800

STATES: Final = {
    0: "initialised, not started",
    1: "initialised, not connected",
    2: "discovering networks",
    3: "joining",
    4: "rejoining",
    5: "joined, not authenticated",
    6: "end device",
    7: "router",
    8: "starting as coordinator",
    9: "coordinator",
    10: "lost its parent",
}
JOINED_STATES: Final = (6, 7)


def channel_mask(channels: Iterable[int]) -> int:
    """The bits of channels 11 to 26."""
    return sum(1 << channel for channel in set(channels))


def channels_of(mask: int) -> tuple[int, ...]:
    """The channels of a mask, those of 2.4 GHz."""
    return tuple(channel for channel in CHANNELS if mask >> channel & 1)


@command(0x25, 0x26, "ZDO.NetworkDiscoveryReq")
@dataclass(frozen=True, slots=True)
class NetworkDiscoveryReq(Command):
    """Look for networks; `duration` n: (2**n + 1) x 15.36 ms on each channel."""

    channels: int = u32()
    duration: int = u8()


@command(0x65, 0x26, "ZDO.NetworkDiscoveryReq answer")
@dataclass(frozen=True, slots=True)
class NetworkDiscoveryRsp(Command):
    """Whether it looks."""

    status: int = u8(STATUS)


@dataclass(frozen=True, slots=True)
class Beacon(Record):
    """A network as one of its devices told of it. `source`: the 16-bit address of that device."""

    source: int = u16()
    pan: int = u16()
    channel: int = u8()
    permit_joining: int = u8()
    router_capacity: int = u8()
    device_capacity: int = u8()
    protocol_version: int = u8()
    stack_profile: int = u8()
    lqi: int = u8()
    depth: int = u8()
    update_id: int = u8()
    extended_pan: str = ieee()


@command(0x45, 0xC5, "ZDO.BeaconNotifyInd")
@dataclass(frozen=True, slots=True)
class BeaconNotifyInd(Command):
    """Beacons that were heard."""

    beacons: tuple[Beacon, ...] = of(ListOf(Within(Beacon)))


@command(0x45, 0xC7, "ZDO.NwkDiscoveryCnf")
@dataclass(frozen=True, slots=True)
class NwkDiscoveryCnf(Command):
    """It has looked everywhere."""

    status: int = u8(STATUS)


@command(0x25, 0x27, "ZDO.JoinReq")
@dataclass(frozen=True, slots=True)
class JoinReq(Command):
    """Join a network through a parent in it."""

    channel: int = u8()
    pan: int = u16()
    extended_pan: str = ieee()
    parent: int = u16()
    depth: int = u8()
    stack_profile: int = u8()


@command(0x65, 0x27, "ZDO.JoinReq answer")
@dataclass(frozen=True, slots=True)
class JoinRsp(Command):
    """Whether it tries."""

    status: int = u8(STATUS)


@command(0x45, 0xC6, "ZDO.JoinCnf")
@dataclass(frozen=True, slots=True)
class JoinCnf(Command):
    """Whether it joined; its 16-bit address there, and its parent's."""

    status: int = u8(STATUS)
    address: int = u16()
    parent: int = u16()


@command(0x25, 0x37, "ZDO.MgmtNWKUpdateReq")
@dataclass(frozen=True, slots=True)
class MgmtNwkUpdateReq(Command):
    """With a `duration` of 0 to 5: an energy scan, `count` times over."""

    destination: int = u16()
    mode: int = u8()
    channels: int = u32()
    duration: int = u8()
    count: int = u8()
    manager: int = u16(default=0)


@command(0x65, 0x37, "ZDO.MgmtNWKUpdateReq answer")
@dataclass(frozen=True, slots=True)
class MgmtNwkUpdateRsp(Command):
    """Whether it begins."""

    status: int = u8(STATUS)


@command(0x45, 0xB8, "ZDO.MgmtNWKUpdateNotify")
@dataclass(frozen=True, slots=True)
class MgmtNwkUpdateNotify(Command):
    """`energies`: for each channel scanned, from the lowest on, 0 (quiet) to 255."""

    source: int = u16()
    status: int = u8(STATUS)
    scanned: int = u32()
    transmissions: int = u16()
    failures: int = u16()
    energies: tuple[int, ...] = of(ListOf(Whole(1)))


@command(0x25, 0x34, "ZDO.MgmtLeaveReq")
@dataclass(frozen=True, slots=True)
class MgmtLeaveReq(Command):
    """Have a device leave: `destination` (16-bit) asks it of the device with that IEEE address, all zeros itself."""

    destination: int = u16()
    address: str = ieee()
    options: int = u8()


@command(0x65, 0x34, "ZDO.MgmtLeaveReq answer")
@dataclass(frozen=True, slots=True)
class MgmtLeaveRsp(Command):
    """Whether it tries."""

    status: int = u8(STATUS)


@command(0x45, 0xB4, "ZDO.MgmtLeaveRsp")
@dataclass(frozen=True, slots=True)
class MgmtLeaveInd(Command):
    """Whether the device leaves."""

    source: int = u16()
    status: int = u8(STATUS)


@command(0x45, 0xC9, "ZDO.LeaveInd")
@dataclass(frozen=True, slots=True)
class LeaveInd(Command):
    """A device has left the network; also when the dongle itself was told to."""

    source: int = u16()
    address: str = ieee()
    request: int = u8()
    remove: int = u8()
    rejoin: int = u8()


@command(0x25, 0x40, "ZDO.StartupFromApp")
@dataclass(frozen=True, slots=True)
class StartupFromApp(Command):
    """Start in the network that the dongle remembers; `delay` in ms."""

    delay: int = u16()


@command(0x65, 0x40, "ZDO.StartupFromApp answer")
@dataclass(frozen=True, slots=True)
class StartupFromAppRsp(Command):
    """What it begins with."""

    state: int = u8({0: "restored", 1: "new network", 2: "not started"})


@command(0x45, 0xC0, "ZDO.StateChangeInd")
@dataclass(frozen=True, slots=True)
class StateChangeInd(Command):
    """What the dongle is in its network now."""

    state: int = u8(STATES)
