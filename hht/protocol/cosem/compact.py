"""compact-array: one type description, then the bare contents. Bounded: contents must pay for what they expand to."""

from __future__ import annotations

from dataclasses import dataclass

from hht.i18n import _
from hht.protocol.cosem.errors import LengthLies, MalformedValue, NestingTooDeep
from hht.protocol.cosem.lengths import decode_length, encode_length, ended
from hht.protocol.cosem.scalars import decode_content, encode_content, lies, misfit
from hht.protocol.cosem.values import NULL, TAGS, CompactArray, Data, DataType, TypeDescription

# What one octet of contents may become: values that are there, and null-data (which costs nothing on the wire)
_VALUES_PER_OCTET = 2  # a structure of one octet is two; more is nothing that a meter sends
_NULLS_PER_OCTET = 4
_SMALL = 64
_CONTAINERS = (DataType.ARRAY, DataType.STRUCTURE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a compact-array may hold: values of any depth (null-data counted apart), and octets of contents."""

    elements: int = 250_000  # 13 months of half hours in five columns are 114,000
    octets: int = 4_000_000


DEFAULT_LIMITS = Limits()


class Purse:
    """What contents of `size` octets may still expand to."""

    __slots__ = ("nulls", "values")

    def __init__(self, size: int, limits: Limits) -> None:
        self.values = min(_SMALL + size * _VALUES_PER_OCTET, limits.elements)
        self.nulls = min(_SMALL + size * _NULLS_PER_OCTET, limits.elements)

    def pay(self, tag: DataType) -> None:
        """For one value. Raises MalformedValue when there is nothing left."""
        if tag is DataType.NULL:
            self.nulls -= 1
        else:
            self.values -= 1
        if self.nulls < 0 or self.values < 0:
            raise MalformedValue(_("A compact array expands without bound."), code="cosem-compact-bound")


def decode_compact(octets: bytes, at: int, depth: int, limits: Limits = DEFAULT_LIMITS) -> tuple[CompactArray, int]:
    """The compact-array whose description begins at `at`, and the offset after it. Raises MalformedValue."""
    description, at = decode_description(octets, at, depth)
    length, start = decode_length(octets, at)
    end = start + length
    if end > len(octets):
        raise lies(length, len(octets) - start, at)
    if length > limits.octets:
        raise LengthLies(_("A compact array of more than {count} octets.").format(count=limits.octets))
    contents = bytes(octets[start:end])
    purse = Purse(length, limits)
    items = []
    position = 0
    while position < length:
        item, after = decode_item(contents, position, description, purse)
        if after == position:
            raise MalformedValue(_("A compact array of nothing has contents."), code="cosem-compact-bound", at=start)
        position = after
        items.append(item)
    return CompactArray(description, tuple(items)), end


def decode_description(octets: bytes, at: int, depth: int) -> tuple[TypeDescription, int]:
    """The type description at `at`, and the offset after it. Raises Truncated, MalformedValue."""
    if depth <= 0:
        raise NestingTooDeep(_("A compact array's type is nested too deep."), at=at)
    if at >= len(octets):
        raise ended(at)
    tag = TAGS.get(octets[at])
    if tag is None or tag is DataType.COMPACT_ARRAY:
        raise MalformedValue(_("A compact array of no type, at octet {at}.").format(at=at), code="cosem-tag-unknown")
    if tag is DataType.ARRAY:
        if at + 3 > len(octets):
            raise ended(len(octets))
        element, end = decode_description(octets, at + 3, depth - 1)
        return TypeDescription(tag, element=element, count=int.from_bytes(octets[at + 1 : at + 3], "big")), end
    if tag is not DataType.STRUCTURE:
        return TypeDescription(tag), at + 1
    count, end = decode_length(octets, at + 1)
    if count > len(octets) - end:
        raise lies(count, len(octets) - end, at)
    members = []
    for _index in range(count):
        member, end = decode_description(octets, end, depth - 1)
        members.append(member)
    return TypeDescription(tag, tuple(members)), end


def decode_item(octets: bytes, at: int, description: TypeDescription, purse: Purse) -> tuple[Data, int]:
    """The element at `at`, paid from `purse`, and the offset after it. Raises Truncated, MalformedValue."""
    purse.pay(description.tag)
    if description.tag is DataType.NULL:
        return NULL, at
    if description.tag not in _CONTAINERS:
        return decode_content(octets, at, description.tag)
    items = []
    for member in members_of(description):
        item, at = decode_item(octets, at, member, purse)
        items.append(item)
    return Data(description.tag, tuple(items)), at


def members_of(description: TypeDescription) -> tuple[TypeDescription, ...]:
    """The types of the elements of a described array or structure."""
    if description.tag is DataType.ARRAY and description.element is not None:
        return (description.element,) * description.count
    return description.members


def encode_compact(array: CompactArray) -> bytes:
    """Description and contents. Raises ValueOutOfRange where an item is not of the described type."""
    contents = bytearray()
    for item in array.items:
        _encode_item(item, array.description, contents)
    return _encode_description(array.description) + encode_length(len(contents)) + bytes(contents)


def _encode_description(description: TypeDescription) -> bytes:
    head = bytes((description.tag,))
    if description.tag is DataType.ARRAY and description.element is not None:
        return head + description.count.to_bytes(2, "big") + _encode_description(description.element)
    if description.tag is DataType.STRUCTURE:
        members = b"".join(_encode_description(member) for member in description.members)
        return head + encode_length(len(description.members)) + members
    return head


def _encode_item(item: Data, description: TypeDescription, contents: bytearray) -> None:
    if item.tag is not description.tag:
        raise misfit(item)
    if item.tag not in _CONTAINERS:
        contents += encode_content(item)
        return
    members = members_of(description)
    if not isinstance(item.value, tuple) or len(item.value) != len(members):
        raise misfit(item)
    for part, member in zip(item.value, members, strict=True):
        _encode_item(part, member, contents)
