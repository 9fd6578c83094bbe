"""The money in a prepayment meter: balances, emergency credit and debts, and how each kind of event moves it.

Nothing here knows a device or a time. Whatever happens, `worth` changes by exactly what came from outside: what was
spent, topped up, adjusted. All amounts are thousandths of a penny.

Energy is paid from the balance, then from emergency credit, then it makes the balance negative (in a non-disablement
period). Standing charge and time-based debts are paid from the balance; what it cannot pay goes to the accumulated
debt. Emergency credit that is exhausted gives nothing until it is wholly repaid.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

from hht.model.prepayment.settings import WHOLE, RecoveryPeriod


@dataclass(slots=True)
class TimeDebt:
    """A debt that is collected `rate` by `rate`."""

    amount: int = 0
    rate: int = 0
    period: RecoveryPeriod = RecoveryPeriod.DAILY


@dataclass(frozen=True, slots=True)
class Distribution:
    """Where a top-up went."""

    payment_debt: int
    accumulated_debt: int
    emergency_credit: int
    balance: int

    @property
    def total(self) -> int:
        """The top-up."""
        return self.payment_debt + self.accumulated_debt + self.emergency_credit + self.balance


@dataclass(slots=True)
class Accounts:
    """`credit_balance`: Meter Balance in Credit mode; `balance`: that of Prepayment mode. `granted`: emergency credit
    that was activated (0: none is), of which `used` is owed. `recovered`: payment-based debt collected this week."""

    credit_balance: int = 0
    balance: int = 0
    granted: int = 0
    used: int = 0
    exhausted: bool = False
    accumulated_debt: int = 0
    time_debts: tuple[TimeDebt, TimeDebt] = field(default_factory=lambda: (TimeDebt(), TimeDebt()))
    payment_debt: int = 0
    per_payment: int = 0
    recovered: int = 0

    @property
    def emergency_left(self) -> int:
        """Emergency credit that can still be used."""
        return 0 if self.exhausted else self.granted - self.used

    @property
    def credit(self) -> int:
        """Balance and emergency credit together: what is held against the Disablement Threshold."""
        return self.balance + (0 if self.exhausted else self.granted - self.used)

    @property
    def worth(self) -> int:
        """Everything that the meter holds for the consumer less everything that the consumer owes."""
        owed = self.used + self.accumulated_debt + self.payment_debt + sum(debt.amount for debt in self.time_debts)
        return self.credit_balance + self.balance - owed

    def copy(self) -> Accounts:
        """The same amounts, moved by somebody else."""
        first, second = self.time_debts
        return replace(self, time_debts=(replace(first), replace(second)))

    def take(self, other: Accounts) -> None:
        """Stand as another does."""
        for amount in fields(other):
            setattr(self, amount.name, getattr(other, amount.name))

    def spend(self, amount: int) -> None:
        """Energy was used."""
        paid = min(amount, max(self.balance, 0))
        from_emergency = min(amount - paid, self.emergency_left)
        self.used += from_emergency
        self.balance -= amount - from_emergency
        if self.granted and self.used == self.granted:
            self.exhausted = True

    def owe(self, amount: int) -> None:
        """Standing charge, or time-based debt that is due."""
        paid = min(amount, max(self.balance, 0))
        self.balance -= paid
        self.accumulated_debt += amount - paid

    def collect(self, debt: TimeDebt, *, credit_mode: bool = False) -> int:
        """One instalment of a time-based debt is due; how much it was."""
        part = min(debt.amount, debt.rate)
        debt.amount -= part
        if credit_mode:
            self.credit_balance -= part
        else:
            self.owe(part)
        return part

    def distribution(self, amount: int, *, cap: int, threshold: int) -> Distribution:
        """Where a top-up would go: payment-based debt (its percentage, until the week's `cap`), accumulated debt, the
        balance up to the Disablement Threshold, emergency credit used, and the rest to the balance."""
        payment = max(0, min(self.payment_debt, amount * self.per_payment // WHOLE, cap - self.recovered))
        left = amount - payment
        accumulated = min(self.accumulated_debt, left)
        left -= accumulated
        first = min(left, max(0, threshold - self.balance))
        emergency = min(self.used, left - first)
        return Distribution(payment, accumulated, emergency, left - emergency)

    def top_up(self, way: Distribution) -> None:
        """Credit comes in."""
        self.payment_debt -= way.payment_debt
        self.recovered += way.payment_debt
        self.accumulated_debt -= way.accumulated_debt
        self.used -= way.emergency_credit
        self.balance += way.balance
        if self.exhausted and self.used == 0:
            self.granted, self.exhausted = 0, False
