"""Faults, each on every transport that can have it: a typed error or recovery, in bounded time, visible in the trace,
nothing left behind (the fixtures of this folder count threads, descriptors and tasks)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from drivers import base
from drivers.base import BaseLink
from drivers.line_simulator import LineSettings, LineSimulator
from drivers.optical_probe import OpticalProbeLink
from drivers.serve_pty import PtyServer
from drivers.serve_tcp import TcpServer
from drivers.serving import Attachable, Connection, Send
from drivers.tcp import TcpLink
from hht.link import Line, LinkError, LinkLost, LinkState, LinkTimeout, TraceKind
from tests.drivers.conftest import AT_ONCE_S, RealClock, Trace, eventually
from tests.support.faulty_wire import Fault, FaultyWire

pytestmark = pytest.mark.usefixtures("no_tasks")

FRAME = bytes(range(32, 82)) + b"\n"


class Echo:
    """A device that answers each line (ending in LF) with itself in capitals, prefixed with its length."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.connections = 0

    def attach(self, send: Send) -> Connection:
        echo, buffer = self, bytearray()
        echo.connections += 1

        class Talk:
            def receive(self, data: bytes) -> None:
                echo.heard += data
                buffer.extend(data)
                while 10 in buffer:
                    line = bytes(buffer[: buffer.index(10) + 1])
                    del buffer[: len(line)]
                    send(b"%03d" % len(line) + line)

            def line_speed(self, baud: int) -> None: ...

            def closed(self) -> None:
                echo.connections -= 1

        return Talk()


ANSWER = b"%03d" % len(FRAME) + FRAME


@asynccontextmanager
async def over(transport: str, wire: FaultyWire, clock: RealClock, trace: Trace) -> AsyncIterator[BaseLink]:
    """An open link to `wire` over a transport, cut as that transport can be."""
    link: BaseLink
    if transport == "in-process":
        link = wire.link(clock=clock, sink=trace)
        await link.open()
        yield link
        await link.close()
    elif transport == "tcp":
        async with TcpServer(wire) as server:
            link = TcpLink("127.0.0.1", server.port, clock=clock, sink=trace)
            wire.on_cut = lambda: [talk.end() for talk in list(server.conversations)]  # type: ignore[assignment,misc]
            await link.open()
            yield link
            await link.close()
    else:
        async with PtyServer(wire) as pty:
            link = OpticalProbeLink(pty.path, clock=clock, sink=trace, line=Line(115200), echo="off")
            wire.on_cut = pty.unplug
            await link.open()
            yield link
            await link.close()


TRANSPORTS = pytest.mark.parametrize("transport", ["in-process", "tcp", "pty"])


async def exchange_until_lost(link: BaseLink, limit_s: float = AT_ONCE_S) -> None:
    """Go on talking; bounded."""
    for _turn in range(5):
        await exchange(link, limit_s=limit_s)


async def exchange(link: BaseLink, size: int = len(ANSWER), limit_s: float = AT_ONCE_S) -> bytes:
    """One request and its answer; a timeout ends it with what there is."""
    await link.write(FRAME)
    got = b""
    while len(got) < size:
        try:
            got += await link.read(limit_s)
        except LinkTimeout:
            break
    return got


@TRANSPORTS
@pytest.mark.parametrize("cut_at", [0, 1, 20, len(FRAME) - 1, len(FRAME), len(FRAME) + 10])
async def test_cut_at_byte_n(transport: str, cut_at: int, clock: RealClock, trace: Trace) -> None:
    wire = FaultyWire(Echo(), cut_at=cut_at)
    async with over(transport, wire, clock, trace) as link:
        async with asyncio.timeout(AT_ONCE_S):
            with pytest.raises(LinkLost):
                await exchange_until_lost(link, limit_s=60)
        assert link.state is LinkState.LOST
        assert [fault.kind for fault in wire.faults] == ["cut"]
        assert trace.notes(TraceKind.ERROR)
        assert "lost" in trace.notes(TraceKind.STATE)
        assert len(trace.bytes_of(TraceKind.RX)) <= max(0, cut_at - len(FRAME))


@TRANSPORTS
@pytest.mark.parametrize(("kind", "sent"), [("drop", 50), ("duplicate", 52), ("corrupt", 51)])
async def test_one_fault_then_sound(transport: str, kind: Any, sent: int, clock: RealClock, trace: Trace) -> None:
    device = Echo()
    wire = FaultyWire(device, at={("to_device", 5): kind}, seed=3)
    async with over(transport, wire, clock, trace) as link:
        await exchange(link, size=3 + sent)
        assert len(device.heard) == sent
        assert wire.faults == [Fault(kind, "to_device", 5)]
        assert await exchange(link) == ANSWER, "the link itself is as sound as before"


