"""The HAN-connected auxiliary load control switch (HCALCS): does what its meter says, and has no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.model.agenda import MINUTE_MS, Appointment
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.electricity_meter.load_control import PollLoadControl
from hht.model.electricity_meter.meter import ElectricityMeter
from hht.model.features.firmware import Firmware
from hht.model.features.logs_read import offer_logs
from hht.model.han.joins import offer_joins
from hht.model.han.network import HanFailure
from hht.model.refusal import DeviceRefusal
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.plans.han import HanPlan
    from hht.model.premises import Premises

WAKES_MS = 90_000  # how long after power-on it asks its meter: the hub has started by then (our own number)
POLL_MS = 10 * MINUTE_MS  # how soon it asks again while it does not know what is wanted (our own number)


@dataclass(frozen=True, slots=True)
class SwitchConfiguration:
    """An HCALCS as it stands in its premises. `meter`: the electricity meter whose switch it is."""

    name: str
    identity: DeviceIdentity
    meter: str
    han: HanPlan | None = None

    @property
    def kind(self) -> DeviceKind:
        """An HCALCS."""
        return DeviceKind.HCALCS

    def build(self, premises: Premises) -> LoadControlSwitch:
        """The switch; its meter stands before it in the file."""
        switch = LoadControlSwitch(self, premises.site)
        if self.han is not None:
            switch.node = self.han.node(switch)
            offer_joins(switch, switch.node)
        meter = premises.device(self.meter)
        meter.load_control.reach[self.name] = switch
        switch.belong_to(meter)
        return switch


class LoadControlSwitch(Device):
    """One switch. It stays where it is while its meter is out of reach, and asks until it has an answer. Its contactor
    drops out where it has no mains; when they are back it asks its meter."""

    kind = DeviceKind.HCALCS

    def __init__(self, configuration: SwitchConfiguration, site: Site) -> None:
        super().__init__(site, configuration.name, configuration.identity)
        self.firmware = Firmware(self)
        offer_logs(self)
        self.closed = False
        self.meter: ElectricityMeter | None = None
        self._asking: Appointment | None = None
        self._powered = False

    def belong_to(self, meter: ElectricityMeter) -> None:
        """Stand behind that meter, whose switch it is."""
        self.meter = meter
        self._powered = self.powered
        meter.mains.listen(lambda: None, self._power_moved)
        meter.load_switch.listen(self._power_moved)
        meter.consumer.supply_changed.append(self._power_moved)  # also by an isolating switch, or a contact that failed

    @property
    def powered(self) -> bool:
        """Whether the circuits behind its meter have mains."""
        return self.meter is not None and self.meter.powered and self.meter.load_switch.feeds

    def _power_moved(self) -> None:
        powered = self.powered
        if powered is self._powered:
            return
        self._powered = powered
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        if powered:
            self._asking = self.site.agenda.every(POLL_MS, self._ask, first_ms=self.site.agenda.now_ms + WAKES_MS)
        elif self.closed and "stuck-switch" not in self.faults and self.meter is not None:
            self.closed = False
            self.meter.load_control.dropped_out(self.name)

    def told(self, meter: ElectricityMeter, closed: bool) -> bool:
        """The meter says where the contact is to be; whether that came through, and the contact moved."""
        if "stuck-switch" in self.faults or not self._powered:
            return False
        if not self._reached(meter):
            if self._asking is None:
                self._asking = self.site.agenda.every(POLL_MS, self._ask)
            return False
        self.closed = closed
        return True

    def _reached(self, meter: ElectricityMeter) -> bool:
        """Whether it is on the HAN, joined to its meter, and a message comes through."""
        network = self.node.network if self.node is not None and self.node.joined else None
        if network is None or self.node is None or meter.identity.device_id not in self.node.partners:
            return False
        try:
            network.carry(self.name)
        except HanFailure:
            return False
        return True

    def _ask(self) -> None:
        network = self.node.network if self.node is not None else None
        if network is None or self.meter is None:
            return
        try:
            wanted = network.ask(self, self.meter, PollLoadControl())
        except (HanFailure, DeviceRefusal):
            return
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        if isinstance(wanted, bool):
            for switch in self.meter.load_control.switches.values():
                if switch.plan.device == self.name:
                    self.meter.load_control.settle(switch)
