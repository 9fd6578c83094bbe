"""How long the first frame takes, against an empty PySide6 window here: `python -m ui.window.firstframe`.

Both programs run in processes of their own, in turns; each prints its milliseconds since its start at the first paint.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time

START = "HHT_BENCH_START_NS"  # monotonic nanoseconds at which the measuring process started this one
TARGET = 1.25


def once(module: str, what: str = "1") -> float:
    """Milliseconds from the start of ``python -m module`` to its first frame ("1"), or its first page ("page")."""
    environment = dict(os.environ, HHT_BENCH_FIRST_FRAME=what, QT_QPA_PLATFORM="offscreen")
    environment[START] = str(time.monotonic_ns())
    done = subprocess.run(
        [sys.executable, "-m", *module.split()], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return float(done.stdout.split()[0])


def measure(runs: int = 15) -> dict[str, float]:
    """Medians in milliseconds of both windows, their ratio, and when the job list stands (it waits for no store).

    The first run of each only warms the caches.
    """
    ours, empty, page = [], [], []
    for turn in range(runs + 1):
        times = once("ui.window.bench_empty"), once("ui --training"), once("ui --training", "page")
        if turn:
            empty.append(times[0])
            ours.append(times[1])
            page.append(times[2])
    return {
        "empty_ms": statistics.median(empty),
        "first_frame_ms": statistics.median(ours),
        "first_page_ms": statistics.median(page),
        "ratio": statistics.median(one / other for one, other in zip(ours, empty, strict=True)),
        "target": TARGET,
    }


if __name__ == "__main__":
    print(json.dumps({"type": "bench", "name": "first-frame", **measure()}))  # noqa: T201
