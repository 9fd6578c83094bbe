"""First frame of the terminal against that of an empty PySide6 window, alternating in one run."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

RUNS = 9
EMPTY = """
import sys, time
from PySide6.QtWidgets import QApplication, QWidget
class Window(QWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.time(), flush=True)
        import os; os._exit(0)
app = QApplication(sys.argv)
window = Window(); window.resize(1280, 800); window.show()
app.exec()
"""


def first_frame(command: list[str], environment: dict[str, str]) -> float:
    """Seconds from starting the process to its first paint."""
    began = time.time()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return float(done.stdout.split()[-1]) - began


def run() -> Iterator[str]:
    """Alternates the two and yields the ratio of medians."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HHT_BENCH_FIRST_FRAME": "1"}
        ours = [sys.executable, "-m", "ui", "--training", "--data-dir", folder]
        empty = [sys.executable, "-c", EMPTY]
        first_frame(ours, environment), first_frame(empty, environment)  # warm the disk cache
        pairs = [(first_frame(ours, environment), first_frame(empty, environment)) for _ in range(RUNS)]
    terminal, window = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    yield f"first frame {terminal * 1000:.0f} ms, empty window {window * 1000:.0f} ms, ratio {ratio:.2f} (bar 1.25)"
