"""A TCP connection that carries the same bytes as an optical port: an emulator, a serial server, a gateway."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from drivers.base import BaseLink
from drivers.causes import cause_of
from hht.clock import Clock
from hht.i18n import _
from hht.link import Capability, Line, LinkTimeout, LinkUnavailable, TraceSink

CONNECT_LIMIT_S = 10.0
WRITE_LIMIT_S = 10.0  # nothing taken for so long: the other end has stopped reading
_LINGER_S = 1.0
_KEEPALIVE = (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))  # a dead peer is noticed in 25 s


def tcp_url(host: str, port: int) -> str:
    """The link's name."""
    return f"tcp://{host_and_port(host, port)}"


def host_and_port(host: str, port: int) -> str:
    """``host:port``; an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class TcpLink(BaseLink):
    """Bytes over TCP to `host`:`port`. It has no line: software parity is all that `set_line` changes."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        clock: Clock,
        sink: TraceSink | None = None,
        name: str | None = None,
        connect_limit_s: float = CONNECT_LIMIT_S,
        line: Line | None = None,
        capabilities: Capability = Capability.NONE,
        echo: str = "auto",
    ) -> None:
        """The last three are for links that add a line to it."""
        super().__init__(
            name or tcp_url(host, port), clock=clock, sink=sink, line=line, capabilities=capabilities, echo=echo
        )
        self._host, self._port, self._limit_s = host, port, connect_limit_s
        self._wire: _Wire | None = None

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._limit_s):
                _transport, self._wire = await loop.create_connection(lambda: _Wire(self), self._host, self._port)
        except (OSError, UnicodeError, OverflowError) as error:  # odd names and port numbers raise the last two
            raise self._unavailable(error) from error

    def _unavailable(self, error: BaseException) -> LinkUnavailable:
        address = host_and_port(self._host, self._port)
        if isinstance(error, TimeoutError):
            cause = _("no answer within {seconds} s").format(seconds=f"{self._limit_s:.3g}")
        elif isinstance(error, ConnectionRefusedError):
            cause = _("nothing listens there")
        elif isinstance(error, (UnicodeError, OverflowError)):
            cause = _("that is not an address")
        else:
            cause = cause_of(error)
        message = _("Could not connect to {address}: {cause}.").format(address=address, cause=cause)
        remedy = _("Check host and port, that the other end is running, and that this computer is on its network.")
        return LinkUnavailable(message, remedy=remedy, link=self._name)

    async def _write(self, raw: bytes) -> None:
        wire = self._wire
        if wire is None or not raw:
            return
        wire.transport.write(self._encoded(raw))
        self._sent(raw)
        try:
            async with asyncio.timeout(WRITE_LIMIT_S):
                await wire.writable.wait()
        except TimeoutError:
            message = _("{link} has taken nothing for {seconds} s.").format(
                link=self._title, seconds=f"{WRITE_LIMIT_S:g}"
            )
            raise LinkTimeout(message, remedy=_("Check the other end: it no longer reads.")) from None
        self._require_up()

    def _encoded(self, raw: bytes) -> bytes:
        """`raw` as it stands in the stream."""
        return raw

    async def _close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is None:
            return
        wire.transport.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                await wire.gone.wait()
        if not wire.gone.is_set():  # unsent bytes that nobody takes
            wire.transport.abort()
            await wire.gone.wait()

    def _pause_input(self) -> None:
        if self._wire is not None:
            self._wire.transport.pause_reading()

    def _resume_input(self) -> None:
        if self._wire is not None:
            self._wire.transport.resume_reading()

    def _remedy(self) -> str:
        return _("Check the network and the other end, then try again: the step reads before it repeats anything.")


class _Wire(asyncio.Protocol):
    """asyncio's callbacks, passed on to the link."""

    transport: asyncio.Transport

    def __init__(self, link: TcpLink) -> None:
        self._link = link
        self.writable, self.gone = asyncio.Event(), asyncio.Event()
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        tune_socket(transport.get_extra_info("socket"))

    def data_received(self, data: bytes) -> None:
        self._link._feed(data)

    def eof_received(self) -> None:
        self._link._lose(EOFError())

    def connection_lost(self, exc: Exception | None) -> None:
        self.writable.set()
        self.gone.set()
        self._link._lose(exc or EOFError())

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()


def tune_socket(sock: socket.socket) -> None:
    """Small frames leave at once; a peer that vanished is noticed. Used at both ends."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEPALIVE:
            if hasattr(socket, option):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
