"""The gas account in the whole copy of an intelligent hub (CH-22), so that a replacement goes on with the same money.

What tokens were used is not in it: each is sold for one Gas Proxy Function, and the replacement is another.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.supply import Hold
from hht.model.features.notices import NoticesKept
from hht.model.features.stores import StoresKept
from hht.model.features.tariff_plan import TariffPlan
from hht.model.features.tariff_registers import TariffRegisters
from hht.model.intelligent_hub.calculator import ReportedGas
from hht.model.prepayment.accounts import Accounts
from hht.model.prepayment.records import DAYS_KEPT, MODES_KEPT, DailyRow, DebtPayment, ModeChange, TopUp
from hht.model.prepayment.settings import ModeTerms, PaymentMode, PrepaymentSettings

if TYPE_CHECKING:
    from hht.model.intelligent_hub.account import AccountingGasProxy, AccountPlan, GasReport


@dataclass(frozen=True, slots=True)
class AccountCopy:
    """An account as it stood. `meter_id`: the gas meter that it has heard ("": none); `plan`: how the account is set,
    `timeout` and `left` in half-hours; `profile`: rows of the half-hourly profile. What follows is as its features keep
    it; nothing of it is ever quoted."""

    meter_id: str
    plan: AccountPlan = field(repr=False)
    report: GasReport | None = field(repr=False)
    gas: ReportedGas = field(repr=False)
    tariff: TariffPlan = field(repr=False)
    registers: TariffRegisters = field(repr=False)
    mode: PaymentMode
    terms: ModeTerms = field(repr=False)
    settings: PrepaymentSettings = field(repr=False)
    accounts: Accounts = field(repr=False)
    week: int
    modes: tuple[ModeChange, ...] = field(repr=False)
    daily: tuple[DailyRow, ...] = field(repr=False)
    top_ups: tuple[TopUp, ...] = field(repr=False)
    debt_payments: tuple[DebtPayment, ...] = field(repr=False)
    valve: SupplyState
    kept_closed: tuple[tuple[str, Hold], ...]
    timeout: int
    left: int
    failed: bool
    notices: NoticesKept = field(repr=False)
    stores: StoresKept = field(repr=False)
    profile: tuple[tuple[int, ...], ...] = field(repr=False)


def copy_account(account: AccountingGasProxy) -> AccountCopy:
    """The account as it stands now."""
    prepayment = account.prepayment
    prepayment.settle()
    monitor, top_ups, profile = prepayment.monitor, prepayment.top_ups, account.profile
    return AccountCopy(
        meter_id=account.meter_id,
        plan=account.plan,
        report=account.report,
        gas=replace(account.gas),
        tariff=account.tariff.plan,
        registers=account.tariff.registers.copy(),
        mode=prepayment.mode,
        terms=monitor.terms,
        settings=monitor.settings,
        accounts=prepayment.accounts.copy(),
        week=top_ups.week,
        modes=tuple(prepayment.modes),
        daily=tuple(prepayment.daily),
        top_ups=tuple(top_ups.accepted),
        debt_payments=tuple(top_ups.debt_payments),
        valve=account.valve.state,
        kept_closed=account.valve.kept_closed,
        timeout=account.timeout,
        left=account.counter.left,
        failed=account.counter.failed,
        notices=account.notices.kept(),
        stores=account.stores.kept(),
        profile=tuple(profile.rows(profile.first, profile.end)),
    )


def restore_account(account: AccountingGasProxy, copy: AccountCopy) -> None:
    """Go on from a copy, in the place of another hub; what was burnt since is charged at the meter's next report."""
    prepayment = account.prepayment
    account.plan, account.gas = copy.plan, replace(copy.gas)
    account.tariff.go_on(copy.tariff, copy.registers.copy(), copy.gas.energy_mws)
    account.tariff.strategy = copy.plan.blocks
    account.valve.go_on(copy.valve, copy.kept_closed)
    account.timeout = copy.timeout
    account.counter.left, account.counter.failed = copy.left, copy.failed
    account.notices.go_on(copy.notices)
    account.stores.go_on(copy.stores)
    account.profile.clear()
    for row in copy.profile:
        account.profile.capture_row(*row)
    prepayment.go_on(copy.mode, copy.terms, copy.settings, copy.accounts.copy())
    prepayment.modes = deque(copy.modes, MODES_KEPT)
    prepayment.daily = deque(copy.daily, DAYS_KEPT)
    prepayment.top_ups.go_on(copy.week, copy.top_ups, copy.debt_payments)
    account.go_on_with(copy.meter_id, copy.report)
