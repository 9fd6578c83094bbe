"""13 months of half-hours: believable, consistent with the registers, the same from the same seed, and cheap."""

from __future__ import annotations

import hashlib
import itertools
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from hht.clock import ManualClock
from hht.model.electricity_meter import ElectricityMeter, TimeStatus
from hht.model.electricity_meter.load_profile import LoadProfile, ProfileEntry
from hht.model.household import Household, HouseholdShape
from hht.model.premises import load_premises

MeterOf = Callable[..., ElectricityMeter]


def fingerprint(meter: ElectricityMeter) -> str:
    digest = hashlib.sha256()
    for entry in meter.profile.entries(0, meter.profile.end):
        digest.update(f"{entry.time_s} {entry.import_wh} {entry.export_wh} {entry.status}\n".encode())
    for record in (*meter.event_log, *meter.security_log):
        digest.update(f"{record.time.timestamp():.0f} {record.code:04X} {record.information}\n".encode())
    return digest.hexdigest()


def test_thirteen_months_are_kept(clock: ManualClock) -> None:
    meter = load_premises("single-element", clock=clock).device()
    assert len(meter.profile) == 19_008


def thirteen_months_before(day: date) -> date:
    """The day of the same number 13 months earlier, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - 13, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@pytest.mark.requirement("EED-01")
def test_thirteen_calendar_months_are_kept_whatever_the_year() -> None:
    # Over 29 February 2028, with a month of 31 days besides, they are 397 days: GBCS keeps 19,056 entries.
    profile = LoadProfile()
    times = [1800 * number for number in range(20_000)]
    profile.extend(times, ((0, 0) for _time in times), 0)
    kept_days = len(profile) // 48
    days = [date(2027, 1, 1) + timedelta(days=number) for number in range(4 * 366)]
    assert max((day - thirteen_months_before(day)).days for day in days) == kept_days == 397
    assert profile.first == 20_000 - 19_056


def test_history_rises_and_ends_below_the_registers(meter_of: MeterOf) -> None:
    meter = meter_of(days=396)
    entries = list(meter.profile.entries(0, meter.profile.end))
    assert all(
        later.time_s - earlier.time_s == 1800
        and later.import_wh >= earlier.import_wh
        and later.export_wh >= earlier.export_wh
        for earlier, later in itertools.pairwise(entries)
    )
    imported, exported = meter.registers()
    assert entries[-1].import_wh <= imported <= entries[-1].import_wh + 3000
    assert entries[-1].export_wh <= exported <= entries[-1].export_wh + 3000
    assert entries[-1].time_s <= meter.clock.now().timestamp() < entries[-1].time_s + 1800
    assert entries[0].import_wh >= 8_214_306  # the opening reading of the premises file


def test_same_seed_same_bytes_other_seed_other_bytes(meter_of: MeterOf) -> None:
    # The fingerprint is written down: any machine, any run, must come to it. It changes only when the model does.
    first = fingerprint(meter_of(seed=7, days=40))
    assert first == fingerprint(meter_of(seed=7, days=40))
    assert first != fingerprint(meter_of(seed=8, days=40))
    assert first[:16] == "5d7d2ea1277ff7c3"


@pytest.mark.parametrize("annual_wh", [1_800_000, 3_100_000, 9_000_000])
def test_a_year_adds_up_to_what_the_file_says(annual_wh: int) -> None:
    household = Household(HouseholdShape(annual_wh=annual_wh), seed=5)
    first = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) // 1800
    used = sum(imported for imported, _exported in household.half_hours(first, 365 * 48))
    assert used == pytest.approx(annual_wh, rel=0.15)


def usage_by(household: Household, first: datetime, days: int) -> dict[datetime, int]:
    start = int(first.timestamp()) // 1800
    rows = household.half_hours(start, days * 48)
    return {first + timedelta(minutes=30 * n): row[0] for n, row in enumerate(rows)}


def test_evenings_outweigh_nights_and_winters_summers() -> None:
    household = Household(HouseholdShape(away_weeks_percent=0), seed=5)
    year = usage_by(household, datetime(2025, 1, 1, tzinfo=UTC), 365)
    evening = sum(wh for moment, wh in year.items() if 17 <= moment.hour < 20)
    night = sum(wh for moment, wh in year.items() if 1 <= moment.hour < 4)
    january = sum(wh for moment, wh in year.items() if moment.month == 1)
    july = sum(wh for moment, wh in year.items() if moment.month == 7)
    assert evening > 3 * night
    assert january > 1.3 * july
    assert min(year.values()) >= 55  # the base load never sleeps


def test_weekend_mornings_start_later() -> None:
    household = Household(HouseholdShape(away_weeks_percent=0), seed=5)
    year = usage_by(household, datetime(2025, 1, 1, tzinfo=UTC), 365)

    def seven_in_the_morning(weekend: bool) -> float:
        winter = [wh for m, wh in year.items() if m.hour == 7 and m.month < 3 and (m.weekday() >= 5) == weekend]
        return sum(winter) / len(winter)

    assert seven_in_the_morning(False) > 1.25 * seven_in_the_morning(True)


def test_people_follow_british_summer_time() -> None:
    """The morning rise comes an hour earlier by UTC once the clocks have gone forward (30 March 2025)."""
    household = Household(HouseholdShape(away_weeks_percent=0), seed=5)
    before = usage_by(household, datetime(2025, 3, 3, tzinfo=UTC), 26)
    after = usage_by(household, datetime(2025, 3, 31, tzinfo=UTC), 26)

    def six_utc(year: dict[datetime, int]) -> int:
        return sum(wh for moment, wh in year.items() if moment.hour == 6 and moment.weekday() < 5)

    assert six_utc(after) > 1.3 * six_utc(before)


def test_the_sun_exports_by_day_only() -> None:
    household = Household(HouseholdShape(solar_peak_w=3000), seed=5)
    first = int(datetime(2025, 6, 1, tzinfo=UTC).timestamp()) // 1800
    rows = list(household.half_hours(first, 30 * 48))
    by_slot = [sum(exported for _used, exported in rows[slot::48]) for slot in range(48)]
    assert not any(by_slot[:8])
    assert max(by_slot) == max(by_slot[18:32])
    assert max(exported for _used, exported in rows) <= 1500


def test_rows_are_captured_as_time_passes(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of()
    before = meter.profile.end
    clock.advance(24 * 3600)
    meter.catch_up()
    assert meter.profile.end == before + 48
    newest = list(meter.profile.entries(before, meter.profile.end))
    assert all(entry.status == TimeStatus.UNRELIABLE for entry in newest)
    assert newest[-1].import_wh <= meter.registers()[0]


def test_registers_never_go_back(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of("clock-adrift")
    last = meter.registers()
    for _step in range(500):
        clock.advance(397)
        now = meter.registers()
        assert now[0] >= last[0]
        assert now[1] >= last[1]
        last = now


def test_the_oldest_rows_give_way() -> None:
    profile = LoadProfile(capacity=10)
    for n in range(37):
        profile.append(ProfileEntry(1800 * n, n, 0, 0))
    assert len(profile) == 10
    assert [entry.import_wh for entry in profile.entries(0, profile.end)] == list(range(27, 37))
    assert profile.index_at_or_after(1800 * 30) == 30
    assert profile.index_at_or_after(0) == 27
    assert profile.index_at_or_after(10**9) == profile.end
    with pytest.raises(ValueError, match="rise in time"):
        profile.append(ProfileEntry(1800 * 36, 1, 1, 0))


def test_voltage_and_power_are_a_homes(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of()
    for _step in range(200):
        clock.advance(613)
        assert 2160 <= meter.voltage_dv() <= 2530
        assert 0 <= meter.power_w() < 20_000
