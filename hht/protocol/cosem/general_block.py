"""general-block-transfer as it stands on the wire (Green Book 9.3.5): a piece of any APDU. The flow is in `blocks`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.lengths import encode_length

LAST, STREAMING, WINDOW = 0x80, 0x40, 0x3F


@dataclass(frozen=True, slots=True)
class GeneralBlock:
    """`raw` is a piece of an APDU, empty where only `acknowledged` (the last block had in order) is to be told.

    `streaming`: more comes without waiting for an answer. `window`: blocks that the sender takes in one stream, 0..63.
    Numbers (0..65535) count from 1.
    """

    TAG: ClassVar[int] = 0xE0
    last: bool
    streaming: bool
    window: int
    number: int
    acknowledged: int
    raw: bytes

    def encode(self) -> bytes:
        """The octets."""
        control = LAST * self.last | STREAMING * self.streaming | self.window & WINDOW
        numbers = self.number.to_bytes(2, "big") + self.acknowledged.to_bytes(2, "big")
        return bytes((self.TAG, control)) + numbers + encode_length(len(self.raw)) + self.raw


def general_block_head(cursor: Cursor) -> tuple[int, int, int]:
    """After the tag: control, number, number acknowledged. Raises MalformedValue."""
    return cursor.octet(), cursor.u16(), cursor.u16()


def parse_general_block(cursor: Cursor) -> GeneralBlock:
    """After the tag. Raises MalformedValue."""
    control, number, acknowledged = general_block_head(cursor)
    return GeneralBlock(
        bool(control & LAST), bool(control & STREAMING), control & WINDOW, number, acknowledged, cursor.counted()
    )
