"""Faults of firmware: images that arrive damaged, or do not start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.device import Device, DeviceKind
from hht.model.faults.kind import FaultKind, flag
from hht.model.features.firmware import Firmware

if TYPE_CHECKING:
    from hht.model.premises import Premises

_DEVICES = frozenset({DeviceKind.ESME, DeviceKind.GSME, DeviceKind.HCALCS, DeviceKind.PPMID})


def _updates(_premises: Premises, device: Device) -> bool:
    return isinstance(getattr(device, "firmware", None), Firmware)


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    return (
        FaultKind(
            "corrupt-firmware",
            _("Firmware arrives damaged"),
            (),
            _("An image is not held: its hash is wrong (alerts 0x8F1C and 0x8F89); the old version runs on."),
            _("Send the image again; compare its hash with the Central Products List."),
            _DEVICES,
            flag("corrupt-firmware", _updates),
        ),
        FaultKind(
            "firmware-does-not-start",
            _("New firmware does not start"),
            ("F-15",),
            _("The image verifies; its activation is answered with “activation failed”, and the old version runs on."),
            _("Leave the old version; tell the maker which image it was."),
            _DEVICES,
            flag("firmware-does-not-start", _updates),
            _("The image is no longer held: it has to be sent again."),
        ),
    )
