"""What nobody holds any more is collected in Qt's thread alone.

Python collects cycles in whichever thread happens to allocate; in the core thread that would destroy windows and view
models while Qt's thread may be in the middle of them (Qt says "Timers cannot be stopped from another thread", or the
process ends). Objects without a cycle go when their last holder does, as ever.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

EVERY_MS: Final = 100


class GarbageCollector(QObject):
    """Collects by Python's own thresholds, in the thread it is made in, until `parent` goes; nothing else does."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        parent.destroyed.connect(gc.enable)

    def look(self) -> None:
        """Collect the oldest generation whose threshold has been passed, and those younger with it."""
        passed = [count > most for count, most in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        for generation in (2, 1, 0):
            if passed[generation]:
                gc.collect(generation)
                return
