"""Gas by volume and what it is worth in energy: litres, a calorific value and a conversion factor, whole numbers only.

kWh = m3 x conversion factor x calorific value (MJ/m3) / 3.6. Source: factbook chapter 9 (samples 40.0 and 1.02264).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from hht.i18n import _
from hht.model.commands import Command
from hht.model.features.checks import require_range
from hht.model.household import HALF_HOUR_S, Household, HouseholdShape, month_and_shift
from hht.model.seeded import mix, subseed

CV_RANGE = (350, 450)  # tenths of MJ/m3: plausible (factbook chapter 9)
FACTOR_RANGE = (90_000, 120_000)  # hundred-thousandths
NL_PER_LITRE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Conversion:
    """`calorific_value` in tenths of MJ/m3, `factor` (volume conversion) in hundred-thousandths. The supplier sets both
    and the meter stores them (IDT-06)."""

    calorific_value: int = 395
    factor: int = 102_264

    def energy_mws(self, volume_nl: int) -> int:
        """Energy of a volume in nanolitres, in mW s: m3 x factor x MJ/m3 is MJ, and 1 MJ is 1e9 mW s."""
        return self.energy_and_rest(volume_nl)[0]

    def energy_and_rest(self, volume_nl: int, rest: int = 0) -> tuple[int, int]:
        """The same with what is less than a mW s, in 1e-9 mW s: given back with the next volume, nothing is lost."""
        return divmod(volume_nl * self.factor * self.calorific_value + rest, 1_000_000_000)


@dataclass(frozen=True, slots=True)
class SetConversion(Command):
    """Write calorific value and conversion factor (GCS23, critical)."""

    conversion: Conversion
    use_case: ClassVar[str] = "GCS23"


def check_conversion(conversion: Conversion) -> None:
    """Raise DeviceRefusal unless both are plausible ("400" looks like a missing point)."""
    require_range(_("calorific value (tenths of MJ/m3)"), conversion.calorific_value, *CV_RANGE)
    require_range(_("conversion factor (hundred-thousandths)"), conversion.factor, *FACTOR_RANGE)


@dataclass(frozen=True, slots=True)
class GasUse:
    """How much a household burns: `annual_kwh` for heating and hot water, `pilot_lh` litres per hour always."""

    annual_kwh: int = 11_500
    pilot_lh: int = 0


class GasHousehold:
    """Litres burnt in any half-hour, by its index (Unix seconds // 1800): heating follows people and seasons."""

    _MONTHS = (2050, 1850, 1550, 1050, 620, 330, 260, 270, 430, 880, 1450, 1900)  # thousandths of the average

    def __init__(self, use: GasUse, seed: int) -> None:
        self._use = use
        # People are at home when they use electricity: the same rhythm, another chance.
        self._rhythm = Household(HouseholdShape(annual_wh=2_000_000, base_load_w=0), subseed(seed, "gas"))
        self._seed = subseed(seed, "gas days")

    def half_hours(self, first: int, count: int) -> Iterator[int]:
        """Litres burnt in `count` half-hours from index `first`."""
        average = self._use.annual_kwh * 3_600_000 // (395 * 102_264 // 1000) // (365 * 48)  # litres per half-hour
        pilot = self._use.pilot_lh // 2
        day, month, cold = -1, 0, 1000
        for index, (used, _out) in enumerate(self._rhythm.half_hours(first, count), start=first):
            if index // 48 != day:
                day = index // 48
                month = month_and_shift(day)[0]
                cold = 800 + mix(self._seed, day) % 401
            yield pilot + average * self._MONTHS[month] * cold * used // 114 // 1_000_000


class Volume:
    """The volume register of one meter: nanolitres, exact, never going back; and the flow now, in nanolitres per ms."""

    def __init__(self, now_ms: int, opening_litres: int) -> None:
        self.nl = opening_litres * NL_PER_LITRE
        self.flow = 0
        self.frozen = 0  # how many faults let the register stand though gas flows
        self._counted_ms = now_ms

    @property
    def litres(self) -> int:
        """The register, litres (thousandths of a cubic metre)."""
        return self.nl // NL_PER_LITRE

    def count(self, now_ms: int) -> None:
        """Add what has flowed since the last count."""
        elapsed = now_ms - self._counted_ms
        if elapsed > 0:
            self._counted_ms = now_ms
            if not self.frozen:
                self.nl += self.flow * elapsed


def flow_of(litres_per_half_hour: int) -> int:
    """Nanolitres per ms."""
    return litres_per_half_hour * NL_PER_LITRE // (HALF_HOUR_S * 1000)
