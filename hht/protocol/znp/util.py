"""UTIL: what the dongle is, and key establishment, which its firmware runs (that has the curve and the certificate)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hht.protocol.little_endian import ListOf, Octets, Whole, ieee, of, u8, u16
from hht.protocol.znp.messages import Address, AddressKind, Command, command
from hht.protocol.znp.status import STATUS
from hht.protocol.znp.zdo import STATES

SUITES: Final = {1: "sect163k1", 2: "sect283k1"}


@command(0x27, 0x00, "UTIL.GetDeviceInfo")
@dataclass(frozen=True, slots=True)
class GetDeviceInfo(Command):
    """What are you?"""


@command(0x67, 0x00, "UTIL.GetDeviceInfo answer")
@dataclass(frozen=True, slots=True)
class GetDeviceInfoRsp(Command):
    """`type`: bits of what it can be (1 coordinator, 2 router, 4 end device); `associated`: its children."""

    status: int = u8(STATUS)
    address: str = ieee()
    short_address: int = u16()
    type: int = u8()
    state: int = u8(STATES)
    associated: tuple[int, ...] = of(ListOf(Whole(2)))


@command(0x27, 0x49, "UTIL.AssocFindDevice")
@dataclass(frozen=True, slots=True)
class AssocFindDevice(Command):
    """A child by its place in the dongle's table."""

    index: int = u8()


@command(0x67, 0x49, "UTIL.AssocFindDevice answer")
@dataclass(frozen=True, slots=True)
class AssocFindDeviceRsp(Command):
    """The entry as it lies in the dongle's memory: 28 octets where its processor aligns nothing, 36 elsewhere."""

    device: bytes = of(Octets(0))


@command(0x27, 0x80, "UTIL.ZCLKeyEstInitEst")
@dataclass(frozen=True, slots=True)
class KeyEstInitEst(Command):
    """Agree a key with a partner."""

    task: int = u8()
    sequence: int = u8()
    endpoint: int = u8()
    address: Address = of(AddressKind())


@command(0x67, 0x80, "UTIL.ZCLKeyEstInitEst answer")
@dataclass(frozen=True, slots=True)
class KeyEstInitEstRsp(Command):
    """Whether it tries; how it ended says `KeyEstInd`."""

    status: int = u8(STATUS)


@command(0x47, 0xE1, "UTIL.ZCLKeyEstInd")
@dataclass(frozen=True, slots=True)
class KeyEstInd(Command):
    """How it ended. `wait_time` in seconds, where the partner asks for patience; see `SUITES`."""

    task: int = u8()
    event: int = u8()
    status: int = u8(STATUS)
    wait_time: int = u8()
    suite: int = u16(SUITES)
