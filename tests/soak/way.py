"""The way between the terminal and the meter, and what can go wrong on it: one line for all that are connected to it.

    terminal's link -> Way -> LineSimulator -> Power -> the meter's optical port

The way and the line outlive the terminal's links, as a probe on a wall and a gateway do: a meter does not see who has
its port open, and a second conversation finds it as the first one left it.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from drivers.line_simulator import LineSettings, LineSimulator
from drivers.serving import Attachable, ClockedConnection, Connection, Send

Hang = Callable[[BaseException], None]
USUAL_BAUD = 9600


class Power:
    """The meter's port, while there is power."""

    def __init__(self, port: Attachable) -> None:
        self._port = port
        self._send: Send | None = None
        self._head: Connection | None = None
        self._baud = USUAL_BAUD

    @property
    def baud(self) -> int:
        """At which the meter talks."""
        return self._head.baud if isinstance(self._head, ClockedConnection) else self._baud

    def attach(self, send: Send) -> Power:
        """The line, once."""
        self._send = send
        self.restore()
        return self

    def cut(self) -> None:
        """No power: nothing is heard, nothing said, and every conversation forgotten."""
        head, self._head = self._head, None
        if head is not None:
            head.closed()

    def restore(self) -> None:
        """Power again; the port begins anew."""
        assert self._send is not None
        if self._head is None:
            self._head = self._port.attach(self._send)
            self._head.line_speed(self._baud)

    def receive(self, data: bytes) -> None:
        """From the line."""
        if self._head is not None:
            self._head.receive(data)

    def line_speed(self, baud: int) -> None:
        """The terminal's speed."""
        self._baud = baud
        if self._head is not None:
            self._head.line_speed(baud)

    def closed(self) -> None:
        """The end of the run."""
        self.cut()


class Way:
    """See the module. `settings` are those of the line; all else is switched here."""

    def __init__(self, port: Attachable, rng: random.Random, settings: LineSettings) -> None:
        self.settings, self.power = settings, Power(port)
        self.line = LineSimulator(self.power, settings, rng=rng)
        self.deaf = self.mute = False  # nothing reaches the meter; nothing reaches the terminal
        self.heard = self.said = 0  # octets that the terminal sent, and that were handed to it
        self.hang: Hang | None = None  # cuts the terminal's link
        self._rng = rng
        self._send: Send | None = None
        self._tail: Connection | None = None
        self._talks = 0

    def attach(self, send: Send) -> Talk:
        """A terminal's link: from now on it is the one that is spoken to."""
        if self._tail is None:
            self._tail = self.line.attach(self._from_meter)
        self._send = send
        self._talks += 1
        return Talk(self, self._talks)

    def is_current(self, number: int) -> bool:
        """Whether that conversation is the one that the line is connected to."""
        return number == self._talks

    def detach(self, number: int) -> None:
        """The terminal's link has gone; the line stays."""
        if self.is_current(number):
            self._send = None

    def sever(self) -> None:
        """Nothing passes between the line and the link that is there, and neither of them is told."""
        self._talks += 1
        self._send = None

    def to_meter(self, data: bytes) -> None:
        """From the terminal."""
        self.heard += len(data)
        if self._tail is not None and not self.deaf:
            self._tail.receive(data)

    def line_speed(self, baud: int) -> None:
        """The terminal's speed."""
        if self._tail is not None:
            self._tail.line_speed(baud)

    def inject(self, data: bytes) -> None:
        """Light or electrical noise: the terminal's end hears it."""
        self._from_meter(data)

    def clear(self) -> None:
        """What is on its way is lost, and the meter begins anew: nobody spoke for longer than it waits."""
        tail, self._tail = self._tail, None
        if tail is not None:
            tail.closed()
            self._tail = self.line.attach(self._from_meter)

    def close(self) -> None:
        """The end of the run."""
        tail, self._tail = self._tail, None
        self._send = None
        if tail is not None:
            tail.closed()

    def _from_meter(self, data: bytes) -> None:
        if self._send is not None and data and not self.mute:
            self.said += len(data)
            self._send(data)


class Talk:
    """One link of the terminal's on the way."""

    def __init__(self, way: Way, number: int) -> None:
        self._way, self._number = way, number

    def receive(self, data: bytes) -> None:
        """From the terminal."""
        if self._way.is_current(self._number):
            self._way.to_meter(data)

    def line_speed(self, baud: int) -> None:
        """Of the terminal's port."""
        if self._way.is_current(self._number):
            self._way.line_speed(baud)

    def closed(self) -> None:
        """The link has gone."""
        self._way.detach(self._number)
