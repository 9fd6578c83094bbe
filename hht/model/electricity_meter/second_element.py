"""The second element of a twin-element meter: its own tariff, registers and profile (ALC-05).

GBCS gives it four time-of-use registers with a calendar and prices of their own, no blocks and no standing charge, and
a second value in each row of the import profile. What it costs is paid from the same balance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.model.agenda import HALF_HOUR_MS
from hht.model.commands import Command
from hht.model.electricity_meter.captured import CapturedColumns
from hht.model.electricity_meter.load_profile import CAPACITY
from hht.model.features.profile_read import ReadImportProfile, offer_profile
from hht.model.features.tariff import ReadTariff, Tariff
from hht.model.features.tariff_plan import TariffPlan
from hht.model.features.tariff_registers import MWS_PER_KWH

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter


@dataclass(frozen=True, slots=True)
class ReadSecondaryProfile(ReadImportProfile):
    """The second value of each row of the import profile (ECS22b reads both): (Unix seconds, register in Wh)."""

    use_case: ClassVar[str] = "ECS22b"


@dataclass(frozen=True, slots=True)
class ReadSecondaryTouRegisters(Command):
    """Wh by register of the second element (ECS17d reads both)."""

    use_case: ClassVar[str] = "ECS17d"


@dataclass(frozen=True, slots=True)
class ReadSecondaryTariff(ReadTariff):
    """The plan in force for the second element (ECS24b)."""

    use_case: ClassVar[str] = "ECS24b"


class SecondElement:
    """Of one meter; its first element's tariff is `meter.tariff`. `plan` None: the first element's first price."""

    def __init__(self, meter: ElectricityMeter, plan: TariffPlan | None) -> None:
        self._meter = meter
        first = meter.tariff
        usual = TariffPlan(f"{first.plan.name}, second element", None, ((first.plan.prices[0][0],),), 0)
        self.tariff = Tariff(
            meter,
            meter.clock,
            plan or usual,
            self._import_mws,
            lambda: meter.randomised_offset.offset_s,
            secondary=True,
        )
        first.beside = self.tariff
        self.tariff.offer()
        meter.accept(
            {
                ReadSecondaryTouRegisters: lambda _command, _sender: self.tariff.tou_wh,
                ReadSecondaryTariff: lambda _command, _sender: self.tariff.plan,
            }
        )
        site = meter.site
        self.profile = CapturedColumns(max(CAPACITY, (site.present_ms - site.records_from_ms) // HALF_HOUR_MS), "Q")
        offer_profile(meter, self.profile, ReadSecondaryProfile)

    def begin(self) -> None:
        """The meter is alive: the register in force; bills end before another tariff begins."""
        self.tariff.begin()
        self.tariff.replaced = self._meter.billing.take

    def capture(self, time_s: int) -> None:
        """A half-hour has ended at `time_s` by the meter's clock; everything is counted up to now."""
        self.profile.capture_row(time_s, self._meter.measurement.channels[1].import_mws // 3_600_000)

    def _import_mws(self) -> int:
        self._meter.count()
        return self._meter.measurement.channels[1].metered_mws


class BothElements:
    """What both elements cost, for prepayment (`Charging`): one balance pays for both. `secondary_w` gives the power
    through the second element now, W."""

    def __init__(self, primary: Tariff, secondary: Tariff, secondary_w: Callable[[], int]) -> None:
        self._tariffs = (primary, secondary)
        self._secondary_w = secondary_w
        self.changed: list[Callable[[], None]] = []
        for tariff in self._tariffs:
            tariff.changed.append(self._tell)

    @property
    def spent(self) -> Callable[[int, int], None] | None:
        """Who is told what has been spent, on either element."""
        return self._tariffs[0].spent

    @spent.setter
    def spent(self, listener: Callable[[int, int], None] | None) -> None:
        """Tell this one, of either element."""
        for tariff in self._tariffs:
            tariff.spent = listener

    def give(self) -> None:
        """Count both."""
        for tariff in self._tariffs:
            tariff.give()

    def metered(self) -> int:
        """The energy through both, mW s."""
        return sum(tariff.metered() for tariff in self._tariffs)

    def out_of_reach(self, amount: int) -> int:
        """As if everything went through at the dearest price of both."""
        given = sum(tariff.given_mws for tariff in self._tariffs)
        unreported = sum(tariff.unreported for tariff in self._tariffs)
        dearest = max(tariff.plan.dearest for tariff in self._tariffs)
        return given + (amount * MWS_PER_KWH - unreported) // max(dearest, 1)

    def ms_until_spent(self, amount: int, power_w: int) -> int | None:
        """Each element reports whole thousandths of a penny by itself: the first ms at which both together come to
        `amount`, or the primary's block ends."""
        second_w = min(power_w, self._secondary_w())
        primary, secondary = self._tariffs
        rates = [
            watts * tariff.plan.price(tariff.register, tariff.block)
            for tariff, watts in ((primary, power_w - second_w), (secondary, second_w))
        ]
        kept = [primary.unreported, secondary.unreported]
        left_ms = -(-(amount * MWS_PER_KWH - sum(kept)) // sum(rates)) if sum(rates) > 0 else None
        while left_ms is not None:
            used = [begun + rate * left_ms for begun, rate in zip(kept, rates, strict=True)]
            if sum(part // MWS_PER_KWH for part in used) >= amount:
                break
            waits = [
                -(-(MWS_PER_KWH - part % MWS_PER_KWH) // rate) for part, rate in zip(used, rates, strict=True) if rate
            ]
            left_ms += min(waits)
        ends_ms = primary.block_left_ms(power_w - second_w)
        return ends_ms if left_ms is None else left_ms if ends_ms is None else min(left_ms, ends_ms)

    def _tell(self) -> None:
        for listener in self.changed:
            listener()
