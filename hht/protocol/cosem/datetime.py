"""COSEM date-time octets and aware datetimes (Blue Book 4.1.6.1). GB devices keep UTC (factbook 2.9, 6.1)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from hht.i18n import _
from hht.protocol.cosem.errors import MalformedValue

UNSPECIFIED_DEVIATION = 0x8000
NOW = bytes(9) + b"\x80\x00\xff"  # GB: "now" (factbook 6.1)
NEVER = b"\xff" * 12


class ClockStatus(enum.IntFlag):
    """The clock status octet."""

    INVALID = 0x01
    DOUBTFUL = 0x02
    DIFFERENT_BASE = 0x04
    INVALID_STATUS = 0x08
    DAYLIGHT_SAVING = 0x80


NO_STATUS = 0xFF  # status not specified


@dataclass(frozen=True, slots=True)
class CosemDateTime:
    """A date-time as it was sent: `time` aware, None where any field is a wildcard; `status` 0xFF: not specified."""

    time: datetime | None
    status: int

    @property
    def flags(self) -> ClockStatus:
        """The status bits; none where the status is not specified."""
        return ClockStatus(0) if self.status == NO_STATUS else ClockStatus(self.status & 0x8F)


def encode_datetime(moment: datetime, *, status: int = 0, deviation: int | None = 0) -> bytes:
    """12 octets of an aware datetime, in UTC; `deviation` 0, or None for "not specified" (0x8000)."""
    if moment.tzinfo is None:
        raise ValueError("a COSEM date-time is made of an aware datetime")
    utc = moment.astimezone(UTC)
    head = utc.year.to_bytes(2, "big") + bytes(
        (utc.month, utc.day, utc.isoweekday(), utc.hour, utc.minute, utc.second, utc.microsecond // 10_000)
    )
    minutes = UNSPECIFIED_DEVIATION if deviation is None else deviation & 0xFFFF
    if deviation:
        raise ValueError("times are sent in UTC: deviation 0 or not specified")
    return head + minutes.to_bytes(2, "big") + bytes((status,))


def decode_datetime(octets: bytes) -> CosemDateTime:
    """From 12 octets. Raises MalformedValue for another length or a time that no clock shows.

    The deviation counts minutes from local time to UTC; 0x8000 (not specified) is UTC here, and so is 0.
    """
    if len(octets) != 12:
        raise MalformedValue(
            _("A date-time has 12 octets, this one has {count}.").format(count=len(octets)), code="cosem-date-time"
        )
    return _decode(bytes(octets))


@lru_cache(maxsize=512)
def _decode(octets: bytes) -> CosemDateTime:
    year = int.from_bytes(octets[:2], "big")
    month, day, _weekday, hour, minute, second, hundredths = octets[2:9]
    deviation = int.from_bytes(octets[9:11], "big", signed=True)
    status = octets[11]
    if year == 0xFFFF or 0xFF in (month, day, hour, minute) or octets == NOW or month > 12 or day > 31:
        return CosemDateTime(None, status)  # wildcards; 0xFD and 0xFE: month of change, last days of a month
    zone = UTC if deviation in (0, -0x8000) else _zone(octets, deviation)
    second = 0 if second == 0xFF else second
    hundredths = 0 if hundredths == 0xFF else hundredths
    try:
        time = datetime(year, month, day, hour, minute, second, hundredths * 10_000, zone)
        time.astimezone(UTC)  # the first and the last hours of all are none everywhere
    except (ValueError, OverflowError):
        raise _impossible(octets) from None
    return CosemDateTime(time, status)


def _zone(octets: bytes, deviation: int) -> timezone:
    if not -840 <= deviation <= 840:
        raise _impossible(octets)
    return timezone(timedelta(minutes=-deviation))


def _impossible(octets: bytes) -> MalformedValue:
    return MalformedValue(
        _("The meter sent a time that no clock shows ({hex}).").format(hex=octets.hex()), code="cosem-date-time"
    )
