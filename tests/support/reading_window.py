"""The window, reading a profile over the link ``argv[1]`` as if somebody had asked for it; data in ``argv[2]``."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from hht.client.api import Listeners
from tests.support.patient import be_patient
from ui.services import Services
from ui.terminal import Terminal
from ui.window import app
from ui.window.frame import Frame
from ui.window.shell import Shell


def _read_once_there(timer: QTimer) -> None:
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, Frame) and isinstance(widget.shell, Shell):
            timer.stop()
            widget.shell.bridge.call(_read)


async def _read(services: Services) -> int:
    await services.unlock("")
    await services.read_device(sys.argv[1])
    return await services.read_profile(400, Listeners())


def main() -> int:
    """The window's exit status."""
    be_patient()
    app.make_application()
    timer = QTimer()
    timer.timeout.connect(lambda: _read_once_there(timer))
    timer.start(20)
    return app.run(lambda: Terminal(data_dir=Path(sys.argv[2]), training=True), ["--training"])


if __name__ == "__main__":
    sys.exit(main())
