"""A street whose supplies are all to go off at once: the limit holds, and what is broken takes a visit to each home."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.electricity_meter import SupplyState
from hht.model.plan_file import PremisesError
from hht.model.prepayment.settings import PaymentMode
from hht.model.wan.street import DAY_S, Drill, Street, rates

HOMES = 8


def street(limit: int | None, name: str = "dual-fuel-connected", homes: int = HOMES) -> Street:
    return Street(name, homes, ManualClock(datetime(2026, 6, 17, 12, tzinfo=UTC)), limit=limit)


@pytest.mark.requirement("SEC-23")
def test_a_mass_disable_goes_no_further_than_the_limit_over_all_homes() -> None:
    unguarded = street(None)
    assert unguarded.dark == 0
    assert unguarded.disable_all() == Drill(HOMES, HOMES, 0, 0, HOMES), "without a limit the whole street goes dark"
    guarded = street(2)
    assert guarded.disable_all() == Drill(HOMES, 2, HOMES - 2, 0, 2)
    again = guarded.disable_all()
    assert (again.carried_out, again.held, again.dark) == (0, HOMES, 2), "nothing more within the day, tried again"
    guarded.suspend("too many supplies at once")
    guarded.wait(DAY_S)
    assert guarded.disable_all() == Drill(HOMES, 0, 0, HOMES, 2), "and nothing at all once somebody has looked"


@pytest.mark.requirement("SEC-23")
def test_whoever_is_let_go_on_has_the_limit_each_day_and_repair_is_confirmed_and_not_held() -> None:
    guarded = street(2)
    guarded.disable_all()
    guarded.wait(DAY_S)
    assert guarded.disable_all().dark == 4, "two a day: a country at one in a thousand takes years, and is noticed"
    guarded.wait(DAY_S)
    held = guarded.enable_all()
    assert (held.carried_out, held.dark) == (2, 2), "the limit is for switching on, too"
    mended = guarded.enable_all(confirmed=True)
    assert (mended.carried_out, mended.dark) == (HOMES, 0)


@pytest.mark.requirement("SEC-23")
def test_a_malfunction_of_every_meter_is_mended_by_visits_alone_and_takes_weeks_for_a_population() -> None:
    broken = street(None)
    broken.break_all()
    assert broken.dark == HOMES
    told = broken.enable_all()
    assert (told.carried_out, told.dark) == (HOMES, HOMES), "every command is answered, and no home has light"
    assert broken.visit_all(2) == HOMES // 2
    assert broken.dark == 0
    assert broken.visit_all(3) == 3, "8 homes at 3 a day: the third day has two"
    found = rates()
    assert found.visit_weeks(30_000_000) == pytest.approx(30_000_000 / (10_000 * 8) / 6)
    assert found.visit_weeks(30_000_000) > 3, "not in less than a few weeks"
    assert found.visit_weeks(60) < 0.01, "a street is another thing"


def test_a_street_needs_somebody_who_can_switch_it() -> None:
    for name in ("single-element", "dual-fuel"):
        with pytest.raises(PremisesError, match="from afar"):
            street(None, name, 1)
    with pytest.raises(PremisesError, match="1001 homes"):
        street(None, homes=1001)


@pytest.mark.requirement("EDG-05")
def test_switches_fail_by_chance_and_take_the_supply_of_credit_homes_that_nobody_switched_off() -> None:
    credit = street(None, homes=40)
    assert {meter.prepayment.mode for meter in credit.meters} == {PaymentMode.CREDIT}
    failed = credit.fail_by_chance(100)
    assert 0 < len(failed) < 15, "about four of forty at a hundred in a thousand"
    assert credit.dark == len(failed)
    dark = [meter for meter in credit.meters if not meter.load_switch.feeds]
    assert {meter.supply for meter in dark} == {SupplyState.ENABLED}, "no command took it away"
    assert street(None, homes=40).fail_by_chance(100) == failed, "the same on every machine"
    assert street(None, homes=40).fail_by_chance(0) == []
    assert len(street(None, homes=8).fail_by_chance(1000)) == 8
