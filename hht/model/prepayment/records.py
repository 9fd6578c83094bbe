"""What a prepayment meter keeps of the past, and what it shows (money in thousandths of a penny, times true, in ms)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hht.model.prepayment.accounts import Distribution
from hht.model.prepayment.settings import PaymentMode, RecoveryPeriod
from hht.model.prepayment.tokens import VendChannel

TOP_UPS_KEPT, DEBT_PAYMENTS_KEPT, DAYS_KEPT = 5, 10, 31
MODES_KEPT = 10  # our own number


class EntryWay(enum.StrEnum):
    """How a top-up came to the meter."""

    KEYPAD = "keypad"
    PPMID = "ppmid"
    SUPPLIER = "supplier"


class EmergencyCredit(enum.StrEnum):
    """How emergency credit stands."""

    NONE = "none"  # not to be had now
    AVAILABLE = "available"
    ACTIVE = "active"
    EXHAUSTED = "exhausted"  # and to be repaid wholly before there is any again


@dataclass(frozen=True, slots=True)
class TopUp:
    """One top-up. `channel`: how it was paid for; None where the vend service does not know it."""

    time_ms: int
    way: EntryWay
    counter: int
    channel: VendChannel | None
    went_to: Distribution


@dataclass(frozen=True, slots=True)
class DebtPayment:
    """What a top-up lost to the payment-based debt."""

    time_ms: int
    amount: int


@dataclass(frozen=True, slots=True)
class ModeChange:
    """Since when a Payment Mode has been in force, and who set it ("" for the beginning)."""

    time_ms: int
    mode: PaymentMode
    who: str = ""


@dataclass(frozen=True, slots=True)
class Registers:
    """The prepayment registers (ECS19). `meter_balance`: that of the mode in force."""

    mode: PaymentMode
    meter_balance: int
    emergency_credit: int
    emergency_credit_used: int
    accumulated_debt: int
    time_debts: tuple[int, int]
    payment_debt: int


@dataclass(frozen=True, slots=True)
class DailyRow:
    """A row of the Prepayment Daily Read Log. `time_s`: the midnight by the meter's clock, Unix seconds."""

    time_s: int
    registers: Registers


@dataclass(frozen=True, slots=True)
class DebtShown:
    """An outstanding charge: its amount, the level of recovery, and for how long yet (OLC-04). `hours_left` None: as
    long as nothing is collected."""

    amount: int
    rate: int
    period: RecoveryPeriod
    suspended: bool
    hours_left: int | None


@dataclass(frozen=True, slots=True)
class PrepaymentShown:
    """Every prepayment item, as the meter's display, a PPMID and an IHD show it."""

    registers: Registers
    modes: tuple[ModeChange, ...]  # newest last
    credit: int
    emergency: EmergencyCredit
    emergency_credit_limit: int
    disablement_threshold: int
    low_credit: bool
    out_of_credit: bool
    non_disablement: bool  # a non-disablement period is now
    time_debts: tuple[DebtShown, DebtShown]
    per_payment: int  # hundredths of a per cent
    recovered_this_week: int
    debt_recovery_rate_cap: int
    top_ups: tuple[TopUp, ...]  # newest last
    debt_payments: tuple[DebtPayment, ...]
    entry_suspended_s: int  # for how long yet no UTRN can be typed
