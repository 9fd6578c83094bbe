"""Covers, magnets and tilt: what a meter notices, and whether it cuts the supply for it (Supply Tamper State)."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.model.alert_codes import AlertCode

if TYPE_CHECKING:
    from hht.model.device import Device


class Tamper(enum.StrEnum):
    """What can be done to a meter."""

    TERMINAL_COVER = "terminal cover"
    SECOND_TERMINAL_COVER = "second terminal cover"
    METER_COVER = "meter cover"
    BATTERY_COVER = "battery cover"
    MAGNET = "strong magnetic field"
    TILT = "tilt"
    OTHER = "other tampering"


_BEGINS = {
    Tamper.TERMINAL_COVER: AlertCode.TERMINAL_COVER_REMOVED,
    Tamper.SECOND_TERMINAL_COVER: AlertCode.SECOND_TERMINAL_COVER_REMOVED,
    Tamper.METER_COVER: AlertCode.METER_COVER_REMOVED,
    Tamper.BATTERY_COVER: AlertCode.BATTERY_COVER_REMOVED,
    Tamper.MAGNET: AlertCode.MAGNETIC_FIELD,
    Tamper.TILT: AlertCode.TILT,
    Tamper.OTHER: AlertCode.OTHER_TAMPER,
}
_ENDS = {
    Tamper.TERMINAL_COVER: AlertCode.TERMINAL_COVER_CLOSED,
    Tamper.SECOND_TERMINAL_COVER: AlertCode.TERMINAL_COVER_CLOSED,
    Tamper.METER_COVER: AlertCode.METER_COVER_CLOSED,
    Tamper.BATTERY_COVER: AlertCode.BATTERY_COVER_CLOSED,
    Tamper.MAGNET: AlertCode.MAGNETIC_FIELD_REMOVED,
    Tamper.TILT: AlertCode.TILT_ENDED,
}


class TamperInputs:
    """The tamper inputs of one meter. `locks` (Supply Tamper State "Locked"): `lock` is called when one trips."""

    def __init__(self, device: Device, lock: Callable[[str], None], *, locks: bool = False) -> None:
        self._device = device
        self._lock = lock
        self.locks = locks
        self.active: set[Tamper] = set()

    def begin(self, tamper: Tamper) -> None:
        """A cover comes off, a magnet comes near, somebody tilts the meter."""
        if tamper in self.active:
            return
        self.active.add(tamper)
        self._device.alert(_BEGINS[tamper])
        self._device.site.tell(self._device.name, tamper.value, "somebody at the meter")
        if self.locks:
            self._lock(tamper.value)
            self._device.alert(AlertCode.SUPPLY_LOCKED_AFTER_TAMPER, tamper.value)

    def end(self, tamper: Tamper) -> None:
        """The cover is on again, the magnet gone."""
        if tamper in self.active:
            self.active.discard(tamper)
            code = _ENDS.get(tamper)
            if code is not None:
                self._device.alert(code)
