"""GBZ payloads as trees: components, their ZigBee headers, and what each command holds."""

from __future__ import annotations

from functools import lru_cache

from hht.alerts import alert_meaning
from hht.i18n import _
from hht.protocol.cosem.walk import in_hex, masked
from hht.protocol.frames import Node
from hht.protocol.gbcs import gbz, zcl
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import ENCRYPTED, FROM_DATE_TIME, LAST, Place
from hht.protocol.gbcs.messages import describe_code
from hht.protocol.gbcs.zcl import (
    DEFAULT_RESPONSE,
    READ_ATTRIBUTES,
    READ_RESPONSE,
    WRITE_ATTRIBUTES,
    WRITE_RESPONSE,
)
from hht.protocol.tokens import has_token


def payload_nodes(raw: bytes, at: int, end: int, cra: int) -> list[Node]:
    """The parts of the payload ``raw[at:end]``. Raises MalformedPayload."""
    start = gbz.start_of_components(raw[:end], at, cra)
    nodes = [
        Node(_("profile"), at, at + 2, "0109"),
        Node(_("number of components"), at + 2, at + 3, str(raw[at + 2])),
    ]
    if start == at + 9:
        code = raw[at + 3] << 8 | raw[at + 4]
        nodes.append(Node(_("alert code"), at + 3, at + 5, f"{code:04X} = {alert_meaning(code)}"))
        nodes.append(Node(_("time of the alert"), at + 5, start, _time(raw[at + 5 : start], "big")))
        if not gbz.has_components(raw[:end], start, end):
            return nodes + _about(raw, start, end)
    places = list(gbz.places(raw, start, end))
    nodes += [_component(raw, place, index) for index, place in enumerate(places)]
    if places[-1].end != end or (start != at + 9 and len(places) != raw[at + 2]):
        raise gbz.wrong(_("another number of components than it says"), places[-1].end - at)
    return nodes


def plaintext_nodes(shown: bytes, at: int, end: int, header: int) -> list[Node]:
    """What was in a ciphertext: ``shown[at:end]`` of the opened message, `header` where its component's begins.

    Raises MalformedPayload.
    """
    cluster = int.from_bytes(shown[header + 1 : header + 3], "big")
    at_zcl = header + 5 + (4 if shown[header] & FROM_DATE_TIME else 0) + 2
    return _fields(shown, at, end, cluster, shown[at_zcl], shown[at_zcl + 2])


def _about(raw: bytes, at: int, end: int) -> list[Node]:
    """What an alert without components is about."""
    if at == end:
        return []
    try:
        found = gbz.future_dated(raw[at:end])
    except MalformedPayload:
        return [Node(_("details"), at, end, in_hex(raw[at:end]))]
    title = zcl.command_title(found.cluster, found.frame_control, found.command)
    children = (
        Node(_("length"), at, at + 1, str(raw[at])),
        Node(_("message code"), at + 1, at + 3, f"{found.message_code:04X} = {describe_code(found.message_code)}"),
        Node(_("originator counter"), at + 3, at + 11, str(found.counter)),
        Node(_("cluster"), at + 11, at + 13, _cluster(found.cluster)),
        Node(_("frame control"), at + 13, at + 14, f"{found.frame_control:02X}"),
        Node(_("command"), at + 14, end, f"{found.command:02X} = {title}"),
    )
    return [Node(_("future-dated instruction"), at, end, title, children)]


@lru_cache(maxsize=64)
def _cluster(cluster: int) -> str:
    return f"{cluster:04X} = {zcl.cluster_name(cluster)}"


@lru_cache(maxsize=32)
def _control(control: int) -> str:
    words = {LAST: _("last component"), ENCRYPTED: _("encrypted"), FROM_DATE_TIME: _("with a From Date Time")}
    return ", ".join([f"{control:02X}", *(word for bit, word in words.items() if control & bit)])


def _time(octets: bytes, order: str) -> str:
    return zcl.time_words(int.from_bytes(octets, "big" if order == "big" else "little"))


def _component(raw: bytes, place: Place, index: int) -> Node:
    at, control, cluster, header, end = place
    nodes = [
        Node(_("control"), at, at + 1, _control(control)),
        Node(_("cluster"), at + 1, at + 3, _cluster(cluster)),
        Node(_("length"), at + 3, at + 5, str(raw[at + 3] << 8 | raw[at + 4])),
    ]
    if control & FROM_DATE_TIME:
        nodes.append(Node(_("From Date Time"), at + 5, at + 9, _time(raw[at + 5 : at + 9], "big")))
    if control & ENCRYPTED:
        nodes.append(Node(_("additional header control"), header, header + 1, f"{raw[header]:02X}"))
        nodes.append(Node(_("additional header frame counter"), header + 1, header + 2, str(raw[header + 1])))
        header += 2
    frame, sequence, command = raw[header : header + 3]
    title = zcl.command_title(cluster, frame, command)
    nodes.append(Node(_("frame control"), header, header + 1, f"{frame:02X}"))
    nodes.append(Node(_("sequence number"), header + 1, header + 2, str(sequence)))
    nodes.append(Node(_("command"), header + 2, header + 3, f"{command:02X} = {title}"))
    header += 3
    if control & ENCRYPTED:
        tag = end - gbz.TAG_LENGTH
        nodes.append(Node(_("length of what is encrypted"), header, header + 2, str(end - header - 2)))
        nodes.append(Node(_("security header"), header + 2, header + 7, gbz.SECURITY_HEADER.hex().upper()))
        nodes.append(Node(_("ciphertext"), header + 7, tag, _("{count} octets").format(count=tag - header - 7)))
        nodes.append(Node(_("tag"), tag, end, raw[tag:end].hex().upper()))
    elif header < end:
        nodes += _fields(raw, header, end, cluster, frame, command)
    return Node(_("component {number}").format(number=index + 1), at, end, title, tuple(nodes))


