"""How long the window's event loop is away while a profile streams in at 115,200 baud with the trace drawer open.

Beside an idle window in the same run; in a process of its own: ``python -m tests.bench.window_gap URL``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.waits import Waits
from tests.conftest import ROOT

if TYPE_CHECKING:
    from ui.window.shell import Shell

BAUD = 115_200
DAYS = 396
IDLE_S = 3.0
BEAT_MS = 2
BAR_MS = 16.0  # sixty frames a second
Beat = tuple[float, float]  # seconds, and those that the thread had waited for a core until then


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


def _beats() -> tuple[list[Beat], Callable[[], None]]:
    """When the event loop came round, and what ends the counting."""
    from PySide6.QtCore import Qt, QTimer

    beats: list[Beat] = []
    timer, waits = QTimer(), Waits(own=[threading.get_native_id()])
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: beats.append((time.perf_counter(), waits.seconds())))
    timer.start(BEAT_MS)

    def stop() -> None:
        timer.stop()
        waits.close()

    return beats, stop


def _gaps(beats: list[Beat]) -> list[float]:
    """Milliseconds between the turns, in order of length."""
    return sorted((after - before) * 1000 for (before, _waited), (after, _more) in pairwise(beats))


def measure(url: str, folder: Path) -> dict[str, object]:
    """The window as it is started, with its real terminal: gaps idle and reading, rows read, seconds."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from ui.terminal import Terminal
    from ui.window import app

    found: dict[str, object] = {}
    app.make_application()

    def begin() -> None:
        try:
            found.update(_read(url))
        finally:
            QApplication.closeAllWindows()
            QApplication.quit()

    QTimer.singleShot(0, begin)
    app.run(lambda: Terminal(data_dir=folder, training=True), ["--training"])
    return found


def _shell() -> Shell | None:
    from PySide6.QtWidgets import QApplication

    from ui.window.frame import Frame
    from ui.window.shell import Shell

    shells = [window.shell for window in QApplication.topLevelWidgets() if isinstance(window, Frame)]
    return next((shell for shell in shells if isinstance(shell, Shell) and shell._settings is not None), None)


def _read(url: str) -> dict[str, object]:
    from ui.window.device_page import DevicePage

    _wait(lambda: _shell() is not None, 30)
    shell = _shell()
    assert shell is not None
    connected: list[object] = []
    shell.bridge.call(lambda services: services.read_device(url), connected.append)
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
    return {
        "idle": _gaps(idle),
        "reading": _gaps(reading),
        "own": _gaps([(at - waited, 0.0) for at, waited in reading]),
        "rows": len(page.profile.model),
        "seconds": time.monotonic() - began,
    }


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
    found["reading, less what other programs took"] = found["own"]
    for name in ("idle", "reading", "reading, less what other programs took"):
        gaps = found[name]
        yield (
            f"window {name}: gaps of its event loop median {part(gaps, 0.5):.1f} ms, p99 {part(gaps, 0.99):.1f} ms, "
            f"p99.9 {part(gaps, 0.999):.1f} ms, worst {gaps[-1]:.1f} ms, {len(gaps):,} turns"
            + (f" (bar {BAR_MS:.0f} ms at p99.9)" if name != "idle" else "")
        )
    yield f"{found['rows']:,} rows in {found['seconds']:.1f} s at {BAUD:,} baud, the trace drawer open"


def main() -> int:
    """The window's own process: prints JSON."""
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(sys.argv[1], Path(folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
