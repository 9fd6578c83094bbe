"""What prepayment has to know of a tariff, or of the tariffs of two elements together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Charging(Protocol):
    """Amounts are thousandths of a penny. See `hht.model.features.tariff.Tariff`."""

    spent: Callable[[int, int], None] | None
    changed: list[Callable[[], None]]

    def give(self) -> None:
        """Count what has been used up to now, and report what it cost through `spent`."""
        ...

    def metered(self) -> int:
        """The energy that is charged for, counted up to now, mW s."""
        ...

    def out_of_reach(self, amount: int) -> int:
        """What `metered` has to come to before `amount` more can have been spent."""
        ...

    def ms_until_spent(self, amount: int, power_w: int) -> int | None:
        """Ms until `amount` (> 0) more has been spent at `power_w` in all, or another price holds; None for never."""
        ...
