"""COSEM payloads as trees: access request and response, data notification. Quick, for whole packs are shown at once.

What these messages can hold is narrower than COSEM: no blocks, no associations. Install codes, tokens and customer
identification numbers are masked.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final, NamedTuple

from hht.alerts import alert_meaning
from hht.i18n import _, texts_in_use
from hht.protocol.cosem import access
from hht.protocol.cosem.codes import ActionResult, DataAccessResult
from hht.protocol.cosem.dissect_data import describe_octets, walk_data
from hht.protocol.cosem.dissect_services import CLASS_NAMES
from hht.protocol.cosem.gb_objects import in_words, object_names
from hht.protocol.cosem.lengths import decode_length
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.scalars import FIXED
from hht.protocol.cosem.walk import Group, Walk, masked
from hht.protocol.frames import Node
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import SECURITY_HEADER, TAG_LENGTH
from hht.protocol.gbcs.messages import describe_code
from hht.protocol.tokens import LENGTH as TOKEN_LENGTH
from hht.protocol.tokens import has_token

SHOWN_ELEMENTS: Final = 1000  # of one list; the others are summed up
_MAX_DEPTH: Final = 16
_NUMBERS: Final = {
    int(tag): (tag.name.lower().replace("_", "-"), 1 + layout.size, layout.unpack_from)
    for tag, layout in FIXED.items()
    if layout.format[-1] != "s"
}
_TIMES: Final = {25: ("date-time", 13), 26: ("date", 6), 27: ("time", 5)}
_STRINGS: Final = {9: "octet-string", 10: "visible-string", 12: "utf8-string"}
_LISTS: Final = {1: "array", 2: "structure"}
_OCTET_STRING, _BIT_STRING, _NULL, _COMPACT_ARRAY = 9, 4, 0, 19
_LEAST_SEALED: Final = len(SECURITY_HEADER) + TAG_LENGTH
_KINDS: Final = {1: "get", 2: "set", 3: "action", 4: "get-with-selection", 5: "set-with-selection"}
_SPECIFICATION: Final = 10  # octets of kind, class, logical name and number
_SECRET_LENGTHS: Final = {  # class, logical name, number: how long what is secret there is (0: all of it)
    bytes.fromhex("030068 00001E0300FF 01"): 16,  # CCS01: the install code
    bytes.fromhex("030073 0000132800FF 01"): 0,  # CS01a: the token
    bytes.fromhex("020001 0003600D01FF 02"): 0,  # ECS50: the customer identification number
}
_NOTHING_SECRET: Final = -1
_RESULT: Final = struct.Struct(">BB")


def payload_nodes(raw: bytes, at: int, end: int) -> list[Node]:
    """The parts of the payload ``raw[at:end]``. Raises MalformedPayload."""
    try:
        kind = raw[at] if at < end else -1
        if kind == access.AccessRequest.TAG:
            return _request(raw, at, end)
        if kind == access.AccessResponse.TAG:
            return _response(raw, at, end)
        return _notification(raw, at, end)
    except IndexError:
        raise _ended(end) from None


def _head(raw: bytes, at: int, name: str) -> tuple[list[Node], int]:
    """Tag, long invoke-id and time; the offset behind them."""
    number = int.from_bytes(raw[at + 2 : at + 5], "big")
    size = raw[at + 5]
    after = at + 6 + size
    nodes = [
        Node(_("message"), at, at + 1, name),
        Node(_("long invoke-id and priority"), at + 1, at + 5, str(number)),
        Node(_("time"), at + 5, after, describe_octets(raw[at + 6 : after]) if size else _("none")),
    ]
    return nodes, after


def _request(raw: bytes, at: int, end: int) -> list[Node]:
    nodes, at = _head(raw, at, "access-request")
    names, at = _specifications(raw, at, end, nodes)
    return _closed(nodes, _data(raw, at, end, nodes, names), end)


def _specifications(raw: bytes, at: int, end: int, nodes: list[Node]) -> tuple[list[bytes], int]:
    """What is asked; each as its octets, and the offset behind them."""
    items: list[Node] = []
    names = []
    start, count, at = _count(raw, at, items)
    for index in range(count):
        name = raw[at : at + _SPECIFICATION]
        names.append(name)
        words = _words_of(name)
        at = _item(raw, at, end, f"{index + 1} {words.title}", words, items)
    nodes.append(Node(_("specifications"), start, at, str(count), tuple(items)))
    return names, at


def _data(raw: bytes, at: int, end: int, nodes: list[Node], names: list[bytes]) -> int:
    """A value for each of `names`, where what was asked stands in the same message."""
    data: list[Node] = []
    start, count, at = _count(raw, at, data)
    for index in range(count):
        label, secret = str(index + 1), _NOTHING_SECRET
        if index < len(names):
            label += " " + _words_of(names[index]).title
            secret = _SECRET_LENGTHS.get(names[index], _NOTHING_SECRET)
        at = value(raw, at, end, label, data, secret=secret)
    nodes.append(Node(_("data"), start, at, str(count), tuple(data)))
    return at


def _response(raw: bytes, at: int, end: int) -> list[Node]:
    nodes, at = _head(raw, at, "access-response")
    repeated, names = raw[at], list[bytes]()
    nodes.append(Node(_("specifications"), at, at + 1, _("present") if repeated else _("absent")))
    at += 1
    if repeated:
        names, at = _specifications(raw, at, end, nodes)
    at = _data(raw, at, end, nodes, names)
    results: list[Node] = []
    start, count, at = _count(raw, at, results)
    for index in range(count):
        if at + 2 > end:
            raise _ended(end)
        kind, words = _result_words(raw[at : at + 2])
        parts = (Node(_("kind"), at, at + 1, kind), Node(_("result"), at + 1, at + 2, words))
        results.append(Node(f"{index + 1} {kind}", at, at + 2, words, parts))
        at += 2
    nodes.append(Node(_("results"), start, at, str(count), tuple(results)))
    return _closed(nodes, at, end)


def _notification(raw: bytes, at: int, end: int) -> list[Node]:
    nodes, at = _head(raw, at, "data-notification")
    if raw[at] != 2 or raw[at + 1] < 2 or raw[at + 2] != 0x12 or raw[at + 5 : at + 7] != b"\x09\x0c":
        return _closed(nodes, value(raw, at, end, _("body"), nodes), end)
    count = raw[at + 1]
    code = raw[at + 3] << 8 | raw[at + 4]
    nodes.append(Node(_("alert"), at, at + 2, _("{count} elements").format(count=count)))
    nodes.append(Node(_("alert code"), at + 2, at + 5, f"{code:04X} = {alert_meaning(code)}"))
    nodes.append(Node(_("time of the alert"), at + 5, at + 19, describe_octets(raw[at + 7 : at + 19])))
    at += 19
    if code in (0x8F66, 0x8F67) and raw[at : at + 2] == b"\x09\x13" and end - at == 21:
        nodes.append(_future_dated(raw, at))
        return nodes
    for index in range(count - 2):
        at = value(raw, at, end, str(index + 1), nodes)
    return _closed(nodes, at, end)


def _future_dated(raw: bytes, at: int) -> Node:
    """Which part of which command took effect: message code, counter, attribute."""
    code = int.from_bytes(raw[at + 2 : at + 4], "big")
    words = _words_of(b"\x02" + raw[at + 12 : at + 21])
    children = (
        Node(_("length"), at, at + 2, "19"),
        Node(_("message code"), at + 2, at + 4, f"{code:04X} = {describe_code(code)}"),
        Node(_("originator counter"), at + 4, at + 12, str(int.from_bytes(raw[at + 4 : at + 12], "big"))),
        Node(_("class"), at + 12, at + 14, words.cosem_class),
        Node(_("logical name"), at + 14, at + 20, words.obis),
        Node(_("attribute"), at + 20, at + 21, words.number),
    )
    return Node(_("future-dated instruction"), at, at + 21, words.title, children)


# --- what a request names


class _Words(NamedTuple):
    """A specification in words."""

    title: str
    kind: str
    cosem_class: str
    obis: str
    number: str


def _words_of(octets: bytes) -> _Words:
    """Of kind, class, logical name and number, 10 octets."""
    return _words_in(texts_in_use(), octets)


@lru_cache(maxsize=4096)
def _words_in(_language: object, octets: bytes) -> _Words:
    if len(octets) < _SPECIFICATION:
        return _Words("", "", "", "", "")
    kind, number = octets[0], octets[1] << 8 | octets[2]
    obis = Obis.from_bytes(octets[3:9])
    known = in_words(object_names().get(f"{number}/{obis}", ""))
    member = str(octets[9] - 256 if octets[9] > 127 else octets[9])
    what = _("method") if kind == access.ACTION else _("attribute")
    title = f"{known or obis} {what} {member}"
    return _Words(title, _KINDS.get(kind, ""), f"{number} {CLASS_NAMES.get(number, '')}".rstrip(), str(obis), member)


def _item(raw: bytes, at: int, end: int, label: str, words: _Words, out: list[Node]) -> int:
    """One specification; the offset behind it."""
    if not words.kind or at + _SPECIFICATION > end:
        raise MalformedPayload(_("A part of the request is of no known kind, at octet {at}.").format(at=at), at=at)
    children = [
        Node(_("kind"), at, at + 1, words.kind),
        Node(_("class"), at + 1, at + 3, words.cosem_class),
        Node(_("logical name"), at + 3, at + 9, words.obis),
        Node(_("number"), at + 9, at + 10, words.number),
    ]
    after = at + _SPECIFICATION
    if raw[at] in (access.GET_SELECTED, access.SET_SELECTED):
        children.append(Node(_("selector"), after, after + 1, str(raw[after])))
        after = value(raw, after + 1, end, _("selection"), children)
    out.append(Node(label, at, after, words.kind, tuple(children)))
    return after


@lru_cache(maxsize=512)
def _result_words(octets: bytes) -> tuple[str, str]:
    kind, code = _RESULT.unpack(octets)
    if kind not in (access.GET, access.SET, access.ACTION):
        raise MalformedPayload(_("A result is of no known kind."), code="gbcs-payload")
    result = ActionResult(code) if kind == access.ACTION else DataAccessResult(code)
    return _KINDS[kind], f"{code} = {result.name.lower().replace('_', '-')}"


# --- values


def value(raw: bytes, at: int, end: int, label: str, out: list[Node], *, secret: int = -1, depth: int = 16) -> int:
    """One value as a node; the offset behind it. `secret`: octet-strings of that length are masked, 0: the whole value.
    Raises MalformedPayload, IndexError where nothing is there."""
    if at >= end:
        raise _ended(end)
    if secret == 0:
        return _hidden(raw, at, end, label, out, depth)
    tag = raw[at]
    number = _NUMBERS.get(tag)
    if number is not None:
        name, size, unpack = number
        after = at + size
        if after > end:
            raise _ended(end)
        out.append(Node(f"{label}: {name}", at, after, str(unpack(raw, at + 1)[0])))
    elif tag in _LISTS:
        return _list(raw, at, end, label, out, secret, depth)
    elif tag == _NULL:
        after = at + 1
        out.append(Node(f"{label}: null-data", at, after))
    elif tag == _COMPACT_ARRAY:
        walk = Walk(raw, at, end, Group("", at))
        walk_data(walk, label, depth=depth)
        out += walk.root.children
        after = walk.at
    else:
        after = _string(raw, at, end, label, out, secret)
    return after


def _hidden(raw: bytes, at: int, end: int, label: str, out: list[Node], depth: int) -> int:
    inside: list[Node] = []
    after = value(raw, at, end, label, inside, depth=depth)
    out.append(Node(inside[0].label, at, after, masked(raw[at:after]), secret=True))
    return after


def _list(raw: bytes, at: int, end: int, label: str, out: list[Node], secret: int, depth: int) -> int:
    count, start = decode_length(raw, at + 1)
    if depth <= 0 or count > end - start:
        raise _ended(end)
    children = [Node(_("type and count"), at, start, str(count))]
    after = start
    for index in range(min(count, SHOWN_ELEMENTS)):
        after = value(raw, after, end, str(index + 1), children, secret=secret, depth=depth - 1)
    if count > SHOWN_ELEMENTS:
        rest, unseen = after, list[Node]()
        for _index in range(count - SHOWN_ELEMENTS):
            after = value(raw, after, end, "", unseen, depth=depth - 1)
            unseen.clear()
        words = _("{count} more elements").format(count=count - SHOWN_ELEMENTS)
        children.append(Node(words, rest, after))
    out.append(
        Node(f"{label}: {_LISTS[raw[at]]}", at, after, _("{count} elements").format(count=count), tuple(children))
    )
    return after


def _string(raw: bytes, at: int, end: int, label: str, out: list[Node], secret: int) -> int:
    tag = raw[at]
    time = _TIMES.get(tag)
    if time is not None:
        name, size = time
        start, after = at + 1, at + size
    elif tag in _STRINGS or tag == _BIT_STRING:
        name = _STRINGS.get(tag, "bit-string")
        length, start = decode_length(raw, at + 1)
        after = start + ((length + 7) // 8 if tag == _BIT_STRING else length)
    else:
        raise MalformedPayload(
            _("Octet {at}, {octet:02X}, is no type of value.").format(at=at, octet=tag), code="gbcs-payload", at=at
        )
    if after > end:
        raise _ended(end)
    octets = raw[start:after]
    if tag == _OCTET_STRING and len(octets) >= _LEAST_SEALED and octets.startswith(SECURITY_HEADER):
        out.append(_sealed(f"{label}: {name}", at, start, after, octets))
    elif secret == len(octets) or (len(octets) >= TOKEN_LENGTH and has_token(octets)):
        out.append(Node(f"{label}: {name}", at, after, masked(octets), secret=True))
    elif tag == 12:
        out.append(Node(f"{label}: {name}", at, after, octets[:120].decode("utf-8", "replace")))
    else:
        out.append(Node(f"{label}: {name}", at, after, describe_octets(octets)))
    return after


def _sealed(label: str, at: int, start: int, after: int, octets: bytes) -> Node:
    """An encrypted value: its ciphertext is a leaf of its own, which whoever holds the key can put the plaintext in."""
    begin, tag = start + len(SECURITY_HEADER), after - TAG_LENGTH
    children = (
        Node(_("type and length"), at, start, str(len(octets))),
        Node(_("security header"), start, begin, SECURITY_HEADER.hex().upper()),
        Node(_("ciphertext"), begin, tag, _("{count} octets").format(count=tag - begin)),
        Node(_("tag"), tag, after, octets[-TAG_LENGTH:].hex().upper()),
    )
    return Node(label, at, after, _("encrypted"), children)


def plaintext_nodes(shown: bytes, at: int, end: int) -> list[Node]:
    """What was in a ciphertext: ``shown[at:end]`` of the opened message. Raises MalformedPayload."""
    nodes: list[Node] = []
    try:
        while at < end:
            at = value(shown, at, end, _("value"), nodes)
    except IndexError:
        raise _ended(end) from None
    return nodes


def _count(raw: bytes, at: int, out: list[Node]) -> tuple[int, int, int]:
    """Where a list begins, how many it has, and where the first is."""
    count, after = decode_length(raw, at)
    out.append(Node(_("count"), at, after, str(count)))
    return at, count, after


def _closed(nodes: list[Node], at: int, end: int) -> list[Node]:
    if at != end:
        words = _("{count} octets are left over after the payload.").format(count=end - at)
        raise MalformedPayload(words, code="gbcs-payload", at=at)
    return nodes


def _ended(at: int) -> MalformedPayload:
    return MalformedPayload(_("The payload ends too early, at octet {at}.").format(at=at), code="gbcs-payload", at=at)
