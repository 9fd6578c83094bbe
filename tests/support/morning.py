"""The computer's clock put to a morning. A home of one day began at the hour that it is now; where that is about noon,
the sun's highest half-hour is the one in which it began, and no row of the profile stands before it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ui.system import SystemClock

MORNING = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)


def in_the_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on it is `MORNING`, and the clock goes on."""
    began = datetime.now(UTC)
    monkeypatch.setattr(SystemClock, "now", lambda _self: MORNING + (datetime.now(UTC) - began))
