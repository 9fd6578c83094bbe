"""Any GBCS message as a labelled tree: the trace drawer, ``hht decode`` and ``hht gbcs``. Nothing here raises.

With a verdict the tree says what became of MAC and signature; with the opened message, what its ciphertexts hold: a
plaintext is as long as its ciphertext, so it is shown in its place.
"""

from __future__ import annotations

from functools import lru_cache

from hht.i18n import _
from hht.protocol.cosem.dissect_data import describe_octets
from hht.protocol.cosem.walk import in_hex, masked
from hht.protocol.frames import Node, ProtocolError
from hht.protocol.gbcs import gbz, tree_asn1, tree_dlms, tree_gbz
from hht.protocol.gbcs.blocks import is_block, parse_block
from hht.protocol.gbcs.envelope import CIPHERING, MAC_LENGTH, Cra, Envelope, id_text, parse
from hht.protocol.gbcs.messages import describe_code
from hht.protocol.gbcs.protection import Check, Verdict
from hht.protocol.gbcs.segments import Segment, segments
from hht.protocol.gbcs.tree_blocks import block_tree

UNCHECKED = Verdict(Check.UNCHECKED, Check.UNCHECKED)
_DLMS_TAGS = (0xD9, 0xDA, 0x0F)


def dissect_gbcs(data: bytes, offset: int = 0) -> Node:
    """The tree of the message ``data[offset:]``; ranges count from the start of `data`."""
    octets = bytes(data[offset:])
    try:
        node = block_tree(parse_block(octets)) if is_block(octets) else message_tree(parse(octets))
    except ProtocolError as error:
        shown = Node(_("not understood"), 0, len(octets), masked(octets), secret=bool(octets))
        node = Node("GBCS", 0, len(octets), "", (shown,) if octets else (), error.message, error.code)
    return _shifted(node, offset) if offset else node


def message_tree(message: Envelope, verdict: Verdict = UNCHECKED, shown: bytes | None = None) -> Node:
    """The tree of a message that was taken apart. `shown`: the opened message (`segments.opened`), where it is."""
    raw, start = message.raw, message.start
    parts = [_mac_header(raw, start)] if start else []
    parts.append(_grouping_header(message))
    parts.append(_payload(message, shown))
    end = len(raw) - (MAC_LENGTH if message.mac else 0)
    if message.payload_end < end:
        parts.append(_signature(message, end, verdict.signature))
    if message.mac:
        error = _("The MAC does not fit: the message was changed, or made with other keys.")
        wrong = verdict.mac is Check.INVALID
        parts.append(
            Node(
                "MAC",
                end,
                len(raw),
                f"{message.mac.hex().upper()}{_checked(verdict.mac)}",
                error=error if wrong else "",
                code="gbcs-mac" if wrong else "",
            )
        )
    return Node("GBCS", 0, len(raw), title(message), tuple(parts))


def title(message: Envelope) -> str:
    """A message in one line."""
    kinds = {Cra.COMMAND: _("command"), Cra.RESPONSE: _("response"), Cra.ALERT: _("alert")}
    return _("{use_case}: {kind} {counter} from {originator} to {target}").format(
        use_case=_code(message.message_code),
        kind=_("pre-command") if message.precommand else kinds[message.kind],
        counter=message.counter,
        originator=id_text(message.originator),
        target=id_text(message.target),
    )


@lru_cache(maxsize=512)
def _code(code: int) -> str:
    return describe_code(code)


def _checked(check: Check) -> str:
    words = {Check.VALID: _(" (valid)"), Check.INVALID: _(" (invalid)")}
    return words.get(check, "")


def _mac_header(raw: bytes, start: int) -> Node:
    length = len(CIPHERING)
    children = (
        Node(_("general-ciphering"), 0, length, CIPHERING.hex().upper()),
        Node(_("length"), length, start - 5, str(len(raw) - start + 5)),
        Node(_("security header"), start - 5, start, raw[start - 5 : start].hex().upper()),
    )
    return Node(_("MAC header"), 0, start, "", children)


