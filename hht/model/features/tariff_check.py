"""What a meter can hold of a tariff: registers, blocks, thresholds and prices in range (factbook 2.2)."""

from __future__ import annotations

from dataclasses import dataclass

from hht.i18n import _
from hht.model.features.checks import require, require_range
from hht.model.features.tariff_plan import TariffPlan

TOU_REGISTERS = 48
_HIGHEST_PRICE = 10_000_000  # £100 per kWh: nothing sensible is dearer


@dataclass(frozen=True, slots=True)
class TariffRoom:
    """How much of a tariff there is room for: time-of-use `registers`; of these `beside_blocks` where there are blocks
    too; `blocks` (1: none); a `standing_charge`."""

    registers: int = TOU_REGISTERS
    beside_blocks: int = 8
    blocks: int = 4
    standing_charge: bool = True


ELECTRICITY = TariffRoom()
SECOND_ELEMENT = TariffRoom(registers=4, blocks=1, standing_charge=False)  # GBCS: TOU_secondary_registers[1..4]
GAS = TariffRoom(registers=4, beside_blocks=1)  # four registers or four blocks, never both (factbook 2.2)


def check_plan(plan: TariffPlan, room: TariffRoom = ELECTRICITY) -> None:
    """Raise DeviceRefusal unless there is `room` for the plan."""
    check_standing_charge(plan, room)
    check_thresholds(plan, room)
    check_prices(plan, room)
    if plan.calendar is not None:
        for profile in plan.calendar.days.values():
            for _time, register in profile.entries:
                require_range(_("register"), register, 1, len(plan.prices))


def check_standing_charge(plan: TariffPlan, room: TariffRoom = ELECTRICITY) -> None:
    """Raise DeviceRefusal unless the standing charge is one, and there can be one."""
    require_range(_("standing charge"), plan.standing_charge, 0, _HIGHEST_PRICE if room.standing_charge else 0)


def check_thresholds(plan: TariffPlan, room: TariffRoom = ELECTRICITY) -> None:
    """Raise DeviceRefusal unless the block thresholds rise and are not too many."""
    require_range(_("number of thresholds"), len(plan.thresholds_wh), 0, room.blocks - 1)
    rising = list(plan.thresholds_wh) == sorted(set(plan.thresholds_wh)) and all(wh > 0 for wh in plan.thresholds_wh)
    require(
        rising, _("The block thresholds do not rise."), _("Send up to three thresholds, each above the one before.")
    )


def check_prices(plan: TariffPlan, room: TariffRoom = ELECTRICITY) -> None:
    """Raise DeviceRefusal unless there are registers enough and not too many, with a price for each block."""
    most = room.beside_blocks if plan.thresholds_wh else room.registers
    require_range(_("number of registers"), len(plan.prices), 1, most)
    for row in plan.prices:
        require(
            len(row) == len(plan.thresholds_wh) + 1,
            _("There is not one price for each block."),
            _("Send one price for each block: one more than there are thresholds."),
        )
        for price in row:
            require_range(_("price"), price, 0, _HIGHEST_PRICE)
