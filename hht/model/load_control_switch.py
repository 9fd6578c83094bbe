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
        switch.meter = meter
        return switch


class LoadControlSwitch(Device):
    """One switch. It stays where it is while its meter is out of reach, and asks until it has an answer."""

    kind = DeviceKind.HCALCS

    def __init__(self, configuration: SwitchConfiguration, site: Site) -> None:
        super().__init__(site, configuration.name, configuration.identity)
        self.firmware = Firmware(self)
        offer_logs(self)
        self.closed = False
        self.meter: ElectricityMeter | None = None
        self._asking: Appointment | None = None

    def told(self, meter: ElectricityMeter, closed: bool) -> bool:
        """The meter says where the contact is to be; whether that came through, and the contact moved."""
        if "stuck-switch" in self.faults:
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
