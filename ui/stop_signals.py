"""The signals by which somebody asks the program to end, beside Ctrl+C: SIGTERM, SIGHUP and, on Windows, SIGBREAK."""

from __future__ import annotations

import signal
from typing import Final

_NAMES: Final = ("SIGTERM", "SIGHUP", "SIGBREAK")


def stop_signals() -> list[signal.Signals]:
    """Those that this system has and nobody has had ignored, as ``nohup`` has SIGHUP."""
    known = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    return [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]


def exit_status(number: int) -> int:
    """As shells state it: 143 for SIGTERM, 129 for SIGHUP."""
    return 128 + number
