"""A plug-in's two ends on a bench: every octet between them can be held, changed or left out; no time passes by itself.

Everything here runs within one guarded call (`hht.plugins.kit.course`), so the plug-in is called directly.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from hht.client.api import MeterError
from hht.clock import ManualClock
from hht.plugins import api
from hht.plugins.emulated import EmulatedDevice
from hht.plugins.guard import Guard
from hht.plugins.talking import clock_of, events_of, identity_of, is_whole, registers_of, step

TALKS: Final = ("identify", "clock", "registers", "events")
NOON: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SEED: Final = 7
MOST_EXCHANGES: Final = 1000
_VALUE: Final[dict[str, Callable[[Guard, object], Any]]] = {
    "identify": identity_of,
    "clock": clock_of,
    "registers": registers_of,
    "events": events_of,
}
Between = Callable[[int, bytes, bytes], bytes]
"""(number of the exchange, request, honest answer) -> what the reader hears."""


class NoAnswer(Exception):
    """What came is no whole answer: over a line the time would run out."""


class Bench:
    """One device of `kind`, and readers for it."""

    def __init__(self, kind: api.DeviceKind, guard: Guard, *, seed: int = SEED) -> None:
        self.kind, self.guard = kind, guard
        self.clock = ManualClock(NOON)
        self.device = EmulatedDevice(kind, guard, api.Surroundings(self.clock.now, seed))
        self.device.pause()

    def talk(self, what: str, between: Between = lambda _number, _request, answer: answer) -> Any:
        """What a new reader makes of the device. Raises NoAnswer, MeterError, PlugInError."""
        reader = self.guard.call(self.kind.reader)
        begun = self.guard.call(getattr(reader, what))
        talk = self.guard.check(begun, Generator, what)  # type: ignore[type-abstract]
        wish = step(self.guard, talk, None)
        for number in range(MOST_EXCHANGES):
            if not isinstance(wish, api.Exchange):
                return _VALUE[what](self.guard, wish.value)
            heard = between(number, wish.send, self.device.answer(wish.send))
            if not is_whole(self.guard, wish, heard):
                raise NoAnswer
            wish = step(self.guard, talk, heard)
        raise self.guard.broken(f"{what}: no end")

    def outcome(self, what: str, between: Between) -> Any | None:
        """As `talk`; None where it ends without a value, as it must where something is wrong with the octets."""
        try:
            return self.talk(what, between)
        except (NoAnswer, MeterError):
            return None
        finally:
            self.device.pause()

    def exchanges(self, what: str) -> list[tuple[bytes, bytes]]:
        """Each request and its answer, as they are said."""
        said: list[tuple[bytes, bytes]] = []

        def listen(_number: int, request: bytes, answer: bytes) -> bytes:
            said.append((request, answer))
            return answer

        self.talk(what, listen)
        return said

    def talks(self) -> list[str]:
        """Those in which the device is asked something."""
        return [what for what in TALKS if self.exchanges(what)]

    def everything(self) -> list[Any]:
        """What each talk gives."""
        return [self.talk(what) for what in TALKS]

    def wishes(self, what: str) -> Sequence[float]:
        """How long each exchange would wait, in seconds."""
        reader = self.guard.call(self.kind.reader)
        talk = self.guard.call(getattr(reader, what))
        waits: list[float] = []
        wish = step(self.guard, talk, None)
        while isinstance(wish, api.Exchange) and len(waits) < MOST_EXCHANGES:
            waits.append(wish.within_s)
            wish = step(self.guard, talk, self.device.answer(wish.send))
        return waits
