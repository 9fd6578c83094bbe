"""What a supplier sends to a meter as its tariff: calendar, prices, thresholds.

Up to 48 time-of-use registers; or up to 8 of them with four blocks each, between three thresholds (factbook 2.2).
Prices are thousandths of a penny per kWh, the standing charge thousandths of a penny per day (factbook 2.8, from
memory).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hht.model.features.calendar import Calendar
from hht.model.features.local_time import LocalCalendar


class TariffTimes(enum.StrEnum):
    """What the switching times of a tariff are, and who moves them when summer time begins or ends (IDT-05): UTC, moved
    by nobody, as GBCS has it; local, moved by the meter (2012's documents leave it open); or local, kept so by the
    supplier, which sends another calendar in UTC each time."""

    UTC = "utc"
    LOCAL = "local"
    LOCAL_BY_SUPPLIER = "local-by-supplier"


@dataclass(frozen=True, slots=True)
class TariffPlan:
    """`calendar` values are register numbers from 1 (None: register 1 always). `prices` by register, each with one
    price per block. `thresholds_wh`: rising, at most three, of the energy in a block period; none: no blocks.
    `offset`: the Randomised Offset delays the registers as it delays loads (ALC-11). `times`: what the calendar's times
    are."""

    name: str = "standard"
    calendar: Calendar | None = None
    prices: tuple[tuple[int, ...], ...] = ((28_000,),)
    standing_charge: int = 53_000
    thresholds_wh: tuple[int, ...] = ()
    offset: bool = False
    times: TariffTimes = TariffTimes.UTC

    @property
    def switching(self) -> Calendar | LocalCalendar | None:
        """The calendar as the meter follows it, asked in UTC."""
        if self.times is TariffTimes.LOCAL and self.calendar is not None:
            return LocalCalendar(self.calendar)
        return self.calendar

    @property
    def dearest(self) -> int:
        """The highest price, thousandths of a penny per kWh."""
        return max(max(row) for row in self.prices)

    def price(self, register: int, block: int) -> int:
        """Thousandths of a penny per kWh in a register (from 1) and block (from 0)."""
        row = self.prices[min(register, len(self.prices)) - 1]
        return row[min(block, len(row) - 1)]
