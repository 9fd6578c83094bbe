"""A link without a wire: the terminal's end and the device's end in one process, on one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drivers.base import BaseLink
from drivers.serving import Attachable, Connection, Send, UnpluggableConnection
from hht.clock import Clock
from hht.link import Capability, Line, LinkState, TraceSink
from hht.link_remedies import Way, way_of


class InProcessLink(BaseLink):
    """The terminal's end of a conversation with `port`, which is attached when the link opens.

    Bytes are handed over in the next turns of the event loop, in order, never from within the caller: a device that
    answers at once does not re-enter the terminal. `line_control` False behaves as TCP does (no speed to set).
    """

    def __init__(
        self,
        port: Attachable,
        *,
        clock: Clock,
        sink: TraceSink | None = None,
        name: str = "in-process:",
        line: Line | None = None,
        line_control: bool = True,
        echo: str = "off",
        paced: bool = False,
        faulty: Callable[[], bool] = lambda: False,
    ) -> None:
        """`echo` other than "off": the port may send back what it hears (a simulated probe), so cancel it.
        `paced`: wait for the transmit clock before a change of speed, as a serial port must. `faulty`: whether
        something is wrong at the other end now, to train with."""
        capabilities = Capability.LINE if line_control else Capability.NONE
        if not paced:
            capabilities |= Capability.INSTANT
        if echo != "off":
            capabilities |= Capability.ECHO
        super().__init__(name, clock=clock, sink=sink, line=line, capabilities=capabilities, echo=echo, paced=paced)
        self._port = port
        self._faulty = faulty
        self._connection: Connection | None = None
        self._generation = 0  # what an earlier conversation still has on its way is not for this one

    @property
    def way(self) -> Way:
        """As which way its troubles are to be seen: with something wrong to train with, as a probe's."""
        return Way.OPTICAL if self._faulty() else way_of(self.name)

    def drop(self, error: BaseException | None = None) -> None:
        """Cut the link as an unplugged adapter would; the device's end hears `closed`."""
        self._lose(error or EOFError())
        self._detach()

    async def _open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._generation += 1
        self._connection = self._port.attach(self._sender(self._generation))
        if isinstance(self._connection, UnpluggableConnection):
            self._connection.when_unplugged(self.drop)
        if Capability.LINE in self._capabilities and self._connection is not None:
            self._connection.line_speed(self._line.baud)

    def _sender(self, generation: int) -> Send:
        def send(data: bytes) -> None:
            self._loop.call_soon(self._arrive, generation, bytes(data))

        return send

    def _arrive(self, generation: int, data: bytes) -> None:
        if generation == self._generation and self._state is LinkState.UP:
            self._feed(data)

    async def _write(self, raw: bytes) -> None:
        if not raw:
            return
        self._sent(raw)
        self._loop.call_soon(self._hand_over, self._generation, raw)
        await asyncio.sleep(0)

    def _hand_over(self, generation: int, raw: bytes) -> None:
        if generation == self._generation and self._connection is not None:
            self._connection.receive(raw)

    async def _set_line(self, line: Line) -> None:
        await asyncio.sleep(0)  # what was written has arrived before the speed changes
        if self._connection is not None:
            self._connection.line_speed(line.baud)

    async def _close(self) -> None:
        self._detach()

    def _detach(self) -> None:
        connection, self._connection = self._connection, None
        self._generation += 1
        if connection is not None:
            connection.closed()


class FarEnd:
    """The other end of an in-process pair, for tests and for whoever plays the device by hand.

    Set `receive` to be called with what the terminal sends; `heard` collects it in any case.
    """

    def __init__(self) -> None:
        self.receive: Callable[[bytes], None] | None = None
        self.heard = bytearray()
        self.baud = 0  # what the terminal's line is set to; 0 while there is none
        self.speeds: list[int] = []
        self.connected = False
        self._send: Send | None = None
        self._link: InProcessLink | None = None

    def attach(self, send: Send) -> Connection:
        """Called by the link when it opens."""
        self._send, self.connected = send, True
        return _FarConnection(self)

    def send(self, data: bytes) -> None:
        """Send `data` to the terminal; into the void while nobody is connected."""
        if self._send is not None:
            self._send(data)

    def hang_up(self, error: BaseException | None = None) -> None:
        """Cut the link from this end: the terminal's end is LOST at once."""
        if self._link is not None and self.connected:
            self._link.drop(error)

    def tie(self, link: InProcessLink) -> None:
        """Remember the terminal's end, so that `hang_up` can cut it."""
        self._link = link


class _FarConnection:
    """One conversation of a `FarEnd`."""

    def __init__(self, end: FarEnd) -> None:
        self._end = end

    def receive(self, data: bytes) -> None:
        self._end.heard += data
        if self._end.receive is not None:
            self._end.receive(data)

    def line_speed(self, baud: int) -> None:
        self._end.baud = baud
        self._end.speeds.append(baud)

    def closed(self) -> None:
        self._end.connected, self._end._send, self._end.baud = False, None, 0


def in_process_pair(
    *,
    clock: Clock,
    sink: TraceSink | None = None,
    name: str = "in-process:",
    line_control: bool = True,
    echo: str = "off",
    faulty: Callable[[], bool] = lambda: False,
) -> tuple[InProcessLink, FarEnd]:
    """A closed link and its far end; open the link to begin."""
    end = FarEnd()
    link = InProcessLink(end, clock=clock, sink=sink, name=name, line_control=line_control, echo=echo, faulty=faulty)
    end.tie(link)
    return link, end
