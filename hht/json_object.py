"""A JSON object out of octets that somebody else wrote: bounded, UTF-8, each name once, and only JSON's own numbers."""

from __future__ import annotations

import json
from typing import Any


def json_object(octets: bytes, most: int) -> dict[str, Any] | None:
    """The object; None where `octets` are more than `most`, are none, or say a thing twice (`json` would believe the
    second, another program the first). Raises nothing."""
    if len(octets) > most:
        return None
    try:
        plain = json.loads(octets.decode("utf-8"), object_pairs_hook=_once, parse_constant=_none)
    except (ValueError, RecursionError):
        return None
    return plain if isinstance(plain, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _none(_name: str) -> Any:
    raise ValueError("NaN and Infinity are no JSON")
