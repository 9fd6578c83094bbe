"""The terminal's links of a run: a probe, TCP, a BLE bridge; all of them to one `Way`, in virtual time.

The probe is the in-process link with a line, an echo and a transmit clock, as on a serial port. TCP is the driver
itself on a pair of local sockets (a connection to an address would let the kernel's timing into the run); so is RFC
2217, of which the other end is `tests.soak.com_port`. BLE is the driver itself on Bumble's controllers.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from drivers.in_process import InProcessLink
from drivers.serial_port import unavailable
from drivers.serving import Connection
from drivers.tcp import TcpLink, _Wire
from hht.clock import Clock
from hht.link import SIGN_ON_LINE, Line, Link, LinkUnavailable, TraceSink

if TYPE_CHECKING:
    from tests.soak.way import Way

PORT = "/dev/ttyUSB0"
ANY_BAUD = 1_000_000


class Plug(Protocol):
    """A way of connecting: makes links, and can be pulled."""

    def link(self, clock: Clock, sink: TraceSink | None, name: str) -> Link:
        """A link, not opened."""
        ...

    async def start(self) -> None:
        """Be there."""
        ...

    async def close(self) -> None:
        """The end of the run."""
        ...


class _Probe(InProcessLink):
    """A serial probe: gone when it is pulled, refused while somebody else has it."""

    def __init__(self, plug: ProbePlug, clock: Clock, sink: TraceSink | None, name: str) -> None:
        super().__init__(plug.way, clock=clock, sink=sink, name=name, line=SIGN_ON_LINE, echo="auto", paced=True)
        self._plug = plug

    async def _set_line(self, line: Line) -> None:
        if line.baud > self._plug.fastest:
            raise LinkUnavailable(f"{PORT} cannot do {line}.", remedy="Use another adapter, or another speed.")
        await super()._set_line(line)

    async def _open(self) -> None:
        if self._plug.absent:
            raise unavailable(PORT, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
        if self._plug.taken:
            raise unavailable(PORT, OSError(errno.EBUSY, os.strerror(errno.EBUSY)))
        self._plug.way.hang = self.drop
        await super()._open()


class ProbePlug:
    """A probe on a serial port. `absent`: unplugged; `taken`: another program has it open; `fastest`: in baud, above
    which it refuses."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.fastest = ANY_BAUD
        self.absent = self.taken = False

    def link(self, clock: Clock, sink: TraceSink | None, name: str) -> Link:
        """As `Plug`."""
        return _Probe(self, clock, sink, name)

    async def start(self) -> None:
        """A probe is always there."""

    async def close(self) -> None:
        """Nothing is left of it."""

    def pull(self) -> None:
        """Unplug it."""
        self.absent = True
        if self.way.hang is not None:
            self.way.hang(OSError(errno.EIO, os.strerror(errno.EIO)))


class PluggedTcp(TcpLink):
    """The TCP driver; how it comes to its socket is the plug's."""

    plug: TcpPlug

    async def _open(self) -> None:
        try:
            near = await self.plug.connected()
            loop = asyncio.get_running_loop()
            _transport, self._wire = await loop.create_connection(lambda: _Wire(self), sock=near)
        except OSError as error:
            raise self._unavailable(error) from error


class TcpPlug:
    """A gateway on the network. `absent`: nothing listens; `unreachable`: nothing answers."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.absent = self.unreachable = False
        self.ends: set[Gateway] = set()

    def link(self, clock: Clock, sink: TraceSink | None, name: str) -> Link:
        """As `Plug`."""
        link = PluggedTcp("meter", 4059, clock=clock, sink=sink, name=name)
        link.plug = self
        return link

    def gateway(self) -> Gateway:
        """Its end of a new connection."""
        return Gateway(self)

    async def start(self) -> None:
        """It listens."""

    async def connected(self) -> socket.socket:
        """The terminal's end of a new connection."""
        if self.absent:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        if self.unreachable:
            await asyncio.sleep(10)
            raise TimeoutError
        self.way.hang = lambda _error: self.end(reset=True)
        near, far = socket.socketpair()
        near.setblocking(False)
        await asyncio.get_running_loop().connect_accepted_socket(self.gateway, far)
        return near

    def end(self, *, reset: bool) -> None:
        """The gateway ends every connection."""
        for end in list(self.ends):
            end.end(reset=reset)

    async def close(self) -> None:
        """End every connection, and wait until they have ended."""
        gone = [end.gone for end in self.ends]
        self.end(reset=True)
        for event in gone:
            await event.wait()


class Gateway(asyncio.Protocol):
    """The gateway's end of one connection."""

    def __init__(self, plug: TcpPlug) -> None:
        self._plug = plug
        self._transport: asyncio.Transport | None = None
        self.talk: Connection | None = None
        self.gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A terminal has connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._plug.ends.add(self)
        self.talk = self._plug.way.attach(self.send)

    def data_received(self, data: bytes) -> None:
        """The terminal says something."""
        if self.talk is not None:
            self.talk.receive(data)

    def connection_lost(self, _error: Exception | None) -> None:
        """It is over."""
        self._plug.ends.discard(self)
        talk, self.talk = self.talk, None
        if talk is not None:
            talk.closed()
        self.gone.set()

    def end(self, *, reset: bool) -> None:
        """End it from this side."""
        if self._transport is not None:
            if reset:
                self._transport.abort()
            else:
                self._transport.close()

    def send(self, data: bytes) -> None:
        """What the meter said, on its way to the terminal."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


class BlePlug:
    """A BLE bridge, and the air between. Made late: Bumble takes its time to load."""

    def __init__(self, way: Way, mtu: int = 247) -> None:
        from drivers.virtual_ble.air import Air, make_device
        from drivers.virtual_ble.bridge import VirtualBridge

        self.way = way
        self.air = Air()
        self.bridge = VirtualBridge(self.air, way, mtu=mtu)
        self.central = make_device(self.air, "terminal", "C0:C1:C2:C3:C4:C5")

    def link(self, clock: Clock, sink: TraceSink | None, name: str) -> Link:
        """As `Plug`."""
        from drivers.ble_bridge import BleBridgeLink
        from drivers.virtual_ble.bridge import ADDRESS
        from tests.support.bumble_bleak import radio_of

        chance: Callable[[], float] = lambda: 0.5  # noqa: E731 - the pause between attempts
        return BleBridgeLink(ADDRESS, clock=clock, sink=sink, name=name, radio=radio_of(self.central), chance=chance)

    async def start(self) -> None:
        """On the air."""
        from drivers import ble_bridge

        ble_bridge._needs_care.clear()  # what this process learnt in another run
        self.way.hang = lambda _error: self.air.sever()
        await self.bridge.start()
        await self.central.power_on()

    async def close(self) -> None:
        """Off the air."""
        await self.bridge.close()
        await self.central.power_off()
        await self.air.close()
