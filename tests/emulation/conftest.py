"""A premises on a clock that moves when told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.electricity_meter import ElectricityMeter
from hht.model.premises import load_premises

START = datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def meter_of(clock: ManualClock) -> Callable[..., ElectricityMeter]:
    """The first meter of a premises by name, with a short history unless asked otherwise."""

    def load(name: str = "single-element", *, seed: int = 1, days: int = 3) -> ElectricityMeter:
        return load_premises(name, clock=clock, seed=seed, days=days).device()

    return load
