"""Prepayment as COSEM objects: account, credits, charges, token gateway, what is kept of the past (factbook 2.8, 6.1).

Amounts are thousandths of a penny, as the account's currency says. The Debt Recovery Rate Cap, a `long-unsigned` in
GBCS, is stated in pennies.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from hht.emulation import calendar_values as calendars
from hht.emulation.object_parts import (
    Column,
    CosemObject,
    Read,
    Row,
    amount,
    constant,
    data_object,
    money,
    plain_object,
    table,
    value_definition,
)
from hht.emulation.tariff_objects import unit_charge
from hht.model.electricity_meter import Item
from hht.model.prepayment.prepayment import Prepayment
from hht.model.prepayment.records import (
    DAYS_KEPT,
    DEBT_PAYMENTS_KEPT,
    TOP_UPS_KEPT,
    EmergencyCredit,
    EntryWay,
    Registers,
)
from hht.model.prepayment.settings import PaymentMode, RecoveryPeriod
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.datetime import NEVER, encode_datetime
from hht.protocol.cosem.obis import Obis

CLASS_DATA, CLASS_SCHEDULE, CLASS_SPECIAL_DAYS, CLASS_MONITOR = 1, 10, 11, 21
CLASS_ACCOUNT, CLASS_CREDIT, CLASS_CHARGE, CLASS_TOKENS, CLASS_EXTENDED_DATA = 111, 112, 113, 115, 9000
ACCOUNT, BALANCES, TOKENS = "0-0:19.0.0.255", "0-0:94.44.34.30", "0-0:19.40.0.255"
BALANCE, EMERGENCY, ACCUMULATED = "0-0:19.10.0.255", "0-0:19.10.1.255", "0-0:19.10.2.255"
TIME_DEBTS: Final = ("0-0:19.20.1.255", "0-0:19.20.2.255")
PAYMENT_DEBT, STANDING_CHARGE, PRICES = "0-0:19.20.3.255", "0-0:19.20.4.255", "0-0:19.20.0.255"
DISABLEMENT: Final = "0-0:16.0.1.255"
DISABLEMENT_SCRIPTS: Final = "0-0:10.0.106.255"
_MODES: Final = {PaymentMode.CREDIT: 1, PaymentMode.PREPAYMENT: 2}
_ACTIVE: Final = 2
_STATES: Final = {
    EmergencyCredit.NONE: 0,
    EmergencyCredit.AVAILABLE: 1,
    EmergencyCredit.ACTIVE: 3,
    EmergencyCredit.EXHAUSTED: 4,
}
_IN_USE: Final = 3
_WAYS: Final = {EntryWay.SUPPLIER: 0, EntryWay.PPMID: 1, EntryWay.KEYPAD: 2}  # Blue Book: remote, local, manual
_TOKEN_USED: Final = 5  # token_status_code: executed
_PERIODS_S: Final = {RecoveryPeriod.HOURLY: 3600, RecoveryPeriod.DAILY: 86_400}
_WEEK_S: Final = 7 * 86_400
_DAY_S: Final = 86_400
_PENNY: Final = 1000
_TIME_BASED, _PAYMENT_BASED = 1, 2
_BALANCE_COLUMN: Final[Column] = (CLASS_DATA, BALANCES, 2)


def prepayment_objects() -> list[CosemObject]:
    """Every meter has them; in Credit mode they say so."""
    return [_account(), *_credits(), *_debts(), _tokens(), *_limits(), *_calendar(), *_past()]


def _account() -> CosemObject:
    reads: dict[int, Read] = {
        2: lambda one: cosem.structure(cosem.enumerated(_MODES[one.mode]), cosem.enumerated(_ACTIVE)),
        5: money(lambda one: one.accounts.credit if one.mode is PaymentMode.PREPAYMENT else 0),
        8: money(lambda one: sum(debt.amount for debt in one.accounts.time_debts) + one.accounts.payment_debt),
        9: constant(_references(BALANCE, EMERGENCY)),
        10: constant(_references(PRICES, STANDING_CHARGE, *TIME_DEBTS, PAYMENT_DEBT)),
        15: constant(cosem.structure(cosem.utf8("GBP"), cosem.integer(-5), cosem.enumerated(0))),
        16: money(lambda one: one.settings.low_credit_threshold),
        18: lambda one: cosem.long_unsigned(min(0xFFFF, one.settings.debt_recovery_rate_cap // _PENNY)),
        19: constant(cosem.double_long(_WEEK_S)),
    }
    return plain_object(Item.PREPAYMENT, CLASS_ACCOUNT, ACCOUNT, reads)


def _references(*names: str) -> Data:
    return cosem.array([cosem.octets(bytes(Obis.parse(name))) for name in names])


def _credits() -> list[CosemObject]:
    """Meter Balance, emergency credit, and the Accumulated Debt Register that GBCS keeps beside them."""
    balance: dict[int, Read] = {
        2: money(lambda one: one.registers.meter_balance),
        3: constant(cosem.enumerated(0)),
        5: money(lambda one: one.settings.low_credit_threshold),
        8: constant(cosem.enumerated(_IN_USE)),
    }
    emergency: dict[int, Read] = {
        2: money(lambda one: one.registers.emergency_credit),
        3: constant(cosem.enumerated(2)),
        8: lambda one: cosem.enumerated(_STATES[one.monitor.emergency]),
        9: money(lambda one: one.settings.emergency_credit_limit),
        10: money(lambda one: one.settings.emergency_credit_threshold),
    }
    debt: dict[int, Read] = {2: money(lambda one: one.registers.accumulated_debt), 3: constant(cosem.enumerated(1))}
    item = Item.PREPAYMENT
    return [
        plain_object(item, CLASS_CREDIT, BALANCE, balance),
        plain_object(item, CLASS_CREDIT, EMERGENCY, emergency),
        plain_object(item, CLASS_CREDIT, ACCUMULATED, debt),
    ]


def _debts() -> list[CosemObject]:
    payment: dict[int, Read] = {
        3: constant(cosem.enumerated(_PAYMENT_BASED)),
        12: money(lambda one: one.registers.payment_debt),
        13: lambda one: cosem.long_unsigned(one.accounts.per_payment),
    }
    return [
        *(_time_debt(number, obis) for number, obis in enumerate(TIME_DEBTS)),
        plain_object(Item.PREPAYMENT, CLASS_CHARGE, PAYMENT_DEBT, payment),
    ]


def _time_debt(number: int, obis: str) -> CosemObject:
    reads: dict[int, Read] = {
        3: constant(cosem.enumerated(_TIME_BASED)),
        5: lambda one: unit_charge({0: one.accounts.time_debts[number].rate}),
        8: lambda one: cosem.double_long_unsigned(_PERIODS_S[one.accounts.time_debts[number].period]),
        12: money(lambda one: one.accounts.time_debts[number].amount),
    }
    return plain_object(Item.PREPAYMENT, CLASS_CHARGE, obis, reads)


def _tokens() -> CosemObject:
    """What came last; no token is ever kept, and so none can be read."""
    reads: dict[int, Read] = {
        3: lambda one: _last(one, lambda top_up: _true(top_up.time_ms), cosem.octets(NEVER)),
        5: lambda one: _last(one, lambda top_up: cosem.enumerated(_WAYS[top_up.way]), cosem.enumerated(0)),
        6: lambda one: _last(one, lambda _top_up: _token_status(_TOKEN_USED), _token_status(0)),
    }
    return plain_object(Item.PREPAYMENT, CLASS_TOKENS, TOKENS, reads)


def _last(one: Prepayment, read: Callable[[Any], Data], nothing: Data) -> Data:
    return read(one.top_ups.accepted[-1]) if one.top_ups.accepted else nothing


def _token_status(code: int) -> Data:
    return cosem.structure(cosem.enumerated(code), cosem.bit_string("00000000"))


def _true(time_ms: int) -> Data:
    """A true time in ms as date-time octets."""
    return cosem.octets(encode_datetime(datetime.fromtimestamp(time_ms // 1000, UTC)))


def _limits() -> list[CosemObject]:
    disablement: dict[int, Read] = {
        2: lambda one: cosem.array([cosem.double_long(one.monitor.terms.disablement_threshold)]),
        3: constant(value_definition(CLASS_CREDIT, BALANCE)),
        4: constant(cosem.array(())),
    }
    item = Item.PREPAYMENT
    return [
        plain_object(item, CLASS_MONITOR, DISABLEMENT, disablement),
        plain_object(item, CLASS_EXTENDED_DATA, "0-0:94.44.2.10", _setting(lambda one: one.settings.max_credit)),
        plain_object(item, CLASS_EXTENDED_DATA, "0-0:94.44.2.20", _setting(lambda one: one.settings.max_meter_balance)),
    ]


def _setting(read: Callable[[Any], int]) -> dict[int, Read]:
    """Class 9000: what holds, with scaler and unit (10: the currency)."""
    return {2: money(read), 3: constant(cosem.structure(cosem.integer(-5), cosem.enumerated(10)))}


def _calendar() -> list[CosemObject]:
    """The Non-Disablement Calendar: 1 begins such a period, 0 ends it."""
    entries: dict[int, Read] = {
        2: lambda one: calendars.schedule([(one.settings.calendar, lambda value: value)], DISABLEMENT_SCRIPTS)
    }
    special: dict[int, Read] = {2: lambda one: calendars.special_days(one.settings.calendar)}
    return [
        plain_object(Item.PREPAYMENT, CLASS_SCHEDULE, "0-0:12.0.1.255", entries),
        plain_object(Item.PREPAYMENT, CLASS_SPECIAL_DAYS, "0-0:11.0.2.255", special),
    ]


# ------------------------------------------------------------------------------------------------------------ past


def _past() -> list[CosemObject]:
    """The Prepayment Balance Collection, the last top-ups and debt payments, and the registers at each midnight."""

    def top_ups(one: Prepayment) -> list[Row]:
        return [(up.time_ms // 1000, (cosem.double_long_unsigned(up.went_to.total),)) for up in one.top_ups.accepted]

    def payments(one: Prepayment) -> list[Row]:
        paid = one.top_ups.debt_payments
        return [(each.time_ms // 1000, (cosem.double_long_unsigned(each.amount),)) for each in paid]

    def days(one: Prepayment) -> list[Row]:
        return [(row.time_s, (_balances(row.registers),)) for row in one.daily]

    item, balance, debt = Item.PREPAYMENT, (CLASS_CREDIT, BALANCE, 2), (CLASS_CHARGE, PAYMENT_DEBT, 12)
    return [
        data_object(item, BALANCES, lambda one: _balances(one.registers)),
        table(item, "0-0:98.1.5.255", [balance], top_ups, TOP_UPS_KEPT),
        table(item, "0-0:98.1.4.255", [debt], payments, DEBT_PAYMENTS_KEPT),
        table(item, "0-0:98.1.8.255", [_BALANCE_COLUMN], days, DAYS_KEPT, lambda _one: _DAY_S),
    ]


def _balances(held: Registers) -> Data:
    """As GBCS orders them: balance, emergency credit, accumulated debt, two time debts, payment debt."""
    amounts = (held.meter_balance, held.emergency_credit, held.accumulated_debt, *held.time_debts, held.payment_debt)
    return cosem.structure(*map(amount, amounts))
