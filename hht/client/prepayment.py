"""Prepayment as an electricity meter shows it: mode, credit, emergency credit and debts (GBCS classes 111 to 113).

Objects as GBCS names them (factbook 2.8, 6.1). Money is in thousandths of a penny. `read_prepayment_state` reads no
amount at all: what a customer has and owes is read apart, by who may know it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hht.client.catalogue import CLASS_PROFILE
from hht.client.meter_objects import MeterObjects
from hht.client.values import items_of, makes_no_sense, number_of, time_of
from hht.i18n import _

CLASS_ACCOUNT, CLASS_CREDIT, CLASS_CHARGE = 111, 112, 113
ACCOUNT, BALANCE, EMERGENCY, ACCUMULATED = "0-0:19.0.0", "0-0:19.10.0", "0-0:19.10.1", "0-0:19.10.2"
TOP_UPS = "0-0:98.1.5"  # a profile of the last ones: time, what each was worth
DEBTS = ("0-0:19.20.1", "0-0:19.20.2", "0-0:19.20.3")  # two by time, one by payment
_AMOUNT, _LEFT, _STATUS = 2, 12, 8


class EmergencyState(enum.StrEnum):
    """Whether emergency credit can be had, by the status of its credit (class 112, attribute 8)."""

    NONE = "none"
    AVAILABLE = "available"
    ACTIVE = "active"
    EXHAUSTED = "exhausted"


_MODES = {1: False, 2: True}
_STATES = {
    0: EmergencyState.NONE,
    1: EmergencyState.AVAILABLE,
    2: EmergencyState.AVAILABLE,  # selected, and not yet in use
    3: EmergencyState.ACTIVE,
    4: EmergencyState.EXHAUSTED,
}


@dataclass(frozen=True, slots=True)
class PrepaymentState:
    """`prepays`: Prepayment mode is in force."""

    prepays: bool
    emergency: EmergencyState


@dataclass(frozen=True, slots=True)
class Money:
    """Thousandths of a penny; never in a repr. `debts`: two time-based ones, the payment-based one."""

    balance: int = field(repr=False)
    emergency_left: int = field(repr=False)
    accumulated_debt: int = field(repr=False)
    debts: tuple[int, int, int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class TopUpLogged:
    """A row of the meter's log of top-ups; thousandths of a penny, never in a repr."""

    time: datetime
    amount: int = field(repr=False)


async def read_prepayment_state(meter: MeterObjects) -> PrepaymentState:
    """Mode and emergency credit. Raises MeterError where they make no sense, and what a link raises."""
    words = _("payment mode")
    mode = number_of(items_of(await meter.get(CLASS_ACCOUNT, ACCOUNT, 2), 2, words)[0], words)
    state = number_of(await meter.get(CLASS_CREDIT, EMERGENCY, _STATUS), _("emergency credit"))
    if mode not in _MODES or state not in _STATES:
        raise makes_no_sense(words)
    return PrepaymentState(_MODES[mode], _STATES[state])


async def read_money(meter: MeterObjects) -> Money:
    """What the customer has and owes. Raises MeterError where it makes no sense, and what a link raises."""
    words = _("amount")
    balance, left, accumulated = [
        number_of(await meter.get(CLASS_CREDIT, name, _AMOUNT), words) for name in (BALANCE, EMERGENCY, ACCUMULATED)
    ]
    first, second, paid = [number_of(await meter.get(CLASS_CHARGE, name, _LEFT), words) for name in DEBTS]
    return Money(balance, left, accumulated, (first, second, paid))


async def read_top_ups(meter: MeterObjects) -> tuple[TopUpLogged, ...] | None:
    """The meter's log of accepted top-ups, the oldest first; None where it shows none. Raises MeterError where it makes
    no sense, and what a link raises."""
    words = _("log of top-ups")
    if not await meter.has(TOP_UPS):
        return None
    found: list[TopUpLogged] = []
    for row in (await meter.get(CLASS_PROFILE, TOP_UPS, 2)).as_items():
        time, amount = items_of(row, 2, words)[:2]
        found.append(TopUpLogged(time_of(time.value, words)[0], number_of(amount, words)))
    return tuple(found)


class _HasObjects(Protocol):
    @property
    def _meter(self) -> MeterObjects: ...


class PrepaymentReads:
    """What a session adds for prepayment."""

    async def read_prepayment_state(self: _HasObjects) -> PrepaymentState:
        """Mode and emergency credit, no amount."""
        return await read_prepayment_state(self._meter)

    async def read_money(self: _HasObjects) -> Money:
        """What the customer has and owes."""
        return await read_money(self._meter)

    async def read_top_ups(self: _HasObjects) -> tuple[TopUpLogged, ...] | None:
        """The log of accepted top-ups; None where the meter shows none."""
        return await read_top_ups(self._meter)
