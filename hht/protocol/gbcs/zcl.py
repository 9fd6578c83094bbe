"""What ZigBee commands in GBZ payloads hold: ``resources/catalogue/zcl_layouts.toml``, read, written and looked up.

Cluster commands have a layout each; the profile's own (read attributes and its response, default response) are the
same for every cluster. Numbers are least significant octet first.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

from hht.i18n import _
from hht.protocol.gbcs.errors import GbcsError, MalformedPayload
from hht.protocol.gbcs.gbz import NEVER, wrong, zigbee_time
from hht.resources import resource_text

CLUSTER_COMMAND, FROM_SERVER = 0x01, 0x08  # of the frame control
READ_ATTRIBUTES, READ_RESPONSE, WRITE_ATTRIBUTES, WRITE_RESPONSE, DEFAULT_RESPONSE = 0x00, 0x01, 0x02, 0x04, 0x0B
GENERAL_COMMANDS: Final = {
    READ_ATTRIBUTES: "Read Attributes",
    READ_RESPONSE: "Read Attributes Response",
    WRITE_ATTRIBUTES: "Write Attributes",
    WRITE_RESPONSE: "Write Attributes Response",
    DEFAULT_RESPONSE: "Default Response",
}
_SIZES: Final = {
    "u8": 1, "u16": 2, "u24": 3, "u32": 4, "u48": 6, "s32": 4, "map8": 1, "map16": 2, "map32": 4, "time": 4,
    "octets4": 4, "octets7": 7, "text": 0, "secret": 0,
}  # fmt: skip
_TYPES: Final = {  # of attributes: name, octets (0: a length stands before them), what reads them
    **{0x07 + size: (f"data{8 * size}", size, "map") for size in range(1, 9)},
    0x10: ("boolean", 1, "u"),
    **{0x17 + size: (f"map{8 * size}", size, "map") for size in range(1, 9)},
    **{0x1F + size: (f"uint{8 * size}", size, "u") for size in range(1, 9)},
    **{0x27 + size: (f"int{8 * size}", size, "s") for size in range(1, 9)},
    0x30: ("enum8", 1, "u"), 0x31: ("enum16", 2, "u"),
    0x38: ("semi", 2, "map"), 0x39: ("single", 4, "map"), 0x3A: ("double", 8, "map"),
    0x41: ("octstr", 0, "octets"), 0x42: ("string", 0, "text"),
    0xE0: ("time of day", 4, "octets"), 0xE1: ("date", 4, "octets"), 0xE2: ("UTC", 4, "time"),
    0xE8: ("cluster", 2, "map"), 0xE9: ("attribute", 2, "map"), 0xF0: ("EUI-64", 8, "map"), 0xF1: ("key", 16, "secret"),
}  # fmt: skip


class Member(NamedTuple):
    """One field. `kind`: its type; `times`: "" once, "*" until the end, else the field that says how often (`mask` of
    it); `optional`: it may be left out at the end."""

    name: str
    kind: str
    size: int
    times: str = ""
    mask: int = 0xFF
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A command: its name, its fields, and the fields of the group that is repeated behind them until the end."""

    title: str
    fields: tuple[Member, ...]
    group: tuple[Member, ...] = ()


class Item(NamedTuple):
    """One field as it stands: ``octets[at:end]`` (with the length before a text). `entry`: which of the repeated group
    it belongs to, from 0 on; -1: it stands before them."""

    member: Member
    at: int
    end: int
    entry: int = -1


def layout_of(cluster: int, frame_control: int, command: int) -> Layout | None:
    """The layout of a cluster's command; None: a general command, or one that is not known."""
    if not frame_control & CLUSTER_COMMAND:
        return None
    return _catalogue().layouts.get((cluster, bool(frame_control & FROM_SERVER), command))


def command_title(cluster: int, frame_control: int, command: int) -> str:
    """What a command is called."""
    if not frame_control & CLUSTER_COMMAND:
        return GENERAL_COMMANDS.get(command, f"{command:02X}")
    found = layout_of(cluster, frame_control, command)
    return found.title if found else f"{command:02X}"


def attribute_name(cluster: int, attribute: int) -> str:
    """What an attribute is called; its number where it is not known."""
    return _catalogue().attributes.get((cluster, attribute), f"{attribute:04X}")


def cluster_name(cluster: int) -> str:
    """What a cluster is called."""
    return _catalogue().clusters.get(cluster, f"{cluster:04X}")


def status_name(status: int) -> str:
    """A status in words."""
    return _catalogue().statuses.get(status, f"{status:02X}")


def attribute_type(number: int) -> tuple[str, int, str] | None:
    """Name, octets (0: a length stands before them) and kind of a type of attributes."""
    return _TYPES.get(number)


def items(layout: Layout, octets: bytes, at: int, end: int) -> Iterator[Item]:
    """Where each field of a command stands in ``octets[at:end]``. Raises MalformedPayload."""
    for item in _items(layout.fields, octets, at, end, -1):
        yield item
        at = item.end
    entry = 0
    while layout.group and at < end:
        for item in _items(layout.group, octets, at, end, entry):
            yield item
            at = item.end
        entry += 1
    if at != end:
        raise wrong(_("octets left over behind the last field of “{command}”").format(command=layout.title), at)


