"""Faults of the gas meter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.alert_codes import AlertCode
from hht.model.device import Device, DeviceKind
from hht.model.faults.kind import Amount, Effect, FaultKind, Undo, at_device, flag
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.volume import CV_RANGE, Conversion
from hht.model.intelligent_hub import BasicGasMeter

if TYPE_CHECKING:
    from hht.model.premises import Premises

_METERS = frozenset({DeviceKind.GSME})
LOW_DAYS = 120
WRONG_VALUE = 45  # MJ/m3: the highest that a meter takes
CUBIC_FEET_MILLI = 353  # of what flows: hundreds of cubic feet taken for cubic metres
LEAK_LH = 60
NEIGHBOURS_MPRN = "3938424504"


AnyMeter = GasMeter | BasicGasMeter


def _on_han(_premises: Premises, device: Device) -> bool:
    return isinstance(device, AnyMeter) and device.node is not None


def _has_valve(_premises: Premises, device: Device) -> bool:
    return isinstance(device, AnyMeter) and device.valve.fitted


def _at_any(begin: Callable[[Premises, AnyMeter], Undo]) -> Effect:
    """An effect on a gas meter of either architecture."""
    smart, basic = at_device(GasMeter, begin), at_device(BasicGasMeter, begin)
    return Effect(
        lambda premises, device: smart.fits(premises, device) or basic.fits(premises, device),
        lambda premises, device: (smart if isinstance(device, GasMeter) else basic).begin(premises, device),
    )


def _has_radio(premises: Premises, device: Device | None) -> bool:
    return device is not None and _on_han(premises, device)


def _battery(days: int) -> Effect:
    def begin(_premises: Premises, meter: AnyMeter) -> Undo:
        meter.wear_battery(days)
        if meter.battery_days:
            meter.alert(AlertCode.BATTERY_LOW, f"{meter.battery_days} days")

        def undo() -> None:
            meter.replace_battery(days)
            meter.alert(AlertCode.BATTERY_RESET)

        return undo

    return _at_any(begin)


def _converts(meter: GasMeter, conversion: Conversion) -> None:
    """What was burnt so far was worth what held then."""
    meter.tariff.give()
    meter.energy_mws()
    meter.conversion = conversion


def _wrong_value(mj_per_m3: int) -> Effect:
    def begin(_premises: Premises, meter: GasMeter) -> Undo:
        before = meter.conversion
        wrong = replace(before, calorific_value=mj_per_m3 * 10)
        _converts(meter, wrong)

        def undo() -> None:
            if meter.conversion == wrong:  # else somebody has sent the right one
                _converts(meter, before)

        return undo

    return at_device(GasMeter, begin)


def _frozen(_premises: Premises, meter: AnyMeter) -> Undo:
    def hold(more: int) -> None:
        meter.count()
        meter.volume.frozen += more

    hold(1)
    return lambda: hold(-1)


def _backwards(premises: Premises, meter: AnyMeter) -> Undo:
    meter.alert(AlertCode.REVERSE_GAS_FLOW)
    return _frozen(premises, meter)


def _cubic_feet(_premises: Premises, meter: GasMeter) -> Undo:
    def count(milli: int) -> None:
        meter.counts_milli = milli
        meter.flow_changed()

    count(CUBIC_FEET_MILLI)
    return lambda: count(1000)


def _leak(litres_an_hour: int) -> Effect:
    def begin(_premises: Premises, meter: AnyMeter) -> Undo:
        meter.open_tap(litres_an_hour)
        return lambda: meter.open_tap(0)

    return _at_any(begin)


def _wrong_mprn(_premises: Premises, meter: GasMeter) -> Undo:
    before, meter.mprn = meter.mprn, NEIGHBOURS_MPRN

    def undo() -> None:
        if meter.mprn == NEIGHBOURS_MPRN:
            meter.mprn = before

    return undo


def _of_volume() -> tuple[FaultKind, ...]:
    left = _("What was counted wrong stays in registers and half-hours.")
    return (
        FaultKind(
            "wrong-calorific-value",
            _("Wrong calorific value in the gas meter"),
            (),
            _("kWh rise 14 per cent too fast for the cubic metres; the volume register is right."),
            _("Compare volume and energy; have the supplier send the right value (GCS23)."),
            _METERS,
            _wrong_value(WRONG_VALUE),
            left,
            Amount("MJ/m3", WRONG_VALUE, CV_RANGE[0] // 10, CV_RANGE[1] // 10, _wrong_value),
        ),
        FaultKind(
            "counts-cubic-feet",
            _("Gas meter counts cubic feet"),
            (),
            _(
                "The register rises about a third as fast as the gas flows: hundreds of cubic feet, taken for cubic "
                "metres."
            ),
            _("Time a known burner; exchange the meter for a metric one."),
            _METERS,
            at_device(GasMeter, _cubic_feet),
            left,
        ),
        FaultKind(
            "gas-register-frozen",
            _("Gas register stands still"),
            (),
            _("Gas flows and the register does not move; wakes and mirror are as usual."),
            _("Prove it with a burner; exchange the meter."),
            _METERS,
            _at_any(_frozen),
            left,
        ),
        FaultKind(
            "gas-meter-backwards",
            _("Gas meter fitted the wrong way round"),
            (),
            _("The register does not move while gas flows, and the meter logs reverse flow (0x81B6)."),
            _("Make safe; fit it the right way round; test for tightness."),
            _METERS,
            _at_any(_backwards),
            left,
        ),
        FaultKind(
            "gas-leak",
            _("Gas flows with every appliance off"),
            (),
            _("An armed supply is opened, tested, and closed again: 0x81BF, uncontrolled flow; it stays armed."),
            _("Make safe, ring 0800 111 999; find the open tap or the leak before trying again."),
            _METERS,
            _leak(LEAK_LH),
            amount=Amount(_("l an hour"), LEAK_LH, 1, 6_000, _leak),
        ),
        FaultKind(
            "wrong-mprn",
            _("Gas meter holds another home's MPRN"),
            ("F-20",),
            _("The MPRN in the meter, and in the mirror, is not that of the address and the job."),
            _("Compare meter, job and label; have the right one written (GCS41)."),
            _METERS,
            at_device(GasMeter, _wrong_mprn),
        ),
    )


def _of_battery() -> tuple[FaultKind, ...]:
    return (
        FaultKind(
            "low-battery",
            _("Battery of the gas meter low"),
            ("F-48",),
            _("The meter logs 0x8F1F; some four months are left, and a day less each day."),
            _("Plan an exchange within the days that are left."),
            _METERS,
            _battery(LOW_DAYS),
            _("The log entries; a new battery is logged (0x8F82)."),
            Amount(_("days"), LOW_DAYS, 1, 180, _battery),
        ),
        FaultKind(
            "battery-flat",
            _("Battery of the gas meter flat"),
            ("F-48", "F-11"),
            _("The radio does not wake at all, the mirror grows old, and the battery reads 0 days; gas flows on."),
            _("Exchange the battery, or the meter."),
            _METERS,
            replace(_battery(0), fits=_has_radio),
            _("A new battery is logged (0x8F82)."),
        ),
        FaultKind(
            "misses-wakes",
            _("Gas meter misses wakes"),
            ("F-12", "F-48"),
            _(
                "Two wakes out of three are missed: the mirror is up to hours old, then fresh again; 0x8F29 after "
                "three in a row."
            ),
            _("Watch the trend of missed wakes; check battery and signal before anything is exchanged."),
            _METERS,
            flag("misses-wakes", _on_han),
        ),
    )


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
            flag("stuck-valve", _has_valve),
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
        *_of_battery(),
        *_of_volume(),
    )
