"""Randomised Offset = Limit x Number (factbook 2.4): it spreads the switching of many meters over a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.commands import DONE, Command
from hht.model.parties import Party
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.seeded import mix, subseed

if TYPE_CHECKING:
    from hht.model.device import Device

MAXIMUM_LIMIT_S = 1799
NUMBER_SCALE = 10_000


@dataclass(frozen=True, slots=True)
class UpdateRandomisedOffsetLimit(Command):
    """Set the limit, 0 to 1799 s (ECS38, critical)."""

    limit_s: int
    use_case: ClassVar[str] = "ECS38"


@dataclass(frozen=True, slots=True)
class ReadRandomisedOffset(Command):
    """(offset in s, number in ten-thousandths, limit in s) (ECS26c)."""

    use_case: ClassVar[str] = "ECS26c"


class RandomisedOffset:
    """`number` (ten-thousandths, 0..9999) is drawn once per meter; only the limit can be set."""

    def __init__(self, seed: int, limit_s: int = 0) -> None:
        self.number = mix(subseed(seed, "randomised offset"), 0) % NUMBER_SCALE
        self._limit_s = limit_s
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` when the offset has changed."""
        self._listeners.append(listener)

    def offer(self, device: Device) -> None:
        """Let parties set the limit and read all three."""

        def update(command: UpdateRandomisedOffsetLimit, _sender: Party) -> object:
            self.set_limit(command.limit_s)
            return DONE

        device.accept(
            {
                UpdateRandomisedOffsetLimit: update,
                ReadRandomisedOffset: lambda _command, _sender: (self.offset_s, self.number, self.limit_s),
            }
        )

    @property
    def limit_s(self) -> int:
        """Randomised Offset Limit, 0..1799 s; 0 means no randomisation."""
        return self._limit_s

    @property
    def offset_s(self) -> int:
        """Whole seconds by which this meter's switching is delayed."""
        return self._limit_s * self.number // NUMBER_SCALE

    def set_limit(self, limit_s: int) -> None:
        """Set the limit; DeviceRefusal (other reason) outside 0..1799."""
        if not 0 <= limit_s <= MAXIMUM_LIMIT_S:
            raise DeviceRefusal(
                Reason.OTHER,
                _("{value} s is outside the Randomised Offset Limit's range.").format(value=limit_s),
                remedy=_("Set 0 to {maximum} s.").format(maximum=MAXIMUM_LIMIT_S),
            )
        self._limit_s = limit_s
        for listener in self._listeners:
            listener()
