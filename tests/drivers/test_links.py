"""In-process, TCP and BLE links: the contract of `hht.link.Link`, held alike by all."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest

from drivers.base import BaseLink
from drivers.in_process import FarEnd, in_process_pair
from drivers.serve_tcp import TcpServer
from drivers.tcp import TcpLink, tcp_url
from hht.link import SIGN_ON_LINE, Capability, Line, Link, LinkLost, LinkState, LinkTimeout, LinkUnavailable, TraceKind
from hht.parity import EVEN_PARITY
from tests.drivers.conftest import AT_ONCE_S, RealClock, Trace, eventually
from tests.support.sky import WAYS, sky_over
from tests.support.virtual_time import VirtualTimeLoop, in_virtual_time

pytestmark = pytest.mark.usefixtures("no_tasks")


@pytest.fixture(params=["in-process", "tcp", *(f"ble-{way}" for way in WAYS)])
async def pair(request: Any, clock: RealClock, trace: Trace) -> AsyncIterator[tuple[BaseLink, FarEnd]]:
    """An open link and the far end that hears it."""
    link: BaseLink
    if request.param == "in-process":
        link, end = in_process_pair(clock=clock, sink=trace)
        await link.open()
        yield link, end
        await link.close()
        return
    end = FarEnd()
    if request.param.startswith("ble-"):
        async with sky_over(request.param.removeprefix("ble-"), end) as sky:
            link = sky.link(clock, trace)
            await link.open()
            await link.set_line(Line())
            yield link, end
            await link.close()
        return
    async with TcpServer(end, "127.0.0.1", 0) as server:
        link = TcpLink("127.0.0.1", server.port, clock=clock, sink=trace)
        await link.open()
        await eventually(lambda: end.connected)
        yield link, end
        await link.close()


def answering(end: FarEnd) -> None:
    end.receive = lambda data: end.send(data[::-1])


async def test_is_a_link_and_moves_bytes(pair: tuple[BaseLink, FarEnd], trace: Trace) -> None:
    link, end = pair
    assert isinstance(link, Link)
    answering(end)
    await link.write(b"abc")
    got = b""
    while len(got) < 3:
        got += await link.read(AT_ONCE_S)
    assert got == b"cba"
    assert (link.bytes_tx, link.bytes_rx) == (3, 3)
    assert trace.bytes_of(TraceKind.TX) == b"abc"
    assert trace.bytes_of(TraceKind.RX) == b"cba"
    assert [event.link for event in trace] == [link.name] * len(trace)
    assert all(a.monotonic_s <= b.monotonic_s for a, b in pairwise(trace))


async def test_software_parity_both_ways(pair: tuple[BaseLink, FarEnd], trace: Trace) -> None:
    link, end = pair
    await link.set_line(SIGN_ON_LINE)
    await link.write(b"/?!\r\n")
    await eventually(lambda: len(end.heard) == 5)
    assert bytes(end.heard) == bytes.fromhex("AF3F218D0A")  # what every 7E1 port puts on the wire
    end.send(b"/LGZ".translate(EVEN_PARITY)[:3] + b"\x5a\xda")  # the first Z is even as it is, the second is not
    got = b""
    while len(got) < 5:
        got += await link.read(AT_ONCE_S)
    assert got == b"/LGZZ"
    assert link.parity_errors == 1
    assert any("parity: 1" in note for note in trace.notes(TraceKind.ERROR))
    await link.set_line(Line(9600))
    end.send(b"\xda")
    assert await link.read(AT_ONCE_S) == b"\xda"


async def test_a_bridge_that_strips_parity_bits_is_no_line_of_errors(pair: tuple[BaseLink, FarEnd]) -> None:
    link, end = pair
    await link.set_line(SIGN_ON_LINE)
    end.send(b"/LGZ5\r\n")
    assert await read_exactly(link, 7) == b"/LGZ5\r\n"
    assert link.parity_errors == 0
    end.send(b"A\xc3B")  # now it is seen that there are parity bits after all: what came before counts too
    assert await read_exactly(link, 3) == b"ACB"
    assert link.parity_errors == len([byte for byte in b"/LGZ5\r\nAB" if byte.bit_count() % 2])


async def read_exactly(link: BaseLink, size: int) -> bytes:
    got = b""
    while len(got) < size:
        got += await link.read(AT_ONCE_S)
    return got


async def test_time_out_leaves_the_link_up(pair: tuple[BaseLink, FarEnd]) -> None:
    link, end = pair
    with pytest.raises(LinkTimeout) as caught:
        await link.read(0.02)
    assert caught.value.remedy
    assert link.state is LinkState.UP
    end.send(b"late")
    assert await link.read(AT_ONCE_S) == b"late"
    with pytest.raises(LinkTimeout):
        await link.read(0)


@pytest.mark.parametrize("comes", [True, False])
def test_what_came_while_the_program_was_held_up_is_no_silence(comes: bool) -> None:
    """It stands in the driver, whose thread was held up too: who takes that for silence speaks into an answer."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        link, end = in_process_pair(clock=RealClock())
        await link.open()

        def held_up() -> None:
            loop.sleep_through(1.0)
            if comes:
                loop.call_later(0.02, end.send, b"meanwhile")

        loop.call_later(0.01, held_up)
        if comes:
            assert await link.read(0.1) == b"meanwhile"
        else:
            with pytest.raises(LinkTimeout):
                await link.read(0.1)
        return loop.time()

    assert 1.01 < in_virtual_time(main()) < 1.1


