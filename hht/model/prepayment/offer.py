"""What a prepayment meter lets parties, people at the meter and other devices do and see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from hht.model.commands import DONE, Command
from hht.model.device import Device, DeviceKind, Handler
from hht.model.features.checks import require, require_range
from hht.model.features.display import Button, Display, Page
from hht.model.parties import Party
from hht.model.prepayment import commands as c
from hht.model.prepayment.accounts import Distribution, TimeDebt
from hht.model.prepayment.records import DebtShown, EmergencyCredit, EntryWay, PrepaymentShown
from hht.model.prepayment.settings import (
    HIGHEST_BALANCE,
    HIGHEST_DEBT,
    WHOLE,
    DebtTerms,
    ModeTerms,
    PaymentMode,
    RecoveryPeriod,
    check_debts,
    check_settings,
    check_terms,
)
from hht.model.refusal import Reason

if TYPE_CHECKING:
    from hht.model.features.tenancy import Tenancy
    from hht.model.prepayment.prepayment import Prepayment

_ELECTRICITY: tuple[type[Command], ...] = (
    c.SetCreditMode,
    c.SetPrepaymentMode,
    c.AdjustBalance,
    c.ResetBalance,
    c.ManageDebt,
    c.UpdatePrepaymentConfiguration,
    c.ActivateEmergencyCredit,
    c.ApplyTopUp,
    c.ReadPrepaymentRegisters,
    c.ReadMeterBalance,
    c.ReadDebtPayments,
    c.ReadTopUps,
    c.ReadPrepaymentDaily,
    c.ReadPrepaymentConfiguration,
    c.ReadPaymentMode,
)
_GAS: tuple[type[Command], ...] = (
    c.SetGasCreditMode,
    c.SetGasPrepaymentMode,
    c.AdjustGasBalance,
    c.AdjustGasCreditBalance,
    c.ResetGasBalance,
    c.ResetGasCreditBalance,
    c.ManageGasDebt,
    c.UpdateGasPrepaymentConfiguration,
    c.ActivateGasEmergencyCredit,
    c.ApplyGasTopUp,
    c.ReadGasPrepaymentRegisters,
    c.ReadGasDebtPayments,
    c.ReadGasTopUps,
    c.ReadGasPrepaymentDaily,
    c.ReadGasPrepaymentConfiguration,
    c.ReadGasPaymentMode,
)


def money(amount: int) -> str:
    """Thousandths of a penny as people read them: -£1.05 (what is less than a penny is not shown)."""
    pence = abs(amount) // 1000
    sign = "-" if amount < 0 and pence else ""
    return f"{sign}£{pence // 100}.{pence % 100:02d}"


class PrepaymentOffer:
    """Registers commands, requests, pages and buttons of `owner` with its device."""

    def __init__(self, owner: Prepayment, display: Display, tenancy: Tenancy, *, gas: bool = False) -> None:
        self._owner = owner
        self._tenancy = tenancy
        self._others_balance = 0  # the Credit mode balance that earlier people left: the supplier's affair with them
        owner.device.forgets.append(self._hide)
        handlers: dict[type[Command], Handler] = {
            c.SetCreditMode: self._set_mode,
            c.SetPrepaymentMode: self._set_mode,
            c.AdjustBalance: self._adjust,
            c.ResetBalance: self._reset,
            c.ManageDebt: self._manage_debt,
            c.UpdatePrepaymentConfiguration: self._configure,
            c.ActivateEmergencyCredit: self._activate,
            c.ApplyTopUp: lambda command, _sender: owner.top_ups.sent(command),
            c.ReadPrepaymentRegisters: self._registers,
            c.ReadMeterBalance: lambda _command, _sender: self.balance(),
            c.ReadDebtPayments: lambda _command, _sender: tuple(owner.top_ups.debt_payments),
            c.ReadTopUps: lambda _command, _sender: tuple(owner.top_ups.accepted),
            c.ReadPrepaymentDaily: lambda _command, _sender: tuple(owner.daily),
            c.ReadPrepaymentConfiguration: lambda _command, _sender: owner.settings,
            c.ReadPaymentMode: lambda _command, _sender: c.PaymentModeRead(owner.mode, owner.monitor.terms),
        }
        kinds = _GAS if gas else _ELECTRICITY
        owner.device.accept(
            {kind: next(act for base, act in handlers.items() if issubclass(kind, base)) for kind in kinds}
        )
        owner.device.serve(
            {
                c.ReadPrepayment: lambda _request, _asker: self.shown(),
                c.RequestEmergencyCredit: lambda _request, asker: self._ask_emergency(asker),
                c.EnterTopUp: self._enter,
            }
        )
        display.add_written(self.kept, self._account_page)
        display.add(self._debt_page)
        display.offer(
            Button(
                "emergency-credit",
                _("Activate emergency credit"),
                lambda: owner.monitor.emergency is EmergencyCredit.AVAILABLE,
                lambda _typed: owner.activate_emergency("a person pressed the button"),
            )
        )
        display.offer(
            Button(
                "utrn",
                _("Add credit"),
                lambda: owner.mode is PaymentMode.PREPAYMENT,
                lambda typed: self._type(typed),
                typed=_("UTRN, 20 digits"),
            )
        )

    # --- commands --------------------------------------------------------------------------------------------------

    def _set_mode(self, command: c.SetCreditMode | c.SetPrepaymentMode, sender: Party) -> object:
        if isinstance(command, c.SetPrepaymentMode):
            check_terms(command.terms)
            self._owner.set_mode(PaymentMode.PREPAYMENT, command.terms, str(sender))
        else:
            self._owner.set_mode(PaymentMode.CREDIT, ModeTerms(), str(sender))
        return DONE

    def _adjust(self, command: c.AdjustBalance, _sender: Party) -> object:
        owner, accounts = self._owner, self._owner.accounts
        owner.settle()
        credit = command.mode is PaymentMode.CREDIT
        balance = (accounts.credit_balance if credit else accounts.balance) + command.amount
        require_range(_("adjustment"), command.amount, -HIGHEST_BALANCE, HIGHEST_BALANCE)
        highest = HIGHEST_BALANCE if credit else owner.settings.max_meter_balance
        require_range(_("Meter Balance"), balance, -HIGHEST_DEBT, highest)
        self._set_balance(command.mode, balance)
        return DONE

    def _reset(self, command: c.ResetBalance, _sender: Party) -> object:
        self._owner.settle()
        if command.mode is PaymentMode.CREDIT:
            self._others_balance = 0
        self._set_balance(command.mode, 0)
        return DONE

    def _set_balance(self, mode: PaymentMode, balance: int) -> None:
        if mode is PaymentMode.CREDIT:
            self._owner.accounts.credit_balance = balance
        else:
            self._owner.accounts.balance = balance
        self._owner.moved("the balance was adjusted")

    def _manage_debt(self, command: c.ManageDebt, _sender: Party) -> object:
        owner, accounts = self._owner, self._owner.accounts
        pairs = list(zip(accounts.time_debts, command.time_debts, strict=True))
        first, second = (
            DebtTerms(debt.amount + change.adjustment, change.rate, change.period) for debt, change in pairs
        )
        payment = accounts.payment_debt + command.payment_debt
        check_debts((first, second), payment, command.per_payment)
        owner.settle()
        for debt, terms in zip(accounts.time_debts, (first, second), strict=True):
            debt.amount, debt.rate, debt.period = terms.amount, terms.rate, terms.period
        accounts.payment_debt, accounts.per_payment = payment, command.per_payment
        return DONE

    def _configure(self, command: c.UpdatePrepaymentConfiguration, _sender: Party) -> object:
        check_settings(command.settings)
        self._owner.settle()
        self._owner.monitor.configure(command.settings)
        self._owner.moved("the configuration was changed")
        return DONE

    def _activate(self, _command: c.ActivateEmergencyCredit, sender: Party) -> object:
        self._owner.activate_emergency(str(sender))
        return DONE

    def _registers(self, _command: Any, _sender: Party) -> object:
        self._owner.settle()
        return self._owner.registers

    # --- other devices ---------------------------------------------------------------------------------------------

    def _ask_emergency(self, asker: Device) -> object:
        _require_ppmid(asker)
        self._owner.activate_emergency(asker.name)
        return DONE

    def _enter(self, request: c.EnterTopUp, asker: Device) -> Distribution:
        _require_ppmid(asker)
        return self._owner.top_ups.typed(request.utrn.reveal(), EntryWay.PPMID)

    def balance(self) -> int:
        """The Meter Balance of the mode in force, as parties read it, thousandths of a penny."""
        self._owner.settle()
        return self._owner.registers.meter_balance

    def _hide(self, _since_ms: int) -> None:
        self._owner.settle()
        self._others_balance = self._owner.accounts.credit_balance

    def shown(self) -> PrepaymentShown:
        """Every prepayment item now, as the present consumer may see it."""
        return self._mine(self._items(), self._tenancy.since_ms)

    def _mine(self, items: PrepaymentShown, since_ms: int) -> PrepaymentShown:
        """Without what was paid, set or owed before `since_ms`. In Prepayment mode the balance is what the supply goes
        by: whoever lives here has to know it, until the supplier resets it."""
        registers = items.registers
        if registers.mode is PaymentMode.CREDIT:
            registers = replace(registers, meter_balance=registers.meter_balance - self._others_balance)
        return replace(
            items,
            registers=registers,
            modes=tuple(one for one in items.modes if one.time_ms >= since_ms),
            top_ups=tuple(one for one in items.top_ups if one.time_ms >= since_ms),
            debt_payments=tuple(one for one in items.debt_payments if one.time_ms >= since_ms),
        )

    def _items(self) -> PrepaymentShown:
        owner, monitor, accounts = self._owner, self._owner.monitor, self._owner.accounts
        owner.settle()
        owner.top_ups.see_week()
        first, second = (self._debt(debt) for debt in accounts.time_debts)
        return PrepaymentShown(
            registers=owner.registers,
            modes=tuple(owner.modes),
            credit=accounts.credit,
            emergency=monitor.emergency,
            emergency_credit_limit=monitor.settings.emergency_credit_limit,
            disablement_threshold=monitor.terms.disablement_threshold,
            low_credit=monitor.low,
            out_of_credit=monitor.out,
            non_disablement=monitor.protected,
            time_debts=(first, second),
            per_payment=accounts.per_payment,
            recovered_this_week=accounts.recovered,
            debt_recovery_rate_cap=monitor.settings.debt_recovery_rate_cap,
            top_ups=tuple(owner.top_ups.accepted),
            debt_payments=tuple(owner.top_ups.debt_payments),
            entry_suspended_s=owner.top_ups.suspended_s,
        )

    def kept(self) -> PrepaymentShown | int:
        """What a mirror keeps of this moment, cheaply: in Credit mode without debts the balance says it all."""
        owner = self._owner
        owner.settle()
        return self._items() if owner.monitor.active or self._time_debt else owner.accounts.credit_balance

    @property
    def _time_debt(self) -> bool:
        first, second = self._owner.accounts.time_debts
        return first.amount > 0 or second.amount > 0

    def as_kept(self, kept: PrepaymentShown | int, *, since_ms: int) -> PrepaymentShown:
        """What was shown at that moment, but for what was before `since_ms`."""
        return self._mine(self.written(kept), since_ms)

    def written(self, kept: PrepaymentShown | int) -> PrepaymentShown:
        """All of that moment, as parties read it."""
        if isinstance(kept, int):
            shown = self._items()
            kept = replace(
                shown,
                registers=replace(shown.registers, mode=PaymentMode.CREDIT, meter_balance=kept),
                emergency=EmergencyCredit.NONE,
                low_credit=False,
                out_of_credit=False,
                non_disablement=False,
            )
        return kept

    def _debt(self, debt: TimeDebt) -> DebtShown:
        hours = 24 if debt.period is RecoveryPeriod.DAILY else 1
        left = -(-debt.amount // debt.rate) * hours if debt.rate else None if debt.amount else 0
        return DebtShown(debt.amount, debt.rate, debt.period, self._owner.debts_wait, left)

    # --- the meter's own display -----------------------------------------------------------------------------------

    def _type(self, typed: str) -> None:
        self._owner.top_ups.typed(typed)

    def _account_page(self, kept: PrepaymentShown | int) -> Page | None:
        if isinstance(kept, int):
            balance = kept - self._others_balance
        else:
            kept = self._mine(kept, self._tenancy.since_ms)
            balance = kept.registers.meter_balance
        balance_line = _("Balance {amount}").format(amount=money(balance))
        if isinstance(kept, int) or kept.registers.mode is PaymentMode.CREDIT:
            return Page(_("Account"), (_("Credit mode"), balance_line), private=True)
        shown = kept
        lines = [_("Prepayment mode"), balance_line, _emergency_line(shown)]
        if shown.low_credit:
            lines.append(_("Credit is low"))
        if shown.out_of_credit:
            lines.append(_("Out of credit"))
        if shown.non_disablement:
            lines.append(_("The supply stays on now"))
        if shown.entry_suspended_s:
            minutes = -(-shown.entry_suspended_s // 60)
            lines.append(_("Typing is suspended for {minutes} min").format(minutes=minutes))
        lines.extend(_("Topped up {amount}").format(amount=money(one.went_to.total)) for one in reversed(shown.top_ups))
        return Page(_("Prepayment"), tuple(lines), private=True)

    def _debt_page(self) -> Page | None:
        owed = self._owner.accounts
        if not (self._time_debt or owed.payment_debt or owed.accumulated_debt):
            return None
        shown = self.shown()
        lines = [_debt_line(number, debt) for number, debt in enumerate(shown.time_debts, 1) if debt.amount]
        if shown.registers.payment_debt:
            lines.append(
                _("Debt {amount}: {percent} % of each top-up, at most {cap} a week").format(
                    amount=money(shown.registers.payment_debt),
                    percent=f"{shown.per_payment * 100 / WHOLE:g}",
                    cap=money(shown.debt_recovery_rate_cap),
                )
            )
        if shown.registers.accumulated_debt:
            lines.append(_("Owed from the next top-up {amount}").format(amount=money(shown.registers.accumulated_debt)))
        return Page(_("Debt"), tuple(lines), private=True) if lines else None


def _emergency_line(shown: PrepaymentShown) -> str:
    left, used = money(shown.registers.emergency_credit), money(shown.registers.emergency_credit_used)
    if shown.emergency is EmergencyCredit.NONE:
        return _("Emergency credit: not now")
    if shown.emergency is EmergencyCredit.AVAILABLE:
        return _("Emergency credit: press for {amount}").format(amount=money(shown.emergency_credit_limit))
    if shown.emergency is EmergencyCredit.ACTIVE:
        return _("Emergency credit: {left} left, {used} owed").format(left=left, used=used)
    return _("Emergency credit: used up, {used} owed").format(used=used)


def _debt_line(number: int, debt: DebtShown) -> str:
    daily = debt.period is RecoveryPeriod.DAILY
    values = {"number": number, "amount": money(debt.amount), "rate": money(debt.rate)}
    if debt.suspended:
        return _("Debt {number} {amount}: not collected now").format(**values)
    if debt.hours_left is None:
        return _("Debt {number} {amount}: no recovery is set").format(**values)
    line = (
        _("Debt {number} {amount}: {rate} a day, days left: {days}")
        if daily
        else _("Debt {number} {amount}: {rate} an hour, days left: {days}")
    )
    return line.format(**values, days=-(-debt.hours_left // 24))


def _require_ppmid(asker: Device) -> None:
    require(
        asker.kind is DeviceKind.PPMID,
        _("Only a prepayment interface device may do this."),
        _("Use a PPMID that is joined to the meter, or the meter itself."),
        reason=Reason.ACCESS_DENIED,
    )
