"""What is in the air between two radios: APS data frames, and inter-PAN frames, which need no common network.

A dongle makes and takes these by itself; its emulated one speaks to the emulated hub in them. An inter-PAN frame is
the NWK stub and the APS stub of Smart Energy's annex B.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from hht.i18n import _
from hht.protocol.frames import FrameError
from hht.protocol.little_endian import Octets, Record, of, u8, u16

_NWK_STUB: Final = 0x000B  # inter-PAN, protocol version 2
_STUB: Final = 0x03  # frame type of an inter-PAN APS frame, unicast
_SECURED: Final = 0x20
_ACK: Final = 0x40


class AirError(FrameError):
    """Octets that are neither."""

    default_code: ClassVar[str] = "aps-frame"


@dataclass(frozen=True, slots=True)
class ApsFrame(Record):
    """Data within a network: `control` says whether it is secured and acknowledged."""

    control: int = u8()
    endpoint: int = u8()
    cluster: int = u16()
    profile: int = u16()
    source_endpoint: int = u8()
    counter: int = u8()
    payload: bytes = of(Octets(0))

    @property
    def secured(self) -> bool:
        """Sealed under a link key."""
        return bool(self.control & _SECURED)


@dataclass(frozen=True, slots=True)
class InterPanFrame(Record):
    """Data between networks."""

    network: int = u16()
    control: int = u8()
    cluster: int = u16()
    profile: int = u16()
    payload: bytes = of(Octets(0))

    @property
    def secured(self) -> bool:
        """Sealed under a link key that was agreed between the two."""
        return bool(self.control & _SECURED)


def aps_frame(
    cluster: int, profile: int, payload: bytes, *, endpoint: int, source: int, counter: int, secured: bool
) -> ApsFrame:
    """A frame within a network, unicast, to be acknowledged. `endpoint`, `source`: its two ends."""
    return ApsFrame(_ACK | (_SECURED if secured else 0), endpoint, cluster, profile, source, counter & 0xFF, payload)


def inter_pan_frame(cluster: int, profile: int, payload: bytes, *, secured: bool) -> InterPanFrame:
    """A frame between networks, unicast."""
    return InterPanFrame(_NWK_STUB, _STUB | (_SECURED if secured else 0), cluster, profile, payload)


def air_frame(data: bytes) -> ApsFrame | InterPanFrame:
    """What `data` is. Raises AirError or RecordError."""
    if data[:2] == _NWK_STUB.to_bytes(2, "little") and data[2:3] and data[2] & ~_SECURED == _STUB:
        return InterPanFrame.decode(data)
    if data and data[0] & 0x03 == 0 and not data[0] & 0x9C:
        return ApsFrame.decode(data)
    raise AirError(
        _("What was heard is neither an APS data frame nor an inter-PAN frame."),
        remedy=_("Nothing has to be done: the radio hears others too."),
    )
