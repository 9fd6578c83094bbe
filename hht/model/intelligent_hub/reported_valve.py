"""The gas meter's valve as the hub's account sees it: the state that was reported, and who holds it closed (IH-06).

The account never closes the valve for want of credit: the meter does, at its cut-off volume. What a supplier wants is
told to the meter when it is heard next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from hht.model.commands import DONE
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.supply import Hold
from hht.model.gas_meter.valve import ArmValve, CloseValve, ReadValve
from hht.model.intelligent_hub.messages import CloseGasValve, HubMessage, OpenGasValve, PrepayStatus
from hht.model.parties import Party
from hht.model.prepayment.monitor import WHO as CREDIT

if TYPE_CHECKING:
    from hht.model.device import Device


class ReportedValve:
    """A `hht.model.prepayment.switch.SupplySwitch` whose switch is elsewhere."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self.state = SupplyState.ENABLED
        self._holds: dict[str, Hold] = {}
        device.accept(
            {
                CloseValve: self._close_by,
                ArmValve: self._arm_by,
                ReadValve: lambda _command, _sender: self.state,
            }
        )

    @property
    def kept_closed(self) -> tuple[tuple[str, Hold], ...]:
        """Who keeps it closed, and why."""
        return tuple(self._holds.items())

    def go_on(self, state: SupplyState, kept_closed: Iterable[tuple[str, Hold]]) -> None:
        """Go on in the place of another hub's: as it was reported there."""
        self.state, self._holds = state, dict(kept_closed)

    @property
    def holds(self) -> Mapping[str, object]:
        """What keeps it closed, by who."""
        return self._holds

    def disable(self, who: str, why: str) -> None:
        """Keep it closed for `who` from the meter's next report on."""
        self._holds[who] = Hold(who, why, self._device.site.agenda.now_ms)

    def release(self, who: str, why: str, *, by_itself: bool = False) -> None:
        """`who` no longer keeps it closed: the meter is told to open it at its next report."""
        self._holds.pop(who, None)

    def press(self) -> None:
        """The hub has no button that opens the valve: the meter is told, or has one itself."""

    def wanted(self, status: PrepayStatus, *, credit: bool) -> type[HubMessage] | None:
        """What the meter that has this status is to be told: to open, to close, or nothing."""
        supplier = any(who != CREDIT for who in self._holds)
        if supplier:
            return CloseGasValve if status.valve is not SupplyState.DISABLED else None
        opens = credit and not self._holds and status.valve is SupplyState.DISABLED
        return OpenGasValve if opens else None

    def _close_by(self, _command: CloseValve, sender: Party) -> object:
        self.disable(str(sender), str(sender))
        return DONE

    def _arm_by(self, _command: ArmValve, _sender: Party) -> object:
        for who in [who for who in self._holds if who != CREDIT]:
            self.release(who, "armed")
        return DONE
