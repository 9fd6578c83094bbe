"""Text for the page: device and file text is data, so markup is escaped and what cannot be seen is spelled out."""

from __future__ import annotations

import re
import unicodedata
from html import escape

from hht.i18n import _

MAX_TEXT = 600
TONE_MARK = {"good": "✓ ", "warn": "⚠ ", "bad": "× "}  # glyphs that the fonts have
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # control, format (bidirectional marks among them), unassigned


def visible(text: object, limit: int = MAX_TEXT, covered: frozenset[int] | None = None) -> str:
    """`text` cut at `limit` characters; control and bidirectional characters, and those not `covered`, as escapes."""
    raw = str(text)
    cut = raw if len(raw) <= limit else raw[: limit - 1] + "…"
    return "".join(c if _drawable(c, covered) else _escaped(c) for c in cut)


def _drawable(character: str, covered: frozenset[int] | None) -> bool:
    return unicodedata.category(character) not in _HIDDEN and (covered is None or ord(character) in covered)


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def safe(text: object, limit: int = MAX_TEXT, covered: frozenset[int] | None = None) -> str:
    """`visible` text with nothing that the page could take for markup."""
    return escape(visible(text, limit, covered), quote=True)


def when(text: object, *, utc: bool = True) -> str:
    """An ISO time with Z as "2026-11-21 06:17:53 UTC"; anything else as it is."""
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        return str(text)
    return f"{text[:10]} {text[11:19]}" + (" UTC" if utc else "")


def item_words(item: str) -> str:
    """What was written, in words."""
    words = {
        "clock": _("Clock"),
        "import-mpan": _("Import MPAN"),
        "randomised-offset-limit": _("Randomised offset limit (s)"),
    }
    return words.get(item, item)


def result_words(result: str) -> str:
    """How a write ended."""
    words = {
        "written": _("Written"),
        "written-earlier": _("Written by an earlier attempt"),
        "held-already": _("Held already, not written"),
    }
    return words.get(result) or _("Failed: {code}").format(code=result or "?")


def state_word(state: str) -> str:
    """A step's state with its glyph: colour never alone."""
    words = {
        "done": "✓ " + _("done"),
        "failed": "× " + _("failed"),
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
