"""The load switch: Supply State Enabled, Disabled or Armed (factbook 2.6), and who made it so.

State and contact are two things: a stuck contactor (fault ``stuck-contactor``) leaves the contact where it was, and the
meter notices (0x81BD, 0x81C0).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.model.alert_codes import AlertCode
from hht.model.commands import DONE, Command
from hht.model.electricity_meter.items import SupplyState
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter


@dataclass(frozen=True, slots=True)
class EnableSupply(Command):
    """Close the load switch remotely (ECS42)."""

    use_case: ClassVar[str] = "ECS42"


@dataclass(frozen=True, slots=True)
class DisableSupply(Command):
    """Open the load switch (ECS43)."""

    use_case: ClassVar[str] = "ECS43"


@dataclass(frozen=True, slots=True)
class ArmSupply(Command):
    """Let a person at the premises enable the supply (ECS44)."""

    use_case: ClassVar[str] = "ECS44"


@dataclass(frozen=True, slots=True)
class ReadSupplyState(Command):
    """The state of the load switch (ECS45): a SupplyState."""

    use_case: ClassVar[str] = "ECS45"


class Supply:
    """The load switch of one meter."""

    def __init__(self, meter: ElectricityMeter, state: SupplyState) -> None:
        self._meter = meter
        self.state = state
        self.closed = state is SupplyState.ENABLED  # the contact
        self.why = ""  # what brought it to this state, for people
        self._listeners: list[Callable[[], None]] = []
        meter.accept(
            {
                EnableSupply: lambda _command, sender: self._by_command(SupplyState.ENABLED, sender),
                DisableSupply: lambda _command, sender: self._by_command(SupplyState.DISABLED, sender),
                ArmSupply: lambda _command, sender: self._by_command(SupplyState.ARMED, sender),
                ReadSupplyState: lambda _command, _sender: self.state,
            }
        )

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each change of state."""
        self._listeners.append(listener)

    def change(self, state: SupplyState, why: str) -> None:
        """Bring the supply into `state`: Armed leaves the contact open, Enabled closes it, Disabled opens it."""
        if state is self.state:
            return
        if state is SupplyState.ARMED and self.state is SupplyState.ENABLED:
            return  # an enabled supply needs no arming
        self.state, self.why = state, why
        self._meter.site.tell(self._meter.name, f"supply {state.value}", why)
        if state is SupplyState.ARMED:
            self._meter.alert(AlertCode.SUPPLY_ARMED)
        self._move(state is SupplyState.ENABLED)
        for listener in self._listeners:
            listener()

    def _by_command(self, state: SupplyState, sender: Party) -> object:
        self.change(state, str(sender))
        return DONE

    def _move(self, closed: bool) -> None:
        if closed == self.closed:
            return
        if "stuck-contactor" in self._meter.faults:
            self._meter.alert(AlertCode.SUPPLY_CONNECT_FAILED if closed else AlertCode.SUPPLY_DISCONNECT_FAILED)
            return
        self.closed = closed
        self._meter.supply_moved()
