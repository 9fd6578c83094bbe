"""Faults of an electricity meter's switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.faults.kind import FaultKind, Undo, at_device, flag

if TYPE_CHECKING:
    from hht.model.premises import Premises

SWITCHES = 5
_METERS = frozenset({DeviceKind.ESME})


def _has_load_switch(_premises: Premises, device: Device) -> bool:
    """A meter behind current transformers has none: there is nothing in it that could burn off or stick."""
    return isinstance(device, ElectricityMeter) and device.load_switch.fitted


def _burnt(_premises: Premises, meter: ElectricityMeter) -> Undo:
    meter.faults.add("contact-burnt")
    meter.load_switch.bounce(False)

    def undo() -> None:
        meter.faults.discard("contact-burnt")
        meter.load_switch.bounce(True)

    return undo


def _stuck(number: int) -> FaultKind:
    def has_switch(_premises: Premises, device: Device) -> bool:
        switches = device.load_control.switches if isinstance(device, ElectricityMeter) else {}
        return number in switches and not switches[number].plan.device

    return FaultKind(
        f"stuck-switch-{number}",
        _("Auxiliary switch {number} does not move").format(number=number),
        (),
        _("Its command and calendar are followed in the state only: the load stays as it was, and the log has 0x811A."),
        _("Exchange the switch, or the meter that it is in."),
        _METERS,
        flag(f"stuck-switch-{number}", has_switch),
        _("The contact stays where it stuck until it is moved again."),
    )


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    return (
        FaultKind(
            "stuck-contactor",
            _("Load switch does not move"),
            (),
            _("The supply is disabled and power flows on: alert 0x81C0 (0x81BD when it should close)."),
            _("Exchange the meter; until then the supply can be cut at the cut-out only."),
            _METERS,
            flag("stuck-contactor", _has_load_switch),
            _("The contact stays where it stuck until it is moved again."),
        ),
        FaultKind(
            "contact-burnt",
            _("Contact of the load switch burnt off"),
            (),
            _("The supply is enabled and there is none behind the meter; switching it off and on ends with 0x81BD."),
            _("Exchange the meter; no command helps."),
            _METERS,
            at_device(ElectricityMeter, _burnt, _has_load_switch),
            _("The log entries."),
        ),
        *(_stuck(number) for number in range(1, SWITCHES + 1)),
        FaultKind(
            "stuck-switch",
            _("Load control switch on the HAN does not move"),
            (),
            _("What its meter tells it comes to nothing: the load stays as it was, and the meter logs 0x811A."),
            _("Exchange the switch."),
            frozenset({DeviceKind.HCALCS}),
            flag("stuck-switch"),
            _("The contact stays where it stuck until it is moved again."),
        ),
    )
