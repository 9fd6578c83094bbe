"""Any frame as a labelled tree with byte ranges: the trace drawer, ``hht trace show`` and ``hht decode``.

A registry of dissectors, each imported when it is first asked for. A dissector takes ``(data, offset)`` and returns
the tree of ``data[offset:]`` with ranges that count from the start of `data`; it never raises, whatever the bytes are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import reduce
from importlib import import_module
from operator import xor
from typing import Final, cast

from hht.i18n import _
from hht.parity import STRIP_PARITY
from hht.protocol.frames import Node, ProtocolError

Dissector = Callable[[bytes, int], Node]

_DISSECTORS: Final = {
    "hdlc": "hht.protocol.hdlc.dissect:dissect_hdlc",
    "wrapper": "hht.protocol.wrapper:dissect_wrapper",
    "apdu": "hht.protocol.cosem.dissect:dissect_apdu",
    "iec": "hht.protocol.iec62056_21.dissect:dissect_iec",
    "gbcs": "hht.protocol.gbcs.dissect:dissect_gbcs",
    "zcl": "hht.protocol.zigbee.dissect:dissect_zcl",
    "znp": "hht.protocol.znp.dissect:dissect_znp",
}

MOST_NODES: Final = 50_000  # of one tree: a read of thirteen months in one piece has fewer
# GBCS: a MAC header (empty fields, security header 11 00000000) or none, then a transaction of 9 octets that is a
# command, response or alert, and two identifiers; or the routing header of a block
_GBCS: Final = re.compile(
    rb"(?:\xdd\0{6}(?:[\0-\x7f]|\x81.|\x82..)\x11\0{4})?\xdf\x09[\1-\3].{8}\x08.{8}\x08.{8}[\0\x0c]"
    rb"|\xdd\x09[\1-\3].{8}\x08.{8}\x08.{8}\0\x02..\0",
    re.DOTALL,
)
# First octets of DLMS APDUs: unciphered short-name and initiate services, association, logical-name and ciphered ones
_DATA_LINE: Final = re.compile(rb"[0-9A-Z.:*&-]{1,20}\(")  # a line of a plain-text readout
_APDU_TAGS: Final = frozenset(
    [0x01, 0x05, 0x06, 0x08, 0x0C, 0x0D, 0x0E, 0x0F, 0x16, 0x18, 0x21, 0x28, *range(0x60, 0x64), *range(0xC0, 0xE2)]
)


def protocols() -> tuple[str, ...]:
    """The names that `dissect` knows."""
    return tuple(_DISSECTORS)


def dissect(data: bytes, protocol: str) -> Node:
    """The tree of `data`, read as `protocol`: a name of `protocols()`.

    Raises ProtocolError for a name that is not known, and nothing else.
    """
    return nested(data, protocol, 0, len(data))


def nested(data: bytes, protocol: str, start: int, end: int) -> Node:
    """The tree of ``data[start:end]`` inside another protocol's; bytes only where its dissector is not installed.

    Raises ProtocolError for a name that is not known.
    """
    try:
        node = _dissector(protocol)(data[:end], start)
    except ImportError:
        node = raw(data, start, end, protocol.upper())
    if node.start < start or node.end > end:
        return raw(data, start, end, protocol.upper())
    return node


def raw(data: bytes, start: int, end: int, label: str, *, error: str = "", code: str = "") -> Node:
    """A node that shows its bytes in hex (the first 64 of them)."""
    shown = data[start : min(end, start + 64)].hex(" ").upper()
    return Node(label, start, end, shown + (" …" if end - start > 64 else ""), error=error, code=code)


def bounded(items: Iterable[Node], end: int) -> tuple[Node, ...]:
    """`items` of a stream that ends at `end`, in order, as far as `MOST_NODES` go; what comes behind is one node, whose
    octets nobody has looked at: they may hold a secret."""
    taken: list[Node] = []
    nodes = 0
    for item in items:
        if nodes >= MOST_NODES:
            taken.append(not_shown(item.start, end))
            break
        taken.append(item)
        nodes += item.size()
    return tuple(taken)


def not_shown(start: int, end: int) -> Node:
    """Octets that are more than is taken apart at once."""
    words = _("{count} bytes more than are taken apart at once").format(count=end - start)
    return Node(_("The rest"), start, end, words, secret=True)


def guess(data: bytes) -> str:
    """The protocol that `data` most probably is; "apdu" where nothing speaks for another."""
    if data[:1] == b"\x7e":
        return "hdlc"
    if data[:2] == b"\x00\x01" and len(data) >= 8:
        return "wrapper"
    if _looks_like_znp(data):
        return "znp"
    if _looks_like_iec(data):
        return "iec"
    if _GBCS.match(data):
        return "gbcs"
    if data[:1] and data[0] not in _APDU_TAGS and b"\x7e\xa0" in data:
        return "hdlc"  # noise, then a frame
    return "apdu"


def _looks_like_znp(data: bytes) -> bool:
    """A start octet, and a check octet where the length says: a dongle's frame."""
    if data[:1] != b"\xfe" or len(data) < 5 or len(data) < data[1] + 5:
        return False
    return reduce(xor, data[1 : data[1] + 4], 0) == data[data[1] + 4]


def _looks_like_iec(data: bytes) -> bool:
    text = data[:64].translate(STRIP_PARITY)
    if data[:1] in (b"/", b"\xaf", b"\x15", b"\x95"):
        return True
    if text[:1] == b"\x06":  # ACK, alone or with an option select message
        return len(text) == 1 or (text[1:4].isdigit() and text[4:6] in (b"", b"\r", b"\r\n"))
    if text[:1] == b"\x01":  # SOH and a command
        return text[1:2] in (b"P", b"W", b"R", b"E", b"B") and text[2:3].isdigit()
    if _DATA_LINE.match(text):
        return True
    return text[:1] == b"\x02" and (text[1:2].isalnum() or text[1:2] == b"(")  # STX and a data set


def _dissector(protocol: str) -> Dissector:
    try:
        module, function = _DISSECTORS[protocol].split(":")
    except KeyError:
        raise ProtocolError(
            _("“{name}” is no protocol that can be taken apart here.").format(name=protocol),
            remedy=_("Choose one of: {names}.").format(names=", ".join(_DISSECTORS)),
            code="protocol-unknown",
        ) from None
    return cast(Dissector, getattr(import_module(module), function))
