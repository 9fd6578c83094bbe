"""Faults of the gas meter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.device import Device, DeviceKind
from hht.model.faults.kind import FaultKind, flag

if TYPE_CHECKING:
    from hht.model.premises import Premises

_METERS = frozenset({DeviceKind.GSME})


def _on_han(_premises: Premises, device: Device) -> bool:
    return device.node is not None


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    return (
        FaultKind(
            "stuck-valve",
            _("Valve does not move"),
            (),
            _(
                "The state changes and the valve stays where it was: alert 0x81C0 when it should close (gas flows on), "
                "0x81BD when it should open."
            ),
            _("Make safe at the emergency control valve; exchange the meter."),
            _METERS,
            flag("stuck-valve"),
            _("The valve stays where it stuck until it is moved again."),
        ),
        FaultKind(
            "never-wakes",
            _("Gas meter's radio does not wake"),
            ("F-09", "F-11", "F-12"),
            _(
                "The mirror in the hub grows older than half an hour; commands wait and are not fetched (0x819D "
                "after a day)."
            ),
            _("Press a button on the meter to wake it, at its predicted wake; check its battery."),
            _METERS,
            flag("never-wakes", _on_han),
        ),
    )
