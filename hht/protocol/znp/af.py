"""AF: endpoints, inter-PAN, and messages sent and received.

A message that is too long for one frame is handed over in pieces: `DataRequestExt` says its whole length and carries
none of it, then `DataStore` brings it, and an empty `DataStore` has it sent. The same way back: `IncomingMsgExt` says
the length, `DataRetrieve` asks for pieces by the message's time stamp, and one of length 0 lets the dongle forget it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag
from typing import Any, Final

from hht.protocol.little_endian import Kind, ListOf, Octets, Whole, of, u8, u16, u32
from hht.protocol.znp.messages import Address, AddressKind, Command, command
from hht.protocol.znp.status import STATUS

LONGEST_SENT: Final = 230  # octets of a message that go into a DataRequestExt itself
LONGEST_HEARD: Final = 223  # ... into an IncomingMsgExt
PIECE: Final = 247  # octets of a DataStore
PIECE_BACK: Final = 248  # octets of an answer to DataRetrieve


class TransmitOption(Flag):
    """How a message is sent."""

    NONE = 0
    ACK_REQUEST = 0x10
    APS_SECURITY = 0x40


class _Data(Kind):
    """A message behind its length; with nothing behind it, the message comes in pieces: then it is its length alone."""

    def encode(self, value: Any) -> bytes:
        if isinstance(value, int):
            return Whole(2).encode(value)
        return Octets(2).encode(value)

    def decode(self, data: bytes, at: int, end: int) -> tuple[Any, int]:
        length, after = Whole(2).decode(data, at, end)
        if length > self._most and end - after < length:
            return length, after
        return Octets(2).decode(data, at, end)

    def text(self, value: Any) -> str:
        return f"{value} octets in pieces" if isinstance(value, int) else Octets(2).text(value)

    def __init__(self, most: int) -> None:
        self._most = most


@command(0x24, 0x00, "AF.Register")
@dataclass(frozen=True, slots=True)
class Register(Command):
    """Make an endpoint."""

    endpoint: int = u8()
    profile: int = u16()
    device: int = u16()
    version: int = u8(default=0)
    latency: int = u8(default=0)
    input_clusters: tuple[int, ...] = of(ListOf(Whole(2)), ())
    output_clusters: tuple[int, ...] = of(ListOf(Whole(2)), ())


@command(0x64, 0x00, "AF.Register answer")
@dataclass(frozen=True, slots=True)
class RegisterRsp(Command):
    """Whether it was made; 0xB8: it was there."""

    status: int = u8(STATUS)


@command(0x24, 0x10, "AF.InterPanCtl")
@dataclass(frozen=True, slots=True)
class InterPanCtl(Command):
    """0: back to the own network; 1: listen on the channel in `data`; 2: the endpoint in `data` speaks inter-PAN."""

    command: int = u8({0: "clear", 1: "set channel", 2: "register endpoint"})
    data: bytes = of(Octets(0), b"")


CLEAR, SET_CHANNEL, REGISTER = 0, 1, 2


@command(0x64, 0x10, "AF.InterPanCtl answer")
@dataclass(frozen=True, slots=True)
class InterPanCtlRsp(Command):
    """Whether it was done."""

    status: int = u8(STATUS)


@command(0x24, 0x02, "AF.DataRequestExt")
@dataclass(frozen=True, slots=True)
class DataRequestExt(Command):
    """Send a message. `pan`: 0 within the own network, else inter-PAN. `data`: a whole number where it comes in
    pieces."""

    address: Address = of(AddressKind())
    endpoint: int = u8()
    pan: int = u16()
    source_endpoint: int = u8()
    cluster: int = u16()
    sequence: int = u8()
    options: int = u8()
    radius: int = u8()
    data: bytes | int = of(_Data(LONGEST_SENT))


@command(0x64, 0x02, "AF.DataRequestExt answer")
@dataclass(frozen=True, slots=True)
class DataRequestExtRsp(Command):
    """Whether the dongle took it; what became of it says `DataConfirm`."""

    status: int = u8(STATUS)


@command(0x24, 0x11, "AF.DataStore")
@dataclass(frozen=True, slots=True)
class DataStore(Command):
    """A piece of a long message; an empty one: send it now."""

    index: int = u16()
    data: bytes = of(Octets(1, PIECE))


@command(0x64, 0x11, "AF.DataStore answer")
@dataclass(frozen=True, slots=True)
class DataStoreRsp(Command):
    """Whether the dongle took it."""

    status: int = u8(STATUS)


@command(0x24, 0x12, "AF.DataRetrieve")
@dataclass(frozen=True, slots=True)
class DataRetrieve(Command):
    """Ask for a piece of a long message; length 0: forget it."""

    time_stamp: int = u32()
    index: int = u16()
    length: int = u8()


@command(0x64, 0x12, "AF.DataRetrieve answer")
@dataclass(frozen=True, slots=True)
class DataRetrieveRsp(Command):
    """The piece."""

    status: int = u8(STATUS)
    data: bytes = of(Octets(1, PIECE_BACK))


@command(0x44, 0x80, "AF.DataConfirm")
@dataclass(frozen=True, slots=True)
class DataConfirm(Command):
    """What became of a message that was sent."""

    status: int = u8(STATUS)
    endpoint: int = u8()
    sequence: int = u8()


@command(0x44, 0x82, "AF.IncomingMsgExt")
@dataclass(frozen=True, slots=True)
class IncomingMsgExt(Command):
    """A message has come. `data`: a whole number where it is fetched in pieces."""

    group: int = u16()
    cluster: int = u16()
    source: Address = of(AddressKind())
    source_endpoint: int = u8()
    source_pan: int = u16()
    endpoint: int = u8()
    broadcast: int = u8()
    lqi: int = u8()
    security: int = u8()
    time_stamp: int = u32()
    sequence: int = u8()
    data: bytes | int = of(_Data(LONGEST_HEARD))
    mac_source: int = u16()
    radius: int = u8()
