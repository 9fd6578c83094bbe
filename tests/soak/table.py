"""What many runs came to: faults against ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.soak.run import Report

COMPLETE, NONE = "complete", "(nothing struck)"


@dataclass(slots=True)
class Totals:
    """Counts over many runs. `cells`: by fault and first end; `defects`: (seed, what)."""

    runs: int = 0
    struck: int = 0
    terminals: int = 0
    seconds: float = 0.0  # virtual
    cells: Counter[tuple[str, str]] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    defects: list[tuple[int, str]] = field(default_factory=list)

    def add(self, report: Report) -> None:
        """One run more."""
        self.runs += 1
        self.struck += bool(report.struck)
        self.terminals += len(report.ends)
        self.seconds += report.seconds
        self.ways[report.plan.way] += 1
        for name in dict.fromkeys(report.struck) or [NONE]:
            self.cells[name, report.first] += 1
        self.defects += [(report.plan.seed, what) for what in report.defects]

    def merge(self, other: Totals) -> None:
        """Those of another process."""
        self.runs += other.runs
        self.struck += other.struck
        self.terminals += other.terminals
        self.seconds += other.seconds
        self.cells += other.cells
        self.ways += other.ways
        self.defects += other.defects

    def lines(self) -> Iterator[str]:
        """For people: each fault with how often the visit went on through it, and with what it ended otherwise."""
        names = sorted({name for name, _end in self.cells}, key=lambda name: (name == NONE, name))
        yield f"{'fault':<26} {'runs':>6} {'through':>8}  ended with"
        for name in names:
            ends = {end: count for (fault, end), count in self.cells.items() if fault == name}
            others = sorted((end for end in ends if end != COMPLETE), key=lambda end: (-ends[end], end))
            told = ", ".join(f"{end} {ends[end]}" for end in others)
            yield f"{name:<26} {sum(ends.values()):>6} {ends.get(COMPLETE, 0):>8}  {told}"
        ways = ", ".join(f"{way} {count}" for way, count in sorted(self.ways.items()))
        yield f"{self.runs} runs ({ways}), {self.struck} of them struck, {self.terminals} terminals, "
        yield f"{self.seconds / 3600:.0f} hours of virtual time, {len(self.defects)} defects"
        yield from (f"seed {seed}: {what}" for seed, what in sorted(self.defects))


def totals_of(reports: Iterable[Report]) -> Totals:
    """All of them."""
    totals = Totals()
    for report in reports:
        totals.add(report)
    return totals
