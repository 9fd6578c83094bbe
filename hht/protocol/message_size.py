"""Where a message ends in what comes over a link in pieces: told by its own length or its own end."""

from __future__ import annotations

import re
from typing import Final

from hht.parity import STRIP_PARITY
from hht.protocol.znp.frame import LONGEST

MOST_PENDING: Final = 8192  # octets that are no message yet
_PACKET: Final = 8 + 0xFFFF  # a packet of the TCP wrapper
_END_OF_TEXT: Final = re.compile(rb"[\x03\x04\x83\x84]")  # ETX, EOT, with and without parity
_LINE_OR_FLAG: Final = re.compile(rb"[\n\x8a\x7e]")


def most_pending(data: bytes) -> int:
    """How many octets that begin like `data` may wait for the end of their message."""
    return _PACKET if data[:2] == b"\x00\x01" else MOST_PENDING


def message_size(data: bytes, at: int) -> int:
    """How many bytes the first frame in ``data[at:]`` has; 0 while it is not whole or not recognised."""
    left = len(data) - at
    if data[at : at + 1] == b"\x7e":
        start = at
        while data[start + 1 : start + 2] == b"\x7e":
            start += 1
        if len(data) < start + 3:
            return 0
        size = start - at + 2 + ((data[start + 1] & 0x07) << 8 | data[start + 2])
        return size if left >= size else 0
    if data[at : at + 2] == b"\x00\x01":
        size = 8 + int.from_bytes(data[at + 6 : at + 8], "big") if left >= 8 else 0
        return size if left >= size else 0
    if data[at : at + 1] == b"\xfe" and left > 1 and data[at + 1] <= LONGEST:  # a radio dongle's frame
        size = data[at + 1] + 5
        return size if left >= size else 0
    text = data[at : at + 2].translate(STRIP_PARITY)
    if text[:1] in (b"\x01", b"\x02"):  # an IEC 62056-21 message: to ETX or EOT, and one more for the block check
        last = _END_OF_TEXT.search(data, at)
        return last.end() + 1 - at if last and last.end() < len(data) else 0
    if text[:1] in (b"\x06", b"\x15") and left > 1 and not text[1:2].isdigit():
        return 1
    return _line_size(data, at)


def _line_size(data: bytes, at: int) -> int:
    """To the end of the line, or to the flag that comes before it; 0 where there is neither."""
    found = _LINE_OR_FLAG.search(data, at)
    if found is None:
        return 0
    return found.start() - at + (found[0] != b"\x7e")
