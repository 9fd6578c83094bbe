"""`make bench-model`: what living costs a premises. In CPU seconds, so that a busy machine disturbs little.

- thirteen months of half-hours for a dual-fuel premises (bar: 1 s)
- 1,000 premises for one day with load control, in one process (bar: 10 s), and that the cost is linear in both
- an idle premises at real time (bar: 1 % of a core)
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from hht.clock import ManualClock
from hht.model.premises import bring_to_life, read_premises
from hht.model.premises_plan import PremisesPlan

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
HISTORY_BAR_S, STREET_BAR_S, IDLE_BAR = 1.0, 10.0, 0.01
DUAL_FUEL, LOAD_CONTROL = "dual-fuel", "storage-heaters"
LINEAR_WITHIN = 1.5  # the dearest unit of a curve over its cheapest


def cpu(work: Callable[[], object], *, times: int = 1) -> float:
    """CPU seconds of `work`, the best of so many."""
    best = float("inf")
    for _attempt in range(times):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def history(plan: PremisesPlan, days: int) -> float:
    """CPU seconds to live through `days`."""
    return cpu(lambda: bring_to_life(plan, clock=ManualClock(START), days=days), times=3)


def street(plan: PremisesPlan, homes: int, days: int = 1) -> float:
    """CPU seconds for so many premises, each with chance of its own, to live through `days`."""

    def work() -> None:
        for number in range(homes):
            bring_to_life(plan, clock=ManualClock(START), seed=number, days=days)

    return cpu(work)


def idle(plan: PremisesPlan) -> float:
    """Share of a core that a premises takes at real time while nobody asks it more than once a second."""
    clock = ManualClock(START)
    premises = bring_to_life(plan, clock=clock, days=1)
    seconds = 6 * 3600

    def work() -> None:
        for _second in range(seconds):
            clock.advance(1)
            premises.site.catch_up()

    return cpu(work) / seconds


def curve(title: str, unit: str, points: list[int], cost: Callable[[int], float]) -> bool:
    """Print a curve; whether its dearest unit costs at most `LINEAR_WITHIN` times its cheapest."""
    print(f"\n{title}")
    each: list[float] = []
    for point in points:
        spent = cost(point)
        each.append(spent / point)
        bar = "#" * round(40 * each[-1] / each[0])
        print(f"  {point:>6} {unit:10} {spent:8.3f} s  {1e6 * each[-1]:9.0f} us each  {bar}")
    return max(each) / min(each) <= LINEAR_WITHIN


def verdict(what: str, figure: str, held: bool) -> bool:
    """Print one line."""
    print(f"{'held  ' if held else 'MISSED'} {what}: {figure}")
    return held


def main() -> int:
    """Measure, print, and return 1 when a bar is missed."""
    plan, controlled = read_premises(DUAL_FUEL), read_premises(LOAD_CONTROL)
    year = history(plan, 396)
    thousand = street(controlled, 1000)
    share = idle(plan)
    in_time = curve("cost in time, one premises", "days", [50, 100, 200, 396], lambda days: history(plan, days))
    in_homes = curve(
        "cost in premises, one day", "premises", [50, 100, 200, 400], lambda homes: street(controlled, homes)
    )
    print()
    held = [
        verdict("13 months, dual fuel", f"{year:.3f} s of {HISTORY_BAR_S} s", year <= HISTORY_BAR_S),
        verdict("1,000 premises, one day", f"{thousand:.2f} s of {STREET_BAR_S} s", thousand <= STREET_BAR_S),
        verdict("idle at real time", f"{100 * share:.3f} % of a core (bar {100 * IDLE_BAR} %)", share <= IDLE_BAR),
        verdict("linear in time", f"within {LINEAR_WITHIN}", in_time),
        verdict("linear in premises", f"within {LINEAR_WITHIN}", in_homes),
    ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
