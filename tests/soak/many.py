"""Many runs, on every core."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Iterator

from tests.soak.place import SCRATCH_IN, memory, scratch, template
from tests.soak.run import run
from tests.soak.table import Totals, totals_of

BATCH = 25


def tidy() -> None:
    """Leave nothing of this process's runs on the disk."""
    shutil.rmtree(scratch(), ignore_errors=True)
    scratch.cache_clear()
    template.cache_clear()


def batch(seeds: range) -> Totals:
    """The runs with those seeds, in a process of their own."""
    try:
        return totals_of(run(seed) for seed in seeds)
    finally:
        tidy()


def batches(first: int, count: int) -> Iterator[range]:
    """The seeds in pieces."""
    for start in range(first, first + count, BATCH):
        yield range(start, min(start + BATCH, first + count))


def many(first: int, count: int, minutes: float, jobs: int) -> Totals:
    """Run those seeds, for so long at most."""
    ends_at, totals = time.monotonic() + minutes * 60, Totals()
    with tempfile.TemporaryDirectory(prefix="hht-soak-", dir=memory()) as folder:
        os.environ[SCRATCH_IN] = folder  # what is broken off at the end leaves its files in there
        with multiprocessing.get_context("spawn").Pool(jobs) as pool:
            for done in pool.imap_unordered(batch, batches(first, count)):
                totals.merge(done)
                if time.monotonic() > ends_at:
                    break
            else:
                pool.close()
                pool.join()
    return totals
