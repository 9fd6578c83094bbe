"""A far serial port whose line is set from here, against pyserial's server; and the telnet stream piece by piece."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from drivers.com_port_control import IAC, Agreement, ComPortControl
from drivers.rfc2217 import Rfc2217Link
from drivers.serve_pty import PtyServer
from drivers.serve_tcp import TcpServer
from hht.client.association import Association
from hht.client.meter_session import MeterSession
from hht.client.plain_text_session import PlainTextSession
from hht.emulation.port_server import open_port
from hht.link import SIGN_ON_LINE, Capability, Line, Link, LinkLost, LinkState, LinkUnavailable, TraceKind
from tests.drivers.conftest import AT_ONCE_S, RealClock, Trace
from tests.support.com_port_server import ComPortServer, ParityPort, PtyPort

IN_FORCE = Line(9600)


@pytest.fixture
def server() -> Iterator[ComPortServer]:
    """A port whose output is its input."""
    with ComPortServer(serial.serial_for_url("loop://")) as server:
        yield server


@pytest.fixture
async def link(server: ComPortServer, clock: RealClock, trace: Trace) -> AsyncIterator[Rfc2217Link]:
    link = Rfc2217Link("127.0.0.1", server.tcp_port, clock=clock, sink=trace, line=IN_FORCE, echo="off", rts=False)
    await link.open()
    yield link
    await link.close()


async def read(link: Link, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += await link.read(AT_ONCE_S)
    return data


async def test_every_octet_passes(link: Rfc2217Link, trace: Trace) -> None:
    assert isinstance(link, Link)
    everything = bytes(range(256)) * 2
    await link.write(everything)
    assert await read(link, 512) == everything
    assert (link.bytes_tx, link.bytes_rx) == (512, 512)
    assert trace.bytes_of(TraceKind.TX) == trace.bytes_of(TraceKind.RX) == everything  # no telnet in the trace


async def test_the_line_is_set_there(link: Rfc2217Link, server: ComPortServer, trace: Trace) -> None:
    assert Capability.LINE in link.capabilities
    assert (server.port.baudrate, server.port.bytesize, server.port.parity) == (9600, 8, "N")
    assert (server.port.dtr, server.port.rts) == (True, False)
    await link.set_line(SIGN_ON_LINE)
    assert (server.port.baudrate, server.port.bytesize, server.port.parity) == (300, 8, "N")  # parity is done here
    assert "300 7E1" in trace.notes(TraceKind.LINE)


async def test_the_port_s_own_parity(server: ComPortServer, clock: RealClock) -> None:
    link = Rfc2217Link("127.0.0.1", server.tcp_port, clock=clock, hard_parity=True, echo="off")
    await link.open()
    assert (server.port.baudrate, server.port.bytesize, server.port.parity) == (300, 7, "E")
    await link.set_line(Line(9600))
    assert (server.port.baudrate, server.port.bytesize, server.port.parity) == (9600, 8, "N")
    await link.close()


async def test_a_speed_that_the_port_does_not_take(
    link: Rfc2217Link, server: ComPortServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_port: object, baud: int) -> None:
        if baud == 19200:
            raise ValueError("not a speed of this port")

    monkeypatch.setattr(type(server.port), "baudrate", property(lambda _port: 9600, refuse))
    with pytest.raises(LinkUnavailable, match="cannot do 19200 8N1"):
        await link.set_line(Line(19200))
    assert link.line == IN_FORCE
    await link.write(b"goes on")
    assert await read(link, 7) == b"goes on"


async def test_a_server_that_does_not_say_what_became_of_the_speed_has_not_refused_it(
    link: Rfc2217Link, server: ComPortServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.rfc2217.ANSWER_LIMIT_S", 0.2)
    monkeypatch.setattr(server, "write", lambda _data: None)  # what it would have answered
    with pytest.raises(LinkUnavailable, match=r"has not said within 0\.2 s whether its port is set to 300 8N1"):
        await link.set_line(SIGN_ON_LINE)


async def test_the_server_goes(link: Rfc2217Link, server: ComPortServer) -> None:
    server.drop()
    with pytest.raises(LinkLost):
        await link.read(AT_ONCE_S)
    assert link.state is LinkState.LOST
    await link.open()  # the next connection learns everything anew
    await link.write(b"back")
    assert await read(link, 4) == b"back"


async def test_the_server_goes_while_the_line_is_set(link: Rfc2217Link, server: ComPortServer) -> None:
    server.drop()
    with pytest.raises(LinkLost):
        await link.set_line(SIGN_ON_LINE)


async def test_a_server_without_control_says_so(clock: RealClock) -> None:
    with ComPortServer(serial.serial_for_url("loop://"), refuse=True) as server:
        link = Rfc2217Link("127.0.0.1", server.tcp_port, clock=clock)
        with pytest.raises(LinkUnavailable, match="lends its port without control") as caught:
            await link.open()
        assert (caught.value.code, link.state) == ("link-no-line-control", LinkState.CLOSED)
        assert f"tcp://127.0.0.1:{server.tcp_port}" in caught.value.remedy


async def test_what_is_no_telnet_says_so(clock: RealClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.rfc2217.ANSWER_LIMIT_S", 0.2)
    async with TcpServer(open_port("single-element", clock=clock, options={"days": "1"}), "127.0.0.1", 0) as server:
        link = Rfc2217Link("127.0.0.1", server.port, clock=clock)
        with pytest.raises(LinkUnavailable, match=r"no RFC 2217 answer within 0.2 s"):
            await link.open()


async def test_an_opening_that_is_given_up_leaves_no_connection(clock: RealClock) -> None:
    """While the server still thinks about what it lends: the link is closed then, and nobody would close it again."""
    met, gone = asyncio.Event(), asyncio.Event()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        met.set()
        while await reader.read(100):
            continue
        gone.set()
        writer.close()

    async with await asyncio.start_server(meet, "127.0.0.1", 0) as server:
        link = Rfc2217Link("127.0.0.1", server.sockets[0].getsockname()[1], clock=clock)
        opening = asyncio.create_task(link.open())
        await met.wait()
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        assert link.state is LinkState.CLOSED
        async with asyncio.timeout(AT_ONCE_S):
            await gone.wait()


async def test_a_meter_behind_it(clock: RealClock) -> None:
    """A whole mode C readout: sign-on at 300 baud 7E1, a change of speed that the far port makes, the data."""
    meter = open_port("single-element", clock=clock, options={"days": "1", "offers": "c"})
    async with PtyServer(meter) as pty:
        with ComPortServer(PtyPort(pty.path)) as server:
            session = PlainTextSession(lambda: Rfc2217Link("127.0.0.1", server.tcp_port, clock=clock))
            await session.open()
            readout = await session.readout()
            assert pty.baud > 300
            await session.close()
    assert len(readout.data_sets) > 5
    await meter.close()


@pytest.mark.parametrize("hard", [False, True])
async def test_a_switch_to_hdlc_with_the_parity_of_the_port_or_ours(clock: RealClock, hard: bool) -> None:
    """Mode E: 300 baud 7E1, then 8N1 at 9600; with hard parity the far port does the first, else the terminal."""
    meter = open_port("single-element", clock=clock, options={"days": "1"})
    async with PtyServer(meter) as pty:
        with ComPortServer(port := ParityPort(pty.path)) as server:
            session = MeterSession(
                lambda: Rfc2217Link("127.0.0.1", server.tcp_port, clock=clock, hard_parity=hard),
                Association(),
                clock=clock,
                random_bytes=secrets.token_bytes,
            )
            await session.open()
            assert (await session.identify()).device_id
            await session.close()
    assert ((300, 7, "E") in port.settings) is hard
    assert port.settings[-1][1:] == (8, "N")
    assert 9600 in [baud for baud, _bits, _parity in port.settings]
    await meter.close()


# The stream -------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=200), st.lists(st.integers(1, 20), min_size=1))
def test_data_comes_out_as_it_went_in_however_it_is_cut(data: bytes, cuts: list[int]) -> None:
    control = ComPortControl()
    stream = bytes((IAC, 253, 44)) + control.escaped(data) + bytes((IAC, 250, 44, 101, 0, 0, 1, 44, IAC, 240, IAC, 241))
    heard, at, turn = b"", 0, 0
    while at < len(stream):
        step = cuts[turn % len(cuts)]
        heard += control.hear(stream[at : at + step]).data
        at, turn = at + step, turn + 1
    assert heard == data
    assert control.agreement is Agreement.YES
    assert control.answers == {1: bytes((0, 0, 1, 44))}


@given(st.binary(max_size=300))
def test_no_stream_breaks_it(stream: bytes) -> None:
    control = ComPortControl()
    try:
        heard = control.hear(stream)
    except ValueError:
        return
    assert len(heard.data) <= len(stream)
    assert len(heard.reply) <= 3 * len(stream)


def test_what_is_not_ours_is_declined_once() -> None:
    control = ComPortControl()
    assert control.hear(bytes((IAC, 253, 1, IAC, 251, 24, IAC, 251, 0, IAC, 253, 44))).reply == bytes(
        (IAC, 252, 1, IAC, 254, 24)
    )


def test_a_command_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="without end"):
        ComPortControl().hear(bytes((IAC, 250)) + b"a" * 100)
