"""What happens in a run, drawn from its seed alone."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from tests.soak.faults import KINDS, FaultKind

WAYS = ("probe",) * 10 + ("tcp",) * 4 + ("rfc2217",) * 3 + ("ble",) * 3
COUNTS = (1,) * 6 + (2,) * 3 + (3,)
VISIT_S = 13.0  # a visit without faults takes 11 s by the probe
POINTS = 75  # a visit's journal has that many places at which something may strike
AIMED, LASTING = 0.5, 0.2  # how many strike just after such a place, and how many last until they are mended


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault: after `at_s` seconds of the visit, or `after_s` seconds after the journal's place number `point`."""

    kind: FaultKind
    at_s: float
    point: int | None
    after_s: float
    lasts_s: float  # inf: until it is mended

    def __str__(self) -> str:
        when = f"at {self.at_s:.3f} s" if self.point is None else f"{self.after_s:.3f} s after place {self.point}"
        return f"{self.kind.name} {when}, for {self.lasts_s:.3g} s"


@dataclass(frozen=True, slots=True)
class Plan:
    """A run. `pause_s`: how long the engineer waits before the visit is taken up again."""

    seed: int
    way: str
    strikes: tuple[Strike, ...]
    pause_s: float


def plan(seed: int) -> Plan:
    """The run with that seed."""
    rng = random.Random(f"plan {seed}")
    way = rng.choice(WAYS)
    kinds = [kind for kind in KINDS if way in kind.ways]
    chosen = rng.sample(kinds, rng.choice(COUNTS))
    return Plan(seed, way, tuple(_strike(kind, rng) for kind in chosen), rng.choice((0.0, 1.0, 130.0)))


def _strike(kind: FaultKind, rng: random.Random) -> Strike:
    least, most = kind.lasts
    lasts_s = math.inf if rng.random() < LASTING else math.exp(rng.uniform(math.log(least), math.log(most)))
    point = rng.randrange(POINTS) if rng.random() < AIMED else None
    return Strike(kind, rng.uniform(0.0, VISIT_S), point, rng.choice((0.0, rng.uniform(0.0, 0.5))), lasts_s)
