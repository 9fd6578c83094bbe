"""Encrypted values inside messages: where they stand, and what is in them for whoever holds a key (gbcs.md 2).

In COSEM payloads such a value is the octet-string of a data protection object, in GBZ the body of a component; both
begin with the security header 31 00000000 and end with a tag of 12 octets. All segments of a message share their key.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from hht.i18n import _
from hht.protocol.cosem.axdr import decode_at
from hht.protocol.cosem.lengths import decode_length
from hht.protocol.cosem.scalars import FIXED
from hht.protocol.cosem.values import TAGS, DataType
from hht.protocol.frames import ProtocolError
from hht.protocol.gbcs import crypto, gbz
from hht.protocol.gbcs.building import Header
from hht.protocol.gbcs.envelope import Envelope
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import SECURITY_HEADER, TAG_LENGTH
from hht.protocol.gbcs.keys import KeyRing, missing

_LEAST: Final = len(SECURITY_HEADER) + TAG_LENGTH
_MAX_DEPTH: Final = 16


class Segment(NamedTuple):
    """Ciphertext and tag are ``raw[start:end]`` of the message."""

    start: int
    end: int

    @property
    def text_end(self) -> int:
        """Where the tag begins."""
        return self.end - TAG_LENGTH


def segments(message: Envelope) -> list[Segment]:
    """Every encrypted value of a message, in order. A payload that makes no sense has none."""
    raw, at, end = message.raw, message.payload_start, message.payload_end
    if raw.find(SECURITY_HEADER, at, end) < 0:
        return []
    try:
        if raw[at : at + 2] == gbz.PROFILE:
            return _in_components(raw, gbz.start_of_components(raw, at, message.cra), end)
        return _in_values(raw, at, end)
    except (ProtocolError, IndexError):
        return []


def _in_components(raw: bytes, at: int, end: int) -> list[Segment]:
    return [Segment(place.zcl + 12, place.end) for place in gbz.places(raw, at, end) if place.control & gbz.ENCRYPTED]


def _in_values(raw: bytes, at: int, end: int) -> list[Segment]:
    """In an access response (DA) or a data notification (0F); requests carry none."""
    kind = raw[at]
    size, at = decode_length(raw, at + 5)
    at += size
    found: list[Segment] = []
    if kind == 0xDA and raw[at] == 0:
        count, at = decode_length(raw, at + 1)
        for _index in range(count):
            at = _look(raw, at, end, found, _MAX_DEPTH)
    elif kind == 0x0F:
        _look(raw, at, end, found, _MAX_DEPTH)
    return found


def _look(raw: bytes, at: int, end: int, found: list[Segment], depth: int) -> int:
    """Look through one value; the offset behind it."""
    tag = TAGS.get(raw[at], DataType.COMPACT_ARRAY)
    if tag is DataType.COMPACT_ARRAY:
        return decode_at(raw[:end], at)[1]
    layout = FIXED.get(tag)
    if layout is not None:
        after = at + 1 + layout.size
    elif tag in (DataType.NULL, DataType.DONT_CARE):
        return at + 1
    else:
        length, start = decode_length(raw, at + 1)
        if tag in (DataType.ARRAY, DataType.STRUCTURE) and depth:
            for _index in range(min(length, end - start)):
                start = _look(raw, start, end, found, depth - 1)
            return start
        after = start + ((length + 7) // 8 if tag is DataType.BIT_STRING else length)
        begins = raw[start : start + len(SECURITY_HEADER)] == SECURITY_HEADER
        if tag is DataType.OCTET_STRING and begins and length >= _LEAST and after <= end:
            found.append(Segment(start + len(SECURITY_HEADER), after))
    if after > end or not depth:
        raise MalformedPayload(_("The payload is no sound COSEM value."))
    return after


def parties(message: Envelope) -> tuple[bytes, bytes, int]:
    """Whose keys seal the values, and the counter in their derivation: the remote party that asked, where the access
    control broker asked for it."""
    asked = message.supplementary
    counter = message.counter if asked.originator_counter is None else asked.originator_counter
    return message.originator, asked.party or message.target, counter


def segment_key(message: Envelope, keys: KeyRing) -> bytes:
    """The key of the message's segments. Raises KeyMissing."""
    originator, party, counter = parties(message)
    return _key(originator, party, counter, keys)


def sealing_key(header: Header, keys: KeyRing) -> bytes:
    """The key for values that are sealed in a message with this header. Raises KeyMissing."""
    asked = header.supplementary
    counter = header.counter if asked.originator_counter is None else asked.originator_counter
    return _key(header.originator, asked.party or header.target, counter, keys)


def _key(originator: bytes, party: bytes, counter: int, keys: KeyRing) -> bytes:
    z = keys.secret(originator, party)
    if z is None:
        raise missing(party)
    return crypto.derive_key(z, originator, bytes((crypto.ENCRYPTION_KEY,)) + counter.to_bytes(8, "big"), party)


def opened(message: Envelope, keys: KeyRing, found: list[Segment] | None = None) -> bytes:
    """The message with what it says in place of ciphertext, octet by octet; tags stay. `found`: its segments, where
    they were looked for already.

    Raises KeyMissing, and SegmentRefused where a tag does not fit.
    """
    places = segments(message) if found is None else found
    if not places:
        return message.raw
    key = segment_key(message, keys)
    octets = bytearray(message.raw)
    for start, end in places:
        octets[start : end - TAG_LENGTH] = crypto.unseal(key, message.originator, message.raw[start:end])
    return bytes(octets)
