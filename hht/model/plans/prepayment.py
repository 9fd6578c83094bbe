"""Prepayment as a premises file says it: ``[device.prepayment]``."""

from __future__ import annotations

from hht.model.features.calendar import Calendar, DayProfile, Season
from hht.model.plan_file import Section
from hht.model.prepayment.settings import (
    START,
    STOP,
    DebtTerms,
    EntryRules,
    ModeTerms,
    PaymentMode,
    PrepaymentPlan,
    PrepaymentSettings,
    Reconnection,
    RecoveryPeriod,
    check_debts,
    check_settings,
    check_terms,
)
from hht.model.refusal import DeviceRefusal

_PENCE = 1000
_MOST_P = 1_000_000


def read_prepayment(section: Section) -> PrepaymentPlan:
    """``mode``, ``balance_p``, limits and thresholds in pence, ``non_disablement = [["16:00", "10:00"]]`` (UTC),
    debts; ``tops_up_p``: what the household bought, in its history, when credit was low."""
    usual, terms, entry = PrepaymentPlan(), ModeTerms(), EntryRules()
    plan = PrepaymentPlan(
        mode=PaymentMode(section.choice("mode", tuple(PaymentMode), usual.mode)),
        terms=ModeTerms(
            section.yes_no("suspend_debt_disabled", terms.suspend_debt_disabled),
            section.yes_no("suspend_debt_emergency", terms.suspend_debt_emergency),
            _pence(section, "disablement_threshold_p", terms.disablement_threshold),
        ),
        settings=_settings(section),
        entry=EntryRules(
            section.whole("utrn_tries", entry.tries, low=1, high=100),
            section.whole("utrn_tries_within_s", entry.within_s, low=1, high=86_400),
            section.whole("utrn_suspended_s", entry.suspended_s, low=1, high=604_800),
        ),
        reconnection=Reconnection(section.choice("reconnection", tuple(Reconnection), usual.reconnection)),
        balance=_pence(section, "balance_p", usual.balance),
        time_debts=(_debt(section, "time_debt_1"), _debt(section, "time_debt_2")),
        payment_debt=_pence(section, "payment_debt_p", 0),
        per_payment=round(section.number("payment_debt_percent", 0, low=0, high=100) * 100),
        tops_up=_PENCE * section.whole("tops_up_p", 0, low=0, high=8191),
    )
    section.done()
    try:
        check_settings(plan.settings)
        check_terms(plan.terms)
        check_debts(plan.time_debts, plan.payment_debt, plan.per_payment)
    except DeviceRefusal as refusal:
        raise section.error("mode", refusal.message) from None
    return plan


def _settings(section: Section) -> PrepaymentSettings:
    usual = PrepaymentSettings()
    return PrepaymentSettings(
        emergency_credit_limit=_pence(section, "emergency_credit_limit_p", usual.emergency_credit_limit),
        emergency_credit_threshold=_pence(section, "emergency_credit_threshold_p", usual.emergency_credit_threshold),
        low_credit_threshold=_pence(section, "low_credit_threshold_p", usual.low_credit_threshold),
        debt_recovery_rate_cap=_pence(section, "debt_recovery_cap_p", usual.debt_recovery_rate_cap),
        max_meter_balance=_pence(section, "max_meter_balance_p", usual.max_meter_balance),
        max_credit=_pence(section, "max_credit_p", usual.max_credit),
        calendar=_calendar(section),
    )


def _pence(section: Section, name: str, usual: int) -> int:
    return _PENCE * section.whole(name, usual // _PENCE, low=-_MOST_P, high=_MOST_P)


def _debt(section: Section, name: str) -> DebtTerms:
    table, usual = section.section(name), DebtTerms()
    debt = DebtTerms(
        _PENCE * table.whole("amount_p", 0, low=0, high=_MOST_P),
        table.pence("rate_p", 0),
        RecoveryPeriod(table.choice("period", tuple(RecoveryPeriod), usual.period)),
    )
    table.done()
    return debt


def _calendar(section: Section) -> Calendar | None:
    """``non_disablement``: spans of each day. ``non_disablement_weekends``, ``non_disablement_days``: whole days."""
    spans, dates = section.spans("non_disablement"), section.dates("non_disablement_days")
    weekends = section.yes_no("non_disablement_weekends", False)
    if not spans and not dates and not weekends:
        return None
    days = {"usual": _day(spans), "whole": DayProfile(((0, START),))}
    weekend = "whole" if weekends else "usual"
    season = Season((1, 1), (*(("usual",) * 5), weekend, weekend))
    return Calendar(days, (season,), dict.fromkeys(dates, "whole"))


def _day(spans: tuple[tuple[int, int], ...]) -> DayProfile:
    """Each day says at midnight how it begins, so that the day before does not matter."""
    entries: dict[int, int] = {0: START if any(start > end for start, end in spans) else STOP}
    for _start, end in spans:
        entries[end] = STOP
    for start, _end in spans:
        entries[start] = START
    return DayProfile(tuple(sorted(entries.items())))
