"""Mains, consumer, load switch and measuring elements together: energy is exact, and flows only where it can."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName
from hht.model.consumer import ApplianceShape
from hht.model.electricity_meter import ElectricityMeter, SupplyState
from hht.model.electricity_meter.measurement import Measurement
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, EnableSupply, ReadSupplyState
from hht.model.parties import Party, UserRole
from hht.model.refusal import DeviceRefusal, Reason

MeterOf = Callable[..., ElectricityMeter]
SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
DISTRIBUTOR = Party("Example Networks", UserRole.ELECTRICITY_DISTRIBUTOR)


def used(meter: ElectricityMeter, clock: ManualClock, seconds: float) -> int:
    """mW s that the meter counts in so many seconds."""
    meter.catch_up()
    before = sum(channel.import_mws for channel in meter.measurement.channels)
    clock.advance(seconds)
    meter.catch_up()
    return sum(channel.import_mws for channel in meter.measurement.channels) - before


def test_how_often_somebody_looks_changes_no_register() -> None:
    seldom, often = (Measurement(0, 1, 0, 0) for _number in range(2))
    for measurement in (seldom, often):
        measurement.flow([333], [0])
    for now_ms in range(1, 100_001):
        often.count(now_ms)
    seldom.count(100_000)
    assert often.channels == seldom.channels


def test_a_kettle_adds_exactly_what_it_draws(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of("next-door")
    clock.advance(1800 - clock.now().timestamp() % 1800 + 1)  # just after a half-hour: the household stays as it is
    without = used(meter, clock, 100)
    meter.consumer.plug(ApplianceShape("kettle", 3000))
    assert used(meter, clock, 100) == without + 3000 * 100_000
    meter.consumer.use("kettle", False)
    assert used(meter, clock, 100) == without
    with pytest.raises(KeyError):
        meter.consumer.use("piano", True)


def test_a_storage_heater_stops_when_it_is_full(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of("next-door")
    clock.advance(1800 - clock.now().timestamp() % 1800 + 1)
    without = used(meter, clock, 600)
    meter.consumer.plug(ApplianceShape("heater", 3000, daily_wh=100))  # full after two minutes
    assert used(meter, clock, 600) == without + 100 * 3_600_000
    assert not meter.consumer.appliance("heater").draws


def test_nothing_flows_through_an_open_switch_or_from_a_dead_street(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of()
    meter.execute(DisableSupply(), SUPPLIER)
    assert used(meter, clock, 3600) == 0
    meter.execute(EnableSupply(), SUPPLIER)
    assert used(meter, clock, 3600) > 0
    meter.mains.switch(False, why="a test")
    assert used(meter, clock, 3600) == 0
    assert meter.voltage_dv() == 0
    meter.mains.switch(True)
    assert used(meter, clock, 3600) > 0


@pytest.mark.requirement("DNO-01", "DNO-06")
@pytest.mark.parametrize(("seconds", "code"), [(179.999, 0x8F35), (180, 0x8F36)])
def test_an_outage_is_logged_with_its_end_and_length(
    meter_of: MeterOf, clock: ManualClock, seconds: float, code: int
) -> None:
    meter = meter_of()
    began = meter.clock.now()
    meter.mains.switch(False)
    clock.advance(seconds)
    meter.mains.switch(True)
    lost, back = list(meter.logs[LogName.POWER_EVENT])[-2:]
    assert (lost.code, lost.time) == (AlertCode.SUPPLY_INTERRUPTED, began)
    assert (back.code, back.time) == (code, began + timedelta(seconds=seconds))


def test_who_may_switch(meter_of: MeterOf) -> None:
    meter = meter_of()
    assert meter.execute(ReadSupplyState(), DISTRIBUTOR) is SupplyState.ENABLED
    with pytest.raises(DeviceRefusal) as refused:
        meter.execute(DisableSupply(), DISTRIBUTOR)
    assert refused.value.reason is Reason.ACCESS_DENIED
    assert list(meter.security_log)[-1].code == AlertCode.SOURCE_LACKS_AUTHORITY
    assert meter.supply is SupplyState.ENABLED
    meter.execute(DisableSupply(), SUPPLIER)
    meter.execute(ArmSupply(), SUPPLIER)
    assert meter.supply is SupplyState.ARMED
    assert not meter.load_switch.closed


def test_a_stuck_contactor_says_so_and_power_flows_on(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of()
    meter.faults.add("stuck-contactor")
    meter.execute(DisableSupply(), SUPPLIER)
    assert meter.supply is SupplyState.DISABLED
    assert list(meter.event_log)[-1].code == AlertCode.SUPPLY_DISCONNECT_FAILED
    assert used(meter, clock, 3600) > 0


def test_a_command_dated_ahead_waits_where_it_may(meter_of: MeterOf) -> None:
    meter = meter_of()
    with pytest.raises(DeviceRefusal, match="dated ahead"):
        meter.execute(DisableSupply(), SUPPLIER, at_ms=meter.site.now_ms + 1000)
