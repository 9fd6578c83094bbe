"""Auxiliary load switches: calendars with the Randomised Offset, commands, boost, and switches on the HAN."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.load_control import (
    ReadSwitches,
    SetBoost,
    SetCalendar,
    SetLabels,
    SetSwitch,
    SwitchState,
)
from hht.model.electricity_meter.randomised_offset import ReadRandomisedOffset, UpdateRandomisedOffsetLimit
from hht.model.electricity_meter.supply import DisableSupply, EnableSupply
from hht.model.features.calendar import Calendar, DayProfile, Season, every_day, unix
from hht.model.load_control_switch import LoadControlSwitch
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, load_premises
from hht.model.refusal import DeviceRefusal
from hht.model.site import to_ms

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
DISTRIBUTOR = Party("Example Networks", UserRole.ELECTRICITY_DISTRIBUTOR)
MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)  # a Saturday


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MIDNIGHT)


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return load_premises("storage-heaters", clock=clock, days=2)


@pytest.fixture
def meter(home: Premises) -> ElectricityMeter:
    return home.device()


def closed(meter: ElectricityMeter) -> list[bool]:
    meter.catch_up()
    return [state.closed for state in meter.load_control.states()]


def run_to(clock: ManualClock, moment: datetime) -> None:
    clock.advance((moment - clock.now()).total_seconds())


# --- calendars -----------------------------------------------------------------------------------------------------


def test_a_calendar_knows_what_is_in_force_and_what_comes() -> None:
    days = {"work": DayProfile(((1800, 1), (27_000, 0))), "rest": DayProfile(()), "feast": DayProfile(((3600, 2),))}
    week = ("work", "work", "work", "work", "work", "rest", "rest")
    calendar = Calendar(days, (Season((1, 1), week),), {date(2026, 12, 25): "feast"})
    saturday = unix(datetime(2026, 11, 21, 12, tzinfo=UTC))
    assert calendar.at(saturday) == 0
    assert calendar.after(saturday) == (unix(datetime(2026, 11, 23, 0, 30, tzinfo=UTC)), 1)
    assert calendar.after(unix(datetime(2026, 11, 23, 0, 30, tzinfo=UTC))) == (
        unix(datetime(2026, 11, 23, 7, 30, tzinfo=UTC)),
        0,
    )
    assert calendar.at(unix(datetime(2026, 12, 25, 1, tzinfo=UTC))) == 2


def test_seasons_follow_one_another_over_the_year() -> None:
    days = {"summer": DayProfile(((0, 1),)), "winter": DayProfile(((0, 2),))}
    seasons = (Season((4, 1), ("summer",) * 7), Season((10, 1), ("winter",) * 7))
    calendar = Calendar(days, seasons)
    found = [calendar.at(unix(datetime(2026, month, 15, tzinfo=UTC))) for month in (1, 3, 4, 9, 10, 12)]
    assert found == [2, 2, 1, 1, 2, 2]


@pytest.mark.parametrize("entries", [((10, 1), (5, 0)), ((5, 1), (5, 0)), ((86_400, 1),), ((-1, 1),)])
def test_impossible_days_are_refused(entries: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="switching times"):
        DayProfile(entries)
    with pytest.raises(ValueError, match="no day"):
        Calendar({}, (Season((1, 1), ("x",) * 7),))


# --- the Randomised Offset -----------------------------------------------------------------------------------------


@pytest.mark.requirement("ALC-09")
@given(limit=st.integers(0, 1799), seed=st.integers(0, 5))
def test_switching_comes_at_the_notional_time_plus_the_offset_and_never_earlier(limit: int, seed: int) -> None:
    clock = ManualClock(MIDNIGHT)
    meter = load_premises("storage-heaters", clock=clock, days=1, seed=seed).device()
    meter.execute(UpdateRandomisedOffsetLimit(limit), SUPPLIER)
    offset, number, kept = meter.execute(ReadRandomisedOffset(), SUPPLIER)  # type: ignore[misc]
    assert (kept, offset) == (limit, limit * number // 10_000)
    notional = to_ms(MIDNIGHT.replace(minute=30))
    assert meter.load_control.states()[0].next_ms == notional + offset * 1000
    clock.advance(1800 + offset - 0.001)
    assert closed(meter)[0] is False
    clock.advance(0.001)
    assert closed(meter)[0] is True


@pytest.mark.requirement("ALC-08")
@pytest.mark.parametrize("limit", [-1, 1800])
def test_a_limit_outside_0_to_1799_is_refused(meter: ElectricityMeter, limit: int) -> None:
    with pytest.raises(DeviceRefusal):
        meter.execute(UpdateRandomisedOffsetLimit(limit), SUPPLIER)
    assert meter.randomised_offset.limit_s == 900


def test_seven_minutes_after_one(meter: ElectricityMeter, clock: ManualClock) -> None:
    """01:00 and an offset of 7 minutes: 01:07."""
    meter.randomised_offset.number = 10_000 * 420 // 900 + 1
    meter.execute(UpdateRandomisedOffsetLimit(900), SUPPLIER)
    assert meter.randomised_offset.offset_s == 420
    run_to(clock, MIDNIGHT.replace(hour=1, minute=6, second=59))
    assert closed(meter)[2] is False
    run_to(clock, MIDNIGHT.replace(hour=1, minute=7))
    assert closed(meter)[2] is True


# --- commands ------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("ALC-10", "ALC-13")
def test_an_ad_hoc_command_is_at_once_or_after_the_offset(meter: ElectricityMeter, clock: ManualClock) -> None:
    meter.execute(SetSwitch(1, True, 60), SUPPLIER)
    assert closed(meter)[0] is True
    meter.execute(SetSwitch(1, None), SUPPLIER)
    assert closed(meter)[0] is False
    meter.execute(SetSwitch(1, True, 10, randomised=True), SUPPLIER)
    offset = meter.randomised_offset.offset_s
    assert offset > 0
    clock.advance(offset - 1)
    assert closed(meter)[0] is False
    clock.advance(1)
    assert closed(meter)[0] is True
    clock.advance(600)
    assert closed(meter)[0] is False


def test_after_its_minutes_the_calendar_decides_again(meter: ElectricityMeter, clock: ManualClock) -> None:
    run_to(clock, MIDNIGHT.replace(hour=3))
    assert closed(meter)[0] is True
    meter.execute(SetSwitch(1, False, 30), SUPPLIER)
    assert closed(meter)[0] is False
    clock.advance(1800)
    assert closed(meter)[0] is True


@pytest.mark.parametrize("command", [SetSwitch(4, True, 10), SetSwitch(1, True, 0), SetSwitch(1, True, 1441)])
def test_impossible_commands_change_nothing(meter: ElectricityMeter, command: SetSwitch) -> None:
    with pytest.raises(DeviceRefusal):
        meter.execute(command, SUPPLIER)
    assert not any(closed(meter))


def test_a_network_operator_does_not_switch(meter: ElectricityMeter) -> None:
    with pytest.raises(DeviceRefusal):
        meter.execute(SetSwitch(1, True, 10), DISTRIBUTOR)


def test_labels_are_checked_and_differ(meter: ElectricityMeter) -> None:
    meter.execute(SetLabels(((1, "Heating"),)), SUPPLIER)
    states = meter.execute(ReadSwitches(), SUPPLIER)
    assert isinstance(states, tuple)
    assert isinstance(states[0], SwitchState)
    assert states[0].label == "Heating"
    for wrong in (((1, "x" * 23),), ((1, "tŵr"),), ((1, "Hot water"),), ((5, "none"),), ((1, ""),)):
        with pytest.raises(DeviceRefusal):
            meter.execute(SetLabels(wrong), SUPPLIER)
    assert meter.load_control.states()[0].label == "Heating"


def test_another_calendar_holds_at_once(meter: ElectricityMeter) -> None:
    meter.execute(SetCalendar(1, every_day(((0, 1),))), SUPPLIER)
    assert closed(meter)[0] is True
    meter.execute(SetCalendar(1, None), SUPPLIER)
    assert closed(meter)[0] is False


# --- boost ---------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("ALC-04")
def test_boost_overrides_by_quarters_of_an_hour_up_to_one(meter: ElectricityMeter, clock: ManualClock) -> None:
    run_to(clock, MIDNIGHT.replace(hour=10))
    assert closed(meter)[1] is False
    for minutes in (15, 30, 45, 60, 60):
        meter.display.press("boost")
        assert meter.load_control.boost_left_s == minutes * 60
    assert closed(meter) == [False, True, False]
    clock.advance(3599)
    assert closed(meter)[1] is True
    clock.advance(1)
    assert closed(meter)[1] is False
    meter.display.press("boost")
    meter.display.press("boost-off")
    assert closed(meter)[1] is False


@pytest.mark.requirement("ALC-04")
def test_who_presses_again_and_again_gets_an_hour_of_boost_in_all(meter: ElectricityMeter, clock: ManualClock) -> None:
    run_to(clock, MIDNIGHT.replace(hour=10))
    for _ten_minutes in range(6):
        meter.display.press("boost")
        assert closed(meter)[1] is True
        clock.advance(600)
    assert closed(meter)[1] is False
    meter.display.press("boost")  # another one
    assert meter.load_control.boost_left_s == 900


def test_boost_does_nothing_where_the_calendar_has_closed_the_switch(
    meter: ElectricityMeter, clock: ManualClock
) -> None:
    run_to(clock, MIDNIGHT.replace(hour=2))
    with pytest.raises(DeviceRefusal):
        meter.display.press("boost")
    meter.execute(SetBoost(frozenset()), SUPPLIER)
    run_to(clock, MIDNIGHT.replace(hour=10))
    with pytest.raises(DeviceRefusal):
        meter.display.press("boost")


# --- switches on the HAN, and what hangs on them -------------------------------------------------------------------


@pytest.mark.requirement("ALC-03")
def test_a_switch_on_the_han_follows_like_one_in_the_meter(
    home: Premises, meter: ElectricityMeter, clock: ManualClock
) -> None:
    switch = home.of(LoadControlSwitch)[0]
    run_to(clock, MIDNIGHT.replace(hour=2))
    assert closed(meter)[2] is True
    assert switch.closed
    car = meter.consumer.appliance("car")
    assert car.switch_closed


def test_an_unreachable_switch_is_logged_and_asks_until_it_knows(
    home: Premises, meter: ElectricityMeter, clock: ManualClock
) -> None:
    switch = home.of(LoadControlSwitch)[0]
    network = home.find("hub-1").network  # type: ignore[attr-defined]
    network.powered = False
    run_to(clock, MIDNIGHT.replace(hour=2))
    assert closed(meter)[2] is False
    assert [record.code for record in meter.logs[LogName.ALCS_EVENT]][-1] == AlertCode.AUXILIARY_SWITCH_FAILED
    network.powered = True
    clock.advance(601)
    assert closed(meter)[2] is True
    assert switch.closed


def test_a_stuck_contact_is_logged_and_its_load_stays(meter: ElectricityMeter, clock: ManualClock) -> None:
    meter.faults.add("stuck-switch-1")
    run_to(clock, MIDNIGHT.replace(hour=2))
    assert closed(meter)[0] is False
    codes = [record.code for record in meter.logs[LogName.ALCS_EVENT]]
    assert AlertCode.AUXILIARY_SWITCH_FAILED in codes


def test_heaters_charge_in_the_night_and_are_full_by_morning(meter: ElectricityMeter, clock: ManualClock) -> None:
    meter.catch_up()
    before = meter.measurement.import_wh
    run_to(clock, MIDNIGHT + timedelta(hours=8))
    meter.catch_up()
    taken = meter.measurement.import_wh - before
    assert 24_000 + 9_000 <= taken <= 24_000 + 9_000 + 8 * 2_500  # the hot water is still hot from the afternoon


@pytest.mark.requirement("ALC-13")
@pytest.mark.parametrize("later", [SetSwitch(1, False, 240), SetSwitch(1, None), SetSwitch(1, False, 240, True)])
def test_a_later_command_cancels_one_that_waits(meter: ElectricityMeter, clock: ManualClock, later: SetSwitch) -> None:
    meter.randomised_offset.number = 5000
    run_to(clock, MIDNIGHT.replace(hour=12))
    meter.execute(SetSwitch(1, True, 60, randomised=True), SUPPLIER)
    clock.advance(60)
    meter.execute(later, SUPPLIER)
    offset_s = meter.randomised_offset.offset_s
    assert offset_s > 60
    clock.advance(offset_s - 60)  # when the earlier one would strike
    assert closed(meter)[0] is False
    clock.advance(3600)
    assert closed(meter)[0] is False


@pytest.mark.requirement("ALC-13")
def test_the_end_of_a_command_leaves_one_that_waits(meter: ElectricityMeter, clock: ManualClock) -> None:
    meter.randomised_offset.number = 5000
    run_to(clock, MIDNIGHT.replace(hour=12))
    meter.execute(SetSwitch(1, False, 1), SUPPLIER)
    meter.execute(SetSwitch(1, True, 60, randomised=True), SUPPLIER)
    clock.advance(meter.randomised_offset.offset_s)
    assert closed(meter)[0] is True


def test_a_switch_that_was_off_the_han_at_its_time_asks_when_it_is_back(clock: ManualClock) -> None:
    run_to(clock, datetime(2026, 11, 21, 9, tzinfo=UTC))
    home = load_premises("polyphase-farm", clock=clock, days=2)
    meter, switch = home.device(), home.of(LoadControlSwitch)[0]
    assert switch.node is not None
    network = switch.node.network
    assert network is not None
    home.faults.on("wrong-install-code", switch.name)
    clock.advance(2 * 3600)  # its calendar closes it from 10:00
    home.site.catch_up()
    assert not switch.closed
    home.faults.off("wrong-install-code", switch.name)
    network.open_joining(600)
    switch.node.locate()
    clock.advance(900)
    home.site.catch_up()
    assert switch.node.joined
    assert switch.closed
    assert [one.closed for one in meter.load_control.switches.values() if one.plan.device == switch.name] == [True]


# --- without mains ---------------------------------------------------------------------------------------------------


def on_the_han(home: Premises) -> LoadControlSwitch:
    (switch,) = home.of(LoadControlSwitch)
    return switch


@pytest.mark.parametrize("cause", ["mains", "supply", "isolating switch", "burnt contact"])
def test_a_switch_on_the_han_opens_without_mains_and_closes_when_its_meter_says_so(
    home: Premises, meter: ElectricityMeter, clock: ManualClock, cause: str
) -> None:
    switch = on_the_han(home)
    (number,) = [one for one, its in meter.load_control.switches.items() if its.plan.device]
    meter.execute(SetSwitch(number, True, 600), SUPPLIER)
    assert switch.closed

    def power(live: bool) -> None:
        if cause == "mains":
            home.mains.switch(live)
        elif cause == "isolating switch":
            meter.load_switch.isolation.fitted = True
            meter.load_switch.isolation.switch(open_=not live)
        elif cause == "burnt contact":
            (home.faults.off if live else home.faults.on)("contact-burnt")
        else:
            meter.execute(EnableSupply() if live else DisableSupply(), SUPPLIER)

    power(False)
    assert (switch.closed, closed(meter)[number - 1]) == (False, False)
    clock.advance(600)
    power(True)
    clock.advance(89)
    assert not closed(meter)[number - 1]  # it starts
    clock.advance(2)
    assert (closed(meter)[number - 1], switch.closed) == (True, True)


def test_a_switch_that_is_to_be_open_stays_so_when_the_mains_are_back(
    home: Premises, meter: ElectricityMeter, clock: ManualClock
) -> None:
    switch = on_the_han(home)
    (number,) = [one for one, its in meter.load_control.switches.items() if its.plan.device]
    meter.execute(SetSwitch(number, True, 5), SUPPLIER)
    home.mains.switch(False)
    clock.advance(600)
    home.mains.switch(True)
    clock.advance(3600)
    home.site.catch_up()
    assert switch.closed is meter.load_control.switches[number].wanted
