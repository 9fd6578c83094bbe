"""Devices that people at home look at, as a premises file says them: displays and consumer access devices."""

from __future__ import annotations

from hht.i18n import _
from hht.model.consumer_devices.access_device import AccessConfiguration, AccessKind
from hht.model.consumer_devices.displays import FREE_MONTHS, DisplayConfiguration
from hht.model.device import DeviceKind
from hht.model.plan_file import Section
from hht.model.plans.checks import device_name
from hht.model.plans.communications_hub import read_identity
from hht.model.plans.han import read_han
from hht.model.repeater import RepeaterConfiguration


def read_display(section: Section) -> DisplayConfiguration:
    """An in-home display or a prepayment interface."""
    configuration = DisplayConfiguration(
        name=section.text("id", check=device_name),
        identity=read_identity(section),
        kind=DeviceKind(section.text("kind")),
        abandoned=section.yes_no("abandoned", False),
        refresh_s=section.whole("refresh_s", 10, low=1, high=3600),
        gas_refresh_s=section.whole("gas_refresh_s", 1800, low=1, high=86_400),
        account=section.yes_no("account", True),
        paid_after=section.whole("paid_after", 0, low=0, high=120),
        han=read_han(section),
    )
    if 0 < configuration.paid_after < FREE_MONTHS:
        raise section.error("paid_after", _("all functions of a home's display are free for the first 12 months"))
    section.done()
    return configuration


def read_repeater(section: Section) -> RepeaterConfiguration:
    """A repeater."""
    configuration = RepeaterConfiguration(
        name=section.text("id", check=device_name), identity=read_identity(section), han=read_han(section)
    )
    section.done()
    return configuration


def read_access_device(section: Section) -> AccessConfiguration:
    """A consumer access device, or a bridge."""
    bridge = section.text("kind") == DeviceKind.BRIDGE
    usual = AccessKind.BRIDGE if bridge else AccessKind.DONGLE
    configuration = AccessConfiguration(
        name=section.text("id", check=device_name),
        identity=read_identity(section),
        sort=AccessKind(section.choice("sort", tuple(AccessKind), usual)),
        keypad=section.yes_no("keypad", True),
        kind=DeviceKind(section.text("kind")),
        han=read_han(section),
        uploads_s=section.whole("uploads_s", 0, low=0, high=86_400),
    )
    section.done()
    return configuration
