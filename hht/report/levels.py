"""Who may see what of a bundle. What is not named here is left out for customer and public: a new field is not theirs
until somebody has decided so.

- ``supplier``: everything, also codes of vulnerability and medical need.
- ``report``: as it lies beside the engineer's report: all but what was answered under seal, what came of that,
  and what was counted of the engineer.
- ``customer``: what was done at their own premises; nothing of the engineer's, of the trade's keys and commands, and
  nothing that was answered under seal (it may have been somebody else in the household who answered).
- ``public``: enough to look for a fault in program or device; nothing that leads to premises, person or device.
"""

from __future__ import annotations

from typing import Final

from hht.evidence import LEVELS

_CUSTOMER: Final[dict[str, frozenset[str]]] = {
    "visit": frozenset(
        [
            "training",
            "reference",
            "supplier",
            "walkthrough",
            "walkthrough_version",
            "address",
            "device_id",
            "mpan",
            "outcome",
            "number",
            "started_at",
            "ended_at",
            "program",
        ]
    ),
    "journal": frozenset({"at", "step", "kind"}),
    "step": frozenset(["id", "title", "state", "code", "started_at", "finished_at", "attempts"]),
    "safety": frozenset(["step", "item", "prompt", "value", "unit", "limit", "instrument", "calibrated_until"]),
    "notice": frozenset(["step", "stop", "number", "at"]),
    "unsafe": frozenset(
        [
            "at",
            "step",
            "category",
            "category_words",
            "category_text",
            "category_source",
            "fuel",
            "found",
            "done",
            "told",
            "rung",
            "notice",
            "receipt",
            "reference",
        ]
    ),
    "signature": frozenset(["at", "step", "name", "role", "about", "words", "manner", "strokes", "reason"]),
    "ending": frozenset(["at", "code", "group", "text", "next_at", "photos"]),
    "reading": frozenset({"when", "time", "registers"}),
    "write": frozenset(["step", "at", "item", "before", "after", "result", "authority"]),
    "trace": frozenset({"events", "sha256"}),
    "photo": frozenset(["step", "at", "sha256", "octets", "format"]),
}
_PUBLIC: Final[dict[str, frozenset[str]]] = {
    "visit": frozenset(["training", "walkthrough", "walkthrough_version", "outcome", "number", "program"]),
    "journal": frozenset({"step", "kind"}),
    "step": frozenset(["id", "state", "code", "attempts"]),
    "safety": frozenset(["step", "item", "value", "unit", "limit"]),
    "notice": frozenset({"step", "stop"}),
    "unsafe": frozenset(["step", "category", "fuel", "done", "rung", "receipt"]),
    "signature": frozenset(["step", "role", "about", "manner"]),
    "ending": frozenset({"code", "group"}),
    "write": frozenset(["step", "item", "result", "authority"]),
    "trace": frozenset({"events"}),
}
SEALED: Final = "sealed"  # the kind of item, and the end of the kinds that tell what came of it
UNUSUAL: Final = "unusual"  # what the terminal counted of the engineer: for whom they work for alone
_ALLOWED: Final = {"customer": _CUSTOMER, "public": _PUBLIC}


def may_see(level: str, kind: str, name: str) -> bool:
    """Whether readers of `level` see the field `name` of items of `kind`."""
    if level in LEVELS[:2]:
        return level == LEVELS[0] or not (kind.endswith(SEALED) or kind == UNUSUAL)
    return name in _ALLOWED[level].get(kind, frozenset())
