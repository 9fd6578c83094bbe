"""A way to devices, as a delivery needs it: one that brings octets, and can be asked afterwards what became of them."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from hht.identifiers.device_id import DeviceId


class Brought(enum.StrEnum):
    """What a way says of a message that was given to it."""

    ANSWERED = "answered"
    OPEN = "open"  # nobody knows whether the device has it, or it has not answered yet
    NOT_BROUGHT = "not-brought"  # it is certain that the device was not reached
    NEVER_HEARD = "never-heard"  # the way knows nothing of it: it never came there, or has been forgotten


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a message is known by on its way, so that it can be asked for again. `way`: which way, as records name it;
    `reference`: the message's number there, of this terminal's alone."""

    way: str
    reference: int


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a message. `octets`: the answer; `why`: in words where there is none."""

    brought: Brought
    octets: bytes = field(default=b"", repr=False)
    why: str = ""


Bring = Callable[[DeviceId, bytes, Ticket], Awaitable[Found]]


class CommandCarrier(Protocol):
    """A way to devices. Every method raises HhtError where the way itself is lost."""

    async def ticket(self, device: DeviceId) -> Ticket:
        """What the next message to `device` will be known by; nothing leaves. No two messages have the same."""
        ...

    async def carry(self, device: DeviceId, command: bytes, ticket: Ticket) -> Found:
        """Bring `device` a GBCS command, octets as they are signed, once; what came of it."""
        ...

    async def outcome(self, device: DeviceId, ticket: Ticket, *, patient: bool = False) -> Found:
        """What became of a message that was given to it before. Changes nothing, and sends nothing to the device.
        `patient`: where the device sleeps, wait until it has woken."""
        ...
