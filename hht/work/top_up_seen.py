"""Whether a top-up that a person types arrived, by the meter's own record: its log of top-ups and its balance, read
before and after. Amounts stay in memory: nothing of them stands in the journal."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hht.client.api import MeterError
from hht.client.prepayment import TopUpLogged
from hht.i18n import _
from hht.link import LinkError
from hht.work.prepaying import prepaying

if TYPE_CHECKING:
    from hht.work.step import StepContext

SPENT: Final = 50_000  # thousandths of a penny that a home may use, or a debt may take, between the two readings


class Seen(enum.StrEnum):
    """What the meter's own record says; the value stands in the step's data."""

    LOG = "in-the-log"  # a top-up of this value is new in it
    BALANCE = "in-the-balance"  # it rose by the value, and the meter shows no log
    OTHER = "another-top-up"  # one is new in the log, and of another value
    MISSING = "not-there"
    UNSEEN = "not-seen"  # nobody could look

    @property
    def words(self) -> str:
        """For people."""
        return {
            Seen.LOG: _("seen: the meter's own log has it"),
            Seen.BALANCE: _("seen: the balance rose by its value"),
            Seen.OTHER: _("not seen: the meter's log has a top-up of another value"),
            Seen.MISSING: _("not there: neither balance nor log of the meter has it"),
            Seen.UNSEEN: _("as told by the person, not seen"),
        }[self]

    @property
    def arrived(self) -> bool:
        """Whether the meter shows that it took it."""
        return self in (Seen.LOG, Seen.BALANCE)


@dataclass(frozen=True, slots=True)
class Account:
    """A meter's account at a moment, in thousandths of a penny. `log` None: the meter shows none."""

    balance: int = field(repr=False)
    log: tuple[TopUpLogged, ...] | None = field(repr=False)


async def account(ctx: StepContext) -> Account | None:
    """The account of the meter at the port; None where it cannot be read."""
    try:
        meter = prepaying(ctx.job, await ctx.meter())
        return Account((await meter.read_money()).balance, await meter.read_top_ups())
    except (MeterError, LinkError):
        return None


def seen_of(before: Account | None, after: Account | None, worth: int | None) -> Seen:
    """What became of a top-up of `worth` (thousandths of a penny; None: not known any more)."""
    if before is None or after is None:
        return Seen.UNSEEN
    if before.log is not None and after.log is not None:
        fresh = list((Counter(after.log) - Counter(before.log)).elements())
        if not fresh:
            return Seen.MISSING
        return Seen.LOG if worth is None or any(one.amount == worth for one in fresh) else Seen.OTHER
    if not worth:
        return Seen.UNSEEN
    rose = after.balance - before.balance
    return Seen.BALANCE if worth - SPENT <= rose <= worth else Seen.MISSING


__all__ = ["Account", "Seen", "account", "seen_of"]