async def test_cancelled_read_loses_nothing(pair: tuple[BaseLink, FarEnd]) -> None:
    link, end = pair
    for turn in range(20):
        reading = asyncio.create_task(link.read(AT_ONCE_S))
        await asyncio.sleep(0.001 if turn % 2 else 0)
        end.send(b"x%02d" % turn)
        if turn % 3:
            await asyncio.sleep(0.001)
        reading.cancel()
        got = b""
        try:
            got = await reading
        except asyncio.CancelledError:
            got = b""
        while len(got) < 3:
            got += await link.read(AT_ONCE_S)
        assert got == b"x%02d" % turn


async def test_discard_input(pair: tuple[BaseLink, FarEnd], trace: Trace) -> None:
    link, end = pair
    end.send(b"noise")
    await eventually(lambda: link.bytes_rx == 5)
    assert link.discard_input() == b"noise"
    assert trace.bytes_of(TraceKind.RX) == b"noise"
    with pytest.raises(LinkTimeout):
        await link.read(0.01)


async def test_close_twice_and_use_after(pair: tuple[BaseLink, FarEnd]) -> None:
    link, end = pair
    reading = asyncio.create_task(link.read(60))
    await asyncio.sleep(0)
    await asyncio.gather(link.close(), link.close())
    await link.close()
    with pytest.raises(LinkLost):
        await reading
    for attempt in (link.read(AT_ONCE_S), link.write(b"x"), link.set_line(Line(300))):
        with pytest.raises(LinkLost) as caught:
            await attempt
        assert caught.value.remedy
    assert link.state is LinkState.CLOSED
    await eventually(lambda: not end.connected)


async def test_reopens_clean(pair: tuple[BaseLink, FarEnd]) -> None:
    link, end = pair
    with pytest.raises(RuntimeError):
        await link.open()
    end.send(b"old")
    await eventually(lambda: link.bytes_rx == 3)
    first = SIGN_ON_LINE if link.name.startswith("ble:") else Line()  # a bridge stands for a probe
    await link.set_line(Line(2400))
    await link.close()
    await link.open()
    assert link.line == first
    await link.set_line(Line())
    answering(end)
    await link.write(b"12")
    got = await link.read(AT_ONCE_S)
    assert got + (await link.read(AT_ONCE_S) if len(got) < 2 else b"") == b"21"


async def test_states_are_told_and_traced(clock: RealClock, trace: Trace) -> None:
    link, end = in_process_pair(clock=clock, sink=trace)
    seen: list[LinkState] = []
    link.on_state.append(seen.append)
    await link.open()
    end.hang_up()
    await link.close()
    assert seen == [LinkState.OPENING, LinkState.UP, LinkState.LOST, LinkState.CLOSED]
    assert [note.split()[0] for note in trace.notes(TraceKind.STATE)] == ["opening", "up", "lost", "closed"]
    assert trace.notes(TraceKind.ERROR) == ["the other end closed it"]


async def test_hang_up_mid_read_delivers_first_then_tells(clock: RealClock) -> None:
    link, end = in_process_pair(clock=clock)
    await link.open()
    reading = asyncio.create_task(link.read(AT_ONCE_S))
    await asyncio.sleep(0)
    end.hang_up(ConnectionResetError(104, "reset"))
    with pytest.raises(LinkLost, match="reset"):
        await reading
    await link.close()
    await link.open()
    end.send(b"last words")
    await eventually(lambda: link.bytes_rx == 10)
    end.hang_up()
    assert await link.read(AT_ONCE_S) == b"last words"
    with pytest.raises(LinkLost):
        await link.read(AT_ONCE_S)
    await link.close()


