"""What each kind of device looks like in a premises file, and how it is built: a new kind adds one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.plan_file import Section
from hht.model.plans.communications_hub import read_communications_hub
from hht.model.plans.consumer_devices import read_access_device, read_display, read_repeater
from hht.model.plans.electricity_meter import read_electricity_meter
from hht.model.plans.gas_meter import read_gas_meter
from hht.model.plans.load_control import read_load_control_switch
from hht.model.plans.own_equipment import read_modem

if TYPE_CHECKING:
    from hht.model.premises import Premises


class DevicePlan(Protocol):
    """One device as its file says it, checked; nothing lives yet."""

    @property
    def name(self) -> str:
        """Its name in the premises."""
        ...

    @property
    def kind(self) -> DeviceKind:
        """What it is."""
        ...

    @property
    def identity(self) -> DeviceIdentity:
        """What it was made as."""
        ...

    def build(self, premises: Premises) -> Device:
        """Bring it to life at the beginning of the site's history."""
        ...


Reader = Callable[[Section], DevicePlan]
READERS: Mapping[DeviceKind, Reader] = {
    DeviceKind.ESME: read_electricity_meter,
    DeviceKind.COMMUNICATIONS_HUB: read_communications_hub,
    DeviceKind.GSME: read_gas_meter,
    DeviceKind.IHD: read_display,
    DeviceKind.PPMID: read_display,
    DeviceKind.REPEATER: read_repeater,
    DeviceKind.CAD: read_access_device,
    DeviceKind.BRIDGE: read_access_device,
    DeviceKind.HCALCS: read_load_control_switch,
    DeviceKind.MODEM: read_modem,
}
