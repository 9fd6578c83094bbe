"""What a judgement about a device comes to, and the findings that it is made of."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hht.work.view import Tone


class Standing(enum.StrEnum):
    """What a verdict comes to, and how much a reason weighs."""

    MAY = "may"
    CARE = "care"  # it may, and there is something to know
    MUST_NOT = "must-not"

    @property
    def tone(self) -> Tone:
        """How it is shown."""
        return {Standing.MAY: Tone.GOOD, Standing.CARE: Tone.WARN, Standing.MUST_NOT: Tone.BAD}[self]


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding. `code` is stable."""

    code: str
    standing: Standing
    words: str
