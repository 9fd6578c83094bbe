"""What a meter can hold of a tariff: registers, blocks, thresholds and prices in range (factbook 2.2)."""

from __future__ import annotations

from hht.i18n import _
from hht.model.features.checks import require, require_range
from hht.model.features.tariff_plan import TariffPlan

TOU_REGISTERS, BLOCK_TOU_REGISTERS, BLOCKS = 48, 8, 4
SECONDARY_REGISTERS = 4  # GBCS: TOU_secondary_registers[1..4], without blocks and standing charge
_HIGHEST_PRICE = 10_000_000  # £100 per kWh: nothing sensible is dearer


def check_plan(plan: TariffPlan, *, secondary: bool = False) -> None:
    """Raise DeviceRefusal unless a meter (or the `secondary` element of one) can hold the plan."""
    check_standing_charge(plan, secondary=secondary)
    check_thresholds(plan, secondary=secondary)
    check_prices(plan, secondary=secondary)
    if plan.calendar is not None:
        for profile in plan.calendar.days.values():
            for _time, register in profile.entries:
                require_range(_("register"), register, 1, len(plan.prices))


def check_standing_charge(plan: TariffPlan, *, secondary: bool = False) -> None:
    """Raise DeviceRefusal unless the standing charge is one: a `secondary` element has none."""
    require_range(_("standing charge"), plan.standing_charge, 0, 0 if secondary else _HIGHEST_PRICE)


def check_thresholds(plan: TariffPlan, *, secondary: bool = False) -> None:
    """Raise DeviceRefusal unless the block thresholds rise and are not too many: a `secondary` element has none."""
    require_range(_("number of thresholds"), len(plan.thresholds_wh), 0, 0 if secondary else BLOCKS - 1)
    rising = list(plan.thresholds_wh) == sorted(set(plan.thresholds_wh)) and all(wh > 0 for wh in plan.thresholds_wh)
    require(
        rising, _("The block thresholds do not rise."), _("Send up to three thresholds, each above the one before.")
    )


def check_prices(plan: TariffPlan, *, secondary: bool = False) -> None:
    """Raise DeviceRefusal unless there are registers enough and not too many, with a price for each block."""
    most = SECONDARY_REGISTERS if secondary else BLOCK_TOU_REGISTERS if plan.thresholds_wh else TOU_REGISTERS
    require_range(_("number of registers"), len(plan.prices), 1, most)
    for row in plan.prices:
        require(
            len(row) == len(plan.thresholds_wh) + 1,
            _("There is not one price for each block."),
            _("Send one price for each block: one more than there are thresholds."),
        )
        for price in row:
            require_range(_("price"), price, 0, _HIGHEST_PRICE)
