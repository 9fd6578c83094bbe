"""How long a gas meter still sleeps, second by second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from hht.i18n import _
from hht.work.han_xray import GRACE, GasWake
from ui.han_xray import wake_text


class GasCountdown:
    """Counts from the home's time, when it was told, by the terminal's seconds (`monotonic`)."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._wake: tuple[GasWake, datetime] | None = None  # and the home's time at 0 s

    def begin(self, told: tuple[GasWake, datetime]) -> None:
        """It wakes so; the home's time now beside it."""
        wake, now = told
        self._wake = wake, now - timedelta(seconds=self._monotonic())

    def end(self) -> None:
        """It answered, or nobody waits any more."""
        self._wake = None

    @property
    def words(self) -> str:
        """What is waited for; "" where nothing is."""
        if self._wake is None:
            return ""
        wake, since = self._wake
        now = since + timedelta(seconds=self._monotonic())
        if now <= wake.next + GRACE:
            return _("It sleeps, and {wakes}. It is read then.").format(wakes=wake_text(wake, now))
        return _("It should be awake now: reading the log…")


__all__ = ["GasCountdown"]
