"""What of a value's octets is contents, and what says how it is built (A-XDR, Green Book 9.5)."""

from __future__ import annotations

from typing import Final

from hht.protocol.cosem.axdr import MAX_DEPTH, decode_at
from hht.protocol.cosem.errors import MalformedValue
from hht.protocol.cosem.lengths import decode_length
from hht.protocol.cosem.values import TAGS, DataType

Range = tuple[int, int]
_TEXTS: Final = (DataType.OCTET_STRING, DataType.VISIBLE_STRING, DataType.UTF8_STRING)
_LISTS: Final = (DataType.ARRAY, DataType.STRUCTURE)


def contents(data: bytes, at: int) -> list[Range]:
    """The contents of the value at `at`, leaf by leaf; types and lengths stay, so that it still reads as a value."""
    found: list[Range] = []
    try:
        _leaves(data, at, MAX_DEPTH, found)
    except MalformedValue:
        covered = max((end for _start, end in found), default=at + 1)
        found.append((covered, len(data)))
    return [(start, min(end, len(data))) for start, end in found if start < min(end, len(data))]


def _leaves(data: bytes, at: int, depth: int, found: list[Range]) -> int:
    """Adds the leaves of the value at `at` to `found`; where it ends. Raises MalformedValue where it is cut off."""
    tag = TAGS.get(data[at]) if at < len(data) else None
    if tag in _LISTS and depth > 0:
        count, at = decode_length(data, at + 1)
        for _index in range(count):
            at = _leaves(data, at, depth - 1, found)
        return at
    start = at + 1
    if tag in _TEXTS:
        start = decode_length(data, at + 1)[1]
        found.append((start, len(data)))  # until its end is known
    end = decode_at(data, at)[1]
    if tag in _TEXTS:
        found.pop()
    found.append((start, end))
    return end
