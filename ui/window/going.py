"""What is said before anything goes by radio. Plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Going:
    """What is about to go: a title, its facts as (label, value, tone, from_device), a sentence, and the button."""

    title: str
    facts: Sequence[tuple[str, str, str, bool]]
    words: str
    button: str
