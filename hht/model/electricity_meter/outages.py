"""Power events: the supply as a whole, or one phase of three, interrupted and restored (factbook 5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.model.alert_codes import AlertCode

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter

_LONG_OUTAGE_MS = 180_000  # from three minutes on (factbook 5.2: 0x8F36)


@dataclass(frozen=True, slots=True)
class Outage:
    """One that is over: from when to when, true time, ms."""

    began_ms: int
    ended_ms: int


class Outages:
    """What one meter notes of its mains. `mains_changed` is called when they are others. Phases that went with the
    whole supply have no code of their own: they come back with it, or later by their own code, with all that time."""

    def __init__(self, meter: ElectricityMeter) -> None:
        self._meter = meter
        self._began_ms: dict[int, int] = {}
        self._with_all: set[int] = set()  # phases whose going was told as that of the whole supply, while it is off
        self._live = list(meter.mains.live)

    def mains_changed(self) -> None:
        """Note what has gone or come back: the whole first."""
        live, before = list(self._meter.mains.live), self._live
        self._live = live
        moved = [phase for phase, (now, then) in enumerate(zip(live, before, strict=True), start=1) if now != then]
        if any(live) == any(before):
            for phase in moved:
                self._note(live[phase - 1], phase)
            return
        self._note(any(live), 0)
        if any(live):
            for phase in moved:
                if phase not in self._with_all:
                    self._note(True, phase)
            self._with_all.clear()
        else:
            self._with_all = set(moved)
            self._began_ms.update(dict.fromkeys(moved, self._began_ms[0]))

    def _note(self, live: bool, phase: int) -> None:
        """`phase` 1 to 3, or 0 for all. Alert codes stand in the order of the phases."""
        now_ms = self._meter.site.agenda.now_ms
        if not live:
            self._began_ms[phase] = now_ms
            self._meter.alert(AlertCode(AlertCode.SUPPLY_INTERRUPTED + phase))
            return
        outage = Outage(self._began_ms.pop(phase, now_ms), now_ms)
        lasted_ms = outage.ended_ms - outage.began_ms
        long = lasted_ms >= _LONG_OUTAGE_MS
        code = AlertCode(AlertCode.SUPPLY_OUTAGE_RESTORED + 2 * phase + long)
        self._meter.alert(code, f"{lasted_ms // 1000} s", outage)
