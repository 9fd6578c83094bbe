"""How long the window's event loop is away while a profile streams in at 115,200 baud with the trace drawer open.

Beside an idle window in the same run; in a process of its own: ``python -m tests.bench.window_gap URL``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from tests.conftest import ROOT

BAUD = 115_200
DAYS = 396
IDLE_S = 3.0
BEAT_MS = 2
BAR_MS = 16.0  # sixty frames a second


def _wait(condition: Callable[[], bool], limit_s: float) -> None:
    from PySide6.QtCore import QEventLoop, QTimer

    loop, timer, until = QEventLoop(), QTimer(), time.monotonic() + limit_s

    def look() -> None:
        if condition() or time.monotonic() > until:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(20)
    loop.exec()
    if not condition():
        raise RuntimeError("the window did not get there")


def _beats() -> tuple[list[float], Callable[[], None]]:
    """The times at which the event loop came round, and what ends the counting."""
    from PySide6.QtCore import Qt, QTimer

    times: list[float] = []
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: times.append(time.perf_counter()))
    timer.start(BEAT_MS)
    return times, timer.stop


def _gaps(times: list[float]) -> list[float]:
    """Milliseconds between the turns, in order of length."""
    return sorted((after - before) * 1000 for before, after in pairwise(times))


def measure(url: str, folder: Path) -> dict[str, object]:
    """The window with its real terminal: gaps idle and reading, rows read, seconds."""
    from ui.system import SystemClock
    from ui.terminal import Terminal
    from ui.window.app import make_application
    from ui.window.bridge import Bridge
    from ui.window.device_page import DevicePage
    from ui.window.shell import Shell
    from ui.window.theme import THEME, load_fonts

    app = make_application()
    for mono in (False, True):
        load_fonts(mono=mono)
    THEME.choose("day", glove=False, training=True)
    THEME.apply(app)
    bridge = Bridge(lambda: Terminal(data_dir=folder, training=True))
    shell = Shell(bridge, SystemClock(), training=True)
    shell.resize(1280, 800)
    shell.show()
    bridge.start()
    _wait(lambda: shell._settings is not None, 30)
    connected: list[object] = []
    bridge.call(lambda services: services.read_device(url), connected.append)
    _wait(lambda: bool(connected), 60)
    shell.go("device")
    page = shell.page("device")
    assert isinstance(page, DevicePage)
    page.show_part("profile")
    page.profile.days = DAYS
    shell.show_trace()
    _wait(lambda: shell.sheet() is not None, 5)
    idle, stop = _beats()
    until = time.monotonic() + IDLE_S
    _wait(lambda: time.monotonic() > until, IDLE_S + 5)
    stop()
    page.read()
    _wait(lambda: len(page.profile.model) > 0, 60)
    reading, stop = _beats()
    began = time.monotonic()
    _wait(lambda: not page.busy, 600)
    stop()
    seconds, rows = time.monotonic() - began, len(page.profile.model)
    shell.close()
    bridge.stop()
    return {"idle": _gaps(idle), "reading": _gaps(reading), "rows": rows, "seconds": seconds}


def part(gaps: list[float], share: float) -> float:
    """A percentile."""
    return gaps[int(share * (len(gaps) - 1))]


def run() -> Iterator[str]:
    """Gaps in milliseconds."""
    meter = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.paced_meter", str(DAYS)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert meter.stdin is not None
    assert meter.stdout is not None
    try:
        url = f"optical:{meter.stdout.readline().strip()}?opening=direct&baud={BAUD}"
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        words = [sys.executable, "-m", "tests.bench.window_gap", url]
        done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    finally:
        meter.stdin.close()
        meter.wait(10)
    found = json.loads(done.stdout.splitlines()[-1])
    for name in ("idle", "reading"):
        gaps = found[name]
        yield (
            f"window {name}: gaps of its event loop median {part(gaps, 0.5):.1f} ms, p99 {part(gaps, 0.99):.1f} ms, "
            f"p99.9 {part(gaps, 0.999):.1f} ms, worst {gaps[-1]:.1f} ms, {len(gaps):,} turns"
            + (f" (bar {BAR_MS:.0f} ms at p99.9)" if name == "reading" else "")
        )
    yield f"{found['rows']:,} rows in {found['seconds']:.1f} s at {BAUD:,} baud, the trace drawer open"


def main() -> int:
    """The window's own process: prints JSON."""
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(sys.argv[1], Path(folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
