"""Faults of the clocks in meters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.agenda import DAY_MS
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.faults.kind import Amount, Effect, FaultKind, Undo, at_device
from hht.model.gas_meter import GasMeter
from hht.model.meter_clock import TimeStatus

if TYPE_CHECKING:
    from hht.model.premises import Premises

ADRIFT_S = -11_520  # 3 h 12 min slow
YEAR_S = 365 * 86_400
GAIN_S = 52  # a day
DAY_S = 86_400
_STATUSES = {"clock-invalid": TimeStatus.INVALID, "clock-unreliable": TimeStatus.UNRELIABLE}
_METERS = frozenset({DeviceKind.ESME, DeviceKind.GSME})


def _adrift(by_s: int) -> Effect:
    def begin(_premises: Premises, device: Device) -> Undo:
        meter = _meter(device)
        clock = meter.clock
        clock.adjust(clock.adrift_ms / 1000 + by_s)
        meter.clock_disturbed()
        times_set = clock.times_set

        def undo() -> None:
            if clock.times_set == times_set:  # else somebody has put it right
                clock.adjust(clock.adrift_ms / 1000 - by_s)
                meter.clock_disturbed()

        return undo

    return at_device(Device, begin, _has_clock)


def _fast(seconds_a_day: int) -> Effect:
    def begin(_premises: Premises, device: Device) -> Undo:
        meter = _meter(device)

        def run(gain_ppm: float) -> None:
            meter.clock.adjust(meter.clock.adrift_ms / 1000, gain_ppm=gain_ppm)
            meter.clock_disturbed()

        run(seconds_a_day * 1_000_000 / DAY_S)
        return lambda: run(0)

    return at_device(Device, begin, _has_clock)


def _date_bug(premises: Premises, device: Device) -> Undo:
    """At each midnight the date is read wrongly: it is a year ago."""
    meter, agenda = _meter(device), premises.site.agenda

    def misread() -> None:
        meter.clock.adjust(meter.clock.adrift_ms / 1000 - YEAR_S)
        meter.clock_disturbed()

    return agenda.every(DAY_MS, misread, first_ms=(agenda.now_ms // DAY_MS + 1) * DAY_MS).cancel


def _status(name: str) -> Effect:
    def begin(_premises: Premises, device: Device) -> Undo:
        clock = _meter(device).clock
        before = TimeStatus.RELIABLE if device.faults & _STATUSES.keys() else clock.status
        clock.status = _STATUSES[name]
        device.faults.add(name)
        times_set = clock.times_set

        def undo() -> None:
            device.faults.discard(name)
            if clock.times_set == times_set:
                others = (status for flag, status in _STATUSES.items() if flag in device.faults)
                clock.status = next(others, before)

        return undo

    return at_device(Device, begin, _has_clock)


def _meter(device: Device) -> ElectricityMeter | GasMeter:
    if not isinstance(device, ElectricityMeter | GasMeter):
        raise TypeError(f"{device.name} has no clock of its own")
    return device


def _has_clock(_premises: Premises, device: Device) -> bool:
    return isinstance(device, ElectricityMeter | GasMeter)


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    return (
        FaultKind(
            "clock-adrift",
            _("Clock hours wrong"),
            ("F-29",),
            _("The clock reads 3 h 12 min slow: half-hours are missing, then come late; prices switch at wrong times."),
            _("Set the clock (within its tolerance), then check tariff and half-hours."),
            _METERS,
            _adrift(ADRIFT_S),
            _("What was captured and switched at wrong times stays."),
            Amount("s", ADRIFT_S, -10 * YEAR_S, 10 * YEAR_S, _adrift),
        ),
        FaultKind(
            "clock-runs-fast",
            _("Clock gains"),
            ("F-29",),
            _(
                "Set right, the clock is ahead again next day, by 52 s a day; Event Log shows one adjustment after "
                "another."
            ),
            _("Exchange the meter; setting the clock does not last."),
            _METERS,
            _fast(GAIN_S),
            _("The clock stays ahead by what it has gained, until it is set."),
            Amount(_("s a day"), GAIN_S, -3_600, 3_600, _fast),
        ),
        FaultKind(
            "date-bug",
            _("Date read wrongly at midnight"),
            ("F-29",),
            _("Set right, the clock is a year behind after the next midnight; from then on no half-hour is captured."),
            _("Set the clock each day until the firmware is corrected; look for others of the model."),
            _METERS,
            at_device(Device, _date_bug, _has_clock),
            _("The clock stays as wrong as it is, until it is set."),
        ),
        FaultKind(
            "clock-invalid",
            _("Clock invalid"),
            ("F-29",),
            _("Device Time Status is Invalid, and each half-hour is captured with status 1."),
            _("Set the clock: its status becomes Reliable."),
            _METERS,
            _status("clock-invalid"),
            _("Half-hours that were captured meanwhile keep their status."),
        ),
        FaultKind(
            "clock-unreliable",
            _("Clock unreliable until there is WAN"),
            ("F-30",),
            _(
                "Device Time Status is Unreliable, and each half-hour is captured with status 2, though the time "
                "looks right."
            ),
            _("Wait for the WAN, or have the clock set; it is then Reliable."),
            _METERS,
            _status("clock-unreliable"),
            _("Half-hours that were captured meanwhile keep their status."),
        ),
    )
