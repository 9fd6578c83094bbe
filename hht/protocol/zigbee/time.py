"""The Time cluster (ZCL 3.12), as far as a hub's clock is read: Time and TimeStatus, by Read Attributes.

A hub is the HAN's time master: its Master bit stands once it has had the time from outside (over the WAN), and Time is
FFFFFFFF before. A device's clock is set by it, so it counts as reliable only then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from hht.i18n import _
from hht.protocol.zigbee.zcl import GLOBAL, ZclError, ZclFrame

READ, READ_RESPONSE = 0x00, 0x01  # global commands
TIME, STATUS = 0x0000, 0x0001  # attributes
MASTER: Final = 0x01
SYNCHRONISED: Final = 0x02
UNKNOWN_TIME: Final = 0xFFFFFFFF
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_SUCCESS: Final = 0x00
_UNSUPPORTED: Final = 0x86
_SIZES: Final = {TIME: (0xE2, 4), STATUS: (0x18, 1)}  # type (UTC time, 8-bit map), octets


@dataclass(frozen=True, slots=True)
class HubTime:
    """What a hub says of its clock. `time` None: it does not know it."""

    time: datetime | None
    reliable: bool


def read_time(sequence: int) -> bytes:
    """The request for both attributes, as a ZCL frame."""
    asked = b"".join(attribute.to_bytes(2, "little") for attribute in (TIME, STATUS))
    return ZclFrame(GLOBAL, sequence, READ, asked).encode()


def time_read(frame: ZclFrame) -> HubTime:
    """What the answer to it says. Raises ZclError."""
    values, at, octets = {}, 0, frame.payload
    while at < len(octets):
        attribute, status = int.from_bytes(octets[at : at + 2], "little"), octets[at + 2 : at + 3]
        at += 3
        if status != bytes((_SUCCESS,)):
            continue
        kind, size = _SIZES.get(attribute, (-1, 0))
        if octets[at : at + 1] != bytes((max(kind, 0),)) or kind < 0 or len(octets) < at + 1 + size:
            raise _unreadable()
        values[attribute] = int.from_bytes(octets[at + 1 : at + 1 + size], "little")
        at += 1 + size
    if at != len(octets) or TIME not in values:
        raise _unreadable()
    if values[TIME] == UNKNOWN_TIME:
        return HubTime(None, reliable=False)
    trusted = bool(values.get(STATUS, 0) & (MASTER | SYNCHRONISED))
    return HubTime(EPOCH + timedelta(seconds=values[TIME]), trusted)


def answer_time(asked: ZclFrame, time: datetime | None) -> ZclFrame:
    """A time master's answer to Read Attributes; `time` None: it was never told it."""
    seconds = UNKNOWN_TIME if time is None else int((time - EPOCH).total_seconds())
    values = {TIME: seconds, STATUS: 0 if time is None else MASTER}
    said = bytearray()
    for at in range(0, len(asked.payload) - 1, 2):
        attribute = int.from_bytes(asked.payload[at : at + 2], "little")
        said += attribute.to_bytes(2, "little")
        if attribute in values:
            kind, size = _SIZES[attribute]
            said += bytes((_SUCCESS, kind)) + values[attribute].to_bytes(size, "little")
        else:
            said.append(_UNSUPPORTED)
    return ZclFrame(GLOBAL, asked.sequence, READ_RESPONSE, bytes(said), True, None, False)


def _unreadable() -> ZclError:
    return ZclError(_("The hub's answer about its time cannot be read."), remedy=_("Ask it again."), code="zcl-time")
