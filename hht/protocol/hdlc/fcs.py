"""FCS-16 (CRC-16/X-25), the checksum of HDLC headers and frames, at the speed of the C library.

X-25 is the bit-reversed twin of the CRC that `binascii.crc_hqx` computes: reverse the bits of each input byte, run the
C loop, reverse the 16-bit result. Check value: ``b"123456789"`` gives 0x906E.
"""

from __future__ import annotations

from binascii import crc_hqx

_REVERSE = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def fcs16(data: bytes | bytearray | memoryview) -> int:
    """The checksum of `data`, 0..0xFFFF; it is sent low byte first."""
    crc = crc_hqx(bytes(data).translate(_REVERSE), 0xFFFF)
    return (_REVERSE[crc & 0xFF] << 8 | _REVERSE[crc >> 8]) ^ 0xFFFF


def fcs16_bytes(data: bytes | bytearray | memoryview) -> bytes:
    """The checksum as it stands on the wire, low byte first."""
    return fcs16(data).to_bytes(2, "little")
