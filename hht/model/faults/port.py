"""Faults that meet whoever speaks to an electricity meter at its optical port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter import ElectricityMeter, LocalAccess
from hht.model.faults.kind import FaultKind, flag

if TYPE_CHECKING:
    from hht.model.premises import Premises

_METERS = frozenset({DeviceKind.ESME})


def _writable(_premises: Premises, device: Device) -> bool:
    return isinstance(device, ElectricityMeter) and device.local_access is LocalAccess.INSTALLER


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    return (
        FaultKind(
            "refuses-writes",
            _("Meter stores nothing"),
            ("F-37",),
            _("Reads work; every write and action at the optical port is answered with a hardware fault."),
            _("Exchange the meter."),
            _METERS,
            flag("refuses-writes", _writable),
        ),
        FaultKind(
            "forgets-writes",
            _("Meter says done and does not do it"),
            (),
            _("A write is answered with success and logged as actioned; read back, the old value stands there."),
            _("Read back what was written; exchange the meter."),
            _METERS,
            flag("forgets-writes", _writable),
        ),
    )
