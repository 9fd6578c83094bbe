"""Helping at a prepayment meter: whose job it is, what a token says before it is typed, how often one may be typed.

Balance and debt are read for a job whose purpose is prepayment, and for no other. The rules of entry are data
(`resources/catalogue/prepayment.toml`).
"""

from __future__ import annotations

import enum
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol, runtime_checkable

from hht.client.api import Meter, MeterError
from hht.client.prepayment import Money, PrepaymentState, TopUpLogged
from hht.i18n import _
from hht.identifiers.utrn import COUNTER_WINDOW, UtrnContents, completed_counter
from hht.resources import resource_text
from hht.work.job import Job
from hht.work.step import StepError

PURPOSE: Final = "prepayment-help"  # the walkthrough whose jobs may read what a customer has and owes
_UPPER: Final = 32  # bits of an originator counter below those that a token is about


@runtime_checkable
class Prepaying(Protocol):
    """A meter whose prepayment can be read."""

    async def read_prepayment_state(self) -> PrepaymentState:
        """Mode and emergency credit, no amount."""
        ...

    async def read_money(self) -> Money:
        """What the customer has and owes."""
        ...

    async def read_top_ups(self) -> tuple[TopUpLogged, ...] | None:
        """The log of accepted top-ups; None where the meter shows none."""
        ...


def require_purpose(job: Job) -> None:
    """Raises StepError where the job's purpose is not prepayment: then nothing of it is read (PRV: no more than the
    work needs)."""
    if job.walkthrough != PURPOSE or job.payment_mode != "prepayment":
        raise StepError(
            _("Balance and debt are read for a job whose purpose is prepayment. This one's is not."),
            remedy=_("Nothing was read. Have the supplier send a job for prepayment help, or choose Can't do this."),
            code="not-a-prepayment-job",
        )


def prepaying(job: Job, meter: Meter) -> Prepaying:
    """The meter as what can be read of prepayment. Raises StepError where the job is for something else, MeterError
    where this link shows nothing of it."""
    require_purpose(job)
    if isinstance(meter, Prepaying):
        return meter
    raise MeterError(
        _("The prepayment account of this meter cannot be read over this link."),
        remedy=_("Use a link on which the meter speaks COSEM, or choose Can't do this."),
        code="not-on-this-device",
    )


class Window(enum.StrEnum):
    """Whether a meter understands a token's ten counter bits as the vendor meant them (painpoints P21)."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    USED = "used"
    OTHER = "other"
    UNKNOWN = "unknown"


def window_of(contents: UtrnContents, counter: int | None, highest: int | None) -> Window:
    """`counter`: the token's, as the supplier's record has it; `highest`: of the last token that the meter accepted. A
    whole originator counter (64 bits) counts by its upper half. USED: the meter has accepted that one, or it was last;
    OTHER: the record is of another token; UNKNOWN: ten bits alone cannot tell."""
    if counter is None:
        return Window.UNKNOWN
    wanted = _upper(counter)
    if wanted % COUNTER_WINDOW != contents.truncated_counter:
        return Window.OTHER
    if highest is None:
        return Window.UNKNOWN
    accepted = _upper(highest)
    if wanted == accepted:
        return Window.USED
    taken = completed_counter(contents.truncated_counter, accepted)
    return Window.INSIDE if taken == wanted else Window.OUTSIDE


def _upper(counter: int) -> int:
    return counter >> _UPPER if counter >> _UPPER else counter


@dataclass(frozen=True, slots=True)
class EntryRules:
    """`tries` wrong entries within `within_s` suspend typing for `suspended_s`; nobody types on with `spare` left."""

    tries: int
    within_s: int
    suspended_s: int
    spare: int
    verified: bool

    def may_type(self, wrong: int) -> bool:
        """Whether one more entry may be made after so many wrong ones."""
        return wrong < self.tries - self.spare


@cache
def entry_rules() -> EntryRules:
    """As the catalogue has them. Raises ValueError where they cannot be."""
    plain = tomllib.loads(resource_text("catalogue", "prepayment.toml"))["entry"]
    rules = EntryRules(*(plain[key] for key in ("tries", "within_s", "suspended_s", "spare", "verified")))
    if not 0 < rules.spare < rules.tries:
        raise ValueError("prepayment.toml: entry.spare: at least 1, and less than tries")
    return rules


def money_text(amount: int) -> str:
    """Thousandths of a penny as people read them: -£1.05; what is less than a penny is not shown."""
    pence = abs(amount) // 1000
    return f"{'-' if amount < 0 and pence else ''}£{pence // 100}.{pence % 100:02d}"
