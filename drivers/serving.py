"""The seam between whoever carries bytes to an emulated device and the device's own end of the wire.

A server (`serve_pty`, `serve_tcp`, the in-process pair) knows nothing of meters: it serves an `Attachable`. Everything
here is called on the event loop's thread, never from another one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

Send = Callable[[bytes], None]


class Connection(Protocol):
    """The device's end of one conversation. None of these may raise or block."""

    def receive(self, data: bytes) -> None:
        """Bytes from the terminal, exactly as they were on the wire (parity bits included), in any chunking."""
        ...

    def line_speed(self, baud: int) -> None:
        """The speed that the terminal set on its port, in baud.

        Called only where it is visible (a pty, an in-process link with line control): once before the first
        `receive`, then at each change. On a pty a change may also mean that another program opened the port: a pty
        cannot tell. Never called on TCP.
        """
        ...

    def closed(self) -> None:
        """The conversation is over; nothing sent after this arrives anywhere. Called exactly once."""
        ...


@runtime_checkable
class ClockedConnection(Protocol):
    """A `Connection` that also says at which speed the device itself is talking; a line simulator then garbles what
    is sent at another one, as a UART would. Optional: without it both ends are taken to agree."""

    @property
    def baud(self) -> int:
        """The speed at which the device talks now, in baud."""
        ...


@runtime_checkable
class UnpluggableConnection(Protocol):
    """A `Connection` whose far end knows when the line itself was pulled out. Optional."""

    def when_unplugged(self, tell: Callable[[], None]) -> None:
        """Call `tell` when that happens, on the loop's thread."""
        ...


@runtime_checkable
class Pluggable(Protocol):
    """An `Attachable` whose probe somebody may pull out of the computer, and plug in again. Optional."""

    @property
    def plugged(self) -> bool:
        """Whether the probe is in."""
        ...

    def on_plugging(self, tell: Callable[[], None]) -> None:
        """Call `tell` whenever that changes, on the loop's thread."""
        ...


class Attachable(Protocol):
    """Something that can be talked to: the optical port of an emulated meter."""

    def attach(self, send: Send) -> Connection:
        """Begin one conversation. `send` hands bytes to the terminal; it never blocks and never raises, and it may be
        called from within `receive` or later from the loop's thread. After `closed` it does nothing."""
        ...
