"""Faults that meet whoever speaks to an electricity meter at its optical port."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter import ElectricityMeter, LocalAccess, OpticalMode
from hht.model.faults.body import has_face
from hht.model.faults.kind import Amount, Effect, FaultKind, Undo, at_device, flag

if TYPE_CHECKING:
    from hht.model.premises import Premises

LATE_MS = 2500  # IEC 62056-21 gives a meter 1.5 s to react
_METERS = frozenset({DeviceKind.ESME})
_EVERY_METER = frozenset({DeviceKind.ESME, DeviceKind.GSME})


def _writable(_premises: Premises, device: Device) -> bool:
    return isinstance(device, ElectricityMeter) and device.local_access is LocalAccess.INSTALLER


def _has_port(_premises: Premises, device: Device) -> bool:
    return isinstance(device, ElectricityMeter) and device.local_access is not LocalAccess.NONE


def _mode_e(premises: Premises, device: Device) -> bool:
    return _has_port(premises, device) and isinstance(device, ElectricityMeter) and _mode(device) is OpticalMode.E


def _mode(meter: ElectricityMeter) -> OpticalMode:
    return meter.configuration.optical.mode


def _mode_c(_premises: Premises, meter: ElectricityMeter) -> Undo:
    def offer(mode: OpticalMode) -> None:
        head = replace(meter.configuration.optical, mode=mode)
        meter.configuration = replace(meter.configuration, optical=head)

    offer(OpticalMode.C)
    return lambda: offer(OpticalMode.E)


def _late(by_ms: int) -> Effect:
    def begin(_premises: Premises, device: Device) -> Undo:
        device.faults.add("answers-late")
        device.fault_amounts["answers-late"] = by_ms

        def undo() -> None:
            device.faults.discard("answers-late")
            del device.fault_amounts["answers-late"]

        return undo

    return at_device(Device, begin, _has_port)


def _unplugged(_premises: Premises, meter: ElectricityMeter) -> Undo:
    def move() -> None:
        for tell in meter.probe_moved:
            tell()

    def undo() -> None:
        meter.faults.discard("probe-unplugged")
        move()

    meter.faults.add("probe-unplugged")
    move()
    return undo


def _of_the_probe() -> tuple[FaultKind, ...]:
    return (
        FaultKind(
            "probe-hears-itself",
            _("Probe beside the head"),
            ("F-38",),
            _("What is received is what was sent: the probe hears itself, the meter hears nothing."),
            _("Put the probe onto the head, its cable downwards, until the magnet holds it."),
            _METERS,
            flag("probe-hears-itself", _has_port),
        ),
        FaultKind(
            "probe-garbled",
            _("Probe or head dirty"),
            ("F-39",),
            _("Answers come, and in each some bytes are wrong: parity and check sums fail."),
            _("Clean both, keep the sun off, seat the probe anew; try 7E1 and 8N1."),
            _METERS,
            flag("probe-garbled", _has_port),
        ),
        FaultKind(
            "port-silent",
            _("Optical port dead"),
            ("F-40",),
            _("Nothing comes back to the sign-on, at no speed and in no mode; display and HAN work."),
            _("Try the probe on another meter; if it works there, read by the HAN and exchange the meter."),
            _METERS,
            flag("port-silent", _has_port),
        ),
        FaultKind(
            "head-mode-c",
            _("Head offers mode C only"),
            ("F-41",),
            _("The identification has no mode E: plain text is read, and HDLC gets no answer."),
            _("Read it in mode C (order: E, then C); do not force HDLC."),
            _METERS,
            at_device(ElectricityMeter, _mode_c, _mode_e),
        ),
        FaultKind(
            "bridge-cuts-frames",
            _("Bridge takes a 7E inside a frame for its end"),
            ("F-42",),
            _("Most reads work; now and then, always for the same answer, a frame ends early and its check sum fails."),
            _("Use a probe without the bridge, or one that goes by the length of frames."),
            _METERS,
            flag("bridge-cuts-frames", _has_port),
        ),
        FaultKind(
            "probe-unplugged",
            _("Probe pulled out of the computer"),
            ("F-43",),
            _("The link is lost at once, over a pty or TCP as well, and cannot be opened while it is out."),
            _("Plug it in again; go on at the last safe step."),
            _METERS,
            at_device(ElectricityMeter, _unplugged, _has_port),
        ),
        FaultKind(
            "answers-late",
            _("Meter answers late"),
            ("F-37",),
            _("Every answer at the port comes after 2.5 s, later than the 1.5 s that the standard gives a meter."),
            _("Give it more time; do not send twice what changes something."),
            _METERS,
            _late(LATE_MS),
            amount=Amount("ms", LATE_MS, 100, 60_000, _late),
        ),
    )


def _of_the_fields() -> FaultKind:
    return FaultKind(
        "fields-oddly-written",
        _("Meter writes single fields otherwise"),
        (),
        _("Most reads work; the MPAN comes with a blank behind it, a date-time of the clock is an octet short."),
        _("Run hht conformance: it names the field, what was expected and what came; take that to the meter's maker."),
        _METERS,
        flag("fields-oddly-written", _has_port),
    )


def _of_the_place() -> tuple[FaultKind, ...]:
    seen = _("Display, buttons and port cannot be got at; over the HAN the meter works as usual.")
    return (
        FaultKind(
            "box-locked",
            _("Meter box locked"),
            ("F-47",),
            seen,
            _("Ask for the key, note it for the next visit; do what can be done over the HAN."),
            _EVERY_METER,
            flag("box-locked", has_face),
        ),
        FaultKind(
            "too-high",
            _("Meter nine feet up"),
            ("F-47",),
            seen,
            _("No ladder, no work: have the meter moved, or come again with the right steps."),
            _EVERY_METER,
            flag("too-high", has_face),
        ),
    )


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    return (
        FaultKind(
            "refuses-writes",
            _("Meter stores nothing"),
            (),
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
        *_of_the_probe(),
        _of_the_fields(),
        *_of_the_place(),
    )
