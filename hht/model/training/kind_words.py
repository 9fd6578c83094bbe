"""What people call the devices of a premises."""

from __future__ import annotations

from hht.i18n import _
from hht.model.device import DeviceKind


def kind_words(kind: DeviceKind) -> str:
    """A kind of device, in words."""
    return {
        DeviceKind.ESME: _("Electricity meter"),
        DeviceKind.GSME: _("Gas meter"),
        DeviceKind.COMMUNICATIONS_HUB: _("Communications hub"),
        DeviceKind.GPF: _("Gas Proxy Function"),
        DeviceKind.HCALCS: _("Load control switch"),
        DeviceKind.PPMID: _("Prepayment interface"),
        DeviceKind.IHD: _("In-home display"),
        DeviceKind.CAD: _("Consumer access device"),
        DeviceKind.BRIDGE: _("Consumer bridge"),
        DeviceKind.REPEATER: _("Repeater"),
        DeviceKind.HHT: _("Handheld terminal"),
        DeviceKind.MODEM: _("Modem"),
    }.get(kind, _("Another device"))
