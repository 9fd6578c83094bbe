"""Simulated time, and the meter's own clock against it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.clock import SimulatedClock
from hht.model.electricity_meter import ElectricityMeter, TimeStatus
from hht.model.meter_clock import MeterClock

MeterOf = Callable[..., ElectricityMeter]
START = datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC)


def test_time_runs_at_its_speed_pauses_and_jumps(clock: ManualClock) -> None:
    simulated = SimulatedClock(clock, speed=60, start=datetime(2030, 1, 1, tzinfo=UTC))
    clock.advance(10)
    assert simulated.now() == datetime(2030, 1, 1, 0, 10, tzinfo=UTC)
    simulated.set_speed(0)
    clock.advance(10)
    assert simulated.monotonic() == 600
    simulated.jump(3600)
    assert simulated.now() == datetime(2030, 1, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("speed", [-1, float("nan"), float("inf")])
def test_no_impossible_speed(clock: ManualClock, speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        SimulatedClock(clock, speed=speed)


def test_time_does_not_jump_back(clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="backwards"):
        SimulatedClock(clock).jump(-1)


def test_a_clock_gains_and_can_be_set_right(clock: ManualClock) -> None:
    own = MeterClock(clock, adrift_s=10, status=TimeStatus.UNRELIABLE, gain_ppm=100)
    clock.advance(100_000)
    assert (own.now() - clock.now()).total_seconds() == pytest.approx(20)
    moment = own.now() + timedelta(hours=5)
    assert own.meter_time(own.true_time(moment)) == moment
    assert own.set(clock.now()).total_seconds() == pytest.approx(-20)
    assert own.now() == clock.now()
    assert own.status is TimeStatus.RELIABLE


def test_the_demonstration_meter_is_37_s_ahead(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of()
    assert meter.clock.now() - clock.now() == timedelta(seconds=37)
    assert meter.clock.status is TimeStatus.UNRELIABLE


def test_setting_the_clock_is_logged_with_how_far(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of()
    meter.set_clock(clock.now())
    record = list(meter.event_log)[-1]
    assert (record.code, record.time) == (AlertCode.CLOCK_ADJUSTED, clock.now())
    assert record.information.startswith("moved -37 s")


def test_a_leap_over_half_hours_leaves_one_row(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of("clock-adrift")
    before = meter.profile.end
    meter.set_clock(clock.now())  # 3 h 12 min ahead
    rows = list(meter.profile.entries(before, meter.profile.end))
    assert [row.time_s for row in rows] == [int(datetime(2026, 11, 21, 10, tzinfo=UTC).timestamp())]
    clock.advance(1800)
    meter.catch_up()
    assert meter.profile.end == before + 2


def test_a_step_back_never_makes_rows_fall(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of()
    before = meter.profile.end
    meter.set_clock(clock.now() - timedelta(hours=2))
    clock.advance(2 * 3600)  # until here its clock repeats half-hours that it has recorded
    meter.catch_up()
    assert meter.profile.end == before
    clock.advance(1800)
    meter.catch_up()
    rows = list(meter.profile.entries(0, meter.profile.end))
    assert len(rows) == before + 1
    assert all(later.time_s > earlier.time_s for earlier, later in itertools.pairwise(rows))
    assert rows[-1].status == TimeStatus.RELIABLE
