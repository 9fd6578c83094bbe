"""The tariff of gas that is known by reports only: whoever is told of energy says when a rate's time is over.

What was burnt while the meter could not be heard is charged at the rate in force when it is heard again: the meter
tells a total, not when it was burnt (document 001, appendix C, scenario 2).
"""

from __future__ import annotations

import enum

from hht.model.features.tariff import Tariff
from hht.model.features.tariff_registers import MWS_PER_KWH


class BlockStrategy(enum.StrEnum):
    """How block tariffs are processed (IH-13): at the half-hour's report, all of it at the block in which it began; or
    exactly, with a further item in the meter that says at which volume the block ends, so that it reports there."""

    HALF_HOUR = "half-hour"
    CHANGE_OVER = "change-over"


class ReportedTariff(Tariff):
    """`Tariff` that switches by `turn` and not by itself."""

    strategy = BlockStrategy.HALF_HOUR

    def replan(self) -> None:
        """When the register changes next; it waits for `turn`."""
        super().replan()
        self.times.hold()

    def turn(self) -> None:
        """Everything burnt up to now has been told of: the register that begins now."""
        if 0 < self.next_ms <= self._device.site.agenda.now_ms:
            self._take(self.plan)

    def give(self) -> None:
        """As `Tariff.give`; at the half-hour's report, all energy goes to the block in which the half-hour began."""
        if self.strategy is BlockStrategy.CHANGE_OVER or not self.plan.thresholds_wh:
            super().give()
            return
        total = self._energy()
        told = total - self.given_mws
        if told <= 0:
            return
        self.given_mws = total
        self.registers.count_in_block(told, self.register, self.plan)
        self._charge(0)

    @property
    def block_left_mws(self) -> int | None:
        """Energy until the block in force ends, mW s; None where it does not."""
        block, thresholds = self.block, self.plan.thresholds_wh
        return thresholds[block] * 3_600_000 - self.registers.block_mws if block < len(thresholds) else None

    def energy_for(self, amount: int) -> int | None:
        """Energy (mW s) that costs `amount` (thousandths of a penny) more, in the register in force: at the price of
        the block in force, or through the blocks where they are processed exactly. None: any amount of energy is free.
        """
        owed = max(0, amount * MWS_PER_KWH - self.registers.unreported)
        energy, used = 0, self.registers.block_mws
        for block in range(self.block, len(self.plan.thresholds_wh) + 1):
            price = self.plan.price(self.register, block)
            last = block == len(self.plan.thresholds_wh) or self.strategy is BlockStrategy.HALF_HOUR
            room = 0 if last else self.plan.thresholds_wh[block] * 3_600_000 - used
            if last or room * price >= owed:
                return energy + -(-owed // price) if price else None
            energy, used, owed = energy + room, used + room, owed - room * price
        return energy

    def error_bound(self, energy_mws: int) -> int:
        """The most that a half-hour with so much energy can be charged wrongly because its block is known late only,
        thousandths of a penny; 0 where blocks are processed exactly."""
        if self.strategy is BlockStrategy.CHANGE_OVER or not self.plan.thresholds_wh:
            return 0
        prices = self.plan.prices[min(self.register, len(self.plan.prices)) - 1]
        return -(-energy_mws * (max(prices) - min(prices)) // MWS_PER_KWH)
