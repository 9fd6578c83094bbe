"""``hht lights`` and ``hht display`` as a person and a script use them."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from tests.cli.conftest import Run
from ui.cli import lights
from ui.cli.common import Output, UsageProblem


def test_lights_by_what_is_seen_by_taps_and_all_of_them(run: Run) -> None:
    seen = run("lights", "seen", "wan", "fast")
    assert seen.status == 0
    assert seen.lines[-1] == seen.lines[-1] | {"led": "WAN", "state": "searching", "verified": False}
    taps = run("lights", "tap", "WAN", "--at", "0", "5.1", "10", "14.95", "20.1")
    assert taps.status == 0
    assert taps.lines[-1] == taps.lines[-1] | {"ok": True, "state": "connected", "pattern": "slow"}
    assert taps.lines[-1]["confidence"] > 0.9
    none = run("lights", "tap", "WAN", "--at", "0", "1.7", "2", "9", "9.2")
    assert none.status == 1
    assert none.lines[-1]["ok"] is False
    every = run("lights", "list")
    assert every.lines[-1]["count"] == 18
    smets1 = run("lights", "list", "--on", "smets1 meter", "--maker", "Secure")
    assert smets1.lines[-1]["verified"] is False


def test_nobody_at_a_keyboard_is_told_how_else(run: Run) -> None:
    done = run("lights", "tap", "WAN")
    assert done.status == 2
    assert "--at" in done.lines[-1]["remedy"]


class Keyboard(io.StringIO):
    """Somebody who presses Enter every five seconds of the clock, five times."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__("\n" * 5 + ".\n")
        self._clock = clock

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:
        self._clock.advance(5)
        return super().readline(-1 if size is None else size)


def test_taps_are_timed_by_the_clock_that_is_passed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    monkeypatch.setattr("sys.stdin", Keyboard(clock))
    assert list(lights.taps_typed(clock, Output(True))) == [5, 10, 15, 20, 25]
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UsageProblem):
        list(lights.taps_typed(clock, Output(True)))


def test_display_texts_with_their_source(run: Run) -> None:
    done = run("display", "V24.01.10.00 71b803", "--maker", "Landis+Gyr", "--model", "E470")
    assert done.status == 0
    assert done.lines[0] == done.lines[0] | {"kind": "firmware", "is_error": False, "verified": False}
    unknown = run("display", "QWERTZ 99")
    assert unknown.status == 1
    assert unknown.lines[-1]["ok"] is False
    found = run("display", "--search", "keypad locks")
    assert found.lines[-1]["count"] == len(found.lines) - 1 > 0
    assert run("display").status == 2
    secret = run("display", "73943333457189043313")
    assert secret.status == 1
    assert "73943333457189043313" not in str(secret.lines) + secret.errors
