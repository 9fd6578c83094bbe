"""Lengths as A-XDR and BER write them: one octet below 128, else the number of octets that follow."""

from __future__ import annotations

from hht.i18n import _
from hht.protocol.cosem.errors import MalformedValue, Truncated

MAX_LENGTH_OCTETS = 4


def encode_length(length: int) -> bytes:
    """The shortest form."""
    if length < 0x80:
        return bytes((length,))
    size = (length.bit_length() + 7) // 8
    return bytes((0x80 | size,)) + length.to_bytes(size, "big")


def decode_length(octets: bytes, at: int) -> tuple[int, int]:
    """The length at `at`, and the offset after it. Raises Truncated, MalformedValue."""
    if at >= len(octets):
        raise ended(at)
    first = octets[at]
    if first < 0x80:
        return first, at + 1
    size = first & 0x7F
    if not 1 <= size <= MAX_LENGTH_OCTETS:
        raise MalformedValue(_("A length that cannot be, at octet {at}.").format(at=at), code="cosem-length", at=at)
    end = at + 1 + size
    if end > len(octets):
        raise ended(len(octets))
    return int.from_bytes(octets[at + 1 : end], "big"), end


def ended(at: int) -> Truncated:
    """The error for octets that end too early, at offset `at`."""
    return Truncated(_("The message ends too early, at octet {at}.").format(at=at), at=at)
