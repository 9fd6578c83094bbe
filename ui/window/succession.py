"""One person after another at the same window: core and window of the former end, then those of the next begin.

Nothing is handed from one to the other but the store, opened by the next one's own pass phrase: pages, sheets, entries,
what can be undone, searches and the clipboard go with the former, and so do the core's conversations and the former's
keys (a closed store is not held by anything).
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication

from ui.window.bridge import Bridge
from ui.window.popups import close_popups, hides
from ui.window.scanner import WedgeFilter
from ui.window.shell import Shell

if TYPE_CHECKING:
    from hht.clock import Clock
    from ui.services import Services
    from ui.window.frame import Frame

MakeServices = Callable[[], "Services"]


def hear_keys(shell: Shell) -> None:
    """Hear every key of the application for scans, and for what a pop-up would keep from the window."""
    wedge = WedgeFilter(shell.scans.scanned, pasted=shell.scans.pasted, over=partial(hides, shell))
    wedge.setParent(shell)
    app = QApplication.instance()
    assert app is not None
    app.installEventFilter(wedge)


class Succession(QObject):
    """Of one frame; see the module. `begin` with the first services; `close_down` and `end` as the frame closes."""

    begun = Signal(object)  # the Shell of whoever is there now

    def __init__(self, frame: Frame, clock: Clock, *, training: bool, remember: str = "") -> None:
        super().__init__(frame)
        self._frame, self._clock = frame, clock
        self._training, self._remember = training, remember
        self._next: MakeServices | None = None  # while the former core ends
        self._closing = False
        self.shell: Shell
        self.bridge: Bridge
        frame.closing, frame.ending = self.close_down, self.end

    def begin(self, make_services: MakeServices) -> None:
        """Fill the frame with a window on these services; `start` starts their core."""
        self.bridge = bridge = Bridge(make_services)
        self.shell = shell = Shell(bridge, self._clock, training=self._training, remember=self._remember)
        self._frame.setWindowTitle(shell.windowTitle())
        shell.windowTitleChanged.connect(self._frame.setWindowTitle)
        shell.whose.handed_on.connect(self._hand_on)
        hear_keys(shell)
        self._frame.grow(shell)
        self.begun.emit(shell)

    def start(self) -> None:
        """Start the core."""
        self.bridge.ready.connect(gc.freeze)  # what stands now stays: to go through it again holds both threads up
        self.bridge.start()

    def close_down(self) -> None:
        """The frame closes: the core begins to end."""
        self._closing = True
        self.shell.close_down()

    def end(self) -> None:
        """Wait for the core; and where somebody was about to take over, close what was opened for them."""
        self.bridge.stop()
        if self._next is not None:
            unborn, self._next = Bridge(self._next), None
            unborn.let_go()
            unborn.start()
            unborn.stop()

    @Slot(object)
    def _hand_on(self, make_services: MakeServices) -> None:
        """The next one's pass phrase was right: end the former core, which nobody waits for here."""
        close_popups()
        self._next = make_services
        self.bridge.over.connect(self._take_over, Qt.ConnectionType.QueuedConnection)
        self.shell.close_down()

    @Slot()
    def _take_over(self) -> None:
        """The former core has ended."""
        if self._closing or self._next is None:
            return
        make, self._next = self._next, None
        self.bridge.stop()
        former = self.shell
        if self._frame.isActiveWindow():  # with the former goes, as Qt has it, that the frame is the active window
            former.destroyed.connect(self._frame.activateWindow, Qt.ConnectionType.QueuedConnection)
        former.hide()
        former.deleteLater()
        self.begin(make)
        self.bridge.ready.connect(_let_the_former_go)
        self.start()


def _let_the_former_go() -> None:
    """What stood before stays no more, keys least of all."""
    gc.unfreeze()
    gc.collect()