def _grouping_header(message: Envelope) -> Node:
    at = message.start
    time = at + 30 + len(message.date_time)
    other_start = message.payload_start - _length_octets(message.payload_end - message.payload_start)
    other = other_start - len(message.other)
    nodes = [
        Node(_("general-signing"), at, at + 2, "DF 09"),
        Node("CRA", at + 2, at + 3, f"{message.cra} = {message.kind.name.lower()}"),
        Node(_("originator counter"), at + 3, at + 11, str(message.counter)),
        Node(_("business originator"), at + 11, at + 20, id_text(message.originator)),
        Node(_("business target"), at + 20, at + 29, id_text(message.target)),
        Node(_("date-time"), at + 29, time, describe_octets(message.date_time) if message.date_time else _("none")),
        Node(_("length of other information"), time, other, str(len(message.other))),
        Node(_("message code"), other, other + 2, f"{message.message_code:04X} = {_code(message.message_code)}"),
    ]
    if len(message.other) > 2:
        nodes += _supplementary(message, other + 2, other_start)
    size = message.payload_end - message.payload_start
    nodes.append(Node(_("length of the payload"), other_start, message.payload_start, str(size)))
    return Node(_("grouping header"), at, message.payload_start, "", tuple(nodes))


def _supplementary(message: Envelope, at: int, end: int) -> list[Node]:
    found = message.supplementary
    nodes = [Node(_("supplementary remote party"), at, at + 8, id_text(found.party))]
    if found.counter is not None:
        nodes.append(Node(_("supplementary remote party counter"), at + 8, at + 16, str(found.counter)))
    if found.originator_counter is not None:
        nodes.append(Node(_("supplementary originator counter"), at + 16, end, str(found.originator_counter)))
    if found.certificate:
        words = _("{count} octets").format(count=len(found.certificate))
        nodes.append(Node(_("supplementary remote party key agreement certificate"), at + 16, end, words))
    return nodes


def _length_octets(length: int) -> int:
    return 1 if length < 0x80 else 2 if length < 0x100 else 3


def _payload(message: Envelope, shown: bytes | None) -> Node:
    raw, at, end = message.raw, message.payload_start, message.payload_end
    error = code = kind = ""
    try:
        kind, nodes = _payload_nodes(message)
        if shown is not None:
            nodes = [_opened(node, message, shown) for node in nodes]
    except ProtocolError as problem:
        error, code = problem.message, problem.code
        nodes = [Node(_("not understood"), at, end, masked(raw[at:end]), secret=True)]
    return Node(_("payload"), at, end, kind, tuple(nodes), error, code)


def _payload_nodes(message: Envelope) -> tuple[str, list[Node]]:
    raw, at, end = message.raw, message.payload_start, message.payload_end
    if at == end:
        return "", []
    if raw[at] in _DLMS_TAGS:
        return "DLMS", tree_dlms.payload_nodes(raw, at, end)
    if raw[at : at + 2] == gbz.PROFILE:
        return "GBZ", tree_gbz.payload_nodes(raw, at, end, message.cra)
    return "ASN.1", tree_asn1.payload_nodes(raw, at, end, message.message_code, message.cra)


def _opened(node: Node, message: Envelope, shown: bytes) -> Node:
    """`node` with what was encrypted in place of its ciphertexts."""
    for segment in segments(message):
        if node.start <= segment.start < node.end:
            node = _with_plaintext(node, segment, message, shown, node.start)
    return node


def _with_plaintext(node: Node, segment: Segment, message: Envelope, shown: bytes, component: int) -> Node:
    start, end = segment.start, segment.text_end
    if (node.start, node.end) == (start, end) and not node.children:
        if message.raw[message.payload_start : message.payload_start + 2] == gbz.PROFILE:
            inside = tree_gbz.plaintext_nodes(shown, start, end, component)
        else:
            inside = tree_dlms.plaintext_nodes(shown, start, end)
        return Node(_("decrypted"), start, end, "", tuple(inside))
    if not node.start <= start < node.end:
        return node
    children = [_with_plaintext(child, segment, message, shown, component) for child in node.children]
    return node._replace(children=tuple(children))


def _signature(message: Envelope, end: int, check: Check) -> Node:
    at, signature = message.payload_end, message.signature
    length = Node(_("length"), at, at + 1, str(end - at - 1))
    if not signature:
        return Node(_("signature"), at, end, _("none"), (length,))
    wrong = check is Check.INVALID
    error = _("The signature does not fit: the message was changed, or somebody else made it.")
    leaf = Node("r, s", at + 1, end, in_hex(signature))
    return Node(
        _("signature"),
        at,
        end,
        _checked(check).strip(" ()"),
        (length, leaf),
        error if wrong else "",
        "gbcs-signature" if wrong else "",
    )


def _shifted(node: Node, by: int) -> Node:
    children = tuple(_shifted(child, by) for child in node.children)
    return node._replace(start=node.start + by, end=node.end + by, children=children)
