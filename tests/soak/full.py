"""``python -m tests.soak.full``: 10,000 visits, then every test of the long runs; one table of figures at the end."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import pytest

from tests.soak.__main__ import RUNS
from tests.soak.many import many
from tests.soak.place import SCRATCH_IN
from tests.soak.table import Totals

_TIMEOUT_S: Final = 14_400  # of one test: those that kill a thousand terminals take long


@dataclass(slots=True)
class Row:
    """What one test came to, over all of its cases."""

    cases: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0


@dataclass(eq=False)  # pytest holds its plugins in sets
class Figures:
    """A pytest plugin that counts: by test, without the parameters of its cases."""

    rows: dict[str, Row] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A phase of one case: set up, called, torn down."""
        row = self.rows.setdefault(report.nodeid.partition("[")[0], Row())
        row.seconds += report.duration
        row.failed += report.failed
        row.skipped += report.skipped
        row.cases += report.when == "call" or (report.when == "setup" and not report.passed)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read has run none of its tests."""
        if report.failed:
            self.rows.setdefault(report.nodeid, Row()).failed += 1


def lines(visits: Totals, visits_s: float, figures: Figures) -> Iterator[str]:
    """The table: what was run, how often, what of it failed and was left out, and how long it took."""
    yield f"{'what':<100} {'cases':>7} {'failed':>7} {'skipped':>8} {'seconds':>8}"
    told = [("visits with faults drawn by seed", Row(visits.runs, len(visits.defects), 0, visits_s))]
    told += sorted(figures.rows.items())
    whole = Row()
    for name, row in told:
        yield f"{name:<100} {row.cases:>7,} {row.failed:>7,} {row.skipped:>8,} {row.seconds:>8,.0f}"
        whole.cases += row.cases
        whole.failed += row.failed
        whole.skipped += row.skipped
        whole.seconds += row.seconds
    yield f"{'all':<100} {whole.cases:>7,} {whole.failed:>7,} {whole.skipped:>8,} {whole.seconds:>8,.0f}"
    yield (
        f"of the visits {visits.struck:,} were struck; {visits.terminals:,} terminals,"
        f" {visits.seconds / 3600:,.0f} hours of virtual time"
    )


def main() -> int:
    """0 where nothing failed."""
    began, figures = time.monotonic(), Figures()
    visits = many(0, RUNS, 24 * 60.0, os.cpu_count() or 1)
    visits_s = time.monotonic() - began
    print("\n".join(visits.lines()), flush=True)
    os.environ.pop(SCRATCH_IN, None)  # of the visits, and gone
    status = pytest.main(["-q", "-m", "soak", "--timeout", str(_TIMEOUT_S), "tests"], plugins=[figures])
    print("\n".join(lines(visits, visits_s, figures)))
    return 1 if visits.defects or status != pytest.ExitCode.OK else 0


if __name__ == "__main__":
    sys.exit(main())
