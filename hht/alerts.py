"""What an alert code means, in words: ``resources/catalogue/alerts.json`` (codes from GBCS, words of our own)."""

from __future__ import annotations

import json
from functools import cache

from hht.i18n import _
from hht.resources import resource_text


def alert_meaning(code: int) -> str:
    """The meaning of an alert code (for example 0x8F69), "unknown code" where the catalogue has none."""
    meaning = _catalogue().get(f"{code:04X}")
    return _(meaning) if meaning else _("unknown code")


def is_known(code: int) -> bool:
    """Whether the catalogue has that code."""
    return f"{code:04X}" in _catalogue()


def alert_codes() -> tuple[int, ...]:
    """Every code that the catalogue has, in order."""
    return tuple(sorted(int(code, 16) for code in _catalogue()))


@cache
def _catalogue() -> dict[str, str]:
    data: dict[str, str] = json.loads(resource_text("catalogue", "alerts.json"))
    return data
