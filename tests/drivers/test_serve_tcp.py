"""A device on TCP: a conversation for each client, none of which can hurt the others."""

from __future__ import annotations

import asyncio
import socket

import pytest

from drivers.in_process import FarEnd
from drivers.serve_tcp import MAX_CONNECTIONS, TcpServer
from drivers.serving import Connection, Send
from drivers.tcp import TcpLink
from hht.link import LinkLost, LinkUnavailable
from tests.drivers.conftest import AT_ONCE_S, RealClock, eventually

pytestmark = pytest.mark.usefixtures("no_tasks")


class Numbered:
    """Each conversation answers with its own number."""

    def __init__(self) -> None:
        self.attached = self.open = 0

    def attach(self, send: Send) -> Connection:
        numbered = self
        numbered.attached += 1
        numbered.open += 1
        number = b"%d" % numbered.attached

        class Talk:
            def receive(self, data: bytes) -> None:
                send(number + b":" + data)

            def line_speed(self, baud: int) -> None:
                raise AssertionError("TCP has no speed")

            def closed(self) -> None:
                numbered.open -= 1

        return Talk()


async def test_each_client_has_its_own_conversation(clock: RealClock) -> None:
    device = Numbered()
    async with TcpServer(device) as server:
        links = [TcpLink("127.0.0.1", server.port, clock=clock) for _ in range(5)]
        assert server.url == f"tcp://127.0.0.1:{server.port}"
        for number, link in enumerate(links, 1):
            await link.open()
            await link.write(b"x")
            assert await link.read(AT_ONCE_S) == b"%d:x" % number
        await links[2].close()
        await eventually(lambda: device.open == 4)
        for number in (1, 2, 4, 5):
            await links[number - 1].write(b"y")
            assert await links[number - 1].read(AT_ONCE_S) == b"%d:y" % number
    await eventually(lambda: device.open == 0)
    for link in links:
        await link.close()
    await server.close()


async def test_what_was_sent_last_still_arrives(clock: RealClock) -> None:
    end = FarEnd()
    async with TcpServer(end) as server:
        link = TcpLink("127.0.0.1", server.port, clock=clock)
        await link.open()
        await eventually(lambda: end.connected)
        end.send(b"goodbye")
    assert await link.read(AT_ONCE_S) == b"goodbye"
    with pytest.raises(LinkLost):
        await link.read(AT_ONCE_S)
    end.send(b"into the void")
    await link.close()


async def test_a_client_that_never_reads_is_cut_off_not_buffered_for(clock: RealClock) -> None:
    end = FarEnd()
    async with TcpServer(end) as server:
        with socket.create_connection(("127.0.0.1", server.port)):
            await eventually(lambda: end.connected)
            for _turn in range(40):
                end.send(bytes(1 << 20))
            await eventually(lambda: not end.connected)


async def test_so_many_and_no_more(clock: RealClock) -> None:
    device = Numbered()
    async with TcpServer(device) as server:
        clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(MAX_CONNECTIONS + 3)]
        await eventually(lambda: device.open == MAX_CONNECTIONS)
        await asyncio.sleep(0.05)
        assert device.attached == MAX_CONNECTIONS
        for client in clients:
            client.close()
        await eventually(lambda: device.open == 0)


async def test_a_taken_port_is_said_so() -> None:
    async with TcpServer(FarEnd()) as server:
        with pytest.raises(LinkUnavailable, match=f"Cannot listen on 127.0.0.1:{server.port}") as caught:
            await TcpServer(FarEnd(), "127.0.0.1", server.port).start()
        assert caught.value.remedy
    for host, port in (("no-such-host.invalid", 0), ("127.0.0.1", 99999)):
        with pytest.raises(LinkUnavailable):
            await TcpServer(FarEnd(), host, port).start()
    with pytest.raises(RuntimeError):
        _ = server.port
