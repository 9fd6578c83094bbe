"""ZNP frames as labelled trees. Never raises, whatever the octets are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hht.i18n import _, ngettext
from hht.protocol.dissect import bounded, raw
from hht.protocol.frames import Node
from hht.protocol.little_endian import RecordError, record_nodes
from hht.protocol.zigbee.clusters import TUNNELLING
from hht.protocol.zigbee.dissect import zcl_node
from hht.protocol.zigbee.handheld import OwnFraming
from hht.protocol.znp.af import DataRequestExt, IncomingMsgExt
from hht.protocol.znp.frame import LONGEST, SOF, FrameType, fcs
from hht.protocol.znp.messages import Command, commands
from hht.protocol.znp.sys import (
    NvReadRsp,
    NvWrite,
    OsalNvItemInit,
    OsalNvReadExtRsp,
    OsalNvReadRsp,
    OsalNvWrite,
    OsalNvWriteExt,
)

_KEY_OCTETS: Final = 16  # what a non-volatile item of this length or more holds may be a key
_ITEMS: Final = (OsalNvReadRsp, OsalNvReadExtRsp, OsalNvWrite, OsalNvWriteExt, OsalNvItemInit, NvReadRsp, NvWrite)


def dissect_znp(data: bytes, offset: int = 0) -> Node:
    """The tree of ``data[offset:]``: one frame, or several with noise between."""
    frames = bounded(_frames(data, offset), len(data))
    if len(frames) == 1:
        return frames[0]
    count = sum(1 for node in frames if node.label != _noise_label())
    said = ngettext("{count} frame", "{count} frames", count).format(count=count)
    return Node(_("Dongle's line"), offset, len(data), said, frames)


def _frames(data: bytes, position: int) -> Iterator[Node]:
    while position < len(data):
        node = _frame(data, position) if data[position] == SOF else _noise(data, position)
        yield node
        position = node.end


def _noise_label() -> str:
    return _("Bytes outside frames")


def _noise(data: bytes, start: int) -> Node:
    found = data.find(SOF, start + 1)
    end = found if found > 0 else len(data)
    error = _("Here should stand a start octet, FE.")
    node = raw(data, start, end, _noise_label(), error=error, code="znp-noise")
    return Node(node.label, start, end, node.value, error=error, code="znp-noise", secret=True)


def _frame(data: bytes, start: int) -> Node:
    length = data[start + 1] if start + 1 < len(data) else 0
    end = start + length + 5
    if length > LONGEST or end > len(data):
        return _noise(data, start)
    cmd0, cmd1 = data[start + 2], data[start + 3]
    known = commands().get((cmd0, cmd1))
    check = fcs(data[start + 1 : end - 1])
    wrong = check != data[end - 1]
    children = [
        Node(_("Start"), start, start + 1, "FE"),
        Node(_("Length"), start + 1, start + 2, str(length)),
        Node(_("Command"), start + 2, start + 4, f"{cmd0:02X} {cmd1:02X} {_type(cmd0)}"),
        *_body(known, data, start + 4, end - 1),
        Node(
            _("Check"),
            end - 1,
            end,
            f"{data[end - 1]:02X}",
            error=_("{check:02X} belongs here.").format(check=check) if wrong else "",
            code="znp-check" if wrong else "",
        ),
    ]
    title = known.title if known is not None else _("Command not known here")
    return Node(_("ZNP frame"), start, end, title, tuple(children))


def _type(cmd0: int) -> str:
    try:
        return FrameType(cmd0 & 0xE0).name
    except ValueError:
        return "?"


def _body(known: type[Command] | None, data: bytes, start: int, end: int) -> Iterator[Node]:
    if known is None:
        if end > start:
            yield Node(_("Data"), start, end, data[start : min(end, start + 64)].hex(" ").upper(), secret=True)
        return
    for node in record_nodes(known, data, start, end):
        if node.label == "value" and known in _ITEMS and node.end - node.start >= _KEY_OCTETS:
            yield Node(node.label, node.start, node.end, _("not shown: it may be a key"), secret=True)
        elif node.label == "data" and known in (DataRequestExt, IncomingMsgExt) and not node.error:
            yield from _message(known, data, start, end, node)
        else:
            yield node


def _message(known: type[Command], data: bytes, start: int, end: int, node: Node) -> Iterator[Node]:
    """What an AF message holds, where its cluster is one that is known; of one that comes in pieces, its length."""
    try:
        cluster = int(getattr(known.decode(data[start:end]), "cluster", 0))
    except RecordError:
        cluster = 0
    if cluster not in (TUNNELLING, OwnFraming.CLUSTER) or node.end - node.start <= 2:
        yield node
        return
    yield Node(_("Length"), node.start, node.start + 2, str(node.end - node.start - 2))
    yield zcl_node(data, node.start + 2, node.end, cluster)
