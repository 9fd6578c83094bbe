"""A seeded pair of flats, crossed or not: what else runs in them, the load, the registers, the engineer's slowness."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hht.clock import ManualClock
from hht.model.consumer import ApplianceShape, Consumer
from hht.model.electricity_meter import ElectricityMeter
from hht.model.premises import Premises, bring_to_life, read_premises, with_faults
from hht.work.load_step import Reading, Scales, Turn, Verdict, Weighed, both, turn_s
from hht.work.load_watch import COUNTS, MOST_TURNS, REST_EXTRA

LOAD = "test-load"
# name, W, seconds on, seconds off: as a box tells them; one and the same appliance differs by a half
CYCLES = (
    ("fridge", 110, 400, 1100),
    ("freezer", 150, 600, 1800),
    ("oven", 2200, 25, 45),
    ("hob", 1800, 8, 14),
    ("washing-machine", 2000, 240, 500),
    ("kettle", 2800, 150, 1500),
    ("shower", 8500, 300, 2400),
    ("heat-pump", 1400, 500, 700),
    ("heater", 1500, 120, 180),
    ("microwave", 1250, 12, 18),
    ("pump", 65, 90, 200),
    ("iron", 2400, 12, 35),
)
RESOLUTIONS = (1.0, 1.0, 10.0, 1000 / 800, 1000 / 500, 1000 / 3200)  # Wh: registers, and flashes of three kinds


@dataclass(frozen=True)
class Case:
    """One of them, by its seed. `told_w`: what the plate says; `drawn_w`: what it draws at the voltage there."""

    seed: int
    crossed: bool
    told_w: int
    drawn_w: int
    resolution_wh: float
    looked_s: float
    ours: tuple[tuple[str, int, float, float], ...]
    theirs: tuple[tuple[str, int, float, float], ...]
    slips: bool  # a thermostat cuts out once, and nobody notices
    hour: int

    @classmethod
    def of(cls, seed: int, *, crossed: bool) -> Case:
        """The case of a seed."""
        chance = random.Random(f"crossed {seed} {crossed}")
        told = chance.choice((500, 600, 750, 1000, 1500, 2000, 2500, 3000))
        drawn = max(500, round(told * chance.uniform(0.84, 1.12)))
        return cls(
            seed,
            crossed,
            told,
            drawn,
            chance.choice(RESOLUTIONS),
            chance.uniform(2, 7),
            _running(chance, 2),  # the people whose home it is were asked to leave things alone; not all can be
            _running(chance, 4),
            chance.random() < 0.05,
            chance.randrange(8, 20),
        )


def _running(chance: random.Random, most: int) -> tuple[tuple[str, int, float, float], ...]:
    picked = chance.sample(CYCLES, chance.randint(0, most))
    return tuple(
        (name, round(watts * chance.uniform(0.6, 1.4)), on * chance.uniform(0.6, 1.5), off * chance.uniform(0.6, 1.5))
        for name, watts, on, off in picked
    )


class Flats:
    """The two flats of the premises "two-flats", with what runs in them, on a clock of their own."""

    def __init__(self, case: Case) -> None:
        self.case, self.chance = case, random.Random(f"flats {case.seed}")
        self.clock = ManualClock(datetime(2026, 11, 21, case.hour, 12, 33, tzinfo=UTC))
        plan = with_faults(read_premises("two-flats"), ["crossed-meters"] if case.crossed else [])
        self.home: Premises = bring_to_life(plan, clock=self.clock, seed=case.seed, days=1)
        self.ours, self.theirs = self.home.of(ElectricityMeter)[:2]
        run(self.home, self.ours.consumer, case.ours, self.chance)
        run(self.home, self.theirs.consumer, case.theirs, self.chance)
        self.ours.consumer.plug(ApplianceShape(LOAD, case.drawn_w, on=False))

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.advance(seconds)
        self.home.site.catch_up()

    def switch(self, on: bool) -> None:
        """The engineer plugs the load in, or pulls it out; his word for it comes some seconds later."""
        self.ours.consumer.use(LOAD, on)
        self.wait(self.chance.uniform(0.5, 6))


def run(
    home: Premises, consumer: Consumer, appliances: tuple[tuple[str, int, float, float], ...], chance: random.Random
) -> None:
    """Let appliances cycle in a flat, from somewhere within their cycle."""
    for name, watts, on_s, off_s in appliances:
        consumer.plug(ApplianceShape(name, watts, on=False))
        _cycle(home, consumer, name, chance, (on_s, off_s), False, chance.uniform(0, off_s))


def _cycle(
    home: Premises,
    consumer: Consumer,
    name: str,
    chance: random.Random,
    lasts: tuple[float, float],
    on: bool,
    after_s: float,
) -> None:
    def turn() -> None:
        consumer.change(lambda: setattr(consumer.appliance(name), "on", not on))
        _cycle(home, consumer, name, chance, lasts, not on, chance.uniform(0.7, 1.3) * lasts[on])

    home.site.agenda.after(round(after_s * 1000) + 1, turn)


def counted_wh(meter: ElectricityMeter, resolution_wh: float) -> float:
    """What its register shows, or how far its flashes have come."""
    meter.catch_up()
    fine_wh = meter.measurement.channels[0].import_mws / 3_600_000
    return fine_wh // resolution_wh * resolution_wh


def turn_of(flats: Flats, meter: ElectricityMeter, on: bool, lasts_s: float, *, by_eye: bool) -> Turn:
    """One turn, watched at one meter: by a probe, or by counting its flashes from the beginning to the end."""
    case, found = flats.case, list[Reading]()
    flats.switch(on)
    begun = flats.clock.now()
    while True:
        at = flats.clock.now()
        found.append(Reading(float(int(at.timestamp())), counted_wh(meter, case.resolution_wh)))
        if at - begun >= timedelta(seconds=lasts_s):
            return Turn(on, tuple(found))
        if on and case.slips and len(found) == 4:
            flats.ours.consumer.use(LOAD, False)
            flats.wait(case.looked_s)
            flats.ours.consumer.use(LOAD, True)
        flats.wait(lasts_s / COUNTS if by_eye else case.looked_s * flats.chance.uniform(0.8, 1.4))


def watched(flats: Flats, meter: Callable[[Flats], ElectricityMeter], *, by_eye: bool = False) -> Weighed:
    """The watch at one meter, turn after turn as the walkthrough asks for them, until it is decided or there were as
    many turns as there may be."""
    lasts_s = turn_s(flats.case.told_w, flats.case.resolution_wh)
    scales = Scales(flats.case.told_w, flats.case.resolution_wh)
    weighed = scales.weighed()
    for number in range(MOST_TURNS):
        longer = REST_EXTRA[number % len(REST_EXTRA)]
        scales.add(turn_of(flats, meter(flats), bool(number % 2), lasts_s * longer, by_eye=by_eye))
        weighed = scales.weighed()
        if weighed.decided:
            break
    return weighed


def played(case: Case, *, beside: bool = True) -> tuple[Verdict, Weighed, Weighed | None]:
    """The verdict as the walkthrough comes to it: where the customer's meter counts the load, nobody looks at another;
    else the neighbour's flashes are counted by eye, for no probe goes on a neighbour's meter."""
    flats = Flats(case)
    own = watched(flats, lambda at: at.ours)
    if not beside or own.verdict is Verdict.THIS_METER:
        return both(own, None), own, None
    other = watched(flats, lambda at: at.theirs, by_eye=True)
    return both(own, other), own, other
