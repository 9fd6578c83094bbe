"""Setting a clock by command: a meter takes the hub's time where that lies within what the command allows (ECS70)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from hht.model.alert_codes import AlertCode
from hht.model.commands import Command
from hht.model.features.checks import require_range
from hht.model.meter_clock import MeterClock, TimeStatus
from hht.model.parties import Party
from hht.model.site import to_datetime

if TYPE_CHECKING:
    from hht.model.device import Device

LONGEST_TOLERANCE_S = 86_400  # factbook chapter 9


@dataclass(frozen=True, slots=True)
class SetClock(Command):
    """Take the hub's time if it lies from `start_ms` (true time) to `tolerance_s` after: the validity interval of
    factbook 2.9. Answers with a `ClockAnswer`."""

    start_ms: int
    tolerance_s: int
    use_case: ClassVar[str] = "ECS70"


@dataclass(frozen=True, slots=True)
class SetGasClock(SetClock):
    """The same at a gas meter (GCS28)."""

    use_case: ClassVar[str] = "GCS28"


@dataclass(frozen=True, slots=True)
class ClockAnswer:
    """The device's time afterwards, and how far it trusts it."""

    time: datetime
    status: TimeStatus


def offer_clock(device: Device, clock: MeterClock, set_clock: Callable[[datetime], object]) -> None:
    """Let the supplier set the clock; `set_clock` moves it and writes the log."""

    def act(command: SetClock, _sender: Party) -> ClockAnswer:
        require_range("tolerance", command.tolerance_s, 1, LONGEST_TOLERANCE_S, " s")
        network = device.node.network if device.node is not None else None
        hub_ms = network.time_ms() if network is not None else None
        if hub_ms is None or not command.start_ms <= hub_ms <= command.start_ms + command.tolerance_s * 1000:
            device.alert(AlertCode.CLOCK_NOT_ADJUSTED_OUTSIDE_TOLERANCE)
        else:
            set_clock(to_datetime(hub_ms))
        return ClockAnswer(clock.now(), clock.status)

    device.accept({SetClock: act, SetGasClock: act})
