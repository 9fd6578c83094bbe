"""What was deciphered, as a part of the tree of the frame that carried it."""

from __future__ import annotations

from collections.abc import Iterable

from hht.i18n import _
from hht.protocol.cosem.apdu import apdu_names
from hht.protocol.cosem.dissect import dissect_apdu
from hht.protocol.cosem.overheard import Opened, Verdict
from hht.protocol.frames import Node


def with_opened(tree: Node, data: bytes, opened: Iterable[Opened]) -> Node:
    """`tree` of the frame `data` with what was `opened` in it. An octet that was deciphered has the range of the one
    that it was made from; where a message came in several frames, that of the whole last one."""
    for one in opened:
        if one.verdict is Verdict.NO_KEY:
            continue
        at = data.find(one.sealed) if one.sealed else -1
        if at >= 0:
            tree = _put(tree, _node(one, at, at + len(one.sealed)))
        else:
            tree = tree._replace(children=(*tree.children, _within(_node(one, 0, len(one.sealed)), 0, len(data))))
    return tree


def opened_name(one: Opened) -> str:
    """The kind of the message inside, in the standard's words; what is wrong where it could not be opened."""
    if one.verdict is Verdict.WRONG:
        return _("tag wrong")
    return apdu_names().get(one.apdu[0], "") if one.apdu else ""


def _node(one: Opened, start: int, end: int) -> Node:
    if one.verdict is Verdict.WRONG:
        error = _("The tag does not fit: these are other keys, or the message was changed.")
        return Node(_("Not deciphered: tag wrong"), start, end, error=error, code="cosem-tag")
    tagged = one.verdict is Verdict.VERIFIED
    label = _("Deciphered, tag verified") if tagged else _("Deciphered, no tag to verify")
    return Node(label, start, end, children=(dissect_apdu(bytes(start) + one.apdu, start),))


def _put(tree: Node, node: Node) -> Node:
    """`node` below the smallest node that holds its range."""
    for index, child in enumerate(tree.children):
        if child.start <= node.start and node.end <= child.end and child.start < child.end:
            children = list(tree.children)
            children[index] = _put(child, node)
            return tree._replace(children=tuple(children))
    return tree._replace(children=(*tree.children, node))


def _within(node: Node, start: int, end: int) -> Node:
    """`node` and all below it with one range."""
    return node._replace(start=start, end=end, children=tuple(_within(child, start, end) for child in node.children))
