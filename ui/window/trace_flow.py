"""The trace's way to the window: however much a link pours out, no turn of Qt's loop takes in more than a slice of it.

In the core, what one turn of its loop brings goes over as one parcel. In the window it waits in line; what there is no
room for in the line is left out there, the oldest first, and a line says how much: the store has it.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

from hht.i18n import ngettext

if TYPE_CHECKING:
    from ui.services import TraceLine

TURN: Final = 100  # lines that a turn of Qt's loop takes in
WAITING: Final = 2000  # lines that wait at most, at either end
Parcel = tuple[list["TraceLine"], int]  # lines, and how many before them were left out


class Gathered:
    """The core's end, made in its loop; `send` carries a parcel over."""

    def __init__(self, send: Callable[[Parcel], None]) -> None:
        self._send, self._loop, self._thread = send, asyncio.get_running_loop(), threading.get_ident()
        self._lines: deque[TraceLine] = deque(maxlen=WAITING)
        self._left_out = 0
        self._due = False

    def hear(self, line: TraceLine) -> None:
        """A line; one that comes from elsewhere than the core's loop goes over at once."""
        self._left_out += len(self._lines) == WAITING
        self._lines.append(line)
        if self._due:
            return
        if threading.get_ident() == self._thread and self._loop.is_running():
            self._due = True
            self._loop.call_soon(self._go)
        else:
            self._go()

    def _go(self) -> None:
        self._due = False
        lines, left_out = list(self._lines), self._left_out
        self._lines.clear()
        self._left_out = 0
        self._send((lines, left_out))


class TraceFlow(QObject):
    """The window's end: hands lines to `show`, a slice each turn, in their order."""

    def __init__(self, parent: QObject, show: Callable[[list[TraceLine]], None]) -> None:
        super().__init__(parent)
        self._left_out = 0
        self._show = show
        self._waiting: deque[TraceLine] = deque(maxlen=WAITING)
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._take)

    def arrived(self, parcel: Parcel) -> None:
        """A parcel of the core's: what fits into this turn is shown in it, where nothing waits yet."""
        lines, left_out = parcel
        self._left_out += left_out + max(0, len(self._waiting) + len(lines) - WAITING)
        self._waiting.extend(lines)
        if not self._next.isActive():
            self._take()

    def _take(self) -> None:
        slice_ = [self._waiting.popleft() for _number in range(min(TURN, len(self._waiting)))]
        if self._waiting:
            self._next.start(0)
        if self._left_out and slice_:
            slice_.insert(0, _left_out(slice_[0], self._left_out))
            self._left_out = 0
        if slice_:
            self._show(slice_)


def _left_out(before: TraceLine, count: int) -> TraceLine:
    """A line that says so, where they would stand."""
    from hht.link import TraceKind
    from ui.services import TraceLine

    words = ngettext(
        "{count} line was left out here: too much came at once.",
        "{count} lines were left out here: too much came at once.",
        count,
    ).format(count=count)
    event = replace(before.event, kind=TraceKind.STATE, data=b"", note=words)
    return TraceLine(event, "", words)
