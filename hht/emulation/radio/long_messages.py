"""A hub's end of messages that do not fit through a tunnel at once: their blocks, by device and reference.

In a home the device itself puts blocks together; here the hub does it for all of them.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from hht.i18n import _
from hht.protocol.gbcs.block_flow import OVERHEAD, BlocksIn, BlocksOut, fits_in_blocks
from hht.protocol.gbcs.blocks import BLOCK_SIZE
from hht.protocol.gbcs.errors import MalformedMessage, malformed

_MOST: Final = 8  # messages that are under way each way; our own number
Name = tuple[str, int]  # device and reference
_LEAST_ROOM: Final = OVERHEAD + 16


class LongMessages:
    """Those of one terminal."""

    def __init__(self) -> None:
        self._coming: OrderedDict[Name, BlocksIn] = OrderedDict()
        self._going: OrderedDict[Name, BlocksOut] = OrderedDict()

    def take(self, name: Name, block: bytes) -> tuple[bytes | None, bytes]:
        """A block of the terminal's: the message, once it is whole, and what to say. Raises MalformedMessage: begin
        anew."""
        coming = self._coming.setdefault(name, BlocksIn())
        _no_more_than(self._coming)
        try:
            whole, told = coming.take(block)
        except MalformedMessage:
            self._coming.pop(name, None)
            raise
        if whole is None:
            return None, told
        self._coming.pop(name, None)
        return whole.raw, told

    def possible(self, message: bytes, room: int) -> bool:
        """Whether `message` can go to the terminal in blocks of `room` octets."""
        return room >= _LEAST_ROOM and fits_in_blocks(message)

    def begin(self, name: Name, message: bytes, room: int) -> bytes:
        """The first block of an answer. Raises MalformedMessage."""
        going = self._going[name] = BlocksOut(message, min(BLOCK_SIZE, room - OVERHEAD))
        self._going.move_to_end(name)
        _no_more_than(self._going)
        return going.first

    def after(self, name: Name, acknowledgement: bytes) -> bytes | None:
        """The next block of an answer; None: the terminal has them all. Raises MalformedMessage."""
        going = self._going.get(name)
        if going is None:
            raise malformed(_("it acknowledges no block of an answer"), 0)
        return going.after(acknowledgement)


def _no_more_than(kept: OrderedDict[Name, BlocksIn] | OrderedDict[Name, BlocksOut]) -> None:
    while len(kept) > _MOST:
        kept.popitem(last=False)
