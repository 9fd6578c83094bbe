"""What stands behind an electricity meter and draws: a household by the half-hour, and appliances that are switched.

Power is constant between two moments at which something changes; so energy is exact, in whole milliwatt-seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hht.model.agenda import HALF_HOUR_MS, HOUR_MS, Appointment
from hht.model.household import Household, HouseholdShape
from hht.model.site import Site


@dataclass(frozen=True, slots=True)
class ApplianceShape:
    """A load that is on or off. `channel`: element or phase, from 0. `switch`: the auxiliary load switch (1 to 5) that
    feeds it, 0 when it hangs on the ordinary circuits. `daily_wh`: full for the day after so much, 0 for never."""

    name: str
    power_w: int
    channel: int = 0
    switch: int = 0
    daily_wh: int = 0
    on: bool = True


class Appliance:
    """One appliance. It draws while it is on, its switch (if any) is closed, and it is not full."""

    def __init__(self, shape: ApplianceShape) -> None:
        self.shape = shape
        self.on = shape.on
        self.switch_closed = shape.switch == 0
        self.room_mws = shape.daily_wh * HOUR_MS  # what it still takes today, mW s
        self.full: Appointment | None = None  # when it will be full

    @property
    def draws(self) -> bool:
        """Whether it would draw where there is a supply."""
        return self.on and self.switch_closed and (self.shape.daily_wh == 0 or self.room_mws > 0)


class Consumer:
    """The installation behind one meter. `shares`: thousandths of the household on each of its elements or phases.

    Before anything changes the meter is told, and after it: it counts energy up to now, and then takes the new
    `import_w` and `export_w`. `supplied` says whether a channel has a supply: without one nothing flows.
    """

    def __init__(
        self,
        site: Site,
        shape: HouseholdShape,
        seed: int,
        *,
        shares: tuple[int, ...] = (1000,),
        appliances: tuple[ApplianceShape, ...] = (),
    ) -> None:
        self.site = site
        self.shares = shares
        self.appliances = [Appliance(appliance) for appliance in appliances]
        self.supplied = [True] * len(shares)
        self.import_w = [0] * len(shares)
        self.export_w = [0] * len(shares)
        self.supply_changed: list[Callable[[], None]] = []  # told when `supplied` is another
        self._before: Callable[[], None] = _nothing
        self._after: Callable[[], None] = _nothing
        agenda = site.agenda
        index = agenda.now_ms // HALF_HOUR_MS
        sun_seed = site.chance(shape.sun_of) if shape.sun_of else seed
        self._feed = Household(shape, seed, sun_seed).half_hours(index, 1 << 40)
        self._now = next(self._feed)  # Wh imported and exported in this half-hour, without appliances
        self._simple = len(shares) == 1 and not self.appliances
        self._counted_ms = agenda.now_ms
        agenda.every(HALF_HOUR_MS, self._half_hour, first_ms=(index + 1) * HALF_HOUR_MS)
        self._balance()

    @property
    def household_w(self) -> int:
        """What the household without appliances imports now, W."""
        return self._now[0] * 2

    def attach(self, before: Callable[[], None], after: Callable[[], None]) -> None:
        """Let a meter measure: see the class."""
        self._before, self._after = before, after
        self._after()

    def detach(self) -> None:
        """No meter measures it any more."""
        self._before = self._after = _nothing

    def appliance(self, name: str) -> Appliance:
        """The appliance called `name`. Raises KeyError."""
        for one in self.appliances:
            if one.shape.name == name:
                return one
        raise KeyError(name)

    def use(self, name: str, on: bool) -> None:
        """Somebody turns an appliance on or off."""
        appliance = self.appliance(name)
        if appliance.on != on:
            self.change(lambda: setattr(appliance, "on", on))
            self.site.tell(name, "turned on" if on else "turned off", "somebody at home")

    def plug(self, shape: ApplianceShape) -> None:
        """Bring another appliance into the house (a kettle for a load-step test)."""
        self._simple = False
        self.change(lambda: self.appliances.append(Appliance(shape)))

    def switch(self, number: int, closed: bool) -> None:
        """Auxiliary load switch `number` has closed or opened."""

        def act() -> None:
            for appliance in self.appliances:
                if appliance.shape.switch == number:
                    appliance.switch_closed = closed

        self.change(act)

    def supply(self, supplied: list[bool]) -> None:
        """The meter's contactor or the street: which channels have a supply now."""
        if supplied != self.supplied:
            self.change(lambda: setattr(self, "supplied", list(supplied)))
            for listener in self.supply_changed:
                listener()

    def change(self, act: Callable[[], None]) -> None:
        """Count up to now, do `act`, and let the new powers hold from here."""
        self.site.catch_up()
        self._before()
        self._count_charge()
        act()
        self._balance()
        self._after()

    def _half_hour(self) -> None:
        self._before()
        if not self._simple:
            self._count_charge()
            if self.site.agenda.now_ms % (24 * HOUR_MS) == 12 * HOUR_MS:  # what was stored is used by noon
                for appliance in self.appliances:
                    appliance.room_mws = appliance.shape.daily_wh * HOUR_MS
        self._now = next(self._feed)
        self._balance()
        self._after()

    def _balance(self) -> None:
        imported, exported = self._now[0] * 2, self._now[1] * 2
        if self._simple:
            supplied = self.supplied[0]
            self.import_w[0], self.export_w[0] = (imported, exported) if supplied else (0, 0)
            return
        for channel, share in enumerate(self.shares):
            net = (imported - exported) * share // 1000 if len(self.shares) > 1 else 0
            into, out = (imported, exported) if len(self.shares) == 1 else (max(net, 0), max(-net, 0))
            load = sum(one.shape.power_w for one in self.appliances if one.draws and one.shape.channel == channel)
            met = min(load, out)
            into, out = into + load - met, out - met
            self.import_w[channel], self.export_w[channel] = (into, out) if self.supplied[channel] else (0, 0)
        self._watch_charge()

    # --- appliances that fill up -----------------------------------------------------------------------------------

    def _count_charge(self) -> None:
        elapsed = self.site.agenda.now_ms - self._counted_ms
        self._counted_ms = self.site.agenda.now_ms
        for one in self.appliances:
            if one.shape.daily_wh and one.draws and self.supplied[one.shape.channel]:
                one.room_mws = max(0, one.room_mws - one.shape.power_w * elapsed)

    def _watch_charge(self) -> None:
        self._counted_ms = self.site.agenda.now_ms
        for one in self.appliances:
            if one.full is not None:
                one.full.cancel()
            if one.shape.daily_wh and one.draws and one.room_mws and self.supplied[one.shape.channel]:
                left_ms = -(-one.room_mws // one.shape.power_w)
                one.full = self.site.agenda.after(left_ms, lambda: self.change(_nothing))


def _nothing() -> None:
    """No meter is attached, or nothing but the time changes."""
