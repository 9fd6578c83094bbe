"""Who keeps a supply off, decided in the centre (DNO-20; the other place is the meter: `SupplyRules.MULTI_PARTY`).

The centre knows a meter's state only from what the meter has acknowledged. While an answer is missing the state is
unknown, and it says what was confirmed last and when: never a guess (DNO-21).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from hht.i18n import _
from hht.model.commands import Command
from hht.model.communications_hub.delivery import DeliveryState
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, EnableSupply, ReadSupplyState
from hht.model.parties import Party


class Arbitration(enum.StrEnum):
    """Where several parties' disablements meet."""

    NONE = "none"
    CENTRE = "centre"


_MOVES = (EnableSupply, DisableSupply, ArmSupply)


@dataclass(slots=True)
class SupplyView:
    """What the centre knows of one meter's supply. `holds`: who disabled it, confirmed or not; `open`: requests whose
    answer is missing."""

    confirmed: SupplyState | None = None
    confirmed_ms: int | None = None
    holds: set[str] = field(default_factory=set)
    open: dict[int, Command] = field(default_factory=dict)

    @property
    def state(self) -> SupplyState | None:
        """The state now; None while it is unknown."""
        return None if self.open else self.confirmed


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back from a meter, at `time_ms` (true time)."""

    number: int
    device_id: str
    command: Command
    sender: Party
    state: DeliveryState
    answer: object
    time_ms: int


class SupplyArbiter:
    """The ledger of all meters, by Device ID."""

    def __init__(self) -> None:
        self.views: dict[str, SupplyView] = {}

    def view(self, device_id: str) -> SupplyView:
        """What is known of one meter."""
        return self.views.setdefault(device_id, SupplyView())

    def objection(self, device_id: str, command: Command, sender: Party) -> str:
        """Why the supply is not to be enabled or armed for `sender`: another party keeps it off. "" if nothing."""
        if not isinstance(command, EnableSupply | ArmSupply):
            return ""
        others = sorted(self.view(device_id).holds - {str(sender)})
        return _("the supply is kept off by: {others}").format(others=", ".join(others)) if others else ""

    def sent(self, number: int, device_id: str, command: Command, sender: Party) -> None:
        """A request is on its way: until its answer comes, nobody knows. A disablement counts from now, an enablement
        only when it is confirmed: what errs, errs to off."""
        if not isinstance(command, _MOVES):
            return
        view = self.view(device_id)
        view.open[number] = command
        if isinstance(command, DisableSupply):
            view.holds.add(str(sender))

    def answered(self, answered: Answered) -> bool:
        """The answer came. Whether the meter is still to be asked for its state: an enabled supply stays enabled when
        it is armed, and some meters only arm when they are enabled."""
        view, command = self.view(answered.device_id), answered.command
        done = answered.state is DeliveryState.ANSWERED
        if isinstance(command, ReadSupplyState):
            if done and isinstance(answered.answer, SupplyState):
                view.confirmed, view.confirmed_ms = answered.answer, answered.time_ms
                view.open = {number: sent for number, sent in view.open.items() if number > answered.number}
            return False
        if not isinstance(command, _MOVES):
            return False
        if isinstance(command, DisableSupply) or not done:
            view.open.pop(answered.number, None)
        if done and isinstance(command, DisableSupply):
            view.confirmed, view.confirmed_ms = SupplyState.DISABLED, answered.time_ms
        elif done or isinstance(command, DisableSupply):
            view.holds.discard(str(answered.sender))
        return done and not isinstance(command, DisableSupply)
