"""What stands in the information field of HDLC's own frames, as nodes of a dissection: parameters, reasons, LLC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hht.i18n import _
from hht.protocol.dissect import raw
from hht.protocol.frames import Node
from hht.protocol.hdlc.station import LLC_COMMAND, LLC_RESPONSE

_HDLC_PARAMETERS: Final = 0x80  # group identifier of the parameters that SNRM and UA negotiate


def llc_node(data: bytes, start: int, end: int) -> Node | None:
    """The LLC header at `start`, or None where there is none (a later segment, another protocol)."""
    header = data[start : min(end, start + 3)]
    directions = {LLC_COMMAND: _("command, to the server"), LLC_RESPONSE: _("response, to the client")}
    if header not in directions:
        return None
    children = (
        raw(data, start, start + 1, _("Destination LSAP")),
        raw(data, start + 1, start + 2, _("Source LSAP")),
        raw(data, start + 2, start + 3, _("LLC quality")),
    )
    return Node(_("LLC header"), start, start + 3, directions[header], children)


def parameter_nodes(data: bytes, start: int, end: int) -> Iterator[Node]:
    """The negotiated parameters of SNRM and UA: format, then groups of identifier, length, content."""
    yield raw(data, start, start + 1, _("Format identifier"))
    for at, after in _fields(data, start + 1, end):
        head = [raw(data, at, at + 1, _("Group identifier"))]
        if after > at + 1:
            head.append(Node(_("Group length"), at + 1, at + 2, str(data[at + 1])))
        if after > at + 2:
            known = data[at] == _HDLC_PARAMETERS
            head += _group_nodes(data, at, after) if known else [raw(data, at + 2, after, _("Unknown group"))]
        error = _damaged(data, at, after)
        label = _("Parameter group {number:02X}").format(number=data[at])
        yield Node(label, at, after, "", tuple(head), error, "hdlc-parameters" if error else "")


def _group_nodes(data: bytes, start: int, end: int) -> list[Node]:
    labels = {
        5: _("Maximum information field length, transmit"),
        6: _("Maximum information field length, receive"),
        7: _("Window size, transmit"),
        8: _("Window size, receive"),
    }
    nodes = []
    for at, after in _fields(data, start + 2, end):
        label = labels.get(data[at], _("Parameter {number}").format(number=data[at]))
        error = _damaged(data, at, after)
        value = str(int.from_bytes(data[at + 2 : after], "big"))
        nodes.append(Node(label, at, after, value, error=error, code="hdlc-parameters" if error else ""))
    return nodes


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """(start, end) of each field of identifier, length, content; the last one may be cut off."""
    while at < end:
        after = min(end, at + 2 + (data[at + 1] if at + 1 < end else 0))
        yield at, after
        at = after


def _damaged(data: bytes, at: int, after: int) -> str:
    whole = after >= at + 2 and after == at + 2 + data[at + 1]
    return "" if whole else _("The length leads out of the field.")


def frame_reject_nodes(data: bytes, start: int, end: int) -> Iterator[Node]:
    """FRMR: the control field that was rejected, the state of the numbers, and why."""
    if end - start != 3:
        yield raw(data, start, end, _("Bytes that cannot be placed"))
        return
    numbers, reasons = data[start + 1], data[start + 2]
    yield raw(data, start, start + 1, _("Rejected control field"))
    yield Node(_("Numbers"), start + 1, start + 2, f"V(S)={numbers >> 1 & 7} V(R)={numbers >> 5}")
    yield Node(_("Reason"), start + 2, end, _reason_words(reasons))


def _reason_words(reasons: int) -> str:
    words = [
        _("control field not known"),
        _("information not allowed"),
        _("information too long"),
        _("impossible N(R)"),
    ]
    return ", ".join(word for bit, word in enumerate(words) if reasons >> bit & 1) or _("none given")


def frame_reject_words(info: bytes) -> str:
    """Why a frame was rejected, as FRMR's three bytes of information say."""
    return _reason_words(info[2]) if len(info) == 3 else _("none given")
