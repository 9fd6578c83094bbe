"""What a premises makes explicit: interoperability, versions, lists, who keeps which value, who moves the hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.british_time import local_offset_s, next_change
from hht.clock import ManualClock
from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.calendar import Calendar, DayProfile, Season, every_day
from hht.model.features.local_time import LocalCalendar, in_utc, local_text
from hht.model.features.tariff_plan import TariffTimes
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.volume import Conversion, SetConversion
from hht.model.interoperability import interoperability
from hht.model.kept_values import KeptValue, kept_values
from hht.model.plan_file import PremisesError
from hht.model.portrait import portrait
from hht.model.premises import bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.refusal import DeviceRefusal
from hht.model.wan.change_of_supplier import change_supplier
from hht.model.wan.configuration import Arrangement
from hht.model.wan.product_lists import Generation, list_called
from hht.model.wan.requests import Outcome
from hht.resources import resource_text
from tests.model.architectures.conftest import Lived

Live = Callable[..., Lived]
HOUR_S = 3600


# --- interoperability, versions, lists -------------------------------------------------------------------------------


@pytest.mark.requirement("ARC-04")
def test_each_device_says_which_kind_of_interoperability_is_missing(lived: Live) -> None:
    good = lived("dual-fuel-connected", days=1)
    assert {device.interoperability.missing for device in portrait(good.home).devices} == {()}
    outside = lived("opted-out-shop", days=1)
    meter = interoperability(outside.home, outside.home.device())
    assert meter.missing == ("technical", "commercial")
    assert "no hub hears it" in meter.technical
    assert "only its supplier's own system" in meter.commercial
    change_supplier(outside.centre, "Business Energy", "New Energy", Arrangement.NONE)
    assert "cannot work it" in interoperability(outside.home, outside.home.device()).commercial
    plain = lived("foundation", days=1)
    hub = interoperability(plain.home, plain.home.find("hub-1"))
    assert hub.missing == ("functional", "technical", "commercial")
    first = lived("smets1-active", days=1)
    old = interoperability(first.home, first.home.device())
    assert (old.missing, old.technical) == (("commercial",), "")
    first.wait(2_000)
    assert interoperability(first.home, first.home.device()).missing == ()


def test_a_device_that_no_hub_hears_is_not_technically_interoperable(lived: Live) -> None:
    home = lived("polyphase-farm", days=1)
    gas = home.home.find("gsme-1")
    assert interoperability(home.home, gas).missing == ()
    home.home.medium.bands["gsme-1"] = frozenset({"169"})  # type: ignore[attr-defined]
    assert "no hub hears it" in interoperability(home.home, gas).technical


@pytest.mark.requirement("HAN-04")
@pytest.mark.parametrize("name", ["dual-fuel-connected", "polyphase-farm", "solar-generation", "modular-meter"])
def test_every_device_declares_smets_and_gbcs_versions_and_one_that_does_not_is_told(lived: Live, name: str) -> None:
    home = lived(name, days=1)
    for device in portrait(home.home).devices:
        assert device.smets.startswith(("SMETS V", "CHTS V")), device.name
        assert device.gbcs == "4.2"
    text = resource_text("premises", f"{name}.toml").replace('gbcs_version = "4.2"\n', "", 1)
    clock = ManualClock(datetime(2026, 6, 17, 12, tzinfo=UTC))
    silent = bring_to_life(parse_premises(text, name=name, file="test.toml"), clock=clock, days=1)
    told = [device for device in portrait(silent).devices if not device.gbcs]
    assert len(told) == 1
    assert "no GB Companion Specification version" in told[0].interoperability.technical


@pytest.mark.requirement("S1E-02", "S1E-13")
def test_the_central_products_list_has_two_names_and_both_generations(lived: Live) -> None:
    for name in ("Central Products List", "certified products list", "CPL", "certified"):
        assert list_called(name) == "Central Products List"
    assert list_called("EPC") == "Eligible Product Combinations"
    assert list_called("products list") == list_called("") == list_called("shopping") == ""
    text = resource_text("premises", "smets1-enrolled.toml")
    head, _mark, display = text.rpartition("[[device]]")
    newer = display.replace('smets_version = "SMETS1 V1.2"', 'smets_version = "SMETS V5.0"\ngbcs_version = "4.2"')
    newer = newer.replace('"in-home-display"', '"prepayment-interface"').replace("ihd-1", "ppmid-1")
    clock = ManualClock(datetime(2026, 6, 17, 12, tzinfo=UTC))
    home = bring_to_life(parse_premises(f"{head}[[device]]{newer}", name="mixed", file="m.toml"), clock=clock, days=1)
    assert home.centre is not None
    rows = home.centre.lists.central.values()
    assert {row.generation for row in rows} == set(Generation)
    for row in rows:
        first = row.generation is Generation.SMETS1
        assert (row.gbcs_version == "") is (row.security == "") is first


# --- who keeps what --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("IDT-06")
def test_the_gas_meter_keeps_its_values_and_the_hub_a_copy_of_the_tariff(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=1)
    gas = home.home.of(GasMeter)[0]
    kept = {value.item: value for value in kept_values(home.home)}
    assert kept["calorific value"] == KeptValue("calorific value", "gsme-1", "39.5 MJ/m3")
    assert kept["conversion factor (PTZ)"].device == "gsme-1"
    assert (kept["gas tariff matrix"].device, kept["gas tariff matrix"].copies) == ("gsme-1", ("hub-1-gpf",))
    assert kept["electricity tariff matrix"].device == "esme-1"
    command = SetConversion(Conversion(400, 102_264))
    with pytest.raises(DeviceRefusal):
        home.hub.gpf.execute(command, home.party("Example Gas"))
    gas.execute(command, home.party("Example Gas"))
    assert gas.conversion == Conversion(400, 102_264)
    assert {value.value for value in kept_values(home.home) if value.item == "calorific value"} == {"40.0 MJ/m3"}


@pytest.mark.requirement("IDT-06")
def test_an_intelligent_hub_keeps_them_itself(lived: Live) -> None:
    home = lived("intelligent-hub", days=1)
    kept = {value.item: value.device for value in kept_values(home.home)}
    assert kept["calorific value"] == kept["conversion factor (PTZ)"] == kept["gas tariff matrix"] == "hub-1-gpf"


# --- UTC, and the hour of summer time --------------------------------------------------------------------------------


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("moment", "ahead"),
    [
        ("2026-03-29 00:59:59", 0),
        ("2026-03-29 01:00:00", HOUR_S),
        ("2026-10-25 00:59:59", HOUR_S),
        ("2026-10-25 01:00:00", 0),
        ("2027-03-28 01:00:00", HOUR_S),
        ("2027-10-31 01:00:00", 0),
        ("2026-12-31 23:59:59", 0),
    ],
)
def test_summer_time_to_the_second(moment: str, ahead: int) -> None:
    assert local_offset_s(at(moment)) == ahead


def test_the_next_change_is_this_years_or_the_next() -> None:
    assert next_change(at("2026-01-01 00:00:00")) == at("2026-03-29 01:00:00")
    assert next_change(at("2026-03-29 01:00:00")) == at("2026-10-25 01:00:00")
    assert next_change(at("2026-10-25 01:00:00")) == at("2027-03-28 01:00:00")


@pytest.mark.requirement("IDT-04")
def test_devices_keep_utc_and_a_display_says_which_is_which(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=1)  # in June
    for device in (home.home.device(), home.home.of(GasMeter)[0]):
        assert device.time_believed().utcoffset() == UTC.utcoffset(None)
        page = next(page for page in device.display.pages() if page.title == "Time")
        assert page.lines == ("2026-06-17 13:12 BST (12:12 UTC)",)
    assert local_text(at("2026-01-05 12:12:00")) == "2026-01-05 12:12 GMT (12:12 UTC)"


@pytest.mark.requirement("IDT-04")
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_no_half_hour_is_lost_or_twice_when_the_clocks_change(day: str) -> None:
    text = resource_text("premises", "single-element.toml")
    clock = ManualClock(datetime.fromisoformat(f"{day} 20:00:00").replace(tzinfo=UTC))
    meter = bring_to_life(parse_premises(text, name="m", file="m.toml"), clock=clock, days=1).device()
    times = [row.time_s for row in meter.profile.entries(0, len(meter.profile))]
    assert {late - early for early, late in pairwise(times)} == {1_800}


TARIFF = """
[device.tariff]
name = "Night"
prices_p = [30, 15]
switches = [["00:30", 2], ["07:30", 1]]
times = "{times}"
"""


def night_switches(times: str, day: str) -> tuple[Lived, set[str]]:
    """When the registers changed in the four days round `day`, as times of the day in UTC, with whoever sent what."""
    text = resource_text("premises", "dual-fuel-connected.toml")
    text = text.replace("[device.energy]", TARIFF.format(times=times).lstrip() + "\n[device.energy]", 1)
    clock = ManualClock(datetime.fromisoformat(f"{day} 12:00:00").replace(tzinfo=UTC))
    home = Lived(bring_to_life(parse_premises(text, name="m", file="m.toml"), clock=clock, days=2), clock)
    seen: set[str] = set()
    meter = home.home.device()

    def changed() -> None:
        now = datetime.fromtimestamp(meter.site.agenda.now_ms / 1000, UTC)
        seen.add(f"{meter.tariff.register} at {now:%H:%M}")

    meter.tariff.changed.append(changed)
    home.wait(2 * 86_400)
    return home, {one for one in seen if "01:00" not in one}


@pytest.mark.requirement("IDT-05")
@pytest.mark.parametrize(
    ("times", "winter", "summer", "who"),
    [
        ("utc", {"2 at 00:30", "1 at 07:30"}, {"2 at 00:30", "1 at 07:30"}, "moved by nobody"),
        ("local", {"2 at 00:30", "1 at 07:30"}, {"2 at 23:30", "1 at 06:30"}, "moved by the meter"),
        ("local-by-supplier", {"2 at 00:30", "1 at 07:30"}, {"2 at 23:30", "1 at 06:30"}, "moved by the supplier"),
    ],
)
def test_each_tariff_says_whether_it_follows_the_clocks_and_who_moves_it(
    times: str, winter: set[str], summer: set[str], who: str
) -> None:
    days = {"2026-03-26": winter, "2026-03-31": summer, "2026-10-20": summer, "2026-10-27": winter}
    for day, expected in days.items():
        home, seen = night_switches(times, day)
        assert seen == expected, day
        assert home.home.device().tariff.plan.times is TariffTimes(times)
        assert who in next(value.value for value in kept_values(home.home) if "electricity" in value.item)


@pytest.mark.requirement("IDT-05")
@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_when_the_clocks_change_the_supplier_sends_another_calendar(day: str) -> None:
    home, _seen = night_switches("local-by-supplier", day)
    keeping = home.home.tariff_keeping[0]
    assert [sent.outcome for sent in keeping.sent] == [Outcome.ANSWERED]
    meter = home.home.device()
    told = [line for line in home.home.site.chronicle if line.what == "tariff Night"]
    assert [line.why for line in told] == ["Example Energy (IS)"]
    assert meter.tariff.plan.calendar is not None
    none, _seen = night_switches("local", day)
    assert none.home.tariff_keeping == ()
    assert not [line for line in none.home.site.chronicle if line.what == "tariff Night"]


def test_local_times_and_a_suppliers_calendars_are_the_same_but_at_the_changes() -> None:
    days = {"work": DayProfile(((1800, 2), (27_000, 1))), "end": DayProfile(((0, 3), (3_600, 2), (30_000, 1)))}
    plain = Calendar(days, (Season((1, 1), ("work", "work", "work", "work", "work", "end", "end")),))
    local = LocalCalendar(plain)
    time_s, end_s = at("2026-04-01 00:00:00"), at("2026-10-20 00:00:00")
    sent = in_utc(plain, HOUR_S)
    while time_s < end_s:
        following = local.after(time_s)
        assert following is not None
        assert sent.after(time_s) == following
        assert local.at(following[0]) == sent.at(following[0]) == following[1]
        time_s = following[0]
    assert in_utc(plain, 0) is plain


@pytest.mark.parametrize("hour", range(0, 4))
def test_local_switching_goes_on_over_both_changes(hour: int) -> None:
    half = hour * HOUR_S + 1800
    local = LocalCalendar(Calendar({"d": DayProfile(((half, 2), (43_200, 1)))}, (Season((1, 1), ("d",) * 7),)))
    for start in ("2026-03-27 12:00:00", "2026-10-23 12:00:00"):
        time_s, seen = at(start), []
        for _number in range(8):
            following = local.after(time_s)
            assert following is not None
            assert following[0] > time_s
            time_s = following[0]
            seen.append(following[1])
        assert seen == [2, 1] * 4
        assert time_s - at(start) <= 4 * 86_400 + HOUR_S


TIMES = st.lists(st.integers(0, 95).map(lambda quarter: quarter * 900), min_size=1, max_size=8, unique=True).map(sorted)


@settings(deadline=None, max_examples=25)
@given(days=st.lists(TIMES, min_size=1, max_size=3), early=TIMES)
def test_switching_from_time_to_time_is_what_the_calendar_says_all_the_year(
    days: list[list[int]], early: list[int]
) -> None:
    """`after` against `at`; on each day a value of its own for each time, and on the days of the changes many."""
    night = sorted({time % 14_400 for time in early})
    profiles = {
        f"{number}": DayProfile(tuple((time, number * 100 + place) for place, time in enumerate(times, start=1)))
        for number, times in enumerate([*days, night])
    }
    names = [f"{number % len(days)}" for number in range(6)]
    week = (names[0], names[1], names[2], names[3], names[4], names[5], f"{len(days)}")
    local = LocalCalendar(Calendar(profiles, (Season((1, 1), week),)))
    time_s, end_s = at("2026-01-01 00:00:00"), at("2027-01-01 00:00:00")
    value = local.at(time_s)
    following = local.after(time_s)
    for moment in range(time_s, end_s, 900):
        while following is not None and following[0] <= moment:
            value = following[1]
            assert local.at(following[0]) == value
            assert following[0] > time_s
            time_s = following[0]
            following = local.after(time_s)
        assert local.at(moment) == value


def test_what_spring_leaps_over_is_switched_when_it_leaps_and_the_last_of_it_holds() -> None:
    local = LocalCalendar(every_day(((0, 1), (4500, 2), (5400, 3), (8100, 1))))
    spring = at("2026-03-29 01:00:00")
    assert local.after(spring - 1) == (spring, 3)
    assert local.after(spring) == (spring + 900, 1)
    twice = LocalCalendar(every_day(((0, 2), (5400, 1))))
    time_s, seen = at("2026-10-24 22:59:59"), []
    for _number in range(4):
        following = twice.after(time_s)
        assert following is not None
        seen.append(following)
        time_s = following[0]
    # night; half past one, the first time; one o'clock once more; half past one, the second time
    expected = (("24 23:00", 2), ("25 00:30", 1), ("25 01:00", 2), ("25 01:30", 1))
    assert seen == [(at(f"2026-10-{text}:00"), value) for text, value in expected]


def test_a_calendar_that_switches_nothing_any_more_has_no_next_time() -> None:
    once = {date(2026, 10, 25): "change"}
    local = LocalCalendar(
        Calendar(
            {"none": DayProfile(()), "change": DayProfile(((0, 1), (5400, 2)))}, (Season((1, 1), ("none",) * 7),), once
        )
    )
    assert local.after(at("2026-10-25 00:30:00")) == (at("2026-10-25 01:00:00"), 1)
    assert local.after(at("2026-10-25 01:00:00")) == (at("2026-10-25 01:30:00"), 2)
    assert local.after(at("2026-10-25 01:30:00")) is None
    assert LocalCalendar(every_day(())).after(at("2026-10-25 01:00:00")) is None


def test_nobody_keeps_a_tariff_where_there_is_nobody() -> None:
    text = resource_text("premises", "single-element.toml") + TARIFF.format(times="local-by-supplier")
    with pytest.raises(PremisesError, match="no supplier is there") as wrong:
        parse_premises(text, name="m", file="m.toml")
    assert wrong.value.details["line"]


def test_a_meter_without_a_calendar_has_no_times_to_move(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=1)
    assert isinstance(home.home.device(), ElectricityMeter)
    assert all("moved by" not in value.value for value in kept_values(home.home))
