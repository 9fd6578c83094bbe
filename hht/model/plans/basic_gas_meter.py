"""A basic gas meter as a premises file says it, and whether it has the hub that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.communications_hub import HubConfiguration
from hht.model.device import DeviceKind
from hht.model.gas_meter.valve import FlowTest
from hht.model.gas_meter.volume import GasUse
from hht.model.intelligent_hub.basic_meter import USUAL_LOW_L, BasicMeterConfiguration
from hht.model.plan_file import Section
from hht.model.plans.checks import device_name
from hht.model.plans.communications_hub import read_identity
from hht.model.plans.han import read_han

if TYPE_CHECKING:
    from hht.model.plans import DevicePlan

BATTERY_DAYS = 20 * 365


def read_basic_meter(section: Section) -> BasicMeterConfiguration:
    """A gas meter whose ``architecture`` is "basic": register, valve and radio; no tariff and no account."""
    usual = BasicMeterConfiguration("", read_identity(section))
    gas, test = section.section("gas"), section.section("flow_test")
    configuration = BasicMeterConfiguration(
        name=section.text("id", check=device_name),
        identity=usual.identity,
        reading_l=gas.whole("reading_l", 0, low=0, high=1_000_000_000),
        use=GasUse(
            gas.whole("annual_kwh", usual.use.annual_kwh, low=0, high=1_000_000),
            gas.whole("pilot_lh", usual.use.pilot_lh, low=0, high=1000),
        ),
        flow_test=FlowTest(
            test.whole("rate_lh", usual.flow_test.rate_lh, low=1, high=6000),
            test.whole("stabilisation_s", usual.flow_test.stabilisation_s, low=1, high=3600),
            test.whole("measurement_s", usual.flow_test.measurement_s, low=1, high=3600),
        ),
        low_l=gas.whole("warns_below_l", USUAL_LOW_L, low=0, high=1_000_000),
        battery_days=section.whole("battery_days", usual.battery_days, low=0, high=BATTERY_DAYS),
        han=read_han(section),
    )
    for part in (gas, test, section):
        part.done()
    return configuration


def check_gas(sections: Sequence[Section], devices: Sequence[DevicePlan]) -> None:
    """Raise PremisesError where an account has no basic gas meter, or such a meter no account: neither works alone."""
    account = any(isinstance(device, HubConfiguration) and device.account is not None for device in devices)
    for section, device in zip(sections, devices, strict=True):
        if device.kind is not DeviceKind.GSME:
            continue
        basic = isinstance(device, BasicMeterConfiguration)
        if basic and not account:
            raise section.error("architecture", _("a basic gas meter needs a communications hub with [device.account]"))
        if account and not basic:
            raise section.error("architecture", _('with an account in the hub, a gas meter has architecture = "basic"'))
