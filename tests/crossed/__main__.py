"""``python -m tests.crossed --seeds A-B``: each seed once with crossed meters and once with right ones.

Over the model's registers; `test_crossed_visit.py` has a sample of it over the real bytes of a probe, which would take
minutes a case. Seeds below 100,000 are for development; acceptance is 200000-200999, and any others do as well.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from hht.work.load_step import Verdict
from tests.crossed.flats import Case, played

FOUND_SHARE = 0.99
FOUND = (Verdict.ELSEWHERE, Verdict.NEIGHBOURS)


def judged(seed: int) -> tuple[int, str, str, str, str]:
    """The seed, the verdicts where meters are crossed and where they are not, and what was weighed."""
    told = []
    for crossed in (True, False):
        verdict, own, other = played(Case.of(seed, crossed=crossed))
        looked = (own,) if other is None else (own, other)
        told.append((verdict.value, ", ".join(f"{one.counts:+.0f}/{one.other_size:+.0f}" for one in looked)))
    return seed, told[0][0], told[1][0], told[0][1], told[1][1]


def main() -> int:
    """Exit status 1 where fewer than 99 % are found, or one healthy home is called crossed."""
    parser = argparse.ArgumentParser(prog="python -m tests.crossed", description=__doc__)
    parser.add_argument("--seeds", default="200000-200999", help="A-B, both included")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    first, last = (int(text) for text in options.seeds.split("-"))
    crossed, healthy = Counter[str](), Counter[str]()
    with ProcessPoolExecutor(options.jobs) as pool:
        for seed, wrong, right, why, well in pool.map(judged, range(first, last + 1), chunksize=4):
            crossed[wrong] += 1
            healthy[right] += 1
            if wrong not in FOUND or right != Verdict.THIS_METER:
                print(f"{seed}: crossed told {wrong} ({why}); right told {right} ({well})")
    count = last - first + 1
    found, alarms = sum(crossed[one] for one in FOUND), sum(healthy[one] for one in FOUND)
    print(f"crossed: {found} of {count} found {dict(crossed)}")
    print(f"right: {alarms} false alarms in {count} {dict(healthy)}")
    return 0 if found >= FOUND_SHARE * count and not alarms and not crossed[Verdict.THIS_METER] else 1


if __name__ == "__main__":
    sys.exit(main())
