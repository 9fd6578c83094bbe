"""What of a value's octets is contents, and what says how it is built (A-XDR, Green Book 9.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hht.protocol.cosem.axdr import MAX_DEPTH, decode_at
from hht.protocol.cosem.errors import MalformedValue
from hht.protocol.cosem.lengths import decode_length
from hht.protocol.cosem.values import TAGS, DataType

Range = tuple[int, int]
_TEXTS: Final = (DataType.OCTET_STRING, DataType.VISIBLE_STRING, DataType.UTF8_STRING)
_LISTS: Final = (DataType.ARRAY, DataType.STRUCTURE)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value without elements: its type, and where its contents stand (those of texts behind their length)."""

    tag: DataType
    start: int
    end: int


def contents(data: bytes, at: int) -> list[Range]:
    """The contents of the value at `at`, leaf by leaf; types and lengths stay, so that it still reads as a value."""
    found: list[Leaf] = []
    try:
        _leaves(data, at, MAX_DEPTH, found)
    except MalformedValue:
        covered = max((leaf.end for leaf in found), default=at + 1)
        found.append(Leaf(DataType.NULL, covered, len(data)))
    ranges = [(leaf.start, min(leaf.end, len(data))) for leaf in found]
    return [(start, end) for start, end in ranges if start < end]


def leaves(data: bytes, at: int) -> tuple[list[Leaf], int]:
    """The leaves of the whole value at `at`, and where it ends. Raises MalformedValue."""
    found: list[Leaf] = []
    return found, _leaves(data, at, MAX_DEPTH, found)


def _leaves(data: bytes, at: int, depth: int, found: list[Leaf]) -> int:
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
        found.append(Leaf(tag, start, len(data)))  # until its end is known
    value, end = decode_at(data, at)
    if tag in _TEXTS:
        found.pop()
    found.append(Leaf(value.tag, start, end))
    return end
