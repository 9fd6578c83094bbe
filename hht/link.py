"""`Link`: how the terminal moves bytes, whoever carries them. Who implements it is the drivers' business.

Facts behind the shape: one error family, capability flags instead of class checks, a transmit clock kept by us, echo
learnt once at sign-on (design notes on links). The base class in `drivers/base.py` implements the shared behaviour.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from hht.errors import HhtError


class LinkError(HhtError):
    """Anything that went wrong with the way to the device, as opposed to what the device said."""

    default_code = "link-error"


class LinkUnavailable(LinkError):
    """The link could not be opened: absent, busy, no permission."""

    default_code = "link-unavailable"


class LinkLost(LinkError):
    """The link went away: unplugged, reset, end of stream. It is not reopened behind the session's back."""

    default_code = "link-lost"


class LinkTimeout(LinkError):
    """Nothing arrived before the deadline; the link is still up."""

    default_code = "link-timeout"


class Capability(enum.Flag):
    """What a link can do beyond moving bytes."""

    NONE = 0
    LINE = enum.auto()  # the speed can be changed from here (a serial port)
    HARD_PARITY = enum.auto()  # the port really does 7E1; otherwise the link does it in software
    ECHO = enum.auto()  # what is sent may come back (an optical probe hears itself)
    INSTANT = enum.auto()  # no wire: nobody at the other end needs time to turn from listening to talking


class LinkState(enum.Enum):
    """Where a link is in its life."""

    CLOSED = "closed"
    OPENING = "opening"
    UP = "up"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Line:
    """Settings of a serial line."""

    baud: int = 9600
    bits: int = 8
    parity: str = "N"  # "N" or "E"
    stop: int = 1

    @property
    def char_time_s(self) -> float:
        """Seconds that one character takes on the wire."""
        return (1 + self.bits + (self.parity != "N") + self.stop) / self.baud

    def __str__(self) -> str:
        return f"{self.baud} {self.bits}{self.parity}{self.stop}"


SIGN_ON_LINE = Line(300, 7, "E", 1)  # IEC 62056-21: every optical port starts here (factbook ch. 7)


class TraceKind(enum.StrEnum):
    """What a trace event is about."""

    TX = "tx"
    RX = "rx"
    LINE = "line"
    STATE = "state"
    ERROR = "error"
    HEADER = "header"  # how the conversation that follows is opened: `note` is JSON


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One thing that happened on a link. `data` is exactly what was on the wire (parity bits and echo included)."""

    utc: datetime
    monotonic_s: float
    link: str  # the link's URL, without secrets
    kind: TraceKind
    data: bytes = b""
    note: str = ""
    masked: bool = False  # asterisks stand in `data` for a secret


TraceSink = Callable[[TraceEvent], None]


@runtime_checkable
class Link(Protocol):
    """A way to a device. Every method may be cancelled; none blocks the event loop.

    Raises only `LinkUnavailable` (from `open`, and from `set_line` where the port cannot do that speed), `LinkLost` and
    `LinkTimeout`.
    """

    @property
    def name(self) -> str:
        """The link's URL, for traces and programs."""
        ...

    @property
    def title(self) -> str:
        """What people call it: the adapter and its port, the bridge's name; its URL where nothing better is known."""
        ...

    @property
    def capabilities(self) -> Capability:
        """What it can do beside carrying bytes."""
        ...

    @property
    def state(self) -> LinkState:
        """Closed, opening, open or lost: the latest, without asking the other end."""
        ...

    @property
    def line(self) -> Line:
        """The line settings in force (meaningless but harmless without `Capability.LINE`)."""
        ...

    @property
    def bytes_tx(self) -> int:
        """Bytes sent since it was made."""
        ...

    @property
    def bytes_rx(self) -> int:
        """Bytes received since it was made, without echoes."""
        ...

    @property
    def echo_bytes(self) -> int:
        """Bytes of our own sending that came back and were cancelled (an optical probe hears itself)."""
        ...

    @property
    def heard_since_write(self) -> bytes:
        """What has come since the last write, exactly as it was on the wire (echo and parity bits included); at most
        its first 256 bytes."""
        ...

    @property
    def parity_errors(self) -> int:
        """Characters that came with a wrong parity bit, where the link does parity in software."""
        ...

    async def open(self) -> None:
        """Open it; raises LinkUnavailable. Opening an open link is an error of the caller (RuntimeError)."""
        ...

    async def close(self) -> None:
        """Close it. Never raises, takes at most 2 s, may be called twice."""
        ...

    async def write(self, data: bytes) -> None:
        """Hand `data` over for sending, remembering when its last stop bit will have left."""
        ...

    async def read(self, timeout: float) -> bytes:
        """At least one byte, as soon as there is any; LinkTimeout after `timeout` s. Cancelled, it loses nothing."""
        ...

    async def set_line(self, line: Line) -> None:
        """Change the speed once everything sent has left. Without `Capability.LINE` only the parity rule changes
        (7E1 is then done in software, as it is on every port without `HARD_PARITY`). Raises LinkUnavailable where the
        port cannot do it, and the line stays as it was."""
        ...

    def discard_input(self) -> bytes:
        """Forget what has arrived and not been read; returns it (it stays in the trace)."""
        ...
