"""How long Qt's thread is away at a time while an electricity-only visit is played in the window by taps and keys.

Each event is timed from when Qt hands it out until it is done, in a process of its own
(``python -m tests.bench.events``).
Closing the window is told apart; what is waited for after it, the core's farewell, is no event.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from tests.conftest import ROOT

BAR_MS = 100.0
CLOSE = "Close "


class Timed(QApplication):
    """Notes how long each event took; those that are handed out amid another are part of that one."""

    def __init__(self) -> None:
        super().__init__(["hht", "-style", "fusion"])
        self.took: list[tuple[float, str]] = []
        self._amid = False

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        """As Qt's own, with a watch."""
        if self._amid:
            return bool(super().notify(receiver, event))
        self._amid, what, began = True, f"{event.type().name} at {type(receiver).__name__}", time.perf_counter()
        try:
            return bool(super().notify(receiver, event))
        finally:
            self._amid = False
            self.took.append(((time.perf_counter() - began) * 1000, what))


def play() -> list[tuple[float, str]]:
    """Milliseconds and name of each event of a whole visit, the longest last."""
    app = Timed()
    from tests.window.test_taps import ready_in

    with tempfile.TemporaryDirectory() as folder:
        engineer = ready_in(Path(folder))
        engineer.open_job()
        engineer.until(engineer.settled, "the first step")
        engineer.play()
        engineer.close()
    return sorted(app.took)


def run() -> Iterator[str]:
    """The line of the benchmark."""
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen")
    words = [sys.executable, "-m", "tests.bench.events"]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    yield (
        f"longest event in Qt's thread over a visit {told['longest_ms']:.0f} ms ({told['what']}; bar {BAR_MS:.0f} ms), "
        f"99.9 % within {told['usual_ms']:.0f} ms, {told['over']} of {told['events']} over the bar; "
        f"closing the window {told['close_ms']:.0f} ms"
    )


def main() -> None:
    """Play, and tell as JSON."""
    every = play()
    took = [one for one in every if not one[1].startswith(CLOSE)]
    closing = [ms for ms, what in every if what.startswith(CLOSE)]
    (longest, what), usual = took[-1], took[int(len(took) * 0.999)][0]
    told = {"longest_ms": longest, "what": what, "usual_ms": usual, "close_ms": max(closing, default=0.0)}
    told |= {"over": sum(one > BAR_MS for one, _what in took), "events": len(took)}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
