"""``python -m tests.soak``: many seeded runs on every core, or one of them told step by step (``--seed N``)."""

from __future__ import annotations

import argparse
import os
import sys
import time

from tests.soak.many import many, tidy
from tests.soak.place import Place
from tests.soak.run import Report, run

RUNS = 10_000


def one(seed: int) -> int:
    """Run it and tell everything; 1 where something is wrong."""
    places: list[Place] = []
    report = run(seed, places.append)
    for event in places[0].events if places else ():
        print(f"{event.monotonic_s:10.3f} {event.kind:<6} {event.data.hex(' ')} {event.note}".rstrip())
    _tell(report)
    tidy()
    return 1 if report.defects else 0


def _tell(report: Report) -> None:
    print(f"by {report.plan.way}: " + "; ".join(map(str, report.plan.strikes)))
    print(f"struck: {', '.join(report.struck) or 'nothing'}")
    for ended in report.ends:
        print(f"ended: {ended.how} {ended.step} {ended.state}".rstrip() + (" (all mended before)" * ended.mended))
    print(f"{report.seconds:.1f} s of virtual time, digest {report.digest}")
    for defect in report.defects:
        print(f"WRONG: {defect}")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, help="tell one run")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--minutes", type=float, default=24 * 60.0, help="stop after so long")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if options.seed is not None:
        return one(options.seed)
    began = time.monotonic()
    totals = many(options.first, options.runs, options.minutes, options.jobs)
    print("\n".join(totals.lines()))
    print(f"{time.monotonic() - began:.0f} s with {options.jobs} processes")
    return 1 if totals.defects else 0


if __name__ == "__main__":
    sys.exit(main())
