"""Power events: the supply as a whole, or one phase of three, interrupted and restored (factbook 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.model.alert_codes import AlertCode

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter

_LONG_OUTAGE_MS = 180_000  # from three minutes on (factbook 5.2: 0x8F36)


class Outages:
    """What one meter notes of its mains. `mains_changed` is called when they are others."""

    def __init__(self, meter: ElectricityMeter) -> None:
        self._meter = meter
        self._began_ms: dict[int, int] = {}
        self._live = list(meter.mains.live)

    def mains_changed(self) -> None:
        """Note what has gone or come back."""
        live = self._meter.mains.live
        if any(live) == any(self._live) and live != self._live:
            for phase, (now, before) in enumerate(zip(live, self._live, strict=True), start=1):
                if now != before:
                    self._note(now, phase)
        elif any(live) != any(self._live):
            self._note(any(live), 0)
        self._live = list(live)

    def _note(self, live: bool, phase: int) -> None:
        """`phase` 1 to 3, or 0 for all. Alert codes stand in the order of the phases."""
        now_ms = self._meter.site.agenda.now_ms
        if not live:
            self._began_ms[phase] = now_ms
            self._meter.alert(AlertCode(AlertCode.SUPPLY_INTERRUPTED + phase))
            return
        lasted_ms = now_ms - self._began_ms.pop(phase, self._began_ms.get(0, now_ms))
        long = lasted_ms >= _LONG_OUTAGE_MS
        self._meter.alert(AlertCode(AlertCode.SUPPLY_OUTAGE_RESTORED + 2 * phase + long), f"{lasted_ms // 1000} s")
