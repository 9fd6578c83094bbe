"""COSEM data as a tree."""

from __future__ import annotations

from functools import partial

from hht.i18n import _
from hht.protocol.cosem.axdr import MAX_DEPTH, decode_at
from hht.protocol.cosem.compact import DEFAULT_LIMITS, Purse, decode_item
from hht.protocol.cosem.datetime import NO_STATUS, decode_datetime
from hht.protocol.cosem.errors import MalformedValue, NestingTooDeep
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.value_contents import contents
from hht.protocol.cosem.values import TAGS, CompactArray, Data, DataType, TypeDescription
from hht.protocol.cosem.walk import Walk, as_number, in_hex, masked
from hht.protocol.frames import Node
from hht.protocol.tokens import has_token

SHOWN_ELEMENTS = 64  # of a list; the others are summed up
_LISTS = (DataType.ARRAY, DataType.STRUCTURE)


def type_name(tag: int) -> str:
    """A type as the standard writes it."""
    data_type = TAGS.get(tag)
    return f"{tag:02X}" if data_type is None else data_type.name.lower().replace("_", "-")


def unless_token(octets: bytes) -> str:
    """The first octets in hex; masked where a UTRN stands in them."""
    return masked(octets) if has_token(octets) else in_hex(octets)


def describe(data: Data) -> str:
    """A value without elements in a few words: the number, the text, the time or OBIS that octets may be."""
    value = data.value
    if isinstance(value, bytes):
        return describe_octets(value)
    if value is None:
        return ""
    if isinstance(value, str):
        return "".join(character if character.isprintable() else "\ufffd" for character in value[:120])
    return str(value) if isinstance(value, bool | int | float) else ""


def describe_octets(octets: bytes) -> str:
    """Octets in hex, and the time, OBIS or text that they may be."""
    shown = in_hex(octets)
    if len(octets) == 12:
        try:
            moment = decode_datetime(octets)
        except MalformedValue:
            return shown
        if moment.time is not None:
            status = "" if moment.status in (0, NO_STATUS) else _(", status {octet:02X}").format(octet=moment.status)
            return f"{shown} = {moment.time.isoformat(sep=' ')}{status}"
    if len(octets) == 6 and octets[5] == 0xFF:
        return f"{shown} = {Obis.from_bytes(octets)}"
    if octets and all(0x20 <= octet < 0x7F for octet in octets):
        return f"{shown} = “{octets[:48].decode('ascii')}”"
    return shown


def walk_data(walk: Walk, label: str, *, secret: bool = False, depth: int = MAX_DEPTH) -> None:
    """One value as a node. `secret` masks it. Raises MalformedValue."""
    tag = TAGS.get(walk.peek())
    if tag is DataType.COMPACT_ARRAY and not secret:
        _compact(walk, label)
        return
    if secret or tag not in _LISTS:
        data, end = decode_at(walk.data[: walk.end], walk.at)
        name = f"{label}: {type_name(data.tag)}"
        secret = secret or _is_token(data)
        walk.add(_hidden(walk, name, end) if secret else Node(name, walk.at, end, describe(data)))
        return
    if depth <= 0:
        raise NestingTooDeep(_("Values are nested more than {depth} deep.").format(depth=MAX_DEPTH), at=walk.at)
    with walk.group(f"{label}: {type_name(tag)}") as group:
        walk.octet(_("type"), type_name)
        count = walk.checked_length()
        group.value = _("{count} elements").format(count=count)
        for index in range(min(count, SHOWN_ELEMENTS)):
            walk_data(walk, str(index + 1), depth=depth - 1)
        if count > SHOWN_ELEMENTS:
            _sum_up(walk, count - SHOWN_ELEMENTS)


def _is_token(data: Data) -> bool:
    if isinstance(data.value, str):
        return has_token(data.value.encode())
    return isinstance(data.value, bytes) and has_token(data.value)


def _hidden(walk: Walk, name: str, end: int) -> Node:
    """The value up to `end` whose contents are a secret; how it is built is none."""
    at, children = walk.at, []
    for start, stop in contents(walk.data[:end], walk.at):
        if at < start:
            children.append(Node(_("type"), at, start))
        children.append(Node(_("value"), start, stop, masked(bytes(stop - start)), secret=True))
        at = stop
    if at < end:
        children.append(Node(_("type"), at, end))
    return Node(name, walk.at, end, masked(bytes(end - walk.at)), tuple(children))


def _sum_up(walk: Walk, count: int) -> None:
    octets, at = walk.data[: walk.end], walk.at
    for _index in range(count):
        _value, at = decode_at(octets, at)
    walk.add(Node(_("{count} more elements").format(count=count), walk.at, at))


def _compact(walk: Walk, label: str) -> None:
    """A compact-array: its type, then its elements, each with the octets that it is made of."""
    data, end = decode_at(walk.data[: walk.end], walk.at)  # bounds are checked there, before anything is shown
    assert isinstance(data.value, CompactArray)
    array = data.value
    with walk.group(f"{label}: {type_name(DataType.COMPACT_ARRAY)}") as group:
        walk.octet(_("type"), type_name)
        group.value = _("{count} elements").format(count=len(array.items))
        _described(walk, _("type description"))
        walk.length()
        octets, purse = walk.data[:end], Purse(end - walk.at, DEFAULT_LIMITS)
        for index in range(min(len(array.items), SHOWN_ELEMENTS)):
            _compact_item(walk, str(index + 1), array.items[index], array.description, octets, purse)
        if end > walk.at:
            walk.add(Node(_("{count} more elements").format(count=len(array.items) - SHOWN_ELEMENTS), walk.at, end))


def _compact_item(
    walk: Walk, label: str, item: Data, description: TypeDescription, octets: bytes, purse: Purse
) -> None:
    """One element, or one member of it: a structure's members are nodes of their own."""
    if isinstance(item.value, tuple) and description.tag is DataType.STRUCTURE:
        with walk.group(label) as group:
            group.value = _element(item)
            for index, (part, member) in enumerate(zip(item.value, description.members, strict=True)):
                _compact_item(walk, str(index + 1), part, member, octets, purse)
        return
    item, after = decode_item(octets, walk.at, description, purse)
    walk.take(label, after - walk.at, masked if _is_token(item) else partial(_shown_element, item))


def _described(walk: Walk, label: str) -> None:
    with walk.group(label) as group:
        tag = walk.octet(_("type"), type_name)
        group.value = type_name(tag)
        if tag == DataType.ARRAY:
            walk.take(_("elements"), 2, as_number)
            _described(walk, _("element"))
        elif tag == DataType.STRUCTURE:
            for index in range(walk.length()):
                _described(walk, str(index + 1))


def _shown_element(item: Data, _octets: bytes) -> str:
    return _element(item)


def _element(item: Data) -> str:
    if isinstance(item.value, tuple):
        return "{" + ", ".join(map(_element, item.value)) + "}"
    return describe(item) or type_name(item.tag)
