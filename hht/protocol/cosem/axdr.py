"""A-XDR: COSEM data to octets and back (Green Book 9.5, IEC 61334-6). Bounded in depth, count and expansion."""

from __future__ import annotations

from hht.i18n import _
from hht.protocol.cosem.compact import decode_compact, encode_compact
from hht.protocol.cosem.errors import MalformedValue, NestingTooDeep, TrailingOctets
from hht.protocol.cosem.lengths import decode_length, encode_length, ended
from hht.protocol.cosem.scalars import decode_content, encode_content, lies, misfit
from hht.protocol.cosem.values import TAGS, CompactArray, Data, DataType, Encoded

MAX_DEPTH = 16


def encode(value: Data | Encoded) -> bytes:
    """The A-XDR octets of `value`. Raises ValueOutOfRange where a value does not fit its type."""
    if isinstance(value, Encoded):
        return value.octets
    parts = bytearray()
    _encode_into(value, parts)
    return bytes(parts)


def _encode_into(data: Data, parts: bytearray) -> None:
    parts.append(data.tag)
    if data.tag in (DataType.ARRAY, DataType.STRUCTURE):
        if not isinstance(data.value, tuple):
            raise misfit(data)
        parts += encode_length(len(data.value))
        for item in data.value:
            _encode_into(item, parts)
    elif data.tag is DataType.COMPACT_ARRAY:
        if not isinstance(data.value, CompactArray):
            raise misfit(data)
        parts += encode_compact(data.value)
    else:
        parts += encode_content(data)


def decode(octets: bytes) -> Data:
    """The one value that `octets` hold. Raises MalformedValue (truncated, trailing, lying length, nesting)."""
    data, end = decode_at(octets)
    if end != len(octets):
        raise TrailingOctets(_("{count} octets are left over after a value.").format(count=len(octets) - end), at=end)
    return data


def decode_at(octets: bytes, offset: int = 0) -> tuple[Data, int]:
    """The value at `offset` and the offset after it. Raises MalformedValue; Truncated where octets are missing."""
    return _decode(octets, offset, MAX_DEPTH)


def _decode(octets: bytes, at: int, depth: int) -> tuple[Data, int]:
    if at >= len(octets):
        raise ended(at)
    tag = TAGS.get(octets[at])
    if tag is None:
        raise MalformedValue(
            _("Octet {at}, {octet:02X}, is no type of value.").format(at=at, octet=octets[at]),
            code="cosem-tag-unknown",
            at=at,
        )
    if tag is DataType.ARRAY or tag is DataType.STRUCTURE:
        return _decode_items(octets, at, tag, depth)
    if tag is DataType.COMPACT_ARRAY:
        array, end = decode_compact(octets, at + 1, depth)
        return Data(tag, array), end
    return decode_content(octets, at + 1, tag)


def _decode_items(octets: bytes, at: int, tag: DataType, depth: int) -> tuple[Data, int]:
    if depth <= 0:
        raise NestingTooDeep(_("Values are nested more than {depth} deep.").format(depth=MAX_DEPTH), at=at)
    count, end = decode_length(octets, at + 1)
    if count > len(octets) - end:  # each element has at least its tag
        raise lies(count, len(octets) - end, at)
    items = []
    for _index in range(count):
        item, end = _decode(octets, end, depth - 1)
        items.append(item)
    return Data(tag, tuple(items)), end
