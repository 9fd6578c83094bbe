"""The pages that a display makes of what it has collected.

Licence conditions ask an in-home display for: use now and before by day, week and month, in kWh and in pounds and
pence, the rate and the standing charge, an ambient signal, what was exported, and in prepayment balance, emergency
credit and debts (FUN-10, PPM-09, OLC-02, OLC-03). In credit mode the account's balance may be shown (OLC-15).
"""

from __future__ import annotations

from collections.abc import Iterator

from hht.i18n import _
from hht.model.communications_hub.gas_proxy import GasMirror
from hht.model.consumer_devices.collected import Collected, Electricity
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.display import Page
from hht.model.features.stores import Stores
from hht.model.features.tariff import TariffShown
from hht.model.prepayment.records import DebtShown, EmergencyCredit, PrepaymentShown
from hht.model.prepayment.settings import PaymentMode, RecoveryPeriod


def pounds(amount: int) -> str:
    """Thousandths of a penny as pounds, rounded to the penny."""
    pence = (abs(amount) + 500) // 1000
    return f"{'-' if amount < 0 and pence else ''}£{pence // 100}.{pence % 100:02}"


def kwh(watt_hours: int) -> str:
    """Wh as kWh with two decimals."""
    return f"{watt_hours // 1000}.{watt_hours % 1000 // 10:02} kWh"


def display_pages(collected: Collected, *, account: bool = True, history: bool = True) -> list[Page]:
    """The pages of a display. `account`: the balance in credit mode too; `history`: what was used before."""
    made: list[Page] = []
    for one in collected.electricity:
        made += _electricity(one, account, history)
    if collected.gas is not None:
        made += _gas(collected.gas, collected.gas_prepayment, collected.gas_age_s, account, history)
    if collected.missing:
        made.append(Page(_("Waiting for data"), collected.missing))
    return made


def _electricity(one: Electricity, account: bool, history: bool) -> Iterator[Page]:
    now, tariff = one.energy, one.tariff
    hourly = pounds(tariff.price * now.import_w // 1000)
    lines = (f"{now.import_w} W, {one.ambient.value}", _("{cost} an hour").format(cost=hourly))
    yield Page(_("Electricity now"), (*lines, *_rate(tariff)))
    yield Page(_("Electricity used"), (*_used(one.stores, history), _in_all(now.import_wh)))
    if now.export_wh or now.export_w:
        out = _("{power} W now, {energy} in all").format(power=now.export_w, energy=kwh(now.export_wh))
        yield Page(_("Electricity exported"), (out,))
    if one.prepayment is not None:
        yield from _money((_("Account"), _("Prepayment")), one.prepayment, account)
    if one.supply is not SupplyState.ENABLED:
        yield Page(_("Supply"), (one.supply.value,))
    if one.notices is not None and (one.notices.message or one.notices.cin):
        yield Page(_("Message"), tuple(text for text in (one.notices.message, one.notices.cin) if text))


def _gas(gas: GasMirror, money: PrepaymentShown | None, age_s: int, account: bool, history: bool) -> Iterator[Page]:
    old = _("{minutes} min old").format(minutes=age_s // 60)
    lines = (f"{_in_all(gas.energy_wh)}, {old}", *_used(gas.stores, history), *_rate(gas.tariff))
    yield Page(_("Gas"), (*lines, gas.warning) if gas.warning else lines)
    if money is not None:
        yield from _money((_("Gas account"), _("Gas prepayment")), money, account)
    if gas.supply is not SupplyState.ENABLED:
        yield Page(_("Gas supply"), (gas.supply.value,))


def _in_all(energy_wh: int) -> str:
    return _("{energy} in all").format(energy=kwh(energy_wh))


def _rate(tariff: TariffShown) -> tuple[str, ...]:
    return (
        _("{name}, {pence} p/kWh").format(name=tariff.name, pence=_pence(tariff.price)),
        _("Standing charge {pence} p a day").format(pence=_pence(tariff.standing_charge)),
    )


def _pence(amount: int) -> str:
    return f"{amount // 1000}.{amount % 1000 // 10:02}"


def _used(stores: Stores, history: bool) -> Iterator[str]:
    costs = stores.costs or Stores(0, 0, 0, (0,), (0,), (0,))
    rows = [(_("Today"), stores.today, costs.today)]
    if history:
        rows += [
            (_("Yesterday"), stores.days[0], costs.days[0]),
            (_("This week"), stores.week, costs.week),
            (_("Last week"), stores.weeks[0], costs.weeks[0]),
            (_("This month"), stores.month, costs.month),
            (_("Last month"), stores.months[0], costs.months[0]),
        ]
    for name, energy, cost in rows:
        yield f"{name} {kwh(energy)}, {pounds(cost)}"


def _money(titles: tuple[str, str], shown: PrepaymentShown, account: bool) -> Iterator[Page]:
    balance = _("Balance {balance}").format(balance=pounds(shown.registers.meter_balance))
    if shown.registers.mode is PaymentMode.CREDIT:
        if account:
            yield Page(titles[0], (balance,))
        return
    lines = [balance, _emergency(shown)]
    if shown.low_credit:
        lines.append(_("Credit is low"))
    lines += [_debt(debt) for debt in shown.time_debts if debt.amount]
    if shown.registers.payment_debt:
        share = f"{shown.per_payment // 100}.{shown.per_payment % 100:02}"
        debt = pounds(shown.registers.payment_debt)
        lines.append(_("Debt {debt}: {percent} % of each top-up").format(debt=debt, percent=share))
    yield Page(titles[1], tuple(lines))


def _emergency(shown: PrepaymentShown) -> str:
    if shown.emergency is EmergencyCredit.AVAILABLE:
        return _("Emergency credit: {amount} available").format(amount=pounds(shown.emergency_credit_limit))
    if shown.emergency is EmergencyCredit.ACTIVE:
        return _("Emergency credit: {amount} left").format(amount=pounds(shown.registers.emergency_credit))
    return _("Emergency credit: {state}").format(state=shown.emergency.value)


def _debt(debt: DebtShown) -> str:
    rate = _("{rate} a day") if debt.period is RecoveryPeriod.DAILY else _("{rate} an hour")
    line = _("Debt {amount}: {rate}").format(amount=pounds(debt.amount), rate=rate.format(rate=pounds(debt.rate)))
    if debt.hours_left is None:
        return line
    return line + _(", {days} days left").format(days=-(-debt.hours_left // 24))