async def test_in_process_tells_the_speed(clock: RealClock) -> None:
    link, end = in_process_pair(clock=clock)
    assert Capability.LINE in link.capabilities
    await link.open()
    await link.set_line(SIGN_ON_LINE)
    await link.set_line(Line(9600))
    assert end.speeds == [9600, 300, 9600]
    await link.close()


async def test_nothing_of_an_old_conversation_arrives_in_the_new(clock: RealClock) -> None:
    link, end = in_process_pair(clock=clock)
    await link.open()
    end.send(b"old")
    await link.close()
    await link.open()
    with pytest.raises(LinkTimeout):
        await link.read(0.02)
    await link.close()


async def test_a_flood_is_bounded(clock: RealClock, trace: Trace) -> None:
    link, end = in_process_pair(clock=clock, sink=trace)
    await link.open()
    for _turn in range(40):
        end.send(bytes(65536))
    await eventually(lambda: any("dropped" in note for note in trace.notes(TraceKind.ERROR)))
    assert len(await link.read(AT_ONCE_S)) <= 1024 * 1024
    assert sum("dropped" in note for note in trace.notes(TraceKind.ERROR)) == 1
    await link.close()


# TCP only --------------------------------------------------------------------------------------------------------
async def test_tcp_end_of_stream_is_a_loss(clock: RealClock) -> None:
    end = FarEnd()
    server = TcpServer(end, "127.0.0.1", 0)
    await server.start()
    link = TcpLink("127.0.0.1", server.port, clock=clock)
    await link.open()
    reading = asyncio.create_task(link.read(60))
    await eventually(lambda: end.connected)
    await server.close()
    async with asyncio.timeout(AT_ONCE_S):
        with pytest.raises(LinkLost) as caught:
            await reading
    assert caught.value.code == "link-lost"
    assert link.state is LinkState.LOST
    await link.close()


async def test_tcp_refused_unknown_and_impossible(clock: RealClock) -> None:
    with socket.socket() as taken:  # bound, not listening: refused
        taken.bind(("127.0.0.1", 0))
        link = TcpLink("127.0.0.1", taken.getsockname()[1], clock=clock)
        with pytest.raises(LinkUnavailable, match="nothing listens") as caught:
            await link.open()
    assert caught.value.remedy
    assert link.state is LinkState.CLOSED
    for host, port in (("no-such-host.invalid", 1), ("a" * 300, 1), ("127.0.0.1", 70000), ("", -5)):
        with pytest.raises(LinkUnavailable):
            await TcpLink(host, port, clock=clock, connect_limit_s=AT_ONCE_S).open()


async def test_tcp_connect_deadline(clock: RealClock) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:  # a full backlog: SYNs are dropped
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        try:
            with pytest.raises(LinkUnavailable, match=r"no answer within 0\.3 s"):
                await TcpLink("127.0.0.1", port, clock=clock, connect_limit_s=0.3).open()
        finally:
            for filler in fillers:
                filler.close()


async def test_tcp_open_can_be_cancelled(clock: RealClock) -> None:
    link = TcpLink("127.0.0.1", 9, clock=clock)
    opening = asyncio.create_task(link.open())
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises((asyncio.CancelledError, LinkUnavailable)):
        await opening
    assert link.state is LinkState.CLOSED


async def test_tcp_peer_that_never_reads_does_not_hold_up_close(clock: RealClock) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        link = TcpLink("127.0.0.1", listener.getsockname()[1], clock=clock)
        await link.open()
        writing = asyncio.create_task(link.write(bytes(16 << 20)))
        await asyncio.sleep(0.1)
        assert not writing.done()
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        async with asyncio.timeout(AT_ONCE_S):
            await link.close()


async def test_tcp_unread_input_is_held_back_not_lost(clock: RealClock) -> None:
    end = FarEnd()
    async with TcpServer(end, "127.0.0.1", 0) as server:
        link = TcpLink("127.0.0.1", server.port, clock=clock)
        await link.open()
        await eventually(lambda: end.connected)
        size = 3 << 20
        end.send(bytes(size))
        await eventually(lambda: link._holding)
        got = 0
        while got < size:
            got += len(await link.read(AT_ONCE_S))
        assert got == size
        await link.close()


async def test_close_finishes_though_cancelled(clock: RealClock) -> None:
    end = FarEnd()
    async with TcpServer(end, "127.0.0.1", 0) as server:
        link = TcpLink("127.0.0.1", server.port, clock=clock)
        await link.open()
        closing = asyncio.create_task(link.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert link.state is LinkState.CLOSED


def test_tcp_names() -> None:
    assert tcp_url("meter", 4059) == "tcp://meter:4059"
    assert tcp_url("::1", 4059) == "tcp://[::1]:4059"
