"""Tariff: time-of-use registers, blocks, prices and what the energy has cost, for either fuel.

Energy is given to the register in force whenever that changes or somebody asks: so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from hht.model.commands import DONE, Command
from hht.model.features.switch_times import SwitchTimes
from hht.model.features.tariff_check import ELECTRICITY, GAS, SECOND_ELEMENT, check_plan
from hht.model.features.tariff_plan import TariffPlan
from hht.model.features.tariff_registers import MWS_PER_KWH, TariffRegisters
from hht.model.han.requests import Audience, HanRequest
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.device import Device
    from hht.model.meter_clock import MeterClock

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class SetTariff(Command):
    """Another tariff (ECS01a, critical)."""

    plan: TariffPlan
    use_case: ClassVar[str] = "ECS01a"


@dataclass(frozen=True, slots=True)
class SetSecondaryTariff(SetTariff):
    """The same for the second element (ECS01c)."""

    use_case: ClassVar[str] = "ECS01c"


@dataclass(frozen=True, slots=True)
class SetGasTariff(SetTariff):
    """The same at a gas meter (GCS01a)."""

    use_case: ClassVar[str] = "GCS01a"


@dataclass(frozen=True, slots=True)
class SetPrice(Command):
    """Other prices for the tariff that is there (ECS01b, critical)."""

    prices: tuple[tuple[int, ...], ...]
    standing_charge: int
    use_case: ClassVar[str] = "ECS01b"


@dataclass(frozen=True, slots=True)
class SetSecondaryPrice(SetPrice):
    """The same for the second element (ECS01d)."""

    use_case: ClassVar[str] = "ECS01d"


@dataclass(frozen=True, slots=True)
class SetGasPrice(SetPrice):
    """The same at a gas meter (GCS01b)."""

    use_case: ClassVar[str] = "GCS01b"


@dataclass(frozen=True, slots=True)
class ResetBlockCounters(Command):
    """Begin the block period anew (ECS05, critical)."""

    use_case: ClassVar[str] = "ECS05"


@dataclass(frozen=True, slots=True)
class ReadTouRegisters(Command):
    """Wh by register number (ECS17d)."""

    use_case: ClassVar[str] = "ECS17d"


@dataclass(frozen=True, slots=True)
class ReadBlockRegisters(Command):
    """Wh by (register, block) (ECS17e)."""

    use_case: ClassVar[str] = "ECS17e"


@dataclass(frozen=True, slots=True)
class ReadTariff(Command):
    """The plan in force (ECS24): a `TariffPlan`."""

    use_case: ClassVar[str] = "ECS24"


@dataclass(frozen=True, slots=True)
class ReadPrices(HanRequest):
    """What a display shows of it: a `TariffShown`."""

    audience: ClassVar[Audience] = Audience.EVERYBODY


@dataclass(frozen=True, slots=True)
class TariffShown:
    """`register` and `block` in force, `price` now (thousandths of a penny per kWh), `next_ms`: when the register
    changes (true time; 0: never), `cost_today` in thousandths of a penny: the present people's part of it."""

    name: str
    register: int
    block: int
    price: int
    standing_charge: int
    next_ms: int
    cost_today: int


