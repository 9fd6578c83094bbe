"""What devices of one premises file say of one another: names that must be those of other devices, and no two alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hht.i18n import _
from hht.model.communications_hub import HubConfiguration
from hht.model.device import DeviceKind
from hht.model.electricity_meter import MeterConfiguration
from hht.model.features.tariff_plan import TariffTimes
from hht.model.gas_meter import GasMeterConfiguration
from hht.model.load_control_switch import SwitchConfiguration
from hht.model.own_equipment import ModemConfiguration
from hht.model.plan_file import Section
from hht.model.plans import DevicePlan
from hht.model.plans.han import HanPlan


class References:
    """Checks the devices' tables in the order of the file. `centre`: whether somebody stands at the other end, who can
    do what only a supplier does."""

    def __init__(self, devices: Sequence[DevicePlan], *, centre: bool) -> None:
        self._whole = {device.name: device for device in devices}
        self._centre = centre
        self._before: dict[str, DevicePlan] = {}
        self._ids: dict[str, str] = {}

    def check(self, section: Section, device: DevicePlan) -> None:
        """PremisesError, with line and field, for the first name in it that is wrong."""
        taken = device.name in self._before
        before, self._before = self._before, {**self._before, device.name: device}
        if taken:
            raise section.error("id", _("two devices are called “{id}”").format(id=device.name))
        for table, field, device_id in _ids(section, device):
            if device_id in self._ids:
                problem = _("{other} has this Device ID already").format(other=self._ids[device_id])
                raise table.error(field, problem)
            self._ids[device_id] = device.name
        han = getattr(device, "han", None)
        if isinstance(han, HanPlan) and han.hub:
            _named(section.section("han"), "hub", han.hub, self._whole, DeviceKind.COMMUNICATIONS_HUB)
        if isinstance(device, SwitchConfiguration):
            _named(section, "meter", device.meter, before, DeviceKind.ESME)
        if isinstance(device, ModemConfiguration):
            for name in device.serves:
                _named(section, "serves", name, before, DeviceKind.ESME, DeviceKind.GSME)
        if isinstance(device, MeterConfiguration):
            _of_a_meter(section, device, self._whole)
        if isinstance(device, MeterConfiguration | GasMeterConfiguration):
            _kept_by_somebody(section, device.tariff.times, centre=self._centre)


def _kept_by_somebody(section: Section, times: TariffTimes, *, centre: bool) -> None:
    if times is TariffTimes.LOCAL_BY_SUPPLIER and not centre:
        raise section.section("tariff").error("times", _("no supplier is there to keep them: add [centre]"))


def _ids(section: Section, device: DevicePlan) -> Iterator[tuple[Section, str, str]]:
    """(table, field, Device ID)."""
    yield section, "device_id", device.identity.device_id
    if isinstance(device, HubConfiguration):
        yield section, "gpf_id", device.gpf_id
        if device.apart is not None:
            networks = section.section("networks")
            yield networks, "consumer_id", device.apart.consumer_id
            if device.apart.cad_id:
                yield networks, "cad_id", device.apart.cad_id


def _of_a_meter(section: Section, meter: MeterConfiguration, devices: dict[str, DevicePlan]) -> None:
    if meter.household.sun_of:
        _named(section.section("household"), "sun_of", meter.household.sun_of, devices, DeviceKind.ESME)
    for plan, table in zip(meter.switches, section.tables("switch"), strict=True):
        if plan.device:
            _named(table, "device", plan.device, devices, DeviceKind.HCALCS)


def _named(section: Section, field: str, name: str, devices: dict[str, DevicePlan], *kinds: DeviceKind) -> None:
    """`name` must be that of one of `devices`, of one of these kinds."""
    device = devices.get(name)
    if device is not None and device.kind in kinds:
        return
    known = ", ".join(other for other, plan in devices.items() if plan.kind in kinds) or _("none")
    text = _("“{name}” is no {kind} that stands before it in this file; there are: {known}")
    if field not in ("meter", "serves"):
        text = _("“{name}” is no {kind} of this file; there are: {known}")
    raise section.error(field, text.format(name=name, kind=_(" or ").join(kinds), known=known))
