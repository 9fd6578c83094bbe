"""Why a requirement row is not seen over a link: ``resources/catalogue/conformance_unseen.toml``, or another link."""

from __future__ import annotations

import tomllib
from functools import cache

from hht.i18n import _
from hht.resources import resource_text
from hht.work.conformance import electricity, hub


def why_unseen(row: str) -> str:
    """In words. Raises KeyError for a row that no check speaks for and that has no reason."""
    if any(row in check.rows for check in hub.CHECKS):
        return _("a hub shows it, through a dongle: hht conformance dongle:…")
    if any(row in check.rows for check in electricity.CHECKS):
        return _("a meter shows it at its own port: hht conformance optical:…")
    return _(_reasons()[row])


@cache
def _reasons() -> dict[str, str]:
    table = tomllib.loads(resource_text("catalogue", "conformance_unseen.toml"))["reason"]
    return {row: one["text"] for one in table for row in one["rows"]}
