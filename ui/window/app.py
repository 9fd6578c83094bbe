"""The window's entry point. Before the first frame it imports Qt and the outline of the window, and nothing else."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QStandardPaths, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from ui.window import appearance
from ui.window.frame import Frame

if TYPE_CHECKING:
    from ui.services import Services
    from ui.window.shell import Shell


def option(argv: Sequence[str], name: str) -> str | None:
    """The value of ``--name value`` or ``--name=value``; None when it is not there."""
    for place, word in enumerate(argv):
        if word == name and place + 1 < len(argv):
            return argv[place + 1]
        if word.startswith(name + "="):
            return word.removeprefix(name + "=")
    return None


def make_application() -> QApplication:
    """The application (the running one, if there is one)."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        return app
    QCoreApplication.setApplicationName("hht")
    QGuiApplication.setDesktopFileName("hht")  # a desktop finds name and icon by it
    # As an option: `QApplication.setStyle` would create PySide6's QStyle (4 ms) before the first frame.
    return QApplication([*sys.argv[:1], "-style", "fusion"])


def appearance_path() -> str:
    """Where the theme of the last time is remembered."""
    places = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
    return f"{places}/hht/appearance"


def report_and_quit() -> None:
    """For `ui.window.firstframe`: print the milliseconds since the process was started, and end."""
    now = time.monotonic_ns()
    print(f"{(now - int(os.environ.get('HHT_BENCH_START_NS', now))) / 1e6:.1f}", flush=True)  # noqa: T201
    QApplication.quit()


# Seconds that the core may keep Python for itself while the window wants it; Python's own is fifty times that. With a
# flood on the link and the trace open (`tests.bench.hostile`) 0.0005 let a turn of the window take up to 190 ms.
TURN_S = 0.0001


def run(make_services: Callable[[], Services], argv: Sequence[str]) -> int:
    """Open the window; `make_services` is called in the core thread after the first frame. The exit status."""
    app = make_application()
    training = "--training" in argv
    remembered = appearance_path()
    theme, glove = appearance.read(remembered)
    frame = Frame(theme, training=training)
    frame.first_painted.connect(lambda: _grow(frame, make_services, remembered, theme, glove=glove, training=training))
    if os.environ.get("HHT_BENCH_FIRST_FRAME") == "1":
        frame.first_painted.disconnect()
        frame.first_painted.connect(report_and_quit)
    frame.show()
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)  # a page is painted by hundreds of calls, and each may have to wait so long
    status = app.exec()
    sys.setswitchinterval(before)
    if frame.ending is not None:
        frame.ending()
    return frame.status or status


def _grow(
    frame: Frame, make_services: Callable[[], Services], remembered: str, theme: str, *, glove: bool, training: bool
) -> None:
    """The first frame stands: now the rest is imported, the window filled, the core started."""
    from ui.crash import watch_what_escapes
    from ui.system import SystemClock
    from ui.window.garbage import GarbageCollector
    from ui.window.stop_notifier import StopNotifier
    from ui.window.succession import Succession
    from ui.window.theme import THEME, load_fonts

    load_fonts(mono=False)
    THEME.choose(theme, glove=glove, training=training)
    app = make_application()
    THEME.apply(app)
    who = Succession(frame, SystemClock(), training=training, remember=remembered)
    who.begin(make_services)
    app.commitDataRequest.connect(lambda _manager: who.end())  # a system that logs out ends us once we return
    StopNotifier(frame, frame.stop)
    watch_what_escapes()
    sys.excepthook = lambda _kind, bug, _trace: _unforeseen(who.shell, bug)
    load_fonts(mono=True)
    if os.environ.get("HHT_BENCH_FIRST_FRAME") == "page":
        who.shell.first_painted.connect(report_and_quit)
    GarbageCollector(frame)
    who.start()


def _unforeseen(shell: Shell, bug: BaseException) -> None:
    """A bug in Qt's thread: on standard error for whoever looks, and on a sheet with the session file."""
    from ui.crash import crash_of, told

    if sys.stderr is not None:
        print(told(bug), file=sys.stderr)  # noqa: T201
    crash = crash_of(bug)
    QTimer.singleShot(0, lambda: shell.show_crash(crash))


def main(argv: Sequence[str] | None = None) -> int:
    """The window on the real terminal: ``hht [--training] [--data-dir DIR]``."""
    arguments = list(sys.argv[1:] if argv is None else argv)

    def make_services() -> Services:
        from pathlib import Path

        from ui.terminal import Terminal

        data_dir = option(arguments, "--data-dir")
        return Terminal(data_dir=Path(data_dir) if data_dir else None, training="--training" in arguments)

    return run(make_services, arguments)
