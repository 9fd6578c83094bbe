"""Frames of the Zigbee Cluster Library: global commands, and those of a cluster.

``frame control | [manufacturer code] | sequence | command | payload``; little-endian (ZCL specification, 2.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from hht.i18n import _
from hht.protocol.frames import FrameError
from hht.protocol.little_endian import Record, u8

GLOBAL: Final = 0
CLUSTER: Final = 1
_MANUFACTURER: Final = 0x04
_FROM_SERVER: Final = 0x08
_NO_DEFAULT_RESPONSE: Final = 0x10
DEFAULT_RESPONSE: Final = 0x0B  # a global command

ZCL_STATUS: Final = {
    0x00: "SUCCESS",
    0x01: "FAILURE",
    0x7E: "NOT_AUTHORIZED",
    0x80: "MALFORMED_COMMAND",
    0x81: "UNSUP_CLUSTER_COMMAND",
    0x82: "UNSUP_GENERAL_COMMAND",
    0x85: "INVALID_FIELD",
    0x86: "UNSUPPORTED_ATTRIBUTE",
    0x94: "TIMEOUT",
    0xC3: "UNSUPPORTED_CLUSTER",
}
UNSUP_CLUSTER_COMMAND: Final = 0x81
MALFORMED_COMMAND: Final = 0x80


class ZclError(FrameError):
    """Octets that are no ZCL frame."""

    default_code: ClassVar[str] = "zcl-frame"


@dataclass(frozen=True, slots=True)
class ZclFrame:
    """One frame. `type` GLOBAL or CLUSTER; `manufacturer` None: a standard command; `from_server`: its direction;
    `answers_by_default`: the other end answers even where the command asks for nothing."""

    type: int
    sequence: int
    command: int
    payload: bytes = b""
    from_server: bool = False
    manufacturer: int | None = None
    answers_by_default: bool = True

    def encode(self) -> bytes:
        """The octets."""
        control = self.type | (_FROM_SERVER if self.from_server else 0)
        control |= 0 if self.answers_by_default else _NO_DEFAULT_RESPONSE
        manufacturer = b""
        if self.manufacturer is not None:
            control |= _MANUFACTURER
            manufacturer = self.manufacturer.to_bytes(2, "little")
        return bytes((control,)) + manufacturer + bytes((self.sequence, self.command)) + self.payload

    @classmethod
    def decode(cls, data: bytes) -> ZclFrame:
        """The frame that `data` is. Raises ZclError."""
        control = data[0] if data else 0
        head = 5 if control & _MANUFACTURER else 3
        if len(data) < head:
            raise _refused(_("{count} bytes are too few for a ZCL frame.").format(count=len(data)), "zcl-cut")
        if control & 0x03 > CLUSTER or control & 0xE0:
            raise _refused(
                _("A ZCL frame cannot begin with {control:02X}.").format(control=control),
                "zcl-control",
            )
        return cls(
            control & 0x03,
            data[head - 2],
            data[head - 1],
            bytes(data[head:]),
            bool(control & _FROM_SERVER),
            int.from_bytes(data[1:3], "little") if control & _MANUFACTURER else None,
            not control & _NO_DEFAULT_RESPONSE,
        )

    @property
    def head(self) -> int:
        """Octets before the payload."""
        return 3 if self.manufacturer is None else 5


@dataclass(frozen=True, slots=True)
class DefaultResponse(Record):
    """What became of a command that has no answer of its own."""

    command: int = u8()
    status: int = u8(ZCL_STATUS)


def _refused(message: str, code: str) -> ZclError:
    return ZclError(message, remedy=_("Have it sent again."), code=code)
