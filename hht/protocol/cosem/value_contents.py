"""What of a value's octets is contents, and what says how it is built (A-XDR, Green Book 9.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hht.protocol.cosem.axdr import MAX_DEPTH, decode_at
from hht.protocol.cosem.compact import decode_description, members_of
from hht.protocol.cosem.errors import MalformedValue
from hht.protocol.cosem.lengths import decode_length
from hht.protocol.cosem.scalars import decode_content
from hht.protocol.cosem.values import TAGS, DataType, TypeDescription

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
    return found, _leaves(data, at, MAX_DEPTH, found, compact=True)


def _leaves(data: bytes, at: int, depth: int, found: list[Leaf], *, compact: bool = False) -> int:
    """Adds the leaves of the value at `at` to `found`, a compact-array as one unless they are wanted; where it ends.
    Raises MalformedValue where it is cut off."""
    tag = TAGS.get(data[at]) if at < len(data) else None
    if tag in _LISTS and depth > 0:
        count, at = decode_length(data, at + 1)
        for _index in range(count):
            at = _leaves(data, at, depth - 1, found, compact=compact)
        return at
    start = at + 1
    if tag in _TEXTS:
        start = decode_length(data, at + 1)[1]
        found.append(Leaf(tag, start, len(data)))  # until its end is known
    value, end = decode_at(data, at)
    if tag is DataType.COMPACT_ARRAY and compact:
        _compact_leaves(data[:end], at + 1, found)
        return end
    if tag in _TEXTS:
        found.pop()
    found.append(Leaf(value.tag, start, end))
    return end


def _compact_leaves(data: bytes, at: int, found: list[Leaf]) -> None:
    """The leaves of a compact-array that is sound and ends with `data`; its type description begins at `at`."""
    description, at = decode_description(data, at, MAX_DEPTH)
    at = decode_length(data, at)[1]
    while at < len(data):
        at = _item_leaves(data, at, description, found)


def _item_leaves(data: bytes, at: int, description: TypeDescription, found: list[Leaf]) -> int:
    if description.tag in _LISTS:
        for member in members_of(description):
            at = _item_leaves(data, at, member, found)
        return at
    end = decode_content(data, at, description.tag)[1]
    start = decode_length(data, at)[1] if description.tag in _TEXTS else at
    if start < end:
        found.append(Leaf(description.tag, start, end))
    return end
