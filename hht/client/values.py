"""From COSEM data to what the trade says: texts, numbers with units, times; and their refusals."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

from hht.client.api import ClockStatus, MeterError
from hht.i18n import _
from hht.protocol.cosem.data import Data, DataType
from hht.protocol.cosem.datetime import ClockStatus as StatusBits
from hht.protocol.cosem.datetime import decode_datetime

_TIME = struct.Struct(">HBBxBBBxxxx")  # COSEM date-time: year, month, day, (weekday,) hour, minute, second
_STATUS_AT = 11


def makes_no_sense(what: str) -> MeterError:
    """The meter's answer has a shape that cannot be used."""
    return MeterError(
        _("The meter's {what} cannot be understood.").format(what=what),
        remedy=_("Read it again; if it persists, report the meter's model and firmware."),
        code="value-not-understood",
    )


def text_of(data: Data) -> str:
    """A text: visible-string, UTF-8, or an octet-string that holds text (else its octets as hex). Trailing NULs go."""
    if isinstance(data.value, bytes):
        raw = data.value.rstrip(b"\x00")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.hex().upper()
        return text if text.isprintable() else raw.hex().upper()
    return "" if data.value is None else str(data.plain())


def number_of(data: Data, what: str, least: int = -(2**63), most: int = 2**64 - 1) -> int:
    """A whole number from `least` to `most`. Raises MeterError."""
    if isinstance(data.value, bool) or not isinstance(data.value, int) or not least <= data.value <= most:
        raise makes_no_sense(what)
    return data.value


def items_of(data: Data, count: int, what: str) -> tuple[Data, ...]:
    """The elements of a structure (or array) of `count`. Raises MeterError."""
    if data.tag not in (DataType.STRUCTURE, DataType.ARRAY) or len(data.as_items()) != count:
        raise makes_no_sense(what)
    return data.as_items()


def time_of(value: object, what: str) -> tuple[datetime, int]:
    """A time (aware, UTC) and its status octet. Raises MeterError when it is not fully given."""
    if not isinstance(value, bytes):
        raise makes_no_sense(what)
    decoded = decode_datetime(value)
    if decoded.time is None:
        raise makes_no_sense(what)
    return decoded.time.astimezone(UTC), decoded.status


def time_of_day_s(data: Data, what: str) -> int:
    """A time of day in seconds of it. Raises MeterError where it is not fully given."""
    octets = data.value
    if not isinstance(octets, bytes) or len(octets) < 3 or octets[0] > 23 or octets[1] > 59 or octets[2] > 59:
        raise makes_no_sense(what)
    return octets[0] * 3600 + octets[1] * 60 + octets[2]


def times_of(cells: Sequence[object], what: str) -> tuple[list[datetime], list[str]]:
    """Many times (aware, UTC) and their statuses in words, at the pace of a profile. Raises MeterError as `time_of`."""
    if set(map(type, cells)) == {bytes} and set(map(len, cast("Sequence[bytes]", cells))) == {_TIME.size}:
        octets = b"".join(cells)  # type: ignore[arg-type]
        if _all_utc(octets):
            with contextlib.suppress(ValueError):  # a time that no clock shows: told one by one
                times = [datetime(y, mo, d, h, mi, s, 0, UTC) for y, mo, d, h, mi, s in _TIME.iter_unpack(octets)]
                return times, [_STATUS_WORDS[octet] for octet in octets[_STATUS_AT :: _TIME.size]]
    pairs = [time_of(cell, what) for cell in cells]
    return [time for time, _status in pairs], [clock_status(status).value for _time, status in pairs]


def _all_utc(octets: bytes) -> bool:
    """Whole seconds, and no deviation from UTC."""
    high, low = octets[9 :: _TIME.size], octets[10 :: _TIME.size]
    return (
        not octets[8 :: _TIME.size].strip(b"\x00\xff")
        and not high.strip(high[:1])
        and not (low.strip(b"\x00") or high[:1] not in (b"\x00", b"\x80"))
    )


def clock_status(octet: int) -> ClockStatus:
    """The clock status octet as Device Time Status: invalid, unreliable (doubtful) or reliable."""
    if octet == 0xFF:
        return ClockStatus.RELIABLE  # not specified: nothing speaks against it
    if octet & (StatusBits.INVALID | StatusBits.INVALID_STATUS):
        return ClockStatus.INVALID
    return ClockStatus.UNRELIABLE if octet & StatusBits.DOUBTFUL else ClockStatus.RELIABLE


_STATUS_WORDS = [clock_status(octet).value for octet in range(256)]


def scaled(raw: int | float, scaler: int, unit: str) -> tuple[Decimal, str]:
    """A register's value and unit: Wh and varh are shown as kWh and kvarh, as the trade reads them."""
    value = Decimal(str(raw)).scaleb(scaler)
    if unit in ("Wh", "varh", "VAh"):
        value, unit = value.scaleb(-3), "k" + unit
    return value, unit
