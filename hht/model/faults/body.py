"""Faults of a meter's body: covers, magnets, its display and buttons, and what it reports of itself without end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.agenda import DAY_MS, HOUR_MS, MINUTE_MS
from hht.model.alert_codes import AlertCode
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.faults.kind import Effect, FaultKind, Undo, at_device, flag
from hht.model.features.display import Display
from hht.model.features.tamper import Tamper, TamperInputs
from hht.model.gas_meter import GasMeter

if TYPE_CHECKING:
    from hht.model.premises import Premises

YEAR_MS = 365 * DAY_MS
_METERS = frozenset({DeviceKind.ESME, DeviceKind.GSME})
_GAS = frozenset({DeviceKind.GSME})
_ELECTRICITY = frozenset({DeviceKind.ESME})


def _tampered(tamper: Tamper) -> Effect:
    def begin(_premises: Premises, device: Device) -> Undo:
        inputs = _inputs(device)
        if inputs is None:
            raise TypeError(f"{device.name} has no tamper inputs")
        inputs.begin(tamper)
        return lambda: inputs.end(tamper)

    return at_device(Device, begin, lambda _premises, device: _inputs(device) is not None)


def _inputs(device: Device) -> TamperInputs | None:
    return device.tampers if isinstance(device, ElectricityMeter | GasMeter) else None


def has_face(_premises: Premises, device: Device) -> bool:
    """Whether people look at the device itself."""
    return isinstance(getattr(device, "display", None), Display)


def _again_and_again(every_ms: int, *codes: AlertCode) -> Callable[[Premises, Device], Undo]:
    def begin(premises: Premises, device: Device) -> Undo:
        def tell() -> None:
            for code in codes:
                device.alert(code)

        return premises.site.agenda.every(every_ms, tell).cancel

    return begin


def _worn_out(premises: Premises, device: Device) -> Undo:
    """A year long there is nothing to be seen of it."""

    def fail() -> None:
        device.faults.add("worn-out")
        device.alert(AlertCode.FAULT_PROGRAM_EXECUTION)

    fails = premises.site.agenda.after(YEAR_MS, fail)

    def undo() -> None:
        fails.cancel()
        device.faults.discard("worn-out")

    return undo


def _tampers() -> tuple[FaultKind, ...]:
    logged = _("The log entries; a supply that was locked stays locked.")
    return (
        FaultKind(
            "terminal-cover-off",
            _("Terminal cover off"),
            (),
            _("The meter logs 0x8F76; where tampering locks the supply, it is off and the state says why."),
            _("Look for damage and bypasses; fit and seal the cover; report."),
            _ELECTRICITY,
            _tampered(Tamper.TERMINAL_COVER),
            logged,
        ),
        FaultKind(
            "meter-cover-off",
            _("Meter cover open"),
            (),
            _("The meter logs 0x8F74."),
            _("Look for damage; exchange the meter, keep it as evidence."),
            _METERS,
            _tampered(Tamper.METER_COVER),
            logged,
        ),
        FaultKind(
            "battery-cover-off",
            _("Battery cover of the gas meter off"),
            (),
            _("The gas meter logs 0x8F73."),
            _("Check the battery; fit and seal the cover."),
            _GAS,
            _tampered(Tamper.BATTERY_COVER),
            logged,
        ),
        FaultKind(
            "magnet",
            _("Magnet at the meter"),
            (),
            _("The meter logs a strong magnetic field (0x8F75)."),
            _("Photograph and remove it; report revenue protection."),
            _METERS,
            _tampered(Tamper.MAGNET),
            logged,
        ),
        FaultKind(
            "gas-meter-tilted",
            _("Gas meter tilted"),
            (),
            _("The gas meter logs 0x81C3: it hangs askew or was taken off."),
            _("Check pipes for tightness; mount it upright."),
            _GAS,
            _tampered(Tamper.TILT),
            logged,
        ),
    )


def _faces() -> tuple[FaultKind, ...]:
    return (
        FaultKind(
            "dead-display",
            _("Display dark"),
            (),
            _("The meter's own display shows nothing, while port, HAN and registers work."),
            _("Read it over the port or the HAN; exchange the meter."),
            _METERS,
            flag("dead-display", has_face),
        ),
        FaultKind(
            "cryptic-screen",
            _("Display shows a version like an error"),
            ("F-17",),
            _(
                "The display shows one page, “V” and digits, and nothing else: it is the firmware version, not an "
                "error code."
            ),
            _("Look it up by model; press a button for the other pages, switch the meter off and on."),
            _METERS,
            flag("cryptic-screen", has_face),
        ),
        FaultKind(
            "dead-buttons",
            _("Buttons do nothing"),
            (),
            _(
                "An armed supply cannot be enabled at the meter, no code typed: “This does nothing now”, and 0x8162 "
                "in the log."
            ),
            _("Use the prepayment interface; exchange the meter."),
            _METERS,
            flag("dead-buttons", has_face),
            _("The log entries."),
        ),
        FaultKind(
            "latent-defect",
            _("Defect that shows after a year"),
            (),
            _("For 365 days nothing is seen; then display and buttons are dead, and the meter logs 0x81AF."),
            _("Exchange the meter, and look which others had the same at the same time."),
            _METERS,
            at_device(Device, _worn_out, has_face),
            _("The log entry, where the year was over."),
        ),
        FaultKind(
            "crashes-on-message",
            _("Meter restarts over a message"),
            (),
            _(
                "A message that others take makes the meter restart (0x81AF, 0x81B2); it is not shown, whenever it "
                "is sent."
            ),
            _("Stop sending it, to all meters of the model; report the firmware."),
            _METERS,
            flag("crashes-on-message", lambda _premises, device: _inputs(device) is not None),
            _("The log entries."),
        ),
        FaultKind(
            "unexpected-resets",
            _("Meter restarts by itself"),
            (),
            _("Every hour the meter logs an unexpected reset and its watchdog (0x81B2, 0x81B3)."),
            _("Report the firmware; exchange the meter if it goes on."),
            _METERS,
            at_device(Device, _again_and_again(HOUR_MS, AlertCode.FAULT_UNEXPECTED_RESET, AlertCode.FAULT_WATCHDOG)),
            _("The log entries."),
        ),
        FaultKind(
            "alert-storm",
            _("Meter alerts without end"),
            (),
            _(
                "The same alert (0x81A0) comes each minute; within two hours the log holds nothing else, and the "
                "WAN is full of it."
            ),
            _("Have the alert kept to the log (ECS25); exchange the meter."),
            _METERS,
            at_device(Device, _again_and_again(MINUTE_MS, AlertCode.INTEGRITY_WARNING)),
            _("What was written over in the log is gone."),
        ),
    )


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    return (*_tampers(), *_faces())
