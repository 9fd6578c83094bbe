"""Any APDU as a labelled tree with octet ranges, for people to read. Secrets are masked; nothing is deciphered."""

from __future__ import annotations

from collections.abc import Callable

from hht.i18n import _
from hht.protocol.cosem import dissect_general as general
from hht.protocol.cosem import dissect_opening as opening
from hht.protocol.cosem import dissect_protection as protection
from hht.protocol.cosem import dissect_services as services
from hht.protocol.cosem.apdu import apdu_names, parse_apdu
from hht.protocol.cosem.ciphered import Ciphered
from hht.protocol.cosem.errors import NotSupported
from hht.protocol.cosem.general import GeneralCiphering, GeneralSigning
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.cosem.walk import Group, Walk
from hht.protocol.frames import Node, ProtocolError

_PLAIN: dict[int, Callable[[Walk], None]] = {
    0x01: opening.initiate_request,
    0x08: opening.initiate_response,
    0x0E: opening.service_error,
    0xD8: opening.exception,
    0xC0: services.get_request,
    0xC1: services.set_request,
    0xC3: services.action_request,
    0xC4: services.get_response,
    0xC5: services.set_response,
    0xC7: services.action_response,
    0x0F: general.data_notification,
    0x10: general.data_notification_confirm,
    0xC2: general.event_notification,
    0xD9: general.access_request,
    0xDA: general.access_response,
}
_MAY_HOLD_SECRETS = frozenset({0x01, 0x60, 0x61, 0xC1, 0xC3, 0xC7, 0xD9, 0xDA, 0xDD, 0xDF, 0xE0})
# Where one damaged octet could put a password in another field's place; and what such a message holds in two places
_STRICT = frozenset({0x01, 0x60, 0x61})
_OPENING_NAMES = (bytes.fromhex("608574050801"), bytes.fromhex("608574050802"))
_OPENING: dict[int, Callable[[Walk, Callable[[Walk], None]], None]] = {
    0x60: opening.aarq,
    0x61: opening.aare,
    0x62: opening.release,
    0x63: opening.release,
}


def dissect_apdu(data: bytes, offset: int = 0) -> Node:
    """The tree of the APDU ``data[offset:]``; ranges count from the start of `data`. Never raises."""
    offset = min(max(offset, 0), len(data))
    root = Group("APDU", offset)
    walk = Walk(bytes(data), offset, len(data), root)
    opening_like = any(name in walk.data[offset:] for name in _OPENING_NAMES)
    walk.conceal = opening_like and not _is_sound(walk.data[offset:])
    error = ""
    try:
        root.label = _name(walk)
        _apdu(walk)
        if walk.left:
            error = _("{count} octets are left over after the message.").format(count=walk.left)
    except ProtocolError as problem:
        error = problem.message
    walk.end = len(data)
    walk.leftover()
    return Node(root.label, offset, len(data), root.value, tuple(root.children), error)


def _name(walk: Walk) -> str:
    tag = walk.peek()
    return apdu_names().get(tag) or _("unknown message {tag:02X}").format(tag=tag)


def _apdu(walk: Walk) -> None:
    tag = walk.octet(_("message"), lambda octet: apdu_names().get(octet, f"{octet:02X}"))
    walk.hide = walk.hide or tag in _MAY_HOLD_SECRETS
    walk.conceal = walk.conceal or (tag in _STRICT and not _is_sound(walk.data[walk.at - 1 : walk.end]))
    if tag in Ciphered.TAGS:
        protection.ciphered(walk, tag)
    elif tag == GeneralCiphering.TAG:
        protection.general_ciphering(walk)
    elif tag == GeneralSigning.TAG:
        protection.general_signing(walk, _nested)
    elif tag in _PLAIN:
        _PLAIN[tag](walk)
    elif tag in _OPENING:
        _OPENING[tag](walk, _nested)
    elif tag == GeneralBlock.TAG:
        general.general_block(walk, _nested)
    else:
        raise NotSupported(_("This kind of message is not taken apart here."))


def _is_sound(octets: bytes) -> bool:
    try:
        parse_apdu(octets)
    except ProtocolError:
        return False
    return True


def _nested(walk: Walk) -> None:
    with walk.group(_name(walk)):
        # Neither an association, nor blocks, nor a signature belong inside others: nothing nests without end
        if walk.peek() in _OPENING or walk.peek() in (GeneralBlock.TAG, GeneralSigning.TAG):
            raise NotSupported(_("This kind of message does not belong here."))
        _apdu(walk)