@TRANSPORTS
async def test_what_the_wire_delivers_is_what_is_read(transport: str, clock: RealClock, trace: Trace) -> None:
    """The links add no fault of their own: what left the wire is what the terminal reads, and the trace has it."""
    wire = FaultyWire(Echo(), seed=5, drop=0.02, duplicate=0.02, corrupt=0.02, directions=frozenset(["to_terminal"]))
    left = bytearray()
    mangle = wire.mangle

    def spy(direction: Any, data: bytes) -> tuple[bytes, bool]:
        out, cut = mangle(direction, data)
        if direction == "to_terminal":
            left.extend(out)
        return out, cut

    wire.mangle = spy  # type: ignore[method-assign]
    async with over(transport, wire, clock, trace) as link:
        got = b"".join([await exchange(link, size=1) for _turn in range(40)])
        while len(got) < len(left):
            got += await link.read(AT_ONCE_S)
        assert got == bytes(left)
        assert trace.bytes_of(TraceKind.RX) == got
        assert len(wire.faults) > 20


@TRANSPORTS
async def test_delay_beyond_the_deadline_is_a_time_out_and_then_arrives(
    transport: str, clock: RealClock, trace: Trace
) -> None:
    wire = FaultyWire(Echo(), seed=1, delay_s=36_000, directions=frozenset(["to_terminal"]), most=1)
    async with over(transport, wire, clock, trace) as link:
        await link.write(FRAME)
        with pytest.raises(LinkTimeout):
            await link.read(0.005)
        assert link.state is LinkState.UP
        wire.hurry()
        got = b""
        while len(got) < len(ANSWER):
            got += await link.read(AT_ONCE_S)
        assert got == ANSWER


async def test_same_seed_same_faults() -> None:
    async def run(seed: int) -> tuple[list[Fault], bytes]:
        wire = FaultyWire(Echo(), seed=seed, drop=0.01, duplicate=0.01, corrupt=0.01)
        link = wire.link(clock=RealClock())
        await link.open()
        got = b"".join([await exchange(link, limit_s=0.01) for _turn in range(20)])
        await link.close()
        return wire.faults, got

    assert await run(11) == await run(11)
    assert (await run(11))[0] != (await run(12))[0]


@pytest.mark.parametrize("first", range(0, 200, 50))
async def test_seeded_runs_end_in_an_answer_or_a_typed_error(first: int, clock: RealClock) -> None:
    """Each run ends: with the right answer, a time-out, or a loss that was injected. No hang, no other error."""
    for seed in range(first, first + 50):
        rng = random.Random(seed)
        wire = FaultyWire(
            Echo(),
            seed=seed,
            drop=rng.choice([0, 0.01]),
            corrupt=rng.choice([0, 0.01]),
            duplicate=rng.choice([0, 0.01]),
            cut_at=rng.choice([None, rng.randrange(300)]),
        )
        link, trace = wire.link(clock=clock, sink=(trace := Trace())), trace
        await link.open()
        ended: LinkError | None = None
        try:
            async with asyncio.timeout(AT_ONCE_S):
                for _turn in range(3):
                    got = await exchange(link, limit_s=0.005)
                    assert got == ANSWER or wire.faults
        except LinkLost as error:
            ended = error
        cut = [fault for fault in wire.faults if fault.kind == "cut"]
        assert bool(cut) == (ended is not None or link.state is LinkState.LOST)
        assert bool(trace.notes(TraceKind.ERROR)) == bool(cut)
        await link.close()


# The probe and its line ------------------------------------------------------------------------------------------
@asynccontextmanager
async def probe_on(
    device: Attachable, settings: LineSettings, clock: RealClock, trace: Trace, **options: Any
) -> AsyncIterator[tuple[OpticalProbeLink, LineSimulator]]:
    """A real serial link on a pty with a simulated line behind it."""
    simulator = LineSimulator(device, settings, rng=random.Random(7))
    async with PtyServer(simulator) as pty:
        simulator.on_cut = pty.unplug
        link = OpticalProbeLink(pty.path, clock=clock, sink=trace, **options)
        await link.open()
        yield link, simulator
        await link.close()


async def test_an_echoing_probe_is_learnt_and_cancelled(clock: RealClock, trace: Trace) -> None:
    async with probe_on(Echo(), LineSettings(pace=0, echo=True), clock, trace, line=Line(9600)) as (link, _line):
        for _turn in range(5):
            assert await exchange(link) == ANSWER
        assert link.echoes is True
        assert link.echo_bytes == 5 * len(FRAME)
        assert link.bytes_rx == 5 * len(ANSWER)
        assert trace.bytes_of(TraceKind.RX) == (FRAME + ANSWER) * 5, "the trace has the wire, echo and all"


async def test_an_echo_with_holes_costs_no_byte_of_the_answer(clock: RealClock, trace: Trace) -> None:
    settings = LineSettings(pace=0, echo=True)
    async with probe_on(Echo(), settings, clock, trace, line=Line(9600)) as (link, _line):
        assert await exchange(link) == ANSWER
        settings.echo_drop = 0.1
        for _turn in range(10):
            await link.write(FRAME)
            got = b""
            while not got.endswith(ANSWER):
                got += await link.read(AT_ONCE_S)
        settings.echo_drop = 0.0
        assert await exchange(link) == ANSWER
        assert link.echoes is True


