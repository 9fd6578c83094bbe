"""Long messages block by block, each acknowledged: what is lost is said again, and nothing is done twice.

Both ends, sans I/O. A block that was heard already changes nothing, one that comes too early waits for those before it:
the acknowledgement says up to which block all is here, and the sender goes on from there. What is put together is one
ordinary message (`blocks.Reassembly`). The description of GBCS leaves the flow to COSEM's general block transfer; that
every block waits for its acknowledgement is our choice (a window of one).
"""

from __future__ import annotations

from typing import Final

from hht.i18n import _
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.gbcs.blocks import Block, Reassembly, parse_block, split
from hht.protocol.gbcs.envelope import Envelope, parse
from hht.protocol.gbcs.errors import MalformedMessage, malformed

OVERHEAD: Final = 48  # octets that a block has besides what it carries, at most


def acknowledgement(block: Block, number: int) -> bytes:
    """Up to block `number` all of the message of `block` is here."""
    told = GeneralBlock(False, False, 1, 0, number, b"")
    return Block(block.cra, block.counter, block.originator, block.target, block.message_code, told).encode()


def is_acknowledgement(block: Block) -> bool:
    """Whether it carries nothing, and only says what was heard."""
    return not block.block.raw and not block.block.last


class BlocksIn:
    """The receiving end of one message."""

    def __init__(self) -> None:
        self._together = Reassembly()
        self._heard: list[bytes] = []

    def take(self, octets: bytes) -> tuple[Envelope | None, bytes]:
        """A block came: the message, once it is whole, and what to say to it.

        Raises MalformedMessage for a block that is none, of another message, or that says something else than it did
        when it was heard first; and where what was put together is no message. Begin anew then.
        """
        block = parse_block(octets)
        number = block.block.number
        if is_acknowledgement(block) or number == 0:
            raise malformed(_("it holds no part of a message"), 0)
        if number <= len(self._heard):
            if self._heard[number - 1] != octets:
                raise malformed(_("a block that says something else than before"), 0)
            return None, acknowledgement(block, len(self._heard))
        if number > len(self._heard) + 1:
            if self._heard and parse_block(self._heard[0]).route != block.route:
                raise malformed(_("a block of another message"), 0)
            return None, acknowledgement(block, len(self._heard))
        whole = self._together.feed(octets)
        self._heard.append(octets)
        return whole, acknowledgement(block, number)


class BlocksOut:
    """The sending end of one message, `size` octets of it in each block. Raises MalformedMessage for no message."""

    def __init__(self, message: bytes, size: int) -> None:
        self._blocks = split(message, size=size, streaming=False)
        self._route = parse_block(self._blocks[0]).route

    @property
    def first(self) -> bytes:
        """The block to begin with."""
        return self._blocks[0]

    def __len__(self) -> int:
        return len(self._blocks)

    def is_last(self, block: bytes) -> bool:
        """Whether that block ends the message."""
        return block == self._blocks[-1]

    def after(self, octets: bytes) -> bytes | None:
        """The block to be sent upon an acknowledgement; None: all of them have been heard.

        Raises MalformedMessage for what acknowledges nothing of this message.
        """
        block = parse_block(octets)
        acknowledged = block.block.acknowledged
        if not is_acknowledgement(block) or block.route != self._route or acknowledged > len(self._blocks):
            raise malformed(_("it acknowledges no block of this message"), 0)
        return self._blocks[acknowledged] if acknowledged < len(self._blocks) else None


def fits_in_blocks(octets: bytes) -> bool:
    """Whether it is a message that can go in blocks at all."""
    try:
        parse(octets)
    except MalformedMessage:
        return False
    return True
