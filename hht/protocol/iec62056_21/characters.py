"""IEC 62056-21's characters: seven bits and even parity, the control characters, the baud rate characters.

Source: factbook chapter 7 and IEC 62056-21:2002, 5.4 and 6.3.14 (modes A to E).
"""

from __future__ import annotations

import enum
from functools import reduce
from operator import xor
from typing import Final

from hht.parity import EVEN_PARITY, STRIP_PARITY

SOH, STX, ETX, EOT, ACK, NAK = 0x01, 0x02, 0x03, 0x04, 0x06, 0x15

# Modes C and E: the caller acknowledges the speed. Mode B: letters, and nobody acknowledges. 7 to 9 and G to I are
# reserved; any other character means mode A, which stays at 300 baud. Mode D is always 2400 baud.
BAUD_BY_CHAR: Final = {"0": 300, "1": 600, "2": 1200, "3": 2400, "4": 4800, "5": 9600, "6": 19200}
BAUD_BY_LETTER: Final = {"A": 600, "B": 1200, "C": 2400, "D": 4800, "E": 9600, "F": 19200}
MODE_D_BAUD: Final = 2400
SIGN_ON_BAUD: Final = 300
CHARACTER_BITS: Final = 10  # start, seven, parity, stop

REACTION_S: Final = (0.2, 0.02)  # shortest time between a message and its answer, either way: usual, fast
LONGEST_GAP_S: Final = 1.5  # between two characters of a message
INACTIVITY_S: Final = (60.0, 120.0)  # after so long without a message a meter goes back to 300 baud


class ProtocolMode(enum.StrEnum):
    """The standard's protocol modes."""

    A = "A"  # readout at 300 baud, no acknowledgement
    B = "B"  # readout at the speed that the identification names, no acknowledgement
    C = "C"  # the caller acknowledges the speed and chooses readout or programming
    D = "D"  # the meter talks by itself, at 2400 baud
    E = "E"  # as C, and HDLC can be chosen


def even_parity(data: bytes) -> bytes:
    """`data` with even parity in bit 7 of each byte: 7E1 in software over 8N1."""
    return data.translate(EVEN_PARITY)


def without_parity(data: bytes) -> bytes:
    """`data` with bit 7 cleared."""
    return data.translate(STRIP_PARITY)


def block_check(data: bytes, start: int = 0) -> int:
    """The block check character (BCC): exclusive or of the seven-bit characters after SOH or STX up to and with ETX or
    EOT. `start`: what an earlier part of the message gave."""
    return reduce(xor, data, start) & 0x7F


def plain(text: bytes) -> str:
    """Text from a device, as it can be shown anywhere: what cannot be printed stands as its code."""
    names = {0x0D: "CR", 0x0A: "LF"}
    return "".join(chr(b) if 0x20 <= b < 0x7F else f"<{names.get(b, f'{b:02X}')}>" for b in text)
