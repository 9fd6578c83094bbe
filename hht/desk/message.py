"""What every line between terminal and desk is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Message:
    """A line. `SAY`: its name there."""

    SAY: ClassVar[str]
