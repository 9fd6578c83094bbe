"""What a fault is: its name, what an engineer sees of it, where it can be, and what it does to the living model.

An effect works through what the devices have: more path loss, another key, a contact that does not move. It returns how
it is undone. What the real thing would leave behind (a log entry, a tripped latch) stays; `FaultKind.stays` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from hht.model.device import Device, DeviceKind

if TYPE_CHECKING:
    from hht.model.premises import Premises

D = TypeVar("D", bound=Device)
Undo = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Effect:
    """`fits`: whether the fault can be at this device of the premises (None: in the premises as a whole); `begin` lets
    it happen and returns how it is undone."""

    fits: Callable[[Premises, Device | None], bool]
    begin: Callable[[Premises, Device | None], Undo]


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of a fault there can be: whole numbers of `unit` from `low` to `high` (never 0 where both signs are
    possible), `usual` where nobody says; `effect` of so much."""

    unit: str
    usual: int
    low: int
    high: int
    effect: Callable[[int], Effect] = field(repr=False, compare=False)

    def allows(self, amount: int) -> bool:
        """Whether there can be so much."""
        return self.low <= amount <= self.high and (amount != 0 or self.low >= 0)


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One fault by name. `failures`: the rows of what fails on site that it stands for ("F-12"); `symptom`: what is
    seen of it; `remedy`: what cures it; `stays`: what is left when it is switched off ("": nothing); `devices`: kinds
    of device it can be at (empty: the premises as a whole); `amount`: how much of it, where that can be chosen (what
    the words say is seen of the usual amount)."""

    name: str
    title: str
    failures: tuple[str, ...]
    symptom: str
    remedy: str
    devices: frozenset[DeviceKind]
    effect: Effect = field(repr=False, compare=False)
    stays: str = ""
    amount: Amount | None = None

    def effect_of(self, amount: int | None) -> Effect:
        """The effect of so much of it; None: the usual amount, or one that has none."""
        return self.effect if amount is None or self.amount is None else self.amount.effect(amount)


def nothing() -> None:
    """There is nothing to undo."""


def at_device(
    kind: type[D], begin: Callable[[Premises, D], Undo], fits: Callable[[Premises, D], bool] | None = None
) -> Effect:
    """An effect on one device of the class `kind`, where `fits` says that it has what the fault needs."""

    def possible(premises: Premises, device: Device | None) -> bool:
        return isinstance(device, kind) and (fits is None or fits(premises, device))

    def start(premises: Premises, device: Device | None) -> Undo:
        if not isinstance(device, kind):  # the register has asked `fits` before
            raise TypeError(f"{device} is no {kind.__name__}")
        return begin(premises, device)

    return Effect(possible, start)


def at_premises(begin: Callable[[Premises], Undo], fits: Callable[[Premises], bool] | None = None) -> Effect:
    """An effect on the premises as a whole."""

    def possible(premises: Premises, device: Device | None) -> bool:
        return device is None and (fits is None or fits(premises))

    return Effect(possible, lambda premises, _device: begin(premises))


def flag(name: str, fits: Callable[[Premises, Device], bool] | None = None) -> Effect:
    """A mark on the device (`Device.faults`) that its features look at where the fault would bite."""

    def begin(_premises: Premises, device: Device) -> Undo:
        device.faults.add(name)
        return lambda: device.faults.discard(name)

    return at_device(Device, begin, fits)


def over(*undos: Undo) -> Undo:
    """Undo several things, the last done first."""

    def undo() -> None:
        for one in reversed(undos):
            one()

    return undo
