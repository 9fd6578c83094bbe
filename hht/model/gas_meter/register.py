"""What gas meters of either architecture have: a volume register behind a valve, a tap, a battery."""

from __future__ import annotations

from abc import abstractmethod

from hht.model.agenda import DAY_MS
from hht.model.alert_codes import AlertCode
from hht.model.device import Device, DeviceIdentity
from hht.model.electricity_meter.items import SupplyState
from hht.model.gas_meter.valve import Valve
from hht.model.gas_meter.volume import Volume, flow_of
from hht.model.site import Site

LOW_BATTERY_DAYS = 180


class GasRegister(Device):
    """See the module. `battery_days` of the configuration are those left at the present."""

    valve: Valve

    def __init__(self, site: Site, name: str, identity: DeviceIdentity, *, reading_l: int, battery_days: int) -> None:
        super().__init__(site, name, identity)
        agenda = site.agenda
        self.volume = Volume(agenda.now_ms, reading_l)
        self.extra_flow = 0  # nanolitres per ms: an open tap, a leak
        self.counts_milli = 1000  # how much of what flows it counts, thousandths: a lying meter another share
        self.battery_days = battery_days + (site.present_ms - agenda.now_ms) // DAY_MS
        self._sound_days = 0  # what the battery had before faults
        self._worn: list[int] = []  # faults: each leaves the battery no more than so many days
        self._wanted_l = 0  # what the burners ask for in this half-hour

    @property
    def supply(self) -> SupplyState:
        """The Supply State: that of the valve."""
        return self.valve.state

    def count(self) -> None:
        """Count the gas up to this moment."""
        self.volume.count(self.site.agenda.now_ms)

    def litres(self) -> int:
        """The volume register now, litres."""
        self.site.catch_up()
        self.count()
        return self.volume.litres

    def flow_changed(self) -> None:
        """The valve, the burner or a tap: another flow from here on."""
        self.count()
        # While the valve is tested appliances are off: what flows then is a leak or an open tap.
        wanted = 0 if self.valve.testing else flow_of(self._wanted_l)
        self.volume.flow = 0 if self.valve.closed else wanted + self.extra_flow
        if self.counts_milli != 1000:
            self.volume.flow = self.volume.flow * self.counts_milli // 1000
        self._flow_moved()

    @abstractmethod
    def _flow_moved(self) -> None:
        """The flow is another now: who watches it is told."""

    def open_tap(self, litres_per_hour: int) -> None:
        """Somebody leaves a tap open (0 closes it), or a pipe leaks."""
        self.site.catch_up()
        self.extra_flow = litres_per_hour * 1_000_000_000 // 3_600_000
        self.flow_changed()

    def wear_battery(self, days: int) -> None:
        """A fault: no more than so many days are left of the battery, until `replace_battery` of as many."""
        if not self._worn:
            self._sound_days = self.battery_days
        self._worn.append(days)
        self.battery_days = min(self.battery_days, days)

    def replace_battery(self, days: int) -> None:
        """That fault is over: as many days are left as the other ones leave."""
        self._worn.remove(days)
        self.battery_days = min([self._sound_days, *self._worn])

    def use_battery(self) -> None:
        """A day of the battery's life is over."""
        self.battery_days = max(0, self.battery_days - 1)
        if self.battery_days == LOW_BATTERY_DAYS:
            self.alert(AlertCode.BATTERY_LOW, f"{LOW_BATTERY_DAYS} days")
