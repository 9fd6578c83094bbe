"""What is known of a bug, and the session file that can be sent in. Plain Python, no Qt.

A message may quote what a person typed or a device said: runs of digits and of hexadecimals are blotted out, so that no
MPAN, key or install code travels in a crash report.
"""

from __future__ import annotations

import json
import platform
import re
import traceback
from dataclasses import dataclass
from pathlib import Path

from hht import __version__

_TELLING = re.compile(r"(?i)\b(?:[0-9a-f]{2}[\s:.-]?){4,}\b|\d{6,}")


@dataclass(frozen=True, slots=True)
class Crash:
    """A bug: its kind, its message with numbers blotted out, and where it happened."""

    kind: str
    message: str
    where: tuple[str, ...]  # "ui/window/shell.py:120 in open"


def _short(path: str) -> str:
    parts = Path(path).parts
    for root in ("hht", "ui", "drivers", "site-packages"):
        if root in parts:
            return "/".join(parts[parts.index(root) :])
    return Path(path).name


def crash_of(bug: BaseException) -> Crash:
    """The bug as it may be shown and sent."""
    frames = traceback.extract_tb(bug.__traceback__)
    where = tuple(f"{_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames)
    return Crash(type(bug).__name__, _TELLING.sub("…", str(bug))[:500], where)


def session_file(crash: Crash, *, when: str, trace: tuple[str, ...] = ()) -> str:
    """The text of a session file (JSON): the bug, the versions, and the summaries of the last frames."""
    return json.dumps(
        {
            "type": "hht-session",
            "version": 1,
            "program": __version__,
            "python": platform.python_version(),
            "system": platform.system(),
            "when": when,
            "error": {"kind": crash.kind, "message": crash.message, "where": list(crash.where)},
            "last_frames": [_TELLING.sub("…", line) for line in trace],
        },
        indent=2,
        ensure_ascii=False,
    )
