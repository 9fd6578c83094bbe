"""General block transfer: a message too long for one piece, cut into blocks and put together again (gbcs.md 1).

    DD | 09 CRA counter | 08 originator | 08 target | 00 | 02 message code | 00 | length | 11 counter[4] | E0 block

Each block says whose it is, so that a hub can route it; what is put together is one ordinary message, with a header
that says the same. No outside example of this form exists: it follows the published description alone.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from hht.i18n import _
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.errors import CosemError
from hht.protocol.cosem.general_block import GeneralBlock, parse_general_block
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.gbcs.envelope import MAX_MESSAGE, Envelope, parse
from hht.protocol.gbcs.errors import MalformedMessage, malformed

BLOCK_SIZE: Final = 1024
LONGEST_WHOLE: Final = 1200  # octets; longer messages go in blocks (GBCS 7.2.11)
_ROUTING: Final = struct.Struct(">BBBQB8sB8sBBHB")  # DD 09 CRA counter 08 originator 08 target 00 02 code 00
_SECURITY: Final = 0x11


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `cra`, `counter`, `originator`, `target` (8 octets each) and `message_code` are those of the message.

    `security_counter` stands in its security header; `octets` is all of it, where it was received.
    """

    cra: int
    counter: int
    originator: bytes
    target: bytes
    message_code: int
    block: GeneralBlock
    security_counter: int = 0
    octets: bytes = b""

    @property
    def route(self) -> tuple[int, int, bytes, bytes, int]:
        """What all blocks of a message have in common."""
        return self.cra, self.counter, self.originator, self.target, self.message_code

    def encode(self) -> bytes:
        """The octets."""
        inner = bytes((_SECURITY,)) + self.security_counter.to_bytes(4, "big") + self.block.encode()
        cra, counter, originator, target, code = self.route
        head = _ROUTING.pack(0xDD, 9, cra, counter, 8, originator, 8, target, 0, 2, code, 0)
        return head + encode_length(len(inner)) + inner


def is_block(octets: bytes) -> bool:
    """Whether these octets begin as a block does, and not as a whole message."""
    return octets[:2] == b"\xdd\x09"


def parse_block(octets: bytes) -> Block:
    """One block. Raises MalformedMessage."""
    if len(octets) > MAX_MESSAGE:
        raise malformed(_("it is longer than a block can be"), MAX_MESSAGE)
    try:
        tag, nine, cra, counter, eight, originator, eight_too, target, time, two, code, key = _ROUTING.unpack_from(
            octets
        )
    except struct.error:
        raise malformed(_("it ends within its routing header"), len(octets)) from None
    if (tag, nine, eight, eight_too, time, two, key) != (0xDD, 9, 8, 8, 0, 2, 0) or not 1 <= cra <= 3:
        raise malformed(_("its routing header has another form"), 0)
    try:
        cursor = Cursor(octets, _ROUTING.size)
        inner = Cursor(cursor.counted())
        cursor.end()
        security, security_counter = inner.octet(), inner.u32()
        block_tag = inner.octet()
        block = parse_general_block(inner)
        inner.end()
    except CosemError as error:
        raise malformed(error.message, _ROUTING.size) from None
    if security != _SECURITY or block_tag != GeneralBlock.TAG:
        raise malformed(_("it holds no block"), _ROUTING.size)
    found = Block(cra, counter, originator, target, code, block, security_counter, octets)
    if found.encode() != octets:
        raise malformed(_("a length that is not in its shortest form"), _ROUTING.size)
    return found


def split(message: bytes, *, size: int = BLOCK_SIZE, streaming: bool = True) -> list[bytes]:
    """The blocks of a message, `size` octets of it in each. `streaming`: they follow each other without waiting for
    what is heard of them. Raises MalformedMessage for what is no message."""
    whole = parse(message)
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    return [
        _block(whole, piece, index, last=index == len(pieces), streaming=streaming)
        for index, piece in enumerate(pieces, 1)
    ]


def _block(whole: Envelope, piece: bytes, number: int, *, last: bool, streaming: bool) -> bytes:
    block = GeneralBlock(last, streaming and not last, 1, number, 0, piece)
    return Block(whole.cra, whole.counter, whole.originator, whole.target, whole.message_code, block).encode()


class Reassembly:
    """Puts the blocks of one message together, in order. `feed` returns it when it is whole."""

    def __init__(self) -> None:
        self._route: tuple[int, int, bytes, bytes, int] | None = None
        self._octets = bytearray()
        self._next = 1

    @property
    def received(self) -> int:
        """How many blocks are here."""
        return self._next - 1

    def feed(self, octets: bytes) -> Envelope | None:
        """The next block; the message, once it is whole. After an error, begin anew.

        Raises MalformedMessage: for a block that is none, of another message, out of order, or one too many; and where
        what was put together is no message, or not the one that the blocks said it was.
        """
        found = parse_block(octets)
        if self._route not in (None, found.route):
            raise malformed(_("a block of another message"), 0)
        if found.block.number != self._next:
            raise _out_of_order(found.block.number, self._next)
        self._route, self._next = found.route, self._next + 1
        self._octets += found.block.raw
        if len(self._octets) > MAX_MESSAGE:
            raise malformed(_("it is longer than a message can be"), MAX_MESSAGE)
        if not found.block.last:
            return None
        whole = parse(bytes(self._octets))
        if (whole.cra, whole.counter, whole.originator, whole.target, whole.message_code) != found.route:
            raise malformed(_("its blocks name another message"), 0)
        return whole


def _out_of_order(number: int, wanted: int) -> MalformedMessage:
    return MalformedMessage(
        _("Block {number} came where block {wanted} belongs.").format(number=number, wanted=wanted),
        code="gbcs-block-number",
        number=number,
        wanted=wanted,
    )