def _items(members: tuple[Member, ...], octets: bytes, at: int, end: int, entry: int) -> Iterator[Item]:
    counts: dict[str, int] = {}
    for member in members:
        if member.optional and at == end:
            return
        if member.times == "*":
            times = (end - at) // member.size
        else:
            times = counts[member.times] & member.mask if member.times else 1
        for _time in range(times):
            after = _end_of(member, octets, at, end)
            yield Item(member, at, after, entry)
            if member.size == 1:
                counts[member.name] = octets[at]
            at = after


def _end_of(member: Member, octets: bytes, at: int, end: int) -> int:
    after = at + member.size
    if not member.size and at < end:
        length = octets[at]
        after = at + 1 + (0 if length == 0xFF else length)
    if after > end or after == at:
        raise wrong(_("the field “{name}” is missing").format(name=member.name), at)
    return after


def value_of(member: Member, octets: bytes, at: int, end: int) -> Any:
    """What a field says: a number, or octets (a text without its length)."""
    kind = member.kind
    if kind in ("text", "secret"):
        return octets[at + 1 : end]
    if kind.startswith("octets"):
        return octets[at:end]
    return int.from_bytes(octets[at:end], "little", signed=kind[0] == "s")


def read(layout: Layout, octets: bytes) -> dict[str, Any]:
    """A command's fields by name: numbers, and octets for texts. What stands several times is a list; the repeated
    group is a list of such fields, "entries". Raises MalformedPayload.
    """
    found: dict[str, Any] = {"entries": []} if layout.group else {}
    for member, at, end, entry in items(layout, octets, 0, len(octets)):
        fields = found
        if entry >= 0:
            if entry == len(found["entries"]):
                found["entries"].append({})
            fields = found["entries"][entry]
        value = value_of(member, octets, at, end)
        if member.times:
            fields.setdefault(member.name, []).append(value)
        else:
            fields[member.name] = value
    return found


def write(layout: Layout, fields: dict[str, Any]) -> bytes:
    """A command of its fields, as `read` gives them. Raises GbcsError where one is missing or does not fit."""
    try:
        parts = _written(layout.fields, fields)
        for entry in fields.get("entries", ()):
            parts += _written(layout.group, entry)
        octets = b"".join(parts)
        if read(layout, octets) == fields:
            return octets
    except (KeyError, OverflowError, TypeError, ValueError, AttributeError, MalformedPayload):
        pass
    raise GbcsError(
        _("“{command}” cannot be made of these values.").format(command=layout.title),
        remedy=_("Check that every field is there and fits its size."),
        code="gbcs-field",
    )


def _written(members: tuple[Member, ...], fields: dict[str, Any]) -> list[bytes]:
    parts = []
    for member in members:
        if member.name in fields:
            values = fields[member.name] if member.times else [fields[member.name]]
            parts += [_write(member, value) for value in values]
    return parts


def _write(member: Member, value: Any) -> bytes:
    if member.kind in ("text", "secret"):
        return bytes((len(value),)) + bytes(value)
    if member.kind.startswith("octets"):
        if len(value) != member.size:
            raise ValueError(member.name)
        return bytes(value)
    number: int = value
    return number.to_bytes(member.size, "little", signed=member.kind[0] == "s")


def time_words(seconds: int) -> str:
    """A time as GBCS uses it: 0 is now, all ones never."""
    if seconds in (0, NEVER):
        return _("now") if seconds == 0 else _("never")
    return zigbee_time(seconds).strftime("%Y-%m-%d %H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class _Catalogue:
    layouts: dict[tuple[int, bool, int], Layout]
    attributes: dict[tuple[int, int], str]
    clusters: dict[int, str]
    statuses: dict[int, str]


@cache
def _catalogue() -> _Catalogue:
    data = tomllib.loads(resource_text("catalogue", "zcl_layouts.toml"))
    layouts = {
        (int(cluster, 16), direction == "from_server", int(command, 16)): _layout(row)
        for direction in ("from_client", "from_server")
        for cluster, commands in data[direction].items()
        for command, row in commands.items()
    }
    attributes = {
        (int(cluster, 16), int(number, 16)): name
        for cluster, names in data["attributes"].items()
        for number, name in names.items()
    }
    return _Catalogue(layouts, attributes, _by_number(data["clusters"]), _by_number(data["statuses"]))


def _by_number(names: dict[str, str]) -> dict[int, str]:
    return {int(number, 16): name for number, name in names.items()}


def _layout(row: list[Any]) -> Layout:
    group = row[-1] if isinstance(row[-1], list) else []
    fields = [text for text in row[1:] if isinstance(text, str)]
    return Layout(row[0], tuple(map(_member, fields)), tuple(map(_member, group)))


def _member(text: str) -> Member:
    name, kind = text.split(":")
    optional = kind.endswith("?")
    kind, star, times = kind.removesuffix("?").partition("*")
    times, masked, mask = times.partition("&")
    return Member(name, kind, _SIZES[kind], (times or "*") if star else "", int(mask) if masked else 0xFF, optional)
