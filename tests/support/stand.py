"""A meter on a pty behind a slow line, for programs in other processes; what it hears and says is listened to."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import Process
from collections.abc import Callable
from datetime import UTC, datetime

from drivers.line_simulator import LineSettings, LineSimulator
from drivers.serve_pty import PtyServer
from drivers.serving import Attachable, ClockedConnection, Connection, Send
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer
from hht.model.premises import load_premises
from hht.protocol.hdlc import Control, Frame
from hht.protocol.hdlc.reader import FrameReader

CLOCK = ManualClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
PACE = 0.1  # of a line of 9600 baud


class Overheard:
    """A meter, and what it hears and says. `busy`: enough of a profile has been sent for it to be mid-answer.
    `unheard`: for each frame that came, the octets of an answer that had not reached the terminal then."""

    def __init__(self, port: Attachable) -> None:
        self._port = port
        self.passed: Callable[[], int] = lambda: 0  # octets over the line, both ways
        self.asked = 0
        self.unheard: list[int] = []
        self.heard: list[Control] = []
        self.said: list[Control] = []
        self.octets, self.enough = 0, 30_000
        self.busy = asyncio.Event()

    def attach(self, send: Send) -> Connection:
        reader = FrameReader()

        def through(data: bytes) -> None:
            self.octets += len(data)
            self.said += [frame.control for frame in reader.feed(data) if isinstance(frame, Frame)]
            if self.octets > self.enough:
                self.busy.set()
            send(data)

        return _Heard(self, self._port.attach(through))


class _Heard:
    def __init__(self, overheard: Overheard, connection: Connection) -> None:
        self._overheard, self._connection, self._reader = overheard, connection, FrameReader()

    def receive(self, data: bytes) -> None:
        overheard = self._overheard
        overheard.asked += len(data)
        frames = [frame for frame in self._reader.feed(data) if isinstance(frame, Frame)]
        overheard.heard += [frame.control for frame in frames]
        overheard.unheard += [overheard.octets - (overheard.passed() - overheard.asked)] * len(frames)
        self._connection.receive(data)

    @property
    def baud(self) -> int:
        """The meter's own speed: it confirms at the new one while the terminal is still at the old."""
        assert isinstance(self._connection, ClockedConnection)
        return self._connection.baud

    def line_speed(self, baud: int) -> None:
        self._connection.line_speed(baud)

    def closed(self) -> None:
        self._connection.closed()


class Stand:
    """A meter on a pty."""

    def __init__(self) -> None:
        self.meter = Overheard(PortServer(load_premises("single-element", clock=CLOCK, days=60).device()))
        self.line = LineSimulator(self.meter, LineSettings(pace=PACE, turnaround_s=0.05))
        self.meter.passed = lambda: self.line.passed
        self.server = PtyServer(self.line)

    def words(self, *words: str, patient: bool = True) -> list[str]:
        module = "tests.support.patient" if patient else "ui"
        return [sys.executable, "-m", module, words[0], self.server.url, *words[1:]]

    def slow_down(self) -> None:
        """As slow as a real line; speeds that differ make no garbage, or a machine that is held up would."""
        self.line.settings.pace, self.line.settings.match_speeds = 1.0, False

    async def until_busy(self, running: Process) -> None:
        ended = asyncio.create_task(running.wait())
        busy = asyncio.create_task(self.meter.busy.wait())
        await asyncio.wait({ended, busy}, timeout=100, return_when=asyncio.FIRST_COMPLETED)
        assert busy.done()
        assert not ended.done()
        ended.cancel()
