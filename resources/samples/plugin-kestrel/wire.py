"""The frames of the service port: STX, number, word and fields in ASCII, "*", CRC-16 as four hex digits, ETX.

A request has a number from 0 to 9, and the answer bears the same: an answer that comes late is not taken for the next.
"""

import binascii

BAUD = 4800
STX, ETX = b"\x02", b"\x03"
LONGEST = 200  # octets of a frame


class Damaged(Exception):
    """What came is no frame, or was changed on the way."""


def frame(number: int, *fields: str) -> bytes:
    """A frame with these fields; the first is its word."""
    text = f"{number}{';'.join(fields)}".encode("ascii")
    return STX + text + b"*" + _check(text) + ETX


def is_whole(heard: bytes) -> bool:
    """Whether a frame has come to its end."""
    return heard.endswith(ETX) or len(heard) > LONGEST


def fields_of(octets: bytes) -> tuple[int, list[str]]:
    """Number and fields of a frame. Raises Damaged."""
    text, star, check = octets[1:-1].rpartition(b"*")
    if octets[:1] != STX or octets[-1:] != ETX or not star or check != _check(text) or not text[:1].isdigit():
        raise Damaged
    return int(text[:1]), text[1:].decode("ascii").split(";")


def _check(text: bytes) -> bytes:
    return b"%04X" % binascii.crc_hqx(text, 0xFFFF)
