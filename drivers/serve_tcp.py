"""Offers a device's end on TCP: each connection gets a conversation of its own."""

from __future__ import annotations

import asyncio
import contextlib

from drivers.causes import cause_of
from drivers.serving import Attachable, Connection, Pluggable, UnpluggableConnection
from drivers.tcp import host_and_port, tcp_url, tune_socket
from hht.i18n import _
from hht.link import LinkUnavailable

MAX_UNSENT = 8 * 1024 * 1024  # bytes a client may leave unread before it is cut off
MAX_CONNECTIONS = 64


class TcpServer:
    """Serves `port` (the device's) on `host`:`tcp_port`; 0 takes a free one. Usable as ``async with``."""

    def __init__(self, port: Attachable, host: str = "127.0.0.1", tcp_port: int = 0) -> None:
        self.attachable = port
        self._host, self._wanted = host, tcp_port
        self._server: asyncio.Server | None = None
        if isinstance(port, Pluggable):
            port.on_plugging(self._plugging)
        self.conversations: set[_Conversation] = set()

    @property
    def port(self) -> int:
        """The TCP port in use; RuntimeError while not serving."""
        if self._server is None:
            raise RuntimeError("not serving")
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    @property
    def url(self) -> str:
        """The link URL for a client on this machine."""
        return tcp_url(self._host, self.port)

    async def start(self) -> None:
        """Begin to listen; raises LinkUnavailable (port taken, address not ours)."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Conversation(self), self._host, self._wanted)
        except (OSError, UnicodeError, OverflowError) as error:
            address = host_and_port(self._host, self._wanted)
            message = _("Cannot listen on {address}: {cause}.").format(address=address, cause=cause_of(error))
            remedy = _("Choose another port, or 0 for any free one, and an address of this computer.")
            raise LinkUnavailable(message, remedy=remedy) from error

    @property
    def plugged(self) -> bool:
        """Whether there is a probe at the other end: without one nobody is let in."""
        return not isinstance(self.attachable, Pluggable) or self.attachable.plugged

    def _plugging(self) -> None:
        """The probe was pulled out: whoever is connected is so no longer."""
        if not self.plugged:
            for conversation in list(self.conversations):
                conversation.cut()

    async def close(self) -> None:
        """Stop listening and end every conversation. Never raises; may be called twice."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        ended = [conversation.end() for conversation in list(self.conversations)]
        if ended:
            await asyncio.wait([asyncio.ensure_future(event.wait()) for event in ended])

    async def __aenter__(self) -> TcpServer:
        await self.start()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()


class _Conversation(asyncio.Protocol):
    """One client."""

    def __init__(self, server: TcpServer) -> None:
        self._server = server
        self._connection: Connection | None = None
        self._transport: asyncio.Transport | None = None
        self._gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if len(self._server.conversations) >= MAX_CONNECTIONS or not self._server.plugged:
            transport.abort()
            return
        self._transport = transport
        tune_socket(transport.get_extra_info("socket"))
        self._server.conversations.add(self)
        self._connection = self._server.attachable.attach(self._send)
        if isinstance(self._connection, UnpluggableConnection):
            self._connection.when_unplugged(self._unplugged)

    def data_received(self, data: bytes) -> None:
        if self._connection is not None:
            self._connection.receive(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.conversations.discard(self)
        self._finish()
        self._gone.set()

    def cut(self) -> None:
        """End it as a broken line does."""
        self._finish()
        if self._transport is not None:
            self._transport.abort()

    def _unplugged(self) -> None:
        self.end()

    def end(self) -> asyncio.Event:
        """Close it: what was sent still arrives if the client takes it now; the event says when it is over."""
        self._finish()
        if self._transport is None:
            self._gone.set()
        elif self._transport.get_write_buffer_size():
            self._transport.abort()
        else:
            self._transport.close()
        return self._gone

    def _send(self, data: bytes) -> None:
        transport = self._transport
        if self._connection is None and self._gone.is_set():
            return
        if transport is None or transport.is_closing() or not data:
            return
        transport.write(data)
        if transport.get_write_buffer_size() > MAX_UNSENT:  # it asks and never reads
            transport.abort()

    def _finish(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(RuntimeError):
                connection.closed()
