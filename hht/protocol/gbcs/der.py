"""DER as GBCS uses it: tag, length, content. Lengths are read in any definite form, as devices write them.

GBCS's own structures write every length of 128 and more with two octets (82), certificates the shortest way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from hht.i18n import _
from hht.protocol.gbcs.errors import MalformedPayload

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, ENUMERATED = 1, 2, 3, 4, 5, 6, 10
SEQUENCE, SET = 0x30, 0x31
UTF8_STRING, PRINTABLE_STRING, IA5_STRING, UTC_TIME, GENERALIZED_TIME = 12, 19, 22, 23, 24
CONSTRUCTED: Final = 0x20
MAX_DEPTH: Final = 16


class Element(NamedTuple):
    """One value: `start` of its tag, `body` of its content, `end` behind it, all offsets into the same octets."""

    tag: int
    start: int
    body: int
    end: int


def element(octets: bytes, at: int, end: int) -> Element:
    """The value at `at`, which may not reach beyond `end`. Raises MalformedPayload."""
    if at + 2 > end:
        raise _wrong(_("a value is missing"), at)
    tag, length = octets[at], octets[at + 1]
    body = at + 2
    if tag & 0x1F == 0x1F:
        raise _wrong(_("a tag of several octets"), at)
    if length >= 0x80:
        size = length & 0x7F
        if not 1 <= size <= 3 or body + size > end:
            raise _wrong(_("a length that cannot be"), at + 1)
        length = int.from_bytes(octets[body : body + size], "big")
        body += size
    if body + length > end:
        raise _wrong(_("a length that is more than what follows"), at + 1)
    return Element(tag, at, body, body + length)


def elements(octets: bytes, at: int, end: int) -> Iterator[Element]:
    """The values that fill ``octets[at:end]``. Raises MalformedPayload."""
    while at < end:
        found = element(octets, at, end)
        yield found
        at = found.end


def whole(octets: bytes) -> Element:
    """The one value that `octets` are. Raises MalformedPayload."""
    found = element(octets, 0, len(octets))
    if found.end != len(octets):
        raise _wrong(_("octets left over behind the value"), found.end)
    return found


def tlv(tag: int, content: bytes) -> bytes:
    """A value as GBCS's structures are written. Raises MalformedPayload beyond 65535 octets."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    if size > 0xFFFF:
        raise _wrong(_("a value that is too long"), 0)
    return bytes((tag, 0x82)) + size.to_bytes(2, "big") + content


def number(octets: bytes) -> int:
    """The number that the content of an INTEGER or ENUMERATED is."""
    return int.from_bytes(octets, "big", signed=True)


def _wrong(what: str, at: int) -> MalformedPayload:
    return MalformedPayload(
        _("The payload is no sound DER: {what}, at octet {at} of it.").format(what=what, at=at), code="gbcs-der", at=at
    )
