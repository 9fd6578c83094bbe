"""Bringing the supplier's finished commands to the devices where there is no WAN: what a visit's steps use of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hht.identifiers import DeviceId

OnNews = Callable[[str], None]  # a sentence of what happens meanwhile


@dataclass(frozen=True, slots=True)
class HubClock:
    """What the hub says of its time; `time` None where it does not know it."""

    time: datetime | None
    reliable: bool


@dataclass(frozen=True, slots=True)
class BroughtEntry:
    """A command of the pack and what has become of it. `done`: the device carried it out; `held`: it is kept back,
    unconsumed, and why; `void`: it can never go, having been passed over or overtaken."""

    title: str
    words: str
    done: bool
    held: str = ""
    void: bool = False


@dataclass(frozen=True, slots=True)
class Brought:
    """A pack after a delivery. `held`: why the next command may not go now; nothing of it is used up."""

    name: str
    entries: tuple[BroughtEntry, ...]
    held: str = ""


@dataclass(frozen=True, slots=True)
class HubRow:
    """A device of the hub's own Device Log; `words`: how it stands there."""

    device: str
    words: str


class PackBearer(Protocol):
    """The pack of the visit's job, and the terminal's way onto the hub's HAN. Everything raises HhtError."""

    async def hub_time(self, on_news: OnNews) -> HubClock:
        """Ask the hub for its time."""
        ...

    async def device_log(self, on_news: OnNews) -> tuple[HubRow, ...]:
        """Read the hub's Device Log."""
        ...

    async def let_in(self, on_news: OnNews) -> Brought:
        """Deliver the commands for the hub itself that stand at the pack's head: whom it lets in. The others wait until
        those devices have joined."""
        ...

    def waiting_for(self, device: DeviceId) -> int:
        """How many commands of the pack wait for the device."""
        ...

    def pass_over(self, device: DeviceId, by: str) -> None:
        """Go on without them: they are void. `by`: who decided it."""
        ...

    async def deliver(self, on_news: OnNews) -> Brought:
        """Deliver what may go, in its order; what went before is not sent again."""
        ...
