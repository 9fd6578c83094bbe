"""Money is conserved, whatever happens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hht.model.prepayment.accounts import Accounts, TimeDebt

AMOUNTS = st.integers(0, 3_000_000)
EVENTS = st.one_of(
    st.tuples(st.sampled_from(("spend", "owe", "top up")), AMOUNTS),
    st.tuples(st.sampled_from(("collect 1", "collect 2", "activate")), st.just(0)),
)


def happen(accounts: Accounts, what: str, amount: int) -> int:
    """Let it happen; what comes in from outside (negative: what goes out)."""
    if what == "spend":
        accounts.spend(amount)
        return -amount
    if what == "owe":
        accounts.owe(amount)
        return -amount
    if what == "top up":
        going = accounts.distribution(amount, cap=500_000, threshold=-100_000)
        assert going.total == amount
        assert min(going.payment_debt, going.accumulated_debt, going.emergency_credit, going.balance) >= 0
        accounts.top_up(going)
        return amount
    if what == "activate":
        if not accounts.granted:
            accounts.granted = 1_000_000
        return 0
    accounts.collect(accounts.time_debts[int(what[-1]) - 1])
    return 0


@given(
    st.lists(EVENTS, max_size=60),
    st.integers(0, 10_000),
    st.integers(0, 4_000_000),
    st.tuples(AMOUNTS, AMOUNTS),
    st.integers(-1_000_000, 2_000_000),
)
def test_balance_debts_and_emergency_credit_always_add_up(
    events: list[tuple[str, int]], per_payment: int, payment_debt: int, debts: tuple[int, int], balance: int
) -> None:
    accounts = Accounts(
        balance=balance,
        time_debts=(TimeDebt(debts[0], 35_000), TimeDebt(debts[1], 700_000)),
        payment_debt=payment_debt,
        per_payment=per_payment,
    )
    for what, amount in events:
        before, debt = accounts.worth, accounts.accumulated_debt
        came_in = happen(accounts, what, amount)
        assert accounts.worth == before + came_in
        assert 0 <= accounts.used <= accounts.granted
        assert accounts.accumulated_debt >= 0 <= accounts.payment_debt
        assert all(one.amount >= 0 for one in accounts.time_debts)
        assert accounts.recovered <= 500_000
        if what == "spend":
            assert accounts.accumulated_debt == debt  # energy is never put on the accumulated debt


def test_energy_is_paid_from_the_balance_then_from_emergency_credit_then_below_nothing() -> None:
    accounts = Accounts(balance=100, granted=50)
    accounts.spend(120)
    assert (accounts.balance, accounts.used, accounts.exhausted) == (0, 20, False)
    accounts.spend(40)
    assert (accounts.balance, accounts.used, accounts.exhausted) == (-10, 50, True)


def test_what_the_balance_cannot_pay_of_a_standing_charge_is_owed_apart() -> None:
    accounts = Accounts(balance=30, granted=50)
    accounts.owe(53)
    assert (accounts.balance, accounts.accumulated_debt, accounts.used) == (0, 23, 0)


def test_a_top_up_pays_debts_first_and_in_order() -> None:
    accounts = Accounts(
        balance=-40_000, granted=100, used=100, exhausted=True, accumulated_debt=7, payment_debt=900, per_payment=1000
    )
    going = accounts.distribution(41_007, cap=500, threshold=0)
    assert (going.payment_debt, going.accumulated_debt, going.emergency_credit, going.balance) == (500, 7, 100, 40_400)
    accounts.top_up(going)
    assert (accounts.payment_debt, accounts.accumulated_debt, accounts.used, accounts.balance) == (400, 0, 0, 400)
    assert not accounts.exhausted
    assert accounts.granted == 0


def test_exhausted_emergency_credit_gives_nothing_until_it_is_wholly_repaid() -> None:
    accounts = Accounts(balance=0, granted=1000)
    accounts.spend(1000)
    accounts.top_up(accounts.distribution(999, cap=0, threshold=0))
    assert (accounts.used, accounts.emergency_left, accounts.credit) == (1, 0, 0)
    accounts.top_up(accounts.distribution(2, cap=0, threshold=0))
    assert (accounts.used, accounts.granted, accounts.credit) == (0, 0, 1)
