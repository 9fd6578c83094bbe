"""IEC 62056-21 bytes as a labelled tree: sign-on, option select, commands, data messages, with parity and BCC checked.

Where HDLC begins (mode E) the rest is taken apart as HDLC. Passwords in commands are not shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from hht.i18n import _, ngettext
from hht.protocol.cosem.secret_members import names_a_secret
from hht.protocol.dissect import MOST_NODES, bounded, nested, not_shown, raw
from hht.protocol.frames import FrameError, Node
from hht.protocol.iec62056_21.characters import (
    ACK,
    BAUD_BY_CHAR,
    EOT,
    ETX,
    NAK,
    SOH,
    STX,
    block_check,
    plain,
    without_parity,
)
from hht.protocol.iec62056_21.data_sets import DataSet, Value, resolve
from hht.protocol.iec62056_21.messages import is_command
from hht.protocol.iec62056_21.programming import refusal
from hht.protocol.iec62056_21.sign_on import parse_identification
from hht.protocol.tokens import has_token

_NODES_OF_A_SET: Final = 4  # itself, its address, a value and its unit
_STARTS: Final = re.compile(rb"[/\x01\x02\x06\x15\x7e]")
_OPTION: Final = re.compile(rb"\x06([0-9])([0-9A-I])([0-9])\r\n")
_COMMAND: Final = re.compile(rb"\x01([A-Z])([0-9])(?:\x02([^\x03\x04]*))?([\x03\x04])", re.DOTALL)
_DATA_MESSAGE: Final = re.compile(rb"\x02([^\x03\x04]*)([\x03\x04])", re.DOTALL)
# A data set, or else the whole run of what is none: a search that tried each of its characters would take for ever
_DATA_SET: Final = re.compile(rb"([^()\r\n!]*+)((?:\([^()\r\n]*+\))++)|[^()\r\n!]++|[()\r\n!]")
# Cheap to refuse: bytes that are no line are tried again behind each byte that may begin a message
_BARE_LINE: Final = re.compile(rb"[^()!\x00-\x1f\x7f]*+(?:\([^()\x00-\x1f\x7f]*+\)[^()!\x00-\x1f\x7f]*+)++")
_VALUE: Final = re.compile(rb"\(([^()*]*)(?:\*([^()]*))?\)")


def _hidden() -> str:
    return _("(a secret, not shown)")


def dissect_iec(data: bytes, offset: int = 0) -> Node:
    """The tree of ``data[offset:]``: one message or a stream of them. Never raises."""
    items = bounded(_items(data, offset), len(data))
    if len(items) == 1:
        return items[0]
    return Node(
        _("IEC 62056-21 stream"),
        offset,
        len(data),
        ngettext("{count} message", "{count} messages", len(items)).format(count=len(items)),
        items,
    )


def _items(data: bytes, position: int) -> Iterator[Node]:
    text = without_parity(data)
    while position < len(data):
        if data[position] == 0x7E:
            node = nested(data, "hdlc", position, len(data))
        else:
            node = _with_parity(data, _message(text, position))
        yield node
        position = node.end


def _message(text: bytes, start: int) -> Node:
    if text[start : start + 2] == b"/?":
        return _request(text, start)
    reader = _READERS.get(text[start])
    if reader is not None:
        return reader(text, start)
    line = _bare_line(text, start)
    if line is not None:
        return line
    following = _STARTS.search(text, start + 1)
    end = following.start() if following else len(text)
    return raw(
        text, start, end, _("Bytes outside messages"), error=_("These bytes belong to no message."), code="iec-noise"
    )


def _bare_line(text: bytes, start: int) -> Node | None:
    """A line of a readout without STX (modes A, B, D), and the empty line before it; None for anything else."""
    if text[start : start + 2] == b"\r\n":
        return Node(_("Empty line"), start, start + 2, plain(text[start : start + 2]))
    stop, end = _line_end(text, start)
    if end == stop:
        return None
    if text[start:stop] == b"!":
        return Node(_("End of the data"), start, end, plain(text[start:end]))
    if _BARE_LINE.fullmatch(text, start, stop) is None:
        return None
    return Node(_("Data line"), start, end, "", tuple(_data_sets(text, start, end)))


def _with_parity(data: bytes, node: Node) -> Node:
    """`node`, with an error where some of its characters carry a parity bit and others a wrong one."""
    wire = data[node.start : node.end]
    if not any(byte & 0x80 for byte in wire):
        return node
    wrong = [node.start + index for index, byte in enumerate(wire) if byte.bit_count() & 1]
    if not wrong:
        return node
    error = _("Odd parity at byte {where}: bits were damaged on the way.").format(where=", ".join(map(str, wrong[:8])))
    return node._replace(error=node.error or error, code=node.code or "iec-parity")


def _line_end(text: bytes, start: int) -> tuple[int, int]:
    """Where the line's text ends and where the line ends."""
    feed = text.find(b"\n", start)
    if feed < 0:
        return len(text), len(text)
    return (feed - 1 if text[feed - 1 : feed] == b"\r" and feed - 1 > start else feed), feed + 1


