"""Where a hub is fitted, what feeds it, what it holds in reserve, and what is noticed when somebody takes it off.

On the meter's hot-shoe or in a cradle it is fed from before the meter, so that it stays on when the meter's contactor
opens (CH-08). Alone (gas fitted first, or on a bench) it hangs on a socket behind the meter, if there is one. After
mains loss it saves its power for the outage alert: the HAN radio is off at once, the WAN is kept for that one message
(CH-12). What each mounting senses of a removal is our own reading; no text was found.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.model.agenda import MINUTE_MS, SECOND_MS
from hht.model.alert_codes import AlertCode
from hht.model.hub_port import PortFit, Tap, fit

if TYPE_CHECKING:
    from hht.model.communications_hub.hub import CommunicationsHub
    from hht.model.electricity_meter.meter import ElectricityMeter

OUTAGE_ALERT_MS = 3 * MINUTE_MS  # factbook 2.11: three minutes
USUAL_RESERVE_S = 300  # our own number: enough for the wait and for one message


class Mounting(enum.StrEnum):
    """How a hub is fitted. The values are what a premises file says."""

    HOT_SHOE = "hot-shoe"
    CRADLE = "cradle"
    ALONE = "alone"
    WIRED_PORT = "wired-port"
    MODULAR = "modular"


AT_A_PORT = (Mounting.WIRED_PORT, Mounting.MODULAR)  # of the meter's (`hht.model.hub_port`)
ON_THE_METER = (Mounting.HOT_SHOE, *AT_A_PORT)


class Feed(enum.StrEnum):
    """What feeds it, in words."""

    METER = "the meter's hot-shoe, before the contactor"
    CRADLE = "a cradle, from before the meter"
    PORT = "the meter's port, before the contactor"
    PORT_BEHIND = "the meter's port, behind the contactor"
    SOCKET = "a socket behind the meter"
    MAINS = "a supply of its own"


class HubPower:
    """The power of one hub. `meter`: which one it sits on, or hangs behind; `changed`: told after it came or went."""

    def __init__(
        self, hub: CommunicationsHub, mounting: Mounting, reserve_s: int = USUAL_RESERVE_S, *, fitted: bool = True
    ) -> None:
        self._hub = hub
        self.mounting = mounting
        self.reserve_s = reserve_s
        self.meter: ElectricityMeter | None = None
        self.port: PortFit | None = None  # how hub and meter go together, where it is fitted at a port
        self.fitted = fitted
        self.changed: list[Callable[[], None]] = []
        # since when it is fed; None while it is not
        self.since_ms: int | None = hub.site.agenda.now_ms if fitted else None
        self._lost_ms = 0
        self._charge_ms = self._capacity_ms  # for how long the reserve lasted when it was last looked at
        self._tampered = False  # while there was no power to tell it
        hub.mains.listen(lambda: None, self.weigh)

    def attach(self, meter: ElectricityMeter) -> None:
        """There is an electricity meter: the hub sits on it, or hangs on a socket behind it."""
        self.meter = meter
        if self.mounting in AT_A_PORT:
            modular = self.mounting is Mounting.MODULAR
            self.port = fit(meter.configuration.port, self._hub.configuration.port, modular=modular)
            self._tell_misfit()
        if self._behind:
            meter.consumer.supply_changed.append(self.weigh)
        self.weigh()

    def _tell_misfit(self) -> None:
        for problem in self.port.problems if self.port is not None else ():
            self._hub.site.tell(self._hub.name, f"does not go with the port of {self.meter_name}", problem)

    @property
    def meter_name(self) -> str:
        """The meter it sits on or hangs behind; "" where there is none."""
        return "" if self.meter is None else self.meter.name

    @property
    def _behind(self) -> bool:
        """Whether a contactor that opens takes its power."""
        if self.port is not None:
            return self.port.tap is Tap.LOAD_SIDE
        return self.mounting is Mounting.ALONE and self.meter is not None

    @property
    def feed(self) -> Feed:
        """What feeds it."""
        if self.mounting is Mounting.CRADLE:
            return Feed.CRADLE
        if self.mounting is Mounting.HOT_SHOE:
            return Feed.METER
        if self.port is not None:
            return Feed.PORT_BEHIND if self._behind else Feed.PORT
        return Feed.MAINS if self.meter is None else Feed.SOCKET

    @property
    def fed(self) -> bool:
        """Whether there is power now (what it holds in reserve is not counted)."""
        return self.since_ms is not None

    @property
    def lasts_ms(self) -> int:
        """For how long the reserve lasts, from when the power was lost, or is lost now. It charges as fast as it
        empties; a worn one ("reserve-worn" among the hub's faults) holds nothing."""
        if self.since_ms is None:
            return self._charge_ms
        charged = self._charge_ms + self._hub.site.agenda.now_ms - self.since_ms
        return min(self._capacity_ms, charged)

    @property
    def _capacity_ms(self) -> int:
        return 0 if "reserve-worn" in self._hub.faults else self.reserve_s * SECOND_MS

    def weigh(self) -> None:
        """Something that feeds it has changed."""
        meter = self.meter if self._behind else None
        live = any(self._hub.mains.live) if meter is None else any(meter.consumer.supplied)
        fits = self.port is None or not self.port.power
        fed, now_ms = self.fitted and live and fits, self._hub.site.agenda.now_ms
        if fed == self.fed:
            return
        if fed:
            self._charge_ms = max(0, self._charge_ms - (now_ms - self._lost_ms))
            self.since_ms = now_ms
        else:
            self._charge_ms, self._lost_ms = self.lasts_ms, now_ms
            self.since_ms = None
        for listener in self.changed:
            listener()
        if fed and self._tampered:
            self.open_case()

    # --- somebody at the box ---------------------------------------------------------------------------------------

    def remove(self) -> None:
        """Somebody takes the hub off. What it sits on notices: the meter, in a cradle the hub itself; alone, nobody."""
        self._hub.site.catch_up()
        if not self.fitted:
            return
        self._hub.site.tell(self._hub.name, "taken off", f"from {self.mounting.value}")
        if self.mounting is Mounting.CRADLE and self.fed and self.lasts_ms:
            self._hub.alert(AlertCode.TAMPER_DETECTED, "taken out of its cradle")
        self.fitted = False
        self.weigh()
        self.tell_meter(fitted=False)

    def fit(self) -> None:
        """Somebody puts it back."""
        self._hub.site.catch_up()
        if self.fitted:
            return
        self.fitted = True
        self._hub.site.tell(self._hub.name, "fitted", self.mounting.value)
        self.weigh()
        self.tell_meter(fitted=True)

    def tell_meter(self, *, fitted: bool) -> None:
        """A meter notices what is put on its hot-shoe or its port, or taken off."""
        if self.mounting in ON_THE_METER and self.meter is not None:
            code = AlertCode.COMMUNICATIONS_HUB_CONNECTED if fitted else AlertCode.COMMUNICATIONS_HUB_DISCONNECTED
            self.meter.alert(code)

    def open_case(self) -> None:
        """Somebody opens the box: told at once, or, without power, when there is some again."""
        self._hub.site.catch_up()
        self._tampered = not self.fed
        if self.fed:
            self._hub.site.tell(self._hub.name, "case opened", "somebody at the hub")
            self._hub.alert(AlertCode.TAMPER_DETECTED, "case")
