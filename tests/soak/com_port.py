"""A serial server that lends its port with control of the line (RFC 2217): pyserial's end of it, on the run's time.

pyserial's manager reads no clock and starts no thread: it takes the stream apart, and sets a port that is played here.
"""

from __future__ import annotations

from serial.rfc2217 import PortManager

from drivers.rfc2217 import Rfc2217Link
from hht.clock import Clock
from hht.link import Link, TraceSink
from tests.soak.links import ANY_BAUD, Gateway, PluggedTcp, TcpPlug
from tests.soak.way import Way


class _Link(Rfc2217Link, PluggedTcp):
    """The driver, on the plug's socket."""


class ComPortPlug(TcpPlug):
    """A serial server on the network. `fastest`: in baud, above which its port refuses."""

    def __init__(self, way: Way) -> None:
        super().__init__(way)
        self.fastest = ANY_BAUD

    def link(self, clock: Clock, sink: TraceSink | None, name: str) -> Link:
        """As `Plug`."""
        link = _Link("meter", 4000, clock=clock, sink=sink, name=name)
        link.plug = self
        return link

    def gateway(self) -> Gateway:
        """Its end of a new connection."""
        return _ComPort(self)


class _ComPort(Gateway):
    """One connection, and the port as the manager sees it."""

    cts = dsr = ri = cd = True
    dtr = rts = True
    bytesize, parity, stopbits = 8, "N", 1

    def __init__(self, plug: ComPortPlug) -> None:
        super().__init__(plug)
        self._lent = plug
        self._baud = 9600
        self._for_port = bytearray()
        self._manager: PortManager | None = None

    def data_received(self, data: bytes) -> None:
        """The terminal says something: to the port, or about it."""
        manager = self._manager = self._manager or PortManager(self, self)
        for byte in manager.filter(data):
            self._for_port += byte
        self._hand_over()

    @property
    def baudrate(self) -> int:
        """The port's speed."""
        return self._baud

    @baudrate.setter
    def baudrate(self, baud: int) -> None:
        if baud > self._lent.fastest:
            raise ValueError(f"{baud} baud")
        self._hand_over()  # what stands before the command in the stream goes at the speed before
        self._baud = baud
        if self.talk is not None:
            self.talk.line_speed(baud)

    def _hand_over(self) -> None:
        data, self._for_port = bytes(self._for_port), bytearray()
        if data and self.talk is not None:
            self.talk.receive(data)

    def send(self, data: bytes) -> None:
        """What the port heard, as it stands in the stream."""
        super().send(data.replace(b"\xff", b"\xff\xff"))

    def write(self, words: bytes) -> None:
        """What the manager has to say."""
        super().send(words)

    def reset_input_buffer(self) -> None:
        """Nothing is kept here."""

    def reset_output_buffer(self) -> None:
        """Nor here."""
