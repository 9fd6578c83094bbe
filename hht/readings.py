"""What a meter has recorded, as every room speaks of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One capture of a profile. `time` is the end of the interval, UTC; `values` keyed by OBIS, scaled."""

    time: datetime
    status: str
    values: dict[str, Decimal] = field(default_factory=dict)
