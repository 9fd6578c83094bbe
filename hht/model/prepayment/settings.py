"""How a prepayment meter is set: its modes, limits, and which values it takes at all.

All money is in thousandths of a penny (factbook 2.8, from memory). What a supplier may send is kept within sensible
amounts, so that no abnormal value is ever stored (requirement PPM-13); the bounds are our own.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from hht.i18n import _
from hht.model.features.calendar import Calendar
from hht.model.features.checks import require, require_range

POUND = 100_000
HIGHEST_BALANCE = 5_000 * POUND
HIGHEST_DEBT = 10_000 * POUND
HIGHEST_TOP_UP = 1_000 * POUND
HIGHEST_EMERGENCY = 100 * POUND
HIGHEST_RATE = 100 * POUND
WHOLE = 10_000  # hundredths of a per cent, as DUIS counts DebtRecoveryPerPayment
START, STOP = 1, 0  # what a Non-Disablement Calendar switches


class PaymentMode(enum.StrEnum):
    """Payment Mode."""

    CREDIT = "credit"
    PREPAYMENT = "prepayment"


class RecoveryPeriod(enum.StrEnum):
    """How often a time-based debt is collected: DUIS has these two."""

    HOURLY = "hourly"
    DAILY = "daily"


class Reconnection(enum.StrEnum):
    """What follows when there is credit again (PPM-12): the supply is armed for a person at the button, as GBCS has it;
    or it comes back by itself, where the switch and its rules let it (a gas valve never does)."""

    ARM = "arm"
    IMMEDIATE = "immediate"


@dataclass(frozen=True, slots=True)
class ModeTerms:
    """What comes with Prepayment mode (ECS03): whether time-based debts wait while the supply is disabled or emergency
    credit is in use, and the credit at which the supply is disabled."""

    suspend_debt_disabled: bool = True
    suspend_debt_emergency: bool = True
    disablement_threshold: int = 0


@dataclass(frozen=True)
class PrepaymentSettings:
    """The prepayment configuration (ECS08a). `debt_recovery_rate_cap`: the most that top-ups lose to the payment-based
    debt in a week from Monday, UTC. `calendar` switches START and STOP; None: no non-disablement periods."""

    emergency_credit_limit: int = 10 * POUND
    emergency_credit_threshold: int = 2 * POUND
    low_credit_threshold: int = 3 * POUND
    debt_recovery_rate_cap: int = 20 * POUND
    max_meter_balance: int = 1_000 * POUND
    max_credit: int = 250 * POUND
    calendar: Calendar | None = None


@dataclass(frozen=True, slots=True)
class EntryRules:
    """When UTRNs typed by hand are refused for a while. Five tries: a SMETS1 manual (factbook 2.8, not verified for
    SMETS2); ten minutes and an hour: what a supplier's guide says of a SMETS2 meter."""

    tries: int = 5
    within_s: int = 600
    suspended_s: int = 3600


@dataclass(frozen=True, slots=True)
class DebtTerms:
    """A time-based debt to begin with: `amount`, of which `rate` is collected each `period`."""

    amount: int = 0
    rate: int = 0
    period: RecoveryPeriod = RecoveryPeriod.DAILY


@dataclass(frozen=True)
class PrepaymentPlan:
    """How a meter stands when its premises begins. `per_payment`: hundredths of a per cent of a top-up for the
    payment-based debt. `tops_up`: what the household buys, in its history, when credit is low (0: it does not)."""

    mode: PaymentMode = PaymentMode.CREDIT
    terms: ModeTerms = field(default_factory=ModeTerms)
    settings: PrepaymentSettings = field(default_factory=PrepaymentSettings)
    entry: EntryRules = field(default_factory=EntryRules)
    reconnection: Reconnection = Reconnection.ARM
    balance: int = 0
    time_debts: tuple[DebtTerms, DebtTerms] = (DebtTerms(), DebtTerms())
    payment_debt: int = 0
    per_payment: int = 0
    tops_up: int = 0


def check_settings(settings: PrepaymentSettings) -> None:
    """Raise DeviceRefusal unless a meter can hold these settings."""
    require_range(_("Emergency Credit Limit"), settings.emergency_credit_limit, 0, HIGHEST_EMERGENCY)
    require_range(_("Emergency Credit Threshold"), settings.emergency_credit_threshold, 0, HIGHEST_EMERGENCY)
    require_range(_("Low Credit Threshold"), settings.low_credit_threshold, 0, HIGHEST_BALANCE)
    require_range(_("Debt Recovery Rate Cap"), settings.debt_recovery_rate_cap, 0, HIGHEST_DEBT)
    require_range(_("Maximum Meter Balance Threshold"), settings.max_meter_balance, 1, HIGHEST_BALANCE)
    require_range(_("Maximum Credit Threshold"), settings.max_credit, 1, HIGHEST_TOP_UP)
    days = settings.calendar.days.values() if settings.calendar is not None else ()
    require(
        all(value in (START, STOP) for day in days for _time, value in day.entries),
        _("The Non-Disablement Calendar switches something else than START and STOP."),
        _("Give each switching time of a day one of the two."),
    )


def check_terms(terms: ModeTerms) -> None:
    """Raise DeviceRefusal unless the Disablement Threshold is sensible."""
    require_range(_("Disablement Threshold"), terms.disablement_threshold, -HIGHEST_EMERGENCY, HIGHEST_EMERGENCY)


def check_debts(debts: tuple[DebtTerms, DebtTerms], payment_debt: int, per_payment: int) -> None:
    """Raise DeviceRefusal unless debts and their rates are sensible."""
    for debt in debts:
        require_range(_("time-based debt"), debt.amount, 0, HIGHEST_DEBT)
        require_range(_("debt recovery rate"), debt.rate, 0, HIGHEST_RATE)
    require_range(_("payment-based debt"), payment_debt, 0, HIGHEST_DEBT)
    require_range(_("Debt Recovery per Payment"), per_payment, 0, WHOLE)
