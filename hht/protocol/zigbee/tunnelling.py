"""The tunnelling cluster, 0x0704: how GBCS messages are carried (Smart Energy profile, annex D.6).

Sizes as the notes on GBCS have them: a transfer is at most 1500 octets; APS, which the dongle does, sends it in
fragments. A longer GBCS message goes by GBCS's own block transfer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from hht.protocol.little_endian import Octets, Record, of, u8, u16
from hht.protocol.zigbee.zcl import CLUSTER, ZclFrame

GB_HRGP: Final = 6  # the protocol ID of GBCS
NO_MANUFACTURER: Final = 0xFFFF
LONGEST_TRANSFER: Final = 1500

PROTOCOLS: Final = {0: "DLMS/COSEM", 1: "IEC 61107", GB_HRGP: "GB-HRGP"}
OPENED, BUSY, NO_MORE, NOT_SUPPORTED, NO_FLOW_CONTROL = range(5)
TUNNEL_STATUS: Final = {
    OPENED: "success",
    BUSY: "busy",
    NO_MORE: "no more tunnels",
    NOT_SUPPORTED: "protocol not supported",
    NO_FLOW_CONTROL: "flow control not supported",
}
NO_SUCH_TUNNEL, WRONG_DEVICE, OVERFLOW = range(3)
TRANSFER_STATUS: Final = {NO_SUCH_TUNNEL: "no such tunnel", WRONG_DEVICE: "wrong device", OVERFLOW: "data overflow"}


class TunnelCommand(Record):
    """The base: `command` in the cluster, and whether it comes `from_server`."""

    __slots__ = ()
    command: ClassVar[int]
    from_server: ClassVar[bool]

    def frame(self, sequence: int) -> ZclFrame:
        """The ZCL frame of it."""
        return ZclFrame(
            CLUSTER, sequence, self.command, self.encode(), from_server=self.from_server, answers_by_default=False
        )


@dataclass(frozen=True, slots=True)
class RequestTunnel(TunnelCommand):
    """Open a tunnel."""

    command: ClassVar[int] = 0x00
    from_server: ClassVar[bool] = False

    protocol: int = u8(PROTOCOLS, GB_HRGP)
    manufacturer: int = u16(default=NO_MANUFACTURER)
    flow_control: int = u8(default=0)
    longest_incoming: int = u16(default=LONGEST_TRANSFER)


@dataclass(frozen=True, slots=True)
class CloseTunnel(TunnelCommand):
    """Close it."""

    command: ClassVar[int] = 0x01
    from_server: ClassVar[bool] = False

    tunnel: int = u16()


@dataclass(frozen=True, slots=True)
class TransferData(TunnelCommand):
    """Data from the client."""

    command: ClassVar[int] = 0x02
    from_server: ClassVar[bool] = False

    tunnel: int = u16()
    data: bytes = of(Octets(0))


@dataclass(frozen=True, slots=True)
class TransferDataError(TunnelCommand):
    """The client could not take data."""

    command: ClassVar[int] = 0x03
    from_server: ClassVar[bool] = False

    tunnel: int = u16()
    status: int = u8(TRANSFER_STATUS)


@dataclass(frozen=True, slots=True)
class RequestTunnelResponse(TunnelCommand):
    """Whether it was opened, and its number."""

    command: ClassVar[int] = 0x00
    from_server: ClassVar[bool] = True

    tunnel: int = u16()
    status: int = u8(TUNNEL_STATUS)
    longest_incoming: int = u16()


@dataclass(frozen=True, slots=True)
class TransferDataBack(TunnelCommand):
    """Data from the server."""

    command: ClassVar[int] = 0x01
    from_server: ClassVar[bool] = True

    tunnel: int = u16()
    data: bytes = of(Octets(0))


@dataclass(frozen=True, slots=True)
class TransferDataErrorBack(TunnelCommand):
    """The server could not take data."""

    command: ClassVar[int] = 0x02
    from_server: ClassVar[bool] = True

    tunnel: int = u16()
    status: int = u8(TRANSFER_STATUS)


@dataclass(frozen=True, slots=True)
class TunnelClosureNotification(TunnelCommand):
    """The server has closed it."""

    command: ClassVar[int] = 0x06
    from_server: ClassVar[bool] = True

    tunnel: int = u16()


_BY_COMMAND: Final[dict[tuple[bool, int], type[TunnelCommand]]] = {
    (kind.from_server, kind.command): kind
    for kind in (
        RequestTunnel,
        CloseTunnel,
        TransferData,
        TransferDataError,
        RequestTunnelResponse,
        TransferDataBack,
        TransferDataErrorBack,
        TunnelClosureNotification,
    )
}


def kind_of(frame: ZclFrame) -> type[TunnelCommand] | None:
    """Which command of this cluster a frame is; None for one that is not known here."""
    if frame.type != CLUSTER or frame.manufacturer is not None:
        return None
    return _BY_COMMAND.get((frame.from_server, frame.command))


def tunnel_command(frame: ZclFrame) -> TunnelCommand | None:
    """The command of this cluster that a frame is; None for one that is not known here. Raises RecordError."""
    kind = kind_of(frame)
    return None if kind is None else kind.decode(frame.payload)
