"""Text of a device or a file is data: this makes it fit to be seen. Plain Python, no Qt.

Control, format, bidirectional and unassigned characters, and spaces other than the plain one, become escapes that can
be read; what is long is cut.
"""

from __future__ import annotations

import unicodedata

_ESCAPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
LIMIT = 240


def _visible(char: str) -> str:
    if char == " " or unicodedata.category(char) not in _ESCAPED:
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def safe_text(text: str, limit: int = LIMIT) -> str:
    """`text` on one line with nothing hidden in it, at most `limit` characters (the last one then is "…")."""
    cut = text[: limit + 1]  # never walk through a megabyte
    if len(cut) <= limit and cut.isascii() and cut.isprintable():
        return cut
    shown = "".join(_visible(char) for char in cut)
    return shown if len(cut) <= limit and len(shown) <= limit else shown[: limit - 1] + "…"


def safe_lines(text: str, limit: int = LIMIT, most: int = 12) -> str:
    """`text` as `safe_text`, but with its own line breaks, of which `most` - 1 are kept."""
    lines = text[: limit + 1].split("\n", most - 1)
    return safe_text(lines[0], limit) if len(lines) == 1 else "\n".join(safe_text(line, limit) for line in lines)


def button_text(text: str) -> str:
    """`text` for a button: Qt would take an "&" for the mark of a mnemonic."""
    return text.replace("&", "&&")
