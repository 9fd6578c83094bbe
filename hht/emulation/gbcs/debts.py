"""Debts of both fuels, adjusted and with how they are collected (ECS07, GCS04), in thousandths of a penny.

Electricity: each of two time-based debts is a charge with a rate, a period and a method that adds to what remains; the
payment-based one has a share of top-ups instead. Gas: a command for each of the three, told apart by how amounts count.
"""

from __future__ import annotations

from typing import Any, Final

from hht.emulation.gbcs.gas import defaults
from hht.emulation.gbcs.tariffs import charges
from hht.emulation.gbcs.translation import Asked, Translation, a_number, by_access, components_of, fields_in, written
from hht.i18n import _
from hht.model.prepayment.commands import DebtChange, ManageDebt, ManageGasDebt
from hht.model.prepayment.settings import RecoveryPeriod
from hht.protocol.gbcs.errors import MalformedPayload

_FIRST, _SECOND, _PER_PAYMENT = "0-0:19.20.1.255", "0-0:19.20.2.255", "0-0:19.20.3.255"
_ACTIVATE, _ADD = 2, 4  # methods of a charge: the rate written takes effect; the amount that remains changes
_PERIOD, _PROPORTION = 8, 13  # attributes of a charge
_PERIODS: Final = {3600: RecoveryPeriod.HOURLY, 86_400: RecoveryPeriod.DAILY}
_FREQUENCIES: Final = {0: RecoveryPeriod.HOURLY, 1: RecoveryPeriod.DAILY}
_ADDED: Final = (1, 3, 5)  # kinds of amount: added to each time-based debt, and to the payment-based one
_BY_TIME, _BY_PAYMENT = 0, 1  # how a debt is collected
_TO_CLIENT: Final = 0x08


def _period(known: dict[int, RecoveryPeriod], said: Any) -> RecoveryPeriod:
    found = known.get(a_number(said))
    if found is None:
        raise MalformedPayload(_("A debt is collected by the hour or by the day."))
    return found


# --- electricity


def _charge(asked: Asked, name: str) -> DebtChange:
    rates = charges(asked, name, 0)
    if set(rates) != {0}:
        raise MalformedPayload(_("A debt is collected at one rate."))
    written(asked, name, _ACTIVATE)  # a rate that is not put in force is none
    return DebtChange(a_number(written(asked, name, _ADD)), rates[0], _period(_PERIODS, written(asked, name, _PERIOD)))


def _manage(asked: Asked) -> ManageDebt:
    both = _charge(asked, _FIRST), _charge(asked, _SECOND)
    share = a_number(written(asked, _PER_PAYMENT, _PROPORTION))
    return ManageDebt(both, a_number(written(asked, _PER_PAYMENT, _ADD)), share)


# --- gas


def _gas_manage(asked: Asked) -> ManageGasDebt:
    said = [fields_in(one) for one in components_of(asked)]
    if [one["debtAmountType"] for one in said] != list(_ADDED):
        raise MalformedPayload(_("This use case adds to each of the three debts."))
    if [one["debtRecoveryMethod"] for one in said] != [_BY_TIME, _BY_TIME, _BY_PAYMENT]:
        raise MalformedPayload(_("Two debts are collected by time, and one from payments."))
    *timed, paid = said
    first, second = (
        DebtChange(one["debtAmount"], one["debtRecoveryAmount"], _period(_FREQUENCIES, one["debtRecoveryFrequency"]))
        for one in timed
    )
    return ManageGasDebt((first, second), paid["debtAmount"], paid["debtRecoveryBalancePercentage"])


TABLE: Final[dict[int, Translation]] = {
    0x001E: by_access(_manage),
    0x006E: defaults(_gas_manage, _TO_CLIENT),
}
