"""A block of a long message as a tree."""

from __future__ import annotations

from hht.i18n import _
from hht.protocol.cosem.walk import masked
from hht.protocol.frames import Node
from hht.protocol.gbcs.blocks import Block
from hht.protocol.gbcs.envelope import id_text
from hht.protocol.gbcs.messages import describe_code


def block_tree(found: Block) -> Node:
    """The tree of a block; the piece of the message in it is not taken apart (it may hold a part of a secret)."""
    block, size = found.block, len(found.octets)
    piece = size - len(block.raw)
    control = piece - _length_octets(len(block.raw)) - 5
    words = _("{count} octets, more to come") if not block.last else _("{count} octets, the last of them")
    nodes = (
        Node(_("general-ciphering"), 0, 2, "DD 09"),
        Node("CRA", 2, 3, str(found.cra)),
        Node(_("originator counter"), 3, 11, str(found.counter)),
        Node(_("business originator"), 11, 20, id_text(found.originator)),
        Node(_("business target"), 20, 29, id_text(found.target)),
        Node(_("date-time"), 29, 30, _("none")),
        Node(_("message code"), 30, 33, f"{found.message_code:04X} = {describe_code(found.message_code)}"),
        Node(_("key information"), 33, 34, _("absent")),
        Node(_("length"), 34, control - 6, str(size - control + 6)),
        Node(_("security header"), control - 6, control - 1, found.octets[control - 6 : control - 1].hex().upper()),
        Node(_("general block transfer"), control - 1, control, "E0"),
        Node(_("block control"), control, control + 1, f"{found.octets[control]:02X}"),
        Node(_("block number"), control + 1, control + 3, str(block.number)),
        Node(_("acknowledged block"), control + 3, control + 5, str(block.acknowledged)),
        Node(_("length"), control + 5, piece, words.format(count=len(block.raw))),
        Node(_("piece of the message"), piece, size, masked(block.raw), secret=bool(block.raw)),
    )
    title = _("block {number} of {use_case}").format(number=block.number, use_case=describe_code(found.message_code))
    return Node("GBCS", 0, size, title, nodes)


def _length_octets(length: int) -> int:
    return 1 if length < 0x80 else 2 if length < 0x100 else 3
