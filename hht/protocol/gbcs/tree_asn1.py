"""ASN.1 payloads as trees: by the shape that their message code demands, else as bare DER."""

from __future__ import annotations

from typing import Final

from hht.i18n import _
from hht.protocol.cosem.walk import in_hex, masked
from hht.protocol.frames import Node
from hht.protocol.gbcs import der
from hht.protocol.gbcs.asn1 import ListOf, Octets, Shape, Structure
from hht.protocol.gbcs.asn1_shapes import shape_of
from hht.protocol.gbcs.der import Element
from hht.protocol.gbcs.errors import MalformedPayload

_TYPES: Final = {
    der.BOOLEAN: "BOOLEAN", der.INTEGER: "INTEGER", der.BIT_STRING: "BIT STRING", der.OCTET_STRING: "OCTET STRING",
    der.NULL: "NULL", der.OID: "OBJECT IDENTIFIER", der.ENUMERATED: "ENUMERATED", der.SEQUENCE: "SEQUENCE",
    der.SET: "SET", der.UTF8_STRING: "UTF8String", der.PRINTABLE_STRING: "PrintableString",
    der.IA5_STRING: "IA5String", der.UTC_TIME: "UTCTime", der.GENERALIZED_TIME: "GeneralizedTime",
}  # fmt: skip
_TEXTS: Final = (der.UTF8_STRING, der.PRINTABLE_STRING, der.IA5_STRING, der.UTC_TIME, der.GENERALIZED_TIME)
_SHOWN_ELEMENTS: Final = 500
_CONTEXT: Final = 0x80  # of a tag whose meaning depends on where it stands
_KEY_LENGTH: Final = 16


def payload_nodes(raw: bytes, at: int, end: int, code: int, cra: int) -> list[Node]:
    """The parts of the payload ``raw[at:end]``. Raises MalformedPayload."""
    found = der.element(raw, at, end)
    nodes = [_as_known(raw, found, shape_of(code, cra, found.tag)) or _bare(raw, found, der.MAX_DEPTH)]
    if found.end != end:
        nodes.append(Node(_("not understood"), found.end, end, in_hex(raw[found.end : end])))
    return nodes


def shape_name(shape: Shape) -> str:
    """What a payload is called as a whole."""
    return _TYPES.get(shape.tag, f"{shape.tag:02X}")


def _as_known(raw: bytes, found: Element, shape: Shape | None) -> Node | None:
    """The payload by its shape; None where that does not fit: a later edition may have fields that nobody knew."""
    try:
        return None if shape is None else _shaped(raw, shape, found, shape_name(shape))
    except MalformedPayload:
        return None


def _shaped(raw: bytes, shape: Shape, at: Element, label: str) -> Node:
    if isinstance(shape, Structure):
        children = [_header(at)]
        children += [_shaped(raw, member.shape, place, member.name) for member, place in shape.parts(raw, at)]
        return Node(label, at.start, at.end, "", tuple(children))
    if isinstance(shape, ListOf):
        places = shape.places(raw, at)
        children = [_header(at)]
        children += [_shaped(raw, shape.item, place, str(index + 1)) for index, place in enumerate(places)]
        return Node(label, at.start, at.end, _("{count} elements").format(count=len(places)), tuple(children))
    shape.read(raw, at)
    secret = isinstance(shape, Octets) and shape.secret
    return Node(label, at.start, at.end, shape.words(raw, at), secret=secret)


def _header(at: Element) -> Node:
    return Node(_("type and length"), at.start, at.body, str(at.end - at.body))


def _bare(raw: bytes, at: Element, depth: int) -> Node:
    """A value whose meaning is not known here; what is no whole DER inside stays octets."""
    name = _TYPES.get(at.tag) or f"[{at.tag & 0x1F}]"
    if at.tag & der.CONSTRUCTED and depth > 0:
        children = [_header(at)]
        for one in der.elements(raw, at.body, at.end):
            if len(children) > _SHOWN_ELEMENTS:
                children.append(Node(_("the rest"), one.start, at.end))
                break
            children.append(_bare(raw, one, depth - 1))
        return Node(name, at.start, at.end, "", tuple(children))
    octets = raw[at.body : at.end]
    if at.tag & _CONTEXT and len(octets) >= _KEY_LENGTH:
        return Node(name, at.start, at.end, masked(octets), secret=True)  # of no known shape: it may be a key
    if at.tag in (der.INTEGER, der.ENUMERATED) and len(octets) <= 8:
        shown = str(der.number(octets))
    elif at.tag in _TEXTS:
        shown = octets[:80].decode("utf-8", "replace")
    else:
        shown = in_hex(octets)
    return Node(name, at.start, at.end, shown)