def _request(text: bytes, start: int) -> Node:
    stop, end = _line_end(text, start)
    whole = text[start:stop].endswith(b"!") and end > stop
    children = [Node(_("Start"), start, start + 2, "/?")]
    address_end = stop - 1 if whole else stop
    if address_end > start + 2:
        children.append(Node(_("Device address"), start + 2, address_end, plain(text[start + 2 : address_end])))
    if end > address_end:
        children.append(Node(_("End"), address_end, end, plain(text[address_end:end])))
    error = "" if whole else _("The message does not end with “!” and a new line.")
    return Node(_("Request message"), start, end, "", tuple(children), error, "iec-truncated" if error else "")


def _identification(text: bytes, start: int) -> Node:
    stop, end = _line_end(text, start)
    try:
        found = parse_identification(text[start:stop])
    except FrameError as problem:
        return Node(
            _("Identification message"), start, end, plain(text[start:stop]), error=problem.message, code=problem.code
        )
    at = start + 5
    fast = _("{flag} (reacts within 20 ms)") if found.manufacturer[2].islower() else "{flag}"
    speed = _("{character} ({baud} baud, mode {mode})")
    children = [
        Node(_("Start"), start, start + 1, "/"),
        Node(_("Manufacturer"), start + 1, start + 4, fast.format(flag=found.manufacturer)),
        Node(
            _("Baud rate"),
            start + 4,
            at,
            speed.format(character=found.baud_char, baud=found.baud, mode=found.mode.value),
        ),
    ]
    while text[at : at + 1] == b"\\" and at + 2 <= stop - len(found.ident):
        meaning = _("HDLC can be chosen (mode E)") if text[at + 1 : at + 2] == b"2" else ""
        children.append(Node(_("Escape"), at, at + 2, " ".join([plain(text[at : at + 2]), meaning]).rstrip()))
        at += 2
    if at < stop:
        children.append(Node(_("Identification"), at, stop, plain(text[at:stop])))
    if stop < end:
        children.append(Node(_("End"), stop, end, plain(text[stop:end])))
    error = "" if stop < end else _("The message does not end with a new line.")
    code = "iec-truncated" if error else ""
    return Node(_("Identification message"), start, end, found.ident, tuple(children), error, code)


def _acknowledgement(text: bytes, start: int) -> Node:
    match = _OPTION.match(text, start)
    if match is None:
        return Node(_("Acknowledgement"), start, start + 1, "ACK")
    protocol, baud_char, mode = (group.decode("ascii") for group in match.groups())
    protocols = {"0": _("normal"), "1": _("secondary"), "2": _("HDLC")}
    modes = {"0": _("data readout"), "1": _("programming"), "2": _("binary, HDLC")}
    modes |= dict.fromkeys("6789", _("the maker's own"))
    baud = BAUD_BY_CHAR.get(baud_char)
    children = (
        Node(_("Acknowledgement"), start, start + 1, "ACK"),
        Node(_("Protocol control"), start + 1, start + 2, f"{protocol} {protocols.get(protocol, '')}".rstrip()),
        Node(_("Baud rate"), start + 2, start + 3, f"{baud_char} ({baud})" if baud else baud_char),
        Node(_("Mode control"), start + 3, start + 4, f"{mode} {modes.get(mode, '')}".rstrip()),
        Node(_("End"), start + 4, start + 6, plain(text[start + 4 : start + 6])),
    )
    return Node(_("Option select message"), start, start + 6, protocol + baud_char + mode, children)


def _refusal(text: bytes, start: int) -> Node:
    return Node(_("Repeat request"), start, start + 1, "NAK")


def _command(text: bytes, start: int) -> Node:
    match = _COMMAND.match(text, start) if _has_end(text, start) else None
    if match is None:
        return _unfinished(text, start, _("Command message"))
    letter, kind = match.group(1).decode("ascii"), match.group(2).decode("ascii")
    name = letter + kind
    known = "" if is_command(name) else _("This is no command.")
    shown = f"{name} {_meaning(name)}".rstrip()
    children = [
        Node(_("Start of header"), start, start + 1, "SOH"),
        Node(_("Command"), start + 1, start + 3, shown, error=known, code="iec-command" if known else ""),
    ]
    if match.group(3) is not None:
        first, last = match.span(3)
        children.append(Node(_("Start of text"), first - 1, first, "STX"))
        if letter == "P" and kind != "0" and last > first:  # P0 is the meter's question, the others answer it
            children.append(Node(_("Data set"), first, last, _hidden(), secret=True))
        else:
            children += _data_sets(text, first, last)
    return _closed(text, start, match.end(4), _("Command message"), f"{letter}{kind}", children)


def _data_message(text: bytes, start: int) -> Node:
    match = _DATA_MESSAGE.match(text, start) if _has_end(text, start) else None
    if match is None:
        return _unfinished(text, start, _("Data message"))
    children = [Node(_("Start of text"), start, start + 1, "STX")]
    children += _data_sets(text, *match.span(1))
    return _closed(text, start, match.end(2), _("Data message"), "", children)


