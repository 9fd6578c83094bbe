"""What prepayment needs of the thing that it switches: a load switch, or a gas valve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hht.model.electricity_meter.items import SupplyState


class SupplySwitch(Protocol):
    """A supply that can be held off by `who`, as `hht.model.electricity_meter.supply.Supply` has it."""

    @property
    def state(self) -> SupplyState:
        """Enabled, disabled or armed."""
        ...

    @property
    def holds(self) -> Mapping[str, object]:
        """What keeps it off, by who."""
        ...

    def disable(self, who: str, why: str) -> None:
        """Switch off, and keep it off for `who`."""
        ...

    def release(self, who: str, why: str, *, by_itself: bool = False) -> None:
        """`who` no longer keeps it off: arm it, or (`by_itself`, where its rules let it) enable it."""
        ...

    def press(self) -> None:
        """A person at the button enables an armed supply."""
        ...
