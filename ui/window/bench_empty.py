"""The yardstick of `ui.window.firstframe`: an empty PySide6 window and nothing else."""

from __future__ import annotations

import os
import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget


class Empty(QWidget):
    """Prints the milliseconds since the process started when it is first painted, and ends."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        QTimer.singleShot(0, self._report)

    def _report(self) -> None:
        now = time.monotonic_ns()
        print(f"{(now - int(os.environ.get('HHT_BENCH_START_NS', now))) / 1e6:.1f}", flush=True)  # noqa: T201
        QApplication.quit()


if __name__ == "__main__":
    application = QApplication(sys.argv)
    window = Empty()
    window.resize(1280, 800)
    window.show()
    sys.exit(application.exec())
