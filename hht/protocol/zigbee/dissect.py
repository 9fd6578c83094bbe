"""ZCL frames as labelled trees. Never raises, whatever the octets are."""

from __future__ import annotations

from collections.abc import Iterator

from hht.i18n import _
from hht.protocol.dissect import guess, nested, raw
from hht.protocol.frames import FrameError, Node
from hht.protocol.little_endian import Record, record_nodes
from hht.protocol.zigbee.clusters import CLUSTERS, TUNNELLING
from hht.protocol.zigbee.handheld import Envelope, IntroductionRecord, OwnFraming, WelcomeRecord
from hht.protocol.zigbee.tunnelling import TransferData, TransferDataBack, kind_of
from hht.protocol.zigbee.zcl import DEFAULT_RESPONSE, GLOBAL, DefaultResponse, ZclFrame

_PREFIXES = (0, 1, 2)  # octets before a message: none, PUT, GET-RESPONSE and how many wait besides


def dissect_zcl(data: bytes, offset: int = 0) -> Node:
    """The tree of ``data[offset:]``: one frame, of a cluster that is not told (a tunnel's is taken for one)."""
    return zcl_node(data, offset, len(data), None)


def zcl_node(data: bytes, start: int, end: int, cluster: int | None) -> Node:
    """The tree of ``data[start:end]``, which came over `cluster` (None: it is not known which)."""
    try:
        frame = ZclFrame.decode(data[start:end])
    except FrameError as error:
        node = raw(data, start, end, _("ZCL frame"), error=error.message, code=error.code)
        return Node(node.label, start, end, node.value, error=node.error, code=node.code, secret=True)
    record = _record_of(frame, cluster)
    head = start + frame.head
    children = [Node(_("Frame control"), start, start + 1, _control(frame))]
    if frame.manufacturer is not None:
        children.append(Node(_("Manufacturer"), start + 1, start + 3, f"{frame.manufacturer:04X}"))
    children.append(Node(_("Sequence"), head - 2, head - 1, str(frame.sequence)))
    named = "" if record is None else f" {record.__name__.removesuffix('Record')}"
    children.append(Node(_("Command"), head - 1, head, f"{frame.command:02X}{named}"))
    children += _payload(record, data, head, end)
    title = CLUSTERS.get(cluster, "") if cluster is not None else ""
    return Node(_("ZCL frame"), start, end, (title + named).strip(), tuple(children))


def _record_of(frame: ZclFrame, cluster: int | None) -> type[Record] | None:
    if frame.type == GLOBAL:
        return DefaultResponse if frame.command == DEFAULT_RESPONSE else None
    if frame.manufacturer == OwnFraming.MANUFACTURER and cluster in (None, OwnFraming.CLUSTER):
        return WelcomeRecord if frame.from_server else IntroductionRecord
    return kind_of(frame) if cluster in (None, TUNNELLING) else None


def _payload(record: type[Record] | None, data: bytes, start: int, end: int) -> Iterator[Node]:
    if record is None:
        if end > start:
            yield Node(_("Payload"), start, end, data[start : min(end, start + 64)].hex(" ").upper(), secret=True)
        return
    for node in record_nodes(record, data, start, end):
        if node.label == "data" and record in (TransferData, TransferDataBack):
            yield _carried(data, node)
        else:
            yield node


def _carried(data: bytes, node: Node) -> Node:
    """What a tunnel carries: a message of GBCS as it is or in our envelope; what is neither stands as it is."""
    bare = _message(data, node)
    if bare is not node:
        return Node(_("Carried"), node.start, node.end, "", _around(data, node, bare))
    children = tuple(record_nodes(Envelope, data, node.start, node.end))
    if any(child.error for child in children):
        return node
    found = _message(data, children[-1])
    return Node(_("Carried"), node.start, node.end, "", (*children[:-1], *_around(data, children[-1], found)))


def _message(data: bytes, node: Node) -> Node:
    """The message of GBCS in the octets of `node`, behind the prefix of a sleeping gas meter if there is one; `node`
    where there is none."""
    for prefix in _PREFIXES:
        start = node.start + prefix
        if guess(data[start : node.end]) == "gbcs":
            return nested(data, "gbcs", start, node.end)
    return node


def _around(data: bytes, node: Node, message: Node) -> tuple[Node, ...]:
    """`message`, and before it what of `node` it leaves out."""
    if message.start == node.start:
        return (message,)
    return Node(_("Prefix"), node.start, message.start, data[node.start : message.start].hex(" ").upper()), message


def _control(frame: ZclFrame) -> str:
    whose = _("global") if frame.type == GLOBAL else _("cluster")
    return f"{whose}, " + (_("from the server") if frame.from_server else _("from the client"))
