"""Text for the page: device and file text is data, so markup is escaped and what cannot be seen is spelled out."""

from __future__ import annotations

import unicodedata
from html import escape

from hht.i18n import _

MAX_TEXT = 600
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # control, format (bidirectional marks among them), unassigned


def visible(text: object, limit: int = MAX_TEXT) -> str:
    """`text` with control and bidirectional characters as escapes, cut at `limit` characters."""
    raw = str(text)
    cut = raw if len(raw) <= limit else raw[: limit - 1] + "…"
    return "".join(f"\\u{ord(c):04x}" if unicodedata.category(c) in _HIDDEN else c for c in cut)


def safe(text: object, limit: int = MAX_TEXT) -> str:
    """`visible` text with nothing that the page could take for markup."""
    return escape(visible(text, limit), quote=True)


def state_word(state: str) -> str:
    """A step's state with its glyph: colour never alone."""
    words = {
        "done": "✓ " + _("done"),
        "failed": "✕ " + _("failed"),
        "left": "→ " + _("left"),
        "unknown": "? " + _("not known"),
        "waiting": "· " + _("not begun"),
        "ready": "· " + _("not begun"),
        "started": "… " + _("interrupted"),
        "asking": "… " + _("waits for an answer"),
    }
    return words.get(state, state)


def outcome_words(outcome: str) -> str:
    """How the visit ended, in words."""
    words = {
        "complete": _("Complete"),
        "install-and-leave": _("Installed and left: something remains to be done"),
        "made-safe": _("Made safe"),
        "abandoned": _("Abandoned"),
    }
    return words.get(outcome, _("Not ended"))
