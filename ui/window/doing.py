"""What goes on just now, in a line, and for how long already: nobody wonders whether it has died."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hht.i18n import _
from ui.window.widgets import ElidedText

_SHOWN_FROM_S: Final = 2.0


class Doing(ElidedText):
    """`monotonic`: the terminal's seconds. `tick` keeps the time that it shows going."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        super().__init__("", "strong")
        self._monotonic = monotonic
        self._words = ""
        self._since_s: float | None = None

    def begin(self, words: str) -> None:
        """Something begins."""
        self._since_s = self._monotonic()
        self.say(words)

    def say(self, words: str) -> None:
        """It is about this now."""
        self._words = words
        self.tick()

    def end(self, words: str = "") -> None:
        """Nothing goes on any more."""
        self._since_s = None
        self.say(words)

    def tick(self) -> None:
        """Show how long it has been."""
        elapsed_s = 0.0 if self._since_s is None else self._monotonic() - self._since_s
        text = self._words
        if text and elapsed_s >= _SHOWN_FROM_S:
            text = _("{elapsed} · {words}").format(elapsed=_elapsed(elapsed_s), words=text)
        if text != self.text():
            self.setText(text)


def _elapsed(seconds: float) -> str:
    whole = int(seconds)
    return _("{seconds} s").format(seconds=whole) if whole < 120 else f"{whole // 60}:{whole % 60:02}"
