"""Text from a device or a file is data: what a screen or a terminal would obey is shown as an escape."""

from __future__ import annotations


def plain_text(text: str, *, keep: str = "") -> str:
    """`text` with controls and changes of direction as escapes (``\\x1b``), but for the characters in `keep`."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in keep else c.encode("unicode_escape", "backslashreplace").decode("ascii")
        for c in text
    )
