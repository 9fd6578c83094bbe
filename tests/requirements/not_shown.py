"""Why a row is not shown, as ``tests/requirements/not_shown.toml`` has it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

PLACE = Path(__file__).with_name("not_shown.toml")


@cache
def reasons() -> dict[str, str]:
    """Row to the reason why no test shows it. Raises OSError, ValueError, KeyError or TypeError for broken data."""
    found: dict[str, str] = {}
    for reason in tomllib.loads(PLACE.read_text("utf-8"))["reason"]:
        for row in reason["rows"]:
            if row in found:
                raise ValueError(f"{PLACE}: {row} stands there twice")
            found[row] = reason["text"]
    return found
