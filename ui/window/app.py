"""The window's entry point. Before the first frame it imports Qt and the first page, and nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import QApplication

from ui.system import SystemClock
from ui.window.bridge import Bridge
from ui.window.shell import Shell
from ui.window.theme import THEME, load_fonts

if TYPE_CHECKING:
    from ui.services import Services


def option(argv: Sequence[str], name: str) -> str | None:
    """The value of ``--name value`` or ``--name=value``; None when it is not there."""
    for place, word in enumerate(argv):
        if word == name and place + 1 < len(argv):
            return argv[place + 1]
        if word.startswith(name + "="):
            return word.removeprefix(name + "=")
    return None


def make_application() -> QApplication:
    """The application with the house's fonts and style (the running one, if there is one)."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        QCoreApplication.setApplicationName("hht")
        QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
        QApplication.setStyle("Fusion")
        app = QApplication(sys.argv[:1])
    load_fonts(mono=False)
    return app


def run(make_services: Callable[[], Services], argv: Sequence[str]) -> int:
    """Open the window; `make_services` is called in the core thread after the first frame. The exit status."""
    app = make_application()
    THEME.choose("day", glove=False, training="--training" in argv)
    THEME.apply(app)
    bridge = Bridge(make_services)
    shell = Shell(bridge, SystemClock(), training="--training" in argv)
    sys.excepthook = lambda kind, bug, trace: _unforeseen(shell, bug)
    shell.first_painted.connect(lambda: _after_first_frame(bridge))
    if os.environ.get("HHT_BENCH_FIRST_FRAME"):
        from ui.window.firstframe import report

        shell.first_painted.connect(report, Qt.ConnectionType.DirectConnection)
    shell.show()
    status = app.exec()
    bridge.stop()
    return status


def _after_first_frame(bridge: Bridge) -> None:
    load_fonts(mono=True)
    bridge.start()


def _unforeseen(shell: Shell, bug: BaseException) -> None:
    """A bug in Qt's thread: on standard error for whoever looks, and on a sheet with the session file."""
    from ui.window.crash import crash_of

    crash = crash_of(bug)
    print(f"hht: {crash.kind}: {crash.message}", *crash.where, sep="\n  ", file=sys.stderr)  # noqa: T201
    QTimer.singleShot(0, lambda: shell.show_crash(crash))


def main(argv: Sequence[str] | None = None) -> int:
    """The window on the real terminal: ``hht [--training] [--data-dir DIR]``."""
    arguments = list(sys.argv[1:] if argv is None else argv)

    def make_services() -> Services:
        from ui.terminal import Terminal

        data_dir = option(arguments, "--data-dir")
        return Terminal(data_dir=Path(data_dir) if data_dir else None, training="--training" in arguments)

    return run(make_services, arguments)