def _fields(raw: bytes, at: int, end: int, cluster: int, frame: int, command: int) -> list[Node]:
    if not frame & zcl.CLUSTER_COMMAND:
        known = _general(raw, at, end, cluster, frame, command)
        return known + _not_understood(raw, known[-1].end if known else at, end)
    layout = zcl.layout_of(cluster, frame, command)
    nodes: list[Node] = []
    try:
        for member, start, after, entry in zcl.items(layout, raw, at, end) if layout else ():
            label = member.name if entry < 0 else f"{entry + 1} {member.name}"
            nodes.append(_leaf(label, start, after, member.kind, raw))
            at = after
    except MalformedPayload:
        pass  # a later edition may have other fields; what is left is shown as it is
    return nodes + _not_understood(raw, at, end)


def _not_understood(raw: bytes, at: int, end: int) -> list[Node]:
    """What is left; it may hold a secret."""
    return [Node(_("not understood"), at, end, masked(raw[at:end]), secret=True)] if at < end else []


def _leaf(label: str, start: int, end: int, kind: str, raw: bytes) -> Node:
    """A field; one that is a secret, or a text in which a token stands, is masked."""
    octets = raw[start:end]
    if kind == "secret" or (kind in ("text", "octets") and has_token(octets)):
        return Node(label, start, end, masked(octets), secret=True)
    return Node(label, start, end, _words(kind, octets))


@lru_cache(maxsize=64)
def _status(status: int) -> str:
    return f"{status:02X} = {zcl.status_name(status)}"


def _general(raw: bytes, at: int, end: int, cluster: int, frame: int, command: int) -> list[Node]:
    """The profile's own commands, as far as they are understood."""
    if command == READ_ATTRIBUTES:
        return _asked(raw, at, end, cluster)
    if command in (READ_RESPONSE, WRITE_ATTRIBUTES):
        return _attributes(raw, at, end, cluster, answered=command == READ_RESPONSE)
    if command == WRITE_RESPONSE and end - at == 1:
        return [Node(_("status"), at, end, _status(raw[at]))]
    if command == DEFAULT_RESPONSE and end - at == 2:
        asked = zcl.command_title(cluster, frame ^ zcl.FROM_SERVER | zcl.CLUSTER_COMMAND, raw[at])
        return [
            Node(_("command answered"), at, at + 1, f"{raw[at]:02X} = {asked}"),
            Node(_("status"), at + 1, end, _status(raw[at + 1])),
        ]
    return []


def _asked(raw: bytes, at: int, end: int, cluster: int) -> list[Node]:
    return [
        Node(_("attribute"), start, start + 2, _attribute(cluster, raw[start] | raw[start + 1] << 8))
        for start in range(at, end - 1, 2)
    ]


@lru_cache(maxsize=1024)
def _attribute(cluster: int, attribute: int) -> str:
    return f"{attribute:04X} = {zcl.attribute_name(cluster, attribute)}"


def _attributes(raw: bytes, at: int, end: int, cluster: int, *, answered: bool) -> list[Node]:
    """Per attribute its number, its status (`answered`), type and value; those whose type is known."""
    nodes: list[Node] = []
    while at + (3 if answered else 4) <= end:
        name = _attribute(cluster, raw[at] | raw[at + 1] << 8)
        parts, after, shown = [Node(_("attribute"), at, at + 2, name)], at + 2, ""
        if answered:
            shown = _status(raw[after])
            parts.append(Node(_("status"), after, after + 1, shown))
            after += 1
        if not answered or raw[at + 2] == 0:
            found = zcl.attribute_type(raw[after]) if after < end else None
            if found is None:
                break
            type_name, size, kind = found
            start = after + 1
            after = start + size if size else start + 1 + (raw[start] if start < end and raw[start] != 0xFF else 0)
            if after > end:
                raise gbz.wrong(_("the value of an attribute is missing"), start)
            leaf = _leaf(_("value"), start, after, kind, raw)
            parts += [Node(_("type"), start - 1, start, type_name), leaf]
            shown = leaf.value
        nodes.append(Node(name[7:], at, after, shown, tuple(parts)))
        at = after
    return nodes


def _words(kind: str, octets: bytes) -> str:
    """A field or attribute for people."""
    if kind == "time":
        return zcl.time_words(int.from_bytes(octets, "little"))
    if kind[0] in "us":
        return str(int.from_bytes(octets, "little", signed=kind[0] == "s"))
    if kind[0] == "m":
        return octets[::-1].hex().upper()
    if kind == "text":
        return "".join(c if c.isprintable() else "\ufffd" for c in octets[1:].decode("utf-8", "replace"))
    return in_hex(octets)
