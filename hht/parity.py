"""Seven bits and even parity, the characters of IEC 62056-21, as tables for `bytes.translate`."""

from __future__ import annotations

from typing import Final

EVEN_PARITY: Final = bytes((b & 0x7F) | ((b & 0x7F).bit_count() % 2 << 7) for b in range(256))
"""Seven bits, and bit 7 such that the number of ones is even."""
STRIP_PARITY: Final = bytes(b & 0x7F for b in range(256))
"""Seven bits, bit 7 cleared."""
