"""What a network operator sets at a meter, as a premises file says it: ``[device.voltage]``, ``[device.demand]``."""

from __future__ import annotations

from dataclasses import fields

from hht.i18n import _
from hht.model.electricity_meter.maximum_demand import HALF_HOUR_S, DemandWindow
from hht.model.electricity_meter.voltage import VoltageSettings, check_settings
from hht.model.plan_file import Section
from hht.model.refusal import DeviceRefusal


def read_voltage(section: Section) -> VoltageSettings:
    """Thresholds in volts and seconds, named as in `VoltageSettings`; what is left out is as usual."""
    usual = VoltageSettings()
    values = {
        field.name: section.whole(field.name, getattr(usual, field.name), low=0, high=86_400) for field in fields(usual)
    }
    section.done()
    settings = VoltageSettings(**values)
    try:
        check_settings(settings)
    except DeviceRefusal as refusal:
        raise section.error("extreme_over_v", refusal.message) from None
    return settings


def read_demand_window(section: Section) -> DemandWindow:
    """The configurable time period: ``window = ["16:00", "20:00"]``, UTC, half-hours."""
    start, end = section.times("window", ("16:00", "20:00"))
    section.done()
    if start == end or start % HALF_HOUR_S or end % HALF_HOUR_S:
        raise section.error("window", _("it must be two different times at half-hours"))
    return DemandWindow(start, end)
