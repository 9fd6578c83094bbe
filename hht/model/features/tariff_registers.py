"""What a tariff has counted: energy by register and block, and what it has cost. It knows prices, and no time."""

from __future__ import annotations

from dataclasses import dataclass, field

from hht.model.features.tariff_plan import TariffPlan

MWS_PER_KWH = 3_600_000_000


@dataclass(slots=True)
class TariffRegisters:
    """Cumulative energy by register, and by register and block (mW s); `block_mws`: energy in this block period. `cost`
    since the beginning, and as it was at the last midnight (`day_began`) and when new people came (`others`), all in
    thousandths of a penny; `unreported`: less than one, in thousandths of a penny times `MWS_PER_KWH`."""

    by_register: dict[int, int] = field(default_factory=dict)
    by_block: dict[tuple[int, int], int] = field(default_factory=dict)
    block_mws: int = 0
    unreported: int = 0
    cost: int = 0
    day_began: int = 0
    others: int = 0

    def block(self, plan: TariffPlan) -> int:
        """The block in force, from 0."""
        thresholds = plan.thresholds_wh
        return sum([self.block_mws >= wh * 3_600_000 for wh in thresholds]) if thresholds else 0

    def count(self, mws: int, register: int, plan: TariffPlan) -> None:
        """So much energy more, through as many blocks as it fills."""
        by_register = self.by_register
        by_register[register] = by_register.get(register, 0) + mws
        thresholds = plan.thresholds_wh
        if not thresholds:
            self.unreported += mws * plan.price(register, 0)
            return
        while mws:
            block = self.block(plan)
            part = mws if block >= len(thresholds) else min(mws, thresholds[block] * 3_600_000 - self.block_mws)
            self._in_block(part, register, block, plan)
            mws -= part

    def count_in_block(self, mws: int, register: int, plan: TariffPlan) -> None:
        """So much energy more, all of it at the block in which it began."""
        self.by_register[register] = self.by_register.get(register, 0) + mws
        self._in_block(mws, register, self.block(plan), plan)

    def _in_block(self, mws: int, register: int, block: int, plan: TariffPlan) -> None:
        key = (register, block)
        self.by_block[key] = self.by_block.get(key, 0) + mws
        self.unreported += mws * plan.price(register, block)
        self.block_mws += mws

    def report(self, extra: int) -> int:
        """Take whole thousandths of a penny, and `extra` (standing charge), into the cost; how many of the former."""
        whole, self.unreported = divmod(self.unreported, MWS_PER_KWH)
        self.cost += whole + extra
        return whole

    def copy(self) -> TariffRegisters:
        """The same, counted on by somebody else."""
        return TariffRegisters(
            self.by_register.copy(),
            self.by_block.copy(),
            self.block_mws,
            self.unreported,
            self.cost,
            self.day_began,
            self.others,
        )
