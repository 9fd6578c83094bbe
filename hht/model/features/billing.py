"""The Billing Data Log: a snapshot of registers and cost at each billing time, and when tariff, mode or people change.

Twelve snapshots (factbook 2.3, from memory). The billing calendar is monthly, on day 1 to 28 at a time of the UTC day.

No source says what a clock that is set does to bills. Ours: a billing time that is leapt over is due at once, one for
all that were; one that comes again within a fortnight, because the clock was set back over it, is not billed again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.agenda import DAY_MS, Appointment
from hht.model.alert_codes import AlertCode
from hht.model.commands import DONE, Command
from hht.model.features.checks import require_range
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.device import Device
    from hht.model.features.tariff import Tariff
    from hht.model.meter_clock import MeterClock

SNAPSHOTS = 12
DAY_S = 86_400
LAST_DAY = 28  # factbook chapter 9: no 29th to 31st
AGAIN_AFTER_MS = 14 * DAY_MS  # half of the shortest billing period: what comes sooner is the same billing time again


@dataclass(frozen=True, slots=True)
class BillingCalendar:
    """`day` of each month, at `time_s` of the UTC day."""

    day: int = 1
    time_s: int = 0


@dataclass(frozen=True, slots=True)
class SetBillingCalendar(Command):
    """Another billing calendar (ECS30a, critical)."""

    calendar: BillingCalendar
    use_case: ClassVar[str] = "ECS30a"


@dataclass(frozen=True, slots=True)
class SetGasBillingCalendar(SetBillingCalendar):
    """The same at a gas meter (GCS25a)."""

    use_case: ClassVar[str] = "GCS25a"


@dataclass(frozen=True, slots=True)
class ReadBillingCalendar(Command):
    """The billing calendar in force (ECS26l): a `BillingCalendar`."""

    use_case: ClassVar[str] = "ECS26l"


@dataclass(frozen=True, slots=True)
class ReadGasBillingCalendar(ReadBillingCalendar):
    """The same of gas (GCS21k)."""

    use_case: ClassVar[str] = "GCS21k"


@dataclass(frozen=True, slots=True)
class ReadBillingLog(Command):
    """The snapshots (ECS20c): a tuple of `Snapshot`, oldest first."""

    use_case: ClassVar[str] = "ECS20c"


@dataclass(frozen=True, slots=True)
class ReadGasBillingLog(ReadBillingLog):
    """The same of gas (GCS15c)."""

    use_case: ClassVar[str] = "GCS15c"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """At `time_s` (the meter's clock, Unix seconds), because of `why` ("billing calendar", "tariff", ...): total import
    in Wh, Wh by tariff register, cost so far in thousandths of a penny; Wh by register of a second element."""

    time_s: int
    why: str
    import_wh: int
    by_register: tuple[tuple[int, int], ...]
    cost: int
    secondary: tuple[tuple[int, int], ...] = ()


class BillingLog:
    """The Billing Data Log of one meter. `import_wh` gives the register now."""

    def __init__(
        self, device: Device, clock: MeterClock, tariff: Tariff, calendar: BillingCalendar, import_wh: Callable[[], int]
    ) -> None:
        self._device = device
        self._clock = clock
        self._tariff = tariff
        self._import_wh = import_wh
        self.calendar = calendar
        self.snapshots: deque[Snapshot] = deque(maxlen=SNAPSHOTS)
        self._next: Appointment | None = None
        self._next_s = 0  # the next billing time, by the meter's clock
        self._billed_ms: int | None = None  # when the billing calendar had the last one taken, true time

    def begin(self, *, gas: bool = False) -> None:
        """The meter is alive: see to the next billing time, and answer."""
        set_calendar, read = (SetGasBillingCalendar, ReadGasBillingLog) if gas else (SetBillingCalendar, ReadBillingLog)
        read_calendar = ReadGasBillingCalendar if gas else ReadBillingCalendar
        self._device.accept(
            {
                set_calendar: self._set,
                read: lambda _command, _sender: tuple(self.snapshots),
                read_calendar: lambda _command, _sender: self.calendar,
            }
        )
        self._replan()

    def take(self, why: str) -> None:
        """Write a snapshot now; the Event Log says so (0x8F0A)."""
        tariff = self._tariff
        time_s = self._clock.meter_ms(self._device.site.agenda.now_ms) // 1000
        registers = tuple(tariff.tou_wh.items())
        secondary = tuple(tariff.beside.tou_wh.items()) if tariff.beside is not None else ()
        self.snapshots.append(Snapshot(time_s, why, self._import_wh(), registers, tariff.cost, secondary))
        self._device.alert(AlertCode.BILLING_LOG_UPDATED, why)

    def clock_changed(self) -> None:
        """The meter's clock is another: a billing time that it leapt over is due at once."""
        if self._clock.meter_ms(self._device.site.agenda.now_ms) // 1000 >= self._next_s:
            self._due()
        self._replan()

    def _due(self) -> None:
        now_ms = self._device.site.agenda.now_ms
        if self._billed_ms is None or now_ms - self._billed_ms >= AGAIN_AFTER_MS:
            self._billed_ms = now_ms
            self.take("billing calendar")

    def _replan(self) -> None:
        """The clock or the calendar is another: so is the next billing time."""
        if self._next is not None:
            self._next.cancel()
        agenda = self._device.site.agenda
        now_s = self._clock.meter_ms(agenda.now_ms) // 1000
        self._next_s = self._following(now_s)
        self._next = agenda.at(self._clock.true_ms(self._next_s * 1000), self._strike)

    def _strike(self) -> None:
        self._due()
        self._replan()

    def _following(self, now_s: int) -> int:
        """The first billing time after `now_s`, Unix seconds."""
        month = datetime.fromtimestamp(now_s, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        while True:
            time_s = int(month.timestamp()) + (self.calendar.day - 1) * DAY_S + self.calendar.time_s
            if time_s > now_s:
                return time_s
            month = (month + timedelta(days=32)).replace(day=1)

    def _set(self, command: SetBillingCalendar, _sender: Party) -> object:
        require_range(_("billing day"), command.calendar.day, 1, LAST_DAY)
        require_range(_("time of day"), command.calendar.time_s, 0, DAY_S - 1, " s")
        self.calendar = command.calendar
        self._billed_ms = None  # another calendar bills by its own times
        self._replan()
        return DONE
