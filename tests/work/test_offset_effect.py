"""What a Randomised Offset Limit does: read off a meter over its bytes, held against the model that the meter is of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from hht.client.load_control import LoadControl, ScheduleEntry, SpecialDay
from hht.client.meter_session import MeterSession
from hht.link_url import parse_link_url
from hht.model.electricity_meter.randomised_offset import RandomisedOffset
from hht.model.features.calendar import Calendar, DayProfile, Season
from hht.model.seeded import subseed
from hht.work.offset_effect import OffsetEffect, effect_facts, effect_of, spread_of, switching_words
from hht.work.switching import goes_by_schedule, load_switching, tariff_switching
from hht.work.view import Tone
from tests.support.radio import LoopClock
from tests.support.virtual_time import virtual
from ui.compose import AssociationOptions, Composer

MONDAY = date(2026, 3, 2)
SPRING, WINTER = Season((3, 1), ("day",) * 5 + ("rest",) * 2), Season((11, 1), ("rest",) * 7)
SEASONS = Calendar(
    {"day": DayProfile(((1800, 1), (27_000, 0))), "rest": DayProfile(((3600, 1), (28_800, 0), (79_200, 1)))},
    (SPRING, WINTER),
)


@virtual
async def test_switching_times_read_off_the_meter_are_the_models_own() -> None:
    """Both ways of calendars (class 10 and class 20), over weekdays, weekends and the ends of seasons."""
    clock = LoopClock()
    composer = Composer(clock, training=True)
    url = "emulated:load-control?days=1"
    esme = composer.living.premises(parse_link_url(url)).find("esme-1")
    esme.load_control.switches[2].follow(SEASONS)
    meter = composer.meter(url, AssociationOptions(), None)
    await meter.open()
    assert isinstance(meter, MeterSession)
    load = await meter.read_load_control()
    await meter.close()
    await composer.close()
    assert [(one.number, one.on_han, one.boost) for one in load.switches] == [
        (1, False, False),
        (2, False, False),
        (3, True, False),
    ]
    assert load.tariff is not None
    pairs = [(load_switching(load, 2), SEASONS), (tariff_switching(load.tariff), esme.tariff.plan.calendar)]
    for start in (datetime(2026, 2, 27, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)):
        for quarter in range(4 * 24 * 4):
            moment = start + timedelta(minutes=15 * quarter)
            for ours, theirs in pairs:
                second = int(moment.timestamp())
                assert ours.at(moment) == theirs.at(second), moment
                following = theirs.after(second)
                found = ours.after(moment)
                assert following is not None
                assert found is not None
                assert (int(found[0].timestamp()), found[1]) == following
    assert load_switching(load, 1).at(start) is None, "no calendar: never switched"


def storage(*, off_s: int = 27_000, special: tuple[SpecialDay, ...] = ()) -> LoadControl:
    """One switch, closed from 00:30 to `off_s`, under a night rate from 00:30 to 07:30."""
    from hht.client.load_control import AuxiliarySwitch, TariffCalendar

    week = (True,) * 7
    entries = (ScheduleEntry(1, True, 1800, week, None), ScheduleEntry(1, False, off_s, week, None))
    tariff = TariffCalendar("T", (((1, 1), "W"),), {"W": (1,) * 7}, {1: ((1800, 2), (27_000, 1))}, ())
    return LoadControl((AuxiliarySwitch(1, "Heaters", False, False, "open", None),), entries, special, tariff)


@pytest.mark.requirement("ALC-12", "ALC-16")
def test_the_prices_touched_and_the_line_of_the_worst_case() -> None:
    effect = effect_of(storage(), Decimal("0.4667"), 900, MONDAY)
    on, off = effect.switched
    assert effect.offset_s == 420
    assert (on.turns_to, on.register, on.other_rate_s) == (2, 1, 0)
    assert switching_words(effect, on) == "on 00:30, at last 00:45, here 00:37; with rate 2, which begins then"
    assert (off.register, off.turns_to, off.other_rate_s, off.own_other_rate_s) == (2, 1, 900, 420)
    assert "up to 15:00 (mm:ss) of it at another rate than 2" in switching_words(effect, off)
    said = {fact.label: fact for fact in effect_facts(effect)}
    assert said["Worst case"].value == "15:00 late (mm:ss)"
    assert said["Loads and tariff"].tone is Tone.WARN
    assert "07:00" in said["Loads and tariff"].value
    assert said["Long"].tone is Tone.WARN, "above the limit in the table"
    assert OffsetEffect.from_plain(effect.plain()) == effect


def test_an_off_time_well_inside_a_rate_touches_none() -> None:
    effect = effect_of(storage(off_s=25_000), Decimal("0.9999"), 1799, MONDAY)
    assert all(one.other_rate_s == 0 for one in effect.switched)
    assert effect_of(storage(off_s=26_000), Decimal(0), 1799, MONDAY).switched[1].other_rate_s == 799
    late = effect_of(storage(off_s=86_300), Decimal(0), 1799, MONDAY)
    assert late.switched[1].other_rate_s == 0, "beyond midnight it is rate 1 until 00:30"


@pytest.mark.requirement("ALC-17")
@pytest.mark.parametrize("limit_s", [0, 1, 60, 600, 1799])
def test_a_thousand_homes_are_those_of_the_models_own_rule(limit_s: int) -> None:
    spread = spread_of(limit_s)
    offsets = [RandomisedOffset(subseed(1, f"home {home}"), limit_s).offset_s for home in range(1000)]
    assert sum(spread.minutes) == 1000
    assert spread.latest_s == max(offsets) <= limit_s
    assert spread.minutes[0] == sum(offset < 60 for offset in offsets)
    assert spread_of(limit_s, seed=2) != spread or limit_s <= 60, "another seed, other homes"
    assert not any(spread.minutes[limit_s // 60 + 1 :]), "nobody later than the limit"
    if limit_s == 600:
        assert spread.busiest < 150, "a tenth of them in each of ten minutes, more or less"


def test_days_that_the_schedule_does_not_speak_of_are_known() -> None:
    load = storage(special=(SpecialDay(None, 3, 1, 1), SpecialDay(2027, 6, 1, 1)))
    assert not goes_by_schedule(load, MONDAY), "the day before was one"
    assert goes_by_schedule(load, date(2026, 6, 1))
    assert not goes_by_schedule(load, date(2027, 6, 1))