class Tariff:
    """The tariff of one meter (or element). `energy` gives cumulative import in mW s, counted up to now; `offset_s` the
    Randomised Offset. `spent` is called with what energy and what standing charge have just cost. `beside`: the second
    element's tariff, whose days end and whose cost is told with this one's."""

    def __init__(
        self,
        device: Device,
        clock: MeterClock,
        plan: TariffPlan,
        energy: Callable[[], int],
        offset_s: Callable[[], int] = lambda: 0,
        *,
        secondary: bool = False,
    ) -> None:
        self._device = device
        self._clock = clock
        self._energy = energy
        self._offset_s = offset_s
        self._secondary = secondary
        self._room = SECOND_ELEMENT if secondary else ELECTRICITY
        self.beside: Tariff | None = None
        self.plan = plan
        self.registers = TariffRegisters()
        self.register = 1
        self.spent: Callable[[int, int], None] | None = None
        self.changed: list[Callable[[], None]] = []  # told when the plan or the register is another
        self.replaced: Callable[[str], None] | None = None  # told before another plan holds: bills end here
        self.times = SwitchTimes(device.site, clock, self._strike)
        self.given_mws = energy()  # up to where energy has been given to registers, mW s
        device.forgets.append(self._forget)

    def begin(self) -> None:
        """The meter is alive: the register in force, and the switching times to come."""
        self._take(self.plan)

    def fit(self, plan: TariffPlan) -> None:
        """Have it fitted with this plan: before the history begins, without a command."""
        self._take(plan)

    def go_on(self, plan: TariffPlan, registers: TariffRegisters, metered_mws: int) -> None:
        """Go on in the place of another meter's, which had counted up to `metered_mws`."""
        self.registers, self.given_mws = registers, metered_mws
        self._take(plan)

    def offer(self, *, gas: bool = False) -> None:
        """Let parties set prices and read registers, by the use cases of this fuel and element."""
        accept: dict[type[Command], Callable[..., object]]
        if gas:
            self._room = GAS
            accept = {SetGasTariff: self._set, SetGasPrice: self._set_price}
        elif self._secondary:
            accept = {SetSecondaryTariff: self._set, SetSecondaryPrice: self._set_price}
        else:
            accept = {
                SetTariff: self._set,
                SetPrice: self._set_price,
                ResetBlockCounters: self._reset_blocks,
                ReadTouRegisters: lambda _command, _sender: self.tou_wh,
                ReadBlockRegisters: lambda _command, _sender: self.block_wh,
                ReadTariff: lambda _command, _sender: self.plan,
            }
        self._device.accept(accept)
        if not self._secondary:
            self._device.serve({ReadPrices: lambda _request, _asker: self.shown})

    # --- what is asked of it ---------------------------------------------------------------------------------------

    @property
    def next_ms(self) -> int:
        """When the register changes next, true time; 0: never."""
        return self.times.next_ms

    @property
    def block(self) -> int:
        """The block in force, from 0."""
        return self.registers.block(self.plan)

    @property
    def tou_wh(self) -> dict[int, int]:
        """Wh by register."""
        self.give()
        return {number: mws // 3_600_000 for number, mws in sorted(self.registers.by_register.items())}

    @property
    def block_wh(self) -> dict[tuple[int, int], int]:
        """Wh by register and block (from 1)."""
        self.give()
        rows = sorted(self.registers.by_block.items())
        return {(register, block + 1): mws // 3_600_000 for (register, block), mws in rows}

    @property
    def cost(self) -> int:
        """What energy and standing charge have cost since the beginning, thousandths of a penny."""
        self.give()
        return self.registers.cost + (self.beside.cost if self.beside is not None else 0)

    @property
    def cost_today(self) -> int:
        """The part of it since the last midnight of the meter's clock."""
        self.give()
        beside = self.beside.cost_today if self.beside is not None else 0
        return self.registers.cost - self.registers.day_began + beside

    @property
    def shown(self) -> TariffShown:
        """As a display shows it."""
        return TariffShown(*self.kept())

    def kept(self) -> tuple[str, int, int, int, int, int, int]:
        """The same, as `TariffShown` has it in order: cheaper, for a mirror that is seldom read."""
        self.give()
        plan, register, block = self.plan, self.register, self.block
        today = self._shown_today if self.beside is None else self._shown_today + self.beside.kept()[-1]
        return (
            plan.name,
            register,
            block + 1,
            plan.price(register, block),
            plan.standing_charge,
            self.times.next_ms,
            today,
        )

    @property
    def _shown_today(self) -> int:
        registers = self.registers
        return registers.cost - max(registers.day_began, registers.others)

    def _forget(self, since_ms: int) -> None:
        """New people since then (true time): on that day, what has been spent up to now is not shown to them."""
        self.give()
        now_s = self._clock.meter_ms(self._device.site.agenda.now_ms) // 1000
        if self._clock.meter_ms(since_ms) // 1000 > now_s // DAY_S * DAY_S:
            self.registers.others = self.registers.cost  # what was before is not theirs

    # --- giving energy to registers --------------------------------------------------------------------------------

    def give(self) -> None:
        """Give the energy since the last time to the register and block in force, and count what it cost."""
        self._device.site.catch_up()
        total = self._energy()
        left = total - self.given_mws
        if left <= 0:
            return
        self.given_mws = total
        self.registers.count(left, self.register, self.plan)
        self._charge(0)

    def _charge(self, extra: int) -> None:
        """Report whole thousandths of a penny; what is less stays for the next time. `extra`: standing charge."""
        whole = self.registers.report(extra)
        if (whole or extra) and self.spent is not None:
            self.spent(whole, extra)

    @property
    def unreported(self) -> int:
        """What has been used and is not yet a thousandth of a penny, in thousandths of a penny times `MWS_PER_KWH`."""
        return self.registers.unreported

    def block_left_ms(self, power_w: int) -> int | None:
        """Ms until the block in force ends at `power_w`; None for never."""
        plan, block = self.plan, self.block
        if power_w <= 0 or block >= len(plan.thresholds_wh):
            return None
        return -(-(plan.thresholds_wh[block] * 3_600_000 - self.registers.block_mws) // power_w)

    def metered(self) -> int:
        """The energy that it is given, counted up to now, mW s."""
        return self._energy()

    def out_of_reach(self, amount: int) -> int:
        """What `metered` has to come to before `amount` more than at the last `give` can have been spent, if all of it
        were at the dearest price."""
        return self.given_mws + (amount * MWS_PER_KWH - self.registers.unreported) // max(self.plan.dearest, 1)

    def ms_until_spent(self, amount: int, power_w: int) -> int | None:
        """Ms until energy at `power_w` has cost `amount` (> 0) more, counted from the last `give`; None for never.
        Where a block ends before that: until then, for the price is another from there."""
        rate = power_w * self.plan.price(self.register, self.block)
        left_ms = -(-(amount * MWS_PER_KWH - self.registers.unreported) // rate) if rate > 0 else None
        ends_ms = self.block_left_ms(power_w)
        return ends_ms if left_ms is None else left_ms if ends_ms is None else min(left_ms, ends_ms)

    def midnight(self) -> None:
        """A day has ended by the meter's clock: its standing charge."""
        self.give()
        self.registers.day_began = self.registers.cost
        self._charge(self.plan.standing_charge)
        if self.beside is not None:
            self.beside.midnight()

    # --- switching -------------------------------------------------------------------------------------------------

    def clock_changed(self) -> None:
        """The meter's clock is another: the register is the one of the time that it shows now."""
        self._take(self.plan)
        if self.beside is not None:
            self.beside.clock_changed()

    def offset_changed(self) -> None:
        """The Randomised Offset is another: the switching times to come are others, those past have been."""
        self.replan()
        if self.beside is not None:
            self.beside.replan()

    def replan(self) -> None:
        """See to the calendar's next switching time after the one that was seen to last."""
        self.times.plan(self.plan.switching, self._offset_s() if self.plan.offset else 0)

    def _strike(self, register: int) -> None:
        self.give()
        self.register = register
        self.replan()
        self._tell()

    def _take(self, plan: TariffPlan) -> None:
        self.give()
        self.plan = plan
        delay_s = self._offset_s() if plan.offset else 0
        notional_s = self.times.stand_at(delay_s)
        calendar = plan.switching
        self.register = (calendar.at(notional_s) if calendar is not None else None) or 1
        self.replan()
        self._tell()

    def _tell(self) -> None:
        for listener in self.changed:
            listener()

    # --- commands --------------------------------------------------------------------------------------------------

    def _set(self, command: SetTariff, sender: Party) -> object:
        check_plan(command.plan, self._room)
        if self.replaced is not None:
            self.replaced("tariff")
        self._take(command.plan)
        self._device.site.tell(self._device.name, f"tariff {command.plan.name}", str(sender))
        return DONE

    def _set_price(self, command: SetPrice, _sender: Party) -> object:
        plan = replace(self.plan, prices=command.prices, standing_charge=command.standing_charge)
        check_plan(plan, self._room)
        self.give()
        self.plan = plan
        self._tell()
        return DONE

    def _reset_blocks(self, _command: ResetBlockCounters, _sender: Party) -> object:
        self.give()
        self.registers.block_mws = 0
        return DONE
