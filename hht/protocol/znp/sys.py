"""SYS: reset, ping, version, identity, and items of the dongle's non-volatile memory."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, IntEnum
from typing import Final

from hht.protocol.little_endian import Octets, ieee, of, u8, u16, u32
from hht.protocol.znp.messages import Command, command
from hht.protocol.znp.status import STATUS

LONGEST_VALUE: Final = 246  # of a non-volatile item, in one frame


class Item(IntEnum):
    """Items of the non-volatile memory that are named here."""

    EXTENDED_ADDRESS = 0x0001
    NETWORK_INFORMATION = 0x0021  # NIB
    PRECONFIGURED_KEY = 0x0062
    PRECONFIGURED_KEYS_ENABLE = 0x0063
    CHANNEL_LIST = 0x0084  # 132, CHANLIST


class Capability(Flag):
    """Subsystems that a dongle's firmware has (answer to a ping)."""

    SYS = 1 << 0
    MAC = 1 << 1
    NWK = 1 << 2
    AF = 1 << 3
    ZDO = 1 << 4
    SAPI = 1 << 5
    UTIL = 1 << 6
    DEBUG = 1 << 7
    APP = 1 << 8
    GREEN_POWER = 1 << 9
    APP_CONFIG = 1 << 10
    ZOAD = 1 << 12


_RESETS: Final = {0: "hard", 1: "soft"}
_REASONS: Final = {0: "power-up", 1: "external", 2: "watchdog"}


@command(0x41, 0x00, "SYS.ResetReq")
@dataclass(frozen=True, slots=True)
class ResetReq(Command):
    """Start anew; a hard reset takes a USB dongle's port away for a moment."""

    type: int = u8(_RESETS, 1)


@command(0x41, 0x80, "SYS.ResetInd")
@dataclass(frozen=True, slots=True)
class ResetInd(Command):
    """The dongle has started."""

    reason: int = u8(_REASONS)
    transport_revision: int = u8()
    product: int = u8()
    major: int = u8()
    minor: int = u8()
    maintenance: int = u8()


@command(0x21, 0x01, "SYS.Ping")
@dataclass(frozen=True, slots=True)
class Ping(Command):
    """Is somebody there?"""


@command(0x61, 0x01, "SYS.Ping answer")
@dataclass(frozen=True, slots=True)
class PingRsp(Command):
    """`capabilities`: see `Capability`."""

    capabilities: int = u16()


@command(0x21, 0x02, "SYS.Version")
@dataclass(frozen=True, slots=True)
class Version(Command):
    """Which firmware is it?"""


@command(0x61, 0x02, "SYS.Version answer")
@dataclass(frozen=True, slots=True)
class VersionRsp(Command):
    """`code_revision`: the date of the firmware, as YYYYMMDD, on most."""

    transport_revision: int = u8()
    product: int = u8()
    major: int = u8()
    minor: int = u8()
    maintenance: int = u8()
    code_revision: int = u32()
    bootloader_type: int = u8()
    bootloader_revision: int = u32()


@command(0x21, 0x04, "SYS.GetExtAddr")
@dataclass(frozen=True, slots=True)
class GetExtAddr(Command):
    """Which IEEE address has it?"""


@command(0x61, 0x04, "SYS.GetExtAddr answer")
@dataclass(frozen=True, slots=True)
class GetExtAddrRsp(Command):
    """Its IEEE address."""

    address: str = ieee()


# --- non-volatile items by their number (OSAL)


@command(0x21, 0x07, "SYS.OSALNVItemInit")
@dataclass(frozen=True, slots=True)
class OsalNvItemInit(Command):
    """Make an item."""

    id: int = u16()
    length: int = u16()
    value: bytes = of(Octets(1))


@command(0x61, 0x07, "SYS.OSALNVItemInit answer")
@dataclass(frozen=True, slots=True)
class OsalNvItemInitRsp(Command):
    """NV_ITEM_UNINIT: it was made; SUCCESS: it was there."""

    status: int = u8(STATUS)


@command(0x21, 0x08, "SYS.OSALNVRead")
@dataclass(frozen=True, slots=True)
class OsalNvRead(Command):
    """Read an item from `offset` on."""

    id: int = u16()
    offset: int = u8()


@command(0x61, 0x08, "SYS.OSALNVRead answer")
@dataclass(frozen=True, slots=True)
class OsalNvReadRsp(Command):
    """What it holds."""

    status: int = u8(STATUS)
    value: bytes = of(Octets(1))


