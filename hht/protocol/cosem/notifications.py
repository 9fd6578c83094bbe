"""What a meter sends unasked: DataNotification, with its confirmation, and EventNotification (Green Book 9.3.10/11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hht.i18n import _
from hht.protocol.cosem.access import LONG_CONFIRMED
from hht.protocol.cosem.axdr import encode
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.fields import encode_attribute, read_attribute
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.cosem.values import Data

_OCTET_STRING_TAG = 0x09


@dataclass(frozen=True, slots=True)
class DataNotification:
    """Pushed data. `date_time` is 12 octets, or empty; some meters put an octet-string's tag before it (`tagged`)."""

    TAG: ClassVar[int] = 0x0F
    long_invoke: int
    date_time: bytes
    body: Data
    tagged: bool = False

    @property
    def confirmed(self) -> bool:
        """The meter asks for a DataNotificationConfirm."""
        return bool(self.long_invoke & LONG_CONFIRMED)

    def encode(self) -> bytes:
        """The octets."""
        tag = bytes((_OCTET_STRING_TAG,)) if self.tagged else b""
        time = tag + encode_length(len(self.date_time)) + self.date_time
        return bytes((self.TAG,)) + self.long_invoke.to_bytes(4, "big") + time + encode(self.body)


@dataclass(frozen=True, slots=True)
class DataNotificationConfirm:
    """The answer to a DataNotification that asks for one (bit 30 of `long_invoke`); the same invoke-id."""

    TAG: ClassVar[int] = 0x10
    long_invoke: int
    date_time: bytes = b""

    def encode(self) -> bytes:
        """The octets."""
        time = encode_length(len(self.date_time)) + self.date_time
        return bytes((self.TAG,)) + self.long_invoke.to_bytes(4, "big") + time


@dataclass(frozen=True, slots=True)
class EventNotification:
    """One attribute's value, because something happened. `time` is 12 octets, or None."""

    TAG: ClassVar[int] = 0xC2
    time: bytes | None
    attribute: CosemAttribute
    value: Data

    def encode(self) -> bytes:
        """The octets."""
        time = b"\x00" if self.time is None else b"\x01" + encode_length(len(self.time)) + self.time
        return bytes((self.TAG,)) + time + encode_attribute(self.attribute) + encode(self.value)


def parse_data_notification(cursor: Cursor) -> DataNotification:
    """After the tag. Raises MalformedValue."""
    long_invoke = cursor.u32()
    tagged = cursor.octets[cursor.at : cursor.at + 1] == bytes((_OCTET_STRING_TAG,))
    if tagged:
        cursor.octet()
    time = cursor.counted()
    if len(time) not in (0, 12):
        raise cursor.malformed(_("a date-time of another length"))
    return DataNotification(long_invoke, time, cursor.data(), tagged)


def parse_data_notification_confirm(cursor: Cursor) -> DataNotificationConfirm:
    """After the tag. Raises MalformedValue."""
    long_invoke, time = cursor.u32(), cursor.counted()
    if len(time) not in (0, 12):
        raise cursor.malformed(_("a date-time of another length"))
    return DataNotificationConfirm(long_invoke, time)


def parse_event_notification(cursor: Cursor) -> EventNotification:
    """After the tag. Raises MalformedValue."""
    time = cursor.counted() if cursor.flag() else None
    return EventNotification(time, read_attribute(cursor), cursor.data())
