"""The window locks itself when nobody touches it, when the computer slept, or by hand. What runs goes on beneath.

While it is locked, all that stands in the window is hidden, sheets and trace drawer too, and what comes up meanwhile is
hidden with it: they are children of `Shell.desk`, the lock's own screen is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QWindow

from ui.window.clipboard import ClipboardWatch, clear_own
from ui.window.popups import close_popups
from ui.window.theme import THEME

if TYPE_CHECKING:
    from ui.window.lock_sheet import LockSheet
    from ui.window.shell import Shell

USUAL_MINUTES: Final = 5
CHOICES: Final = (1, 5, 15)  # minutes
ASLEEP_S: Final = 20.0  # between two ticks of a quarter of a second: no window is that busy
_TOUCH = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.TabletPress,
        QEvent.Type.TabletMove,
    }
)


class Why(StrEnum):
    """Why the window is locked."""

    IDLE = "idle"
    ASLEEP = "asleep"
    HAND = "hand"
    CHANGE = "change"  # somebody else is to log in
    AGAIN = "again"  # what affects supply is to be done, and the pass phrase was given long ago
    FIRST = "first"  # what asks for the pass phrase is to be done, and the key store has opened the terminal


def lock_after_s(minutes: object, *, training: bool) -> float | None:
    """Seconds untouched after which the window locks; None: it never does by itself, which is for training alone.
    What is none of the choices is taken for the usual."""
    if training and minutes == 0:
        return None
    return 60.0 * (minutes if isinstance(minutes, int) and minutes in CHOICES else USUAL_MINUTES)


@dataclass(slots=True)
class Idle:
    """How long nobody has touched the window, and whether the computer slept. Plain Python."""

    now: datetime
    monotonic_s: float
    touched_s: float

    def look(self, now: datetime, monotonic_s: float, limit_s: float | None) -> Why | None:
        """A tick: why to lock now, if there is a reason. Of the two clocks one may stand still in sleep."""
        gap_s = max((now - self.now).total_seconds(), monotonic_s - self.monotonic_s)
        self.now, self.monotonic_s = now, monotonic_s
        if limit_s is None:
            return None
        if gap_s >= ASLEEP_S:
            return Why.ASLEEP
        return Why.IDLE if monotonic_s - self.touched_s >= limit_s else None


class WindowLock(QObject):
    """Of one window; see the module."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._shell = shell
        clock = shell.clock
        self._idle = Idle(clock.now(), clock.monotonic(), clock.monotonic())
        self._watched: QWindow | None = None
        self._copied = ClipboardWatch(self)
        self.sheet: LockSheet | None = None

    @property
    def locked(self) -> bool:
        """Whether only the pass phrase leads on."""
        return self.sheet is not None

    def tick(self) -> None:
        """A quarter of a second went by."""
        self._watch()
        shell = self._shell
        self._copied.tick(shell.clock.monotonic())
        limit_s = lock_after_s(shell.settings.lock_minutes, training=THEME.training)
        why = self._idle.look(shell.clock.now(), shell.clock.monotonic(), limit_s)
        if self.sheet is not None:
            self.sheet.look()
        elif why is not None:
            self.lock(why)

    def _watch(self) -> None:
        """Hear of what is done to the native window: few events go there, and all of a person's."""
        window = self._shell.window().windowHandle()
        if window is not None and window is not self._watched:
            self._watched = window
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _TOUCH:
            self.touch()
        return super().eventFilter(watched, event)

    def touch(self) -> None:
        """Somebody is there."""
        self._idle.touched_s = self._shell.clock.monotonic()

    def lock(self, why: Why) -> None:
        """Hide everything until the pass phrase is given. Nothing happens before the store was opened."""
        from ui.window.lock_sheet import LockSheet

        if not self._shell.open or self.locked:
            return
        close_popups()
        self._shell.privacy.uncover()  # the lock's own screen shows as little
        clear_own()
        self.sheet = LockSheet(self._shell, why, self._opened)
        self.sheet.open_sheet()
        self._shell.desk.hide()
        self._shell.bridge.call(lambda services: services.guard.locked(why.value), failed=self.sheet.not_noted)

    def _opened(self) -> None:
        """The pass phrase was right: everything stands as it stood, or as it went on."""
        close_popups()
        sheet, self.sheet = self.sheet, None
        self.touch()
        self._shell.desk.show()
        if sheet is not None:
            sheet.close_sheet()
        above = self._shell.sheet()
        if above is not None and not above.hasFocus() and above.focusWidget() is None:
            above.focusNextPrevChild(True)
