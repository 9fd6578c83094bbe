"""A plug-in's emulator at the device's end of a wire: what links within the process and servers on TCP attach to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from hht.i18n import _
from hht.plugins import api
from hht.plugins.errors import PlugInError
from hht.plugins.guard import Guard

PAUSE_S: Final = 0.5  # after so long without an octet a request that has begun is given up
MOST_OCTETS: Final = 65_536  # of one answer


class EmulatedDevice:
    """One device of a kind, for whoever connects. `guard`: of its plug-in."""

    def __init__(self, kind: api.DeviceKind, guard: Guard, around: api.Surroundings) -> None:
        self.guard = guard
        self.emulator = guard.call(kind.emulator, around)

    def attach(self, send: Callable[[bytes], None]) -> _Conversation:
        """Begin a conversation."""
        return _Conversation(self, send)

    def answer(self, octets: bytes) -> bytes:
        """What the device says to that. Raises PlugInError."""
        said = self.guard.check(self.guard.call(self.emulator.receive, octets), bytes, _("what its emulator answers"))
        if len(said) > MOST_OCTETS:
            raise self.guard.broken(_("an answer of its emulator has no end"))
        return said

    def pause(self) -> None:
        """The line was silent. Raises PlugInError."""
        self.guard.call(self.emulator.pause)


class _Conversation:
    """A `drivers.serving.Connection`: where the plug-in fails, the line goes."""

    def __init__(self, device: EmulatedDevice, send: Callable[[bytes], None]) -> None:
        self._device, self._send = device, send
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._hang_up: Callable[[], None] = _nobody
        self._open = True
        self._safely(device.pause)

    def receive(self, data: bytes) -> None:
        """Octets from the terminal."""
        if not self._open:
            return
        self._watch(None)
        self._safely(lambda: self._say(self._device.answer(data)))
        self._watch(PAUSE_S)

    def line_speed(self, baud: int) -> None:
        """The speed is the same whatever the terminal's line is set to."""

    def when_unplugged(self, tell: Callable[[], None]) -> None:
        """Call `tell` when the plug-in has failed."""
        self._hang_up = tell

    def closed(self) -> None:
        """The conversation is over."""
        self._open = False
        self._watch(None)

    def _say(self, octets: bytes) -> None:
        if octets:
            self._send(octets)

    def _watch(self, delay_s: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if delay_s is not None and self._open:
            self._timer = self._loop.call_later(delay_s, lambda: self._safely(self._device.pause))

    def _safely(self, do: Callable[[], None]) -> None:
        try:
            do()
        except PlugInError:
            self._open = False
            self._loop.call_soon(self._hang_up)


def _nobody() -> None:
    """Nobody waits to be told."""
