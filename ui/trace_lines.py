"""From the trace's byte events to whole frames with a plain-English line each, for the trace drawer and `hht trace`.

What arrives on a serial line comes in pieces; here they are put together to frames by their own length, per direction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from hht.link import TraceEvent, TraceKind
from hht.protocol.frames import Node
from hht.protocol.message_size import message_size, most_pending
from hht.store.trace_export import header_facts
from ui.services import TraceLine, TreeNode
from ui.trace_answers import ReceivedSecrets
from ui.trace_masking import masked_apdu

if TYPE_CHECKING:
    from hht.protocol.cosem.overheard import Opened
    from hht.protocol.cosem.security import SecurityMaterial
    from hht.protocol.overhearing import Overhearing

FindKeys = Callable[[Mapping[str, Any]], "Sequence[SecurityMaterial]"]
MOST_SUMMARISED = 2048  # octets of a deciphered message that are taken apart for one line

_SETTINGS = re.compile(r"[0-9]+ [78][NE][12]")
_TELLING = ("attribute", "method", "result", "data access result")  # labels of an APDU's parts that say most


class FrameAssembler:
    """Feed it events in order; it gives lines as frames become whole. Nothing is lost: what is no frame comes raw.

    `keys`: gives the keys to try on a conversation, by the facts of its header ({} before the first).
    """

    def __init__(self, keys: FindKeys | None = None) -> None:
        self._pending: TraceEvent | None = None
        self._remarks: list[TraceLine] = []  # what the link noted amid a message
        self._keys = keys
        self._overhearing: dict[str, tuple[Overhearing, ReceivedSecrets]] = {}

    def feed(self, event: TraceEvent) -> list[TraceLine]:
        """The lines that `event` completes."""
        if event.kind is TraceKind.RX:
            others = self.flush() if self._pending is not None and self._pending.link != event.link else []
            before = self._pending
            self._pending = event if before is None else _joined(before, event)
            lines = [*others, *self._whole_frames()]
            return lines if self._pending is not None else [*lines, *self._told_meanwhile()]
        if self._pending is not None and event.kind is TraceKind.LINE and not _SETTINGS.fullmatch(event.note):
            self._remarks.append(TraceLine(event, "", event.note))  # that there is no echo is known amid an answer
            return []
        lines = self.flush()
        if event.kind is TraceKind.HEADER:
            self._listen(event.link, header_facts(event))
        lines.append(self._line(event) if event.data else TraceLine(event, "", event.note))
        return lines

    def flush(self) -> list[TraceLine]:
        """What is left over, as it is."""
        pending, self._pending = self._pending, None
        left = [self._line(pending)] if pending is not None and pending.data else []
        return [*left, *self._told_meanwhile()]

    def _told_meanwhile(self) -> list[TraceLine]:
        told, self._remarks = self._remarks, []
        return told

    def _whole_frames(self) -> list[TraceLine]:
        lines: list[TraceLine] = []
        pending, at = self._pending, 0
        if pending is None:
            return lines
        while size := message_size(pending.data, at):
            lines.append(self._line(replace(pending, data=pending.data[at : at + size])))
            at += size
        if at:
            self._pending = replace(pending, data=pending.data[at:]) if at < len(pending.data) else None
        if self._pending is not None and len(self._pending.data) > most_pending(self._pending.data):
            lines += self.flush()
        return lines

    def _listen(self, link: str, facts: Mapping[str, Any]) -> tuple[Overhearing, ReceivedSecrets]:
        from hht.protocol.overhearing import Overhearing

        self._overhearing[link] = Overhearing(self._keys(facts) if self._keys is not None else ()), ReceivedSecrets()
        return self._overhearing[link]

    def _line(self, event: TraceEvent) -> TraceLine:
        line = _line(event)
        if self._keys is None or line.protocol == "iec":
            return line
        overhearing, secrets = self._overhearing.get(event.link) or self._listen(event.link, {})
        shown: list[Opened] = []
        for message in overhearing.hear(event.data, sent=event.kind is TraceKind.TX):
            for one in message.opened:
                if one.verdict != "no-key":
                    hidden = () if message.sent else secrets.ranges(one.apdu)
                    shown.append(replace(one, apdu=masked_apdu(one.apdu, hidden)))
            if message.sent:
                secrets.asked(message.plain)
        if not shown:
            return line
        return replace(line, opened=tuple(shown), summary=f"{line.summary}  ▸ {_summary_of(shown[-1])}")


def _summary_of(one: Opened) -> str:
    """What was deciphered, in a line."""
    from hht.protocol.cosem.dissect import dissect_apdu
    from hht.protocol.opened_trees import opened_name

    if not one.apdu or len(one.apdu) > MOST_SUMMARISED:
        return opened_name(one)
    return "  ".join(_line_of(dissect_apdu(one.apdu)))


def _joined(first: TraceEvent, second: TraceEvent) -> TraceEvent:
    return replace(first, data=first.data + second.data, masked=first.masked or second.masked)


def _line(event: TraceEvent) -> TraceLine:
    from hht.protocol.dissect import dissect, guess

    protocol = guess(event.data)
    return TraceLine(event, protocol, _summary(dissect(event.data, protocol), protocol))


def _summary(node: Node, protocol: str = "") -> str:
    """The tree's own line, and that of the message inside: ``HDLC frame I  get-request  8 0-0:1.0.0 attribute 2``. Of a
    radio dongle's frame what it carries comes first, for that is what it is about."""
    carried = _carried(node) if protocol == "znp" else []
    if carried:
        return " · ".join(part for part in [*reversed(carried), node.value, node.error] if part)
    message = _message(node)
    parts = [node.label, *_line_of(message)] if message is not None else [node.label, node.value]
    return "  ".join(part for part in [*parts, node.error] if part)


def _carried(node: Node) -> list[str]:
    """The ZigBee command in a radio frame, what is done with it in a tunnel, and the GBCS message in that."""
    found: list[str] = []
    if node.label in (_("ZCL frame"), "GBCS") and node.start > 0:
        found.append(node.value or node.error)
    for child in node.children:
        if node.label == _("Carried") and child.label == "kind":
            found.append(child.value.partition(" ")[2])
        found += _carried(child)
    return found


def _message(node: Node) -> Node | None:
    """The APDU that a frame carries; None where it carries none, or only a piece of one."""
    for child in node.children:
        inner = [part for part in child.children if part.children]
        if child.start > 0 and len(inner) > 1 and inner[-1].end == child.end:  # an LLC header, then the APDU
            return inner[-1]
    return None


def _line_of(message: Node) -> list[str]:
    """An APDU's name and what it is about."""
    about = [child.value for child in message.children if child.label in _TELLING]
    return [message.label, *about[:2]]


def tree_of(line: TraceLine) -> TreeNode:
    """The labelled tree of a line's bytes, with what was deciphered in them."""
    from hht.protocol.dissect import dissect

    if not line.event.data:
        return TreeNode(line.event.kind.value, line.event.note, 0, 0)
    tree = dissect(line.event.data, line.protocol)
    if line.opened:
        from hht.protocol.opened_trees import with_opened

        tree = with_opened(tree, line.event.data, line.opened)
    return _tree(tree)


def _tree(node: Node) -> TreeNode:
    children = tuple(_tree(child) for child in node.children)
    return TreeNode(node.label, node.value, node.start, node.end, children, node.error)
