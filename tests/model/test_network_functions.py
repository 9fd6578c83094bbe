"""What a network operator gets from a meter: maximum demand, voltage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from hht.clock import ManualClock
from hht.model.alert_routes import LogName
from hht.model.consumer import ApplianceShape
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.maximum_demand import (
    Demand,
    DemandWindow,
    Maximum,
    ReadMaximumExport,
    ReadMaximumImport,
    ResetMaximumDemand,
    SetDemandWindow,
)
from hht.model.electricity_meter.voltage import (
    PROFILE_ENTRIES,
    ReadVoltage,
    ResetVoltageCounters,
    SetVoltage,
    VoltageProfile,
    VoltageSettings,
    VoltageState,
)
from hht.model.parties import Party, UserRole
from hht.model.refusal import DeviceRefusal

MeterOf = Callable[..., ElectricityMeter]
SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
DISTRIBUTOR = Party("Example Networks", UserRole.ELECTRICITY_DISTRIBUTOR)


def unix(hour: int, minute: int = 0) -> int:
    return int(datetime(2026, 11, 21, hour, minute, tzinfo=UTC).timestamp())


# --- maximum demand ------------------------------------------------------------------------------------------------


@pytest.mark.requirement("DNO-10", "DNO-11")
def test_the_registers_hold_the_highest_half_hour_of_the_profile(meter_of: MeterOf) -> None:
    meter = meter_of("single-element", days=30)
    rows = list(meter.profile.entries(0, meter.profile.end))
    steps = [(2 * (b.import_wh - a.import_wh), b.time_s) for a, b in pairwise(rows)]
    power, _time = max(steps)
    found, _window = meter.execute(ReadMaximumImport(), DISTRIBUTOR)  # type: ignore[misc]
    assert found.power_w == power
    assert found.time_s in [time for value, time in steps if value == power]
    exported = [2 * (b.export_wh - a.export_wh) for a, b in pairwise(rows)]
    assert meter.execute(ReadMaximumExport(), DISTRIBUTOR).power_w == max(exported)  # type: ignore[attr-defined]


@pytest.mark.requirement("DNO-12")
@pytest.mark.parametrize(
    ("ended", "within"),
    [((16, 0), False), ((16, 30), True), ((20, 0), True), ((20, 30), False)],
)
def test_the_window_is_16_to_20_and_its_edges_count(ended: tuple[int, int], within: bool) -> None:
    assert DemandWindow().holds(unix(*ended)) is within


def test_a_window_may_go_over_midnight() -> None:
    window = DemandWindow(23 * 3600, 3600)
    held = [time for time in range(unix(0), unix(0) + 86_400, 1800) if window.holds(time)]
    assert held == [unix(0), unix(0, 30), unix(1), unix(23, 30)]


@pytest.mark.requirement("DNO-13")
@pytest.mark.parametrize("which", list(Demand))
def test_each_register_is_reset_alone(meter_of: MeterOf, which: Demand) -> None:
    meter = meter_of("single-element", days=30)
    before = dict(meter.maximum_demand.registers)
    assert all(register.power_w for register in before.values())
    with pytest.raises(DeviceRefusal):
        meter.execute(ResetMaximumDemand(which), SUPPLIER)
    meter.execute(ResetMaximumDemand(which), DISTRIBUTOR)
    assert meter.maximum_demand.registers == before | {which: Maximum()}


@pytest.mark.parametrize(("start", "end"), [(0, 0), (1, 1800), (0, 86_400), (-1800, 0)])
def test_an_impossible_window_is_refused(meter_of: MeterOf, start: int, end: int) -> None:
    meter = meter_of()
    with pytest.raises(DeviceRefusal):
        meter.execute(SetDemandWindow(DemandWindow(start, end)), DISTRIBUTOR)
    assert meter.maximum_demand.window == DemandWindow()


# --- voltage -------------------------------------------------------------------------------------------------------


def power_events(meter: ElectricityMeter) -> list[int]:
    return [record.code for record in meter.logs[LogName.POWER_EVENT] if record.code < 0x8100]


@pytest.mark.requirement("DNO-16")
@pytest.mark.parametrize(
    ("volts", "name", "begun", "ended"),
    [
        (50, "extreme_over", 0x8020, 0x808D),
        (10, "swell", 0x8024, 0x8091),
        (-40, "sag", 0x802C, 0x8099),
        (-80, "extreme_under", 0x8028, 0x8095),
    ],
)
def test_an_excursion_alerts_counts_and_ends(
    meter_of: MeterOf, clock: ManualClock, volts: int, name: str, begun: int, ended: int
) -> None:
    meter = meter_of("next-door")
    meter.mains.shift_voltage(volts * 10, why="a test")
    clock.advance(29.999)
    meter.catch_up()
    assert begun not in power_events(meter)
    clock.advance(0.001)
    meter.catch_up()
    assert begun in power_events(meter)
    state = meter.execute(ReadVoltage(), DISTRIBUTOR)
    assert isinstance(state, VoltageState)
    assert state.counts[name] == (1,)
    meter.mains.shift_voltage(0)
    assert ended in power_events(meter)
    meter.execute(ResetVoltageCounters(), DISTRIBUTOR)
    assert not any(any(counts) for counts in meter.voltage.state.counts.values())


def test_a_short_excursion_is_none(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of("next-door")
    meter.mains.shift_voltage(500)
    clock.advance(29)
    meter.mains.shift_voltage(0)
    clock.advance(60)
    meter.catch_up()
    assert power_events(meter) == []


@pytest.mark.parametrize("set_meanwhile", [True, False])
def test_an_outage_ends_an_excursion_before_it_has_lasted(
    meter_of: MeterOf, clock: ManualClock, set_meanwhile: bool
) -> None:
    meter = meter_of("next-door")
    meter.mains.shift_voltage(500)
    clock.advance(20)
    meter.mains.switch(False)
    if set_meanwhile:
        meter.execute(SetVoltage(meter.voltage.settings), DISTRIBUTOR)  # a dead phase is below every threshold
    clock.advance(5)
    meter.mains.switch(True)
    clock.advance(29)
    meter.catch_up()
    assert power_events(meter) == []
    clock.advance(1)
    meter.catch_up()
    assert 0x8020 in power_events(meter)


def test_averages_of_half_an_hour_pass_their_own_thresholds(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of("next-door")
    meter.mains.shift_voltage(200)
    clock.advance(7200)
    meter.catch_up()
    assert 0x8002 in power_events(meter)
    assert meter.voltage.phases[0].average_dv == pytest.approx(2668, abs=40)
    meter.mains.shift_voltage(0)
    clock.advance(7200)
    meter.catch_up()
    assert 0x8085 in power_events(meter)
    assert meter.voltage.phases[0].profile.rows()[-1][0] == unix(14)


def test_shorter_periods_have_their_own_beat(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of("next-door")
    before = len(meter.voltage.phases[0].profile)
    meter.execute(SetVoltage(VoltageSettings(average_period_s=30)), DISTRIBUTOR)
    clock.advance(300)
    meter.catch_up()
    assert len(meter.voltage.phases[0].profile) == before + 10


def test_each_phase_has_its_own_codes(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of("polyphase")
    meter.mains.shift_voltage(-400, phase=2)
    clock.advance(60)
    meter.catch_up()
    assert power_events(meter)[-1] == 0x802F
    assert meter.voltage.state.counts["sag"] == (0, 0, 1)


def test_an_outage_is_no_sag(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of("next-door")
    meter.mains.switch(False)
    clock.advance(600)
    meter.mains.switch(True)
    clock.advance(600)
    meter.catch_up()
    assert power_events(meter) == []


def test_the_profile_keeps_4320_rows() -> None:
    profile = VoltageProfile()
    for number in range(3 * PROFILE_ENTRIES):
        profile.add(number, 2400)
    assert len(profile) == PROFILE_ENTRIES
    assert profile.rows()[0][0] == 2 * PROFILE_ENTRIES


@pytest.mark.parametrize(
    "wrong",
    [{"sag_v": 231}, {"swell_v": 229}, {"average_under_v": 180}, {"average_over_v": 287}, {"extreme_over_v": 301},
     {"sag_s": 0}, {"average_over_v": 252}, {"sag_v": 199}],
)  # fmt: skip
def test_thresholds_out_of_order_are_refused_whole(meter_of: MeterOf, wrong: dict[str, int]) -> None:
    meter = meter_of()
    with pytest.raises(DeviceRefusal):
        meter.execute(SetVoltage(replace(VoltageSettings(), **wrong)), DISTRIBUTOR)
    assert meter.voltage.settings == VoltageSettings()


def test_load_lowers_the_voltage_a_little(meter_of: MeterOf) -> None:
    meter = meter_of("next-door")
    before = meter.voltage.phases[0].level_dv
    meter.consumer.plug(ApplianceShape("oven", 3000))
    assert before - 40 <= meter.voltage.phases[0].level_dv < before
