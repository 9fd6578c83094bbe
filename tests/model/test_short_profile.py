"""Half-hourly export and reactive energy: three months of it; and the registers that parties read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hht.clock import ManualClock
from hht.model.consumer import ApplianceShape
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.registers import ReadExportRegisters, ReadImportRegisters, ReadPower, RegistersRead
from hht.model.electricity_meter.short_profile import (
    CAPACITY,
    ReadExportDailyReads,
    ReadExportProfile,
    ReadReactiveImportProfile,
)
from hht.model.parties import Party, UserRole
from hht.model.premises import bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.refusal import DeviceRefusal

MeterOf = Callable[..., ElectricityMeter]
SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
NETWORK = Party("Example Networks", UserRole.ELECTRICITY_DISTRIBUTOR)
EXPORT_SUPPLIER = Party("Example Export", UserRole.EXPORT_SUPPLIER)
SOLAR = """
title = "Roof with panels"
[mains]
outages = 0
[[device]]
id = "esme-1"
kind = "electricity-meter"
device_id = "00-DB-12-34-56-78-AA-A0"
maker = "HHT"
manufacturer = "HHT Training"
model = "TRAINER-1E"
firmware = "0002012F"
local_access = "installer"
[device.energy]
export_wh = 5_000
[device.household]
solar_peak_w = 4000
"""


def solar(clock: ManualClock, days: int = 3) -> ElectricityMeter:
    return bring_to_life(parse_premises(SOLAR, name="solar", file="solar.toml"), clock=clock, days=days).device()


@pytest.mark.requirement("OLC-12")
def test_three_months_are_kept_and_the_oldest_is_dropped_exactly_there(clock: ManualClock) -> None:
    meter = solar(clock, days=CAPACITY // 48 + 3)
    entries = meter.short_profile.entries()
    assert len(entries) == len(meter.short_profile) == CAPACITY == 4464
    assert entries[-1].time_s - entries[0].time_s == (CAPACITY - 1) * 1800
    clock.advance(1800)
    meter.catch_up()
    later = meter.short_profile.entries()
    assert later[:-1] == entries[1:]
    assert later[-1].time_s == entries[-1].time_s + 1800


@pytest.mark.requirement("FUN-07", "MIC-03")
def test_export_by_the_half_hour_is_what_the_registers_count(clock: ManualClock) -> None:
    meter = solar(clock, days=40)
    whole = list(meter.profile.entries(0, meter.profile.end))
    short = {entry.time_s: entry for entry in meter.short_profile.entries()}
    assert [(e.time_s, e.export_wh) for e in whole] == [(e.time_s, e.export_wh) for e in short.values()]
    newest = short[whole[-1].time_s]
    assert newest.export_wh > 5_000 + 20_000  # forty days of sun on a roof
    read = meter.execute(ReadExportRegisters(), NETWORK)
    assert isinstance(read, RegistersRead)
    assert newest.export_wh <= read.active_wh <= newest.export_wh + 2_000
    assert read.reactive_varh == newest.reactive_export_varh


@pytest.mark.requirement("OLC-12")
def test_reactive_import_follows_the_power_factor(clock: ManualClock) -> None:
    meter = solar(clock)
    first, *_between, last = meter.execute(ReadReactiveImportProfile(), SUPPLIER)  # type: ignore[misc]
    by_time = {entry.time_s: entry.import_wh for entry in meter.profile.entries(0, meter.profile.end)}
    active = by_time[last[0]] - by_time[first[0]]
    assert last[1] - first[1] == pytest.approx(active / 4, abs=2)
    registers = meter.execute(ReadImportRegisters(), SUPPLIER)
    assert isinstance(registers, RegistersRead)
    assert registers.reactive_varh == pytest.approx(last[1], abs=300)


def test_a_range_is_read_and_a_wrong_one_refused(clock: ManualClock) -> None:
    meter = solar(clock)
    entries = meter.short_profile.entries()
    since, until = entries[10].time_s, entries[20].time_s
    rows = meter.execute(ReadExportProfile(since, until), EXPORT_SUPPLIER)
    assert rows == tuple((e.time_s, e.export_wh, e.reactive_export_varh) for e in entries[10:21])
    with pytest.raises(DeviceRefusal, match="until"):
        meter.execute(ReadExportProfile(until, since), EXPORT_SUPPLIER)
    with pytest.raises(DeviceRefusal, match="may not"):
        meter.execute(ReadExportProfile(), SUPPLIER)  # the export is the export supplier's, not the importer's


def test_daily_reads_of_export_are_31_midnights(clock: ManualClock) -> None:
    meter = solar(clock, days=40)
    reads = meter.execute(ReadExportDailyReads(), EXPORT_SUPPLIER)
    assert isinstance(reads, tuple)
    assert len(reads) == 31
    assert all(time % 86_400 == 0 for time, _wh in reads)
    assert [wh for _time, wh in reads] == sorted(wh for _time, wh in reads)


def test_a_clock_put_back_leaves_the_rows_rising(clock: ManualClock) -> None:
    meter = solar(clock)
    meter.set_clock(meter.clock.now() - timedelta(hours=3))
    clock.advance(4 * 3600)
    meter.catch_up()
    times = [entry.time_s for entry in meter.short_profile.entries()]
    assert times == sorted(set(times))


def test_power_is_told_in_all_and_of_the_primary_element(clock: ManualClock) -> None:
    text = SOLAR.replace("solar_peak_w", "base_load_w").replace('model = "TRAINER-1E"', 'model = "TWIN"\nvariant = "B"')
    meter = bring_to_life(parse_premises(text, name="twin", file="twin.toml"), clock=clock, days=1).device()
    assert meter.execute(ReadPower(), SUPPLIER) == (meter.power_w(), meter.power_w())
    meter.consumer.plug(ApplianceShape("heater", 2000, channel=1))
    total, primary = meter.execute(ReadPower(), SUPPLIER)  # type: ignore[misc]
    assert total - primary == 2000
    clock.advance(1800)
    registers = meter.execute(ReadImportRegisters(), SUPPLIER)
    assert isinstance(registers, RegistersRead)
    assert registers.channels_wh[1] == 1000
