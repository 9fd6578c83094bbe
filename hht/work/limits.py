"""What a measured value has to lie within: ``resources/catalogue/work_limits.toml``, so that an employer may set it.

None of the values that come with the program was checked against its standard: `Limit.verified` says so on the card.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from hht.i18n import _
from hht.resources import resource_text


@dataclass(frozen=True, slots=True)
class Limit:
    """`low` and `high` in `unit`, both good; None: no limit on that side. `plausible`: what no instrument shows."""

    name: str
    unit: str
    low: Decimal | None
    high: Decimal | None
    plausible: tuple[Decimal, Decimal]
    source: str
    verified: bool

    def holds(self, value: Decimal) -> bool:
        """Whether `value` is good."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    @property
    def words(self) -> str:
        """The limit as people read it, with its standing."""
        if self.low is None:
            text = _("at most {high} {unit}").format(high=self.high, unit=self.unit)
        elif self.high is None:
            text = _("at least {low} {unit}").format(low=self.low, unit=self.unit)
        else:
            text = _("{low} to {high} {unit}").format(low=self.low, high=self.high, unit=self.unit)
        return text if self.verified else _("{limit} (limit unverified)").format(limit=text)


@cache
def limits() -> dict[str, Limit]:
    """Every limit by its name."""
    plain = tomllib.loads(resource_text("catalogue", "work_limits.toml"))
    return {name: _limit(name, one) for name, one in plain["limit"].items()}


def _limit(name: str, plain: dict[str, Any]) -> Limit:
    low, high = (Decimal(plain[key]) if key in plain else None for key in ("low", "high"))
    first, last = plain["plausible"]
    return Limit(name, plain["unit"], low, high, (Decimal(first), Decimal(last)), plain["source"], plain["verified"])
