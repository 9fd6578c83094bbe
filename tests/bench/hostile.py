"""How long the window's event loop is away while its core talks with peers that mean no good (`hostile_peers`), with
the trace drawer open: a device that answers a byte every half minute, a flood, and a bridge that alters, delays and
repeats.

Each in a process of its own: ``python -m tests.bench.hostile URL SECONDS`` prints JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.window_gap import _beats, _gaps, _shell, _wait, part
from tests.conftest import ROOT
from tests.support.emulate import Emulated

BAR_MS = 100.0  # T27
SECONDS = {"slow": 40.0, "flood": 20.0, "rogue": 20.0}
DAYS = 30


def measure(url: str, seconds: float, folder: Path) -> dict[str, object]:
    """The window as it is started, with its real terminal, which reads the meter at `url` again and again: the gaps,
    those less what other programs took, and what came of the reads."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from ui.terminal import Terminal
    from ui.window import app

    found: dict[str, object] = {}
    app.make_application()

    def begin() -> None:
        try:
            found.update(_talk(url, seconds))
        finally:
            QApplication.closeAllWindows()
            QApplication.quit()

    QTimer.singleShot(0, begin)
    app.run(lambda: Terminal(data_dir=folder, training=True), ["--training"])
    return found


def _talk(url: str, seconds: float) -> dict[str, object]:
    _wait(lambda: _shell() is not None, 60)
    shell = _shell()
    assert shell is not None
    shell.go("device")
    shell.show_trace()
    _wait(lambda: shell.sheet() is not None, 10)
    ended: list[str] = []
    until = time.monotonic() + seconds

    def again() -> None:
        if time.monotonic() < until:
            shell.bridge.call(
                lambda services: services.read_device(url),
                lambda _snapshot: ended.append("read"),
                lambda error: ended.append(error.code),
                again,
            )

    beats, stop = _beats()
    again()
    _wait(lambda: time.monotonic() > until, seconds + 30)
    stop()
    return {
        "gaps": _gaps(beats),
        "own": _gaps([(at - waited, 0.0) for at, waited in beats]),
        "ended": {word: ended.count(word) for word in sorted(set(ended))},
        "events": len(shell.trace_lines),
    }


@contextlib.contextmanager
def peer(kind: str, meter: str) -> Iterator[str]:
    """A peer's link."""
    words = [sys.executable, "-m", "tests.bench.hostile_peers", kind, meter]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"tcp://{process.stdout.readline().strip()}"
        process.stdin.close()
        process.terminate()


def run() -> Iterator[str]:
    """Gaps in milliseconds, p99.9 and the longest, for each peer."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", str(DAYS)) as meter:
        for kind, seconds in SECONDS.items():
            with peer(kind, meter.address) as url:
                words = [sys.executable, "-m", "tests.bench.hostile", url, str(seconds)]
                done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            gaps, own = found["gaps"], found["own"]
            came = ", ".join(f"{count} {word}" for word, count in found["ended"].items()) or "no read ended"
            yield (
                f"{kind:<5} window away p99.9 {part(gaps, 0.999):.1f} ms, longest {gaps[-1]:.1f} ms, {len(gaps):,} "
                f"turns in {seconds:.0f} s; less what other programs took {part(own, 0.999):.1f} and {own[-1]:.1f} ms "
                f"(bar {BAR_MS:.0f}); {came}; {found['events']:,} trace lines"
            )


def main() -> int:
    """The window's own process: prints JSON."""
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(sys.argv[1], float(sys.argv[2]), Path(folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
