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

from PySide6.QtWidgets import QApplication

START = "HHT_BENCH_START_NS"  # monotonic nanoseconds at which the measuring process started this one
TARGET = 1.25


def report() -> None:
    """Print the milliseconds since the process was started, and end the program: the first frame is painted."""
    now = time.monotonic_ns()
    started = int(os.environ.get(START, now))
    print(f"{(now - started) / 1e6:.1f}", flush=True)  # noqa: T201 this is what it is for
    app = QApplication.instance()
    if app is not None:
        app.quit()


def once(module: str) -> float:
    """Milliseconds from the start of ``python -m module`` to its first frame."""
    environment = dict(os.environ, HHT_BENCH_FIRST_FRAME="1", QT_QPA_PLATFORM="offscreen")
    environment[START] = str(time.monotonic_ns())
    done = subprocess.run(
        [sys.executable, "-m", *module.split()], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return float(done.stdout.split()[0])


def measure(runs: int = 15) -> dict[str, float]:
    """Medians in milliseconds of both windows, and their ratio. The first run of each only warms the caches."""
    ours, empty = [], []
    for turn in range(runs + 1):
        pair = once("ui.window.bench_empty"), once("ui --training")
        if turn:
            empty.append(pair[0])
            ours.append(pair[1])
    return {
        "empty_ms": statistics.median(empty),
        "first_frame_ms": statistics.median(ours),
        "ratio": statistics.median(one / other for one, other in zip(ours, empty, strict=True)),
        "target": TARGET,
    }


if __name__ == "__main__":
    print(json.dumps({"type": "bench", "name": "first-frame", **measure()}))  # noqa: T201
