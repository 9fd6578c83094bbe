"""Bringing the supplier's finished commands to the devices where there is no WAN: what a visit's steps use of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

OnNews = Callable[[str], None]  # a sentence of what happens meanwhile


@dataclass(frozen=True, slots=True)
class HubClock:
    """What the hub says of its time; `time` None where it does not know it."""

    time: datetime | None
    reliable: bool


@dataclass(frozen=True, slots=True)
class BroughtEntry:
    """A command of the pack and what has become of it. `done`: the device carried it out; `held`: it is kept back,
    unconsumed, and why."""

    title: str
    words: str
    done: bool
    held: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """A pack after a delivery. `held`: why the next command may not go now; nothing of it is used up."""

    name: str
    entries: tuple[BroughtEntry, ...]
    held: str = ""


class PackBearer(Protocol):
    """The pack of the visit's job, and the terminal's way onto the hub's HAN. Everything raises HhtError."""

    async def hub_time(self, on_news: OnNews) -> HubClock:
        """Ask the hub for its time."""
        ...

    async def deliver(self, on_news: OnNews) -> Brought:
        """Deliver what may go, in its order; what went before is not sent again."""
        ...