def _has_end(text: bytes, start: int) -> bool:
    """An ETX or EOT comes at all: looked for from behind, so that many beginnings without an end cost nothing."""
    return text.rfind(ETX, start) >= 0 or text.rfind(EOT, start) >= 0


def _closed(text: bytes, start: int, end: int, label: str, value: str, children: list[Node]) -> Node:
    """A message that ends with ETX or EOT before `end`, and its block check character behind that."""
    children.append(Node(_("End of text"), end - 1, end, "ETX" if text[end - 1] == ETX else "EOT"))
    if end >= len(text):
        error = _("The block check character is missing.")
        return Node(label, start, end, value, tuple(children), error, "iec-truncated")
    right = block_check(text[start + 1 : end])
    wrong = _("should be {right}").format(right=f"{right:02X}") if text[end] != right else ""
    check = raw(text, end, end + 1, _("Block check character (BCC)"), error=wrong, code="iec-bcc" if wrong else "")
    return Node(label, start, end + 1, value, (*children, check))


def _unfinished(text: bytes, start: int, label: str) -> Node:
    following = _STARTS.search(text, start + 1)
    end = following.start() if following else len(text)
    error = _("The message is cut off.")
    if text[start : start + 2] == bytes([SOH]) + b"P":  # what is left of a password is still one
        return Node(label, start, len(text), _hidden(), error=error, code="iec-truncated", secret=True)
    return raw(text, start, end, label, error=error, code="iec-truncated")


def _meaning(name: str) -> str:
    """What a command does, in words."""
    letters = {"P": _("password"), "W": _("write"), "R": _("read"), "E": _("execute"), "B": _("exit, break")}
    whole = {"P0": _("password request"), "P1": _("password"), "P2": _("password, by the maker's algorithm")}
    in_blocks = _("{what}, in blocks").format(what=letters.get(name[0], ""))
    if name[0] in "RW" and name[1] in "346":
        return in_blocks
    return whole.get(name, letters.get(name[0], ""))


def _data_sets(text: bytes, start: int, end: int) -> list[Node]:
    """Data sets ``address(value*unit)`` between `start` and `end`; anything else as plain text."""
    nodes: list[Node] = []
    at = start
    for match in _DATA_SET.finditer(text, start, end):
        if match[2] is None:
            continue
        if len(nodes) * _NODES_OF_A_SET > MOST_NODES:
            return [*nodes, not_shown(at, end)]
        if match.start() > at:
            nodes.append(Node(_("Text"), at, match.start(), plain(text[at : match.start()])))
        nodes.append(_data_set(text, match.start(), match.end(1), match.end()))
        at = match.end()
    if at < end:
        nodes.append(Node(_("Text"), at, end, plain(text[at:end])))
    return nodes


def _hidden_set(text: bytes, start: int, values_at: int, end: int) -> Node:
    """A data set whose values are secrets; its brackets stay, so that it still reads as one."""
    address = plain(text[start:values_at])
    children = [Node(_("Address"), start, values_at, address)] if address else []
    for match in _VALUE.finditer(text, values_at, end):
        inner = match.start() + 1, match.end() - 1
        children.append(Node(_("Start"), match.start(), inner[0], "("))
        if inner[0] < inner[1]:
            children.append(Node(_("Value"), *inner, _hidden(), secret=True))
        children.append(Node(_("End"), inner[1], match.end(), ")"))
    shown = f"{address} = {_hidden()}" if address else _hidden()
    return Node(_("Data set"), start, end, shown, tuple(children))


def _data_set(text: bytes, start: int, values_at: int, end: int) -> Node:
    """One data set: its address with the OBIS code behind it, its values with their units, each with its delimiters."""
    address = plain(text[start:values_at])
    children: list[Node] = []
    obis = resolve(address)
    if names_a_secret(obis) or has_token(text[values_at:end]):
        return _hidden_set(text, start, values_at, end)
    if values_at > start:
        shown = f"{address} ({obis})" if obis is not None and str(obis) != address else address
        children.append(Node(_("Address"), start, values_at, shown))
    shown_values = []
    for match in _VALUE.finditer(text, values_at, end):
        value, unit = plain(match.group(1)), plain(match.group(2) or b"")
        shown_values.append(f"{value} {unit}".rstrip())
        star = match.start(2) - 1 if unit else match.end()  # the bracket opens the value, the star its unit
        children.append(Node(_("Value"), match.start(), star, value))
        if unit:
            children.append(Node(_("Unit"), star, match.end(), unit))
    said = ", ".join(shown_values)
    why = refusal([(DataSet("", (Value(said),)),)]) if not address and len(shown_values) == 1 else None
    if why is not None:
        return Node(_("Error message"), start, end, why, tuple(children))
    return Node(_("Data set"), start, end, f"{address} = {said}" if address else said, tuple(children))


_READERS: Final[dict[int, Callable[[bytes, int], Node]]] = {
    ord("/"): _identification,
    ACK: _acknowledgement,
    NAK: _refusal,
    SOH: _command,
    STX: _data_message,
}
