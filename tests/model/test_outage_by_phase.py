"""Outages of three phases together and one by one: each that was told has its end, with the time that it lasted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName
from hht.model.electricity_meter import ElectricityMeter
from hht.model.premises import load_premises

Step = tuple[int, bool, int | None]  # s to wait before, live, phase from 0 (None: all)
ALL_LOST = (AlertCode.SUPPLY_INTERRUPTED, "")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC))


@pytest.fixture
def meter(clock: ManualClock) -> ElectricityMeter:
    return load_premises("polyphase", clock=clock, days=2).device()


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        pytest.param(
            [(0, False, None), (3600, True, 0), (60, True, 1), (60, True, 2)],
            [
                ALL_LOST,
                (AlertCode.SUPPLY_OUTAGE_RESTORED_LONG, "3600 s"),
                (AlertCode.SUPPLY_OUTAGE_RESTORED_LONG_PHASE_2, "3660 s"),
                (AlertCode.SUPPLY_OUTAGE_RESTORED_LONG_PHASE_3, "3720 s"),
            ],
            id="together, and back one by one",
        ),
        pytest.param(
            [(0, False, 0), (600, False, None), (60, True, None)],
            [
                (AlertCode.SUPPLY_INTERRUPTED_PHASE_1, ""),
                ALL_LOST,
                (AlertCode.SUPPLY_OUTAGE_RESTORED, "60 s"),
                (AlertCode.SUPPLY_OUTAGE_RESTORED_LONG_PHASE_1, "660 s"),
            ],
            id="one, then all, and all back",
        ),
        pytest.param(
            [(0, False, 0), (60, False, 1), (60, False, 2), (60, True, 1), (60, True, 0), (60, True, 2)],
            [
                (AlertCode.SUPPLY_INTERRUPTED_PHASE_1, ""),
                (AlertCode.SUPPLY_INTERRUPTED_PHASE_2, ""),
                ALL_LOST,
                (AlertCode.SUPPLY_OUTAGE_RESTORED, "60 s"),
                (AlertCode.SUPPLY_OUTAGE_RESTORED_PHASE_2, "120 s"),
                (AlertCode.SUPPLY_OUTAGE_RESTORED_LONG_PHASE_1, "240 s"),
                (AlertCode.SUPPLY_OUTAGE_RESTORED_LONG_PHASE_3, "180 s"),
            ],
            id="one by one, and back one by one",
        ),
        pytest.param(
            [(0, False, None), (60, True, 0), (60, False, 0), (60, True, None), (600, False, None), (60, True, None)],
            [
                ALL_LOST,
                (AlertCode.SUPPLY_OUTAGE_RESTORED, "60 s"),
                ALL_LOST,
                (AlertCode.SUPPLY_OUTAGE_RESTORED, "60 s"),
                (AlertCode.SUPPLY_OUTAGE_RESTORED_LONG_PHASE_2, "180 s"),
                (AlertCode.SUPPLY_OUTAGE_RESTORED_LONG_PHASE_3, "180 s"),
                ALL_LOST,
                (AlertCode.SUPPLY_OUTAGE_RESTORED, "60 s"),
            ],
            id="all, one back for a while, and all again",
        ),
    ],
)
def test_each_outage_has_its_end(
    meter: ElectricityMeter, clock: ManualClock, steps: list[Step], told: list[tuple[AlertCode, str]]
) -> None:
    before = len(list(meter.logs[LogName.POWER_EVENT]))
    for wait_s, live, phase in steps:
        clock.advance(wait_s)
        meter.mains.switch(live, phase=phase)
    records = list(meter.logs[LogName.POWER_EVENT])[before:]
    assert [(record.code, record.information) for record in records] == told