async def test_echo_only_is_told_from_silence(clock: RealClock, trace: Trace) -> None:
    lifted = LineSettings(pace=0, echo=True, lifted=True)
    async with probe_on(Echo(), lifted, clock, trace, line=Line(9600)) as (link, _line):
        await link.write(FRAME)
        with pytest.raises(LinkTimeout):
            await link.read(0.1)
        await eventually(lambda: link.echo_bytes == len(FRAME))
        assert link.bytes_rx == 0
    async with probe_on(Echo(), LineSettings(lifted=True), clock, trace, line=Line(9600)) as (link, _line):
        await link.write(FRAME)
        with pytest.raises(LinkTimeout):
            await link.read(0.1)
        assert (link.echo_bytes, link.bytes_rx) == (0, 0)


async def test_an_echo_that_never_ends_is_given_back(
    clock: RealClock, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "ECHO_SLACK_S", 3600)
    settings = LineSettings(pace=0, echo=True, lifted=True)
    async with probe_on(Echo(), settings, clock, trace, line=Line(115200), echo="on") as (link, _line):
        await link.write(FRAME)
        link._echo.sent(b"the end, which is lost on the way")
        with pytest.raises(LinkTimeout):
            await link.read(0.02)
        monkeypatch.setattr(base, "ECHO_SLACK_S", 0.0)
        async with asyncio.timeout(AT_ONCE_S):
            assert await link.read(60) == FRAME, "after the time for an echo what was held back is read"
        assert any("echo incomplete" in note for note in trace.notes(TraceKind.LINE))


@pytest.mark.parametrize("where", ["request", "answer"])
async def test_unplugged_in_the_middle(where: str, clock: RealClock, trace: Trace) -> None:
    settings = LineSettings(pace=1, cut_after=20 if where == "request" else len(FRAME) + 20)
    async with probe_on(Echo(), settings, clock, trace, line=Line(9600), echo="off") as (link, _line):
        async with asyncio.timeout(AT_ONCE_S):
            with pytest.raises(LinkLost):
                await exchange_until_lost(link, limit_s=60)
        await eventually(lambda: link.state is LinkState.LOST)


async def test_line_takes_its_time(clock: RealClock, trace: Trace) -> None:
    async with probe_on(Echo(), LineSettings(), clock, trace, line=Line(2400), echo="off") as (link, line):
        began = clock.monotonic()
        assert await exchange(link) == ANSWER
        assert clock.monotonic() - began >= (len(FRAME) + len(ANSWER)) * 10 / 2400 - 0.01
        await link.set_line(Line(9600))
        assert await exchange(link) == ANSWER
        assert line.violations == []


async def test_changing_speed_too_early_garbles_and_is_noticed(clock: RealClock, trace: Trace) -> None:
    device = Echo()
    slow = LineSettings(pace=20)  # the whole frame takes four seconds: it has not gone when the speed changes
    async with probe_on(device, slow, clock, trace, line=Line(2400), echo="off") as (link, line):
        await link.write(FRAME)
        await eventually(lambda: bool(device.heard))
        link._tx_done = 0.0  # a terminal without a transmit clock of its own
        await link.set_line(Line(9600))
        await eventually(lambda: bool(line.violations))
        await eventually(lambda: not FRAME.startswith(device.heard))


class SlowTalker(Echo):
    """A device that stays at 300 baud, and says so."""

    def attach(self, send: Send) -> Connection:
        talk = super().attach(send)
        talk.__class__.baud = 300  # type: ignore[attr-defined]
        return talk


async def test_different_speeds_are_garbage_both_ways(clock: RealClock, trace: Trace) -> None:
    device = SlowTalker()
    async with probe_on(device, LineSettings(pace=0, match_speeds=True), clock, trace, line=Line(9600), echo="off") as (
        link,
        _line,
    ):
        await exchange(link, limit_s=0.05)
        assert FRAME not in bytes(device.heard)
        await link.set_line(Line(300))
        device.heard.clear()
        link.discard_input()
        await link.write(b"\n" + FRAME)
        await eventually(lambda: bytes(device.heard) == b"\n" + FRAME)


@pytest.mark.parametrize("field", ["bit_error", "drop", "double"])
async def test_line_damage_reaches_the_reader_as_it_is(field: str, clock: RealClock, trace: Trace) -> None:
    settings = LineSettings(pace=0, noise=b"\xff\x00")
    async with probe_on(Echo(), settings, clock, trace, line=Line(9600), echo="off") as (link, _line):
        assert await exchange(link, size=len(ANSWER) + 2) == b"\xff\x00" + ANSWER
        setattr(settings, field, 0.05)
        got = b"".join([await exchange(link, size=30, limit_s=0.05) for _turn in range(10)])
        assert got != ANSWER * 10
        assert link.state is LinkState.UP
        setattr(settings, field, 0.0)
        settings.noise = b""
        await link.write(b"END\n")
        rest = b""
        while not rest.endswith(b"END\n"):
            rest += await link.read(AT_ONCE_S)
        assert await exchange(link) == ANSWER