@command(0x21, 0x09, "SYS.OSALNVWrite")
@dataclass(frozen=True, slots=True)
class OsalNvWrite(Command):
    """Write an item from `offset` on."""

    id: int = u16()
    offset: int = u8()
    value: bytes = of(Octets(1))


@command(0x61, 0x09, "SYS.OSALNVWrite answer")
@dataclass(frozen=True, slots=True)
class OsalNvWriteRsp(Command):
    """Whether it was written."""

    status: int = u8(STATUS)


@command(0x21, 0x12, "SYS.OSALNVDelete")
@dataclass(frozen=True, slots=True)
class OsalNvDelete(Command):
    """Delete an item; its length must be said right."""

    id: int = u16()
    length: int = u16()


@command(0x61, 0x12, "SYS.OSALNVDelete answer")
@dataclass(frozen=True, slots=True)
class OsalNvDeleteRsp(Command):
    """Whether it is gone."""

    status: int = u8(STATUS)


@command(0x21, 0x13, "SYS.OSALNVLength")
@dataclass(frozen=True, slots=True)
class OsalNvLength(Command):
    """How long is an item?"""

    id: int = u16()


@command(0x61, 0x13, "SYS.OSALNVLength answer")
@dataclass(frozen=True, slots=True)
class OsalNvLengthRsp(Command):
    """0: there is none."""

    length: int = u16()


@command(0x21, 0x1C, "SYS.OSALNVReadExt")
@dataclass(frozen=True, slots=True)
class OsalNvReadExt(Command):
    """As OSALNVRead, for longer items."""

    id: int = u16()
    offset: int = u16()


@command(0x61, 0x1C, "SYS.OSALNVReadExt answer")
@dataclass(frozen=True, slots=True)
class OsalNvReadExtRsp(Command):
    """What it holds, as far as a frame goes."""

    status: int = u8(STATUS)
    value: bytes = of(Octets(1))


@command(0x21, 0x1D, "SYS.OSALNVWriteExt")
@dataclass(frozen=True, slots=True)
class OsalNvWriteExt(Command):
    """As OSALNVWrite, for longer items."""

    id: int = u16()
    offset: int = u16()
    value: bytes = of(Octets(2))


@command(0x61, 0x1D, "SYS.OSALNVWriteExt answer")
@dataclass(frozen=True, slots=True)
class OsalNvWriteExtRsp(Command):
    """Whether it was written."""

    status: int = u8(STATUS)


# --- non-volatile items by system, item and sub-item (newer firmware)


@command(0x21, 0x30, "SYS.NVCreate")
@dataclass(frozen=True, slots=True)
class NvCreate(Command):
    """Make an item."""

    system: int = u8()
    item: int = u16()
    sub: int = u16()
    length: int = u32()


@command(0x61, 0x30, "SYS.NVCreate answer")
@dataclass(frozen=True, slots=True)
class NvCreateRsp(Command):
    """NV_ITEM_UNINIT: it was made; SUCCESS: it was there."""

    status: int = u8(STATUS)


@command(0x21, 0x32, "SYS.NVLength")
@dataclass(frozen=True, slots=True)
class NvLength(Command):
    """How long is an item?"""

    system: int = u8()
    item: int = u16()
    sub: int = u16()


@command(0x61, 0x32, "SYS.NVLength answer")
@dataclass(frozen=True, slots=True)
class NvLengthRsp(Command):
    """0: there is none."""

    length: int = u32()


@command(0x21, 0x33, "SYS.NVRead")
@dataclass(frozen=True, slots=True)
class NvRead(Command):
    """Read an item."""

    system: int = u8()
    item: int = u16()
    sub: int = u16()
    offset: int = u16()
    length: int = u8()


@command(0x61, 0x33, "SYS.NVRead answer")
@dataclass(frozen=True, slots=True)
class NvReadRsp(Command):
    """What it holds."""

    status: int = u8(STATUS)
    value: bytes = of(Octets(1))


@command(0x21, 0x34, "SYS.NVWrite")
@dataclass(frozen=True, slots=True)
class NvWrite(Command):
    """Write an item."""

    system: int = u8()
    item: int = u16()
    sub: int = u16()
    offset: int = u16()
    value: bytes = of(Octets(1))


@command(0x61, 0x34, "SYS.NVWrite answer")
@dataclass(frozen=True, slots=True)
class NvWriteRsp(Command):
    """Whether it was written."""

    status: int = u8(STATUS)
