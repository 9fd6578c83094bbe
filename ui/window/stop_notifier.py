"""A session manager, a shell or a log-out ends the window: the meter is released first, as when a person closes it.

Qt's loop runs no Python while nothing happens, so a signal would wait for the next key; a socket wakes it.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier

from ui.stop_signals import stop_signals


class StopNotifier(QObject):
    """Calls `stop(number)` in Qt's thread for each signal that asks for the end, Ctrl+C included. Make it in the main
    thread; it lasts until `parent` goes."""

    def __init__(self, parent: QObject, stop: Callable[[int], None]) -> None:
        super().__init__(parent)
        self._stop = stop
        self._reading, self._writing = socket.socketpair()
        for end in (self._reading, self._writing):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._reading.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)
        for number in (signal.SIGINT, *stop_signals()):
            signal.signal(number, lambda _number, _frame: None)  # what counts is the octet that wakes us
        signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)

    def _woken(self) -> None:
        for number in self._reading.recv(64):
            self._stop(number)
