"""``[device.prepayment]`` in a premises file, and the flat that has one."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from hht.clock import ManualClock
from hht.model.plan_file import PremisesError
from hht.model.premises import load_premises, read_premises
from hht.model.premises_plan import parse_premises
from hht.model.prepayment.records import EntryWay
from hht.model.prepayment.settings import POUND, START, STOP, PaymentMode, PrepaymentPlan, RecoveryPeriod
from hht.resources import resource_path

FLAT = resource_path("premises", "prepayment-flat.toml").read_text(encoding="utf-8")


def test_the_flat_is_read_as_it_is_written() -> None:
    plan = read_premises("prepayment-flat").electricity_meters[0].prepayment
    assert plan.mode is PaymentMode.PREPAYMENT
    assert (plan.balance, plan.tops_up) == (20 * POUND, 15 * POUND)
    assert (plan.settings.max_credit, plan.settings.max_meter_balance) == (100 * POUND, 300 * POUND)
    assert (plan.payment_debt, plan.per_payment) == (40 * POUND, 1_000)
    debt, other = plan.time_debts
    assert (debt.amount, debt.rate, debt.period) == (180 * POUND, 35_000, RecoveryPeriod.DAILY)
    assert other.amount == 0


@pytest.mark.parametrize(
    ("moment", "protected"),
    [
        ("2026-11-19T09:59:59", START),  # a Thursday
        ("2026-11-19T10:00:00", STOP),
        ("2026-11-19T15:59:59", STOP),
        ("2026-11-19T16:00:00", START),
        ("2026-11-21T12:00:00", START),  # Saturday
        ("2026-11-23T09:59:59", START),
        ("2026-11-23T10:00:00", STOP),
        ("2026-12-25T12:00:00", START),
        ("2026-12-24T12:00:00", STOP),
    ],
)
def test_friendly_hours_hold_as_they_are_written(moment: str, protected: int) -> None:
    calendar = read_premises("prepayment-flat").electricity_meters[0].prepayment.settings.calendar
    assert calendar is not None
    assert calendar.special[date(2026, 12, 25)] == "whole"
    assert calendar.at(int(datetime.fromisoformat(f"{moment}+00:00").timestamp())) == protected


def test_a_plain_meter_is_in_credit_mode() -> None:
    assert read_premises("next-door").electricity_meters[0].prepayment == PrepaymentPlan()


def test_the_household_has_topped_up_in_its_history_and_no_longer_does() -> None:
    clock = ManualClock(datetime(2026, 11, 19, 12, tzinfo=UTC))
    meter = load_premises("prepayment-flat", clock=clock, days=40).device()
    prepayment = meter.prepayment
    accepted = list(prepayment.top_ups.accepted)
    assert len(accepted) == 5
    assert {one.way for one in accepted} <= {EntryWay.KEYPAD, EntryWay.SUPPLIER}
    assert all(one.channel is not None and one.went_to.total == 15 * POUND for one in accepted)
    assert meter.load_switch.closed
    assert prepayment.accounts.time_debts[0].amount == 180 * POUND - 40 * 35_000
    clock.advance(30 * 86_400)
    meter.catch_up()
    assert list(prepayment.top_ups.accepted) == accepted
    assert not meter.load_switch.closed


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ('mode = "prepayment"', 'mode = "prepaid"', "mode"),
        ("balance_p = 2_000", "balance_p = 2.5", "balance_p"),
        ("low_credit_threshold_p = 300", "low_credit_threshold_p = -300", "mode"),
        ('[["16:00", "10:00"]]', '[["16:00", "16:00"]]', "non_disablement"),
        ("[2026-12-25, 2026-12-28]", '["2026-12-25"]', "non_disablement_days"),
        ("payment_debt_percent = 10", "payment_debt_percent = 101", "payment_debt_percent"),
        ("rate_p = 35", "rate_p = 35.0001", "rate_p"),
        ("tops_up_p = 1_500", "tops_up_p = 1_500\nwishes = 3", "wishes"),
    ],
)
def test_a_wrong_field_is_named_with_its_line(before: str, after: str, line: str) -> None:
    text = FLAT.replace(before, after)
    assert text != FLAT
    with pytest.raises(PremisesError) as error:
        parse_premises(text, name="flat", file="flat.toml")
    number = next(number for number, found in enumerate(text.splitlines(), 1) if found.startswith(f"{line} ="))
    assert f"line {number}:" in error.value.message
