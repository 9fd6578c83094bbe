"""A wire that goes wrong on purpose, the same way each time for the same seed.

    wire = FaultyWire(meter_port, seed=7, corrupt=0.01)
    link = wire.link(clock=clock, sink=trace)           # an in-process link over it; open it as any other
    ... run a visit ...
    wire.faults                                         # what was done, where: compare with the cause it ended with

Faults are per byte and per direction: by chance (`drop`, `duplicate`, `corrupt`), or exactly where `at` says
(``{("to_device", 17): "drop"}``: byte 17 of everything sent to the device), or a `cut_at` byte n of both directions
together, after which the link is gone as if unplugged. `delay_s` holds pieces back, in order.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from drivers.in_process import InProcessLink
from drivers.serving import Attachable, Connection, Send
from hht.clock import Clock
from hht.link import TraceSink

Direction = Literal["to_device", "to_terminal"]
FaultKind = Literal["drop", "duplicate", "corrupt", "cut", "delay"]
BOTH: frozenset[Direction] = frozenset(("to_device", "to_terminal"))


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that was done. `offset` counts the bytes of that direction over the wire's whole life."""

    kind: FaultKind
    direction: Direction
    offset: int


class FaultyWire:
    """An `Attachable` that stands for `port` and damages what passes."""

    def __init__(
        self,
        port: Attachable,
        *,
        seed: int = 0,
        drop: float = 0.0,
        duplicate: float = 0.0,
        corrupt: float = 0.0,
        delay_s: float = 0.0,
        cut_at: int | None = None,
        at: Mapping[tuple[Direction, int], FaultKind] | None = None,
        directions: frozenset[Direction] = BOTH,
        most: int | None = None,
    ) -> None:
        """`most`: so many faults, then the wire is sound (a session may then be expected to recover)."""
        self.faults: list[Fault] = []
        self.on_cut: Callable[[], None] | None = None
        self.passed: dict[Direction, int] = {"to_device": 0, "to_terminal": 0}
        self._port, self._rng = port, random.Random(seed)
        self._chances: tuple[tuple[FaultKind, float], ...] = (
            ("drop", drop),
            ("duplicate", duplicate),
            ("corrupt", corrupt),
        )
        self._delay_s, self._cut_at, self._at = delay_s, cut_at, dict(at or {})
        self._directions, self._most = directions, most
        self._conversations: list[_Conversation] = []

    def link(self, *, clock: Clock, sink: TraceSink | None = None, name: str = "in-process:faulty") -> InProcessLink:
        """An in-process link over this wire; a cut loses it as an unplugged adapter does."""
        link = InProcessLink(self, clock=clock, sink=sink, name=name)
        self.on_cut = link.drop
        return link

    def attach(self, send: Send) -> Connection:
        """A conversation over the wire. Offsets go on counting over reconnections; a cut happens once."""
        self._conversations.append(_Conversation(self, self._port, send))
        return self._conversations[-1]

    def hurry(self) -> None:
        """What is held back comes now."""
        for conversation in self._conversations:
            conversation.hurry()

    def mangle(self, direction: Direction, data: bytes) -> tuple[bytes, bool]:
        """What comes out of `data`, and whether the wire was cut in the middle of it."""
        out = bytearray()
        for byte in data:
            if self._cut_at is not None and sum(self.passed.values()) >= self._cut_at:
                self._cut_at = None
                self.faults.append(Fault("cut", direction, self.passed[direction]))
                return bytes(out), True
            kind = self._choose(direction)
            if kind is not None:
                self.faults.append(Fault(kind, direction, self.passed[direction]))
            self.passed[direction] += 1
            if kind == "cut":
                return bytes(out), True
            out += self._apply(kind, byte)
        return bytes(out), False

    def delay(self, direction: Direction) -> float:
        """Seconds to hold the next piece back."""
        if not self._delay_s or not self._may_fault(direction):
            return 0.0
        self.faults.append(Fault("delay", direction, self.passed[direction]))
        return self._rng.random() * self._delay_s

    def _apply(self, kind: FaultKind | None, byte: int) -> bytes:
        if kind == "drop":
            return b""
        if kind == "duplicate":
            return bytes((byte, byte))
        if kind == "corrupt":
            return bytes((byte ^ (1 << self._rng.randrange(8)),))
        return bytes((byte,))

    def _may_fault(self, direction: Direction) -> bool:
        return direction in self._directions and (self._most is None or len(self.faults) < self._most)

    def _choose(self, direction: Direction) -> FaultKind | None:
        if (exact := self._at.pop((direction, self.passed[direction]), None)) is not None:
            return exact
        if not self._may_fault(direction):
            return None
        for kind, chance in self._chances:
            if chance and self._rng.random() < chance:
                return kind
        return None


class _Conversation:
    """One attachment: both directions, in order, some of it late."""

    def __init__(self, wire: FaultyWire, port: Attachable, send: Send) -> None:
        self._wire, self._send = wire, send
        self._open = True
        self._due: dict[Direction, float] = {"to_device": 0.0, "to_terminal": 0.0}
        self._late: dict[asyncio.TimerHandle, Callable[[], None]] = {}
        self._device = port.attach(self._to_terminal)

    def receive(self, data: bytes) -> None:
        """From the terminal."""
        self._pass("to_device", data, self._device.receive)

    def line_speed(self, baud: int) -> None:
        """Passed on as it is."""
        self._device.line_speed(baud)

    def closed(self) -> None:
        """What is still held back is lost."""
        self._open = False
        for timer in self._late:
            timer.cancel()
        self._late.clear()
        self._device.closed()

    def hurry(self) -> None:
        """What is held back comes now."""
        for timer, run in list(self._late.items()):
            timer.cancel()
            run()

    def _to_terminal(self, data: bytes) -> None:
        self._pass("to_terminal", data, self._send)

    def _pass(self, direction: Direction, data: bytes, out: Callable[[bytes], None]) -> None:
        if not self._open:
            return
        mangled, cut = self._wire.mangle(direction, data)
        loop = asyncio.get_running_loop()
        due = max(self._due[direction], loop.time() + self._wire.delay(direction))
        if due <= loop.time():
            if mangled:
                out(mangled)
        elif mangled:
            self._due[direction] = due
            self._later(due, lambda: out(mangled))
        if cut and self._wire.on_cut is not None:
            self._wire.on_cut()

    def _later(self, due: float, call: Callable[[], None]) -> None:
        def run() -> None:
            self._late.pop(timer, None)
            if self._open:
                call()

        timer = asyncio.get_running_loop().call_at(due, run)
        self._late[timer] = run
