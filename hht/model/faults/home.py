"""Faults of the devices that people have at home: displays and consumer access devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import DeviceKind
from hht.model.faults.han import GONE_TENTHS_DB, by_radio, lose, was_joined
from hht.model.faults.kind import FaultKind, Undo, at_device
from hht.model.faults.off_han import unlist

if TYPE_CHECKING:
    from hht.model.premises import Premises

_ACCESS = frozenset({DeviceKind.CAD, DeviceKind.BRIDGE})
_DISPLAYS = frozenset({DeviceKind.IHD, DeviceKind.PPMID})


def _out_of_range(premises: Premises, device: AccessDevice) -> Undo:
    return lose(premises, device, GONE_TENTHS_DB)


def _stuck(_premises: Premises, device: AccessDevice) -> Undo:
    device.held = device.shown()
    return device.restart


def _unlisted(_premises: Premises, device: AccessDevice) -> Undo:
    node = device.node
    if node is None or node.network is None:
        raise TypeError(f"{device.name} is on no HAN")
    return unlist(node.network, node)


def _on_han(_premises: Premises, device: AccessDevice) -> bool:
    return device.node is not None and device.node.network is not None


def _frozen(_premises: Premises, device: HomeDisplay) -> Undo:
    device.held = device.pages()

    def undo() -> None:
        device.held = None

    return undo


def _drawer(_premises: Premises, device: HomeDisplay) -> Undo:
    device.switch(False)
    return lambda: device.switch(True)


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    return (
        FaultKind(
            "cad-out-of-range",
            _("Consumer access device out of range"),
            ("F-22",),
            _("The device is listed and joined, and hears no meter; beside the hub it works at once."),
            _("Test it where it is to stay; six to eight metres are usual. Move it, or add a repeater."),
            _ACCESS,
            at_device(AccessDevice, _out_of_range, by_radio),
        ),
        FaultKind(
            "cad-stuck",
            _("Consumer access device hangs"),
            ("F-23",),
            _("The device goes on reporting the same reading and power, hours old, while the signal is good."),
            _("Pull it out and plug it in again; if it happens often, update or exchange it."),
            _ACCESS,
            at_device(AccessDevice, _stuck, was_joined),
        ),
        FaultKind(
            "cad-not-listed",
            _("Consumer access device not on the Device Log"),
            ("F-22",),
            _("Beside the hub too the device joins nothing: “the hub does not list this device”."),
            _("Have it listed after proof of the consumer (CIN), then let it join."),
            _ACCESS,
            at_device(AccessDevice, _unlisted, _on_han),
        ),
        FaultKind(
            "display-frozen",
            _("Display at home hangs"),
            ("F-10",),
            _("The display shows the same power and totals for hours, whatever is switched on."),
            _("Switch it off and on."),
            _DISPLAYS,
            at_device(HomeDisplay, _frozen, was_joined),
        ),
        FaultKind(
            "display-in-drawer",
            _("Display switched off and put away"),
            ("F-10",),
            _("Nothing is shown, and the device answers nobody, though it is listed as joined."),
            _("Ask for it; plug it in where people see it; note the right installed status."),
            _DISPLAYS,
            at_device(HomeDisplay, _drawer, was_joined),
        ),
    )
