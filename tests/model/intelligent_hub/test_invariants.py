"""Whatever fails when: what holds at every moment of any life of a bench (IH-04, IH-15, IH-21)."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.model.electricity_meter.items import SupplyState
from hht.model.refusal import DeviceRefusal
from tests.model.intelligent_hub.bench import Bench, bench

TIMEOUT = 5
FRIENDLY = 'non_disablement = [["02:00", "06:00"], ["17:00", "23:00"]]'
HALF_HOUR_L = 450


class Step(NamedTuple):
    """Something happens, then so many minutes pass."""

    what: str
    minutes: int
    pence: int


_STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(
            (
                *("jam", "clear", "mains off", "mains on", "emergency", "contact"),
                *("top up", "emergency credit", "nothing", "enable", "reading"),
            )
        ),
        st.sampled_from((1, 7, 13, 29, 30, 31, 60, 95, 240)),
        st.sampled_from((1, 30, 200)),
    ),
    max_size=40,
)


def happen(home: Bench, step: Step) -> None:
    """One step; what a device refuses does nothing."""
    try:
        if step.what == "jam":
            home.jam()
        elif step.what == "clear":
            home.clear()
        elif step.what.startswith("mains"):
            home.premises.mains.switch(step.what == "mains on")
        elif step.what == "reading":
            home.account.display.press("gas-reading", home.reading)
        elif step.what == "top up":
            home.top_up(step.pence)
        elif step.what == "emergency credit":
            home.account.display.press("emergency-credit")
        elif step.what != "nothing":
            home.meter.display.press(step.what)
    except DeviceRefusal:
        pass


def minutes(home: Bench, count: int) -> list[tuple[bool, bool, bool]]:
    """Let minutes pass one by one: (open, friendly, heard) after each."""
    seen = []
    for _minute in range(count):
        home.wait(minutes=1)
        supervision = home.meter.supervision
        seen.append((not home.meter.valve.closed, supervision.friendly_now, supervision.online))
    return seen


@settings(max_examples=60, deadline=None)
@given(_STEPS)
@pytest.mark.requirement("IH-15")
def test_meter_and_hub_count_alike(steps: list[Step]) -> None:
    home = bench(90, burner=900, timeout=TIMEOUT, prepayment=FRIENDLY)
    for step in steps:
        happen(home, step)
        home.wait(minutes=step.minutes)
        assert home.meter.supervision.counter == home.account.counter
        assert 0 <= home.account.counter.left <= TIMEOUT


@settings(max_examples=60, deadline=None)
@given(_STEPS)
@pytest.mark.requirement("IH-04")
def test_the_valve_never_closes_for_want_of_credit_in_friendly_credit(steps: list[Step]) -> None:
    home = bench(90, burner=900, timeout=TIMEOUT, prepayment=FRIENDLY)
    before = (True, False, True)
    for step in steps:
        happen(home, step)
        for seen in minutes(home, step.minutes):
            closed = before[0] and not seen[0]
            tested = home.meter.valve.state is SupplyState.ARMED  # it was open on approval, and gas flowed
            assert not closed or tested or not (before[1] and seen[1])
            before = seen


@settings(max_examples=60, deadline=None)
@given(_STEPS)
@pytest.mark.requirement("IH-07", "IH-04")
def test_unheard_and_with_time_left_it_never_closes_for_want_of_credit(steps: list[Step]) -> None:
    home = bench(90, burner=900, timeout=TIMEOUT)
    was_open = True
    for step in steps:
        happen(home, step)
        for is_open, _friendly, heard in minutes(home, step.minutes):
            closed = was_open and not is_open
            assert not closed or heard or not home.meter.supervision.counter.left
            was_open = is_open


_ABUSE = st.lists(
    st.builds(
        Step,
        st.sampled_from(("jam", "clear", "emergency", "contact")),
        st.sampled_from((1, 15, 29, 30, 31, 60)),
        st.just(0),
    ),
    min_size=20,
    max_size=80,
)


@settings(max_examples=60, deadline=None)
@given(_ABUSE)
@pytest.mark.requirement("IH-21")
def test_the_timeout_is_had_once_until_there_is_credit_above_zero(steps: list[Step]) -> None:
    """Without a top-up, whoever interferes with the HAN has at most what the timeout and one half-hour are good for."""
    home = bench(90, burner=900, timeout=TIMEOUT)
    for step in steps:
        happen(home, step)
        home.wait(minutes=step.minutes)
        assert home.litres <= 90 * 10 + TIMEOUT * HALF_HOUR_L


@pytest.mark.requirement("IH-21")
@pytest.mark.parametrize("silent_for", [1, 5, 29, 31, 59, 61])
def test_who_blocks_the_radio_again_and_again_gains_no_endless_gas(silent_for: int) -> None:
    """A jammer, on and off for ten days, and a hand on the emergency button whenever it does something."""
    home = bench(90, burner=900, timeout=TIMEOUT)
    for _time in range(10 * 24):
        home.wait(minutes=61 - silent_for)
        home.jam()
        for _minute in range(silent_for):
            home.wait(minutes=1)
            if home.meter.supervision.emergency:
                home.meter.display.press("emergency")
        home.clear()
    assert home.litres <= 900 + TIMEOUT * HALF_HOUR_L
    assert home.account.counter.left < TIMEOUT
    home.top_up(1000)  # what was had is owed: only above zero does the time come back
    home.wait(half_hours=1)
    assert home.account.counter.left == TIMEOUT
    assert home.balance == 1000 + 90 - home.litres // 10


@settings(max_examples=60, deadline=None)
@given(_STEPS)
def test_no_gas_is_ever_lost_to_the_account(steps: list[Step]) -> None:
    """When the meter is heard again, everything that it has let through has been paid for or is owed."""
    home = bench(900, burner=900, timeout=TIMEOUT, prepayment=FRIENDLY)
    paid = 900
    for step in steps:
        before = home.account.prepayment.accounts.worth
        happen(home, step)
        if step.what == "top up" and home.account.prepayment.accounts.worth != before:
            paid += step.pence
        home.wait(minutes=step.minutes)
    home.clear()
    home.premises.mains.switch(True)
    home.wait(minutes=3)
    home.meter.display.press("contact")
    accounts = home.account.prepayment.accounts
    burnt = home.meter.volume.nl // 10_000_000 - home.opening_l * 100  # thousandths of a penny
    assert accounts.worth - accounts.credit_balance == paid * 1000 - burnt
    assert home.account.gas.volume_nl == home.meter.volume.nl
